/** What the journal adds up to: every ref's value and what a ledger must know at once, entry by entry. */

import type { EntryText, LedgerEvent, RefUpdate } from './journal-entry.js';
import { branchRef, pairName, reportRef, versionRef } from './ref-names.js';
import type { CompatibilityLevel } from './report.js';
import { REVERTED } from './tag-label.js';

export interface ModuleState {
  /** The active version; null while there are only staged ones. */
  active: number | null;
  /** The highest number ever used, staged ones included: it is spent whatever becomes of it. */
  highest: number;
  /** Every version that was active at some time. */
  readonly everActive: Set<number>;
  /** The versions that carry `reverted`. */
  readonly reverted: Set<number>;
}

/** One report of a pair, as the journal names it. */
export interface ReportLine {
  readonly type: 'report' | 'approve' | 'withdraw';
  readonly level: CompatibilityLevel;
  readonly payloadSha256: string;
  /** The entry that brought it, and the key that signed both. */
  readonly entry: number;
  readonly fingerprint: string;
}

export interface PairState {
  readonly moduleId: string;
  readonly fromVer: number | null;
  readonly toVer: number;
  /** Report `seq` is at index `seq - 1`. */
  readonly reports: ReportLine[];
}

/** Numbers as runs of consecutive ones, first and last. */
type Ranges = readonly (readonly [first: number, last: number])[];

/** A projection as plain data, for a cache. */
export interface ProjectionData {
  readonly root: string;
  readonly tip: string;
  readonly tipSha256: string;
  readonly seq: number;
  readonly timestamp: number;
  readonly refs: Readonly<Record<string, string>>;
  readonly modules: Readonly<
    Record<string, { active: number | null; highest: number; everActive: Ranges; reverted: Ranges }>
  >;
  readonly pairs: readonly (readonly [
    moduleId: string,
    fromVer: number,
    toVer: number,
    reports: readonly (readonly [
      type: string,
      level: string,
      payloadSha256: string,
      entry: number,
      fingerprint: string,
    ])[],
  ])[];
}

function numbersIn(runs: Ranges): Set<number> {
  const numbers = new Set<number>();
  for (const [first, last] of runs) for (let n = first; n <= last; n++) numbers.add(n);
  return numbers;
}

function ranges(numbers: Iterable<number>): Ranges {
  const found: [number, number][] = [];
  for (const n of [...numbers].sort((a, b) => a - b)) {
    const last = found.at(-1);
    if (last !== undefined && last[1] === n - 1) last[1] = n;
    else found.push([n, n]);
  }
  return found;
}

/** The journal so far. `apply` takes the entries in their order and refuses one that does not continue it. */
export class Projection {
  /** Oid of the first entry: it names the ledger. */
  root = '';
  tip = '';
  /** SHA-256 of the last entry's content, in hex: what the next entry must name. */
  tipSha256: string | null = null;
  seq = -1;
  timestamp = 0;
  /** Every ref but the journal's, at its journaled value. */
  readonly refs = new Map<string, string>();
  readonly modules = new Map<string, ModuleState>();
  readonly pairs = new Map<string, PairState>();

  /** Why an entry cannot follow, or null. */
  objection(entry: EntryText, parents: readonly string[]): string | null {
    const expected = this.seq === -1 ? [] : [this.tip];
    if (parents.length !== expected.length || parents[0] !== expected[0])
      return 'its parent is not the entry before it';
    if (entry.seq !== this.seq + 1) return `its Seq is ${entry.seq}, not ${this.seq + 1}`;
    if (entry.previousSha256 !== this.tipSha256) return 'its Previous-SHA256 is not the hash of the entry before it';
    const isRoot = this.seq === -1;
    if (entry.events.some((e) => e.type === 'init') !== isRoot)
      return isRoot ? 'the journal must begin with Init' : 'Init may come once';
    for (const { ref, from } of entry.updates) {
      const value = this.refs.get(ref) ?? null;
      if (value !== from) return `it moves ${ref} from ${from ?? 'nothing'}, which was at ${value ?? 'nothing'}`;
    }
    return null;
  }

  /** Adds an entry that `objection` has nothing against, with the hash of its content and the key that signed it. */
  apply(entry: EntryText, oid: string, sha256: string, fingerprint: string): void {
    if (this.seq === -1) this.root = oid;
    this.tip = oid;
    this.tipSha256 = sha256;
    this.seq = entry.seq;
    this.timestamp = entry.timestamp;
    for (const update of entry.updates) this.applyUpdate(update);
    for (const event of entry.events) this.applyEvent(event, fingerprint);
  }

  private applyUpdate({ ref, to }: RefUpdate): void {
    if (to === null) this.refs.delete(ref);
    else this.refs.set(ref, to);
  }

  private moduleFor(moduleId: string): ModuleState {
    const known = this.modules.get(moduleId);
    if (known !== undefined) return known;
    const state: ModuleState = { active: null, highest: 0, everActive: new Set(), reverted: new Set() };
    this.modules.set(moduleId, state);
    return state;
  }

  private applyEvent(event: LedgerEvent, fingerprint: string): void {
    switch (event.type) {
      case 'stage': {
        const state = this.moduleFor(event.moduleId);
        state.highest = Math.max(state.highest, event.version);
        return;
      }
      case 'activate': {
        const state = this.moduleFor(event.moduleId);
        state.active = event.version;
        state.everActive.add(event.version);
        return;
      }
      case 'break-glass': {
        const state = this.moduleFor(event.moduleId);
        state.active = event.toVer;
        state.everActive.add(event.toVer);
        state.reverted.delete(event.toVer);
        return;
      }
      case 'rollback': {
        const state = this.moduleFor(event.moduleId);
        state.active = event.toVer;
        state.reverted.add(event.fromVer);
        return;
      }
      case 'tag':
        if (event.tag === REVERTED) this.moduleFor(event.moduleId).reverted.add(event.version);
        return;
      case 'untag':
        if (event.tag === REVERTED) this.moduleFor(event.moduleId).reverted.delete(event.version);
        return;
      case 'report':
      case 'approve':
      case 'withdraw': {
        const { type, moduleId, fromVer, toVer, level, payloadSha256 } = event;
        const name = pairName(moduleId, fromVer, toVer);
        const pair = this.pairs.get(name) ?? { moduleId, fromVer, toVer, reports: [] };
        this.pairs.set(name, pair);
        pair.reports.push({ type, level, payloadSha256, entry: this.seq, fingerprint });
        return;
      }
      default:
    }
  }

  /** Why the modules and the refs do not agree after an entry, or null. */
  contradiction(entry: EntryText): string | null {
    for (const event of entry.events) {
      if (event.type === 'activate' || event.type === 'rollback' || event.type === 'break-glass') {
        const active = this.modules.get(event.moduleId)?.active ?? 0;
        const tip = this.refs.get(branchRef(event.moduleId));
        if (tip === undefined || tip !== this.refs.get(versionRef(event.moduleId, active))) {
          return `the branch of ${event.moduleId} is not at its active version`;
        }
      }
      if (event.type === 'stage' && !this.refs.has(versionRef(event.moduleId, event.version))) {
        return `it stages ${event.moduleId} v${event.version} without its tag`;
      }
      if (event.type === 'report' || event.type === 'approve' || event.type === 'withdraw') {
        const pair = this.pairs.get(pairName(event.moduleId, event.fromVer, event.toVer));
        const placed = this.refs.has(reportRef(event.moduleId, event.fromVer, event.toVer, event.seq));
        if (!placed || (pair?.reports.length ?? 0) < event.seq) return 'it names a report that is not in its place';
      }
    }
    return null;
  }

  toData(): ProjectionData {
    return {
      root: this.root,
      tip: this.tip,
      tipSha256: this.tipSha256 ?? '',
      seq: this.seq,
      timestamp: this.timestamp,
      refs: Object.fromEntries(this.refs),
      modules: Object.fromEntries(
        [...this.modules].map(([id, { active, highest, everActive, reverted }]) => [
          id,
          { active, highest, everActive: ranges(everActive), reverted: ranges(reverted) },
        ]),
      ),
      pairs: [...this.pairs.values()].map((p) => [
        p.moduleId,
        p.fromVer ?? 0,
        p.toVer,
        p.reports.map((r) => [r.type, r.level, r.payloadSha256, r.entry, r.fingerprint] as const),
      ]),
    };
  }

  /** The same, to be changed on its own. */
  copy(): Projection {
    return Projection.fromData(this.toData());
  }

  static fromData(data: ProjectionData): Projection {
    const projection = new Projection();
    Object.assign(projection, {
      root: data.root,
      tip: data.tip,
      tipSha256: data.tipSha256,
      seq: data.seq,
      timestamp: data.timestamp,
    });
    for (const [ref, oid] of Object.entries(data.refs)) projection.refs.set(ref, oid);
    for (const [id, m] of Object.entries(data.modules)) {
      const { active, highest } = m;
      projection.modules.set(id, {
        active,
        highest,
        everActive: numbersIn(m.everActive),
        reverted: numbersIn(m.reverted),
      });
    }
    for (const [moduleId, from, toVer, reports] of data.pairs) {
      const fromVer = from === 0 ? null : from;
      const lines = reports.map(
        ([type, level, payloadSha256, entry, fingerprint]) =>
          ({ type, level, payloadSha256, entry, fingerprint }) as ReportLine,
      );
      projection.pairs.set(pairName(moduleId, fromVer, toVer), { moduleId, fromVer, toVer, reports: lines });
    }
    return projection;
  }
}
