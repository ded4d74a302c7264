/** What the tests of batches have in common: a ledger, a swapper that does as it is told, and a chain of modules. */

import { expect } from 'vitest';
import { makeVersionManager } from '../../src/api/testing.js';
import type { Ledger } from '../../src/index.js';
import { type BatchContext, type BatchResult, type BatchSwapper, swapBatch } from '../../src/swap/depend/swap-batch.js';
import { swapResult } from '../../src/swap/swap/swap-result.js';
import type { RollbackContext, SwapRequest, SwapResult } from '../../src/swap/swap-types.js';

/** What becomes of a module's next swap. */
type Fate = 'refused' | 'restored' | 'throws' | 'NO_TARGET' | 'POLICY';

/** Records what it is asked, and asks in its turn what a hot swapper asks. */
export class StandInSwapper implements BatchSwapper {
  readonly calls: string[] = [];
  private readonly ledger: Ledger;
  readonly fates = new Map<string, Fate>();
  readonly stuck = new Set<string>();
  /** What an assessor says of the next version of a module. */
  readonly breaking = new Set<string>();

  constructor(ledger: Ledger) {
    this.ledger = ledger;
  }

  private result(given: Pick<SwapResult, 'moduleId' | 'phase' | 'reason'> & Partial<SwapResult>): SwapResult {
    return swapResult({ step: 'health', durationMs: 1, ...given });
  }

  async swap(
    { moduleId, version, metadata, files }: SwapRequest,
    context: Parameters<BatchSwapper['swap']>[1],
  ): Promise<SwapResult> {
    const active = await this.ledger.latestCheckpoint(moduleId);
    const fromVer = active?.version ?? null;
    const staged = await this.ledger.stage({ moduleId, version, metadata }, { files });
    const toVer = staged.version;
    this.calls.push(`swap ${moduleId} ${fromVer} -> ${toVer}`);
    if (this.breaking.has(moduleId)) {
      await this.ledger.assessCompatibility({ moduleId, fromVer, toVer, level: 'BREAKING' });
    }
    const misfits = (await context.resolver?.misfits(staged, context)) ?? [];
    const fate = misfits.length > 0 ? 'refused' : this.fates.get(moduleId);
    const about = { moduleId, fromVer, toVer };
    if (fate === 'throws') throw new Error('out of order');
    if (fate === 'refused') return this.result({ ...about, phase: 'FAILED', reason: misfits[0] ?? 'not valid' });
    const checkpoint = fromVer === toVer ? active : await this.ledger.activate(moduleId, toVer);
    const live = { ...about, checkpoint };
    if (fate === undefined) return this.result({ ...live, phase: 'COMMITTED', reason: 'live and healthy' });
    const sick = { ...live, phase: 'ROLLED_BACK', reason: 'sick', rollbackReason: 'HEALTH_FAILURE' } as const;
    if (fate !== 'restored') return this.result({ ...sick, stayed: fate });
    const restored = await this.ledger.rollback(moduleId, 'HEALTH_FAILURE', { to: fromVer ?? 0 });
    return this.result({ ...sick, restored });
  }

  async rollback(moduleId: string, reason: 'DEPENDENCY', context: RollbackContext): Promise<SwapResult> {
    const active = await this.ledger.latestCheckpoint(moduleId);
    this.calls.push(`rollback ${moduleId} ${active?.version} -> ${context.to} ${reason}`);
    expect(context.versionManager).toBe(this.ledger);
    if (this.stuck.has(moduleId)) throw new Error('it hangs');
    const about = { moduleId, phase: 'ROLLED_BACK', step: 'rollback', rollbackReason: reason } as const;
    if (context.to === undefined) return this.result({ ...about, reason: 'it stays', stayed: 'NO_TARGET' });
    const restored = await this.ledger.rollback(moduleId, reason, { to: context.to });
    return this.result({ ...about, reason: 'back', restored });
  }
}

/** A request for a module that declares these dependencies. */
export function request(
  moduleId: string,
  dependencies: Readonly<Record<string, string>> = {},
  more: Partial<SwapRequest> = {},
) {
  const files = { 'index.mjs': `export const id = '${moduleId} ${JSON.stringify(dependencies)}';\n` };
  return { moduleId, files, metadata: { dependencies: JSON.stringify(dependencies) }, ...more };
}

export interface BatchScene {
  readonly ledger: Ledger;
  readonly swapper: StandInSwapper;
  /** Records `count` versions that declare these dependencies. */
  live(moduleId: string, count?: number, dependencies?: Readonly<Record<string, string>>): Promise<void>;
  batch(requests: readonly SwapRequest[], more?: Partial<BatchContext>): Promise<BatchResult>;
  /** The active versions of these modules. */
  active(...modules: readonly string[]): Promise<(number | undefined)[]>;
  /** base ← clock ← planner, each with two versions; and requests for the next of each, in the wrong order. */
  chain(): Promise<SwapRequest[]>;
}

export async function batchScene(): Promise<BatchScene> {
  const ledger = await makeVersionManager();
  const swapper = new StandInSwapper(ledger);
  const live: BatchScene['live'] = async (moduleId, count = 1, dependencies = {}) => {
    const metadata = { dependencies: JSON.stringify(dependencies) };
    for (let i = 0; i < count; i++) {
      await ledger.recordCheckpoint({ moduleId, metadata }, { files: { 'index.mjs': `export const n = ${i};\n` } });
    }
  };
  return {
    ledger,
    swapper,
    live,
    batch: (requests, more = {}) => swapBatch(requests, { swapper, versionManager: ledger, ...more }),
    active: (...modules) => Promise.all(modules.map(async (id) => (await ledger.latestCheckpoint(id))?.version)),
    async chain() {
      await live('base', 2);
      await live('clock', 2, { base: '>=2' });
      await live('planner', 2, { clock: '>=2' });
      return [request('planner', { clock: '>=3' }), request('clock', { base: '>=3' }), request('base')];
    },
  };
}
