/** Whether versions fit together once they are swapped in, in words for an operator: an empty list is a yes. */

import { levelInForce, verdictOf } from '../../model/level-in-force.js';
import { isLedger } from '../ledger/is-ledger.js';
import type { DependencyVersion } from './dependency-declaration.js';
import type { DependencySnapshot } from './dependency-snapshot.js';

function named({ moduleId, version }: DependencyVersion): string {
  return `${moduleId} v${version}`;
}

/** What `dependant` asks of `moduleId` and does not get. */
async function unmet(snapshot: DependencySnapshot, dependant: DependencyVersion, moduleId: string): Promise<string[]> {
  const ranges = (await snapshot.dependencies(dependant.moduleId)).get(moduleId) ?? [];
  const other = await snapshot.version(moduleId);
  if (other === null) {
    const texts = [...new Set(ranges.map((range) => range.text))].join(' and ');
    return [`${named(dependant)} needs ${moduleId} ${texts}, which has no active version`];
  }
  return ranges.flatMap((range) => {
    const met = range.refusal(other);
    return met === null ? [] : [`${named(dependant)} needs ${moduleId} ${range.text}, and would meet ${met}`];
  });
}

/** The active version that the candidate is in force as BREAKING towards, and not approved as often as the policy asks; else null. */
async function breaks(snapshot: DependencySnapshot, candidate: DependencyVersion): Promise<DependencyVersion | null> {
  const manager = snapshot.versionManager;
  const active = await snapshot.active(candidate.moduleId);
  if (manager === null || active === null || active.version >= candidate.version || !isLedger(manager)) return null;
  const reports = await manager.reports.list(candidate.moduleId, active.version, candidate.version);
  if (levelInForce(reports) !== 'BREAKING') return null;
  const { approveCapabilities, requiredApprovals } = await manager.policy.get();
  return verdictOf(reports, approveCapabilities).approvers.length < requiredApprovals ? active : null;
}

/** Those with a version that depend on the candidate and name no range: nothing says that a breaking version is theirs. */
async function unprepared(
  snapshot: DependencySnapshot,
  candidate: DependencyVersion,
  dependants: readonly DependencyVersion[],
): Promise<string[]> {
  const active = await breaks(snapshot, candidate);
  if (active === null) return [];
  const found: string[] = [];
  for (const dependant of dependants) {
    const ranges = (await snapshot.dependencies(dependant.moduleId)).get(candidate.moduleId) ?? [];
    if (ranges.some((range) => range.explicit)) continue;
    const what = `${named(candidate)} is BREAKING towards v${active.version} and not approved`;
    found.push(`${what}, and ${named(dependant)} depends on it without a range that covers v${candidate.version}`);
  }
  return found;
}

/**
 * Why the candidates would not fit what they meet once all of them are active; each reason once.
 *
 * What a candidate depends on must be active, or a candidate, in a version that its ranges accept; what depends on a
 * candidate must accept it. Where the version manager is a ledger and the pair (active version → candidate) is in
 * force as BREAKING and not approved, a dependant whose only range is `*` does not fit either.
 * @throws `INVALID_ARGUMENT` for a malformed declaration, of a candidate or of any active version
 */
export async function findMisfits(
  snapshot: DependencySnapshot,
  candidates: readonly DependencyVersion[],
): Promise<readonly string[]> {
  const dependantsOf = await snapshot.dependants();
  const reasons: string[] = [];
  for (const candidate of candidates) {
    for (const dependency of (await snapshot.dependencies(candidate.moduleId)).keys()) {
      reasons.push(...(await unmet(snapshot, candidate, dependency)));
    }
    const dependants: DependencyVersion[] = [];
    for (const moduleId of dependantsOf.get(candidate.moduleId) ?? []) {
      const dependant = await snapshot.version(moduleId);
      if (dependant !== null) dependants.push(dependant);
    }
    for (const dependant of dependants) reasons.push(...(await unmet(snapshot, dependant, candidate.moduleId)));
    reasons.push(...(await unprepared(snapshot, candidate, dependants)));
  }
  return [...new Set(reasons)];
}
