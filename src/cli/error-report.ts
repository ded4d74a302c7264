/** How an error looks on stderr, and which exit code it is. */

import { Complaint } from './complaint.js';
import { EXIT, type ExitCode } from './exit-codes.js';
import type { LedgerError } from './library.js';
import { jsonLine, printable, type Style } from './terminal/render.js';
import type { Io } from './verb.js';

interface ErrorReport {
  readonly text: string;
  readonly exitCode: ExitCode;
}

/** What a bug looks like in JSON: it has a code of its own, which no `LedgerError` has. */
const INTERNAL = 'INTERNAL';

async function asLedgerError(error: unknown): Promise<LedgerError | null> {
  const { isLedgerError, LedgerError: Class } = await import('./library.js');
  if (isLedgerError(error)) return error;
  if (!(error instanceof Complaint)) return null;
  return new Class(error.code, error.message, error.data, { hint: error.hint, cause: error.cause });
}

interface Described {
  readonly code: string;
  readonly message: string;
  readonly hint: string;
  readonly docs: string;
  readonly data: object;
  readonly committed?: true;
}

function describe(error: unknown): Described {
  const message = error instanceof Error ? error.message : String(error);
  const hint = 'this is a bug: report it with GIT_LINEAGE_DEBUG=1 set';
  return { code: INTERNAL, message, hint, docs: 'docs/errors.md#internal', data: {} };
}

function stackOf(error: unknown, env: Io['env']): string {
  if ((env['GIT_LINEAGE_DEBUG'] ?? '') === '' || !(error instanceof Error)) return '';
  return `${printable(error.stack ?? '')}\n`;
}

/** A rollback that has nowhere to go is no wrong command line. */
function exitCodeOf({ family, code, data }: LedgerError): ExitCode {
  const isRefused = code === 'NOT_FOUND' && (data as LedgerError<'NOT_FOUND'>['data']).kind === 'ROLLBACK_TARGET';
  return isRefused ? EXIT.refused : EXIT[family];
}

/** The report of an error: one line of JSON, or `error:` and `hint:` lines. The hint ends with where more is told. */
export async function reportError(error: unknown, json: boolean, style: Style, env: Io['env']): Promise<ErrorReport> {
  const known = await asLedgerError(error);
  const described: Described = known?.toJSON() ?? describe(error);
  const exitCode = known === null ? EXIT.storage : exitCodeOf(known);
  if (json) return { text: jsonLine({ error: described }), exitCode };
  const { code, message, hint, docs, committed = false } = described;
  const lines = [
    `${style.paint('error:', 'bad')} ${code}: ${printable(message)}`,
    ...(committed ? ['note: the transaction is in the journal all the same: do not repeat it as a new one'] : []),
    `${style.paint('hint:', 'warn')} ${hint === '' ? `see ${docs}` : `${printable(hint)} (${docs})`}`,
  ];
  return { text: `${lines.join('\n')}\n${stackOf(error, env)}`, exitCode };
}
