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

/** So many hooks run beside one another at most: a push may bring any number of modules. */
const MAX_AT_ONCE = 16;

/**
 * Asks each question in its order, those of several modules beside one another; `passed` takes what the hook let pass. After a refusal
 * nothing more is asked. @throws `HOOK_REFUSED`
 */
export async function askHook(
  hook: SwapHook,
  questions: readonly SwapQuestion[],
  passed: Set<string>,
  signal?: AbortSignal,
): Promise<void> {
  const modules = new Map<string, SwapQuestion[]>();
  for (const question of questions)
    modules.set(question.moduleId, [...(modules.get(question.moduleId) ?? []), question]);
  const waiting = modules.values();
  const refusals: unknown[] = [];
  const askInTurn = async (): Promise<void> => {
    for (const ofModule of waiting) {
      for (const question of ofModule) {
        if (refusals.length > 0) return;
        await hook.ask(question, signal);
        passed.add(keyOf(question));
      }
    }
  };
  const asking = Array.from({ length: Math.min(MAX_AT_ONCE, modules.size) }, () =>
    askInTurn().catch((error: unknown) => refusals.push(error)),
  );
  await Promise.all(asking);
  if (refusals.length > 0) throw refusals[0];
}

/** How long the hook has for all the swaps of a push, in milliseconds. */
const PUSH_LIMIT_MS = 300_000;

/** Asks about the swaps of a push, for which the hook has a time in all. @throws `HOOK_REFUSED` for the first one that is refused */
export async function askAboutPush(
  hook: SwapHook,
  questions: readonly SwapQuestion[],
  timeLimitMs = PUSH_LIMIT_MS,
): Promise<void> {
  const controller = new AbortController();
  const reason = new Error(`all swaps of a push have ${timeLimitMs / 1000} s together`);
  const timer = setTimeout(() => controller.abort(reason), timeLimitMs);
  try {
    await askHook(hook, questions, new Set(), controller.signal);
  } finally {
    clearTimeout(timer);
  }
}

/** The error where the ledger never held still for the hook's answer. */
export function notAsked(): LedgerError<'HOOK_REFUSED'> {
  const message = 'the ledger kept moving while the pre-swap hook was asked';
  return new LedgerError('HOOK_REFUSED', message, { hook: 'pre-swap', stderr: '' }, { hint: 'try again' });
}
