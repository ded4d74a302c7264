/** `fetch [REMOTE]`: brings a copy up to date, if what is new continues what was seen before. */

import { findLedger } from '../options/find-ledger.js';
import { WITNESS_OPTIONS, witnessDemand, witnessedBlocks } from '../options/witness-demand.js';
import { journalJson } from '../terminal/json-answers.js';
import { progressLine } from '../terminal/progress-line.js';
import type { Verb } from '../verb.js';
import { remoteNamed } from './clone.js';

export const fetch: Verb = {
  name: 'fetch',
  group: 'The ledger:',
  summary: 'Bring a copy made by clone up to date, if its remote continues what was seen before',
  arguments: [{ name: '[REMOTE]', description: 'a URL, or a remote of the copy (default: origin)' }],
  options: WITNESS_OPTIONS,
  example: 'git-lineage fetch --ledger copy.git',
  run: async (context) => {
    const { io, given } = context;
    const gitdir = await findLedger(context, 'write');
    const at = await remoteNamed(io, given.text('REMOTE'));
    const progress = progressLine(context);
    const { fetchLedger } = await import('../rare-library.js');
    const fetching = fetchLedger({
      gitdir,
      remote: at,
      witnesses: witnessDemand(given),
      onTransfer: progress.active ? progress.showTransfer : undefined,
      onProgress: ({ step, done, total }) => progress.show(`auditing: ${step}`, done, total),
    });
    const { remote, adopted, pin, witnessed } = await fetching.finally(progress.clear);
    const journal = journalJson(pin);
    const news =
      adopted === 0
        ? `nothing new at ${remote}`
        : `fetched ${adopted} ${adopted === 1 ? 'entry' : 'entries'} from ${remote}, audited`;
    return {
      json: { ledger: gitdir, remote, adopted, journal, witnessed },
      blocks: [
        { line: news, tone: 'good' },
        ...witnessedBlocks(witnessed),
        { line: `journal ${journal.seq} ${journal.oid}`, tone: 'faint' },
      ],
    };
  },
};
