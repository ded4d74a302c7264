/** The events of an entry, each held against what stands before it. They permit its moves of refs: each of them, and none besides. */

import { isLedgerError } from '../errors.js';
import type { LedgerEvent } from '../model/ledger-event.js';
import { CHECKSUM_NOTES_REF, JOURNAL_REF, parseRef, TAG_NOTES_REF } from '../model/ref-names.js';
import { REVERTED, STABLE } from '../model/tag-label.js';
import type { Verifier } from '../ports/keys.js';
import type { Commit, RefName } from '../ports/objects.js';
import { activateVersion, breakGlass, rollBack } from './activated.js';
import type { AuditStepName } from './audit-report.js';
import { checkChecksumNotes, checkTagNotes } from './checked-notes.js';
import type { EntryReplay } from './entry-replay.js';
import { nextPolicy } from './policy-change.js';
import { redactBlob } from './redacted.js';
import { addReport } from './reported.js';
import { sealVersions } from './sealed.js';
import { stageVersion } from './staged.js';
import { changeTag } from './tagged.js';

/** The step that a problem with an event's own objects belongs to. */
function stepOf(event: LedgerEvent): AuditStepName {
  switch (event.type) {
    case 'stage':
    case 'upgrade':
    case 'redact':
      return 'versions';
    case 'report':
    case 'approve':
    case 'withdraw':
      return 'reports';
    case 'activate':
    case 'break-glass':
      return 'activations';
    case 'tag':
    case 'untag':
    case 'rollback':
      return 'tags';
    default:
      return 'refs';
  }
}

/** Runs a check; an object that it could not read is a problem of its step, and the next check goes on. */
async function told(replay: EntryReplay, step: AuditStepName, check: () => Promise<void>): Promise<void> {
  try {
    await check();
  } catch (error) {
    if (!isLedgerError(error, 'CORRUPT_OBJECT')) throw error;
    replay.unreadable(step, error);
  }
}

async function replayEvent(replay: EntryReplay, event: LedgerEvent): Promise<void> {
  switch (event.type) {
    case 'stage':
      return stageVersion(replay, event);
    case 'activate':
      return activateVersion(replay, event);
    case 'break-glass':
      return breakGlass(replay, event);
    case 'rollback':
      return rollBack(replay, event);
    case 'tag':
    case 'untag':
      return changeTag(replay, event);
    case 'report':
    case 'approve':
    case 'withdraw':
      return addReport(replay, event);
    case 'restored':
      return restore(replay, event.ref);
    case 'init':
      for (const ref of [CHECKSUM_NOTES_REF, TAG_NOTES_REF]) replay.created('refs', ref);
      return;
    case 'upgrade':
      return sealVersions(replay, event);
    case 'redact':
      return redactBlob(replay, event);
    case 'policy':
    case 'clock':
    case 'countersigned':
      return;
  }
}

/** A ref that is put back goes where the journal has it; whatever else the entry's events say of it comes on top. */
function restore(replay: EntryReplay, ref: RefName): void {
  replay.checked('refs');
  if (ref === JOURNAL_REF) return;
  if (parseRef(ref) === null) replay.wrong('refs', `it restores ${ref}, which is no ref of a ledger`, { ref });
  else if (!replay.claims.has(ref)) replay.claim(ref, replay.state.ref(ref));
}

/** The moves of an entry are those that its events permit: each of them, to where they say, and none besides. */
function checkClaims(replay: EntryReplay): void {
  for (const ref of replay.updates.keys()) {
    replay.checked('refs');
    if (!replay.claims.has(ref)) replay.wrong('refs', `it moves ${ref}, which no event of it permits`, { ref });
  }
  for (const [ref, expected] of replay.claims) {
    const update = replay.updates.get(ref);
    const to = update === undefined ? replay.state.projection.ref(ref) : update.to;
    if (to === expected) continue;
    replay.wrong('refs', `it leaves ${ref} at ${to ?? 'nothing'}; its events say ${expected ?? 'nothing'}`, { ref });
  }
}

/** Replays the events of the next entry, and tells everything that is wrong with them; then the policy is the one that it leaves. */
export async function replayEvents(replay: EntryReplay, commit: Commit, verifier: Verifier): Promise<void> {
  const { entry, state } = replay;
  for (const event of entry.text.events) {
    await told(replay, stepOf(event), () => replayEvent(replay, event));
  }
  await told(replay, 'versions', () => checkChecksumNotes(replay));
  await told(replay, 'tags', () => checkTagNotes(replay));
  checkClaims(replay);
  for (const [oid, tags] of replay.tags) {
    if (tags.has(STABLE) && tags.has(REVERTED))
      replay.wrong('tags', 'it leaves a version both stable and reverted', { oid });
    state.setTags(oid, tags);
  }
  await told(replay, 'journal', async () => {
    state.policy = await nextPolicy(replay, commit, verifier);
    state.tree = commit.tree;
  });
}
