/** `checkout MODULE[@N] DIR`: a version's files as a folder; with `--follow DIR`, those of what is active, kept so. */

import { resolve } from 'node:path';
import { Complaint, invalidArgument, quoted } from '../complaint.js';
import { writeFolder } from '../content/write-folder.js';
import type { Ledger } from '../library.js';
import { moduleReference } from '../options/arguments.js';
import { isInside } from '../options/find-key.js';
import { requireActive } from '../options/require-module.js';
import { checkpointJson } from '../terminal/json-answers.js';
import { nameOf } from '../terminal/show-version.js';
import type { Answer, Context, Verb } from '../verb.js';
import { withLedger } from '../with-ledger.js';
import { followActive } from './follow-active.js';

const HINT = 'git-lineage checkout MODULE[@N] DIR, or git-lineage checkout --follow DIR [MODULE]';

/** An argument that is there without `--follow`. */
function argument({ given }: Context, name: string): string {
  const text = given.text(name);
  if (text === undefined) throw invalidArgument(name, 'a value for this argument', 'none', HINT);
  return text;
}

async function assertOutsideLedger({ gitdir }: Ledger, dir: string, given: string): Promise<void> {
  if (await isInside(gitdir, dir))
    throw invalidArgument('DIR', 'a folder outside the ledger', quoted(given), 'choose another folder');
}

/** `--follow DIR`: of one module, or of every skill. */
async function follow(context: Context, given: string): Promise<Answer> {
  const name = context.given.text('MODULE[@N]');
  if (context.given.text('DIR') !== undefined) throw invalidArgument('DIR', 'either DIR or --follow DIR', 'both', HINT);
  const { moduleId, version } =
    name === undefined ? { moduleId: undefined, version: undefined } : moduleReference(name);
  if (version !== undefined)
    throw invalidArgument('MODULE', 'a module: its active version is followed', quoted(name ?? ''), HINT);
  const dir = resolve(context.io.cwd, given);
  return withLedger(context, 'read', async ({ ledger }) => {
    await assertOutsideLedger(ledger, dir, given);
    if (moduleId !== undefined) await requireActive(context, ledger, moduleId);
    return followActive(context, ledger, dir, moduleId);
  });
}

export const checkout: Verb = {
  name: 'checkout',
  group: 'Versions:',
  summary: "Write a version's files into a folder, or keep a folder at what is active",
  arguments: [
    { name: '[MODULE[@N]]', description: 'the version; the active one where no number is given' },
    { name: '[DIR]', description: 'a folder that is empty, or does not exist yet' },
  ],
  options: [
    {
      flags: '--follow <DIR>',
      description: 'keep a folder at the active versions of all skills, or of MODULE, until interrupted',
    },
    { flags: '--once', description: 'with --follow: bring the folder to what is active, and end' },
  ],
  example: 'git-lineage checkout planner@2 ./planner-2',
  run: async (context) => {
    const { io, given, library } = context;
    if (given.text('follow') !== undefined) return follow(context, given.text('follow') ?? '');
    if (given.flag('once')) throw invalidArgument('--once', '--follow beside it', 'none', HINT);
    const { moduleId, version } = moduleReference(argument(context, 'MODULE[@N]'));
    const dir = argument(context, 'DIR');
    return withLedger(context, 'read', async ({ ledger }) => {
      await assertOutsideLedger(ledger, resolve(io.cwd, dir), dir);
      const number = version ?? (await requireActive(context, ledger, moduleId)).version;
      const checkpoint = await ledger.versions.get(moduleId, number);
      const files = await ledger.readFiles(moduleId, number);
      if (files.size === 0) {
        const what = `the files of ${nameOf(checkpoint)}`;
        throw new Complaint(
          'NOT_FOUND',
          `${nameOf(checkpoint)} has no files: only its checksum was recorded`,
          { kind: 'CONTENT', what },
          `its checksum is ${checkpoint.checksum}; look for the files where that was computed`,
        );
      }
      // Checked once more where it matters: these paths are about to be written to.
      const directory = await writeFolder(io.cwd, dir, library.normalizeFiles(files));
      const line = `wrote ${files.size} ${files.size === 1 ? 'file' : 'files'} of ${nameOf(checkpoint)} to ${directory}`;
      return { json: { checkpoint: checkpointJson(checkpoint), directory, files: files.size }, blocks: [{ line }] };
    });
  },
};
