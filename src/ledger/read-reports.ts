/** Reports read from their signed tags, each held against the journal entry that names its hash. */

import { LedgerError } from '../errors.js';
import { sha256Hex } from '../model/content-digest.js';
import { findingStatus, selfApproval } from '../model/level-in-force.js';
import { forbidsSelfApproval, type Policy } from '../model/policy.js';
import type { PairKey, ReportLine } from '../model/record-types.js';
import type { Records } from '../model/records.js';
import { reportTagName } from '../model/ref-names.js';
import type { StoredReport } from '../model/report.js';
import { parseReport, type ReportPlace, type ReportText } from '../model/report-text.js';
import { isTainted } from '../model/revocation.js';
import type { Oid } from '../ports/objects.js';
import type { ObjectReader } from '../ports/repository.js';

/** The error for an object that can be read, and is not what the journal says it is. */
export function notAsWritten(oid: Oid, what: string): LedgerError<'CORRUPT_OBJECT'> {
  const reason = `it is not ${what} as the ledger writes one`;
  return new LedgerError(
    'CORRUPT_OBJECT',
    `object ${oid}: ${reason}`,
    { oid, fault: 'NOT_AS_WRITTEN', reason },
    { hint: 'compare the ledger with a clone' },
  );
}

/** A stored report from its text and its place. */
export function storedReport(text: ReportText, place: ReportPlace): StoredReport {
  const { ledger: _ledger, toChecksum: _toChecksum, ...report } = text;
  return Object.freeze({ ...report, ...place });
}

/** The reports of a pair in their order. @throws `CORRUPT_OBJECT` */
export function readReports(objects: ObjectReader, records: Records, policy: Policy, pair: PairKey): StoredReport[] {
  return records.reportLines(pair).map((line, i) => readReport(objects, records, policy, pair, line, i + 1));
}

/** One report of a pair. @throws `CORRUPT_OBJECT` */
export function readReport(
  objects: ObjectReader,
  records: Records,
  policy: Policy,
  { moduleId, fromVer, toVer }: PairKey,
  line: ReportLine,
  seq: number,
): StoredReport {
  const { oid } = line;
  const tag = objects.readTag(oid);
  const text = parseReport(tag.message);
  const named = tag.name === reportTagName(moduleId, fromVer, toVer, seq) && tag.objectType === 'commit';
  if (text === null || !named) throw notAsWritten(oid, 'a report');
  // The journal entry is signed and names this hash, so the report is what its signer signed.
  if (sha256Hex(tag.payload) !== line.payloadSha256) throw notAsWritten(oid, 'the report that the journal names');
  const root = records.head()?.root;
  const placed = text.moduleId === moduleId && text.fromVer === fromVer && text.toVer === toVer && text.ledger === root;
  const bound = tag.object !== root;
  if (!placed || (bound && tag.object !== records.version(moduleId, toVer)?.oid))
    throw notAsWritten(oid, 'a report of this pair');
  const stagedBy = records.version(moduleId, toVer)?.stagedBy ?? null;
  const tainted = isTainted(policy, line.fingerprint, line.entry);
  return storedReport(text, {
    ...{ seq, bound, tainted },
    ...selfApproval(text, stagedBy, forbidsSelfApproval(policy)),
    ...findingStatus({ ...text, tainted }, line.byAssessor === true, policy.measuredBy),
  });
}
