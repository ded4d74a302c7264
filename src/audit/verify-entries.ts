/** New entries held against the audit's rules before they enter a ledger: by a pull, or by a push to it. */

import { LedgerError } from '../errors.js';
import type { Policy } from '../model/policy.js';
import type { Projection } from '../model/projection.js';
import type { Verifier } from '../ports/keys.js';
import type { LedgerObjects, Oid } from '../ports/objects.js';
import type { JudgedActivation } from './contract.js';
import { Findings } from './findings.js';
import { Replay } from './replay.js';
import { Story } from './story.js';

/** A verified state, which new entries continue. The projection is changed: give a copy. */
export interface Verified {
  readonly projection: Projection;
  readonly policy: Policy;
}

async function storyAt(objects: LedgerObjects, { projection, policy }: Verified): Promise<Story> {
  const { tree } = await objects.readCommit(projection.tip);
  return new Story(objects, { projection, policy, tree });
}

/**
 * Replays `entries`, oldest first, on top of `base`, and returns the state after them.
 *
 * @throws `AUDIT_FAILED` for the first entry with which anything is wrong
 */
export async function verifyEntries(
  objects: LedgerObjects,
  verifier: Verifier,
  base: Verified,
  entries: Iterable<Oid>,
): Promise<Verified> {
  const findings = new Findings();
  const story = await storyAt(objects, base);
  const replay = new Replay(story, verifier, findings);
  for (const oid of entries) {
    await replay.entry(await objects.readCommit(oid));
    const first = findings.first();
    if (first === null) continue;
    const { step, problem } = first;
    const problems = findings.steps().flatMap((s) => s.problems.map((p) => `${s.name}: ${p.message}`));
    throw new LedgerError(
      'AUDIT_FAILED',
      `journal entry ${oid} does not hold: ${step}: ${problem.message}`,
      { step, problems },
      {
        hint: 'it was not made by git-lineage on this state, or not all that belongs to it came along: use git-lineage push and pull',
      },
    );
  }
  if (story.policy === null) throw new TypeError('a verified state without a policy');
  return { projection: story.projection, policy: story.policy };
}

/** How the gate judges the activations of one entry, by the policy and the reports before it. */
export async function judgeEntry(
  objects: LedgerObjects,
  verifier: Verifier,
  base: Verified,
  entry: Oid,
): Promise<readonly JudgedActivation[]> {
  const replay = new Replay(await storyAt(objects, base), verifier, new Findings());
  return (await replay.entry(await objects.readCommit(entry)))?.judged ?? [];
}
