/** The versions of a module as a graph is drawn of them: newest first, each with its place in the lineage. */

import { verdictOf } from '../model/level-in-force.js';
import type { LoggedVersion, LogOptions } from './ledger-versions.js';
import type { Version, View } from './view.js';

const DEFAULT_LIMIT = 100;
/** So many entries about a version are looked through for the rollback that left it, the newest. */
const MAX_ENTRIES = 64;

/** The last rollback from a version, among the newest entries about it. */
function lastRollback({ records }: View, { moduleId, version, entries }: Version): LoggedVersion['rolledBack'] {
  for (const seq of entries.slice(-MAX_ENTRIES).reverse()) {
    const entry = records.entry(seq);
    for (const event of entry?.events.toReversed() ?? [])
      if (event.type === 'rollback' && event.moduleId === moduleId && event.fromVer === version)
        return {
          seq,
          toVer: event.toVer,
          reason: event.reason,
          actor: entry?.actor ?? '',
          timestamp: entry?.timestamp ?? 0,
        };
  }
  return null;
}

function loggedVersion(view: View, version: Version): LoggedVersion {
  const { records } = view;
  const { moduleId, parentVer, version: number } = version;
  const seq = version.entries[0] ?? 0;
  const verdict = verdictOf(
    view.judged({ moduleId, fromVer: parentVer, toVer: number }),
    view.policy.approveCapabilities,
  );
  return {
    version: view.checkpoint(version),
    status: view.statusOf(version),
    inLineage: records.isInLineage(moduleId, number),
    stagedBy: { seq, actor: records.entry(seq)?.actor ?? '' },
    level: verdict.reports === 0 ? null : verdict.level,
    approvers: verdict.approvers,
    rolledBack: lastRollback(view, version),
  };
}

/** @throws `NOT_FOUND` */
export function logOf(
  view: View,
  moduleId: string,
  { before = Number.MAX_SAFE_INTEGER, limit = DEFAULT_LIMIT }: LogOptions,
): readonly LoggedVersion[] {
  const found: LoggedVersion[] = [];
  for (const [version, record] of view.records.versions(moduleId, { newestFirst: true, before })) {
    if (found.length >= limit) break;
    found.push(loggedVersion(view, { moduleId, version, ...record }));
  }
  return found;
}
