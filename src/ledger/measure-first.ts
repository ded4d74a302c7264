/**
 * Where the policy asks for approvals, a pair is measured before the gate is asked, and under `measuredBy: recheck` also one of which
 * there are reports: a decision says which pairs it lacks, and is made again with what was found. Measuring takes seconds, so it happens
 * outside of every lock and queue.
 */

import { isLedgerError, type LedgerError } from '../errors.js';
import type { Assessment } from '../model/assessment.js';
import type { LedgerFormat } from '../model/ledger-event.js';
import { isWorst, verdictOf } from '../model/level-in-force.js';
import type { NormalizedFiles } from '../model/module-files.js';
import { demandsRecheck, type Policy } from '../model/policy.js';
import type { PairKey, VersionContent } from '../model/record-types.js';
import { checkReport } from '../model/report.js';
import type { MeasuredVersion, Measurer } from '../ports/measuring.js';
import type { Oid } from '../ports/objects.js';
import type { ObjectReader } from '../ports/repository.js';
import type { Decision } from './decision.js';
import { journalMoved } from './journal-moved.js';
import { measuredReport, measurePair } from './measure.js';
import { readVersionFiles } from './read-files.js';
import { addFinding } from './reports.js';
import type { Version } from './view.js';

/** A version of a pair that is to be measured. */
interface Side {
  readonly version: number;
  readonly checksum: string;
  readonly content: VersionContent;
  /** True where it is in the ledger, and not new in the decision. */
  readonly isKnown: boolean;
  /** Its files where it is new, as far as they were kept; else null. */
  readonly files: NormalizedFiles | null;
}

/** A pair that is to be measured. */
export interface UnmeasuredPair extends PairKey {
  readonly from: Side;
  readonly to: Side;
  /** That of the ledger. */
  readonly format: LedgerFormat;
  /** True where reports on it count only as far as it can be measured again. */
  readonly again: boolean;
}

/** What was found, by what was compared; null: the pair cannot be measured. */
export type Measurements = Map<string, Assessment | null>;

/** What an operation brings along so that pairs can be measured for it. */
export interface GivenForMeasuring {
  /** The content of versions that it stages, by their trees: kept where the policy has pairs measured first. */
  readonly contents?: ReadonlyMap<Oid, NormalizedFiles>;
  /** What was measured for it so far. */
  readonly measured?: Measurements;
}

/** A measurement counts for the content and metadata of both versions, whatever their numbers are. */
function keyOf({ from, to }: UnmeasuredPair): string {
  return JSON.stringify([from, to].map(({ checksum, content: { tree, metadata } }) => [checksum, tree, metadata]));
}

/**
 * A version as it is to be measured; null where it has no files, or cannot be read. Where a pair is measured `again`, a version without
 * files is measured too, and one that cannot be read is an error.
 */
function sideOf(decision: Decision, version: Version, again: boolean): Side | null {
  const { moduleId, version: number, checksum } = version;
  const isKnown = decision.base.before.version(moduleId, number) !== null;
  try {
    const content = decision.contentOf(version);
    const isEmpty = content.tree === decision.base.drafts.tree(new Map());
    const files = isKnown ? null : decision.filesOfNew(content.tree);
    return isEmpty && !again ? null : { version: number, checksum, content, isKnown, files };
  } catch (error) {
    if (isLedgerError(error, 'CORRUPT_OBJECT') && !again) return null;
    throw error;
  }
}

/** The pair of a candidate and the version that it replaces, where it is to be measured; else null. */
function unmeasuredPair(decision: Decision, candidate: Version): UnmeasuredPair | null {
  const { moduleId, version: toVer, parentVer: fromVer } = candidate;
  if (fromVer === null || !measuresFirst(decision.policy)) return null;
  const { approveCapabilities } = decision.policy;
  const counted = verdictOf(decision.judged({ moduleId, fromVer, toVer }), approveCapabilities);
  const again = counted.assessed && demandsRecheck(decision.policy);
  if (counted.assessed && (!again || isWorst(counted, approveCapabilities))) return null;
  const earlier = decision.require(moduleId, fromVer);
  // What nobody has any more, nobody measures.
  if (earlier.redacted !== undefined) return null;
  const from = sideOf(decision, earlier, again);
  const to = sideOf(decision, candidate, again);
  if (from === null || to === null) return null;
  return { moduleId, fromVer, toVer, from, to, format: decision.policy.format, again };
}

/** True where pairs are measured before the gate is asked. */
export function measuresFirst(policy: Policy): boolean {
  return policy.requireApproval || policy.approveCapabilities.length > 0 || demandsRecheck(policy);
}

/**
 * Adds to the decision what was measured of a candidate, and returns it. `none`: it is not to be measured, or cannot be. `missing`: that
 * is still to be done; the pair is in `unmeasured`, and the decision does not count.
 */
export function takeMeasured(decision: Decision, candidate: Version): Assessment | 'none' | 'missing' {
  const pair = unmeasuredPair(decision, candidate);
  if (pair === null) return 'none';
  const found = decision.measured.get(keyOf(pair));
  if (found === undefined || (found === null && pair.again)) {
    decision.unmeasured.push(pair);
    return 'missing';
  }
  if (found === null) return 'none';
  storeMeasured(decision, pair, found);
  return found;
}

/** Stores what was measured of a pair. */
export function storeMeasured(decision: Decision, { moduleId, fromVer, toVer }: PairKey, found: Assessment): void {
  const report = measuredReport({ moduleId, fromVer, toVer }, found, decision.policy.format, null);
  addFinding(decision, checkReport(report));
}

function measuredSide(
  objects: ObjectReader,
  moduleId: string,
  { version, checksum, content, isKnown, files: given }: Side,
): MeasuredVersion {
  if (given === null && !isKnown) throw policyMoved(moduleId);
  const files = given ?? readVersionFiles(objects, { moduleId, version, checksum }, content.tree);
  return { name: `v${version}`, checksum, metadata: content.metadata, files };
}

/**
 * Measures pairs, one after the other, into `found`. A pair whose files are damaged cannot be measured; where it was to be measured
 * again, that is an error.
 */
export async function measurePairs(
  { objects, measurer }: { readonly objects: ObjectReader; readonly measurer: Measurer },
  pairs: readonly UnmeasuredPair[],
  found: Measurements,
): Promise<void> {
  for (const pair of pairs) {
    try {
      const [from, to] = [pair.from, pair.to].map((side) => measuredSide(objects, pair.moduleId, side));
      found.set(keyOf(pair), await measurePair(measurer, [from ?? null, to as MeasuredVersion], pair.format));
    } catch (error) {
      const damaged = isLedgerError(error, 'CORRUPT_OBJECT') || isLedgerError(error, 'CHECKSUM_MISMATCH');
      if (!damaged || pair.again) throw error;
      found.set(keyOf(pair), null);
    }
  }
}

/** What was found of the pairs whose versions are both in the ledger: their report need not wait for the activation. */
export function storable(
  pairs: readonly UnmeasuredPair[],
  found: Measurements,
): readonly (readonly [UnmeasuredPair, Assessment])[] {
  return pairs.flatMap((pair) => {
    const measured = found.get(keyOf(pair)) ?? null;
    return measured === null || !pair.from.isKnown || !pair.to.isKnown ? [] : [[pair, measured] as const];
  });
}

/** Content is kept for measuring only where `measuresFirst` says so of the policy. */
function policyMoved(moduleId: string): LedgerError<'REF_CHANGED'> {
  const message = `the policy began to have pairs measured while ${moduleId} was recorded`;
  return journalMoved(message, 'nothing was written: try again');
}
