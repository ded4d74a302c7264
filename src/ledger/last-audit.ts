/** How the last audit of this ledger ended: kept beside it for whoever watches, and safe to lose. */

import type { AuditReport } from '../audit/audit-report.js';
import { isLedgerError } from '../errors.js';
import type { PrivateFiles } from '../ports/repository.js';
import type { LastAudit } from './ledger-journal.js';

const FILE = 'audit.json';

const OUTCOMES: readonly unknown[] = ['passed', 'failed', 'incomplete'] satisfies LastAudit['outcome'][];

/** Null where none is remembered. */
export function readLastAudit(files: PrivateFiles): LastAudit | null {
  try {
    const bytes = files.read(FILE);
    const { at, outcome } = JSON.parse(Buffer.from(bytes ?? new Uint8Array()).toString('utf8')) as Partial<LastAudit>;
    return typeof at === 'number' && outcome !== undefined && OUTCOMES.includes(outcome) ? { at, outcome } : null;
  } catch {
    return null;
  }
}

/** Remembers an audit. Who has no permission to write here audits all the same. */
export function writeLastAudit(files: PrivateFiles, { outcome }: AuditReport, at: number): void {
  try {
    files.write(FILE, Buffer.from(`${JSON.stringify({ at, outcome })}\n`));
  } catch (error) {
    if (!isLedgerError(error, 'IO')) throw error;
  }
}
