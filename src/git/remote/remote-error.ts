/** The two ways in which a remote fails: it was not reached, or it did not want to. */

import { isLedgerError, LedgerError } from '../../errors.js';
import { type ObjectFormat, SHA1, SHA256 } from '../../model/object-id.js';
import { withoutCredentials } from './remote-url.js';

const MAX_REASON = 600;

/** What a remote or a program said, fit for a message: on few lines, without control characters or credentials. */
export function saidBy(text: string): string {
  const lines = withoutCredentials(text)
    .replace(/\r/g, '\n')
    .replace(/[\u0000-\u0009\u000b-\u001f\u007f-\u009f\u061c\u200b-\u200f\u2028-\u202e\u2060-\u2069\ufeff]/g, ' ')
    .split('\n')
    .map((line) => line.trim())
    .filter((line) => line !== '');
  const whole = lines.join('; ');
  // Not within a word: half of a secret would not be known for one.
  return whole.length > MAX_REASON ? `${whole.slice(0, MAX_REASON + 1).replace(/\S*$/, '')}…` : whole;
}

/** The remote did not answer, or not to the end. The same call may succeed later. */
export function unreachable(remote: string, reason: string, cause?: unknown): LedgerError<'REMOTE_UNREACHABLE'> {
  const hint = 'nothing was changed here: try again, and check the address and the network';
  return new LedgerError('REMOTE_UNREACHABLE', `${remote}: ${reason}`, { remote, reason }, { hint, cause });
}

/** The remote shows a certificate of an authority that is not known here: whoever answered is not known to be the remote. */
export function untrusted(remote: string, reason: string, cause?: unknown): LedgerError<'REMOTE_UNREACHABLE'> {
  const hint =
    "if you trust it, give git the certificate of the host's authority by http.sslCAInfo, and Node by NODE_EXTRA_CA_CERTS";
  return new LedgerError('REMOTE_UNREACHABLE', `${remote}: ${reason}`, { remote, reason }, { hint, cause });
}

/**
 * What git prints where its repository and the other one name their objects by different hashes; the last of it where the other is an empty
 * one of SHA-1, whose id of nothing is too short to be one (connect.c, process_dummy_ref).
 */
export const OTHER_OBJECT_FORMAT =
  /mismatched algorithms|does not support (?:this repository's (?:hash algorithm|object format)|algorithm ')|unexpected '?capabilities\^\{\}/i;

/** The remote answered no, or what it answered cannot be used. */
export function remoteRefused(
  remote: string,
  reason: string,
  hint: string,
  cause?: unknown,
): LedgerError<'REMOTE_REFUSED'> {
  return new LedgerError('REMOTE_REFUSED', `${remote}: ${reason}`, { remote, reason }, { hint, cause });
}

/** Why a remote was refused whose ids are of another format: whoever makes a new copy makes it of that one. */
class OtherObjectFormat extends Error {
  override readonly name = 'OtherObjectFormat';
  readonly theirs: ObjectFormat;

  constructor(theirs: ObjectFormat) {
    super(`the remote is of ${theirs.title}`);
    this.theirs = theirs;
  }
}

/** The remote names its objects by the other hash: git neither fetches nor pushes between the two. */
export function otherObjectFormat(remote: string, ours: ObjectFormat): LedgerError<'REMOTE_REFUSED'> {
  const theirs = ours === SHA1 ? SHA256 : SHA1;
  const reason = `its object format is ${theirs.name}, and that of the ledger here is ${ours.name}`;
  const hint = `all copies of a ledger have one object format: give a repository of ${ours.title} objects, or make an empty one with git init --bare --object-format=${ours.name}`;
  return remoteRefused(remote, reason, hint, new OtherObjectFormat(theirs));
}

/** The format of a remote that was refused for it; null for any other error. */
export function formatOfRefused(error: unknown): ObjectFormat | null {
  return isLedgerError(error, 'REMOTE_REFUSED') && error.cause instanceof OtherObjectFormat ? error.cause.theirs : null;
}
