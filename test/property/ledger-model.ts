/** The ledger's behaviour once more, in plain arrays: written from its description, sharing no code with it. */

export type Level = 'COMPATIBLE' | 'MINOR_CHANGE' | 'BREAKING' | 'UNKNOWN';
export type Status = 'STAGED' | 'ACTIVE' | 'ARCHIVED' | 'REVERTED';

const ORDER: Level[] = ['COMPATIBLE', 'MINOR_CHANGE', 'UNKNOWN', 'BREAKING'];

interface ModelVersion {
  readonly module: string;
  readonly version: number;
  readonly parent: number | null;
  readonly checksum: string;
  tags: string[];
  wasActive: boolean;
}

interface ModelReport {
  readonly module: string;
  readonly from: number | null;
  readonly to: number;
  readonly level: Level;
  readonly bound: boolean;
  /** `report` of what was found; `approval` stands until it is withdrawn. */
  kind: 'report' | 'approval' | 'withdrawn' | 'withdrawal';
  /** Of a report: who found it. */
  readonly by: Finder;
}

/** By hand alone; by an assessor alone; by hand, above what an assessor measured. */
export type Finder = 'hand' | 'assessor' | { readonly measured: Level };

export interface VersionWish {
  readonly module: string;
  readonly version?: number | undefined;
  readonly parent?: number | null | undefined;
  readonly checksum: string;
}

/** What a call should end with: `ok`, or the code of its refusal. */
export type Answer = string;

/** What can be asked of a ledger at any time. */
export interface Answers {
  readonly modules: readonly string[];
  readonly stats: {
    readonly trackedModules: number;
    readonly totalCheckpoints: number;
    readonly compatibilityRecords: number;
    readonly pendingApprovals: number;
  };
  readonly pending: readonly string[];
  readonly byModule: Readonly<Record<string, ModuleAnswers>>;
}

export interface Standing {
  readonly moduleId: string;
  readonly active: number | null;
  readonly stable: number | null;
  readonly highest: number;
  readonly staged: readonly number[];
  readonly pending: number;
}

export interface ModuleAnswers {
  readonly latest: number | null;
  /** Null where there is no version. */
  readonly standing: Standing | null;
  readonly lineage: readonly number[];
  readonly full: readonly number[];
  readonly stableTarget: number | null;
  readonly anyTarget: number | null;
  /** `version: status, tags` */
  readonly versions: readonly string[];
  /** `from-to: allowed, level` for each pair that was made, and each from the active version */
  readonly gates: readonly string[];
  readonly reports: number;
}

export class LedgerModel {
  readonly names: readonly string[];
  readonly window: number;
  requireApproval = false;
  approveUnknown = false;
  private readonly versions: ModelVersion[] = [];
  private readonly reports: ModelReport[] = [];
  private readonly active = new Map<string, number>();

  constructor(names: readonly string[], window: number) {
    this.names = names;
    this.window = window;
  }

  activeOf(module: string): number | null {
    return this.active.get(module) ?? null;
  }

  private of(module: string): ModelVersion[] {
    return this.versions.filter((v) => v.module === module);
  }

  private find(module: string, version: number | null): ModelVersion | undefined {
    return this.versions.find((v) => v.module === module && v.version === version);
  }

  highest(module: string): number {
    return Math.max(0, ...this.of(module).map((v) => v.version));
  }

  private pair(module: string, from: number | null, to: number): ModelReport[] {
    return this.reports.filter((r) => r.module === module && r.from === from && r.to === to);
  }

  private level(module: string, from: number | null, to: number): Level {
    const found = this.pair(module, from, to).filter((r) => r.kind === 'report');
    const measured = ({ by, level }: ModelReport) => (by === 'hand' ? null : by === 'assessor' ? level : by.measured);
    const known = found.some((r) => r.bound && (measured(r) ?? 'UNKNOWN') !== 'UNKNOWN');
    const counted = found.filter((r) => !(known && r.by === 'assessor' && r.level === 'UNKNOWN'));
    const said = counted.map((r) => ORDER.indexOf(r.level));
    return said.length === 0 ? 'UNKNOWN' : (ORDER[Math.max(...said)] ?? 'UNKNOWN');
  }

  private needsApproval(
    module: string,
    from: number | null,
    to: number,
    approveUnknown = this.approveUnknown,
  ): boolean {
    const level = this.level(module, from, to);
    const reports = this.pair(module, from, to);
    const assessed = reports.some((r) => r.kind === 'report' && r.bound);
    const untold = level === 'UNKNOWN' || (level !== 'BREAKING' && !assessed);
    const breaking = this.requireApproval && level === 'BREAKING';
    if (!breaking && !(approveUnknown && untold && from !== null)) return false;
    return !reports.some((r) => r.kind === 'approval' && ORDER.indexOf(r.level) >= ORDER.indexOf(level));
  }

  /** What was bad is bad under another number, unless that one was called stable. */
  private isBad(candidate: ModelVersion): boolean {
    if (candidate.tags.includes('reverted')) return true;
    const twins = this.of(candidate.module).filter((v) => v.checksum === candidate.checksum);
    return !candidate.tags.includes('stable') && twins.some((v) => v.tags.includes('reverted'));
  }

  allows(module: string, from: number | null, to: number): boolean {
    const candidate = this.find(module, to);
    const active = this.activeOf(module);
    if (candidate === undefined || candidate.parent !== from) return false;
    if (active !== from && active !== to) return false;
    if (this.needsApproval(module, from, to)) return false;
    return active === to || !this.isBad(candidate);
  }

  /** A version that is there with this number, if the wish repeats it; or why the number cannot be used. */
  private repeated(wish: VersionWish): ModelVersion | 'VERSION_EXISTS' | null {
    if (wish.version === undefined || wish.version > this.highest(wish.module)) return null;
    const found = this.find(wish.module, wish.version);
    if (found === undefined || found.checksum !== wish.checksum) return 'VERSION_EXISTS';
    return wish.parent === undefined || wish.parent === found.parent ? found : 'VERSION_EXISTS';
  }

  private add(wish: VersionWish, parent: number | null): number {
    const version = wish.version ?? this.highest(wish.module) + 1;
    const { module, checksum } = wish;
    this.versions.push({ module, version, parent, checksum, tags: [], wasActive: false });
    return version;
  }

  stage(wish: VersionWish): Answer {
    const repeated = this.repeated(wish);
    if (repeated === 'VERSION_EXISTS') return repeated;
    if (repeated !== null) return 'ok';
    const parent = wish.parent === undefined ? this.activeOf(wish.module) : wish.parent;
    if (parent !== null && parent >= (wish.version ?? this.highest(wish.module) + 1)) return 'INVALID_VERSION';
    if (parent !== null && this.find(wish.module, parent) === undefined) return 'NOT_FOUND';
    this.add(wish, parent);
    return 'ok';
  }

  record(wish: VersionWish): Answer {
    const repeated = this.repeated(wish);
    if (repeated === 'VERSION_EXISTS') return repeated;
    if (repeated !== null) return this.activate(wish.module, repeated.version);
    const active = this.activeOf(wish.module);
    if (wish.parent !== undefined && wish.parent !== active) return 'NOT_ACTIVE';
    const version = this.add(wish, active);
    const answer = this.activate(wish.module, version);
    if (answer !== 'ok') this.versions.pop();
    return answer;
  }

  activate(module: string, version: number): Answer {
    const found = this.find(module, version);
    if (found === undefined) return 'NOT_FOUND';
    const active = this.activeOf(module);
    if (active === version) return 'ok';
    if (found.parent !== active) return 'NOT_ACTIVE';
    if (this.isBad(found)) return 'VERSION_REVERTED';
    if (this.needsApproval(module, found.parent, version)) return 'APPROVAL_REQUIRED';
    this.active.set(module, version);
    found.wasActive = true;
    return 'ok';
  }

  tag(module: string, version: number, tag: string): Answer {
    const found = this.find(module, version);
    if (found === undefined) return 'NOT_FOUND';
    if (found.tags.includes(tag)) return 'ok';
    if (tag === 'reverted' && this.activeOf(module) === version) return 'INVALID_TAG';
    const opposite = { stable: 'reverted', reverted: 'stable' }[tag];
    found.tags = [...found.tags.filter((t) => t !== opposite), tag].sort();
    return 'ok';
  }

  untag(module: string, version: number, tag: string): Answer {
    const found = this.find(module, version);
    if (found === undefined) return 'NOT_FOUND';
    found.tags = found.tags.filter((t) => t !== tag);
    return 'ok';
  }

  assess(module: string, from: number | null, to: number, given: Level, by: Finder): Answer {
    if (from !== null && from >= to) return 'INVALID_VERSION';
    const bound = this.find(module, to) !== undefined;
    if (bound && from !== null && this.find(module, from) === undefined) return 'NOT_FOUND';
    const least = typeof by === 'string' ? given : by.measured;
    const level = ORDER.indexOf(least) > ORDER.indexOf(given) ? least : given;
    const who = JSON.stringify(by);
    const same = (r: ModelReport) =>
      r.kind === 'report' && r.level === level && r.bound === bound && JSON.stringify(r.by) === who;
    if (!this.pair(module, from, to).some(same)) {
      this.reports.push({ module, from, to, level, bound, kind: 'report', by });
    }
    return `ok ${this.level(module, from, to)}`;
  }

  approve(module: string, from: number | null, to: number): Answer {
    if (from !== null && from >= to) return 'INVALID_VERSION';
    if (this.find(module, to) === undefined) return 'NOT_FOUND';
    if (from !== null && this.find(module, from) === undefined) return 'NOT_FOUND';
    const level = this.level(module, from, to);
    if (!this.pair(module, from, to).some((r) => r.kind === 'approval' && r.level === level)) {
      this.reports.push({ module, from, to, level, bound: true, kind: 'approval', by: 'hand' });
    }
    return 'ok';
  }

  withdraw(module: string, from: number | null, to: number): Answer {
    if (from !== null && from >= to) return 'INVALID_VERSION';
    const given = this.pair(module, from, to).filter((r) => r.kind === 'approval');
    if (this.find(module, to) === undefined || given.length === 0) return 'NOT_FOUND';
    for (const approval of given) {
      approval.kind = 'withdrawn';
      this.reports.push({ ...approval, kind: 'withdrawal' });
    }
    return 'ok';
  }

  /** The active version and its ancestors, newest first. */
  private chain(module: string): ModelVersion[] {
    const chain: ModelVersion[] = [];
    for (let at = this.find(module, this.activeOf(module)); at !== undefined; at = this.find(module, at.parent))
      chain.push(at);
    return chain;
  }

  target(module: string, filter: 'stable' | null): number | null {
    const chain = this.chain(module);
    const [newest] = chain;
    if (newest === undefined) return null;
    const ancestors = (filter === null ? chain.slice(0, this.window) : chain).slice(1);
    const usable = ancestors.filter((v) => !v.tags.includes('reverted') && v.checksum !== newest.checksum);
    if (filter === 'stable') return usable.find((v) => v.tags.includes('stable'))?.version ?? null;
    const harmless = usable.find((v) => this.level(module, v.version, newest.version) !== 'BREAKING');
    return (harmless ?? usable.at(-1))?.version ?? null;
  }

  rollback(module: string, filter: 'stable' | null): Answer {
    const abandoned = this.find(module, this.activeOf(module));
    const target = this.target(module, filter);
    if (abandoned === undefined || target === null) return 'NOT_FOUND';
    abandoned.tags = [...abandoned.tags.filter((t) => t !== 'stable' && t !== 'reverted'), 'reverted'].sort();
    this.active.set(module, target);
    return 'ok';
  }

  private status(v: ModelVersion): Status {
    if (this.activeOf(v.module) === v.version) return 'ACTIVE';
    if (v.tags.includes('reverted')) return 'REVERTED';
    return v.wasActive ? 'ARCHIVED' : 'STAGED';
  }

  private pairNames(): string[] {
    return [...new Set(this.reports.map((r) => `${r.module} ${r.from ?? '-'} ${r.to}`))];
  }

  /** A pair waits while an approval of it could still make a difference. */
  private pending(): string[] {
    return this.pairNames()
      .filter((name) => {
        const [module = '', from, to] = name.split(' ');
        const fromVer = from === '-' ? null : Number(from);
        const version = this.find(module, Number(to));
        const isNew = version !== undefined && version.parent === fromVer && !version.wasActive;
        const asksOfUnknown = this.approveUnknown && isNew;
        if (!this.needsApproval(module, fromVer, Number(to), asksOfUnknown)) return false;
        if (version === undefined) return true;
        const overtaken = !version.wasActive && (this.activeOf(module) ?? 0) > version.version;
        return !version.tags.includes('reverted') && !overtaken;
      })
      .sort();
  }

  /** Numbers of the versions there are. */
  numbersOf(module: string): number[] {
    return this.of(module).map((v) => v.version);
  }

  /** Pairs that were approved and not withdrawn. */
  approvedOf(module: string): [number | null, number][] {
    return this.reports.filter((r) => r.module === module && r.kind === 'approval').map((r) => [r.from, r.to]);
  }

  /** Pairs whose gate is worth asking: each version with its parent, and with the active one. */
  pairsOf(module: string): [number | null, number][] {
    const active = this.activeOf(module);
    return this.of(module).flatMap((v): [number | null, number][] => [
      [v.parent, v.version],
      [active, v.version],
    ]);
  }

  private standing(module: string): Standing | null {
    const versions = this.of(module).sort((a, b) => a.version - b.version);
    if (versions.length === 0) return null;
    return {
      moduleId: module,
      active: this.activeOf(module),
      stable: this.target(module, 'stable'),
      highest: versions.at(-1)?.version ?? 0,
      staged: versions.filter((v) => this.status(v) === 'STAGED').map((v) => v.version),
      pending: this.pending().filter((pair) => pair.startsWith(`${module} `)).length,
    };
  }

  answers(): Answers {
    const byModule: Record<string, ModuleAnswers> = {};
    for (const module of this.names) {
      const full = this.chain(module)
        .map((v) => v.version)
        .reverse();
      byModule[module] = {
        latest: this.activeOf(module),
        standing: this.standing(module),
        lineage: full.slice(-this.window),
        full,
        stableTarget: this.target(module, 'stable'),
        anyTarget: this.target(module, null),
        versions: this.of(module)
          .sort((a, b) => a.version - b.version)
          .map((v) => `${v.version} < ${v.parent}: ${this.status(v)} [${v.tags}]`),
        gates: this.pairsOf(module).map(
          ([from, to]) => `${from}-${to}: ${this.allows(module, from, to)} ${this.level(module, from, to)}`,
        ),
        reports: this.reports.filter((r) => r.module === module).length,
      };
    }
    const pending = this.pending();
    return {
      modules: [...new Set(this.versions.map((v) => v.module))].sort(),
      stats: {
        trackedModules: this.active.size,
        totalCheckpoints: this.versions.filter((v) => v.wasActive).length,
        compatibilityRecords: this.pairNames().length,
        pendingApprovals: pending.length,
      },
      pending,
      byModule,
    };
  }
}
