/** The index's records by what they mean: each fact under one key, so that every question is a look-up or a short range. */

import { scopeOf } from './module-id.js';
import type { PolicyFiles } from './policy-text.js';
import { below, fromSortable, HEAD, KEY, pairOfKey, sortable } from './record-keys.js';
import type {
  EntryRecord,
  HeadRecord,
  ModuleRecord,
  MomentRecord,
  PairKey,
  RedactionRecord,
  ReportLine,
  TotalsRecord,
  VersionRecord,
} from './record-types.js';
import { branchRef, CHECKSUM_NOTES_REF, parseRef, reportRef, TAG_NOTES_REF, versionRef } from './ref-names.js';
import type { SortedChanges, SortedRecords } from './sorted-records.js';

const NO_TOTALS: TotalsRecord = { rollbacks: {}, breaking: 0, brokenGlass: 0 };

/** Asks the records of an index. */
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

  /** True where a report says that the pair is BREAKING, or that the version gains a capability: either may have it wait for an operator. */
  hasObjection(pair: PairKey): boolean {
    return this.isBreaking(pair) || this.get(KEY.gaining(pair)) !== null;
  }

  /**
   * Pairs with a report that may have them wait for an operator, a pair perhaps twice: all, or of one module to the versions from `first`
   * to `last`. Any report may where UNKNOWN needs an approval, else only an objection.
   */
  *waitable(
    unknownToo: boolean,
    of?: { readonly moduleId: string; readonly first: number; readonly last: number },
  ): Generator<PairKey> {
    for (const kind of unknownToo ? ['pair'] : ['breaking', 'gaining']) {
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
