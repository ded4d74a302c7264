/** Levels by which versions became active, measured again: a report that names an engine must say what that engine finds. */

import { isLedgerError } from '../errors.js';
import type { Assessment } from '../model/assessment.js';
import { findingsDigest } from '../model/findings-digest.js';
import { foundLevel } from '../model/level-in-force.js';
import { pairName, reportRef } from '../model/ref-names.js';
import { moreSevere, type StoredReport } from '../model/report.js';
import type { Measurer } from '../ports/measuring.js';
import type { ActivatedPair } from './activated-pair.js';
import type { DifferentLevel, Remeasured } from './audit-report.js';
import type { Findings } from './findings.js';
import type { LedgerState } from './ledger-state.js';
import { measureAgain } from './measure-again.js';

/**
 * What the reports on a pair say that an engine found, but for those whose keys have been revoked since: what they signed is listed as
 * tainted.
 */
function measuredReports(reports: readonly StoredReport[]): StoredReport[] {
  return reports.filter(
    ({ approvedBy, withdraws, bound, assessor, tainted }) =>
      approvedBy === 'auto' && withdraws === null && bound && assessor !== null && !tainted,
  );
}

/** True for an UNKNOWN that may be a limit of the machine that reported it: it said less than could be known, and nothing that is wrong. */
function isCautious(report: StoredReport, { level }: Assessment): boolean {
  return foundLevel(report) === 'UNKNOWN' && moreSevere('UNKNOWN', level) === 'UNKNOWN';
}

/** Why a report does not say what its own engine finds here, or null; after a limit of this machine nobody can say. */
function objection(report: StoredReport, found: Assessment): string | null {
  if (found.limit !== null && found.limit !== 'work') return null;
  if (foundLevel(report) !== found.level)
    return isCautious(report, found) ? null : `${foundLevel(report)}; it finds ${found.level}`;
  const { findingsSha256 } = report;
  if (findingsSha256 === undefined || found.limit !== null) return null;
  const digest = findingsDigest(found);
  if (findingsSha256 !== digest) return `findings with the SHA-256 ${findingsSha256}; it finds some with ${digest}`;
  const [said, gained] = [report.capabilitiesAdded ?? [], found.capabilities.added].map(
    (list) => list.join(' ') || 'none',
  );
  return said === gained ? null : `the capabilities ${said} gained; it finds ${gained}`;
}

/**
 * Measures each activation again.
 *
 * | the reports | here | it is |
 * |---|---|---|
 * | by this engine | another level, other findings than their hash says, or other capabilities | a problem |
 * | by this engine, UNKNOWN | a less severe level | different |
 * | by another engine, or by hand, or none | not the level in force | different |
 * | any | cut short by a limit of this machine, not the level in force | different |
 */
export async function remeasure(
  state: LedgerState,
  measurer: Measurer,
  findings: Findings,
  activated: readonly ActivatedPair[],
  tell: (done: number, total: number) => void,
): Promise<Remeasured> {
  const differs: DifferentLevel[] = [];
  let same = 0;
  for (const [i, pair] of activated.entries()) {
    tell(i, activated.length);
    const found = await measured(state, measurer, findings, pair);
    if (found === null) continue;
    findings.checked('levels');
    const { seq, moduleId, fromVer, toVer, level } = pair;
    const reports = measuredReports((await state.reports(moduleId, fromVer, toVer)).slice(0, pair.reports));
    const own = reports.filter(({ assessor }) => assessor === found.assessor);
    const wrong = own.flatMap((report) => {
      const why = objection(report, found);
      return why === null ? [] : [{ report, why }];
    });
    if (wrong.length > 0) {
      for (const { report, why } of wrong) {
        const message = `report ${pairName(moduleId, fromVer, toVer)}/${report.seq} says that ${found.assessor} found ${why}`;
        findings.problem('levels', message, { seq, ref: reportRef(moduleId, fromVer, toVer, report.seq) });
      }
    } else if (level === found.level) same += 1;
    else {
      const by = own[0] ?? reports.at(-1);
      const { assessor, limit } = found;
      const place = { seq, moduleId, fromVer, toVer, level, assessor: by?.assessor ?? null };
      differs.push(Object.freeze({ ...place, measured: found.level, engine: assessor, limit }));
    }
  }
  tell(activated.length, activated.length);
  return Object.freeze({ same, differs: Object.freeze(differs) });
}

/** What is measured of a pair now; null where a file of it was redacted, or, and that is a problem, cannot be read. */
async function measured(
  state: LedgerState,
  measurer: Measurer,
  findings: Findings,
  { seq, moduleId, fromVer, toVer }: ActivatedPair,
): Promise<Assessment | null> {
  try {
    const from = fromVer === null ? null : await state.versionNumbered(moduleId, fromVer);
    const to = await state.versionNumbered(moduleId, toVer);
    return from === null || to === null ? null : await measureAgain(state, measurer, from, to);
  } catch (error) {
    if (!isLedgerError(error, 'CORRUPT_OBJECT')) throw error;
    findings.unreadable('levels', error, { seq });
    return null;
  }
}
