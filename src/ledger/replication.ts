/** How old our view of the remote is: kept beside the ledger, and safe to lose. */

import { isLedgerError } from '../errors.js';
import type { PrivateFiles } from '../ports/repository.js';
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
export function readContact(files: PrivateFiles, remote: string): Contact | null {
  try {
    const bytes = files.read(FILE);
    const found = JSON.parse(Buffer.from(bytes ?? new Uint8Array()).toString('utf8')) as Partial<Contact>;
    const { lastContact = null, position = null, failure = null } = found;
    const whole = (lastContact === null || typeof lastContact === 'number') && isPosition(position);
    return found.remote === remote && whole ? { remote, lastContact, position, failure } : null;
  } catch {
    return null;
  }
}

/** Remembers a contact, or a failed one. A reader may have no permission to write here, and needs none. */
export function writeContact(files: PrivateFiles, contact: Partial<Contact> & { readonly remote: string }): void {
  const { remote, lastContact = null, position = null, failure = null } = contact;
  const text = `${JSON.stringify({ remote, lastContact, position, failure })}\n`;
  try {
    files.write(FILE, Buffer.from(text));
  } catch (error) {
    if (!isLedgerError(error, 'IO')) throw error;
  }
}
