/** Everything that bears on one version: who made it, what was said of it, why it ran, what it would go back to. */

import type { JudgedActivation } from '../audit/contract.js';
import { judgeEntry } from '../audit/verify-entries.js';
import type { LedgerEvent } from '../model/journal-entry.js';
import { branchRef, CHECKSUM_NOTES_REF, reportRef, versionRef } from '../model/ref-names.js';
import { DEFAULT_TAG_FILTER } from '../model/rollback-target.js';
import type { Verifier } from '../ports/keys.js';
import type { Oid } from '../ports/objects.js';
import type { Store } from '../ports/publishing.js';
import type { JournalEntry, ProvenReport, VersionProof } from './contract.js';
import { history } from './history.js';
import type { Journal } from './journal.js';
import { readVersionFiles } from './read-files.js';
import { findRollbackTarget } from './rollback-target.js';
import type { View } from './view.js';

export interface ProofParts {
  readonly store: Store;
  readonly verifier: Verifier;
  readonly journal: Journal;
}

/** True where an event says something of a version. */
export function bearsOn(event: LedgerEvent, moduleId: string, version: number): boolean {
  if (!('moduleId' in event) || event.moduleId !== moduleId) return false;
  if ('version' in event) return event.version === version;
  return event.toVer === version || (event.type === 'rollback' && event.fromVer === version);
}

function activates(event: LedgerEvent, moduleId: string, version: number): boolean {
  return (event.type === 'activate' || event.type === 'break-glass') && bearsOn(event, moduleId, version);
}

/** The entries that bear on a version, oldest first; of each only the events that do. */
async function entriesOn(
  { journal }: ProofParts,
  tip: Oid,
  moduleId: string,
  version: number,
): Promise<JournalEntry[]> {
  const found: JournalEntry[] = [];
  for await (const entry of history(journal, async () => tip, { moduleId })) {
    const events = entry.events.filter((event) => bearsOn(event, moduleId, version));
    if (events.length > 0) found.push(Object.freeze({ ...entry, events }));
  }
  return found.reverse();
}

/** How the gate judged each activation of a version when it happened: asked again, of the state of that moment. */
async function judgedActivations(
  { store, verifier, journal }: ProofParts,
  entries: readonly JournalEntry[],
  moduleId: string,
  version: number,
): Promise<JudgedActivation[]> {
  const judged: JudgedActivation[] = [];
  for (const { oid, seq, events } of entries) {
    if (!events.some((event) => activates(event, moduleId, version))) continue;
    const before = (await store.readCommit(oid)).parents[0];
    if (before === undefined) throw new TypeError(`entry ${seq} activates a version and is the first`);
    const found = await judgeEntry(store.objects, verifier, await journal.stateAt(before), oid);
    judged.push(...found.filter((j) => j.moduleId === moduleId && j.toVer === version));
  }
  return judged;
}

async function provenReports(
  { store, verifier }: ProofParts,
  view: View,
  moduleId: string,
  version: number,
): Promise<ProvenReport[]> {
  const found: ProvenReport[] = [];
  for (const pair of view.projection.pairs.values()) {
    if (pair.moduleId !== moduleId || pair.toVer !== version) continue;
    for (const report of await view.reports(moduleId, pair.fromVer, version)) {
      const ref = reportRef(moduleId, pair.fromVer, version, report.seq);
      const oid = view.ref(ref) ?? '';
      const tag = await store.readTag(oid);
      const { fingerprint } = verifier.verify(tag.payload, tag.signature ?? '', `report ${ref}`);
      found.push(Object.freeze({ ...report, ref, oid, fingerprint, signedBy: tag.tagger.name }));
    }
  }
  return found;
}

/** @throws `NOT_FOUND`, `CHECKSUM_MISMATCH`, `BAD_SIGNATURE`, `CORRUPT_OBJECT` */
export async function proofOf(parts: ProofParts, view: View, moduleId: string, version: number): Promise<VersionProof> {
  const commit = await view.require(moduleId, version);
  const files = await readVersionFiles(parts.store, commit);
  const notes = view.ref(CHECKSUM_NOTES_REF);
  const entries = await entriesOn(parts, view.projection.tip, moduleId, version);
  const active = view.ref(branchRef(moduleId)) === commit.oid;
  const target = active ? (await findRollbackTarget(view, moduleId, DEFAULT_TAG_FILTER)).target : null;
  return Object.freeze({
    version: await view.checkpoint(commit),
    status: await view.statusOf(commit),
    oid: commit.oid,
    ref: versionRef(moduleId, version),
    tree: commit.tree,
    parent: commit.parent,
    checksumNote: notes === null ? null : ((await parts.store.readNote(notes, commit.oid))?.trimEnd() ?? null),
    files: [...files].map(([path, { mode, data }]) => ({ path, mode, bytes: data.length })),
    entries,
    reports: await provenReports(parts, view, moduleId, version),
    activations: await judgedActivations(parts, entries, moduleId, version),
    gate: await view.gate(moduleId, commit.sealed.parentVer, version),
    rollbackTarget: target?.sealed.version ?? null,
    root: view.projection.root,
    position: { seq: view.projection.seq, oid: view.projection.tip },
  });
}
