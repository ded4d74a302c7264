/** What `processLoader` grants to a version by what was approved for it in the ledger. */

import { type InputIssue, invalidInput, quoted } from '../../errors.js';
import type { Ledger } from '../../ledger/ledger.js';
import { CAPABILITIES, type Capability, inOrder, isCapabilityList } from '../../model/capability.js';
import { approvedCapabilities, capabilitiesInForce, isGainTold } from '../../model/level-in-force.js';
import type { StoredReport } from '../../model/report.js';
import type { GrantRequest } from './process-loader.js';

/** The reports of a module by their newer version, and for each of these by the older. */
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
 * What was approved for a version: what standing approvals of its pairs name, of as many principals as are `required`, and what was approved
 * for an older version of a pair, unless the pair gains it. What went away and comes back is gained.
 */
function approvedFor(reports: readonly StoredReport[], version: number, required: number): ReadonlySet<Capability> {
  const pairs = byPair(reports);
  const known = new Map<number, ReadonlySet<Capability>>();
  // From old to new: a pair leads from a version to a later one.
  for (const at of [...pairs.keys()].sort((a, b) => a - b)) {
    const approved = new Set<Capability>();
    for (const [from, said] of pairs.get(at) ?? []) {
      for (const name of approvedCapabilities(said, required)) approved.add(name);
      if (!isGainTold(said)) continue;
      const gained = capabilitiesInForce(said);
      for (const name of known.get(from) ?? []) if (!gained.includes(name)) approved.add(name);
    }
    known.set(at, approved);
  }
  return known.get(version) ?? new Set();
}

/**
 * `grants` of `processLoader` by the ledger: a version is granted what standing approvals name, for it or for the versions that it was
 * compared with, of as many principals as the policy's `requiredApprovals` asks for. Policy and reports are read before each load: what is
 * withdrawn is not granted at the next.
 *
 * Approvals name what a version gains, in format 2. What a module's first version reaches needs none, nor does what the policy does not ask
 * for: `besides` is granted to every version, approved or not.
 * @throws `INVALID_ARGUMENT`
 * @example
 * const loader = processLoader({ cacheDir: 'cache', grants: approvedGrants(ledger, ['fs-read']), accept: ['network', 'process', 'code', 'environment'] });
 */
export function approvedGrants(
  ledger: Pick<Ledger, 'policy' | 'reports'>,
  besides: readonly Capability[] = [],
): (version: GrantRequest) => Promise<readonly Capability[]> {
  const issues: InputIssue[] = [];
  if (typeof ledger?.reports?.list !== 'function' || typeof ledger.policy?.get !== 'function')
    issues.push({ path: 'ledger', expected: 'a ledger, with its policy and its reports', actual: quoted(ledger) });
  if (!isCapabilityList(besides))
    issues.push({ path: 'besides', expected: `a list of ${CAPABILITIES.join(', ')}`, actual: quoted(besides) });
  if (issues.length > 0)
    throw invalidInput('INVALID_ARGUMENT', issues, "for example approvedGrants(ledger, ['fs-read'])");
  return async ({ moduleId, version }) => {
    const { requiredApprovals } = await ledger.policy.get();
    const reports = await ledger.reports.list(moduleId);
    return inOrder([...besides, ...approvedFor(reports, version, requiredApprovals)]);
  };
}
