/** Publishing a checkpoint of the journal: signed by the log's key, cosigned by witnesses, kept where copies fetch it. */

import nodeFs from 'node:fs';
import { resolve } from 'node:path';
import { invalidInput, isLedgerError, LedgerError, numberIssues, quoted } from './errors.js';
import { readCheckpointBlob, writeCheckpoint } from './git/checkpoint-ref.js';
import type { FileSystem } from './git/file-system.js';
import type { GitStore } from './git/git-store.js';
import { openGitStore } from './git/open-repository.js';
import { remoteAt } from './git/remote/open-remote.js';
import { replicationRemote } from './git/remote-setting.js';
import { journalLeaves } from './ledger/journal-leaves.js';
import { CHECKPOINT_REF } from './model/ref-names.js';
import { openLedger } from './open.js';
import { type KnownOptions, optionIssues } from './options-check.js';
import type { Oid } from './ports/objects.js';
import { assertDistinct } from './witness/format/check-witnesses.js';
import { cosignedAt } from './witness/format/cosignature.js';
import { formatCheckpoint, type LogCheckpoint, originOf, parseCheckpoint } from './witness/format/log-checkpoint.js';
import { treeRoot } from './witness/format/merkle-tree.js';
import {
  formatNote,
  type Note,
  type NoteSignature,
  noteText,
  parseNote,
  signedBy,
  signText,
} from './witness/format/note.js';
import {
  formatNoteKey,
  generateNoteKey,
  type NoteKey,
  type NoteSigner,
  parseNoteKey,
  parseNoteSigner,
} from './witness/format/note-key.js';
import { submissionPrefix, submitCheckpoint } from './witness/publish/submit-checkpoint.js';

/** A witness that is asked to cosign: its public key, and its address. */
export interface WitnessAddress {
  readonly key: string;
  readonly url: string;
}

/** Which ledger's checkpoint is published, with which key, and who is asked to cosign it. */
export interface PublishCheckpointOptions {
  /** The ledger's bare repository. */
  readonly gitdir: string;
  /** Where it lives; node:fs by default. */
  readonly fs?: FileSystem | undefined;
  /** The private key of the log, as `generateLogKey` made it: one publisher has it. */
  readonly logKey: string;
  /** Who is asked to cosign. */
  readonly witnesses: readonly WitnessAddress[];
  /** How many of them must cosign before the checkpoint takes the place of the one before; more than half by default. */
  readonly required?: number | undefined;
  /**
   * The copy elsewhere that gets the checkpoint too: a URL, or a name of the repository's config. By default the one that
   * writes go through, if any.
   */
  readonly remote?: string | undefined;
  /** How long each witness is waited for, in milliseconds; 10 s by default. */
  readonly timeoutMs?: number | undefined;
}

/** What became of a checkpoint. */
export interface PublishedCheckpoint {
  /** How many entries it is of. */
  readonly size: number;
  /** True where enough witnesses cosigned it: it stands at `refs/witness/checkpoint`. Else the one before stands there still. */
  readonly published: boolean;
  /** How many had to. */
  readonly required: number;
  /** Who cosigned it, and when, in seconds since the Unix epoch. */
  readonly cosigned: readonly { readonly name: string; readonly time: number }[];
  /** Who did not, and why. */
  readonly failed: readonly { readonly name: string; readonly error: LedgerError }[];
  /** The signed note, with every cosignature. */
  readonly note: string;
}

const DEFAULT_TIMEOUT_MS = 10_000;

const KNOWN_OPTIONS: KnownOptions<PublishCheckpointOptions> = {
  gitdir: 'value',
  fs: 'value',
  logKey: 'value',
  witnesses: 'value',
  required: 'value',
  remote: 'value',
  timeoutMs: 'value',
};

interface AskedWitness {
  readonly key: NoteKey;
  readonly url: URL;
}

function checked(options: PublishCheckpointOptions): { witnesses: readonly AskedWitness[]; required: number } {
  const { witnesses, required } = options;
  const count = Array.isArray(witnesses) ? witnesses.length : 0;
  const issues = [
    ...optionIssues(options, KNOWN_OPTIONS),
    ...numberIssues('required', required, 0, count),
    ...numberIssues('timeoutMs', options.timeoutMs, 1),
    ...(Array.isArray(witnesses) ? [] : [{ path: 'witnesses', expected: 'a list', actual: quoted(witnesses) }]),
  ];
  if (issues.length > 0)
    throw invalidInput(
      'INVALID_ARGUMENT',
      issues,
      'name the witnesses that are to cosign, and require no more than there are',
    );
  const asked = witnesses.map(({ key, url }) => ({ key: parseNoteKey(key, 'witness'), url: submissionPrefix(url) }));
  assertDistinct(asked.map(({ key }) => key));
  return { witnesses: asked, required: required ?? (count === 0 ? 0 : Math.floor(count / 2) + 1) };
}

/** The entries up to the last one, which was verified with all before it, and the key of the log that its policy names. */
async function verifiedLeaves(
  store: GitStore,
  { gitdir, fs }: Pick<PublishCheckpointOptions, 'gitdir' | 'fs'>,
): Promise<{ readonly leaves: Buffer[]; readonly policyLogKey: string | null }> {
  const ledger = await openLedger({ gitdir, fs, thread: false });
  try {
    const { logKey } = await ledger.policy.get();
    return { leaves: journalLeaves(store, (await ledger.journal.position()).oid), policyLogKey: logKey };
  } finally {
    await ledger.close();
  }
}

/**
 * The checkpoint that this log published last. @throws `PIN_MISMATCH` where the journal does not continue it: a log that signs both
 * would be its own fork
 */
function published(
  store: GitStore,
  key: NoteKey,
  leaves: readonly Uint8Array[],
): { note: Note; checkpoint: LogCheckpoint } | null {
  const bytes = readCheckpointBlob(store);
  const note = bytes === null ? null : parseNote(noteText(bytes) ?? '');
  const checkpoint = note === null ? null : parseCheckpoint(note.text);
  if (note === null || checkpoint === null || signedBy(note, key) !== 'signed') return null;
  const { size, root } = checkpoint;
  const ours = size > leaves.length ? null : treeRoot(leaves, size).toString('base64');
  const theirs = Buffer.from(root).toString('base64');
  if (ours === theirs) return { note, checkpoint };
  const expected = `the ${size} entries of the checkpoint that was published, with the root ${theirs}`;
  const actual = ours === null ? `${leaves.length} entries` : `the root ${ours}`;
  const message = `the journal does not continue what its log has signed: expected ${expected}, found ${actual}`;
  const hint = 'the ledger was rewound or forked: compare it with another copy, and sign nothing before you know';
  throw new LedgerError('PIN_MISMATCH', message, { expected, actual }, { hint });
}

function signerFor(privateKey: string, leaves: readonly Uint8Array[], stated: string | null): NoteSigner {
  const signer = parseNoteSigner(privateKey, 'log');
  const origin = originOf(Buffer.from(leaves[0] ?? []).toString('hex'));
  const own = formatNoteKey(signer.key);
  if (signer.key.name === origin && (stated === null || stated === own)) return signer;
  const isOther = signer.key.name !== origin;
  const reason = isOther
    ? `it is the key of ${signer.key.name}; this ledger is ${origin}`
    : `its public half is ${own}; the policy names ${stated}`;
  const hint = isOther
    ? 'git-lineage checkpoint key makes the key of a ledger'
    : 'sign with the key that the policy names, or have an admin name this one: git-lineage policy set logKey=KEY';
  throw new LedgerError('INVALID_KEY', `this is not the log's key: ${reason}`, { reason }, { hint });
}

type Submission = Parameters<typeof submitCheckpoint>[0];

/** What a witness said, or why it said nothing. */
async function askOne(submission: Submission, { key, url }: AskedWitness): Promise<NoteSignature | LedgerError> {
  try {
    return await submitCheckpoint(submission, url, key);
  } catch (error) {
    if (isLedgerError(error)) return error;
    throw error;
  }
}

/** What all witnesses said: their cosignatures, who of them gave none, and why. */
async function askAll(submission: Submission, witnesses: readonly AskedWitness[]) {
  const answers = await Promise.all(
    witnesses.map(async (witness) => ({ ...witness, answer: await askOne(submission, witness) })),
  );
  const failed = answers.flatMap(({ key, answer }) =>
    isLedgerError(answer) ? [{ name: key.name, error: answer }] : [],
  );
  const silent = answers.filter(({ answer }) => isLedgerError(answer));
  const cosignatures = answers.flatMap(({ key, answer }) =>
    isLedgerError(answer) ? [] : [{ key, signature: answer }],
  );
  return { cosignatures, silent, failed };
}

/** Has the remote take the checkpoint as well. @throws `REMOTE_REFUSED`, `REMOTE_UNREACHABLE`; here it stands already */
async function offer(store: GitStore, options: PublishCheckpointOptions & { fs: FileSystem }, to: Oid): Promise<void> {
  const place = { fs: options.fs, gitdir: store.location };
  const name = options.remote ?? replicationRemote(place.fs, place.gitdir);
  if (name === null) return;
  const remote = await remoteAt(place, name);
  const from = (await remote.fetch()).refs.get(CHECKPOINT_REF) ?? null;
  if ((await remote.push([{ ref: CHECKPOINT_REF, from, to }])) === 'accepted') return;
  const data = { ref: CHECKPOINT_REF, expected: from, actual: null };
  const hint = 'one publisher holds the key of a log: see whether another one runs';
  throw new LedgerError('REF_CHANGED', `${remote.name}: its checkpoint moved meanwhile`, data, { hint });
}

/** What witnesses have said of the same text before, where they said nothing now. */
function earlier(note: Note | undefined, text: string, witnesses: readonly AskedWitness[]): NoteSignature[] {
  if (note?.text !== text) return [];
  return witnesses.flatMap(({ key }) => note.signatures.find((s) => cosignedAt(text, s, key) !== null) ?? []);
}

/**
 * Signs a checkpoint of the journal, has it cosigned, and puts it at `refs/witness/checkpoint` where enough witnesses did. With nothing
 * new in the journal the same checkpoint is cosigned again, so that clients see that it is fresh.
 *
 * @throws `PIN_MISMATCH` where the journal does not continue the checkpoint before, `INVALID_KEY`, `INVALID_ARGUMENT`, and what opening
 * a ledger throws
 * @example
 * const { published, failed } = await publishCheckpoint({ gitdir: 'modules.git', logKey, witnesses: [{ key, url }] });
 */
export async function publishCheckpoint(options: PublishCheckpointOptions): Promise<PublishedCheckpoint> {
  const { witnesses, required } = checked(options);
  const { fs = nodeFs, timeoutMs = DEFAULT_TIMEOUT_MS } = options;
  const gitdir = options.fs === undefined ? resolve(options.gitdir) : options.gitdir;
  const store = await openGitStore(fs, gitdir);
  try {
    const { leaves, policyLogKey } = await verifiedLeaves(store, { gitdir, fs: options.fs });
    const signer = signerFor(options.logKey, leaves, policyLogKey);
    const before = published(store, signer.key, leaves);
    const text = formatCheckpoint({ origin: signer.key.name, size: leaves.length, root: treeRoot(leaves) });
    const signatures = [signText(text, signer)];
    const submission = {
      note: formatNote({ text, signatures }),
      leaves,
      knownSize: before?.checkpoint.size ?? 0,
      timeoutMs,
    };
    const { cosignatures, silent, failed } = await askAll(submission, witnesses);
    const all = [
      ...signatures,
      ...cosignatures.map(({ signature }) => signature),
      ...earlier(before?.note, text, silent),
    ];
    const note = formatNote({ text, signatures: all });
    const isEnough = cosignatures.length >= required;
    if (isEnough) await offer(store, { ...options, fs, gitdir }, await writeCheckpoint(store, note));
    return Object.freeze({
      size: leaves.length,
      published: isEnough,
      required,
      cosigned: cosignatures.map(({ key, signature }) => ({
        name: key.name,
        time: cosignedAt(text, signature, key) ?? 0,
      })),
      failed,
      note,
    });
  } finally {
    await store.close();
  }
}

/**
 * A new key pair for the log of a ledger: the private half for its one publisher, the public one for clients and witnesses.
 *
 * @throws what opening a ledger throws
 */
export async function generateLogKey({
  gitdir,
  fs = nodeFs,
}: Pick<PublishCheckpointOptions, 'gitdir' | 'fs'>): Promise<{
  readonly privateKey: string;
  readonly publicKey: string;
}> {
  const store = await openGitStore(fs, gitdir);
  try {
    const [first] = (await verifiedLeaves(store, { gitdir, fs })).leaves;
    return generateNoteKey(originOf(Buffer.from(first ?? []).toString('hex')), 'log');
  } finally {
    await store.close();
  }
}
