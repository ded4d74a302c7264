/** What is said, for people, of an answer that is no message and of a request that got none. */

import { messageOf } from '../../errors.js';
import { bodyOf } from './server-address.js';

/** Of a page that says why something failed, so much is read: a token that it repeats is seen whole, and taken out. */
const MAX_REASON_BYTES = 2 ** 16;

/** The media type of an answer, without its parameters; empty where it names none. */
export function typeOf(response: Response): string {
  return (response.headers.get('content-type') ?? '').split(';')[0]?.trim().toLowerCase() ?? '';
}

/** What an answer that is none says of itself, in one line. */
export async function reasonOf(response: Response): Promise<string> {
  const { bytes } = await bodyOf(response, MAX_REASON_BYTES).catch(() => ({ bytes: Buffer.alloc(0) }));
  const text = typeOf(response) === 'text/html' ? '' : bytes.toString('utf8').replace(/\s+/g, ' ').trim();
  const status = `${response.status} ${response.statusText}`.trim();
  return text === '' ? status : `${status}: ${text}`;
}

/** What of a failed fetch tells somebody something: Node says the rest in the cause. */
export function failureText(error: unknown): string {
  const { cause } = error instanceof Error ? error : {};
  return cause === undefined ? messageOf(error) : `${messageOf(error)} (${messageOf(cause)})`;
}
