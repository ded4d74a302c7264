/** The other oracle of these tests: a real ssh-agent, and agents that misbehave. */

import { execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { createServer, type Socket } from 'node:net';
import { join } from 'node:path';
import { promisify } from 'node:util';

const execute = promisify(execFile);

export interface RunningAgent {
  readonly socketPath: string;
  /** Runs ssh-add, which talks to this agent. */
  add(...args: string[]): Promise<string>;
  stop(): Promise<void>;
}

/** Starts OpenSSH's agent with its socket in `dir`. */
export async function startAgent(dir: string): Promise<RunningAgent> {
  const socketPath = join(dir, 'agent.sock');
  const path = process.env['PATH'] ?? '';
  const agent = spawn('ssh-agent', ['-D', '-a', socketPath], {
    env: { PATH: path },
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const ended = once(agent, 'exit');
  // It prints where it listens once it does.
  await Promise.race([
    once(agent.stdout, 'data'),
    ended.then(() => Promise.reject(new Error('ssh-agent ended before it listened'))),
  ]);
  agent.stdout.resume();
  const env = { PATH: path, LC_ALL: 'C', HOME: dir, SSH_AUTH_SOCK: socketPath };
  return {
    socketPath,
    add: async (...args) => (await execute('ssh-add', args, { env })).stdout,
    stop: async () => {
      agent.kill();
      await ended;
    },
  };
}

/** An agent that answers each message (type byte first) as `answer` says: with bytes as they are, or (null) by hanging up. */
export async function fakeAgent(
  dir: string,
  answer: (message: Buffer, socket: Socket) => Buffer | null | undefined,
): Promise<{ readonly socketPath: string; connections(): number; stop(): Promise<void> }> {
  const socketPath = join(dir, 'fake.sock');
  const sockets = new Set<Socket>();
  let connections = 0;
  const server = createServer((socket) => {
    connections += 1;
    sockets.add(socket);
    socket.on('close', () => sockets.delete(socket)).on('error', () => undefined);
    let received = Buffer.alloc(0);
    socket.on('data', (chunk) => {
      received = Buffer.concat([received, chunk]);
      if (received.length < 4 || received.length < 4 + received.readUInt32BE(0)) return;
      const bytes = answer(received.subarray(4), socket);
      received = Buffer.alloc(0);
      if (bytes === null) socket.end();
      else if (bytes !== undefined) socket.write(bytes);
    });
  });
  server.listen(socketPath);
  await once(server, 'listening');
  return {
    socketPath,
    connections: () => connections,
    stop: async () => {
      for (const socket of sockets) socket.destroy();
      server.close();
      await once(server, 'close');
    },
  };
}
