/** Which ledger a command is about: `--ledger`, `GIT_LINEAGE_DIR`, or the one that the current directory is in. */

import { readFile } from 'node:fs/promises';
import { dirname, join, resolve } from 'node:path';
import { Complaint } from './complaint.js';
import type { Context } from './verb.js';

/** The HEAD of a ledger points to its journal. */
const LEDGER_HEAD = 'ref: refs/heads/ledger';

/** True where the folder's HEAD is a ledger's. */
export async function isLedgerFolder(folder: string): Promise<boolean> {
  return (await readFile(join(folder, 'HEAD'), 'utf8').catch(() => '')).trim() === LEDGER_HEAD;
}

/** The ledger that was named by option or environment, or undefined. */
export function namedLedger({ io, given }: Context): string | undefined {
  const named = given.text('ledger') ?? (io.env['GIT_LINEAGE_DIR'] || undefined);
  return named === undefined || named === '' ? named : resolve(io.cwd, named);
}

/** The ledger's folder. One that was named is taken as it is; whether it is a ledger is for the library to say. */
export async function findLedger(context: Context): Promise<string> {
  const named = namedLedger(context);
  if (named !== undefined) return named;
  const start = resolve(context.io.cwd);
  for (let folder = start; ; folder = dirname(folder)) {
    if (await isLedgerFolder(folder)) return folder;
    if (folder === dirname(folder)) break;
  }
  const reason = 'neither it nor a folder above it is one';
  throw new Complaint(
    'NOT_A_LEDGER',
    `${start} is not a ledger: ${reason}`,
    { gitdir: start, reason },
    'name one with --ledger DIR or GIT_LINEAGE_DIR, or create one with: git-lineage init DIR',
  );
}
