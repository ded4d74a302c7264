/** Bringing a copy up to date: what is new must continue what was seen before, and pass the audit. */

import nodeFs from 'node:fs';
import type { AuditProgress, Pin } from './audit/contract.js';
import { formatPin, parsePin } from './audit/pin-text.js';
import { auditError, PIN_FILE } from './clone.js';
import { isLedgerError, LedgerError } from './errors.js';
import type { FileSystem } from './git/file-system.js';
import { SyncFiles } from './git/sync-files.js';
import type { Ledger, ReplicationResult } from './ledger/contract.js';
import { auditLedger, type LedgerOptions, openLedger } from './open.js';

/** Which copy `fetchLedger` brings up to date, and from where. */
export interface RefreshOptions {
  /** The folder of the copy, as `cloneLedger` made it. */
  readonly gitdir: string;
  /** Where it lives; node:fs by default. */
  readonly fs?: FileSystem | undefined;
  /** The remote: a URL, or the name of one in the copy's config; `origin` by default. */
  readonly remote?: string | undefined;
  /** Told how far the transfer is; what it throws is ignored. */
  readonly onTransfer?: LedgerOptions['onTransfer'];
  /** Told how far the audit of the copy is, as `AuditQuestion.onProgress`: what it throws ends the audit. */
  readonly onProgress?: ((progress: AuditProgress) => void) | undefined;
}

/** What a fetch into a copy came to. */
export interface Refreshed {
  /** The address without credentials. */
  readonly remote: string;
  /** Entries that are new here. */
  readonly adopted: number;
  /** What is remembered now. */
  readonly pin: Pin;
}

const HINT = 'the remote was rewound, forked or replaced, or entries were written here: compare with another copy';

function mismatch(remote: string, expected: string, actual: string, cause?: unknown): LedgerError<'PIN_MISMATCH'> {
  const message = `${remote} does not continue what was seen before: expected ${expected}, found ${actual}`;
  return new LedgerError('PIN_MISMATCH', message, { expected, actual }, { hint: HINT, cause });
}

/** The entry that the remote ends at, which lacks `ahead` of ours. */
async function endOf(ledger: Ledger, { position, ahead }: ReplicationResult): Promise<string> {
  const seq = position.seq - ahead;
  for await (const entry of ledger.history(seq > 0 ? { since: seq - 1 } : {}))
    if (entry.seq === seq) return `entry ${seq} ${entry.oid}`;
  return `entry ${seq}`;
}

/** Pulls. A remote that has less than this copy, or something else, is a mismatch. */
async function pulled(ledger: Ledger, remote: string): Promise<ReplicationResult> {
  const result = await ledger.pull(remote).catch((error: unknown) => {
    if (!isLedgerError(error, 'JOURNAL_FORKED')) throw error;
    const { remote: name, seq, ours, theirs } = error.data;
    throw mismatch(name, `entry ${seq} ${ours}`, `entry ${seq} ${theirs}`, error);
  });
  if (result.ahead === 0) return result;
  const { seq, oid } = result.position;
  throw mismatch(result.remote, `entry ${seq} ${oid}`, `${await endOf(ledger, result)} as the last one`);
}

/**
 * Fetches into a copy that `cloneLedger` made. What the remote has must continue what this copy has, each new entry is
 * verified before a ref moves, and the copy is audited against its pin; then the pin moves forward.
 *
 * @throws `PIN_MISMATCH`, `AUDIT_FAILED` and the errors of `Ledger.pull`
 */
export async function fetchLedger(options: RefreshOptions): Promise<Refreshed> {
  const { gitdir, fs, remote = 'origin', onTransfer, onProgress } = options;
  const files = new SyncFiles(fs ?? nodeFs);
  const file = `${gitdir}/lineage/${PIN_FILE}`;
  const kept = files.readText(file);
  const pin = kept === null ? undefined : parsePin(kept);
  const ledger = await openLedger({ gitdir, fs, thread: false, onTransfer });
  try {
    const { remote: name, adopted } = await pulled(ledger, remote);
    const report = await auditLedger({ path: gitdir, fs, pin, since: pin?.seq, onProgress });
    if (report.outcome !== 'passed' || report.pin === null) throw auditError(gitdir, report, pin);
    const next = `${file}.${Math.random().toString(36).slice(2)}`;
    files.makeFolder(`${gitdir}/lineage`);
    files.create(next, Buffer.from(formatPin(report.pin)));
    files.rename(next, file);
    return Object.freeze({ remote: name, adopted, pin: report.pin });
  } finally {
    await ledger.close();
  }
}
