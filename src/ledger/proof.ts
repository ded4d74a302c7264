/** Everything that bears on one version: who made it, what was said of it, why it ran, what it would go back to. */

import type { JudgedActivation } from '../audit/audit-report.js';
import { type LedgerEvent, namedVersions } from '../model/ledger-event.js';
import { CHECKSUM_NOTES_REF, reportRef, versionRef } from '../model/ref-names.js';
import { DEFAULT_TAG_FILTER } from '../model/rollback-target.js';
import type { Verifier } from '../ports/keys.js';
import type { ObjectReader } from '../ports/repository.js';
import { isActivating, judgedActivation } from './activations.js';
import { findRollbackTarget } from './find-rollback-target.js';
import { journalEntry } from './history.js';
import type { JournalEntry } from './ledger-journal.js';
import type { ProvenReport, VersionProof } from './ledger-versions.js';
import { nameVersionFiles } from './read-files.js';
import type { Version, View } from './view.js';

interface ProofParts {
  readonly objects: ObjectReader;
  readonly verifier: Verifier;
}

/** True where an event says something of a version. */
function bearsOn(event: LedgerEvent, { moduleId, version, redacted }: Version): boolean {
  if (event.type === 'redact') return redacted?.includes(event.oid) === true;
  return namedVersions(event).some((of) => of.moduleId === moduleId && of.versions.includes(version));
}

/** The entries that bear on a version, oldest first; of each only the events that do. */
function entriesOn({ records }: View, version: Version): JournalEntry[] {
  return version.entries.flatMap((seq) => {
    const entry = records.entry(seq);
    if (entry === null) return [];
    return [journalEntry(seq, { ...entry, events: entry.events.filter((event) => bearsOn(event, version)) })];
  });
}

/** How the gate judged each activation of a version when it happened. */
function judgedActivations({ records }: View, version: Version): JudgedActivation[] {
  return version.entries.flatMap((seq) =>
    (records.entry(seq)?.events ?? []).flatMap((event, index) => {
      const activates = isActivating(event) && event.type !== 'rollback' && bearsOn(event, version);
      return activates ? (judgedActivation(records, { seq, index, event }) ?? []) : [];
    }),
  );
}

function provenReports({ objects, verifier }: ProofParts, view: View, { moduleId, version }: Version): ProvenReport[] {
  const found: ProvenReport[] = [];
  for (const [pair] of view.records.pairs(moduleId, version)) {
    for (const report of view.reports(pair)) {
      const ref = reportRef(moduleId, pair.fromVer, version, report.seq);
      const oid = view.records.refValue(ref) ?? '';
      const tag = objects.readTag(oid);
      const { fingerprint } = verifier.verify(tag.payload, tag.signature ?? '', `report ${ref}`);
      found.push(Object.freeze({ ...report, ref, oid, fingerprint, signedBy: tag.tagger.name }));
    }
  }
  return found;
}

/** @throws `NOT_FOUND`, `CHECKSUM_MISMATCH`, `BAD_SIGNATURE`, `CORRUPT_OBJECT` */
export function proofOf(parts: ProofParts, view: View, moduleId: string, number: number): VersionProof {
  const { objects } = parts;
  const { records } = view;
  const version = view.require(moduleId, number);
  const { tree } = view.contentOf(version);
  const files = nameVersionFiles(objects, records, version, tree);
  const notes = records.refValue(CHECKSUM_NOTES_REF);
  const active = view.module(moduleId)?.active === number;
  const target = active ? findRollbackTarget(view, moduleId, DEFAULT_TAG_FILTER) : null;
  const head = records.head();
  return Object.freeze({
    version: view.checkpoint(version),
    status: view.statusOf(version),
    oid: version.oid,
    ref: versionRef(moduleId, number),
    tree,
    parent: objects.readCommit(version.oid).parents[0] ?? null,
    checksumNote: notes === null ? null : (objects.readNote(notes, version.oid)?.trimEnd() ?? null),
    files: [...files].map(([path, { mode, file }]) => ({ path, mode, bytes: file?.data.length ?? null })),
    entries: entriesOn(view, version),
    reports: provenReports(parts, view, version),
    activations: judgedActivations(view, version),
    gate: view.gate(moduleId, version.parentVer, number),
    rollbackTarget: target?.version ?? null,
    root: head?.root ?? '',
    position: { seq: head?.seq ?? -1, oid: head?.tip ?? '' },
  });
}
