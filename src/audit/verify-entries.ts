/** New entries held against the audit's rules before they enter a ledger: by a pull, or by a push to it. */

import { LedgerError } from '../errors.js';
import { clockAhead, firstAhead } from '../model/clock.js';
import type { Policy } from '../model/policy.js';
import type { Verifier } from '../ports/keys.js';
import type { Measurer } from '../ports/measuring.js';
import type { Commit, LedgerObjects, Oid, RefName } from '../ports/objects.js';
import { Findings } from './findings.js';
import { LedgerState } from './ledger-state.js';
import { type EarlierState, Projection } from './projection.js';
import { Redactions } from './redactions.js';
import { Replay } from './replay-entries.js';

/** A verified state, which new entries continue. */
export interface Verified {
  readonly earlier: EarlierState;
  readonly policy: Policy;
}

/** What entries that hold have come to. */
interface VerifiedEntries {
  /** Where the refs that they move go. */
  readonly moves: ReadonlyMap<RefName, Oid | null>;
}

/**
 * Replays `entries`, oldest first, on top of `base`.
 *
 * @param measurer measures what becomes active, where the policy of that moment says `measuredBy: recheck`; whoever gives it, closes it
 * @param now the clock of whoever takes them in, in seconds since the Unix epoch
 * @throws `AUDIT_FAILED` for the first entry with which anything is wrong; `CLOCK_AHEAD` where one is dated later than the policy in force before allows and no
 * later one says that it is misdated: once that clock shows the time, they can be taken in
 */
export async function verifyEntries(
  objects: LedgerObjects,
  { verifier, measurer }: { readonly verifier: Verifier; readonly measurer: Measurer },
  { earlier, policy }: Verified,
  entries: Iterable<Oid>,
  now: number,
): Promise<VerifiedEntries> {
  const findings = new Findings();
  const { tree } = await objects.readCommit(earlier.tip);
  const redactions = new Redactions(earlier.redactions());
  const commits: Commit[] = [];
  for (const oid of entries) {
    const commit = await objects.readCommit(oid);
    redactions.announce(commit);
    commits.push(commit);
  }
  const state = new LedgerState(objects, { projection: new Projection(earlier), policy, tree, redactions });
  const replay = new Replay(state, verifier, findings, measurer);
  for (const commit of commits) {
    const { oid } = commit;
    await replay.entry(commit);
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
  const { moved, dated, misdated } = state.projection;
  const ahead = firstAhead(dated, misdated, now + policy.clockTolerance);
  if (ahead !== null) throw clockAhead(ahead, now, policy.clockTolerance);
  return { moves: moved };
}
