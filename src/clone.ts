/** Cloning a ledger: everything that a remote has, audited before it is kept, and the point seen remembered. */

import nodeFs from 'node:fs';
import { resolve } from 'node:path';
import type { AuditProgress, AuditQuestion } from './audit/audit-question.js';
import type { AuditReport, Pin } from './audit/audit-report.js';
import { formatPin } from './audit/pin-text.js';
import { auditLedger } from './audit-copy.js';
import { invalidInput, LedgerError, quoted } from './errors.js';
import type { Judgement } from './git/clone-ledger.js';
import type { FileSystem } from './git/file-system.js';
import { PUSH_GUARDS } from './git/guard-hooks.js';
import { DEFAULT_PRE_SWAP } from './git/pre-swap-hook.js';
import type { FetchOptions } from './git/remote/fetch-objects.js';
import { optionsCheck } from './options-check.js';
import type { RefName } from './ports/objects.js';
import { checkDemand, notWitnessed, type WitnessDemand } from './witness/format/check-witnesses.js';

/** Judges the copy in `path`, as `auditLedger` does. */
type CopyAudit = (question: AuditQuestion & { path: string; fs?: FileSystem }) => Promise<AuditReport>;

/** What `cloneLedger` copies, where to, and which ledger it must be. */
export interface CloneOptions extends FetchOptions {
  /** The folder of the copy, new or empty. */
  readonly gitdir: string;
  /** Where it lives; node:fs by default. */
  readonly fs?: FileSystem | undefined;
  /** The fingerprint (`SHA256:…`) of the key that must have signed the first entry. Without one or a pin, it is taken on first use. */
  readonly trust?: string | undefined;
  /** What an earlier audit of this ledger returned: the journal must still contain it. */
  readonly pin?: Pin | undefined;
  /** Which witnesses must have seen the journal, and how lately. Without it nobody is asked how fresh the copy is. */
  readonly witnesses?: WitnessDemand | undefined;
  /** As `AuditQuestion.remeasure`: levels that are not what their engine finds let nothing in. Nothing is measured by default. */
  readonly remeasure?: AuditQuestion['remeasure'];
  /**
   * Told how far the audit of the copy is, as `AuditQuestion.onProgress`: what it throws ends the audit, and nothing is
   * kept.
   */
  readonly onProgress?: ((progress: AuditProgress) => void) | undefined;
  /** Told that the remote was in the middle of a transaction, and is asked again. */
  readonly onRetry?: ((attempt: number) => void) | undefined;
  /** @internal What audits the copy, for tests. */
  readonly audit?: CopyAudit | undefined;
}

/** What was cloned. */
export interface Cloned {
  readonly gitdir: string;
  /** The address without credentials. */
  readonly remote: string;
  /** The audit that let it in. */
  readonly report: AuditReport;
  /** What is remembered in `lineage/pin.json`: the key that signed the first entry, and the last entry. */
  readonly pin: Pin;
  /** True where the first entry's key was compared with a fingerprint or pin that was given. */
  readonly trusted: boolean;
  readonly refs: number;
  /** What the remote has outside branches, tags and notes, as far as it says so: not fetched. */
  readonly ignored: readonly RefName[];
}

/** The file in a copy's private folder that says what was seen last. */
export const PIN_FILE = 'pin.json';

/** The file there that says which checkpoint was accepted last: no smaller one is accepted again. */
export const WITNESSED_FILE = 'checkpoint';

/** Whatever is wrong, with its place, as lines. */
function problemsOf(report: AuditReport): { step: string; problems: string[] } {
  const failed = report.steps.filter(({ problems }) => problems.length > 0);
  const problems = failed.flatMap(({ name, problems: list }) => list.map(({ message }) => `${name}: ${message}`));
  const gaps = report.gaps.map(({ what }) => `incomplete: ${what}`);
  return { step: failed[0]?.name ?? 'refs', problems: [...problems, ...gaps] };
}

/** An audit that was not passed, as an error about `remote`. */
export function auditError(remote: string, report: AuditReport, pin: Pin | undefined): LedgerError {
  const [mismatch] = report.steps.find(({ name }) => name === 'pin')?.problems ?? [];
  const [unseen] = report.steps.find(({ name }) => name === 'witnesses')?.problems ?? [];
  const [first, ...others] = report.steps.filter(({ problems }) => problems.length > 0);
  if (unseen !== undefined && report.notWitnessed !== null && first?.name === 'witnesses')
    return notWitnessed(`${remote}: ${unseen.message}`, report.notWitnessed);
  // Who was shown an old journal has not been shown a new checkpoint of it: the pin is the reason.
  const pinAlone = first?.name === 'pin' && others.every(({ name }) => name === 'witnesses');
  if (pin !== undefined && mismatch !== undefined && pinAlone) {
    const expected = `entry ${pin.seq} ${pin.oid} of the ledger ${pin.root}`;
    const actual =
      report.pin === null ? mismatch.message : `entry ${report.pin.seq} ${report.pin.oid} of ${report.pin.root}`;
    const hint = 'the remote was rewound, forked or replaced: compare with another copy before you trust it';
    const message = `${remote} does not contain what was seen before: ${mismatch.message}`;
    return new LedgerError('PIN_MISMATCH', message, { expected, actual }, { hint });
  }
  const { step, problems } = problemsOf(report);
  const [told = 'its refs do not fit its journal', ...more] = problems;
  const rest = more.length === 0 ? '' : ` (and ${more.length} more)`;
  const hint =
    report.outcome === 'incomplete'
      ? 'a writer may have died there: have git-lineage doctor --restore run on the remote, then clone again'
      : 'nothing was kept: have whoever runs it audit the remote, and compare with another copy';
  return new LedgerError(
    'AUDIT_FAILED',
    `${remote} does not pass the audit: ${told}${rest}`,
    { step, problems },
    { hint },
  );
}

const checkOptions = optionsCheck<CloneOptions>('CloneOptions', {
  url: 'value',
  onAuth: 'value',
  idleTimeoutMs: 'value',
  timeLimitMs: 'value',
  limits: 'value',
  signal: 'value',
  env: 'value',
  terminal: 'flag',
  onTransfer: 'value',
  gitdir: 'value',
  fs: 'value',
  trust: 'value',
  pin: 'value',
  witnesses: 'value',
  remeasure: 'value',
  onProgress: 'value',
  onRetry: 'value',
  audit: 'value',
});

function checked({ gitdir, fs }: CloneOptions): string {
  if (typeof gitdir === 'string' && gitdir !== '' && !gitdir.includes('\0'))
    return fs === undefined ? resolve(gitdir) : gitdir.replace(/(?<=.)\/+$/, '');
  const issue = { path: 'gitdir', expected: 'the path of a folder, new or empty', actual: quoted(gitdir) };
  throw invalidInput('INVALID_ARGUMENT', [issue], 'see CloneOptions');
}

/**
 * Clones a ledger: every branch, tag and note, as a bare repository that is built beside `gitdir`, audited there from its
 * objects up, and renamed into place. What does not pass leaves nothing behind.
 *
 * @throws `REMOTE_UNREACHABLE`, `REMOTE_REFUSED`, `NOT_A_LEDGER`, `AUDIT_FAILED`, `PIN_MISMATCH`, `NOT_WITNESSED`, `LEDGER_EXISTS`,
 * `INVALID_ARGUMENT`, `IO`; the signal's reason
 * @example
 * import { cloneLedger } from 'git-lineage';
 *
 * // `trust` is the fingerprint that `init` printed, from somebody whom you believe: without it, whose ledger it is stays open.
 * const { pin, trusted } = await cloneLedger({ url: './modules.git', gitdir: 'copy.git' });
 * console.log(`${pin.seq} entries, from a key that was ${trusted ? 'expected' : 'not known before'}`);
 */
export async function cloneLedger(options: CloneOptions): Promise<Cloned> {
  checkOptions(options);
  const { trust, pin, witnesses, remeasure, onProgress, audit = auditLedger } = options;
  if (witnesses !== undefined) checkDemand(witnesses);
  const gitdir = checked(options);
  const fs = options.fs ?? nodeFs;
  // Whoever only opens ledgers loads nothing of this.
  const [{ cloneRepository }, { parseRemoteUrl }] = await Promise.all([
    import('./git/clone-ledger.js'),
    import('./git/remote/remote-url.js'),
  ]);
  const remote = parseRemoteUrl(options.url).shown;
  const judge = async (path: string): Promise<Judgement<AuditReport & { pin: Pin }>> => {
    const report = await audit({ path, fs, trust, pin, witnesses, remeasure, onProgress });
    if (report.outcome === 'passed' && report.pin !== null)
      return { accepted: true, result: { ...report, pin: report.pin } };
    const lagging = report.outcome === 'incomplete';
    return { accepted: false, lagging, error: auditError(remote, report, pin) };
  };
  const hooks = fs === nodeFs ? { 'pre-swap': DEFAULT_PRE_SWAP, ...PUSH_GUARDS } : {};
  const keep = ({ pin: seen, witnessed }: AuditReport & { pin: Pin }) => ({
    [PIN_FILE]: formatPin(seen),
    ...(witnessed === null ? {} : { [WITNESSED_FILE]: witnessed.checkpoint }),
  });
  const { fetched, result } = await cloneRepository(fs, gitdir, options, hooks, judge, keep, ({ redacted }) =>
    redacted.map(({ oid }) => oid),
  );
  return Object.freeze({
    gitdir,
    remote,
    report: { ...result, location: gitdir },
    pin: result.pin,
    trusted: result.trusted,
    refs: fetched.refs.size,
    ignored: fetched.ignored,
  });
}
