/**
 * What the journal adds up to, as the audit replays it: every ref's value, the numbers of modules, the reports of pairs. It shares
 * nothing with the replay that readers use (`model/replay.ts`), so that a mistake in the one shows in the other.
 */

import type { EntryText, LedgerEvent } from '../model/journal-entry.js';
import { pairName } from '../model/ref-names.js';

export interface ModuleNumbers {
  /** The active version; null while there are only staged ones. */
  readonly active: number | null;
  /** The highest number ever used, staged ones included. */
  readonly highest: number;
}

/** A report of a pair: the entry that brought it, and the key that signed both. */
export interface ReportOrigin {
  readonly entry: number;
  readonly fingerprint: string;
}

/** A state that was verified before, which an audit of later entries continues: it is asked, never changed. */
export interface EarlierState {
  readonly root: string;
  readonly tip: string;
  readonly tipSha256: string;
  readonly seq: number;
  readonly timestamp: number;
  ref(name: string): string | null;
  module(moduleId: string): ModuleNumbers | null;
  /** The reports of a pair, by its name, in their order. */
  reports(pair: {
    readonly moduleId: string;
    readonly fromVer: number | null;
    readonly toVer: number;
  }): readonly ReportOrigin[];
  /** Every name in use: of modules, and of those that only have reports so far. */
  names(): Iterable<string>;
}

type Pair = Parameters<EarlierState['reports']>[0];

/** The journal so far. `apply` takes the entries in their order. */
export class Projection {
  private readonly earlier: EarlierState | null;
  /** Oid of the first entry: it names the ledger. */
  root: string;
  tip: string;
  /** SHA-256 of the last entry's content, in hex: what the next entry must name. */
  tipSha256: string | null;
  seq: number;
  timestamp: number;
  /** Refs that were moved by the entries applied here; null is a ref that was removed. */
  readonly moved = new Map<string, string | null>();
  private readonly modules = new Map<string, ModuleNumbers>();
  private readonly pairs = new Map<string, { readonly pair: Pair; readonly reports: ReportOrigin[] }>();

  constructor(earlier: EarlierState | null = null) {
    this.earlier = earlier;
    this.root = earlier?.root ?? '';
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

  reports(pair: Pair): readonly ReportOrigin[] {
    return (
      this.pairs.get(pairName(pair.moduleId, pair.fromVer, pair.toVer))?.reports ?? this.earlier?.reports(pair) ?? []
    );
  }

  *names(): Generator<string> {
    yield* this.modules.keys();
    for (const { pair } of this.pairs.values()) yield pair.moduleId;
    if (this.earlier !== null) yield* this.earlier.names();
  }

  /** Adds an entry, with the hash of its content and the key that signed it. */
  apply(entry: EntryText, oid: string, sha256: string, fingerprint: string): void {
    if (this.seq === -1) this.root = oid;
    this.tip = oid;
    this.tipSha256 = sha256;
    this.seq = entry.seq;
    this.timestamp = entry.timestamp;
    for (const { ref, to } of entry.updates) this.moved.set(ref, to);
    for (const event of entry.events) this.applyEvent(event, fingerprint);
  }

  private applyEvent(event: LedgerEvent, fingerprint: string): void {
    if (!('moduleId' in event)) return;
    const { moduleId } = event;
    const { active, highest } = this.module(moduleId) ?? { active: null, highest: 0 };
    switch (event.type) {
      case 'stage':
        this.modules.set(moduleId, { active, highest: Math.max(highest, event.version) });
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
        const reports = [...this.reports(event), { entry: this.seq, fingerprint }];
        this.pairs.set(pairName(moduleId, event.fromVer, event.toVer), { pair: event, reports });
        return;
      }
      default:
    }
  }
}
