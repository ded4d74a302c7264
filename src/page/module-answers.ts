/** One module: where it stands, where it would go back to, and its versions in parts. */

import type { LogAnswer, SummaryAnswer } from './answers.js';
import { shortReport, versionJson } from './json-reply.js';
import type { PageLedger } from './module-rows.js';

/** So many versions are one part of a log. */
const LOG_PAGE = 100;

/** @throws `NOT_FOUND`, `INVALID_MODULE_ID` */
export async function summaryAnswer(ledger: PageLedger, moduleId: string): Promise<SummaryAnswer> {
  const summary = await ledger.versions.summary(moduleId);
  const active = await ledger.latestCheckpoint(moduleId);
  const { target, skipped, passedOver } = await ledger.live.explainRollback(moduleId);
  const pending = summary.pending === 0 ? [] : await ledger.pendingApprovals();
  return {
    summary,
    active: active === null ? null : versionJson(active),
    rollback: { target: target === null ? null : versionJson(target), skipped, passedOver },
    pending: pending.filter((report) => report.moduleId === moduleId).map(shortReport),
  };
}

/** The newest versions below `before`. @throws `INVALID_MODULE_ID`, `INVALID_VERSION` */
export async function logAnswer(ledger: PageLedger, moduleId: string, before: number | undefined): Promise<LogAnswer> {
  const found = await ledger.versions.log(moduleId, { before, limit: LOG_PAGE + 1 });
  const versions = found.slice(0, LOG_PAGE);
  return {
    versions: versions.map((logged) => ({ ...logged, version: versionJson(logged.version) })),
    next: found.length > LOG_PAGE ? (versions.at(-1)?.version.version ?? null) : null,
  };
}
