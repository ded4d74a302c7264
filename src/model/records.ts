/**
 * The index's records: what the journal adds up to, each fact under one key, so that every question is a look-up or a short
 * range. Whoever changes a key or a shape takes another `RECORDS_SCHEMA`.
 */

import type { LedgerEvent, LedgerFormat } from './journal-entry.js';
import { foldModuleId, scopeOf } from './module-id.js';
import type { PolicyFiles } from './policy-text.js';
import { branchRef, CHECKSUM_NOTES_REF, parseRef, reportRef, TAG_NOTES_REF, versionRef } from './ref-names.js';
import type { CompatibilityLevel } from './report.js';
import type { ReportText } from './report-text.js';
import type { RollbackReason } from './rollback-target.js';
import { SortedMap } from './sorted-map.js';
import { mergedRange, type RecordChange, type SortedChanges, type SortedRecords } from './sorted-records.js';

/**
 * The version of everything in this file; part of the names of index files. 2: `staged`; 3: `reverted`, and a target is of another content;
 * 4: `activations`, `totals`, and since when a pair is `pending`; 5: the format, and the hashes of the first entry and of the one with the
 * policy, and who staged a version; 6: which reports an assessor's key signed; 7: redactions; 8: which
 * capabilities a report says that a version gains.
 */
export const RECORDS_SCHEMA = 8;

/** The journal as a whole. */
export interface HeadRecord {
  /** The journal's first entry. */
  readonly root: string;
  /** SHA-256 of the first entry's content, in hex. */
  readonly rootSha256: string;
  /** That of the last entry. */
  readonly format: LedgerFormat;
  readonly seq: number;
  readonly tip: string;
  /** SHA-256 of the last entry's content, in hex: the next entry must name it. */
  readonly tipSha256: string;
  /** Of the last entry, in seconds since the Unix epoch. */
  readonly timestamp: number;
  readonly checksumNotes: string;
  readonly tagNotes: string;
  /** The entry that states the policy in force. */
  readonly policySeq: number;
  /** SHA-256 of that entry's content, in hex. */
  readonly policySha256: string;
  /** Modules with an active version. */
  readonly tracked: number;
  /** Versions that were ever active. */
  readonly checkpoints: number;
  /** Pairs with a report. */
  readonly pairs: number;
}

export interface ModuleRecord {
  /** The active version; null while there are only staged ones. */
  readonly active: number | null;
  /** The highest number ever used: it is spent whatever becomes of it. */
  readonly highest: number;
  /** How many proper ancestors the active version has; -1 where there is none. */
  readonly depth: number;
  /** The entry that made the active version active. */
  readonly activation: number | null;
  /** How often a version became active otherwise than by a rollback. */
  readonly activations: number;
}

/** What is counted of a module beside its activations. These change seldom, so they have a record of their own. */
export interface TotalsRecord {
  /** Those that there were, by reason. */
  readonly rollbacks: Readonly<Partial<Record<RollbackReason, number>>>;
  /** Pairs with a BREAKING report. */
  readonly breaking: number;
  /** Versions that passed the gate by breaking the glass. */
  readonly brokenGlass: number;
}

const NO_TOTALS: TotalsRecord = { rollbacks: {}, breaking: 0, brokenGlass: 0 };

/** What a version's commit says beyond its journal line. */
export interface VersionContent {
  readonly tree: string;
  readonly timestamp: number;
  readonly metadata: Readonly<Record<string, string>>;
}

export interface VersionRecord {
  readonly oid: string;
  readonly parentVer: number | null;
  readonly checksum: string;
  /** The principal who staged it. */
  readonly stagedBy: string;
  /** Null where the commit could not be read when its entry was: then whoever asks reads it again. */
  readonly content: VersionContent | null;
  readonly tags: readonly string[];
  /** True where it was active at some time. */
  readonly ever: boolean;
  /** Where it stood in the lineage when it became active last; null where it never did. */
  readonly depth: number | null;
  /** The entries about it, ascending. */
  readonly entries: readonly number[];
  /** The blobs of it that were redacted; missing where none was. */
  readonly redacted?: readonly string[];
}

/** A blob that was taken out of the ledger. */
interface RedactionRecord {
  /** The version that the entry names; every other one that holds the blob has lost it too. */
  readonly moduleId: string;
  readonly version: number;
  /** SHA-256 of its content, in hex. */
  readonly sha256: string;
  readonly reason: string;
  /** The entry that says so. */
  readonly seq: number;
}

/** What a report's tag says that the gate needs. */
export type ReportFacts = Pick<
  ReportText,
  'approvedBy' | 'measuredLevel' | 'assessor' | 'withdraws' | 'capabilitiesAdded'
> & {
  readonly bound: boolean;
};

export function factsOf(
  { approvedBy, measuredLevel, assessor, withdraws, capabilitiesAdded }: Omit<ReportFacts, 'bound'>,
  bound: boolean,
): ReportFacts {
  const added = capabilitiesAdded === undefined ? {} : { capabilitiesAdded };
  return { approvedBy, measuredLevel, assessor, withdraws, ...added, bound };
}

/** One report of a pair, as the journal names it; report `seq` is at index `seq - 1`. */
export interface ReportLine {
  readonly type: 'report' | 'approve' | 'withdraw';
  readonly level: CompatibilityLevel;
  readonly payloadSha256: string;
  /** The entry that brought it, which of its events, and the key that signed both. */
  readonly entry: number;
  readonly event: number;
  readonly fingerprint: string;
  /** There where that key had the role assessor then. */
  readonly byAssessor?: true;
  readonly oid: string;
  /** Null where the tag could not be read when its entry was. */
  readonly facts: ReportFacts | null;
}

export interface EntryRecord {
  readonly oid: string;
  readonly actor: string;
  readonly fingerprint: string;
  readonly timestamp: number;
  readonly events: readonly LedgerEvent[];
}

/** A module after an entry that is about it. */
export interface MomentRecord {
  /** The highest number used so far; 0 where there were only reports. */
  readonly highest: number;
  readonly active: number | null;
  /** Tags of the active version. */
  readonly tags: readonly string[];
  /** The rollback target under the default filter, and its tags. */
  readonly target: number | null;
  readonly targetTags: readonly string[];
  /** The entry that made the active version active. */
  readonly activation: number | null;
}

/** A pair of versions; a first version has no `from`. */
export interface PairKey {
  readonly moduleId: string;
  readonly fromVer: number | null;
  readonly toVer: number;
}

/** A number from 0 on such that the texts sort as the numbers do: how many digits, then the digits. */
function sortable(n: number): string {
  const digits = String(n);
  return `${String.fromCharCode(96 + digits.length)}${digits}`;
}

/** The number that `sortable` wrote. */
function fromSortable(text: string): number {
  return Number(text.slice(1));
}

const HEAD = 'head';

/** Keys sort bytewise; parts are joined by a space, which no part holds. */
export const KEY = {
  policy: (seq: number) => `policy ${sortable(seq)}`,
  module: (id: string) => `module ${id}`,
  totals: (id: string) => `totals ${id}`,
  name: (id: string) => `name ${foldModuleId(id)}`,
  scope: (scope: string) => `scope ${foldModuleId(scope)}`,
  version: (id: string, n: number) => `version ${id} ${sortable(n)}`,
  staged: (id: string, n: number) => `staged ${id} ${sortable(n)}`,
  lineage: (id: string, depth: number) => `lineage ${id} ${sortable(depth)}`,
  tagged: (id: string, tag: string, depth: number) => `tagged ${id} ${encodeURIComponent(tag)} ${sortable(depth)}`,
  reverted: (id: string, checksum: string, n: number) =>
    `reverted ${id} ${encodeURIComponent(checksum)} ${sortable(n)}`,
  pair: ({ moduleId, fromVer, toVer }: PairKey) => `pair ${moduleId} ${sortable(toVer)} ${sortable(fromVer ?? 0)}`,
  breaking: ({ moduleId, fromVer, toVer }: PairKey) =>
    `breaking ${moduleId} ${sortable(toVer)} ${sortable(fromVer ?? 0)}`,
  gaining: ({ moduleId, fromVer, toVer }: PairKey) =>
    `gaining ${moduleId} ${sortable(toVer)} ${sortable(fromVer ?? 0)}`,
  pending: ({ moduleId, fromVer, toVer }: PairKey) =>
    `pending ${moduleId} ${sortable(toVer)} ${sortable(fromVer ?? 0)}`,
  redaction: (oid: string) => `redaction ${oid}`,
  entry: (seq: number) => `entry ${sortable(seq)}`,
  moment: (id: string, seq: number) => `moment ${id} ${sortable(seq)}`,
} as const;

/** The pair that a key of `pair`, `breaking`, `gaining` or `pending` names. */
function pairOfKey(key: string): PairKey {
  const [, moduleId = '', to = '', from = ''] = key.split(' ');
  const fromVer = fromSortable(from);
  return { moduleId, fromVer: fromVer === 0 ? null : fromVer, toVer: fromSortable(to) };
}

/** Everything below `prefix `, from the record `after` it on. '!' is what follows the space. */
function below(prefix: string): readonly [from: string, to: string] {
  return [`${prefix} `, `${prefix}!`];
}

/** The index's records by what they mean. */
export class Records {
  /** Values are plain data that nobody changes. */
  readonly source: SortedChanges<unknown>;

  constructor(source: SortedChanges<unknown>) {
    this.source = source;
  }

  /** The records of an index whose values are JSON texts. */
  static of(sorted: SortedRecords): Records {
    return new Records({
      get: (key) => {
        const text = sorted.get(key);
        return text === undefined ? undefined : JSON.parse(text);
      },
      *range(from, to, reverse) {
        for (const [key, text] of sorted.range(from, to, reverse)) yield [key, JSON.parse(text)];
      },
    });
  }

  private get<T>(key: string): T | null {
    return (this.source.get(key) as T | undefined) ?? null;
  }

  /** Null before the journal's first entry. */
  head(): HeadRecord | null {
    return this.get(HEAD);
  }

  /** The policy files stated by the entry `seq`. */
  policyFiles(seq: number): PolicyFiles | null {
    return this.get(KEY.policy(seq));
  }

  /** The entry at or before `seq` that states a policy. */
  policySeqAt(seq: number): number | null {
    const [from] = below('policy');
    for (const [key] of this.source.range(from, `${KEY.policy(seq)} `, true))
      return fromSortable(key.split(' ')[1] ?? '');
    return null;
  }

  module(id: string): ModuleRecord | null {
    return this.get(KEY.module(id));
  }

  totals(id: string): TotalsRecord {
    return this.get(KEY.totals(id)) ?? NO_TOTALS;
  }

  /** Every module in bytewise order, those with only staged versions included. */
  *moduleIds(): Generator<string> {
    for (const [key] of this.source.range(...below('module'))) yield key.slice('module '.length);
  }

  /** A name in use that differs from `id` in case alone, its scope included; null where there is none. */
  caseTwin(id: string): string | null {
    // What only has reports reserves a name in format 1 alone.
    const used = (name: string | null) =>
      name !== null && (this.head()?.format === 1 || this.module(name) !== null) ? name : null;
    const scope = scopeOf(id);
    const name = used(this.get<string>(KEY.name(id)));
    if (name !== null && name !== id) return name;
    const neighbour = scope === null ? null : used(this.get<string>(KEY.scope(scope)));
    return neighbour === null || scopeOf(neighbour) === scope ? null : neighbour;
  }

  /** Every name in use. */
  *names(): Generator<string> {
    for (const [, name] of this.source.range(...below('name'))) yield name as string;
  }

  version(id: string, n: number): VersionRecord | null {
    return this.get(KEY.version(id, n));
  }

  /** The versions of a module, ascending, or newest first; with `before`, those of a lower number. */
  *versions(
    id: string,
    { newestFirst = false, before }: { readonly newestFirst?: boolean; readonly before?: number } = {},
  ): Generator<readonly [version: number, record: VersionRecord]> {
    const [from, last] = below(`version ${id}`);
    const to = before === undefined ? last : KEY.version(id, before);
    for (const [key, value] of this.source.range(from, to, newestFirst))
      yield [fromSortable(key.split(' ')[2] ?? ''), value as VersionRecord];
  }

  /** Every version of every module. */
  *allVersions(): Generator<{ readonly moduleId: string; readonly version: number; readonly oid: string }> {
    for (const moduleId of this.moduleIds())
      for (const [version, { oid }] of this.versions(moduleId)) yield { moduleId, version, oid };
  }

  /** The versions of a module that never were active, ascending. */
  *staged(id: string): Generator<number> {
    for (const [, n] of this.source.range(...below(`staged ${id}`))) yield n as number;
  }

  /** The version that stood at a depth of the module's lineage last. Above the active version's depth it is abandoned. */
  lineageAt(id: string, depth: number): number | null {
    return this.get(KEY.lineage(id, depth));
  }

  /** The active version and its ancestors, newest first. */
  *lineage(id: string): Generator<number> {
    const depth = this.module(id)?.depth ?? -1;
    for (const [, n] of this.source.range(`lineage ${id} `, `${KEY.lineage(id, depth)} `, true)) yield n as number;
  }

  /** True where a version is the active one or an ancestor of it. */
  isInLineage(id: string, n: number): boolean {
    const depth = this.version(id, n)?.depth ?? null;
    return depth !== null && depth <= (this.module(id)?.depth ?? -1) && this.lineageAt(id, depth) === n;
  }

  /** Proper ancestors of the active version that carry a tag, nearest first; down to `lowest`, a depth. */
  *tagged(id: string, tag: string, lowest = 0): Generator<number> {
    const depth = this.module(id)?.depth ?? -1;
    if (depth < 1) return;
    for (const [, n] of this.source.range(KEY.tagged(id, tag, lowest), KEY.tagged(id, tag, depth), true))
      yield n as number;
  }

  /** The newest version of a content that carries `reverted`; null where there is none. */
  revertedLike(id: string, checksum: string): number | null {
    for (const [, n] of this.source.range(...below(`reverted ${id} ${encodeURIComponent(checksum)}`), true))
      return n as number;
    return null;
  }

  reportLines(pair: PairKey): readonly ReportLine[] {
    return this.get(KEY.pair(pair)) ?? [];
  }

  /** The pairs of a module that have a report; with `toVer`, those that lead to it. */
  *pairs(moduleId: string, toVer?: number): Generator<readonly [pair: PairKey, lines: readonly ReportLine[]]> {
    const prefix = toVer === undefined ? `pair ${moduleId}` : `pair ${moduleId} ${sortable(toVer)}`;
    for (const [key, lines] of this.source.range(...below(prefix)))
      yield [pairOfKey(key), lines as readonly ReportLine[]];
  }

  /** True where the pair has a BREAKING report. */
  isBreaking(pair: PairKey): boolean {
    return this.get(KEY.breaking(pair)) !== null;
  }

  /** True where a report on the pair may have it wait for an operator: a BREAKING one, or one by which the version gains a capability. */
  isWaitable(pair: PairKey): boolean {
    return this.isBreaking(pair) || this.get(KEY.gaining(pair)) !== null;
  }

  /** Pairs that may wait, a pair perhaps twice: all, or of one module to the versions from `first` to `last`. */
  *waitable(of?: { readonly moduleId: string; readonly first: number; readonly last: number }): Generator<PairKey> {
    for (const kind of ['breaking', 'gaining']) {
      const [from, to] =
        of === undefined
          ? below(kind)
          : [`${kind} ${of.moduleId} ${sortable(of.first)} `, `${kind} ${of.moduleId} ${sortable(of.last)}!`];
      for (const [key] of this.source.range(from, to)) yield pairOfKey(key);
    }
  }

  /** Pairs that wait for an operator: all, or of one module. */
  *pending(moduleId?: string): Generator<PairKey> {
    for (const [key] of this.source.range(...below(moduleId === undefined ? 'pending' : `pending ${moduleId}`)))
      yield pairOfKey(key);
  }

  /** Since when a pair has waited for an operator, in seconds since the Unix epoch; null where it does not wait. */
  pendingSince(pair: PairKey): number | null {
    return this.get(KEY.pending(pair));
  }

  /** How a blob was redacted; null where it was not. */
  redaction(oid: string): RedactionRecord | null {
    return this.get(KEY.redaction(oid));
  }

  hasRedactions(): boolean {
    const [first] = this.redactions();
    return first !== undefined;
  }

  /** Every blob that was redacted. */
  *redactions(): Generator<readonly [oid: string, redaction: RedactionRecord]> {
    for (const [key, value] of this.source.range(...below('redaction')))
      yield [key.slice('redaction '.length), value as RedactionRecord];
  }

  entry(seq: number): EntryRecord | null {
    return this.get(KEY.entry(seq));
  }

  /** Entries newest first, from `last` down to `first`. */
  *entries(first: number, last: number): Generator<readonly [seq: number, entry: EntryRecord]> {
    for (const [key, entry] of this.source.range(KEY.entry(first), `${KEY.entry(last)} `, true))
      yield [fromSortable(key.split(' ')[1] ?? ''), entry as EntryRecord];
  }

  /** What a module was after the entries about it, newest first, from the entry `last` down to `first`. */
  *moments(id: string, last: number, first = 0): Generator<readonly [seq: number, moment: MomentRecord]> {
    for (const [key, moment] of this.source.range(KEY.moment(id, first), `${KEY.moment(id, last)} `, true))
      yield [fromSortable(key.split(' ')[2] ?? ''), moment as MomentRecord];
  }

  /** The journaled value of a ref; null where the journal gives it none. */
  refValue(ref: string): string | null {
    const meaning = parseRef(ref);
    switch (meaning?.kind) {
      case 'notes':
        return this.head()?.[meaning.name === 'checksum' ? 'checksumNotes' : 'tagNotes'] ?? null;
      case 'version':
        return this.version(meaning.moduleId, meaning.version)?.oid ?? null;
      case 'branch': {
        const active = this.module(meaning.moduleId)?.active ?? null;
        return active === null ? null : (this.version(meaning.moduleId, active)?.oid ?? null);
      }
      case 'report':
        return this.reportLines(meaning)[meaning.seq - 1]?.oid ?? null;
      default:
        return null;
    }
  }

  /** Every ref but the journal's, at its journaled value. */
  *refs(): Generator<readonly [ref: string, oid: string]> {
    for (const ref of [CHECKSUM_NOTES_REF, TAG_NOTES_REF]) {
      const oid = this.refValue(ref);
      if (oid !== null) yield [ref, oid];
    }
    for (const id of this.moduleIds()) {
      const active = this.module(id)?.active ?? null;
      for (const [n, { oid }] of this.versions(id)) {
        yield [versionRef(id, n), oid];
        if (n === active) yield [branchRef(id), oid];
      }
    }
    for (const [key, lines] of this.source.range(...below('pair'))) {
      const { moduleId, fromVer, toVer } = pairOfKey(key);
      for (const [i, { oid }] of (lines as readonly ReportLine[]).entries())
        yield [reportRef(moduleId, fromVer, toVer, i + 1), oid];
    }
  }
}

/** Records with changes on top; what is below does not change. */
export class ChangedRecords extends Records {
  private readonly below: Records;
  private readonly changed: SortedMap<unknown>;

  constructor(records: Records) {
    const changed = new SortedMap<unknown>();
    const layers = [changed, records.source];
    super({
      get: (key) => {
        const value = changed.get(key);
        return value === undefined ? records.source.get(key) : value;
      },
      *range(from, to, reverse) {
        for (const record of mergedRange(layers, from, to, reverse)) if (record[1] !== null) yield record;
      },
    });
    this.below = records;
    this.changed = changed;
  }

  set(key: string, value: unknown): void {
    this.changed.set(key, value);
  }

  setHead(head: HeadRecord): void {
    this.changed.set(HEAD, head);
  }

  remove(key: string): void {
    // What was not there before is not there again.
    if (this.below.source.get(key) === undefined) this.changed.delete(key);
    else this.changed.set(key, null);
  }

  /** Takes over the changes made on top of these records. */
  absorb(later: ChangedRecords): void {
    if (later.below !== this) throw new TypeError('changes of other records');
    for (const [key, value] of later.changed.range('', null)) this.changed.set(key, value);
  }

  /** The changes as they are kept. */
  changes(): RecordChange[] {
    return [...this.changed.range('', null)].map(([key, value]) => [
      key,
      value === null ? null : JSON.stringify(value),
    ]);
  }
}
