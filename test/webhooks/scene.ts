/** What the tests of webhooks have in common: a ledger with a version, a receiver, and a clock whose pauses take no time. */

import { onTestFinished } from 'vitest';
import { type WebhookOptions, type WebhookProblem, type Webhooks, webhooks } from '../../src/api/server.js';
import { makeVersionManager } from '../../src/api/testing.js';
import type { Ledger } from '../../src/index.js';
import { recordRange } from '../suite/expectations.js';
import { newSecret, type Receiver, receiver } from './receiver.js';

/** As `intervalMs`: the journal is looked at when something is told of it, or asked for. */
export const NEVER = 2 ** 30;

export interface TestClock {
  /** Added to the time. */
  ahead: number;
  chance: number;
  /** The pauses between attempts so far, in milliseconds. */
  readonly pauses: number[];
  /** Called before a pause ends. */
  onPause: () => Promise<void> | void;
  now(): number;
  random(): number;
  pause(ms: number, signal: AbortSignal): Promise<void>;
}

export function testClock(): TestClock {
  const clock: TestClock = {
    ahead: 0,
    chance: 0,
    pauses: [],
    onPause: () => undefined,
    now: () => Date.now() + clock.ahead,
    random: () => clock.chance,
    pause: async (ms, signal) => {
      if (ms < NEVER) {
        clock.pauses.push(ms);
        clock.ahead += ms;
        await clock.onPause();
        // Not in the same turn of the event loop: whoever pauses lets others go on.
        await new Promise((resolve) => setImmediate(resolve));
        return;
      }
      if (!signal.aborted)
        await new Promise<void>((resolve) => signal.addEventListener('abort', () => resolve(), { once: true }));
    },
  };
  return clock;
}

export interface Scene {
  readonly ledger: Ledger;
  readonly to: Receiver;
  readonly secret: string;
  readonly clock: TestClock;
  readonly problems: WebhookProblem[];
  /** Webhooks to the receiver, closed after the test. */
  make(options?: Partial<WebhookOptions>): Webhooks;
}

/** A ledger in memory in which planner@1 is active and stable. */
export async function scene(): Promise<Scene> {
  const ledger = await makeVersionManager();
  onTestFinished(() => ledger.close());
  const [to, secret, clock] = [await receiver(), newSecret(), testClock()];
  const problems: WebhookProblem[] = [];
  await recordRange(ledger, 'planner', 1, 1, { 1: ['stable'] });
  const make = (options: Partial<WebhookOptions> = {}): Webhooks => {
    const made = webhooks({ url: to.url, secret, clock, onProblem: (problem) => problems.push(problem), ...options });
    onTestFinished(() => made.close(0));
    return made;
  };
  return { ledger, to, secret, clock, problems, make };
}

/** Records a version of planner, and rolls it back to version 1. */
export async function goesSick(ledger: Ledger, version: number): Promise<void> {
  await recordRange(ledger, 'planner', version, version);
  await ledger.rollback('planner', 'HEALTH_FAILURE');
}
