/** How old our view of the remote is: kept beside the ledger, and safe to lose. */

import type { Store } from '../ports/publishing.js';
import type { Replication } from './contract.js';

const FILE = 'remote.json';

/** What is remembered of the last contacts with a remote. */
export interface Contact extends Replication {
  readonly remote: string;
}

function isPosition(value: unknown): value is Replication['position'] {
  if (value === null) return true;
  const { seq, oid } = (value ?? {}) as { seq?: unknown; oid?: unknown };
  return typeof seq === 'number' && typeof oid === 'string';
}

/** What is remembered of a remote, or null. */
export async function readContact(store: Store, remote: string): Promise<Contact | null> {
  try {
    const bytes = await store.readCache(FILE);
    const found = JSON.parse(Buffer.from(bytes ?? new Uint8Array()).toString('utf8')) as Partial<Contact>;
    const { lastContact = null, position = null, failure = null } = found;
    const whole = (lastContact === null || typeof lastContact === 'number') && isPosition(position);
    return found.remote === remote && whole ? { remote, lastContact, position, failure } : null;
  } catch {
    return null;
  }
}

/** Remembers a contact, or a failed one. A reader may have no permission to write here, and needs none. */
export async function writeContact(
  store: Store,
  contact: Partial<Contact> & { readonly remote: string },
): Promise<void> {
  const { remote, lastContact = null, position = null, failure = null } = contact;
  const text = `${JSON.stringify({ remote, lastContact, position, failure })}\n`;
  await store.writeCache(FILE, Buffer.from(text)).catch(() => undefined);
}
