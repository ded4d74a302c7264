/** From a decision to a plan: tags and the entry are signed, and what everybody will read of the entry is read once here. */

import { sha256Hex } from '../model/content-digest.js';
import { notesMessage } from '../model/entry-subject.js';
import { type EntryText, writableEntry } from '../model/journal-entry.js';
import type { LedgerEvent } from '../model/ledger-event.js';
import { assertNoObjectId } from '../model/module-id.js';
import { formatOf } from '../model/object-id.js';
import type { Policy } from '../model/policy.js';
import { formatPolicy, type PolicyFiles } from '../model/policy-text.js';
import { factsOf } from '../model/record-types.js';
import type { Records } from '../model/records.js';
import { branchRef, CHECKSUM_NOTES_REF, TAG_NOTES_REF, versionRef } from '../model/ref-names.js';
import type { EntryFacts } from '../model/replay.js';
import type { RecordChange } from '../model/sorted-records.js';
import { formatTags, REVERTED } from '../model/tag-label.js';
import { formatChecksumNote } from '../model/version-commit.js';
import type { Signer } from '../ports/keys.js';
import type { Oid, RefName } from '../ports/objects.js';
import type { ObjectDrafts, Plan, RefMove } from '../ports/publisher.js';
import type { Decision } from './decision.js';
import { identityOf } from './identity.js';
import { journalTree } from './journal-tree.js';
import { redactedError } from './refuse-redacted.js';
import { replayed } from './verify-entry.js';

/** A plan that is signed, with what it adds to the journal and to the index. */
export interface SignedPlan {
  readonly plan: Omit<Plan, 'index'>;
  readonly events: readonly LedgerEvent[];
  readonly facts: EntryFacts;
  readonly changes: readonly RecordChange[];
}

/** The versions whose tags note an event may change. */
function retagged(event: LedgerEvent): readonly number[] {
  if (event.type === 'tag' || event.type === 'untag') return [event.version];
  if (event.type === 'rollback') return [event.fromVer];
  return event.type === 'break-glass' ? [event.toVer] : [];
}

/** The notes that change, by the oids of their versions. */
function changedNotes({ events, records, base }: Decision): {
  checksums: Map<Oid, string | null>;
  tags: Map<Oid, string | null>;
} {
  const checksums = new Map<Oid, string | null>();
  const tags = new Map<Oid, string | null>();
  for (const event of events) {
    if (!('moduleId' in event)) continue;
    const { moduleId } = event;
    const oidOf = (version: number) => records.version(moduleId, version)?.oid ?? '';
    if (event.type === 'stage') checksums.set(oidOf(event.version), formatChecksumNote(event.checksum));
    for (const version of retagged(event)) {
      // Passing the gate clears `reverted`, where it was set.
      const had = base.before.version(moduleId, version)?.tags.includes(REVERTED) ?? false;
      if (event.type === 'break-glass' && !had && !tags.has(oidOf(version))) continue;
      tags.set(oidOf(version), formatTags(records.version(moduleId, version)?.tags ?? []));
    }
  }
  return { checksums, tags };
}

/** Where refs go: notes and tags as they were drafted, versions and branches as the records have them. */
function movesOf(decision: Decision, drafted: ReadonlyMap<RefName, Oid>): RefMove[] {
  const { events, records, base, restored } = decision;
  const refs = new Set<RefName>(restored.keys());
  for (const event of events) {
    if (event.type === 'stage') refs.add(versionRef(event.moduleId, event.version));
    if (event.type === 'activate' || event.type === 'break-glass' || event.type === 'rollback')
      refs.add(branchRef(event.moduleId));
  }
  for (const ref of drafted.keys()) refs.add(ref);
  return [...refs].flatMap((ref) => {
    const from = base.before.refValue(ref);
    const to = drafted.get(ref) ?? records.refValue(ref);
    const foreign = restored.has(ref);
    if (from === to && !foreign) return [];
    return [{ ref, from, to, ...(foreign ? { replaces: restored.get(ref) ?? null } : {}) }];
  });
}

async function draftNotesAndTags(
  decision: Decision,
  drafts: ObjectDrafts,
  timestamp: number,
  signer: Signer,
): Promise<Map<RefName, Oid>> {
  const { checksums, tags } = changedNotes(decision);
  const commit = { identity: identityOf(signer.principal, timestamp), message: notesMessage(decision.events) };
  const drafted = new Map<RefName, Oid>();
  for (const { ref, tag } of decision.tags) drafted.set(ref, await drafts.tag(tag, signer));
  for (const [ref, changes] of [
    [CHECKSUM_NOTES_REF, checksums],
    [TAG_NOTES_REF, tags],
  ] as const) {
    if (changes.size > 0) drafted.set(ref, drafts.notes(decision.base.before.refValue(ref), changes, commit));
  }
  return drafted;
}

/** The journal entry of a transaction; `tree` holds the policy that is in force from it on. */
export async function draftEntry(
  drafts: ObjectDrafts,
  tree: Oid,
  text: EntryText,
  parent: Oid | null,
  signer: Signer,
): Promise<Oid> {
  const objectFormat = formatOf(tree);
  for (const event of text.events) if ('moduleId' in event) assertNoObjectId(event.moduleId, objectFormat);
  const message = writableEntry(text, objectFormat);
  const parents = parent === null ? [] : [parent];
  const identity = identityOf(text.actor, text.timestamp);
  return drafts.signedCommit({ tree, parents, identity, message }, signer);
}

/** A note or a policy file whose bytes were redacted would bring them back. @throws `VERSION_REDACTED` */
function refuseRedactedObjects(before: Records, objects: Plan['objects']): void {
  if (!before.hasRedactions()) return;
  for (const { oid } of objects) {
    const redaction = before.redaction(oid);
    if (redaction !== null) throw redactedError(redaction, oid);
  }
}

/**
 * The tree of the entry, with the policy that it states. Only Policy and Countersigned change it, so that whoever reads the journal need not
 * look at the other entries.
 */
function treeOf(
  { base, countersignatures }: Decision,
  { stated, policy, tree }: { readonly stated: PolicyFiles | null; readonly policy: Policy; readonly tree: Oid },
): Oid {
  if (stated === null && countersignatures === null) return tree;
  return base.drafts.tree(journalTree(stated ?? formatPolicy(policy), countersignatures));
}

/** Signs what was decided. `policy` is the one before it; `tree` is that of the last entry. */
export async function signPlan(
  decision: Decision,
  timestamp: number,
  signer: Signer,
  { policy, tree }: { readonly policy: Policy; readonly tree: Oid },
): Promise<SignedPlan> {
  const { events, base, newPolicy } = decision;
  const { drafts, before } = base;
  const head = before.head();
  const drafted = await draftNotesAndTags(decision, drafts, timestamp, signer);
  const moves = movesOf(decision, drafted);
  const text: EntryText = {
    format: newPolicy?.format ?? policy.format,
    seq: base.seq,
    previousSha256: head?.tipSha256 ?? null,
    actor: signer.principal,
    timestamp,
    events,
    updates: moves.map(({ ref, from, to }) => ({ ref, from, to })),
  };
  const stated = newPolicy === null ? null : formatPolicy(newPolicy);
  const entryTree = treeOf(decision, { stated, policy, tree });
  const parent = head?.tip ?? null;
  const entry = await draftEntry(drafts, entryTree, text, parent, signer);
  const objects = drafts.reachable([entry, ...moves.flatMap(({ to }) => to ?? [])]);
  refuseRedactedObjects(before, objects);
  const facts: EntryFacts = {
    oid: entry,
    parents: parent === null ? [] : [parent],
    sha256: sha256Hex(drafts.content(entry)),
    fingerprint: signer.publicKey.fingerprint,
    judge: policy,
    text,
    stated,
    policy: newPolicy ?? policy,
    contentOf: (oid) => decision.newVersion(oid)?.content ?? null,
    commitSha256Of: (oid) => decision.commitSha256Of(oid),
    holding: decision.holding,
    reportOf: reportsIn(decision, drafted),
  };
  const changes = replayed(before, facts);
  return { plan: { base: parent, entry, moves, objects, files: decision.files }, events, facts, changes };
}

/** What the tags that were signed say, by their oids. */
function reportsIn(decision: Decision, drafted: ReadonlyMap<RefName, Oid>): EntryFacts['reportOf'] {
  const reports = new Map(
    [...decision.unsigned].map(([ref, report]) => [drafted.get(ref) ?? '', factsOf(report, report.bound)]),
  );
  return (oid) => reports.get(oid) ?? null;
}
