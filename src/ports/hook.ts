/** The operator's own say before an activation: whatever cannot be asked is refused. */

import type { Verdict } from '../model/gate.js';

/** A swap about to happen, as the operator's hook is asked about it. */
export interface SwapQuestion {
  readonly moduleId: string;
  readonly fromVer: number | null;
  readonly toVer: number;
  readonly checksum: string;
  readonly verdict: Verdict;
}

/** The operator's own say before each activation. */
export interface SwapHook {
  /** True where there is one. */
  present(): boolean;
  /** Returns where it lets the swap pass. Throws `HOOK_REFUSED` for everything else, and where `signal` ends it. */
  ask(question: SwapQuestion, signal?: AbortSignal): Promise<void>;
}
