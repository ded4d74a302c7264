/** The assessor of whoever opens, audits or receives: loaded with the first pair that is to be measured. */

import type { Measurer } from './ports/measuring.js';

/** What judging one pair of versions may take. */
export interface MeasureLimits {
  /** Milliseconds by the clock, beside the engine's own limit on work; 60 s by default. */
  readonly timeLimitMs?: number | undefined;
  /** Megabytes of heap; 1024 by default. */
  readonly memoryLimitMb?: number | undefined;
  /** @internal What runs in place of the engine, for tests. */
  readonly script?: URL | undefined;
}

/** @param cacheDir where verdicts outlive the process; without it they are kept in memory alone */
export function lazyMeasurer(limits: MeasureLimits, cacheDir: string | undefined): Measurer {
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
