/** How a git command against a remote failed, as an error of the ledger's. */

import type { LedgerError } from '../../errors.js';
import type { ObjectFormat } from '../../model/object-id.js';
import type { ExchangeEnd } from './git-exchange.js';
import {
  OTHER_OBJECT_FORMAT,
  otherObjectFormat,
  remoteRefused,
  saidBy,
  unreachable,
  untrusted,
} from './remote-error.js';

/** What git, ssh and gitolite print where the host does not let this user in, or ssh does not know the host. */
export const NOT_LET_IN =
  /permission denied|denied by fallthru|host key verification failed|authentication failed|could not read (?:username|password)/i;

export const NOT_LET_IN_HINT = 'check the key or the credentials with: git ls-remote';

/** What git prints of an unknown authority, by GnuTLS and by OpenSSL. */
const UNTRUSTED = /server certificate verification failed|SSL certificate problem/i;

/**
 * | how git ended | error |
 * |---|---|
 * | there is no git | `REMOTE_REFUSED` |
 * | the remote has more refs than are read | `REMOTE_REFUSED` |
 * | the host did not let it in | `REMOTE_REFUSED` |
 * | the remote has another object format | `REMOTE_REFUSED` |
 * | the other side was told to move a ref, whatever was printed then | `REMOTE_UNREACHABLE` |
 * | in any other way | `REMOTE_UNREACHABLE`: the same call may succeed later |
 *
 * `format` is that of the ledger here.
 */
export function failure(
  remote: string,
  run: ExchangeEnd,
  timeoutMs: number,
  format: ObjectFormat,
): LedgerError<'REMOTE_UNREACHABLE'> | LedgerError<'REMOTE_REFUSED'> {
  if (run.missing)
    return remoteRefused(remote, 'there is no git on this machine', 'install git: it is what reaches this remote');
  if (run.late) return unreachable(remote, `no answer within ${timeoutMs / 1000} s`);
  if (run.excess && !run.sent)
    return remoteRefused(remote, 'it lists more refs than are read', 'is it a ledger? look with: git ls-remote');
  const said = saidBy(run.stderr);
  if (!run.sent && NOT_LET_IN.test(said)) return remoteRefused(remote, said, NOT_LET_IN_HINT);
  if (!run.sent && OTHER_OBJECT_FORMAT.test(said)) return otherObjectFormat(remote, format);
  if (UNTRUSTED.test(said)) return untrusted(remote, said);
  return unreachable(remote, said === '' ? `git ended with ${run.code ?? 'a signal'}` : said);
}
