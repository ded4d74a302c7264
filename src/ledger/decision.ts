/**
 * A decision in the making: the ledger as it would be with the events decided so far. Nothing is written and nothing is
 * signed; a decision that is dropped leaves nothing behind.
 */

import { applyEvent } from '../model/apply-event.js';
import type { HoldsBlob } from '../model/blob-holders.js';
import { ChangedRecords } from '../model/changed-records.js';
import { sha256Hex } from '../model/content-digest.js';
import type { LedgerEvent } from '../model/ledger-event.js';
import type { NormalizedFiles } from '../model/module-files.js';
import { isAssessor, type Policy } from '../model/policy.js';
import type { PublicKey } from '../model/public-key.js';
import type { PairKey, ReportFacts, VersionContent } from '../model/record-types.js';
import type { Records } from '../model/records.js';
import { reportRef } from '../model/ref-names.js';
import type { JudgedReport, StoredReport } from '../model/report.js';
import type { SwapQuestion } from '../ports/hook.js';
import type { Oid, RefName } from '../ports/objects.js';
import type { NewTag, ObjectDrafts } from '../ports/publisher.js';
import type { ObjectReader, RefReader } from '../ports/repository.js';
import { holdingIn } from './held-blobs.js';
import type { LedgerNotice } from './ledger.js';
import type { GivenForMeasuring, Measurements, UnmeasuredPair } from './measure-first.js';
import { readReport } from './read-reports.js';
import { View } from './view.js';

/** What stays the same throughout a decision. */
interface DecisionBase {
  readonly objects: ObjectReader;
  readonly refs: RefReader;
  readonly drafts: ObjectDrafts;
  /** What the journal says before the decision. */
  readonly before: Records;
  /** The number of the entry that is decided. */
  readonly seq: number;
  /** Who will sign. */
  readonly signer: { readonly principal: string; readonly publicKey: PublicKey };
  /** A clock that never goes back, in seconds since the Unix epoch. */
  readonly now: () => number;
  /** This machine's clock, whatever the entry before says. */
  readonly clock: () => number;
}

/** A tag that is to be signed, and where it goes. */
interface TagToSign {
  readonly ref: RefName;
  readonly tag: NewTag;
}

/** Staged content that a version needs; what the tree `like` holds already is not written again. */
interface NeededFiles {
  readonly id: number;
  readonly like: Oid | null;
}

export class Decision extends View {
  readonly base: DecisionBase;
  private readonly changed: ChangedRecords;
  readonly events: LedgerEvent[] = [];
  readonly tags: TagToSign[] = [];
  readonly files: NeededFiles[] = [];
  /** Swaps that the operator's hook has a say in. */
  readonly questions: SwapQuestion[] = [];
  /** Pairs that are to be measured first: the decision does not count where there are any. */
  readonly unmeasured: UnmeasuredPair[] = [];
  /** What was measured for it. */
  readonly measured: Measurements;
  /** The content of versions that are new in it, as far as it was kept. */
  private readonly newFiles: Map<Oid, NormalizedFiles>;
  private readonly below: View;
  /** Told once the transaction is committed. */
  readonly notices: LedgerNotice[] = [];
  /** Refs whose foreign value is replaced, each with what was found there. */
  readonly restored = new Map<RefName, string | null>();
  /** Reports that are not signed yet, by their refs. */
  readonly unsigned: Map<RefName, StoredReport>;
  /** What the commits of new versions say. */
  private readonly versions = new Map<Oid, NewVersion>();
  newPolicy: Policy | null = null;
  /** The date of its entry, where that is not the next one of the clock that never goes back. */
  dated: number | null = null;
  /** The file of countersignatures of the change that it makes. */
  countersignatures: string | null = null;

  constructor(base: DecisionBase, below: View, { measured, contents }: GivenForMeasuring = {}) {
    const changed = new ChangedRecords(below.records);
    super({ records: changed, policy: below.policy }, base.objects);
    this.base = base;
    this.below = below;
    this.measured = measured ?? new Map();
    this.newFiles = new Map(contents);
    this.changed = changed;
    this.unsigned = new Map(below instanceof Decision ? below.unsigned : []);
  }

  /** The same, to be continued: merged where that succeeds, dropped where it fails. */
  fork(given?: GivenForMeasuring): Decision {
    return new Decision(this.base, this, given);
  }

  /** Takes over everything from a fork. */
  merge(fork: Decision): void {
    this.changed.absorb(fork.changed);
    this.events.push(...fork.events);
    this.tags.push(...fork.tags);
    this.files.push(...fork.files);
    this.questions.push(...fork.questions);
    this.notices.push(...fork.notices);
    for (const [ref, found] of fork.restored) this.restored.set(ref, found);
    for (const [ref, report] of fork.unsigned) this.unsigned.set(ref, report);
    for (const [oid, version] of fork.versions) this.versions.set(oid, version);
    for (const [tree, files] of fork.newFiles) this.newFiles.set(tree, files);
    this.newPolicy = fork.newPolicy ?? this.newPolicy;
    this.dated = fork.dated ?? this.dated;
    this.countersignatures = fork.countersignatures ?? this.countersignatures;
  }

  override get policy(): Policy {
    return this.newPolicy ?? super.policy;
  }

  /** True where who signs has the role assessor. */
  get byAssessor(): boolean {
    return isAssessor(this.policy, this.base.signer.publicKey.fingerprint);
  }

  /** Decides an event; one that stages or reports comes with the object that it brings. */
  add(event: LedgerEvent, brings: { readonly version?: NewVersion; readonly report?: NewReportFacts } = {}): void {
    const { seq, signer } = this.base;
    if (brings.version !== undefined) this.versions.set(brings.version.oid, brings.version);
    applyEvent(this.changed, event, {
      seq,
      event: this.events.length,
      fingerprint: signer.publicKey.fingerprint,
      byAssessor: this.byAssessor,
      actor: signer.principal,
      policy: this.policy,
      newVersion: () => required(brings.version),
      commitSha256Of: (oid) => this.commitSha256Of(oid),
      holding: this.holding,
      newReport: () => required(brings.report),
    });
    this.events.push(event);
  }

  /** SHA-256 of what the commit of a version that is new in this decision consists of, in hex. */
  commitSha256Of(oid: Oid): string {
    return sha256Hex(this.base.drafts.content(oid));
  }

  /** Says which versions hold some blobs: new ones by the content that was staged for them, which is not in the ledger yet. */
  readonly holding: HoldsBlob = (wanted) => {
    const inLedger = holdingIn(this.base.objects)(wanted);
    return (version) => this.findNew(version.oid)?.blobs.some(wanted) ?? inLedger(version);
  };

  /** A version that is new in this decision or in what it was forked from. */
  private findNew(oid: Oid): NewVersion | null {
    return this.versions.get(oid) ?? (this.below instanceof Decision ? this.below.findNew(oid) : null);
  }

  /** A version that is new in this decision; null for another. */
  newVersion(oid: Oid): NewVersion | null {
    return this.versions.get(oid) ?? null;
  }

  /** The files of a version that is new in this decision; null where they were not kept. */
  filesOfNew(tree: Oid): NormalizedFiles | null {
    const found = this.newFiles.get(tree);
    if (found !== undefined) return found;
    return this.below instanceof Decision ? this.below.filesOfNew(tree) : null;
  }

  /** The value of a ref before this decision. */
  journaled(ref: RefName): Oid | null {
    return this.base.before.refValue(ref);
  }

  /** A report that is to be signed; returns the hash of what its signature will cover. */
  addTag(ref: RefName, tag: NewTag): string {
    this.tags.push({ ref, tag });
    return sha256Hex(this.base.drafts.tagPayload(tag));
  }

  /** A decision counts on nothing but the signed tags: what the index says of reports is read again. */
  override judged(pair: PairKey): readonly JudgedReport[] {
    return this.reports(pair);
  }

  override reports(pair: PairKey): readonly StoredReport[] {
    const { moduleId, fromVer, toVer } = pair;
    return this.records.reportLines(pair).map((line, i) => {
      const drafted = this.unsigned.get(reportRef(moduleId, fromVer, toVer, i + 1));
      return drafted ?? readReport(this.objects, this.records, this.policy, pair, line, i + 1);
    });
  }
}

/** Stands for the id of a tag that is not signed yet. */
export const UNSIGNED = '';

interface NewVersion {
  readonly oid: Oid;
  readonly content: VersionContent;
  /** The blobs of its files. */
  readonly blobs: readonly Oid[];
}

interface NewReportFacts {
  readonly oid: typeof UNSIGNED;
  readonly facts: ReportFacts;
}

function required<T>(value: T | undefined): T {
  if (value === undefined) throw new TypeError('an event without the object that it brings');
  return value;
}
