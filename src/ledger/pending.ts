/** What waits for an operator. */

import { missingApproval } from '../model/gate.js';
import type { PairState } from '../model/projection.js';
import { type StoredReport, verdictOf } from '../model/report.js';
import { REVERTED } from '../model/tag-label.js';
import type { View } from './view.js';

/**
 * True where nobody can activate the version any more, so that an approval of it would be for nothing: it was
 * reverted, or staged and then overtaken by a later version.
 */
async function isMoot(view: View, { moduleId, toVer }: PairState): Promise<boolean> {
  const version = await view.find(moduleId, toVer);
  if (version === null) return false;
  if ((await view.tagsOf(version.oid)).has(REVERTED)) return true;
  const state = view.projection.modules.get(moduleId);
  return state !== undefined && !state.everActive.has(toVer) && (state.active ?? 0) > toVer;
}

/** The BREAKING report, the latest, of each pair that the policy holds back until an operator has signed. */
export async function pendingReports(view: View): Promise<StoredReport[]> {
  if (!view.policy.requireApproval) return [];
  const pending: StoredReport[] = [];
  for (const pair of view.projection.pairs.values()) {
    if (!pair.reports.some((line) => line.level === 'BREAKING')) continue;
    const reports = await view.reports(pair.moduleId, pair.fromVer, pair.toVer);
    if (missingApproval(verdictOf(reports), view.policy) === null || (await isMoot(view, pair))) continue;
    const breaking = reports.findLast((r) => r.level === 'BREAKING' && r.approvedBy === 'auto' && r.withdraws === null);
    const shown = breaking ?? reports.findLast((r) => r.level === 'BREAKING');
    if (shown !== undefined) pending.push(shown);
  }
  return pending;
}
