/** How far a journal was told, on disk. */

import { readFile } from 'node:fs/promises';
import { resolve } from 'node:path';
import { writeDurable } from '../durable-file.js';
import { errnoOf, LedgerError, messageOf } from '../errors.js';
import { isAnyOid } from '../model/object-id.js';

/** The last entry of which everything was told. */
export interface WebhookPosition {
  /** The oid of the journal's first entry. */
  readonly ledger: string;
  readonly seq: number;
  readonly oid: string;
}

/** Null where the text is no position. */
function parsed(text: string): WebhookPosition | null {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    return null;
  }
  if (typeof value !== 'object' || value === null) return null;
  if (!('ledger' in value && 'seq' in value && 'oid' in value)) return null;
  const { ledger, seq, oid } = value;
  if (!isAnyOid(ledger) || !isAnyOid(oid)) return null;
  return typeof seq === 'number' && Number.isSafeInteger(seq) && seq >= 0 ? { ledger, seq, oid } : null;
}

function failure(operation: string, path: string, cause: unknown): LedgerError<'IO'> {
  const hint = 'check the file and its folder; without the file, telling begins where the journal stands';
  const message = `cannot ${operation} the position of a webhook: ${messageOf(cause)}`;
  return new LedgerError('IO', message, { operation, path, errno: errnoOf(cause) }, { hint, cause });
}

/** The file is written and read off the event loop: a slow disk holds up nobody's calls. */
export class PositionFile {
  private readonly path: string;

  constructor(path: string) {
    this.path = resolve(path);
  }

  /** Null where there is none. @throws `IO` where it cannot be read, or is no position */
  async read(): Promise<WebhookPosition | null> {
    let text: string;
    try {
      text = await readFile(this.path, 'utf8');
    } catch (error) {
      if (errnoOf(error) === 'ENOENT') return null;
      throw failure('read', this.path, error);
    }
    const told = parsed(text);
    if (told === null) throw failure('read', this.path, new Error('it is not as it was written'));
    return told;
  }

  /** Whole and durable when this resolves. @throws `IO`; then the file is as it was */
  async write(told: WebhookPosition): Promise<void> {
    try {
      await writeDurable(this.path, `${JSON.stringify(told)}\n`);
    } catch (error) {
      throw failure('write', this.path, error);
    }
  }
}
