/** What the journal adds up to: look-ups in the index, however long the journal is. */

import { RollbackReason } from '../model/rollback-target.js';
import type { LedgerTotals, ModuleTotals } from './contract.js';
import type { View } from './view.js';

const NO_ROLLBACKS = Object.fromEntries(Object.keys(RollbackReason).map((reason) => [reason, 0])) as Readonly<
  Record<RollbackReason, number>
>;

function moduleTotals(view: View, moduleId: string): ModuleTotals {
  const { records, policy } = view;
  const module = view.module(moduleId);
  const active = view.active(moduleId);
  const { rollbacks, breaking, brokenGlass } = records.totals(moduleId);
  return {
    moduleId,
    active: active?.version ?? null,
    semver: active?.content?.metadata['semver'] ?? null,
    lineageDepth: Math.min((module?.depth ?? -1) + 1, policy.maxCheckpoints),
    checkpoints: module?.activations ?? 0,
    rollbacks: { ...NO_ROLLBACKS, ...rollbacks },
    breakingChanges: breaking,
    brokenGlass,
  };
}

/** When the first BREAKING report came of each pair that waits, in seconds since the Unix epoch. */
function* waitingSince({ records }: View): Generator<number> {
  for (const pair of records.pending()) {
    const first = records.reportLines(pair).find(({ level }) => level === 'BREAKING');
    const entry = first === undefined ? null : records.entry(first.entry);
    if (entry !== null) yield entry.timestamp;
  }
}

export function totalsOf(view: View): LedgerTotals {
  const { records } = view;
  const head = records.head();
  const waiting = [...waitingSince(view)];
  return {
    root: head?.root ?? '',
    entries: head === null ? 0 : head.seq + 1,
    modules: [...records.names()].map((moduleId) => moduleTotals(view, moduleId)),
    pendingApprovals: waiting.length,
    oldestPendingAt: waiting.length === 0 ? null : Math.min(...waiting),
  };
}
