/**
 * Decide: operations that wait, and the ledger as it is, give what would be written. Synchronous; it reads, and changes
 * nothing. Each operation is decided wholly or not at all, on what those before it have decided.
 */

import { asLedgerError, type LedgerError } from '../errors.js';
import { clockBehind } from '../model/clock.js';
import type { EventType } from '../model/ledger-event.js';
import type { SwapQuestion } from '../ports/hook.js';
import type { Signer } from '../ports/keys.js';
import type { ObjectDrafts } from '../ports/publisher.js';
import type { ObjectReader, RefReader } from '../ports/repository.js';
import { Decision } from './decision.js';
import { steadyClock } from './identity.js';
import type { JournalState } from './journal.js';
import type { GivenForMeasuring, UnmeasuredPair } from './measure-first.js';
import { headAhead } from './misdated.js';
import { permittedSigner } from './permitted-signer.js';
import { View } from './view.js';

/** Something to be written, decided on a decision: throws, or adds its events and returns its result. */
export interface Operation<T = unknown> extends GivenForMeasuring {
  /** The types of event that it may write. */
  readonly needs: readonly EventType[];
  readonly decide: (decision: Decision) => T;
}

/** How one operation was decided. */
export type Outcome<O extends Operation = Operation> =
  | {
      readonly operation: O;
      readonly value: unknown;
      readonly questions: readonly SwapQuestion[];
      /** Pairs that are to be measured first: the operation is not decided where there are any. */
      readonly unmeasured: readonly UnmeasuredPair[];
    }
  | { readonly operation: O; readonly error: LedgerError };

export interface Decided<O extends Operation = Operation> {
  readonly decision: Decision;
  readonly outcomes: readonly Outcome<O>[];
  /** The time of the entry, in seconds since the Unix epoch. */
  readonly timestamp: number;
}

export interface DecideParts {
  readonly objects: ObjectReader;
  readonly refs: RefReader;
  readonly signer: Signer | null;
  readonly now: () => number;
}

/** Stands for the signer of operations that are all refused, and of questions. */
const NOBODY = { principal: 'nobody', publicKey: { type: 'ssh-ed25519', blob: '', fingerprint: '' } } as const;

/** A decision on what the journal says, with nothing decided yet. */
export function newDecision(
  state: JournalState,
  { objects, refs, signer, now }: DecideParts,
  drafts: ObjectDrafts,
  given?: GivenForMeasuring,
): Decision {
  const before = state.records;
  const head = before.head();
  const seq = (head?.seq ?? -1) + 1;
  const clock = steadyClock(now, head?.timestamp ?? 0);
  const base = { objects, refs, drafts, before, seq, signer: signer ?? NOBODY, now: clock, clock: now };
  return new Decision(base, new View(state, objects), given);
}

export function decide<O extends Operation>(
  operations: readonly O[],
  state: JournalState,
  parts: DecideParts,
  drafts: ObjectDrafts,
): Decided<O> {
  const decision = newDecision(state, parts, drafts);
  const outcomes = operations.map((operation): Outcome<O> => {
    const fork = decision.fork(operation);
    try {
      refuseAhead(state, operation, parts.now());
      permittedSigner(parts.signer, operation.needs, decision.policy);
      const value = operation.decide(fork);
      decision.merge(fork);
      return { operation, value, questions: fork.questions, unmeasured: fork.unmeasured };
    } catch (error) {
      return { operation, error: asLedgerError(error, 'decide') };
    }
  });
  if (decision.events.length === 0) return { decision, outcomes, timestamp: 0 };
  if (decision.dated === null) warnBehind(decision, parts.now());
  return { decision, outcomes, timestamp: decision.dated ?? decision.base.now() };
}

/** Nobody writes after an entry of a clock that was fast: its date would go on from entry to entry. @throws `CLOCK_AHEAD` */
function refuseAhead(state: JournalState, { needs }: Operation, now: number): void {
  const ahead = needs.includes('clock') ? null : headAhead(state, now);
  if (ahead !== null) throw ahead;
}

/** Warns where this machine's clock is behind the last entry, so that the new one takes that one's date. */
function warnBehind({ base, notices }: Decision, now: number): void {
  const head = base.before.head();
  const message = head === null ? null : clockBehind(head, now);
  if (message !== null) notices.push({ type: 'warning', moduleId: 'ledger', code: 'CLOCK_BEHIND', message });
}
