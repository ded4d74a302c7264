/** The audit of a copy, wherever it is. */

import nodeFs from 'node:fs';
import type { AuditQuestion } from './audit/audit-question.js';
import type { AuditReport } from './audit/audit-report.js';
import type { FileSystem } from './git/file-system.js';
import { openGitStore } from './git/open-repository.js';
import { lazyMeasurer } from './lazy-measurer.js';
import { AUDIT_QUESTION } from './ledger/known-options.js';
import { writeLastAudit } from './ledger/last-audit.js';
import { gitdirOf, systemClock } from './ledger-options.js';
import type { AssessorLimits } from './model/assessment.js';
import { optionsCheck } from './options-check.js';
import { sshVerifier } from './signing/verifier.js';

/** Which copy is audited, and what is asked of it. */
export interface AuditOptions extends AuditQuestion {
  /** A ledger, a mirror, a plain clone (its work tree), or a bundle file. */
  readonly path: string;
  /** Where it lives; node:fs by default. */
  readonly fs?: FileSystem | undefined;
  /**
   * The auditor's time, in seconds since the Unix epoch: no entry may be a day ahead of it. The system's clock by
   * default.
   */
  readonly now?: (() => number) | undefined;
  /**
   * True: how it ended is kept beside the ledger for `lastAudit` and the metrics, where it is one that may be written to, and nothing
   * was asked that depends on who asks (`trust`, `pin`, `since`, `witnesses`, `remeasure`). False by default.
   */
  readonly remember?: boolean | undefined;
  /** The limits of measuring again. */
  readonly assessor?: AssessorLimits | undefined;
}

const checkAuditOptions = optionsCheck<AuditOptions>('AuditOptions', {
  ...AUDIT_QUESTION,
  path: 'value',
  fs: 'value',
  now: 'value',
  remember: 'flag',
  assessor: 'value',
});

/** A ledger that is too broken to be opened has its report all the same. */
async function rememberAudit(fs: FileSystem, gitdir: string, report: AuditReport, at: number): Promise<void> {
  const store = await openGitStore(fs, gitdir).catch(() => null);
  if (store === null) return;
  try {
    writeLastAudit(store, report, at);
  } finally {
    await store.close();
  }
}

/**
 * Audits a copy of a ledger: proves, or shows where it cannot be proven, which version ran when, why it was allowed, who
 * approved it. Nothing in the copy is believed, and nothing of it executed; with a fingerprint or a pin, it is also the ledger that
 * was meant. Whatever is wrong is in the report.
 *
 * @throws `NOT_A_LEDGER`, `UNSUPPORTED_REPOSITORY`, `INVALID_ARGUMENT`
 * @example
 * const { outcome, steps } = await auditLedger({ path: 'modules.git', trust: 'SHA256:…' });
 */
export async function auditLedger(options: AuditOptions): Promise<AuditReport> {
  checkAuditOptions(options);
  const { path, fs = nodeFs, now = systemClock, remember = false, assessor = {}, ...question } = options;
  const [{ openEvidence }, { auditEvidence }] = await Promise.all([
    import('./git/copy/open-evidence.js'),
    import('./audit/audit-ledger.js'),
  ]);
  const gitdir = gitdirOf({ gitdir: path, fs: options.fs });
  const evidence = await openEvidence(fs, gitdir);
  const measurer = lazyMeasurer(assessor, undefined);
  try {
    const report = await auditEvidence(evidence, { verifier: sshVerifier, measurer }, question, now());
    const { trust, pin, since, witnesses, remeasure } = question;
    const isPlain = [trust, pin, since, witnesses, remeasure].every((asked) => asked === undefined);
    if (remember && isPlain && report.kind === 'ledger') await rememberAudit(fs, gitdir, report, now());
    return report;
  } finally {
    await measurer.close();
    await evidence.close();
  }
}
