/** `report DIR`: the page of a ledger as static files. */

import { resolve } from 'node:path';
import { wholeNumber } from '../options/arguments.js';
import { printable } from '../terminal/render.js';
import type { Verb } from '../verb.js';
import { withLedger } from '../with-ledger.js';

export const report: Verb = {
  name: 'report',
  group: 'The ledger:',
  summary: 'Write the page that ui shows as static files',
  arguments: [{ name: '<DIR>', description: 'a new folder, an empty one, or an earlier report, which is replaced' }],
  options: [
    {
      flags: '--versions <COUNT>',
      description: 'how many versions of each module have a page, the newest (default: 20)',
    },
    { flags: '--audit', description: 'also audit the ledger, and show each step' },
  ],
  example: 'git-lineage report public --audit',
  run: (context) =>
    withLedger(context, 'read', async ({ ledger, progress }) => {
      const { given, io } = context;
      const versions = given.text('versions');
      const { writeReport } = await import('../../api/server.js');
      const { dir, files, bytes, position } = await writeReport({
        ledger,
        dir: resolve(io.cwd, given.required('DIR')),
        versions: versions === undefined ? undefined : wholeNumber(versions, '--versions'),
        audit: given.flag('audit'),
        onProgress: (done, total) => progress.show('writing modules', done, total),
      });
      return {
        json: { dir, files, bytes, position },
        blocks: [
          { line: `wrote ${files} files, as of entry ${position.seq}: ${printable(dir)}/index.html`, tone: 'good' },
        ],
      };
    }),
};
