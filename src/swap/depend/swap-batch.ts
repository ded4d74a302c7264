/** Swapping several modules as one: what others depend on first, and all the way back if one does not come out. */

import { type InputIssue, invalidInput, messageOf, quoted, type Reason, reasonText } from '../../errors.js';
import type { VersionManager } from '../../ledger/version-manager.js';
import type { RollbackReason } from '../../model/rollback-target.js';
import { assertManager } from '../ledger/is-ledger.js';
import type { BatchRefusalCode } from '../swap/swap-codes.js';
import { swapResult } from '../swap/swap-result.js';
import type { RollbackContext, SwapContext, SwapPhase, SwapRequest, SwapResolver, SwapResult } from '../swap-types.js';
import type { DependencyVersion } from './dependency-declaration.js';
import { type DependencyContext, DependencyResolver } from './dependency-resolver.js';
import { type BatchMember, planBatch } from './swap-batch-plan.js';

/** What a batch needs of a hot swapper. */
export interface BatchSwapper {
  /**
   * Swaps one version in and answers when its health window is over. What it throws counts as FAILED: the batch is
   * taken back.
   */
  swap(request: SwapRequest, context: SwapContext & Pick<BatchContext, 'versionManager'>): Promise<SwapResult>;
  /**
   * Takes a module back, with the reason DEPENDENCY, to the version that the batch replaced (`context.to`; none for a
   * module's first). What it throws is told in `BatchResult.unwound`.
   */
  rollback(
    moduleId: string,
    reason: RollbackReason,
    context: RollbackContext & Pick<BatchContext, 'versionManager'>,
  ): Promise<SwapResult>;
}

/** Who carries a batch out, and what its versions must fit. */
export interface BatchContext {
  /** A `HotSwapper`, or whatever swaps as one does. */
  readonly swapper: BatchSwapper;
  /** Asked before the first swap whether all fits; each swap is recorded there. */
  readonly versionManager: VersionManager;
  /** Knows the dependencies that were added by hand; those that versions declare are found without one. */
  readonly resolver?: DependencyResolver | undefined;
}

/** How a batch ended. */
export interface BatchResult {
  /** COMMITTED: all are live and healthy. FAILED: none ever was. ROLLED_BACK: some were, and `unwound` says what became of them. */
  readonly phase: SwapPhase;
  /** One sentence for an operator. */
  readonly reason: string;
  /** The modules in the order of their swaps; where there is none, those that can be ordered. */
  readonly order: readonly string[];
  /** The swaps that were begun, in that order; all but the last are COMMITTED. */
  readonly results: readonly SwapResult[];
  /** Why no swap was begun. */
  readonly aborted: readonly Reason<BatchRefusalCode>[];
  /** The rollbacks, in the reverse order; `restored` is null where the version stays. */
  readonly unwound: readonly SwapResult[];
}

/** What a swapper that threw would have answered. */
function thrownSwap({ candidate }: BatchMember, error: unknown): SwapResult {
  const { moduleId, version: toVer } = candidate;
  return swapResult({
    moduleId,
    phase: 'FAILED',
    step: 'stage',
    reason: messageOf(error),
    toVer,
    error,
    durationMs: 0,
  });
}

function thrownRollback(swapped: SwapResult, error: unknown): SwapResult {
  return {
    ...swapped,
    phase: 'ROLLED_BACK',
    step: 'rollback',
    reason: `it could not be rolled back: ${messageOf(error)}`,
    rollbackReason: 'DEPENDENCY',
    rollbackTarget: null,
    restored: null,
    stayed: null,
    error,
  };
}

/** True where the batch changed what runs: not for a version that was active already, nor for one that was restored. */
function isLive({ phase, restored, fromVer, toVer }: SwapResult): boolean {
  if (phase === 'COMMITTED') return fromVer !== toVer;
  return phase === 'ROLLED_BACK' && restored === null;
}

class BatchRun {
  private readonly results: SwapResult[] = [];
  private readonly unwound: SwapResult[] = [];
  private readonly members: readonly BatchMember[];
  private readonly swapper: BatchSwapper;
  private readonly resolver: DependencyResolver;
  private readonly asked: DependencyContext & { readonly versionManager: VersionManager };
  private readonly context: SwapContext & Pick<BatchContext, 'versionManager'>;

  constructor(members: readonly BatchMember[], context: BatchContext & { readonly resolver: DependencyResolver }) {
    const { swapper, versionManager, resolver } = context;
    this.members = members;
    this.swapper = swapper;
    this.resolver = resolver;
    this.asked = { versionManager, batch: members.map(({ candidate }) => candidate) };
    // Asked once more by each swap: now the version has its number, and what an assessor said of it is in the ledger.
    const misfits: SwapResolver['misfits'] = (candidate: DependencyVersion) => resolver.misfits(candidate, this.asked);
    this.context = { versionManager, resolver: { misfits } };
  }

  async run(): Promise<BatchResult> {
    for (const member of this.members) {
      const result = await this.swapOne(member);
      this.results.push(result);
      if (result.phase === 'COMMITTED') continue;
      await this.unwind(result);
      const { moduleId, toVer, phase, reason } = result;
      const never = this.results.length === 1 && phase === 'FAILED';
      const what = `${moduleId}${toVer === null ? '' : ` v${toVer}`} is ${phase} (${reason})`;
      return this.ended(never ? 'FAILED' : 'ROLLED_BACK', `${what}; ${this.outcome()}`);
    }
    return this.ended('COMMITTED', `${this.results.length} live and healthy`);
  }

  private async swapOne(member: BatchMember): Promise<SwapResult> {
    try {
      return await this.swapper.swap(member.request, this.context);
    } catch (error) {
      return thrownSwap(member, error);
    }
  }

  /** Takes back what is live, the last first; what a sick version needs that the policy keeps is kept with it. */
  private async unwind(failed: SwapResult): Promise<void> {
    const kept = failed.stayed === 'POLICY' ? await this.neededBy(failed.moduleId) : new Set<string>();
    for (const result of this.results.toReversed()) {
      if (isLive(result) && !kept.has(result.moduleId)) this.unwound.push(await this.unwindOne(result));
    }
  }

  private async neededBy(moduleId: string): Promise<ReadonlySet<string>> {
    try {
      return new Set((await this.resolver.resolve([moduleId], this.asked)).order);
    } catch {
      // What cannot be asked any more cannot be kept: the sick version alone stays.
      return new Set([moduleId]);
    }
  }

  private async unwindOne(result: SwapResult): Promise<SwapResult> {
    const { moduleId, fromVer } = result;
    try {
      const { versionManager } = this.context;
      const to = fromVer === null ? {} : { to: fromVer };
      return await this.swapper.rollback(moduleId, 'DEPENDENCY', { versionManager, ...to });
    } catch (error) {
      return thrownRollback(result, error);
    }
  }

  private outcome(): string {
    const live = this.results.filter(isLive);
    if (live.length === 0) return 'nothing was to be unwound';
    const notes: string[] = [];
    for (const { moduleId, fromVer, toVer } of live) {
      const now = this.unwound.find((back) => back.moduleId === moduleId)?.restored ?? null;
      if (now === null) notes.push(`${moduleId} v${toVer} is live still`);
      else if (now.version !== fromVer) notes.push(`${moduleId} is on v${now.version}, not on v${fromVer}`);
    }
    return [`${live.length - notes.length} of ${live.length} unwound`, ...notes].join('; ');
  }

  private ended(phase: SwapPhase, reason: string): BatchResult {
    const order = this.members.map(({ candidate }) => candidate.moduleId);
    const { results, unwound } = this;
    return Object.freeze({ phase, reason, order, results, aborted: [], unwound });
  }
}

function checkPorts({ swapper, resolver }: BatchContext): void {
  const can = (port: unknown, ...methods: readonly string[]): boolean =>
    typeof port === 'object' && port !== null && methods.every((m) => typeof Reflect.get(port, m) === 'function');
  const issues: InputIssue[] = [];
  if (!can(swapper, 'swap', 'rollback')) {
    issues.push({ path: 'swapper', expected: 'an object with swap and rollback', actual: quoted(swapper) });
  }
  if (resolver !== undefined && !can(resolver, 'resolve', 'misfits', 'misfitsOfBatch')) {
    issues.push({ path: 'resolver', expected: 'a DependencyResolver', actual: quoted(resolver) });
  }
  if (issues.length > 0) throw invalidInput('INVALID_ARGUMENT', issues, 'see BatchContext');
}

/**
 * Swaps a batch in, one after another, each after what it depends on; all of them, or, as far as can be, none.
 *
 * The version manager is asked first whether every version fits what it will meet once the whole batch is active; where
 * one does not, where there is no order, or where the gate would refuse a version that is staged already, no swap is
 * begun. If one does not come out COMMITTED, those before it are rolled back in reverse, with the reason DEPENDENCY, each
 * to the version that it replaced; so is the one that failed, where it stayed live. The exceptions: a module's first
 * version has nothing to go back to and stays, and where the policy keeps a sick BREAKING version live, what it needs
 * stays with it.
 *
 * Between the first swap and the last, versions meet that were not asked about: a module that must never meet the
 * next version of its dependency cannot be swapped with it.
 * @throws `INVALID_ARGUMENT`, `INVALID_FILES` for requests and declarations that are malformed; what the version
 * manager throws when asked. Nothing is swapped then.
 * @example
 * const { phase, reason } = await swapBatch([clock, planner], { swapper, versionManager: ledger, resolver });
 */
export async function swapBatch(requests: readonly SwapRequest[], context: BatchContext): Promise<BatchResult> {
  const versionManager = assertManager(context?.versionManager);
  checkPorts(context);
  const resolver = context.resolver ?? new DependencyResolver();
  const { members, aborted } = await planBatch(requests, versionManager, resolver);
  if (aborted.length > 0) {
    const order = members.map(({ candidate }) => candidate.moduleId);
    const reason = `no swap was begun: ${reasonText(aborted)}`;
    return Object.freeze({ phase: 'FAILED', reason, order, results: [], aborted, unwound: [] });
  }
  return new BatchRun(members, { ...context, versionManager, resolver }).run();
}
