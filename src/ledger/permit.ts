/** May a version become active? An activation that is decided, with all that is asked before one, and dropped: nothing is written. */

import { isLedgerError } from '../errors.js';
import type { SwapHook, SwapQuestion } from '../ports/hook.js';
import type { Measurer } from '../ports/measuring.js';
import type { ObjectDrafts } from '../ports/publisher.js';
import { askGate } from './activate.js';
import { type DecideParts, newDecision } from './decide.js';
import type { Decision } from './decision.js';
import { askHook, isAnswered } from './hook-questions.js';
import type { Journal } from './journal.js';
import { journalMoved } from './journal-moved.js';
import type { Permit } from './ledger-live.js';
import { type Measurements, measurePairs } from './measure-first.js';
import type { Replica } from './replica.js';

/** So often the question may change while it is looked into. */
const MAX_ROUNDS = 20;

interface PermitParts extends DecideParts {
  readonly journal: Journal;
  readonly drafts: () => ObjectDrafts;
  readonly hook: SwapHook;
  readonly measurer: Measurer;
  /** The copy elsewhere that writes go through, and so is asked what is active; null: none. */
  readonly replica: Replica | null;
}

/** What the gate says of a version in place of the active one; of the active one, that it may stay. */
function gateAnswer(decision: Decision, moduleId: string, toVer: number): Permit {
  const candidate = decision.find(moduleId, toVer);
  const active = decision.module(moduleId)?.active ?? null;
  const fromVer = active === toVer ? (candidate?.parentVer ?? null) : active;
  const isNext = candidate !== null && candidate.parentVer === active;
  const verdict = isNext ? askGate(decision, candidate) : decision.gate(moduleId, fromVer, toVer);
  const reports = decision.reports({ moduleId, fromVer, toVer });
  const report = reports.findLast(({ level }) => level === verdict.level) ?? null;
  if (active === toVer && !verdict.allow) return { allow: true, level: verdict.level, reasons: [], report };
  return { ...verdict, report };
}

/** Why the hook refuses, or null; `passed` takes what it let pass. */
async function hookRefusal(
  hook: SwapHook,
  questions: readonly SwapQuestion[],
  passed: Set<string>,
): Promise<string | null> {
  try {
    await askHook(hook, questions, passed);
    return null;
  } catch (error) {
    if (isLedgerError(error, 'HOOK_REFUSED')) return error.message;
    throw error;
  }
}

/** @throws `REF_CHANGED` where the ledger never holds still; what looking at the remote throws */
export async function permit(parts: PermitParts, moduleId: string, version: number): Promise<Permit> {
  const { journal, hook, replica } = parts;
  await replica?.sync({ pull: true, push: false, first: false });
  const passed = new Set<string>();
  const measured: Measurements = new Map();
  for (let round = 0; round < MAX_ROUNDS; round++) {
    const decision = newDecision(journal.state(), parts, parts.drafts(), { measured });
    const answer = gateAnswer(decision, moduleId, version);
    if (decision.unmeasured.length > 0) {
      await measurePairs(parts, decision.unmeasured, measured);
      continue;
    }
    const open = decision.questions.filter((question) => !isAnswered(passed, question));
    if (open.length === 0 || !hook.present()) return answer;
    const refusal = await hookRefusal(hook, open, passed);
    if (refusal !== null) {
      return { ...answer, allow: false, reasons: [{ code: 'HOOK_REFUSED', message: refusal }] };
    }
  }
  throw journalMoved('the ledger kept moving while the question was looked into', 'try again');
}
