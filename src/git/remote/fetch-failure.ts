/** Why `git fetch` failed, as an error of the remote; and whether that may be because a file was redacted there. */

import { LedgerError } from '../../errors.js';
import type { ObjectFormat } from '../../model/object-id.js';
import { NOT_LET_IN, NOT_LET_IN_HINT } from './git-failure.js';
import type { GitEnd } from './git-process.js';
import { OTHER_OBJECT_FORMAT, otherObjectFormat, remoteRefused, saidBy, unreachable } from './remote-error.js';
import type { RemoteUrl } from './remote-url.js';

/**
 * What git prints where something is missing that a ref leads to: there, while it packs, or here, of what came. It prints the same of a
 * damaged repository.
 */
const GAP =
  /promisor remote|possible repository corruption on the remote side|did not receive expected object|did not send all necessary objects/i;

/** True where a fetch failed because an object was not there: it was redacted, or is lost. */
export function foundGap(stderr: string): boolean {
  return GAP.test(stderr);
}

const FILTERED_HINT =
  'files were left out of it, as by git bundle create --filter: give the ledger itself, a clone of it, or a bundle of all';
const REDACTED_HINT =
  'a file was redacted there: have git-lineage doctor --restore run there, so that git lets others ask for what is left';

// git tells why it failed in words alone, in English as git-environment.ts asks for: there is no code to read.
const NO_ANSWER =
  /could not resolve|name or service not known|connection (?:refused|timed out|reset|closed)|network is unreachable|no route to host|unable to (?:connect|look up)|unable to fork|timed out/i;
const BROKE_OFF =
  /early EOF|unexpected disconnect|hung up unexpectedly|invalid index-pack output|index-pack failed|broken pipe/i;
const REFUSALS: readonly (readonly [pattern: RegExp, hint: string])[] = [
  [/missing blob object|filtered bundle/i, FILTERED_HINT],
  [/promisor remote/i, REDACTED_HINT],
  [/dubious ownership/i, 'the repository belongs to another user: git config --global --add safe.directory PATH'],
  [/does not appear to be a git repository|repository .* not found|no such file or directory/i, 'check the address'],
  [NOT_LET_IN, NOT_LET_IN_HINT],
  [/remote error|access denied|not exported/i, 'ask whoever runs the remote'],
  [
    /fsck error|error in object|bad (?:pack|object)|corrupt|inconsistency|did not send all necessary/i,
    'run git fsck --strict in the remote',
  ],
  [/transport .* not allowed|shallow/i, 'give the address of a whole repository'],
];

/** Why `git fetch` into a repository of that format failed, as an error of the remote. */
export function fetchFailure(remote: RemoteUrl, end: GitEnd, format: ObjectFormat): LedgerError {
  if (end.late !== null) return unreachable(remote.shown, end.late);
  const lines = end.stderr.split(/[\r\n]+/).filter((line) => /^(fatal|error|remote|ssh|kex_|[^ ]*: )/i.test(line));
  const reason = saidBy(lines.join('\n')) || saidBy(end.stderr) || `git fetch ended with ${end.code}`;
  if (/no space left on device|disk quota exceeded/i.test(reason)) {
    const data = { operation: 'fetch', path: remote.shown, errno: 'ENOSPC' };
    return new LedgerError('IO', `cannot fetch from ${remote.shown}: ${reason}`, data, {
      hint: 'free some disk space',
    });
  }
  if (OTHER_OBJECT_FORMAT.test(reason)) return otherObjectFormat(remote.shown, format);
  if (NO_ANSWER.test(reason)) return unreachable(remote.shown, reason);
  for (const [pattern, hint] of REFUSALS) if (pattern.test(reason)) return remoteRefused(remote.shown, reason, hint);
  if (BROKE_OFF.test(reason)) return unreachable(remote.shown, reason);
  return remoteRefused(remote.shown, reason, 'see what git fetch says there');
}
