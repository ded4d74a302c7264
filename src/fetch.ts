/** Bringing a copy up to date: what is new must continue what was seen before, and pass the audit. */

import nodeFs from 'node:fs';
import { resolve } from 'node:path';
import type { Pin } from './audit/contract.js';
import { formatPin, parsePin } from './audit/pin-text.js';
import { checkpointFault } from './audit/witnesses.js';
import { auditError, PIN_FILE, WITNESSED_FILE } from './clone.js';
import { isLedgerError, LedgerError } from './errors.js';
import { moveCheckpoint } from './git/checkpoint-ref.js';
import type { FileSystem } from './git/file-system.js';
import { remoteAt } from './git/remote/open-remote.js';
import { openGitStore } from './git/repository.js';
import { SyncFiles } from './git/sync-files.js';
import type { Ledger, ReplicationResult } from './ledger/contract.js';
import { journalLeaves } from './ledger/journal-leaves.js';
import { CHECKPOINT_REF, JOURNAL_REF } from './model/ref-names.js';
import { auditLedger, openLedger } from './open.js';
import type { Oid } from './ports/objects.js';
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
  const result = await ledger.pull(remote).catch((error: unknown) => {
    if (!isLedgerError(error, 'JOURNAL_FORKED')) throw error;
    const { remote: name, seq, ours, theirs } = error.data;
    throw mismatch(name, `entry ${seq} ${ours}`, `entry ${seq} ${theirs}`, error);
  });
  if (result.ahead === 0) return result;
  const { seq, oid } = result.position;
  throw mismatch(result.remote, `entry ${seq} ${oid}`, `${await endOf(ledger, result)} as the last one`);
}

/** A copy and its remote, by its name or address. */
interface Road {
  readonly gitdir: string;
  readonly fs: FileSystem;
  readonly remote: string;
}

/** What the remote shows, as it was at one moment. */
interface Shown {
  readonly checkpoint: { readonly oid: Oid; readonly text: string } | null;
  /** The SHA-256 of each entry of its journal, which nobody has verified; none where there is no journal. */
  readonly leaves: readonly Uint8Array[];
}

/** Brings what the remote has, and looks at its checkpoint. No ref moves here. */
async function lookAt({ gitdir, fs, remote }: Road): Promise<Shown> {
  const store = await openGitStore(fs, gitdir);
  try {
    const { refs } = await (await remoteAt({ fs, gitdir: store.location }, remote)).fetch();
    const [tip, oid] = [refs.get(JOURNAL_REF), refs.get(CHECKPOINT_REF)];
    return {
      // Without a checkpoint there is nothing to hold them against.
      leaves: tip === undefined || oid === undefined ? [] : journalLeaves(store, tip),
      checkpoint: oid === undefined ? null : { oid, text: noteText(store.readBlob(oid)) ?? '' },
    };
  } finally {
    await store.close();
  }
}

/** Takes over a checkpoint that was looked at. */
async function keepCheckpoint({ gitdir, fs }: Road, { checkpoint }: Shown): Promise<void> {
  if (checkpoint === null) return;
  const store = await openGitStore(fs, gitdir);
  try {
    await moveCheckpoint(store, checkpoint.oid);
  } finally {
    await store.close();
  }
}

/** Private files of the copy, each replaced as a whole. */
class Remembered {
  private readonly files: SyncFiles;
  private readonly folder: string;

  constructor({ gitdir, fs }: Road) {
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

/** Holds what the remote shows against its witnesses. @throws `NOT_WITNESSED` */
function witnessedBy(shown: Shown, demand: WitnessDemand, kept: string | null): Witnessed {
  const pinnedSize = demand.pinnedSize ?? parseCheckpoint(kept ?? '')?.size;
  const question = { checkpoint: shown.checkpoint?.text ?? null, leaves: shown.leaves, now: Date.now() / 1000 };
  return checkWitnesses(question, { ...demand, pinnedSize });
}

/**
 * Fetches into a copy that `cloneLedger` made. What the remote has must continue what this copy has, each new entry is
 * verified before a ref moves, and the copy is audited against its pin; then the pin moves forward. Where witnesses are asked, they
 * are asked first: what they do not vouch for changes nothing here.
 *
 * @throws `PIN_MISMATCH`, `NOT_WITNESSED`, `AUDIT_FAILED` and the errors of `Ledger.pull`
 */
export async function fetchLedger(options: RefreshOptions): Promise<Refreshed> {
  const { gitdir, fs = nodeFs, remote = 'origin', witnesses } = options;
  if (witnesses !== undefined) checkDemand(witnesses);
  const road: Road = { gitdir: options.fs === undefined ? resolve(gitdir) : gitdir, fs, remote };
  const remembered = new Remembered(road);
  const kept = remembered.read(PIN_FILE);
  const pin = kept === null ? undefined : parsePin(kept);
  const asked = witnesses === undefined ? null : await lookAt(road);
  const witnessed =
    witnesses === undefined || asked === null ? null : witnessedBy(asked, witnesses, remembered.read(WITNESSED_FILE));
  const ledger = await openLedger({ gitdir, fs: options.fs, thread: false });
  try {
    const { remote: name, adopted } = await pulled(ledger, remote);
    const report = await auditLedger({ path: gitdir, fs: options.fs, pin, since: pin?.seq });
    if (report.outcome !== 'passed' || report.pin === null) throw auditError(gitdir, report, pin);
    const shown = asked ?? (await lookAt(road));
    const fault = shown.checkpoint === null ? null : checkpointFault(shown.checkpoint.text, shown.leaves);
    if (fault !== null) {
      const hint = 'nothing was taken of it: ask whoever runs the remote';
      throw new LedgerError('AUDIT_FAILED', `${name}: ${fault}`, { step: 'refs', problems: [fault] }, { hint });
    }
    remembered.write(PIN_FILE, formatPin(report.pin));
    await keepCheckpoint(road, shown);
    if (witnessed !== null) remembered.write(WITNESSED_FILE, witnessed.checkpoint);
    return Object.freeze({ remote: name, adopted, pin: report.pin, witnessed });
  } finally {
    await ledger.close();
  }
}
