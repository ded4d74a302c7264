/**
 * One question to an ssh-agent, and its answer (draft-miller-ssh-agent, section 4): a connection for each, so that
 * nothing stays open and an agent that was restarted is found again.
 */

import { invalidInput, LedgerError, quoted } from '../errors.js';
import { sshString } from './wire.js';

/** The longest message of OpenSSH's agent and of its clients (`AGENT_MAX_LEN` in ssh-agent.c, `MAX_AGENT_REPLY_LEN` in authfd.c). */
const MAX_ANSWER_BYTES = 256 * 1024;

/** Bytes of the length in front of a message. */
const LENGTH_BYTES = 4;

/** Longer names do not fit into a Unix socket's address (unix(7)), and would be cut short without a word. */
const MAX_SOCKET_PATH_BYTES = 107;

const CHECK_HINT = 'check that the agent runs and is yours: `ssh-add -l` asks it for its keys';

/** An agent that cannot be asked, or whose answer is none. */
export function agentFailure(socketPath: string, reason: string, cause?: unknown): LedgerError<'IO'> {
  const code = (cause as NodeJS.ErrnoException | undefined)?.code;
  const data = { operation: 'ask the ssh-agent', path: socketPath, errno: typeof code === 'string' ? code : null };
  return new LedgerError('IO', `cannot ask the ssh-agent at ${quoted(socketPath)}: ${reason}`, data, {
    cause,
    hint: CHECK_HINT,
  });
}

/** Throws `INVALID_ARGUMENT` for what cannot be the path of an agent's socket. */
export function assertSocketPath(path: unknown): asserts path is string {
  const bytes = typeof path === 'string' && !path.includes('\0') ? Buffer.byteLength(path) : 0;
  if (bytes > 0 && bytes <= MAX_SOCKET_PATH_BYTES) return;
  const expected = `the path of a socket, at most ${MAX_SOCKET_PATH_BYTES} bytes`;
  const actual = typeof path === 'string' ? `${Buffer.byteLength(path)} bytes` : typeof path;
  const hint = 'give the path in SSH_AUTH_SOCK; a link in a folder with a short name leads to one with a long name';
  throw invalidInput('INVALID_ARGUMENT', [{ path: 'socketPath', expected, actual }], hint);
}

/** How long the answer is that begins with these bytes; null where too few of them are there to tell. */
function announcedLength(received: Buffer): number | null {
  return received.length < LENGTH_BYTES ? null : received.readUInt32BE(0);
}

/**
 * Sends a message and returns the answer, type byte first. Rejects with `IO` where the agent cannot be reached, ends
 * early, announces an answer of no or more than 256 KB, says more than it announced, or takes longer than the limit.
 */
export async function askAgent(socketPath: string, message: Uint8Array, timeLimitMs: number): Promise<Buffer> {
  const { createConnection } = await import('node:net');
  return new Promise((resolve, reject) => {
    const socket = createConnection({ path: socketPath });
    let received: Buffer = Buffer.alloc(0);
    const settle = (finish: () => void): void => {
      clearTimeout(timer);
      socket.destroy();
      finish();
    };
    const fail = (reason: string, cause?: unknown): void =>
      settle(() => reject(agentFailure(socketPath, reason, cause)));
    const timer = setTimeout(() => fail(`no answer in ${timeLimitMs / 1000} s`), timeLimitMs);
    socket.on('error', (error: NodeJS.ErrnoException) => fail(error.code ?? error.message, error));
    socket.on('end', () => fail(`it ended the connection after ${received.length} bytes of its answer`));
    socket.on('close', () => fail('the connection was closed'));
    socket.on('data', (chunk: Buffer) => {
      received = Buffer.concat([received, chunk]);
      const length = announcedLength(received);
      if (length === null) return;
      if (length === 0 || length > MAX_ANSWER_BYTES) {
        fail(`expected an answer of 1 to ${MAX_ANSWER_BYTES} bytes, it announced ${length}`);
      } else if (received.length > LENGTH_BYTES + length) {
        fail(`expected an answer of the ${length} bytes that it announced, got more`);
      } else if (received.length === LENGTH_BYTES + length) {
        settle(() => resolve(received.subarray(LENGTH_BYTES)));
      }
    });
    socket.write(sshString(message));
  });
}
