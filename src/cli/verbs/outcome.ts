/** `outcome MODULE@N ok|failed`: says how a use of a version ended; one that fails more often than the one before it is rolled back. */

import { moduleReference, oneOf, wholeNumber } from '../options/arguments.js';
import { requireActive } from '../options/require-module.js';
import { checkpointJson } from '../terminal/json-answers.js';
import { nameOf } from '../terminal/show-version.js';
import type { Verb } from '../verb.js';
import { withLedger, written } from '../with-ledger.js';

const OUTCOMES = ['ok', 'failed'] as const;

export const outcome: Verb = {
  name: 'outcome',
  group: 'Going back:',
  summary: 'Say how a use of a version ended, and roll back one that fails more often than the one before',
  arguments: [
    { name: '<MODULE[@N]>', description: 'the version that was used; the active one where no number is given' },
    { name: '<OUTCOME>', description: 'ok, or failed', values: OUTCOMES },
  ],
  options: [{ flags: '--weight <COUNT>', description: 'for how many it counts (default: 1)' }],
  example: 'git-lineage outcome planner@3 failed',
  run: async (context) => {
    const { given } = context;
    const { moduleId, version } = moduleReference(given.required('MODULE[@N]'));
    const weight = given.text('weight');
    const told = oneOf(OUTCOMES, given.required('OUTCOME'), 'OUTCOME');
    return withLedger(context, 'write', async (opened) => {
      const { ledger } = opened;
      const number = version ?? (await requireActive(context, ledger, moduleId)).version;
      const { outcomeRecorder } = await import('../../api/swap.js');
      const recorder = outcomeRecorder({ ledger });
      recorder.report({
        ...{ moduleId, version: number, outcome: told },
        ...(weight === undefined ? {} : { weight: wholeNumber(weight, '--weight') }),
      });
      const [sick] = await recorder.flush();
      const restored = sick?.restored == null ? null : checkpointJson(sick.restored);
      const json = {
        moduleId,
        version: number,
        outcome: told,
        sick: sick === undefined ? null : { ...sick, restored },
      };
      if (sick === undefined) return written(opened, json, [{ line: `${moduleId}@${number} ${told}` }]);
      const then = sick.restored === null ? `it stays: ${sick.stayed}` : `rolled back to ${nameOf(sick.restored)}`;
      return written(opened, json, [{ line: `${moduleId}@${number} ${sick.summary}; ${then}`, tone: 'bad' }]);
    });
  },
};
