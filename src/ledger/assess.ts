/** Reports on a pair of versions: stored, approved, withdrawn. */

import { LedgerError } from '../errors.js';
import { sha256Hex } from '../model/content-digest.js';
import { reportRef, reportTagName } from '../model/ref-names.js';
import {
  type CompatibilityLevel,
  type checkReport,
  formatReport,
  moreSevere,
  type ReportText,
  type StoredReport,
  verdictOf,
} from '../model/report.js';
import type { Draft } from './draft.js';
import { storedReport, type VersionCommit, versionNotFound } from './reader.js';
import { refuseTwin } from './stage.js';
import { type Context, identityOf } from './writer.js';

export type CheckedReport = ReturnType<typeof checkReport>;

type Act = 'report' | 'approve' | 'withdraw';

/** Writes a report as the next signed tag of its pair, and says so in the journal. */
async function addReport(
  draft: Draft,
  context: Context,
  act: Act,
  what: Omit<ReportText, 'ledger' | 'toChecksum'>,
  to: VersionCommit | null,
): Promise<StoredReport> {
  const { moduleId, fromVer, toVer } = what;
  const seq = (await draft.reports(moduleId, fromVer, toVer)).length + 1;
  const { root } = draft.projection;
  const text: ReportText = { ...what, ledger: root, toChecksum: to?.sealed.checksum ?? null };
  const { oid, payload } = await draft.transaction.stageTag(
    {
      object: to?.oid ?? root,
      name: reportTagName(moduleId, fromVer, toVer, seq),
      identity: identityOf(context.signer.principal, context.now()),
      message: formatReport(text),
    },
    context.signer,
  );
  draft.moves.set(reportRef(moduleId, fromVer, toVer, seq), oid);
  const report = storedReport(text, { seq, bound: to !== null, tainted: false });
  await draft.addReport(report, {
    type: act,
    moduleId,
    fromVer,
    toVer,
    seq,
    level: what.level,
    payloadSha256: sha256Hex(payload),
  });
  return report;
}

/** Stores a report, unless one says the same already; returns it as it stands. */
export async function addFinding(draft: Draft, report: CheckedReport, context: Context): Promise<StoredReport> {
  const { moduleId, fromVer, toVer, rationale } = report;
  if (draft.module(moduleId) === null) refuseTwin(draft, moduleId);
  const to = await draft.find(moduleId, toVer);
  if (to !== null && fromVer !== null) await draft.require(moduleId, fromVer);
  const measuredLevel = report.measuredLevel ?? null;
  // A level given by hand can only raise the one that was measured.
  const level = moreSevere(report.level, measuredLevel ?? report.level);
  const assessor = report.assessor ?? null;
  const before = await draft.reports(moduleId, fromVer, toVer);
  const said = before.find(
    (r) =>
      r.approvedBy === 'auto' &&
      r.withdraws === null &&
      r.level === level &&
      r.rationale === rationale &&
      r.measuredLevel === measuredLevel &&
      r.assessor === assessor &&
      r.bound === (to !== null),
  );
  if (said !== undefined) return said;
  const what = {
    moduleId,
    fromVer,
    toVer,
    level,
    rationale,
    approvedBy: 'auto',
    measuredLevel,
    assessor,
    withdraws: null,
  };
  const added = await addReport(draft, context, 'report', what, to);
  if (level === 'BREAKING' && !before.some((r) => r.level === 'BREAKING'))
    context.announce({ type: 'breaking', moduleId, fromVer, toVer });
  return added;
}

/** Stores a report, unless one says the same already; returns the level in force. */
export async function assess(draft: Draft, report: CheckedReport, context: Context): Promise<CompatibilityLevel> {
  const { moduleId, fromVer, toVer } = report;
  await addFinding(draft, report, context);
  return verdictOf(await draft.reports(moduleId, fromVer, toVer)).level;
}

/** A pair that an operator signs for or takes back. */
export interface PairDecision {
  readonly moduleId: string;
  readonly fromVer: number | null;
  readonly toVer: number;
  readonly rationale: string;
}

/** The approvals of a pair that are not withdrawn, whatever level they were given for. */
function unwithdrawn(reports: readonly StoredReport[]): StoredReport[] {
  const withdrawn = new Set(reports.map((r) => r.withdraws));
  return reports.filter((r) => r.approvedBy !== 'auto' && !withdrawn.has(r.seq));
}

/** Signs for a pair at the level in force. Repeated by the same operator, it writes nothing. @throws `NOT_FOUND` */
export async function approve(draft: Draft, pair: PairDecision, context: Context): Promise<StoredReport> {
  const { moduleId, fromVer, toVer } = pair;
  const to = await draft.find(moduleId, toVer);
  if (to === null) {
    const missing = versionNotFound(draft.projection, moduleId, toVer);
    throw new LedgerError('NOT_FOUND', missing.message, missing.data, {
      hint: 'stage the version first: an approval is bound to the exact content approved',
    });
  }
  if (fromVer !== null) await draft.require(moduleId, fromVer);
  const reports = await draft.reports(moduleId, fromVer, toVer);
  const { level } = verdictOf(reports);
  const { principal } = context.signer;
  const given = unwithdrawn(reports).find((r) => r.approvedBy === principal && r.level === level && !r.tainted);
  if (given !== undefined) return given;
  const what = { ...pair, level, approvedBy: principal, measuredLevel: null, assessor: null, withdraws: null };
  return addReport(draft, context, 'approve', what, to);
}

/** Takes back every approval of a pair; returns the last withdrawal. @throws `NOT_FOUND` */
export async function withdraw(draft: Draft, pair: PairDecision, context: Context): Promise<StoredReport> {
  const { moduleId, fromVer, toVer } = pair;
  const to = await draft.require(moduleId, toVer);
  const reports = await draft.reports(moduleId, fromVer, toVer);
  let last: StoredReport | null = null;
  for (const approval of unwithdrawn(reports)) {
    const what = {
      ...pair,
      level: approval.level,
      approvedBy: 'auto',
      measuredLevel: null,
      assessor: null,
      withdraws: approval.seq,
    };
    last = await addReport(draft, context, 'withdraw', what, to);
  }
  if (last !== null) return last;
  const approval = `approval of ${moduleId} ${fromVer ?? '-'} -> ${toVer}`;
  throw new LedgerError(
    'NOT_FOUND',
    `there is no ${approval} to withdraw`,
    { kind: 'APPROVAL', what: `an ${approval}` },
    {
      hint: `git-lineage show ${moduleId}@${toVer} lists the reports of the pair`,
    },
  );
}
