/** `show MODULE[@N]`: one version with its status, its reports and its files. */

import type { Ledger, ModuleStatus, StoredReport, VersionCheckpoint } from '../library.js';
import { moduleReference } from '../options/arguments.js';
import { requireActive } from '../options/require-module.js';
import { checkpointJson, storedReportJson } from '../terminal/json-answers.js';
import { type Block, oneLine } from '../terminal/render.js';
import { returnText } from '../terminal/show-level.js';
import { isoTime, nameOf, statusCell, tagsText } from '../terminal/show-version.js';
import type { Verb } from '../verb.js';
import { withLedger } from '../with-ledger.js';
import { proofAnswer } from './show-proof.js';

/** The reports on the version as the one that replaces another. */
async function reportsOn(ledger: Ledger, { moduleId, version }: VersionCheckpoint): Promise<readonly StoredReport[]> {
  return (await ledger.reports.list(moduleId)).filter((report) => report.toVer === version);
}

function reportRow(report: StoredReport): string[] {
  const by = report.withdraws === null ? report.approvedBy : `withdraws #${report.withdraws}`;
  const back = returnText(report.returnLevel, report.fromVer);
  const why = [report.rationale, back].filter((text) => text !== '').join('; ');
  return [`${report.fromVer ?? '-'} -> ${report.toVer}`, `#${report.seq}`, report.level, by, why];
}

function description(checkpoint: VersionCheckpoint, status: ModuleStatus): Block {
  const rows = [
    ['version', { text: nameOf(checkpoint), tone: 'strong' as const }],
    ['status', statusCell(status)],
    ['checksum', checkpoint.checksum],
    ['time', isoTime(checkpoint.timestamp)],
    ['parent', checkpoint.parentVer === null ? '-' : String(checkpoint.parentVer)],
    ['tags', tagsText(checkpoint.tags)],
    ...Object.entries(checkpoint.metadata).map(([key, value]) => [`meta ${oneLine(key)}`, value]),
  ];
  return { columns: ['FIELD', 'VALUE'], rows };
}

export const show: Verb = {
  name: 'show',
  group: 'Versions:',
  summary: 'Show one version: its status, reports and files',
  arguments: [{ name: '<MODULE[@N]>', description: 'the version; the active one where no number is given' }],
  options: [
    { flags: '--proof', description: 'everything that bears on it, on one page, and how to check it with git' },
  ],
  paged: true,
  example: 'git-lineage show planner@2',
  run: (context) => {
    const { moduleId, version } = moduleReference(context.given.required('MODULE[@N]'));
    return withLedger(context, 'read', async ({ ledger }) => {
      const number = version ?? (await requireActive(context, ledger, moduleId)).version;
      if (context.given.flag('proof')) return proofAnswer(await ledger.versions.proof(moduleId, number), ledger.gitdir);
      const checkpoint = await ledger.versions.get(moduleId, number);
      const status = await ledger.versions.status(moduleId, number);
      const reports = await reportsOn(ledger, checkpoint);
      const listed = await ledger.versions.listFiles(moduleId, number);
      const files = listed.map(({ path, mode, bytes, sha256 }) => ({ path, mode, size: bytes, sha256 }));
      return {
        json: { checkpoint: checkpointJson(checkpoint), status, reports: reports.map(storedReportJson), files },
        blocks: [
          description(checkpoint, status),
          { columns: ['PAIR', 'REPORT', 'LEVEL', 'BY', 'RATIONALE'], rows: reports.map(reportRow) },
          {
            columns: ['MODE', 'SIZE', 'SHA-256', 'PATH'],
            rows: files.map((f) => [
              f.mode,
              f.size === null ? 'redacted' : String(f.size),
              { text: f.sha256, short: `${f.sha256.slice(0, 12)}…` },
              f.path,
            ]),
          },
        ],
      };
    });
  },
};
