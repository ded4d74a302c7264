/** A limit that ended the engine, and the verdict where nothing more can be said. */

import type { Assessment, AssessmentLimit, Finding } from '../model/assessment.js';
import { UNTOLD_CHANGE } from '../model/capability.js';
import { ASSESSOR } from './engine-version.js';
import { verdictOfParts } from './verdict.js';

/** Which limit was reached, and what it was, as a clause: `the time limit of 60 s was reached`. */
export interface ReachedLimit {
  readonly limit: AssessmentLimit;
  readonly words: string;
}

/** The finding that says which limit was reached: too little information about the whole module. */
function limitFinding({ words }: ReachedLimit): Finding {
  return { code: 'limit-reached', level: 'UNKNOWN', path: '', before: null, after: null, message: words };
}

/** UNKNOWN, because of a limit and nothing else. */
export function limitVerdict(why: ReachedLimit): Assessment {
  return verdictOfParts([{ findings: [limitFinding(why)], notes: [] }], ASSESSOR, why.limit, UNTOLD_CHANGE);
}
