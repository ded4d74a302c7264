/** `checkout MODULE[@N] DIR`: a version's files as a folder. */

import { resolve } from 'node:path';
import { moduleReference } from './arguments.js';
import { Complaint, invalidArgument, quoted } from './complaint.js';
import { isInside } from './find-key.js';
import { checkpointJson } from './json.js';
import { requireActive } from './require-module.js';
import { nameOf } from './show-version.js';
import type { Verb } from './verb.js';
import { withLedger } from './with-ledger.js';
import { writeFolder } from './write-folder.js';

export const checkout: Verb = {
  name: 'checkout',
  group: 'Versions:',
  summary: "Write a version's files into a new or empty folder",
  arguments: [
    { name: '<MODULE[@N]>', description: 'the version; the active one where no number is given' },
    { name: '<DIR>', description: 'a folder that is empty, or does not exist yet' },
  ],
  example: 'git-lineage checkout planner@2 ./planner-2',
  run: async (context) => {
    const { io, given, library } = context;
    const { moduleId, version } = moduleReference(given.required('MODULE[@N]'));
    const dir = given.required('DIR');
    return withLedger(context, 'read', async ({ ledger }) => {
      if (await isInside(ledger.gitdir, resolve(io.cwd, dir))) {
        throw invalidArgument('DIR', 'a folder outside the ledger', quoted(dir), 'choose another folder');
      }
      const number = version ?? (await requireActive(context, ledger, moduleId)).version;
      const checkpoint = await ledger.getVersion(moduleId, number);
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
