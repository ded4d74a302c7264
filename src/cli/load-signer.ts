/** From a key file to a signer. */

import type { LedgerError, Signer } from '../index.js';
import { type KeyFile, readKey } from './find-key.js';
import { askPassphrase, canAsk, givenPassphrase, PASSPHRASE_HINT } from './passphrase.js';
import { oneLine } from './render.js';
import type { Context } from './verb.js';

/** The same error, naming the key file, and where to put a passphrase if that is what is missing. */
function about(context: Context, { path }: KeyFile, error: unknown): unknown {
  const { isLedgerError, LedgerError } = context.library;
  const named = (e: LedgerError, hint: string): LedgerError =>
    new LedgerError(e.code, `${oneLine(path)}: ${e.message}`, e.data, { hint, cause: e });
  if (isLedgerError(error, 'INVALID_PASSPHRASE')) return named(error, PASSPHRASE_HINT);
  return isLedgerError(error, 'INVALID_KEY') ? named(error, error.hint) : error;
}

/** A signer for `principal`; asks for a passphrase where one is needed, none was given, and somebody is there. */
export async function loadSigner(context: Context, key: KeyFile, principal: string): Promise<Signer> {
  const { isLedgerError, sshSigner } = context.library;
  const privateKey = await readKey(key);
  const passphrase = await givenPassphrase(context);
  const open = (secret: string | undefined): Promise<Signer> =>
    sshSigner({ privateKey, principal, ...(secret === undefined ? {} : { passphrase: secret }) });
  try {
    return await open(passphrase).catch(async (error: unknown) => {
      const ask = passphrase === undefined && isLedgerError(error, 'INVALID_PASSPHRASE') && canAsk(context.io);
      if (!ask) throw error;
      return open(await askPassphrase(context.io, oneLine(key.path)));
    });
  } catch (error) {
    throw about(context, key, error);
  }
}
