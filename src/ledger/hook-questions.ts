/** The operator's hook is asked about exactly the swaps that an operation would make, outside every lock. */

import { LedgerError } from '../errors.js';
import type { SwapHook, SwapQuestion } from '../ports/hook.js';

/** An answer counts for the whole question, its verdict included: one that is another by now is asked again. */
function keyOf(question: SwapQuestion): string {
  return JSON.stringify(question);
}

export function isAnswered(passed: ReadonlySet<string>, question: SwapQuestion): boolean {
  return passed.has(keyOf(question));
}

/** Asks each question in its order, those of several modules beside one another; `passed` takes what the hook let pass. @throws `HOOK_REFUSED` */
export async function askHook(hook: SwapHook, questions: readonly SwapQuestion[], passed: Set<string>): Promise<void> {
  const modules = new Map<string, SwapQuestion[]>();
  for (const question of questions)
    modules.set(question.moduleId, [...(modules.get(question.moduleId) ?? []), question]);
  const asked = [...modules.values()].map(async (ofModule) => {
    for (const question of ofModule) {
      await hook.ask(question);
      passed.add(keyOf(question));
    }
  });
  for (const outcome of await Promise.allSettled(asked)) if (outcome.status === 'rejected') throw outcome.reason;
}

/** The error where the ledger never held still for the hook's answer. */
export function notAsked(): LedgerError<'HOOK_REFUSED'> {
  const message = 'the ledger kept moving while the pre-swap hook was asked';
  return new LedgerError('HOOK_REFUSED', message, { hook: 'pre-swap', stderr: '' }, { hint: 'try again' });
}
