/** What `processLoader` grants to a version by what was approved of it in the ledger. */

import { type InputIssue, invalidInput, quoted } from '../../errors.js';
import type { Ledger } from '../../ledger/ledger.js';
import { CAPABILITIES, type Capability, inOrder, isCapabilityList } from '../../model/capability.js';
import { approvedCapabilities, capabilitiesInForce, isTold } from '../../model/level-in-force.js';
import type { StoredReport } from '../../model/report.js';
import type { GrantRequest } from './process-loader.js';

/** The reports of a module by the version that they are on, and for each by the one that it was compared with. */
function byPair(reports: readonly StoredReport[]): ReadonlyMap<number, ReadonlyMap<number, readonly StoredReport[]>> {
  const all = new Map<number, Map<number, StoredReport[]>>();
  for (const report of reports) {
    if (report.fromVer === null) continue;
    const pairs = all.get(report.toVer) ?? new Map<number, StoredReport[]>();
    all.set(report.toVer, pairs.set(report.fromVer, [...(pairs.get(report.fromVer) ?? []), report]));
  }
  return all;
}

/**
 * What was approved for a version: for each version that it was compared with, what that has already and this one does not gain anew, and
 * what standing approvals of the pair name. What went away and comes back is gained anew.
 */
function approvedFor(reports: readonly StoredReport[], version: number): ReadonlySet<Capability> {
  const pairs = byPair(reports);
  const known = new Map<number, ReadonlySet<Capability>>();
  // From old to new: a pair leads from a version to a later one.
  for (const at of [...pairs.keys()].sort((a, b) => a - b)) {
    const approved = new Set<Capability>();
    for (const [from, said] of pairs.get(at) ?? []) {
      for (const name of approvedCapabilities(said)) approved.add(name);
      if (!isTold(said)) continue;
      const gained = capabilitiesInForce(said);
      for (const name of known.get(from) ?? []) if (!gained.includes(name)) approved.add(name);
    }
    known.set(at, approved);
  }
  return known.get(version) ?? new Set();
}

/**
 * `grants` of `processLoader` by the ledger: a version may do what approvals name that stand for it, or for a version before it from which it
 * was measured on. The reports are read before each load, so that an approval that is withdrawn is not granted at the next.
 *
 * Approvals name what a version gains, in format 2. What a module's first version reaches nobody approves, nor what the policy does not ask
 * for: `besides` names what every version may do without.
 * @throws `INVALID_ARGUMENT`
 * @example
 * const loader = processLoader({ cacheDir: 'cache', grants: approvedGrants(ledger, ['fs-read']), accept: ['network', 'process', 'code', 'environment'] });
 */
export function approvedGrants(
  ledger: Pick<Ledger, 'reports'>,
  besides: readonly Capability[] = [],
): (version: GrantRequest) => Promise<readonly Capability[]> {
  const issues: InputIssue[] = [];
  if (typeof ledger?.reports?.list !== 'function')
    issues.push({ path: 'ledger', expected: 'a ledger, with its reports', actual: quoted(ledger) });
  if (!isCapabilityList(besides))
    issues.push({ path: 'besides', expected: `a list of ${CAPABILITIES.join(', ')}`, actual: quoted(besides) });
  if (issues.length > 0)
    throw invalidInput('INVALID_ARGUMENT', issues, "for example approvedGrants(ledger, ['fs-read'])");
  return async ({ moduleId, version }) =>
    inOrder([...besides, ...approvedFor(await ledger.reports.list(moduleId), version)]);
}
