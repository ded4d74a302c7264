/** Is the journal that somebody shows the one that enough witnesses have seen lately? */

import {
  type ErrorData,
  type InputIssue,
  invalidInput,
  LedgerError,
  numberIssues,
  quoted,
  type WitnessFault,
} from '../../errors.js';
import { type KnownOptions, optionIssues } from '../../options-check.js';
import { cosignedAt } from './cosignature.js';
import { formatCheckpoint, type LogCheckpoint, originOf, parseCheckpoint } from './log-checkpoint.js';
import { treeRoot } from './merkle-tree.js';
import { type Note, parseNote, signaturesOf, signedBy } from './note.js';
import { type NoteKey, parseNoteKey } from './note-key.js';

/** What is asked of the witnesses of a ledger. */
export interface WitnessDemand {
  /** The public key of the ledger's log, as `git-lineage checkpoint key` prints it; by default the one that the ledger's policy names. */
  readonly logKey?: string | undefined;
  /** The public keys of the witnesses that are believed. */
  readonly witnesses: readonly string[];
  /**
   * How many of them must have seen the journal: more than half, which is the default. With n witnesses of which f may lie, more
   * than (n + f) / 2 make sure that no two journals that fork have enough.
   */
  readonly required?: number | undefined;
  /** How old what they said may be, in milliseconds. */
  readonly maxAgeMs: number;
  /** How far a witness's clock may be ahead of this one's, in milliseconds; 300,000 by default. */
  readonly toleranceMs?: number | undefined;
  /** The size of a checkpoint that was accepted before: a smaller one is refused. */
  readonly pinnedSize?: number | undefined;
  /** True: entries later than what they have seen are refused. By default (false) they are counted as `unwitnessed`. */
  readonly refuseUnwitnessed?: boolean | undefined;
}

/** A journal that enough witnesses have seen. */
export interface Witnessed {
  /** How many entries they have seen: up to the one with the number `size - 1`. */
  readonly size: number;
  /** How many entries are later than that. */
  readonly unwitnessed: number;
  /** Who has seen it, and when, in seconds since the Unix epoch: newest first. */
  readonly witnesses: readonly { readonly name: string; readonly time: number }[];
  /** The checkpoint's text, to be remembered: no smaller one is to be accepted again. */
  readonly checkpoint: string;
}

/** Where the answer is looked for: a signed checkpoint, and the journal that is shown with it. */
export interface WitnessQuestion {
  /** The signed note; null where none was shown. */
  readonly checkpoint: string | null;
  /** The SHA-256 of every entry of the journal, in their order. */
  readonly leaves: readonly Uint8Array[];
  /** The time now, in seconds since the Unix epoch. */
  readonly now: number;
  /** The key of the log that the policy of that journal names; null or left out where it names none. */
  readonly policyLogKey?: string | null | undefined;
}

const DEFAULT_TOLERANCE_MS = 300_000;
/** Numbers of milliseconds that a date can have. */
const MAX_MS = 8.64e15;

interface CheckedDemand {
  /** Null where the policy's is asked for. */
  readonly logKey: NoteKey | null;
  readonly witnesses: readonly NoteKey[];
  readonly required: number;
  readonly maxAge: number;
  readonly tolerance: number;
}

function requiredIssues(required: number | undefined, count: number): InputIssue[] {
  if (required === undefined || (Number.isInteger(required) && required * 2 > count && required <= count)) return [];
  const expected = `more than half of the ${count} witnesses, and no more than there are: two journals that fork could have half each`;
  return [{ path: 'required', expected, actual: quoted(required) }];
}

/** @throws `INVALID_ARGUMENT` where a key is there twice: the message that is signed does not name the witness, so that it is one */
export function assertDistinct(witnesses: readonly NoteKey[]): void {
  const distinct = new Set(witnesses.map(({ publicKey }) => Buffer.from(publicKey).toString('hex')));
  if (distinct.size === witnesses.length) return;
  const actual = `${witnesses.length - distinct.size} more than once`;
  const issue = { path: 'witnesses', expected: 'each key once', actual };
  throw invalidInput('INVALID_ARGUMENT', [issue], 'one key under two names is one witness');
}

const KNOWN_OPTIONS: KnownOptions<WitnessDemand> = {
  logKey: 'value',
  witnesses: 'value',
  required: 'value',
  maxAgeMs: 'value',
  toleranceMs: 'value',
  pinnedSize: 'value',
  refuseUnwitnessed: 'flag',
};

/** Reads a demand. @throws `INVALID_ARGUMENT` with everything that is wrong with it, `INVALID_KEY` for a key that is none */
export function checkDemand(demand: WitnessDemand): CheckedDemand {
  const { witnesses, required, maxAgeMs, toleranceMs = DEFAULT_TOLERANCE_MS, pinnedSize } = demand;
  const count = Array.isArray(witnesses) ? witnesses.length : 0;
  const issues: InputIssue[] = [
    ...optionIssues(demand, KNOWN_OPTIONS),
    ...(count > 0 ? requiredIssues(required, count) : []),
    ...(count > 0
      ? []
      : [{ path: 'witnesses', expected: 'the public key of at least one witness', actual: quoted(witnesses) }]),
    ...(maxAgeMs === undefined
      ? [{ path: 'maxAgeMs', expected: 'how old a cosignature may be', actual: 'nothing' }]
      : []),
    ...numberIssues('maxAgeMs', maxAgeMs, 1, MAX_MS),
    ...numberIssues('toleranceMs', toleranceMs, 0, MAX_MS),
    ...numberIssues('pinnedSize', pinnedSize, 0, Number.MAX_SAFE_INTEGER),
  ];
  if (issues.length > 0)
    throw invalidInput(
      'INVALID_ARGUMENT',
      issues,
      'name the witnesses by their public keys, and require more than half of them',
    );
  const keys = witnesses.map((text) => parseNoteKey(text, 'witness'));
  assertDistinct(keys);
  return {
    logKey: demand.logKey === undefined ? null : parseNoteKey(demand.logKey, 'log'),
    witnesses: keys,
    required: required ?? Math.floor(keys.length / 2) + 1,
    maxAge: maxAgeMs / 1000,
    tolerance: toleranceMs / 1000,
  };
}

const HINTS: Readonly<Record<WitnessFault, string>> = {
  NO_CHECKPOINT: 'ask who keeps the ledger whether it is witnessed; git-lineage checkpoint publishes a checkpoint',
  NOT_A_CHECKPOINT: 'somebody wrote to refs/witness/checkpoint: fetch it from where it is published',
  OTHER_LOG: 'compare the key of the log with what the ledger says of itself: git-lineage checkpoint key',
  LOG_SIGNATURE: 'somebody else than the publisher made this checkpoint: compare the key of the log with its owner',
  REWOUND: 'an old checkpoint is shown again: fetch from another copy',
  WITHHELD: 'the copy keeps entries back, or is behind: fetch again, or from another copy',
  FORKED: 'keep both, the checkpoint and the copy: one of them shows that the ledger was forked',
  COSIGNATURE: 'fetch the checkpoint again, from another copy',
  TOO_FEW:
    'the copy may be kept from what is new: fetch from another copy, or look whether git-lineage checkpoint still runs',
  UNWITNESSED: 'wait for the next checkpoint, or accept entries that no witness has seen yet',
};

/** An answer that is not enough, as an error. */
export function notWitnessed(message: string, data: ErrorData['NOT_WITNESSED']): LedgerError<'NOT_WITNESSED'> {
  return new LedgerError('NOT_WITNESSED', message, data, { hint: HINTS[data.fault] });
}

function refuse(fault: WitnessFault, expected: string, actual: string): never {
  throw notWitnessed(`the witnesses do not vouch for this journal: expected ${expected}, found ${actual}`, {
    fault,
    expected,
    actual,
  });
}

function isoTime(seconds: number): string {
  return Number.isFinite(seconds) && Math.abs(seconds * 1000) <= MAX_MS
    ? new Date(seconds * 1000).toISOString()
    : `${seconds} s`;
}

/** When a witness cosigned a note, as late as it says within the time asked for; null where it did not. */
function lastSeen(note: Note, key: NoteKey, from: number, to: number): { late: number | null; ever: number | null } {
  const times = signaturesOf(note, key).map((signature) => {
    const time = cosignedAt(note.text, signature, key);
    if (time === null)
      refuse(
        'COSIGNATURE',
        `a cosignature of ${key.name}`,
        'one that it did not make: the whole checkpoint is refused',
      );
    return time;
  });
  const fit = times.filter((time) => from <= time && time <= to);
  const latest = (list: readonly number[]): number | null => (list.length === 0 ? null : Math.max(...list));
  return { late: latest(fit), ever: latest(times) };
}

function readNote(text: string | null): { note: Note; checkpoint: LogCheckpoint } {
  if (text === null) refuse('NO_CHECKPOINT', 'a checkpoint at refs/witness/checkpoint', 'none');
  const note = parseNote(text);
  const checkpoint = note === null ? null : parseCheckpoint(note.text);
  if (note === null || checkpoint === null)
    refuse('NOT_A_CHECKPOINT', 'a signed checkpoint', `something else: ${quoted(text)}`);
  return { note, checkpoint };
}

/** The key of the log: the one given, or the policy's. @throws `NOT_WITNESSED` where they differ, `INVALID_ARGUMENT` where there is none */
function logKeyOf(given: string | undefined, stated: string | null): { readonly text: string; readonly key: NoteKey } {
  if (given !== undefined && stated !== null && given !== stated)
    refuse('OTHER_LOG', `the key of the log that the policy names, ${stated}`, `the one that was given, ${given}`);
  const text = given ?? stated;
  if (text !== null) return { text, key: parseNoteKey(text, 'log') };
  const issue = { path: 'logKey', expected: 'the public key of the log', actual: 'none, and the policy names none' };
  const hint = 'ask the owner of the ledger for it; in format 2 an admin names it: git-lineage policy set logKey=KEY';
  throw invalidInput('INVALID_ARGUMENT', [issue], hint);
}

/**
 * Holds a journal against a checkpoint of its log and the witnesses that cosigned it.
 *
 * | it is refused with | when |
 * |---|---|
 * | `NO_CHECKPOINT`, `NOT_A_CHECKPOINT` | there is none, or it is not written as one |
 * | `OTHER_LOG` | it, or the key of the log, is another ledger's; or that key is not the one that the policy names |
 * | `LOG_SIGNATURE` | the log's key did not sign it |
 * | `REWOUND` | its size is below the one that was accepted before |
 * | `WITHHELD` | its size is beyond the journal |
 * | `FORKED` | its root is not that of the journal's entries |
 * | `COSIGNATURE` | a cosignature says that it is of a known witness, and is not |
 * | `TOO_FEW` | fewer witnesses than are required cosigned it at a time from now - age to now + tolerance |
 * | `UNWITNESSED` | there are entries after it, and that is to be refused |
 *
 * @throws `NOT_WITNESSED` with the first of these; `INVALID_ARGUMENT`, `INVALID_KEY` for a demand that is none
 */
export function checkWitnesses(question: WitnessQuestion, demand: WitnessDemand): Witnessed {
  const { checkpoint: text, leaves, now, policyLogKey = null } = question;
  const { witnesses, required, maxAge, tolerance } = checkDemand(demand);
  const { text: logKeyText, key: logKey } = logKeyOf(demand.logKey, policyLogKey);
  const { note, checkpoint } = readNote(text);
  const { origin, size } = checkpoint;
  const ours = originOf(Buffer.from(leaves[0] ?? []).toString('hex'));
  if (logKey.name !== ours) refuse('OTHER_LOG', `the key of the log ${ours}`, `that of ${logKey.name}`);
  if (origin !== ours) refuse('OTHER_LOG', `a checkpoint of ${ours}`, `one of ${quoted(origin)}`);
  if (signedBy(note, logKey) !== 'signed')
    refuse('LOG_SIGNATURE', `the signature of the log, ${logKeyText}`, 'none that it made');
  const pinned = demand.pinnedSize ?? 0;
  if (size < pinned) refuse('REWOUND', `a checkpoint of at least ${pinned} entries`, `one of ${size}`);
  if (size > leaves.length) refuse('WITHHELD', `the ${size} entries of the checkpoint`, `${leaves.length}`);
  const root = treeRoot(leaves, size);
  if (!root.equals(checkpoint.root))
    refuse(
      'FORKED',
      `the root ${Buffer.from(checkpoint.root).toString('base64')} of ${size} entries, as the checkpoint has it`,
      root.toString('base64'),
    );
  const [from, to] = [now - maxAge, now + tolerance];
  const seen = witnesses.map((key) => ({ name: key.name, ...lastSeen(note, key, from, to) }));
  const fit = seen.flatMap(({ name, late }) => (late === null ? [] : [{ name, time: late }]));
  if (fit.length < required) {
    const told = seen.map(({ name, ever }) => `${name} ${ever === null ? 'never' : `at ${isoTime(ever)}`}`);
    const expected = `${required} of ${witnesses.length} witnesses from ${isoTime(from)} to ${isoTime(to)}`;
    refuse('TOO_FEW', expected, `${fit.length}: ${told.join(', ')}`);
  }
  const unwitnessed = leaves.length - size;
  if (unwitnessed > 0 && demand.refuseUnwitnessed === true)
    refuse('UNWITNESSED', `a checkpoint of all ${leaves.length} entries`, `one of ${size}`);
  return Object.freeze({
    size,
    unwitnessed,
    witnesses: Object.freeze(fit.sort((a, b) => b.time - a.time).map((one) => Object.freeze(one))),
    checkpoint: formatCheckpoint(checkpoint),
  });
}
