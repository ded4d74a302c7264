/** Attacks as data: what is done to a fresh copy of a good ledger, and which steps of the audit must say so, and how. */

import { describe, expect, it } from 'vitest';
import type { AuditOutcome, AuditQuestion, AuditReport, AuditStepName } from '../../src/api/audit.js';
import type { Forge } from './forge.js';
import { FORMS, type Form, type GoodLedger, type GoodPlace } from './good-ledger.js';

export interface Attack {
  readonly name: string;
  /** The steps that complain; no other does. */
  readonly steps: readonly AuditStepName[];
  /** A problem of the first of them. */
  readonly says: RegExp;
  readonly make: (forge: Forge, good: GoodLedger) => unknown;
  readonly question?: (good: GoodLedger) => AuditQuestion;
  /** `failed` unless it makes the copy incomplete. */
  readonly outcome?: AuditOutcome;
  /** The forms of the ledger that it can be made on; all of them by default. */
  readonly forms?: readonly Form[];
}

/** One attack: a shorter way to write it. */
export function attack(
  name: string,
  steps: AuditStepName | readonly AuditStepName[],
  says: RegExp,
  make: Attack['make'],
  more: Pick<Attack, 'question' | 'outcome' | 'forms'> = {},
): Attack {
  return { name, steps: typeof steps === 'string' ? [steps] : steps, says, make, ...more };
}

/** True where a problem says which thing is meant, in its place or its words. */
function isNamed({ message, oid, ref, seq }: AuditReport['steps'][number]['problems'][number]): boolean {
  return oid !== null || ref !== null || seq !== null || /objects\/|packed-refs|HEAD|[0-9a-f]{40}/.test(message);
}

export function expectCaught(report: AuditReport, { steps, says, outcome = 'failed' }: Attack): void {
  const told = report.steps.flatMap((s) => s.problems.map((p) => ({ step: s.name, ...p })));
  const said = told.map((p) => `${p.step}: ${p.message}`);
  expect(report.outcome, said.join('\n')).toBe(outcome);
  if (outcome === 'incomplete') {
    expect(report.gaps.map((gap) => `${gap.what}; ${gap.command}`).join('\n')).toMatch(says);
    return;
  }
  expect([...new Set(told.map((p) => p.step))].sort(), said.join('\n')).toEqual([...steps].sort());
  const meant = told.filter((p) => p.step === steps[0] && says.test(p.message));
  expect(meant.length, said.join('\n')).toBeGreaterThan(0);
  for (const problem of told) expect(isNamed(problem), `${problem.step}: ${problem.message}`).toBe(true);
}

async function tried(made: Attack, form: Form, place: GoodPlace): Promise<void> {
  const forge = place.copy(form);
  await made.make(forge, place.get());
  expectCaught(await place.audit(forge.gitdir, made.question?.(place.get())), made);
  forge.discard();
}

/** Makes each attack on each form of the ledger, and expects the audit to name it. */
export function describeAttacks(title: string, place: GoodPlace, attacks: readonly Attack[]): void {
  describe(title, () => {
    it.each(attacks)('$name', async (made) => {
      for (const form of made.forms ?? FORMS) await tried(made, form, place);
    });
  });
}

/** The same for what a key was needed for: how the ledger is kept makes no difference to it, so each is made on one form, by turns. */
export function describeForgeries(title: string, place: GoodPlace, attacks: readonly Attack[]): void {
  const turns = attacks.map((made, i) => ({ ...made, form: made.forms?.[0] ?? FORMS[i % FORMS.length] ?? 'ledger' }));
  describe(title, () => {
    it.each(turns)('$name ($form)', ({ form, ...made }) => tried(made, form, place));
  });
}
