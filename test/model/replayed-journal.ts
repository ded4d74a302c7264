/** A journal in memory, told event by event: what replay makes of it, without git and without keys. */

import { createHash } from 'node:crypto';
import { ChangedRecords } from '../../src/model/changed-records.js';
import type { EntryText, RefUpdate } from '../../src/model/journal-entry.js';
import type { LedgerEvent } from '../../src/model/ledger-event.js';
import type { Policy } from '../../src/model/policy.js';
import { DEFAULT_SETTINGS } from '../../src/model/policy-settings.js';
import { Records } from '../../src/model/records.js';
import { branchRef, CHECKSUM_NOTES_REF, reportRef, TAG_NOTES_REF, versionRef } from '../../src/model/ref-names.js';
import { type EntryFacts, replayEntry } from '../../src/model/replay.js';
import { SortedMap } from '../../src/model/sorted-map.js';
import { LayeredRecords } from '../../src/model/sorted-records.js';

export const POLICY: Policy = { ...DEFAULT_SETTINGS, format: 1, requireApproval: true, signers: [] };

function hash(kind: 'sha1' | 'sha256', text: string): string {
  return createHash(kind).update(text).digest('hex');
}

export class ReplayedJournal {
  readonly map = new SortedMap<string>();
  readonly records = Records.of(new LayeredRecords([this.map]));
  /** The blobs of versions that have some, by their commits. */
  readonly blobs = new Map<string, readonly string[]>();
  private made = 0;

  constructor() {
    this.tell([{ type: 'init', format: 1 }]);
  }

  private newOid(): string {
    this.made += 1;
    return hash('sha1', `object ${this.made}`);
  }

  /** Where the events move refs, as a writer would say it. */
  private movesOf(events: readonly LedgerEvent[]): RefUpdate[] {
    const before = (ref: string) => this.records.refValue(ref);
    const moves = new Map<string, string>();
    const oidOf = (id: string, n: number) => moves.get(versionRef(id, n)) ?? before(versionRef(id, n)) ?? '';
    for (const event of events) {
      if (event.type === 'init') for (const ref of [CHECKSUM_NOTES_REF, TAG_NOTES_REF]) moves.set(ref, this.newOid());
      if (event.type === 'stage') moves.set(versionRef(event.moduleId, event.version), this.newOid());
      if (event.type === 'activate') moves.set(branchRef(event.moduleId), oidOf(event.moduleId, event.version));
      if (event.type === 'rollback' || event.type === 'break-glass')
        moves.set(branchRef(event.moduleId), oidOf(event.moduleId, event.toVer));
      if (event.type === 'report' || event.type === 'approve' || event.type === 'withdraw')
        moves.set(reportRef(event.moduleId, event.fromVer, event.toVer, event.seq), this.newOid());
    }
    return [...moves].map(([ref, to]) => ({ ref, from: before(ref), to })).filter(({ from, to }) => from !== to);
  }

  /** The next entry with these events; `change` is what a forger would make of it. */
  facts(events: readonly LedgerEvent[], change: (facts: EntryFacts) => EntryFacts = (facts) => facts): EntryFacts {
    const head = this.records.head();
    const text: EntryText = {
      format: 1,
      seq: (head?.seq ?? -1) + 1,
      previousSha256: head?.tipSha256 ?? null,
      actor: 'ops@example.org',
      timestamp: 1000 + this.made,
      events,
      updates: this.movesOf(events),
    };
    const oid = this.newOid();
    return change({
      oid,
      parents: head === null ? [] : [head.tip],
      sha256: hash('sha256', oid),
      fingerprint: 'SHA256:key',
      text,
      stated: null,
      judge: POLICY,
      policy: POLICY,
      commitSha256Of: () => null,
      holding: (wanted) => (version) => (this.blobs.get(version.oid) ?? []).some(wanted),
      contentOf: () => ({ tree: 'tree', timestamp: 1, metadata: {} }),
      reportOf: (report) => this.reportFacts(report, events, text.updates),
    });
  }

  /** A report's tag says what its event says; an approval is by one person. */
  private reportFacts(oid: string, events: readonly LedgerEvent[], updates: readonly RefUpdate[]) {
    const ref = updates.find(({ to }) => to === oid)?.ref;
    const event = events.find(
      (e) =>
        (e.type === 'report' || e.type === 'approve' || e.type === 'withdraw') &&
        reportRef(e.moduleId, e.fromVer, e.toVer, e.seq) === ref,
    );
    const approvedBy = event?.type === 'approve' ? 'ada@example.org' : 'auto';
    return { approvedBy, bound: true, measuredLevel: null, assessor: null, withdraws: null };
  }

  /** Replays an entry; the journal stays as it is where that objects. */
  replay(facts: EntryFacts): void {
    const changed = new ChangedRecords(this.records);
    replayEntry(changed, this.records, facts);
    for (const [key, value] of changed.changes()) {
      if (value === null) this.map.delete(key);
      else this.map.set(key, value);
    }
  }

  tell(events: readonly LedgerEvent[], change?: (facts: EntryFacts) => EntryFacts): void {
    this.replay(this.facts(events, change));
  }

  /** Stages a version and makes it active. */
  record(moduleId: string, version: number): void {
    const parentVer = this.records.module(moduleId)?.active ?? null;
    this.tell([
      { type: 'stage', moduleId, version, parentVer, checksum: `sum ${version}` },
      { type: 'activate', moduleId, version },
    ]);
  }
}
