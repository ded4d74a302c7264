/** Entries that somebody with a good key forges in a copy, where no writer checks them, and pushes. */

import { expect } from 'vitest';
import { auditLedger } from '../../src/api/audit.js';
import { openLedger } from '../../src/index.js';
import { Forge } from '../audit/forge.js';
import type { ForgedEntry } from '../audit/forged-entry.js';
import { guardedPlace } from '../hooks/guarded-place.js';
import { refusal } from '../suite/expectations.js';

/**
 * Makes an entry in a copy of a guarded ledger of format 2, in which planner v2 is active, and pushes it: the audit of the copy fails for
 * `reason`, and the ledger stays as it was, and says the same.
 *
 * @param readers whether they find it as well; the content of versions is the audit's alone
 */
export async function expectFoundAndRefused(
  make: (entry: ForgedEntry) => unknown,
  reason: RegExp,
  readers: 'refuse' | 'read on' = 'refuse',
): Promise<void> {
  const { hub, node, signer, git } = await guardedPlace({ format: 2 });
  const entry = new Forge(node).entry(signer);
  make(entry);
  await entry.seal();
  const { outcome, steps } = await auditLedger({ path: node });
  const problems = steps.flatMap((step) => step.problems.map(({ message }) => message));
  expect([outcome, problems]).toEqual(['failed', [expect.stringMatching(reason)]]);
  const reader = await openLedger({ gitdir: node });
  const read = reader.latestCheckpoint('planner');
  if (readers === 'refuse') expect((await refusal(() => read, 'BAD_SIGNATURE')).message).toMatch(reason);
  else expect((await read)?.version).toBe(2);
  await reader.close();
  const refs = async () => (await git(hub, ['for-each-ref'])).out;
  const before = await refs();
  const { code, out } = await git(node, ['push', '--mirror', hub]);
  expect([code === 0, out]).toEqual([false, expect.stringMatching(reason)]);
  expect(await refs()).toBe(before);
}
