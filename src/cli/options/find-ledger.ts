/** Which ledger a command is about: `--ledger`, `GIT_LINEAGE_DIR`, or the one that the current directory is in. */

import { readFile } from 'node:fs/promises';
import { dirname, isAbsolute, join, resolve } from 'node:path';
import { Complaint } from '../complaint.js';
import { ledgerNamedIn } from '../content/development-config.js';
import { exists } from '../content/named-file.js';
import { readPackageJson } from '../content/package-json.js';
import { printable } from '../terminal/render.js';
import type { Context } from '../verb.js';

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

/** The ledger that the package.json of a folder names; null where there is none, or it names none. @throws `INVALID_CONFIG` */
async function packageLedger(folder: string): Promise<string | null> {
  const file = await readPackageJson(folder).catch((error: unknown) => {
    // Whoever asks for no more than a ledger is not to fail for what npm cannot read.
    if (error instanceof Complaint) return null;
    throw error;
  });
  return file === null ? null : ledgerNamedIn(file);
}

/** @throws `NOT_A_LEDGER`, which says who named the ledger */
async function assertNamedIn(folder: string, gitdir: string): Promise<void> {
  if (await exists(gitdir)) return;
  const reason = 'no such folder';
  const message = `${join(folder, 'package.json')} names the ledger ${gitdir}: ${reason}`;
  const hint = 'mend the path there, which is relative to that file, or name the ledger with --ledger DIR';
  throw new Complaint('NOT_A_LEDGER', message, { gitdir, reason }, hint);
}

/** A relative GIT_LINEAGE_DIR means another ledger in each folder: whoever asks is told which it is. @throws `NOT_A_LEDGER` where it is none */
async function tellResolved({ io, given }: Context, gitdir: string): Promise<void> {
  const named = io.env['GIT_LINEAGE_DIR'] ?? '';
  if (given.text('ledger') !== undefined || isAbsolute(named)) return;
  const said = `GIT_LINEAGE_DIR is ${named}, which is ${gitdir} from here`;
  if (await exists(gitdir)) {
    if (!given.flag('json')) io.stderr.write(`note: ${printable(said)}\n`);
    return;
  }
  const reason = 'no such folder';
  throw new Complaint(
    'NOT_A_LEDGER',
    `${said}: ${reason}`,
    { gitdir, reason },
    'give GIT_LINEAGE_DIR an absolute path, or name the ledger with --ledger DIR',
  );
}

/**
 * The ledger's folder: the one that was named, taken as it is; else, from the current folder upward, the first that is a ledger. To `read`
 * also one that a package.json on that way names: a repository that somebody else wrote may say what is looked at, and not
 * where is written, whose hooks run and which remotes are reached.
 */
export async function findLedger(context: Context, purpose: 'read' | 'write'): Promise<string> {
  const named = namedLedger(context);
  if (named !== undefined) {
    await tellResolved(context, named);
    return named;
  }
  const start = resolve(context.io.cwd);
  let suggested: string | null = null;
  for (let folder = start; ; folder = dirname(folder)) {
    if (await isLedgerFolder(folder)) return folder;
    const ledger = await packageLedger(folder);
    if (ledger !== null && purpose === 'read') {
      await assertNamedIn(folder, ledger);
      return ledger;
    }
    suggested ??= ledger;
    if (folder === dirname(folder)) break;
  }
  const reason = 'no folder from here upward is a ledger';
  const hint =
    suggested === null
      ? 'name one with --ledger DIR or GIT_LINEAGE_DIR, or create one with: git-lineage init DIR'
      : `a package.json names ${suggested}: to do more than read, name it yourself, with --ledger or GIT_LINEAGE_DIR`;
  throw new Complaint('NOT_A_LEDGER', `${start} is not a ledger: ${reason}`, { gitdir: start, reason }, hint);
}
