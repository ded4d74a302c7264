/** What is asked of an audit, and the check of it. */

import { invalidInput, quoted } from '../errors.js';
import { checkDemand, type WitnessDemand } from '../witness/format/check-witnesses.js';
import type { AuditStepName, Pin } from './audit-report.js';

/**
 * How far an audit is in the step that takes its time: objects read (`objects`), then journal entries replayed
 * (`journal`), then activations measured again (`levels`). `total` grows where the ledger is written to meanwhile.
 */
export interface AuditProgress {
  readonly step: AuditStepName;
  readonly done: number;
  readonly total: number;
}

/**
 * Which ledger a copy must be of, and what of it is taken on the word of an earlier audit. With no field set everything
 * is checked, and the key that signed the first entry vouches for itself.
 */
export interface AuditQuestion {
  /** The fingerprint (`SHA256:…`) of the key that must have signed the first entry. */
  readonly trust?: string | undefined;
  /** What an earlier audit returned: the journal must still contain it. */
  readonly pin?: Pin | undefined;
  /** Which witnesses must have seen the journal, and how lately. */
  readonly witnesses?: WitnessDemand | undefined;
  /** Entries up to this number are only replayed; taken on the word of a pin at or after it. */
  readonly since?: number | undefined;
  /**
   * Measures versions again that became active: `unapproved` those without an approval, `all` those with one too. A first version has
   * nothing to be compared with, and what was taken on the word of a pin is not measured.
   */
  readonly remeasure?: 'unapproved' | 'all' | undefined;
  /**
   * Told after every 1000 objects and 256 entries, before each activation that is measured again, and at the end of each. What it throws
   * ends the audit.
   */
  readonly onProgress?: ((progress: AuditProgress) => void) | undefined;
}

/** @throws `INVALID_ARGUMENT` for a question that is none */
export function checkQuestion({ trust, pin, since, witnesses, remeasure: again }: AuditQuestion): void {
  if (witnesses !== undefined) checkDemand(witnesses);
  const issues = [];
  if (again !== undefined && again !== 'unapproved' && again !== 'all')
    issues.push({ path: 'remeasure', expected: 'unapproved or all', actual: quoted(again) });
  if (trust !== undefined && !/^SHA256:[A-Za-z0-9+/]{43}$/.test(trust))
    issues.push({
      path: 'trust',
      expected: 'a fingerprint as ssh-keygen -l prints it: SHA256:…',
      actual: quoted(trust),
    });
  if (since !== undefined && !(Number.isSafeInteger(since) && since >= 0))
    issues.push({ path: 'since', expected: 'the number of an entry', actual: quoted(since) });
  else if (since !== undefined && !(pin !== undefined && pin.seq >= since))
    issues.push({
      path: 'since',
      expected: 'the number of an entry that a pin covers',
      actual: pin === undefined ? `${since} without a pin` : `${since}, after the pinned entry ${pin.seq}`,
    });
  if (issues.length > 0)
    throw invalidInput(
      'INVALID_ARGUMENT',
      issues,
      'git-lineage audit prints the fingerprint that signed the first entry; since takes the pin of an audit that went so far',
    );
}
