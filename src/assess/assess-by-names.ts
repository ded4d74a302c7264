/** The fallback: what can be said of two versions where the engine could not finish. Runs where it is called: see worker.ts. */

import type { Assessment, AssessmentInput, PartialAssessment } from '../model/assessment.js';
import { UNTOLD_CHANGE } from '../model/capability.js';
import { compareManifests } from './compare-manifests.js';
import { ASSESSOR } from './engine-version.js';
import { matchEntries } from './match-entries.js';
import { claimNotes } from './module/claims.js';
import { surveyEntries } from './module/entries.js';
import { ModuleTree } from './module/module-tree.js';
import { compareNames } from './names/compare-names.js';
import { limitVerdict, type ReachedLimit } from './reached-limit.js';
import { levelOf, verdictOfParts } from './verdict.js';

/**
 * Judges by the ways in and the names exported alone: one that is gone is BREAKING, all else UNKNOWN, and a finding says
 * which limit kept the engine from judging more. No checker is asked, for it may be the one that did not come back; nor
 * what they reach, so that it counts as undetermined.
 */
export async function assessByNames(input: AssessmentInput, why: ReachedLimit): Promise<Assessment> {
  const { fromMetadata = {}, toMetadata = {} } = input;
  const [from, to] = [new ModuleTree(input.fromFiles), new ModuleTree(input.toFiles)];
  const [before, after] = [surveyEntries(from, fromMetadata), surveyEntries(to, toMetadata)];
  if (before.entries.length === 0) return limitVerdict(why);
  const { pairs, findings } = matchEntries(before.entries, after.entries, after.capped);
  const names = compareNames(from, to, pairs, { code: 'limit-reached', message: why.words });
  const parts: PartialAssessment[] = [
    { findings, notes: after.notes },
    { findings: names, notes: [] },
    // Which packages the interface builds on is the checker's to say.
    compareManifests(from, to, after.entries, []),
  ];
  const level = levelOf(parts.flatMap((part) => part.findings));
  const notes = claimNotes(from, to, fromMetadata, toMetadata, level);
  return verdictOfParts([...parts, { findings: [], notes }], ASSESSOR, why.limit, UNTOLD_CHANGE);
}
