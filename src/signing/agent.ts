/**
 * Signers whose private key an ssh-agent holds (draft-miller-ssh-agent): it never enters this process, and the agent may
 * ask its owner, or a token in their hand, about every signature.
 */

import { invalidInput, LedgerError, quoted } from '../errors.js';
import { assertPrincipal } from '../model/principal.js';
import type { PublicKey } from '../model/public-key.js';
import { optionsCheck } from '../options-check.js';
import type { Signer } from '../ports/keys.js';
import { agentFailure, askAgent, assertSocketPath } from './agent-connection.js';
import { RSA } from './key-types.js';
import { RSA_SIGN, verifyData } from './signature.js';
import { fingerprintOf, type LoadedPublicKey, loadPublicKey } from './ssh-public-key.js';
import { dataToSign, GIT_NAMESPACE, sshsigOf } from './sshsig.js';
import { Malformed, SshReader, sshString, sshUint32 } from './wire.js';

/** Message numbers (draft-miller-ssh-agent, section 6.1). */
const FAILURE = 5;
const REQUEST_IDENTITIES = 11;
const IDENTITIES_ANSWER = 12;
const SIGN_REQUEST = 13;
const SIGN_RESPONSE = 14;

/** SSH_AGENT_RSA_SHA2_512 (section 4.5.1): without it an agent signs with SHA-1, which nobody accepts any more. */
const RSA_SHA2_512 = 4;

/** As long as OpenSSH waits for somebody to confirm or to touch. */
const TIME_LIMIT_MS = 60_000;

/** Which ssh-agent signs, with which of its keys, and for whom. */
export interface AgentSignerOptions {
  /** Where the agent listens: what its owner's SSH_AUTH_SOCK says. */
  readonly socketPath: string;
  /** Which of the agent's keys signs: this one … */
  readonly publicKey?: PublicKey | undefined;
  /** … or the one with this fingerprint, `SHA256:…`. One of the two is needed. */
  readonly fingerprint?: string | undefined;
  /** The name under which the ledger's roster knows the key. */
  readonly principal: string;
  /** How long the agent may take for one answer, in milliseconds; a minute by default, for who has to confirm or to touch. */
  readonly timeLimitMs?: number | undefined;
}

const checkOptions = optionsCheck<AgentSignerOptions>('AgentSignerOptions', {
  socketPath: 'value',
  publicKey: 'value',
  fingerprint: 'value',
  principal: 'value',
  timeLimitMs: 'value',
});

interface Agent {
  readonly socketPath: string;
  readonly timeLimitMs: number;
}

function wantedFingerprint({ publicKey, fingerprint }: AgentSignerOptions): string {
  const wanted = publicKey?.fingerprint ?? fingerprint;
  const agree = fingerprint === undefined || fingerprint === wanted;
  if (typeof wanted === 'string' && /^SHA256:[A-Za-z0-9+/]{43}$/.test(wanted) && agree) return wanted;
  const issue = { path: 'fingerprint', expected: 'SHA256: and 43 characters of base64', actual: quoted(fingerprint) };
  throw invalidInput('INVALID_ARGUMENT', [issue], 'give the publicKey or the fingerprint that `ssh-add -l` shows');
}

function checkedLimit(limit: number | undefined): number {
  if (limit === undefined) return TIME_LIMIT_MS;
  // The longest time that a timer of node can wait.
  if (Number.isSafeInteger(limit) && limit >= 1 && limit <= 2 ** 31 - 1) return limit;
  const issue = { path: 'timeLimitMs', expected: 'a whole number of milliseconds from 1 on', actual: quoted(limit) };
  throw invalidInput('INVALID_ARGUMENT', [issue], 'leave it out to wait for a minute');
}

function unusable(reason: string, hint: string, cause?: unknown): LedgerError<'INVALID_KEY'> {
  return new LedgerError('INVALID_KEY', reason, { reason }, { hint, cause });
}

/**
 * A signer whose key an ssh-agent holds, now and at each signature; the agent is asked once here, whether it has the key.
 *
 * Rejects, as does `sign`, with `INVALID_KEY` where the agent does not hold the key, refuses to sign with it, or returns
 * what is no signature by it; with `IO` where there is no agent, or none that answers as one. Certificates and security
 * keys (FIDO) are refused by name: no reader of a ledger would accept what they sign.
 * @example
 * import { readFile } from 'node:fs/promises';
 * import { agentSigner, openLedger, parsePublicKeyLine } from 'git-lineage';
 *
 * const { key } = parsePublicKeyLine(await readFile('ops.key.pub', 'utf8'));
 * const socketPath = process.env['SSH_AUTH_SOCK'] ?? '';
 * const signer = await agentSigner({ socketPath, publicKey: key, principal: 'ops@example.org' });
 * const ledger = await openLedger({ gitdir: 'modules.git', signer });
 * await ledger.tag('planner', 1, 'reviewed');
 * await ledger.close();
 */
export async function agentSigner(options: AgentSignerOptions): Promise<Signer> {
  checkOptions(options);
  const principal = assertPrincipal(options?.principal);
  assertSocketPath(options.socketPath);
  const fingerprint = wantedFingerprint(options);
  const agent: Agent = { socketPath: options.socketPath, timeLimitMs: checkedLimit(options.timeLimitMs) };
  const blobs = await identities(agent);
  const blob = blobs.find((candidate) => fingerprintOf(candidate) === fingerprint);
  if (blob === undefined) {
    const held = blobs.length === 0 ? 'no keys at all' : blobs.map(fingerprintOf).join(', ');
    throw unusable(
      `the ssh-agent does not hold the key ${fingerprint}, it holds ${held}`,
      'add it with `ssh-add KEYFILE`; `ssh-add -l` shows what an agent holds; a locked one shows nothing',
    );
  }
  const key = loaded(blob);
  return Object.freeze({
    principal,
    publicKey: key.publicKey,
    sign: async (payload: Uint8Array, namespace = GIT_NAMESPACE) => {
      const data = dataToSign(payload, namespace);
      return sshsigOf(key.publicKey, namespace, await signature(agent, key, data));
    },
  });
}

function loaded(blob: Buffer): LoadedPublicKey {
  try {
    return loadPublicKey(blob);
  } catch (cause) {
    if (!(cause instanceof Malformed)) throw cause;
    const hint = 'use an Ed25519, RSA (2048 bits or more) or ECDSA key: `ssh-keygen -t ed25519`';
    throw unusable(`the ssh-agent's key cannot sign here: ${cause.message}`, hint, cause);
  }
}

/** The key blobs that the agent offers, of whatever type they are. */
async function identities(agent: Agent): Promise<readonly Buffer[]> {
  const reader = await ask(agent, Buffer.of(REQUEST_IDENTITIES), IDENTITIES_ANSWER);
  if (reader === null) throw agentFailure(agent.socketPath, 'it refused to list its keys');
  return reading(agent, () => {
    const blobs: Buffer[] = [];
    for (let left = reader.uint32('number of keys'); left > 0; left -= 1) {
      blobs.push(reader.string('key'));
      reader.string('comment');
    }
    reader.end();
    return blobs;
  });
}

/** The agent's signature over `data`, having made sure that it is one. */
async function signature(agent: Agent, key: LoadedPublicKey, data: Buffer): Promise<Buffer> {
  const { type, blob, fingerprint } = key.publicKey;
  const flags = type === RSA ? RSA_SHA2_512 : 0;
  const request = [Buffer.of(SIGN_REQUEST), sshString(Buffer.from(blob, 'base64')), sshString(data), sshUint32(flags)];
  const reader = await ask(agent, Buffer.concat(request), SIGN_RESPONSE);
  if (reader === null) {
    throw unusable(
      `the ssh-agent refused to sign with the key ${fingerprint}`,
      'it may have been told no, be locked (`ssh-add -X`), or hold the key no longer (`ssh-add -l`)',
    );
  }
  const signed = reading(agent, () => {
    const bytes = reader.string('signature');
    reader.end();
    return bytes;
  });
  try {
    if (type === RSA) expectScheme(signed);
    if (verifyData(key, data, signed)) return signed;
  } catch (cause) {
    if (!(cause instanceof Malformed)) throw cause;
    throw badSignature(fingerprint, cause.message, cause);
  }
  throw badSignature(fingerprint, 'it is over something else, or by another key');
}

function badSignature(fingerprint: string, reason: string, cause?: unknown): LedgerError<'INVALID_KEY'> {
  return unusable(
    `what the ssh-agent returned is no signature by ${fingerprint}: ${reason}`,
    'use OpenSSH’s own agent, or one that knows rsa-sha2-512; or give the private key file',
    cause,
  );
}

/** An agent that does not know the flag signs with another hash; the ledger has one way to sign with a key. */
function expectScheme(signed: Buffer): void {
  const scheme = new SshReader(signed, 'signature').name('signature scheme');
  if (scheme !== RSA_SIGN) throw new Malformed(`signature: expected the scheme ${RSA_SIGN}, got ${quoted(scheme)}`);
}

/** The answer behind its type byte; null where the agent says that it failed. */
async function ask(agent: Agent, message: Buffer, expected: number): Promise<SshReader | null> {
  const answer = await askAgent(agent.socketPath, message, agent.timeLimitMs);
  if (answer[0] === FAILURE) return null;
  if (answer[0] === expected) return new SshReader(answer.subarray(1), 'answer of the ssh-agent');
  throw agentFailure(agent.socketPath, `expected an answer of type ${expected}, got type ${answer[0]}`);
}

function reading<T>(agent: Agent, read: () => T): T {
  try {
    return read();
  } catch (cause) {
    if (!(cause instanceof Malformed)) throw cause;
    throw agentFailure(agent.socketPath, cause.message, cause);
  }
}
