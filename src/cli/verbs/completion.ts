/** `completion SHELL`: the script by which a shell completes command lines of this program. */

import { COMPLETION_SCRIPTS } from '../completion/completion-scripts.js';
import { oneOf } from '../options/arguments.js';
import type { Verb } from '../verb.js';

const SHELLS = ['bash', 'zsh', 'fish'] as const satisfies readonly (keyof typeof COMPLETION_SCRIPTS)[];

export const completion: Verb = {
  name: 'completion',
  group: 'The ledger:',
  summary: 'Print the script by which bash, zsh or fish completes git-lineage and git lineage',
  arguments: [{ name: '<SHELL>', description: 'bash, zsh or fish', values: SHELLS }],
  example: 'git-lineage completion bash',
  run: async ({ given }) => {
    const shell = oneOf(SHELLS, given.required('SHELL'), 'SHELL');
    const script = COMPLETION_SCRIPTS[shell];
    const blocks = script
      .slice(0, -1)
      .split('\n')
      .map((line) => ({ line }));
    return { json: { shell, script }, blocks };
  },
};
