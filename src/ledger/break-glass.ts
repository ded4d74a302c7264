/** Activation past the gate, for an emergency: an approver's own act, with a reason, in the journal for good. */

import { invalidInput, quoted } from '../errors.js';
import type { VersionCheckpoint } from '../model/checkpoint.js';
import { MAX_REASON_BYTES } from '../model/journal-entry.js';
import { isPrintableLine } from '../model/printable.js';
import { frozenSet, REVERTED } from '../model/tag-label.js';
import { requireActiveParent } from './activate.js';
import type { Draft } from './draft.js';

/** Returns a reason that one line of the journal can hold, else throws `INVALID_ARGUMENT`. */
export function assertBreakGlassReason(reason: unknown): string {
  if (typeof reason === 'string' && isPrintableLine(reason, MAX_REASON_BYTES)) return reason;
  const expected = `one printable line of 1 to ${MAX_REASON_BYTES} bytes`;
  throw invalidInput(
    'INVALID_ARGUMENT',
    [{ path: 'reason', expected, actual: quoted(reason) }],
    'say why it could not wait for an approval: it is what the journal will show',
  );
}

/**
 * Makes a version active whatever the gate and the hook say. Its parent must be the active version all the same; a tag
 * `reverted` is cleared.
 */
export async function breakGlass(
  draft: Draft,
  moduleId: string,
  version: number,
  reason: string,
): Promise<VersionCheckpoint> {
  const commit = await draft.require(moduleId, version);
  const { parentVer } = commit.sealed;
  if (draft.module(moduleId)?.active === version) return draft.checkpoint(commit);
  requireActiveParent(draft, moduleId, version, parentVer);
  draft.setActive(commit.sealed, commit.oid);
  draft.events.push({ type: 'break-glass', moduleId, fromVer: parentVer, toVer: version, reason });
  // The event says this too, as a rollback's says the opposite: an approver need not be a recorder.
  const tags = await draft.tagsOf(commit.oid);
  if (tags.has(REVERTED)) draft.tags.set(commit.oid, frozenSet([...tags].filter((tag) => tag !== REVERTED)));
  return draft.checkpoint(commit);
}
