/** `pin`: what this ledger is at, to be kept; `pin compare A B`: whether two pins are of one journal. */

import { Complaint } from '../complaint.js';
import { readNamed } from '../content/named-file.js';
import { EXIT } from '../exit-codes.js';
import type { PinRelation } from '../library.js';
import { findLedger, namedLedger } from '../options/find-ledger.js';
import type { Block } from '../terminal/render.js';
import type { Context, Verb } from '../verb.js';

const MEANING: Readonly<Record<PinRelation, Block>> = {
  same: { line: 'same: both are one point of one journal', tone: 'good' },
  extends: { line: 'extends: one journal contains both', tone: 'good' },
  forked: { line: 'forked: no journal contains both; keep them, they are the proof', tone: 'bad' },
  unknown: { line: 'unknown: nothing here contains both; compare beside a ledger that is up to date', tone: 'warn' },
};

/** The ledger whose journal helps to tell; undefined where none was named and none is around. */
async function ledgerAtHand(context: Context): Promise<string | undefined> {
  if (namedLedger(context) !== undefined) return findLedger(context, 'read');
  return findLedger(context, 'read').catch((error: unknown) => {
    if (error instanceof Complaint && error.code === 'NOT_A_LEDGER') return undefined;
    throw error;
  });
}

export const pin: Verb = {
  name: 'pin',
  group: 'Proof:',
  summary: 'Print what the ledger is at, as three lines to be kept: its name, its size and its root',
  example: 'git-lineage pin compare mine.pin theirs.pin',
  run: async (context) => {
    const gitdir = await findLedger(context, 'read');
    const { currentPin } = await import('../rare-library.js');
    const text = await currentPin({ gitdir });
    const [origin, size, root] = text.split('\n');
    const blocks = text
      .trimEnd()
      .split('\n')
      .map((line): Block => ({ line }));
    return { json: { ledger: gitdir, origin, size: Number(size), root }, blocks };
  },
  verbs: [
    {
      name: 'compare',
      summary: 'Say whether two pins are of one journal; exit code 1 where they are not, or nobody can tell',
      arguments: [
        { name: '<A>', description: 'a file: a pin, a checkpoint, or what audit --pin wrote' },
        { name: '<B>', description: 'the other one' },
      ],
      example: 'git-lineage pin compare mine.pin theirs.pin',
      run: async (context) => {
        const [a, b] = [context.given.required('A'), context.given.required('B')];
        const { io } = context;
        const texts = [(await readNamed(io, a)).toString(), (await readNamed(io, b)).toString()] as const;
        const gitdir = await ledgerAtHand(context);
        const { comparePins } = await import('../rare-library.js');
        const relation = await comparePins(...texts, gitdir === undefined ? undefined : { gitdir });
        const isOne = relation === 'same' || relation === 'extends';
        return { json: { relation }, blocks: [MEANING[relation]], exitCode: isOne ? EXIT.done : EXIT.no };
      },
    },
  ],
};
