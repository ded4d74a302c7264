/** How old our view of each remote is: kept beside the ledger, and safe to lose. */

import { isLedgerError } from '../errors.js';
import type { PrivateFiles } from '../ports/repository.js';
import type { Replication } from './ledger-replicas.js';

const FILE = 'remotes.json';

/** So many remotes are remembered, those of the last contacts. */
const MAX_CONTACTS = 32;

/** What is remembered of the last contacts with a remote. */
interface Contact extends Replication {
  readonly remote: string;
}

function isPosition(value: unknown): value is Replication['position'] {
  if (value === null) return true;
  const { seq, oid } = (value ?? {}) as { seq?: unknown; oid?: unknown };
  return typeof seq === 'number' && typeof oid === 'string';
}

function isContact(value: unknown): value is Contact {
  const { remote, lastContact = null, position = null } = (value ?? {}) as Partial<Contact>;
  return (
    typeof remote === 'string' && (lastContact === null || typeof lastContact === 'number') && isPosition(position)
  );
}

/** All that is remembered, the last contact first. */
function readContacts(files: PrivateFiles): readonly Contact[] {
  try {
    const bytes = files.read(FILE);
    const found: unknown = JSON.parse(Buffer.from(bytes ?? new Uint8Array()).toString('utf8'));
    return Array.isArray(found) ? found.filter(isContact) : [];
  } catch {
    return [];
  }
}

/** What is remembered of a remote, or null. */
export function readContact(files: PrivateFiles, remote: string): Contact | null {
  const found = readContacts(files).find((contact) => contact.remote === remote);
  if (found === undefined) return null;
  const { lastContact = null, position = null, failure = null } = found;
  return { remote, lastContact, position, failure };
}

/** Remembers a contact, or a failed one. A reader may have no permission to write here, and needs none. */
export function writeContact(files: PrivateFiles, contact: Partial<Contact> & { readonly remote: string }): void {
  const { remote, lastContact = null, position = null, failure = null } = contact;
  const others = readContacts(files).filter((other) => other.remote !== remote);
  const contacts = [{ remote, lastContact, position, failure }, ...others].slice(0, MAX_CONTACTS);
  try {
    files.write(FILE, Buffer.from(`${JSON.stringify(contacts)}\n`));
  } catch (error) {
    if (!isLedgerError(error, 'IO')) throw error;
  }
}
