/**
 * What the journal adds up to, as the audit replays it: every ref's value, the numbers of modules, the reports of pairs. It shares
 * nothing with the replay that readers use (`model/replay.ts`), so that a mistake in the one shows in the other.
 */

import { type DatedEntry, type MisdatedEntries, misdatedBy } from '../model/clock.js';
import type { EntryText } from '../model/journal-entry.js';
import type { LedgerEvent, LedgerFormat } from '../model/ledger-event.js';
import type { RevocationHistory, StatedRevocation } from '../model/lifted-revocation.js';
import type { Policy } from '../model/policy.js';
import type { PolicyFiles } from '../model/policy-text.js';
import { pairName, parseRef } from '../model/ref-names.js';
import { revokedFrom } from '../model/revocation.js';
import { highestFirst, type Staging } from '../model/version-numbers.js';
import type { RedactedBlob } from './redactions.js';

interface ModuleNumbers {
  /** The active version; null while there are only staged ones. */
  readonly active: number | null;
  /** The highest number ever used, staged ones included. */
  readonly highest: number;
}

/** A report of a pair: the entry that brought it, and the key that signed both. */
export interface ReportOrigin {
  readonly entry: number;
  readonly fingerprint: string;
  /** There where that key had the role assessor then. */
  readonly byAssessor?: true;
}

/** A state that was verified before, which an audit of later entries continues: it is asked, never changed. */
export interface EarlierState {
  readonly root: string;
  readonly rootSha256: string;
  readonly tip: string;
  readonly tipSha256: string;
  readonly format: LedgerFormat;
  /** The entry with the policy in force, and the SHA-256 of its content in hex. */
  readonly policySeq: number;
  readonly policySha256: string;
  readonly seq: number;
  readonly timestamp: number;
  ref(name: string): string | null;
  module(moduleId: string): ModuleNumbers | null;
  /** Who staged the versions of a module, highest number first. */
  stagings(moduleId: string): Iterable<Staging>;
  /** The reports of a pair, by its name, in their order. */
  reports(pair: {
    readonly moduleId: string;
    readonly fromVer: number | null;
    readonly toVer: number;
  }): readonly ReportOrigin[];
  /** Every name in use: of modules, and of those that only have reports so far. */
  names(): Iterable<string>;
  /** The date of an entry, in seconds since the Unix epoch. */
  dateOf(seq: number): number | null;
  /** Every version of every module. */
  versions(): Iterable<LedgerVersion>;
  /** The policy files of the first entry. */
  firstPolicy(): PolicyFiles | null;
  /** What its entries have said of revocations. */
  readonly revocations: RevocationHistory;
  /** What was redacted. */
  redactions(): Iterable<RedactedBlob>;
}

/** A version and its commit. */
interface LedgerVersion {
  readonly moduleId: string;
  readonly version: number;
  readonly oid: string;
}

type Pair = Parameters<EarlierState['reports']>[0];

/** The journal so far. `apply` takes the entries in their order. */
export class Projection {
  private readonly earlier: EarlierState | null;
  /** Oid of the first entry: it names the ledger. */
  root: string;
  rootSha256: string;
  tip: string;
  /** Null before the first entry. */
  format: LedgerFormat | null;
  policySeq: number;
  policySha256: string;
  /** SHA-256 of the last entry's content, in hex: what the next entry must name. */
  tipSha256: string | null;
  seq: number;
  timestamp: number;
  /** Refs that were moved by the entries applied here; null is a ref that was removed. */
  readonly moved = new Map<string, string | null>();
  /** Of the entries applied here, with the ranges that they say are misdated. */
  readonly dated: DatedEntry[] = [];
  readonly misdated: MisdatedEntries[] = [];
  private readonly modules = new Map<string, ModuleNumbers>();
  /** Of each module, by ascending number. */
  private readonly staged = new Map<string, Staging[]>();
  /** Of each key, oldest first. */
  private readonly revoked = new Map<string, StatedRevocation[]>();
  private readonly pairs = new Map<string, { readonly pair: Pair; readonly reports: ReportOrigin[] }>();

  constructor(earlier: EarlierState | null = null) {
    this.earlier = earlier;
    this.root = earlier?.root ?? '';
    this.rootSha256 = earlier?.rootSha256 ?? '';
    this.format = earlier?.format ?? null;
    this.policySeq = earlier?.policySeq ?? 0;
    this.policySha256 = earlier?.policySha256 ?? '';
    this.tip = earlier?.tip ?? '';
    this.tipSha256 = earlier?.tipSha256 ?? null;
    this.seq = earlier?.seq ?? -1;
    this.timestamp = earlier?.timestamp ?? 0;
  }

  /** The journaled value of a ref, or null. */
  ref(name: string): string | null {
    const moved = this.moved.get(name);
    return moved === undefined ? (this.earlier?.ref(name) ?? null) : moved;
  }

  /** The refs that there are after the entries applied here, of those that these have moved. */
  *movedRefs(): Generator<readonly [ref: string, oid: string]> {
    for (const [ref, oid] of this.moved) if (oid !== null) yield [ref, oid];
  }

  module(moduleId: string): ModuleNumbers | null {
    return this.modules.get(moduleId) ?? this.earlier?.module(moduleId) ?? null;
  }

  /** Who staged the versions of a module, highest number first. */
  stagings(moduleId: string): Iterable<Staging> {
    const { staged, earlier } = this;
    return highestFirst(descending(staged.get(moduleId) ?? []), earlier?.stagings(moduleId) ?? []);
  }

  reports(pair: Pair): readonly ReportOrigin[] {
    return (
      this.pairs.get(pairName(pair.moduleId, pair.fromVer, pair.toVer))?.reports ?? this.earlier?.reports(pair) ?? []
    );
  }

  *names(): Generator<string> {
    yield* this.modules.keys();
    // What only has reports reserves a name in format 1 alone.
    if (this.format !== 2) for (const { pair } of this.pairs.values()) yield pair.moduleId;
    if (this.earlier === null) return;
    for (const name of this.earlier.names()) if (this.format !== 2 || this.earlier.module(name) !== null) yield name;
  }

  dateOf(seq: number): number | null {
    const [first] = this.dated;
    const own = first === undefined ? undefined : this.dated[seq - first.seq];
    return own?.timestamp ?? this.earlier?.dateOf(seq) ?? null;
  }

  /** Every version of every module. */
  *versions(): Generator<LedgerVersion> {
    for (const [ref, oid] of this.movedRefs()) {
      const meaning = parseRef(ref);
      if (meaning?.kind === 'version') yield { moduleId: meaning.moduleId, version: meaning.version, oid };
    }
    if (this.earlier !== null) yield* this.earlier.versions();
  }

  /** The policy files of the first entry, where it was not replayed here. */
  firstPolicy(): PolicyFiles | null {
    return this.earlier?.firstPolicy() ?? null;
  }

  /** What entries have said of the revocation of a key, newest first. */
  *revocations(fingerprint: string): Generator<StatedRevocation> {
    yield* (this.revoked.get(fingerprint) ?? []).toReversed();
    if (this.earlier !== null) yield* this.earlier.revocations(fingerprint);
  }

  /** Takes note of the revocations that the last entry changes. `signer` is null where nobody looked who signed it. */
  stated(before: Policy | null, after: Policy | null, signer: string | null): void {
    for (const { publicKey, revokedFrom: from } of after?.signers ?? []) {
      const { fingerprint } = publicKey;
      if (from === (before === null ? null : revokedFrom(before, fingerprint))) continue;
      const known = this.revoked.get(fingerprint) ?? [];
      this.revoked.set(fingerprint, [...known, { seq: this.seq, signer, from }]);
    }
  }

  /** Adds an entry, with the hash of its content and the key that signed it. */
  apply(entry: EntryText, oid: string, sha256: string, signed: Omit<ReportOrigin, 'entry'>): void {
    if (this.seq === -1) {
      this.root = oid;
      this.rootSha256 = sha256;
    }
    if (entry.events.some(({ type }) => type === 'policy')) {
      this.policySeq = entry.seq;
      this.policySha256 = sha256;
    }
    this.format = entry.format;
    this.tip = oid;
    this.tipSha256 = sha256;
    this.seq = entry.seq;
    this.timestamp = entry.timestamp;
    this.dated.push({ seq: entry.seq, timestamp: entry.timestamp });
    const misdated = misdatedBy(entry.events);
    if (misdated !== null) this.misdated.push(misdated);
    for (const { ref, to } of entry.updates) this.moved.set(ref, to);
    for (const event of entry.events) this.applyEvent(event, signed);
  }

  private applyEvent(event: LedgerEvent, signed: Omit<ReportOrigin, 'entry'>): void {
    if (!('moduleId' in event)) return;
    const { moduleId } = event;
    const { active, highest } = this.module(moduleId) ?? { active: null, highest: 0 };
    switch (event.type) {
      case 'stage':
        this.modules.set(moduleId, { active, highest: Math.max(highest, event.version) });
        this.addStaging(moduleId, { version: event.version, entry: this.seq, fingerprint: signed.fingerprint || null });
        return;
      case 'activate':
        this.modules.set(moduleId, { active: event.version, highest });
        return;
      case 'break-glass':
      case 'rollback':
        this.modules.set(moduleId, { active: event.toVer, highest });
        return;
      case 'report':
      case 'approve':
      case 'withdraw': {
        const reports = [...this.reports(event), { ...signed, entry: this.seq }];
        this.pairs.set(pairName(moduleId, event.fromVer, event.toVer), { pair: event, reports });
        return;
      }
      default:
    }
  }

  private addStaging(moduleId: string, staging: Staging): void {
    const known = this.staged.get(moduleId) ?? [];
    const after = known.findLastIndex(({ version }) => version < staging.version);
    known.splice(after + 1, 0, staging);
    this.staged.set(moduleId, known);
  }
}

function* descending<T>(list: readonly T[]): Generator<T> {
  for (let i = list.length - 1; i >= 0; i--) yield list[i] as T;
}
