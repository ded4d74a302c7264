/** Bringing a copy up to date: what is new must continue what was seen before, and pass the audit. */

import nodeFs from 'node:fs';
import type { AuditProgress } from './audit/audit-question.js';
import type { Pin } from './audit/audit-report.js';
import { formatPin, parsePin } from './audit/pin-text.js';
import { checkpointFault } from './audit/witnesses.js';
import { auditLedger } from './audit-copy.js';
import { auditError, PIN_FILE, WITNESSED_FILE } from './clone.js';
import { isLedgerError, LedgerError } from './errors.js';
import { moveCheckpoint } from './git/checkpoint-ref.js';
import type { FileSystem } from './git/file-system.js';
import type { GitStore } from './git/git-store.js';
import { openGitStore } from './git/open-repository.js';
import { SyncFiles } from './git/sync-files.js';
import { journalLeaves } from './ledger/journal-leaves.js';
import type { Ledger } from './ledger/ledger.js';
import type { ReplicationResult } from './ledger/ledger-replicas.js';
import { policyOf } from './ledger/verify-entry.js';
import type { LedgerOptions } from './ledger-options.js';
import { CHECKPOINT_REF, JOURNAL_REF } from './model/ref-names.js';
import { openLedger } from './open.js';
import { optionsCheck } from './options-check.js';
import type { Oid } from './ports/objects.js';
import type { Remote } from './ports/remote.js';
import { checkDemand, checkWitnesses, type WitnessDemand, type Witnessed } from './witness/format/check-witnesses.js';
import { parseCheckpoint } from './witness/format/log-checkpoint.js';
import { noteText } from './witness/format/note.js';

/** Which copy `fetchLedger` brings up to date, and from where. */
export interface RefreshOptions {
  /** The folder of the copy, as `cloneLedger` made it. */
  readonly gitdir: string;
  /** Where it lives; node:fs by default. */
  readonly fs?: FileSystem | undefined;
  /** The remote: a URL, or the name of one in the copy's config; `origin` by default. */
  readonly remote?: string | undefined;
  /**
   * Which witnesses must have seen the remote's journal, and how lately; by default nobody is asked. The size of the checkpoint that this
   * copy accepted last counts as `pinnedSize`, where none is given.
   */
  readonly witnesses?: WitnessDemand | undefined;
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
  /** What the witnesses have seen of the remote's journal; null where nobody was asked. */
  readonly witnessed: Witnessed | null;
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
  const result = await ledger.replicas.pull(remote).catch((error: unknown) => {
    if (!isLedgerError(error, 'JOURNAL_FORKED')) throw error;
    const { remote: name, seq, ours, theirs } = error.data;
    throw mismatch(name, `entry ${seq} ${ours}`, `entry ${seq} ${theirs}`, error);
  });
  if (result.ahead === 0) return result;
  const { seq, oid } = result.position;
  throw mismatch(result.remote, `entry ${seq} ${oid}`, `${await endOf(ledger, result)} as the last one`);
}

/** What the remote shows at one moment. */
interface Shown {
  readonly checkpoint: { readonly oid: Oid; readonly text: string } | null;
  /** The SHA-256 of each entry of its journal, which nobody has verified yet; none where there is no journal or no checkpoint. */
  readonly leaves: readonly Uint8Array[];
  /** The last entry of its journal. */
  readonly tip: Oid | null;
}

/**
 * A remote of which every look is held against `accept` before anything is made of it: what is adopted then is what was
 * accepted, also where the remote shows something else each time.
 */
function lookedAt(remote: Remote, reader: GitStore, accept: (shown: Shown) => void): Remote {
  return {
    name: remote.name,
    push: (edits) => remote.push(edits),
    async fetch(also) {
      const fetched = await remote.fetch(also);
      const [tip, oid] = [fetched.refs.get(JOURNAL_REF), fetched.refs.get(CHECKPOINT_REF)];
      accept({
        leaves: tip === undefined || oid === undefined ? [] : journalLeaves(reader, tip),
        tip: tip ?? null,
        checkpoint: oid === undefined ? null : { oid, text: noteText(reader.readBlob(oid)) ?? '' },
      });
      return fetched;
    },
  };
}

/** Private files of the copy, each replaced as a whole. */
class Remembered {
  private readonly files: SyncFiles;
  private readonly folder: string;

  constructor(fs: FileSystem, gitdir: string) {
    this.files = new SyncFiles(fs);
    this.folder = `${gitdir}/lineage`;
  }

  read(name: string): string | null {
    return this.files.readText(`${this.folder}/${name}`);
  }

  write(name: string, text: string): void {
    const next = `${this.folder}/${name}.${Math.random().toString(36).slice(2)}`;
    this.files.makeFolder(this.folder);
    this.files.create(next, Buffer.from(text));
    this.files.rename(next, `${this.folder}/${name}`);
  }
}

/**
 * Holds what the remote shows against its witnesses. Its policy is believed in so far as they vouch for its entries; whatever of these is
 * adopted is verified.
 * @throws `NOT_WITNESSED`
 */
function witnessedBy(
  { checkpoint, leaves, tip }: Shown,
  reader: GitStore,
  demand: WitnessDemand,
  kept: string | null,
): Witnessed {
  const policyLogKey = tip === null ? null : policyOf(reader, reader.readCommit(tip)).logKey;
  const pinnedSize = demand.pinnedSize ?? parseCheckpoint(kept ?? '')?.size;
  const question = { checkpoint: checkpoint?.text ?? null, leaves, now: Date.now() / 1000, policyLogKey };
  return checkWitnesses(question, { ...demand, pinnedSize });
}

/** @throws `AUDIT_FAILED` for a checkpoint that would not pass an audit here */
function assertCheckpoint({ checkpoint, leaves }: Shown): void {
  const fault = checkpoint === null ? null : checkpointFault(checkpoint.text, leaves);
  if (fault === null) return;
  const hint = 'nothing was taken of it: ask whoever runs the remote';
  throw new LedgerError('AUDIT_FAILED', `the remote: ${fault}`, { step: 'refs', problems: [fault] }, { hint });
}

const checkOptions = optionsCheck<RefreshOptions>('RefreshOptions', {
  gitdir: 'value',
  fs: 'value',
  remote: 'value',
  witnesses: 'value',
  onTransfer: 'value',
  onProgress: 'value',
});

/**
 * Fetches into a copy that `cloneLedger` made. What the remote has must continue what this copy has, each new entry is
 * verified before a ref moves, and the copy is audited against its pin; then the pin moves forward. Where witnesses are asked, they
 * are asked first: what they do not vouch for changes nothing here.
 *
 * @throws `PIN_MISMATCH`, `NOT_WITNESSED`, `AUDIT_FAILED` and the errors of `Ledger.replicas.pull`
 * @example
 * import { fetchLedger } from 'git-lineage';
 *
 * const { adopted, pin } = await fetchLedger({ gitdir: 'copy.git' });
 * console.log(`${adopted} new entries, the last is ${pin.seq}`);
 */
export async function fetchLedger(options: RefreshOptions): Promise<Refreshed> {
  checkOptions(options);
  const { gitdir, fs, remote = 'origin', witnesses, onTransfer, onProgress } = options;
  if (witnesses !== undefined) checkDemand(witnesses);
  const remembered = new Remembered(fs ?? nodeFs, gitdir);
  const kept = remembered.read(PIN_FILE);
  const pin = kept === null ? undefined : parsePin(kept);
  const store = await openGitStore(fs ?? nodeFs, gitdir);
  let shown: Shown | null = null;
  let witnessed: Witnessed | null = null;
  const accept = (now: Shown): void => {
    assertCheckpoint(now);
    if (witnesses !== undefined) witnessed = witnessedBy(now, store, witnesses, remembered.read(WITNESSED_FILE));
    shown = now;
  };
  const between = (through: Remote): Remote => lookedAt(through, store, accept);
  try {
    const ledger = await openLedger({ gitdir, fs, thread: false, between, onTransfer });
    try {
      const { remote: name, adopted } = await pulled(ledger, remote);
      const report = await auditLedger({ path: gitdir, fs, pin, since: pin?.seq, onProgress });
      if (report.outcome !== 'passed' || report.pin === null) throw auditError(gitdir, report, pin);
      remembered.write(PIN_FILE, formatPin(report.pin));
      await remember(store, remembered, shown, witnessed);
      return Object.freeze({ remote: name, adopted, pin: report.pin, witnessed });
    } finally {
      await ledger.close();
    }
  } finally {
    await store.close();
  }
}

/** Takes over the checkpoint that the remote showed last. */
async function remember(
  store: GitStore,
  remembered: Remembered,
  shown: Shown | null,
  witnessed: Witnessed | null,
): Promise<void> {
  if (shown?.checkpoint != null) await moveCheckpoint(store, shown.checkpoint.oid);
  if (witnessed !== null) remembered.write(WITNESSED_FILE, witnessed.checkpoint);
}
