/**
 * Everything that can go wrong, as one class with a closed table of codes.
 *
 * A code names the problem, its family says what a caller can do about it, `data` holds what was expected and what
 * came, `hint` says how to mend it.
 */

/** What a caller can do about an error; each family is one exit code of the command line. */
export type ErrorFamily = 'usage' | 'conflict' | 'refused' | 'storage';

/** One thing that is wrong with an input: where, what would have been right, and what came. */
export interface InputIssue {
  readonly path: string;
  readonly expected: string;
  readonly actual: string;
}

/** Why something was decided: `code` to branch on, `message` to read. */
export interface Reason<C extends string> {
  readonly code: C;
  readonly message: string;
}

/** The messages of several reasons, as one line. */
export function reasonText(reasons: readonly Reason<string>[]): string {
  return reasons.map(({ message }) => message).join('; ');
}

export type GateRefusalCode =
  | 'NOT_IN_LEDGER'
  | 'OTHER_PARENT'
  | 'OTHER_ACTIVE'
  | 'REVERTED'
  | 'REDACTED'
  | 'APPROVAL_MISSING';

/** Why the gate refuses a swap. */
export const GateRefusalCode = Object.freeze({
  /** The ledger has no such version. */
  NOT_IN_LEDGER: 'NOT_IN_LEDGER',
  /** The version was made from another one than the one that it would replace. */
  OTHER_PARENT: 'OTHER_PARENT',
  /** Neither of the two versions is the active one. */
  OTHER_ACTIVE: 'OTHER_ACTIVE',
  /** The version carries the tag `reverted`, or has the content of one that does. */
  REVERTED: 'REVERTED',
  /** A file of the version was taken out of the ledger. */
  REDACTED: 'REDACTED',
  /** The policy asks for more approvals than the pair has. */
  APPROVAL_MISSING: 'APPROVAL_MISSING',
} as const satisfies { readonly [C in GateRefusalCode]: C });

/** What kind of thing is not there. */
export type NotFoundKind =
  | 'MODULE'
  | 'VERSION'
  | 'ROLLBACK_TARGET'
  | 'TAG'
  | 'APPROVAL'
  | 'REPORT'
  /** An entry of the journal, or a time before the first. */
  | 'MOMENT'
  /** The files of a version that was recorded with its checksum alone. */
  | 'CONTENT'
  | 'LOCK'
  | 'REMOTE'
  | 'KEY'
  /** A file or a folder that was named. */
  | 'FILE';

/** What is wrong with an object of git. */
export type ObjectFault =
  /** It is not there. */
  | 'MISSING'
  /** It cannot be read, or its content is not that of its id. */
  | 'DAMAGED'
  /** It is intact, and of another type than the one that is needed: a tree where a commit should be. */
  | 'OTHER_TYPE'
  /** It is intact, and not as a ledger writes it. */
  | 'NOT_AS_WRITTEN'
  /** It came from elsewhere, and another object was made that has the same id: its bytes are part of an attack on SHA-1. */
  | 'COLLISION';

/** Why a journal does not count as witnessed. */
export type WitnessFault =
  /** There is no checkpoint of it. */
  | 'NO_CHECKPOINT'
  /** What stands in its place is none. */
  | 'NOT_A_CHECKPOINT'
  /** It, or the key that was given, is another ledger's. */
  | 'OTHER_LOG'
  /** The log's key did not sign it. */
  | 'LOG_SIGNATURE'
  /** It is of fewer entries than one that was accepted before. */
  | 'REWOUND'
  /** It is of more entries than are shown. */
  | 'WITHHELD'
  /** It is of other entries than are shown. */
  | 'FORKED'
  /** A cosignature of a known witness is not its own. */
  | 'COSIGNATURE'
  /** Fewer witnesses than are required have seen it lately. */
  | 'TOO_FEW'
  /** There are entries that are later than it. */
  | 'UNWITNESSED';

interface InputData {
  readonly issues: readonly InputIssue[];
}

interface PlaceData {
  readonly moduleId: string;
  readonly version?: number;
}

/** The typed data that goes with each code. */
export interface ErrorData {
  INVALID_ARGUMENT: InputData;
  INVALID_MODULE_ID: InputData;
  INVALID_VERSION: InputData;
  INVALID_CHECKPOINT: InputData;
  INVALID_FILES: InputData;
  INVALID_TAG: InputData;
  INVALID_REPORT: InputData;
  INVALID_CONFIG: InputData;
  INVALID_PRINCIPAL: InputData;
  INVALID_KEY: { readonly reason: string };
  INVALID_PASSPHRASE: { readonly reason: string };
  NOT_FOUND: { readonly kind: NotFoundKind; readonly what: string };
  VERSION_EXISTS: PlaceData & { readonly expected: string; readonly actual: string };
  NOT_A_LEDGER: { readonly gitdir: string; readonly reason: string };
  LEDGER_EXISTS: { readonly gitdir: string };
  REF_CHANGED: { readonly ref: string; readonly expected: string | null; readonly actual: string | null };
  REF_LOCKED: { readonly ref: string; readonly lock: string };
  /** Times in seconds since the Unix epoch, `tolerance` in seconds. */
  CLOCK_AHEAD: {
    readonly seq: number;
    readonly timestamp: number;
    readonly now: number;
    readonly tolerance: number;
  };
  /** `since`: the entry that made the `actual` version active, where an epoch was expected. */
  NOT_ACTIVE: PlaceData & {
    readonly expected: number | null;
    readonly actual: number | null;
    readonly since?: number | null;
  };
  APPROVAL_REQUIRED: PlaceData & {
    readonly fromVer: number | null;
    readonly level: 'COMPATIBLE' | 'MINOR_CHANGE' | 'BREAKING' | 'UNKNOWN';
    readonly reasons: readonly Reason<GateRefusalCode>[];
  };
  VERSION_REVERTED: PlaceData;
  /** `oid`: the blob that was taken out of the ledger; `path`: where the version has it, if that is known. */
  VERSION_REDACTED: PlaceData & { readonly oid: string; readonly path?: string };
  HOOK_REFUSED: { readonly hook: string; readonly stderr: string };
  BAD_SIGNATURE: { readonly what: string; readonly reason: string };
  UNTRUSTED_SIGNER: { readonly fingerprint: string; readonly what: string };
  ROLE_REQUIRED: {
    readonly roles: readonly ('root' | 'admin' | 'approver' | 'recorder' | 'assessor')[];
    readonly fingerprint: string | null;
  };
  CHECKSUM_MISMATCH: { readonly expected: string; readonly actual: string };
  AUDIT_FAILED: { readonly step: string; readonly problems: readonly string[] };
  PIN_MISMATCH: { readonly expected: string; readonly actual: string };
  NOT_WITNESSED: { readonly fault: WitnessFault; readonly expected: string; readonly actual: string };
  /** `unknown`: a push was sent, and whether it was accepted is not known; `entry` is the journal entry that it brings. */
  REMOTE_UNREACHABLE: {
    readonly remote: string;
    readonly reason: string;
    readonly outcome?: 'nothing' | 'unknown';
    readonly entry?: string;
  };
  REMOTE_REFUSED: { readonly remote: string; readonly reason: string };
  /** `what` took longer: a call, or a part of a swap. */
  TIME_LIMIT: { readonly what: string; readonly limitMs: number };
  /** Neither journal continues the other: both have an entry `seq` that the other has not. */
  JOURNAL_FORKED: { readonly remote: string; readonly seq: number; readonly ours: string; readonly theirs: string };
  CORRUPT_OBJECT: { readonly oid: string; readonly fault: ObjectFault; readonly reason: string };
  UNSUPPORTED_REPOSITORY: { readonly gitdir: string; readonly feature: string };
  IO: { readonly operation: string; readonly path: string; readonly errno: string | null };
}

/**
 * What went wrong, to branch on. `ERROR_CODES` lists all codes, `ErrorData` has the data of each, and docs/errors.md
 * says what to do about it.
 */
export type ErrorCode = keyof ErrorData;

const FAMILY: Readonly<Record<ErrorCode, ErrorFamily>> = {
  INVALID_ARGUMENT: 'usage',
  INVALID_MODULE_ID: 'usage',
  INVALID_VERSION: 'usage',
  INVALID_CHECKPOINT: 'usage',
  INVALID_FILES: 'usage',
  INVALID_TAG: 'usage',
  INVALID_REPORT: 'usage',
  INVALID_CONFIG: 'usage',
  INVALID_PRINCIPAL: 'usage',
  INVALID_KEY: 'usage',
  INVALID_PASSPHRASE: 'usage',
  NOT_FOUND: 'usage',
  VERSION_EXISTS: 'usage',
  NOT_A_LEDGER: 'usage',
  LEDGER_EXISTS: 'usage',
  REF_CHANGED: 'conflict',
  REF_LOCKED: 'conflict',
  CLOCK_AHEAD: 'conflict',
  NOT_ACTIVE: 'conflict',
  REMOTE_UNREACHABLE: 'conflict',
  TIME_LIMIT: 'conflict',
  APPROVAL_REQUIRED: 'refused',
  VERSION_REVERTED: 'refused',
  VERSION_REDACTED: 'refused',
  HOOK_REFUSED: 'refused',
  BAD_SIGNATURE: 'refused',
  UNTRUSTED_SIGNER: 'refused',
  ROLE_REQUIRED: 'refused',
  CHECKSUM_MISMATCH: 'refused',
  AUDIT_FAILED: 'refused',
  PIN_MISMATCH: 'refused',
  NOT_WITNESSED: 'refused',
  REMOTE_REFUSED: 'refused',
  JOURNAL_FORKED: 'refused',
  CORRUPT_OBJECT: 'storage',
  UNSUPPORTED_REPOSITORY: 'storage',
  IO: 'storage',
};

/** The codes of what is not what its digests, signatures and witnesses say: in this ledger, or in what a copy elsewhere sends. */
export const VERIFICATION_CODES: readonly ErrorCode[] = Object.freeze([
  'BAD_SIGNATURE',
  'UNTRUSTED_SIGNER',
  'CHECKSUM_MISMATCH',
  'CORRUPT_OBJECT',
  'JOURNAL_FORKED',
  'AUDIT_FAILED',
]);

/** Every error code, for a caller that switches over them. */
export const ERROR_CODES: readonly ErrorCode[] = Object.freeze(Object.keys(FAMILY) as ErrorCode[]);

export function familyOf(code: ErrorCode): ErrorFamily {
  return FAMILY[code];
}

interface ErrorDetails {
  /** What to do about it, as an instruction. */
  readonly hint?: string;
  readonly cause?: unknown;
  /** True where the transaction is in the journal all the same: do not repeat it as a new one. */
  readonly committed?: boolean;
}

/** The only error that the library throws: `code` to branch on, `message` and `hint` to read, `data` to compute with. */
export class LedgerError<C extends ErrorCode = ErrorCode> extends Error {
  override readonly name = 'LedgerError';
  readonly code: C;
  readonly data: ErrorData[C];
  /** What to do about it, as an instruction; empty where there is none. */
  readonly hint: string;
  /** True where the transaction is in the journal all the same: do not repeat it as a new one. */
  readonly committed: boolean;

  constructor(code: C, message: string, data: ErrorData[C], details: ErrorDetails = {}) {
    super(message, details.cause === undefined ? undefined : { cause: details.cause });
    this.code = code;
    this.data = data;
    this.hint = details.hint ?? '';
    this.committed = details.committed ?? false;
  }

  get family(): ErrorFamily {
    return familyOf(this.code);
  }

  /** Where the package's page of errors tells what happened and what to do: `docs/errors.md#not_found`. */
  get docs(): string {
    return `docs/errors.md#${this.code.toLowerCase()}`;
  }

  /** True where the same call may succeed later, unchanged or with fresh input. */
  get retryable(): boolean {
    return this.family === 'conflict' && !this.committed;
  }

  /**
   * What `JSON.stringify` writes of it: neither the stack nor the cause; `committed` where it is true. `data` may name paths of
   * this machine.
   */
  toJSON(): { code: C; message: string; hint: string; docs: string; data: ErrorData[C]; committed?: true } {
    const { code, message, hint, docs, data } = this;
    return { code, message, hint, docs, data, ...(this.committed ? { committed: true } : {}) };
  }
}

/**
 * Narrows an unknown value to a `LedgerError`, of one code if given. It looks at the shape: two copies of the package know each other's errors.
 *
 * @example
 * import { isLedgerError, openLedger } from 'git-lineage';
 *
 * try {
 *   await openLedger({ gitdir: 'nowhere.git' });
 * } catch (error) {
 *   if (!isLedgerError(error, 'NOT_A_LEDGER')) throw error;
 *   console.log(`${error.message}; ${error.hint}`);
 * }
 */
export function isLedgerError<C extends ErrorCode = ErrorCode>(error: unknown, code?: C): error is LedgerError<C> {
  if (!(error instanceof Error) || error.name !== 'LedgerError') return false;
  const { code: found } = error as { code?: unknown };
  return typeof found === 'string' && (code === undefined || found === code);
}

/** An error in one line, whatever was thrown. */
export function messageOf(error: unknown): string {
  if (error instanceof Error) return error.message === '' ? error.name : error.message;
  return quoted(error);
}

/** The errno name of an error (`ENOENT`), or null. */
export function errnoOf(error: unknown): string | null {
  const code = error !== null && typeof error === 'object' ? (error as { code?: unknown }).code : undefined;
  return typeof code === 'string' && /^E[A-Z0-9]+$/.test(code) ? code : null;
}

/** Every rejection is a `LedgerError`: what is none of ours is a failure of the machine while it did `operation`. */
export function asLedgerError(error: unknown, operation: string): LedgerError {
  if (isLedgerError(error)) return error;
  const message = error instanceof Error ? error.message : String(error);
  return new LedgerError('IO', message, { operation, path: '', errno: null }, { cause: error, hint: 'see the cause' });
}

/** The codes whose data is a list of input issues. */
export type InputCode = { [C in ErrorCode]: ErrorData[C] extends InputData ? C : never }[ErrorCode];

/** An error that lists every issue of an input at once, so that one correction is enough. */
export function invalidInput<C extends InputCode>(
  code: C,
  issues: readonly InputIssue[],
  hint: string,
): LedgerError<C> {
  const lines = issues.map((i) => `${i.path}: expected ${i.expected}, got ${i.actual}`);
  return new LedgerError(code, lines.join('; '), { issues } as ErrorData[C], { hint });
}

const SHOWN = 80;

/** An untrusted value as it may appear in a message: quoted, on one line, control characters escaped, cut short. */
export function quoted(value: unknown): string {
  if (typeof value !== 'string') {
    if (value === null || typeof value !== 'object') return String(value).slice(0, SHOWN);
    return Array.isArray(value) ? 'an array' : 'an object';
  }
  const escaped = JSON.stringify(value.length > SHOWN ? value.slice(0, SHOWN) : value).replace(
    /[\u007f-\u009f\u061c\u200b-\u200f\u2028-\u202e\u2060-\u2069\ufeff]/g,
    (c) => `\\u${c.charCodeAt(0).toString(16).padStart(4, '0')}`,
  );
  return value.length > SHOWN ? `${escaped}… (${value.length} characters)` : escaped;
}

/** What is wrong with an integer that may be left out; nothing where it is left out. Timers of Node take no more milliseconds than the default `most`. */
export function numberIssues(path: string, value: unknown, least: number, most = 2 ** 31 - 1): InputIssue[] {
  if (value === undefined || (Number.isInteger(value) && Number(value) >= least && Number(value) <= most)) return [];
  return [{ path, expected: `an integer from ${least} to ${most}`, actual: quoted(value) }];
}
