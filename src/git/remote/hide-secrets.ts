/** What we were given for a remote stays between us and it: whatever it says of that goes into no error. */

import { type ErrorData, isLedgerError, LedgerError } from '../../errors.js';
import { withoutSecrets } from '../../url-credentials.js';

function cleaned<T>(value: T, secrets: readonly string[]): T {
  if (typeof value === 'string') return withoutSecrets(value, secrets) as T;
  if (Array.isArray(value)) return value.map((part) => cleaned(part, secrets)) as T;
  if (value === null || typeof value !== 'object') return value;
  return Object.fromEntries(Object.entries(value).map(([key, part]) => [key, cleaned(part, secrets)])) as T;
}

/** Runs `work`; an error of it says none of the secrets that there are by then. A cause that does is left out. */
export async function hidingSecrets<T>(secrets: () => readonly string[], work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    const known = secrets();
    if (!isLedgerError(error) || known.length === 0) throw error;
    const { code, message, data, hint, committed, cause } = error;
    const said = cause instanceof Error ? `${cause.stack}${messagesBelow(cause)}` : String(cause ?? '');
    throw new LedgerError(code, withoutSecrets(message, known), cleaned(data, known) as ErrorData[typeof code], {
      hint: withoutSecrets(hint, known),
      committed,
      cause: withoutSecrets(said, known) === said ? cause : undefined,
    });
  }
}

/** What the causes of a cause say. */
function messagesBelow(error: Error): string {
  let text = '';
  for (let at: unknown = error.cause; at instanceof Error; at = at.cause) text += at.stack ?? at.message;
  return text;
}
