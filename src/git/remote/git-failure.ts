/** How a git command against a remote failed, as an error of the ledger's. */

import type { LedgerError } from '../../errors.js';
import type { ExchangeEnd } from './git-exchange.js';
import { remoteRefused, saidBy, unreachable } from './remote-error.js';

/** Without git there is no answer to wait for; everything else may go better the next time. */
export function failure(
  remote: string,
  run: ExchangeEnd,
  timeoutMs: number,
): LedgerError<'REMOTE_UNREACHABLE'> | LedgerError<'REMOTE_REFUSED'> {
  if (run.missing)
    return remoteRefused(remote, 'there is no git on this machine', 'install git: it is what reaches this remote');
  if (run.late) return unreachable(remote, `no answer within ${timeoutMs / 1000} s`);
  const said = saidBy(run.stderr);
  return unreachable(remote, said === '' ? `git ended with ${run.code ?? 'a signal'}` : said);
}
