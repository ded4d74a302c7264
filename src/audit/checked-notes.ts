/** The two notes refs after an entry: one commit on top of the old one, with the notes that its events say and no others. */

import { notesMessage } from '../model/entry-subject.js';
import { gitSeconds } from '../model/journal-entry.js';
import { CHECKSUM_NOTES_REF, TAG_NOTES_REF } from '../model/ref-names.js';
import { formatTags } from '../model/tag-label.js';
import { formatChecksumNote } from '../model/version-commit.js';
import type { Oid, RefName } from '../ports/objects.js';
import type { EntryReplay } from './entry-replay.js';
import { textOf } from './ledger-state.js';
import { notesChanges } from './notes-changes.js';
import { commitObjection } from './object-text.js';

/** Target → the text of its note; null: none. */
type Expected = ReadonlyMap<Oid, string | null>;

export async function checkChecksumNotes(replay: EntryReplay): Promise<void> {
  const expected = new Map([...replay.checksums].map(([oid, checksum]) => [oid, formatChecksumNote(checksum)]));
  await checkNotes(replay, CHECKSUM_NOTES_REF, 'versions', expected);
}

export async function checkTagNotes(replay: EntryReplay): Promise<void> {
  const expected = new Map([...replay.tags].map(([oid, labels]) => [oid, formatTags(labels)]));
  await checkNotes(replay, TAG_NOTES_REF, 'tags', expected);
}

async function checkNotes(
  replay: EntryReplay,
  ref: RefName,
  step: 'versions' | 'tags',
  expected: Expected,
): Promise<void> {
  const { state, entry } = replay;
  const { objects } = state;
  const founding = entry.text.seq === 0;
  const to = replay.updates.get(ref)?.to ?? null;
  if (expected.size > 0) replay.claim(ref, to);
  if (to === null) {
    if (expected.size > 0) replay.wrong(step, `its events set notes, and it does not move ${ref}`, { ref });
    return;
  }
  // A ref that is only put back is where it was; one that no event claims is told elsewhere.
  if (expected.size === 0 && !founding) return;
  const before = state.projection.ref(ref);
  const place = { oid: to, ref };
  const commit = await objects.readCommit(to);
  const objection = commitObjection(commit, {
    parents: before === null ? [] : [before],
    principal: entry.text.actor,
    seconds: gitSeconds(entry.text.timestamp),
    message: notesMessage(entry.text.events),
    signed: false,
  });
  if (objection !== null) replay.wrong(step, `${ref}: ${objection}`, place);
  const old = before === null ? null : (await objects.readCommit(before)).tree;
  await checkTrees(replay, step, { ref, oid: to, old, tree: commit.tree }, expected);
}

async function checkTrees(
  replay: EntryReplay,
  step: 'versions' | 'tags',
  { ref, oid, old, tree }: { ref: RefName; oid: Oid; old: Oid | null; tree: Oid },
  expected: Expected,
): Promise<void> {
  const { state } = replay;
  const place = { oid, ref };
  const { notes, others, endless } = await notesChanges(state.objects, old, tree);
  if (endless) return replay.wrong(step, `${ref} has more folders than could be looked at: it is no notes tree`, place);
  for (const path of others) replay.wrong(step, `${ref} changes ${JSON.stringify(path)}, which is no note`, place);
  for (const [target, { before, after }] of notes) {
    const [blob, second] = after;
    const wanted = expected.get(target);
    if (wanted === undefined) {
      replay.wrong(step, `${ref} changes the note of ${target}, which no event does`, place);
      continue;
    }
    // The note that was there must have gone: left at another depth, git would show both.
    const had = step === 'tags' && (await state.tagsOf(target)).size > 0;
    if (second !== undefined || before.length !== (had ? 1 : 0))
      replay.wrong(step, `${ref} notes ${target} twice`, place);
    const text = blob === undefined ? null : textOf(await state.objects.readBlob(blob));
    if (text === wanted) continue;
    const said = `${JSON.stringify(text)} on ${target}; its events say ${JSON.stringify(wanted)}`;
    replay.wrong(step, `${ref} notes ${said}`, place);
  }
  for (const [target, wanted] of expected) {
    if (notes.has(target)) continue;
    const unchanged = step === 'tags' && formatTags(await state.tagsOf(target)) === wanted;
    if (!unchanged) replay.wrong(step, `${ref} lacks the note ${JSON.stringify(wanted)} on ${target}`, place);
  }
}
