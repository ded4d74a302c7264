/** The assessor of whoever opens, audits or receives: loaded with the first pair that is to be measured. */

import type { AssessorLimits } from './model/assessment.js';
import type { Measurer } from './ports/measuring.js';

/** @param cacheDir where verdicts outlive the process; without it they are kept in memory alone */
export function lazyMeasurer(limits: AssessorLimits, cacheDir: string | undefined): Measurer {
  const load = async () => {
    const [{ createAssessor }, { measureVersions }] = await Promise.all([
      import('./assess/assessor.js'),
      import('./assess/measure-versions.js'),
    ]);
    return { measureVersions, assessor: createAssessor({ ...limits, cacheDir }) };
  };
  let loaded: ReturnType<typeof load> | null = null;
  return {
    async measure(from, to, signal) {
      loaded ??= load();
      const { measureVersions, assessor } = await loaded;
      return measureVersions(assessor, from, to, { signal });
    },
    async close() {
      await (await loaded?.catch(() => null))?.assessor.close();
    },
  };
}

/** The folder of a ledger on disk in which its own machine keeps verdicts. */
export const ASSESSMENTS = ['lineage', 'assessments'] as const;
