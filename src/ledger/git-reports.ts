/** Questions about pairs of versions: what was reported, and what would be. */

import type { Assessment } from '../model/assessment.js';
import { assertVersion, assertVersionOrNull } from '../model/checkpoint.js';
import { assertModuleId } from '../model/module-id.js';
import { checkReport, type StoredReport } from '../model/report.js';
import { checkPreviewOptions } from './known-options.js';
import type { LedgerAccess } from './ledger-access.js';
import type { LedgerReports, NewContent, PreviewOptions } from './ledger-reports.js';
import { measuredVersion, measurePair, newContent } from './measure.js';
import { byFirstReport } from './pending.js';
import { refuseRedacted } from './refuse-redacted.js';

export class GitReports implements LedgerReports {
  private readonly access: LedgerAccess;

  constructor(access: LedgerAccess) {
    this.access = access;
  }

  async list(moduleId: string, fromVer?: number | null, toVer?: number): Promise<readonly StoredReport[]> {
    assertModuleId(moduleId);
    if (fromVer !== undefined) assertVersionOrNull(fromVer, 'fromVer');
    if (toVer !== undefined) assertVersion(toVer, 'toVer');
    return this.access.read((view) =>
      [...view.records.pairs(moduleId, toVer)]
        .filter(([pair]) => fromVer === undefined || pair.fromVer === fromVer)
        .sort(([, a], [, b]) => byFirstReport(a, b))
        .flatMap(([pair]) => view.reports(pair)),
    );
  }

  async preview(
    moduleId: string,
    fromVer: number | null,
    to: number | NewContent,
    options?: PreviewOptions,
  ): Promise<Assessment> {
    checkPreviewOptions(options);
    const toVer = typeof to === 'number' ? to : null;
    // The rules of a pair are those of its reports; content that has no number yet comes after every version.
    checkReport({ moduleId, fromVer, toVer: toVer ?? Number.MAX_SAFE_INTEGER, level: 'UNKNOWN' });
    const content = typeof to === 'number' ? null : newContent(to);
    const [before, found] = this.access.read((view) =>
      [fromVer, toVer].map((number) => {
        if (number === null) return null;
        const version = view.require(moduleId, number);
        refuseRedacted(version);
        return measuredVersion(this.access.parts.objects, view.checkpoint(version), view.contentOf(version).tree);
      }),
    );
    const after = content ?? found ?? null;
    if (after === null) throw new TypeError('neither a version nor content');
    const { format } = this.access.read((view) => view.policy);
    return measurePair(this.access.parts.measurer, [before ?? null, after], format, options?.signal);
  }
}
