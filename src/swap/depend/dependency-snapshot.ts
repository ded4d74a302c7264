/** What depends on what at one moment: each version is read once, and candidates count as if they were active. */

import type { VersionManager } from '../../ledger/version-manager.js';
import { compareBytes } from '../../model/printable.js';
import { isLedger } from '../ledger/is-ledger.js';
import { type DependencyVersion, declaredDependencies } from './dependency-declaration.js';
import type { DependencyGraph } from './dependency-graph.js';
import type { DependencyRange } from './dependency-range.js';

/** How many versions are read at the same time. */
const READERS = 16;

export class DependencySnapshot {
  readonly graph: DependencyGraph;
  readonly versionManager: VersionManager | null;
  private readonly candidates: ReadonlyMap<string, DependencyVersion>;
  private readonly read = new Map<string, Promise<DependencyVersion | null>>();
  private readonly declared = new Map<string, Promise<ReadonlyMap<string, readonly DependencyRange[]>>>();

  constructor(
    graph: DependencyGraph,
    versionManager: VersionManager | null,
    candidates: Iterable<DependencyVersion> = [],
  ) {
    this.graph = graph;
    this.versionManager = versionManager;
    this.candidates = new Map([...candidates].map((candidate) => [candidate.moduleId, candidate]));
  }

  /** The version that is active in the version manager, whatever the candidates are. */
  active(moduleId: string): Promise<DependencyVersion | null> {
    const known = this.read.get(moduleId);
    if (known !== undefined) return known;
    const found = this.versionManager?.latestCheckpoint(moduleId) ?? Promise.resolve(null);
    this.read.set(moduleId, found);
    return found;
  }

  /** The version that others meet: the candidate, else the active version. */
  async version(moduleId: string): Promise<DependencyVersion | null> {
    return this.candidates.get(moduleId) ?? this.active(moduleId);
  }

  /**
   * What a module depends on, in bytewise order: what the graph names and what its version declares. Where both name
   * a module, both ranges hold.
   * @throws `INVALID_ARGUMENT` for a malformed declaration
   */
  dependencies(moduleId: string): Promise<ReadonlyMap<string, readonly DependencyRange[]>> {
    const known = this.declared.get(moduleId);
    if (known !== undefined) return known;
    const found = this.joined(moduleId);
    this.declared.set(moduleId, found);
    return found;
  }

  private async joined(moduleId: string): Promise<ReadonlyMap<string, readonly DependencyRange[]>> {
    const version = await this.version(moduleId);
    const named = this.graph.dependencies(moduleId);
    const declared = version === null ? new Map<string, DependencyRange>() : declaredDependencies(version);
    const all = [...new Set([...named.keys(), ...declared.keys()])].sort(compareBytes);
    return new Map(all.map((id) => [id, [named.get(id), declared.get(id)].filter((range) => range !== undefined)]));
  }

  /**
   * Every module of which something could depend on another, in bytewise order: candidates, what the graph names, and
   * what a ledger holds. A manager with the seven calls alone cannot list its modules: there the graph has to name them.
   */
  async modules(): Promise<readonly string[]> {
    const manager = this.versionManager;
    const held = manager !== null && isLedger(manager) ? await manager.versions.modules() : [];
    return [...new Set([...this.candidates.keys(), ...this.graph.modules(), ...held])].sort(compareBytes);
  }

  /** The modules that depend on each module; for one without a version, what the graph names. */
  async dependants(): Promise<ReadonlyMap<string, readonly string[]>> {
    const modules = await this.modules();
    for (let at = 0; at < modules.length; at += READERS) {
      await Promise.all(modules.slice(at, at + READERS).map((moduleId) => this.dependencies(moduleId)));
    }
    const found = new Map<string, string[]>();
    for (const moduleId of modules) {
      for (const dependency of (await this.dependencies(moduleId)).keys()) {
        const others = found.get(dependency) ?? [];
        others.push(moduleId);
        found.set(dependency, others);
      }
    }
    return found;
  }
}
