/** Which module needs which: in what order a batch is swapped, and whether a version fits those around it. */

import { type InputIssue, invalidInput, quoted } from '../../errors.js';
import type { VersionManager } from '../../ledger/version-manager.js';
import { assertModuleId, moduleIdIssues } from '../../model/module-id.js';
import { optionsCheck } from '../../options-check.js';
import { assertManager } from '../ledger/is-ledger.js';
import type { SwapResolver } from '../swap-types.js';
import type { DependencyVersion } from './dependency-declaration.js';
import { DependencyGraph } from './dependency-graph.js';
import { findMisfits } from './dependency-misfits.js';
import { type Resolution, resolveTargets } from './dependency-resolution.js';
import { DependencySnapshot } from './dependency-snapshot.js';

/** Where a resolver finds what versions declare. */
export interface DependencyResolverOptions {
  /** Whose active versions and declarations count. Without one, only what was added by hand does. */
  readonly versionManager?: VersionManager | undefined;
}

const checkOptions = optionsCheck<DependencyResolverOptions>('DependencyResolverOptions', { versionManager: 'value' });

/** What a question takes for granted, beyond what the resolver was made with. */
export interface DependencyContext {
  /** Asked instead of the resolver's own. */
  readonly versionManager?: VersionManager | undefined;
  /** Versions that count as active: those of a batch that is on its way. */
  readonly batch?: readonly DependencyVersion[] | undefined;
}

/**
 * Orders modules so that what others depend on comes first, and says which versions do not fit each other.
 *
 * A dependency is one that was added here, or one that the active version declares in its metadata `dependencies`, a
 * JSON object such as `{"planner":">=3","core.clock":"semver:^2.1.0"}`. Plain ranges are over ledger versions,
 * `semver:` ranges over the other version's metadata `semver`. Where both name the same pair, both ranges hold.
 *
 * @example
 * const resolver = new DependencyResolver({ versionManager: ledger });
 * resolver.addDependency('planner', 'core.clock', '>=3');
 * const { status, order } = await resolver.resolve(['planner']);   // RESOLVED, ['core.clock', 'planner']
 */
export class DependencyResolver implements SwapResolver {
  private readonly graph = new DependencyGraph();
  private readonly versionManager: VersionManager | null;

  /** @throws `INVALID_ARGUMENT` for something that is no version manager */
  constructor(options: DependencyResolverOptions = {}) {
    checkOptions(options);
    const versionManager = options?.versionManager;
    this.versionManager = versionManager === undefined ? null : assertManager(versionManager);
  }

  private snapshot({ versionManager, batch }: DependencyContext = {}): DependencySnapshot {
    return new DependencySnapshot(this.graph, versionManager ?? this.versionManager, batch);
  }

  /**
   * Adds a dependency, or gives one that was added a new range. It holds for every version of the module, until it is
   * removed; `*` names no version.
   * @throws `INVALID_ARGUMENT`
   */
  addDependency(moduleId: string, dependsOn: string, range = '*'): void {
    this.graph.add(moduleId, dependsOn, range);
  }

  /** Removes a dependency that was added; false where there is none. What a version declares stays. */
  removeDependency(moduleId: string, dependsOn: string): boolean {
    return this.graph.remove(moduleId, dependsOn);
  }

  /** What a module depends on, added or declared by its active version, in bytewise order. */
  async dependenciesOf(moduleId: string): Promise<readonly string[]> {
    return [...(await this.snapshot().dependencies(assertModuleId(moduleId))).keys()];
  }

  /** What depends on a module, added or declared by an active version, in bytewise order. */
  async dependantsOf(moduleId: string): Promise<readonly string[]> {
    assertModuleId(moduleId);
    return (await this.snapshot().dependants()).get(moduleId) ?? [];
  }

  /**
   * Orders the targets and everything they need, dependencies first; the version manager is asked before anything is
   * ordered.
   *
   * A module is there if it has an active version; a target also if only the graph names it; without a version
   * manager everything that the graph names is there. The first of these that holds is the status:
   *
   * - CYCLIC: a target needs something that needs itself; `cycle` names one circle, nothing that needs it is ordered
   * - RESOLVED: every target is ordered
   * - MISSING: a target is not there, or no target can be ordered
   * - PARTIAL: some targets are ordered, the others need, at whatever distance, what is `missing`
   *
   * @throws `INVALID_ARGUMENT` for targets that are no module ids, and for a malformed declaration
   */
  async resolve(targets: Iterable<string>, context?: DependencyContext): Promise<Resolution> {
    const iterable = typeof targets === 'object' && targets !== null && Symbol.iterator in targets;
    const list: unknown[] = iterable ? [...targets] : [];
    const issues: InputIssue[] = list.flatMap((target, i) => moduleIdIssues(target, `targets[${i}]`));
    if (!iterable) issues.push({ path: 'targets', expected: 'a list of module ids', actual: quoted(targets) });
    if (issues.length > 0) throw invalidInput('INVALID_ARGUMENT', issues, "for example resolve(['planner'])");
    return resolveTargets(this.snapshot(context), list as string[]);
  }

  /**
   * Why a version would not fit what it meets; an empty list where it would.
   *
   * Everything active that depends on it must accept it, and what it depends on must be active in a version that it
   * accepts. In a ledger, a version that is in force as BREAKING towards the active one and not approved fits only
   * dependants that name a range: `*` says nothing of it.
   * @throws `INVALID_ARGUMENT` without a version manager, and for a malformed declaration
   */
  async misfits(candidate: DependencyVersion, context: DependencyContext = {}): Promise<readonly string[]> {
    // Last, it counts instead of the version that the batch planned for its module.
    const batch = [...(context.batch ?? []), candidate];
    return findMisfits(this.snapshotOfVersions({ ...context, batch }), [candidate]);
  }

  /** Why versions would not fit once all of them are active: `misfits` for each, answered at once. */
  async misfitsOfBatch(
    batch: readonly DependencyVersion[],
    context: DependencyContext = {},
  ): Promise<readonly string[]> {
    return findMisfits(this.snapshotOfVersions({ ...context, batch }), batch);
  }

  private snapshotOfVersions(context: DependencyContext): DependencySnapshot {
    const manager = context.versionManager ?? this.versionManager;
    const versionManager = assertManager(manager ?? undefined);
    return this.snapshot({ ...context, versionManager });
  }
}
