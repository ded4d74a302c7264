/** What the journal adds up to: look-ups in the index, however long the journal is. */

import { RollbackReason } from '../model/rollback-target.js';
import type { LedgerTotals, ModuleTotals } from './ledger-journal.js';
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
    activations: module?.activations ?? 0,
    rollbacks: { ...NO_ROLLBACKS, ...rollbacks },
    breakingChanges: breaking,
    brokenGlass,
  };
}

export function totalsOf(view: View): LedgerTotals {
  const { records } = view;
  const head = records.head();
  const waiting = [...records.pending()].map((pair) => records.pendingSince(pair) ?? 0);
  return {
    root: head?.root ?? '',
    entries: head === null ? 0 : head.seq + 1,
    modules: [...records.names()].map((moduleId) => moduleTotals(view, moduleId)),
    pendingApprovals: waiting.length,
    oldestPendingAt: waiting.length === 0 ? null : Math.min(...waiting),
  };
}
