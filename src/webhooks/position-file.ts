/** How far a journal was told, on disk. */

import { randomUUID } from 'node:crypto';
import { mkdir, open, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { dirname, resolve } from 'node:path';
import { errnoOf, LedgerError, messageOf } from '../errors.js';

/** The last entry of which everything was told. */
export interface Told {
  /** The oid of the journal's first entry. */
  readonly ledger: string;
  readonly seq: number;
  readonly oid: string;
}

const OID = /^[0-9a-f]{40}$/;

/** Null where the text is no position. */
function parsed(text: string): Told | null {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    return null;
  }
  if (typeof value !== 'object' || value === null) return null;
  if (!('ledger' in value && 'seq' in value && 'oid' in value)) return null;
  const { ledger, seq, oid } = value;
  if (typeof ledger !== 'string' || !OID.test(ledger) || typeof oid !== 'string' || !OID.test(oid)) return null;
  return typeof seq === 'number' && Number.isSafeInteger(seq) && seq >= 0 ? { ledger, seq, oid } : null;
}

function failure(operation: string, path: string, cause: unknown): LedgerError<'IO'> {
  const hint = 'check the file and its folder; without the file, telling begins where the journal stands';
  const message = `cannot ${operation} the position of a webhook: ${messageOf(cause)}`;
  return new LedgerError('IO', message, { operation, path, errno: errnoOf(cause) }, { hint, cause });
}

/** What stands in a folder is durable when this resolves. */
async function syncFolder(path: string): Promise<void> {
  const folder = await open(path, 'r');
  try {
    await folder.sync();
  } finally {
    await folder.close();
  }
}

/** Makes a folder; it is durable when this resolves, and so are those above it that were made with it. */
async function makeFolder(path: string): Promise<void> {
  const first = await mkdir(path, { recursive: true });
  if (first === undefined) return;
  for (let made = path; made.length >= first.length; made = dirname(made)) await syncFolder(dirname(made));
}

/** The file is written and read off the event loop: a slow disk holds up nobody's calls. */
export class PositionFile {
  private readonly path: string;

  constructor(path: string) {
    this.path = resolve(path);
  }

  /** Null where there is none. @throws `IO` where it cannot be read, or is no position */
  async read(): Promise<Told | null> {
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
  async write(told: Told): Promise<void> {
    const folder = dirname(this.path);
    const unfinished = `${this.path}.${randomUUID()}.new`;
    try {
      await makeFolder(folder);
      await writeFile(unfinished, `${JSON.stringify(told)}\n`, { mode: 0o600, flush: true });
      await rename(unfinished, this.path);
      await syncFolder(folder);
    } catch (error) {
      await rm(unfinished, { force: true }).catch(() => undefined);
      throw failure('write', this.path, error);
    }
  }
}
