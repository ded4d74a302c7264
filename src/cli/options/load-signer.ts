/** From the key that was found to a signer: by the ssh-agent that holds it, or from its file. */

import type { LedgerError, Signer } from '../library.js';
import { askPassphrase, canAsk, givenPassphrase, PASSPHRASE_HINT } from '../terminal/passphrase.js';
import { oneLine } from '../terminal/render.js';
import type { Context } from '../verb.js';
import { type AgentKey, invalidKey, readKey, type SigningKey } from './find-key.js';

/** The same error, naming the key file, and where to put a passphrase if that is what is missing. */
function about(context: Context, path: string, error: unknown): unknown {
  const { isLedgerError, LedgerError } = context.library;
  const named = (e: LedgerError, hint: string): LedgerError =>
    new LedgerError(e.code, `${oneLine(path)}: ${e.message}`, e.data, { hint, cause: e });
  if (isLedgerError(error, 'INVALID_PASSPHRASE')) return named(error, PASSPHRASE_HINT);
  return isLedgerError(error, 'INVALID_KEY') ? named(error, error.hint) : error;
}

async function fromFile(context: Context, path: string, key: SigningKey, principal: string): Promise<Signer> {
  const { isLedgerError } = context.library;
  const { sshSigner } = await import('../signing-library.js');
  const privateKey = await readKey(path, key.from);
  const passphrase = await givenPassphrase(context);
  const open = (secret: string | undefined): Promise<Signer> =>
    sshSigner({ privateKey, principal, ...(secret === undefined ? {} : { passphrase: secret }) });
  try {
    return await open(passphrase).catch(async (error: unknown) => {
      const ask = passphrase === undefined && isLedgerError(error, 'INVALID_PASSPHRASE') && canAsk(context.io);
      if (!ask) throw error;
      return open(await askPassphrase(context.io, oneLine(path)));
    });
  } catch (error) {
    throw about(context, path, error);
  }
}

async function fromAgent(context: Context, agent: AgentKey, key: SigningKey, principal: string): Promise<Signer> {
  const { parsePublicKeyLine } = context.library;
  const { agentSigner } = await import('../signing-library.js');
  const socketPath = context.io.env['SSH_AUTH_SOCK'] ?? '';
  try {
    const wanted = 'line' in agent ? { publicKey: parsePublicKeyLine(agent.line).key } : agent;
    if (socketPath !== '') return await agentSigner({ socketPath, principal, ...wanted });
  } catch (error) {
    throw about(context, key.name, error);
  }
  throw invalidKey(
    `${oneLine(key.name)} (from ${key.from}) has its private half in an ssh-agent, and SSH_AUTH_SOCK names none`,
    'start one (`eval "$(ssh-agent)"; ssh-add KEYFILE`), or give the file of a private key with --key FILE',
  );
}

/**
 * A signer for `principal`. Where a public key was named, the ssh-agent is asked first; the private key file beside it
 * serves where the agent does not. Asks for a passphrase where one is needed, none was given, and somebody is there.
 */
export async function loadSigner(context: Context, key: SigningKey, principal: string): Promise<Signer> {
  const { agent, path } = key;
  if (agent === null) return fromFile(context, path ?? key.name, key, principal);
  return fromAgent(context, agent, key, principal).catch((error: unknown) => {
    if (path === null) throw error;
    return fromFile(context, path, key, principal);
  });
}
