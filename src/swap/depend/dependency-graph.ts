/** The dependencies that were named by hand, each with its range: who needs whom, read from either end. */

import { type InputIssue, invalidInput, quoted } from '../../errors.js';
import { moduleIdIssues } from '../../model/module-id.js';
import { type DependencyRange, parseRange, RANGE_EXPECTED } from './dependency-range.js';

const HINT = "for example resolver.addDependency('planner', 'core.clock', '>=3')";

export class DependencyGraph {
  private readonly edges = new Map<string, Map<string, DependencyRange>>();
  /** How many edges name each module, at either end. */
  private readonly mentions = new Map<string, number>();

  private mention(change: 1 | -1, ...modules: readonly string[]): void {
    for (const moduleId of modules) {
      const count = (this.mentions.get(moduleId) ?? 0) + change;
      if (count === 0) this.mentions.delete(moduleId);
      else this.mentions.set(moduleId, count);
    }
  }

  /** Named a second time, the range is the new one. @throws `INVALID_ARGUMENT` with every issue */
  add(moduleId: string, dependsOn: string, range: string): void {
    const parsed = parseRange(range);
    const issues: InputIssue[] = [...moduleIdIssues(moduleId), ...moduleIdIssues(dependsOn, 'dependsOn')];
    if (parsed === null) {
      const place = `range of ${quoted(moduleId)} on ${quoted(dependsOn)}`;
      issues.push({ path: place, expected: RANGE_EXPECTED, actual: quoted(range) });
    }
    if (parsed === null || issues.length > 0) throw invalidInput('INVALID_ARGUMENT', issues, HINT);
    const dependencies = this.edges.get(moduleId) ?? new Map<string, DependencyRange>();
    if (!dependencies.has(dependsOn)) this.mention(1, moduleId, dependsOn);
    this.edges.set(moduleId, dependencies.set(dependsOn, parsed));
  }

  /** False where there was none. A module that no dependency names any more is unknown to the graph. */
  remove(moduleId: string, dependsOn: string): boolean {
    const dependencies = this.edges.get(moduleId);
    if (dependencies?.delete(dependsOn) !== true) return false;
    if (dependencies.size === 0) this.edges.delete(moduleId);
    this.mention(-1, moduleId, dependsOn);
    return true;
  }

  /** True for a module that some dependency names, at either end. */
  names(moduleId: string): boolean {
    return this.mentions.has(moduleId);
  }

  /** Every module that some dependency names. */
  modules(): Iterable<string> {
    return this.mentions.keys();
  }

  dependencies(moduleId: string): ReadonlyMap<string, DependencyRange> {
    return this.edges.get(moduleId) ?? new Map<string, DependencyRange>();
  }
}
