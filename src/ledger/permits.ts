/** The hook's say over an operation: asked outside the lock, about exactly the swaps that the operation would make. */

import { LedgerError } from '../errors.js';
import type { SwapHook, SwapQuestion } from '../ports/hook.js';

/** So often a question may change while the hook thinks about it, before the operation gives up. */
const MAX_ROUNDS = 20;

function notAsked(): LedgerError<'HOOK_REFUSED'> {
  const message = 'the ledger kept moving while the pre-swap hook was asked';
  return new LedgerError('HOOK_REFUSED', message, { hook: 'pre-swap', stderr: '' }, { hint: 'try again' });
}

/**
 * Runs `attempt`, which calls `permit` for every swap and throws before it changes anything where the hook has not let
 * all of them pass; has the hook asked, and tries again. A hook can take seconds, so nobody holds a lock meanwhile; a
 * question that is another one afterwards, because the ledger moved, is asked again.
 */
export async function withPermits<T>(
  hook: SwapHook,
  attempt: (permit: (question: SwapQuestion) => void, settle: () => Promise<void>) => Promise<T>,
): Promise<T> {
  const passed = new Set<string>();
  const pending = notAsked();
  for (let round = 0; round < MAX_ROUNDS; round++) {
    const open = new Map<string, SwapQuestion>();
    const permit = (question: SwapQuestion) => {
      const key = JSON.stringify(question);
      if (!passed.has(key)) open.set(key, question);
    };
    // Whether there is a hook is looked at last, so that a call takes its place in the queue in the turn it is made.
    const settle = async () => {
      if (open.size > 0 && (await hook.present())) throw pending;
    };
    try {
      return await attempt(permit, settle);
    } catch (error) {
      if (error !== pending) throw error;
    }
    for (const [key, question] of open) {
      await hook.ask(question);
      passed.add(key);
    }
  }
  throw pending;
}
