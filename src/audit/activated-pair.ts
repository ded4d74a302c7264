import type { JudgedActivation } from './audit-report.js';

/** An activation as it was judged, with what its pair had by then. */
export type ActivatedPair = JudgedActivation & {
  /** How many reports. */
  readonly reports: number;
  /** True where an approval counted, or the glass was broken. */
  readonly approved: boolean;
};
