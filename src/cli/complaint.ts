/** What the command line itself finds wrong, said before the library is loaded; `main` makes a `LedgerError` of it. */

import type { ErrorCode, ErrorData, InputIssue } from './library.js';

/** A `LedgerError` to be: the same code, message, data and hint. */
export class Complaint<C extends ErrorCode = ErrorCode> extends Error {
  readonly code: C;
  readonly data: ErrorData[C];
  readonly hint: string;

  constructor(code: C, message: string, data: ErrorData[C], hint: string, cause?: unknown) {
    super(message, cause === undefined ? undefined : { cause });
    this.code = code;
    this.data = data;
    this.hint = hint;
  }
}

type InputCode = { [C in ErrorCode]: ErrorData[C] extends { readonly issues: unknown } ? C : never }[ErrorCode];

/** A complaint that lists every issue of an input at once. */
export function invalid<C extends InputCode>(code: C, issues: readonly InputIssue[], hint: string): Complaint<C> {
  const message = issues.map((i) => `${i.path}: expected ${i.expected}, got ${i.actual}`).join('; ');
  return new Complaint(code, message, { issues } as ErrorData[C], hint);
}

/** One wrong argument. */
export function invalidArgument(path: string, expected: string, actual: string, hint: string): Complaint {
  return invalid('INVALID_ARGUMENT', [{ path, expected, actual }], hint);
}

/** The errno of an error of node:fs, or null. */
export function errnoOf(error: unknown): string | null {
  const code = (error as NodeJS.ErrnoException | null)?.code;
  return typeof code === 'string' ? code : null;
}

/** A file that could not be read or written. */
export function ioComplaint(operation: string, path: string, error: unknown): Complaint<'IO'> {
  const errno = errnoOf(error);
  const why = errno ?? (error instanceof Error ? error.message : String(error));
  return new Complaint(
    'IO',
    `cannot ${operation} ${quoted(path)}: ${why}`,
    { operation, path, errno },
    'check that the path exists and that you may use it',
    error,
  );
}

const SHOWN = 200;

/** Text from outside as it may stand in a message: quoted, on one line, nothing unprintable, cut short. */
export function quoted(text: string): string {
  return `${JSON.stringify(text.slice(0, SHOWN))}${text.length > SHOWN ? '…' : ''}`;
}
