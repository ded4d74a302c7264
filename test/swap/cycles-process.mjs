/**
 * Swaps a version in and goes back, again and again, and tells what memory is left: run with --expose-gc.
 *
 * Prints { cycles, heapKb: after the first tenth and at the end, alive: instances not collected, folders: in the cache }.
 */

import { mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { HotSwapper, importLoader } from './live.mjs';

const CYCLES = Number(process.argv[2] ?? 500);
const moduleId = 'speaker';
const cacheDir = mkdtempSync(join(tmpdir(), 'git-lineage-cycles-'));
const says = (/** @type {string} */ word) => ({ 'index.mjs': `export const word = () => '${word}';` });

// A manager that keeps two versions only, so that what grows is not the ledger.
/** @type {any[]} */
let lineage = [];
const manager = /** @type {any} */ ({
  recordCheckpoint: async (/** @type {any} */ cp) => {
    const version = { timestamp: 0, metadata: {}, ...cp, tags: new Set() };
    lineage = [...lineage.slice(0, 1), version];
    return version;
  },
  getLineage: async () => lineage,
  latestCheckpoint: async () => lineage.at(-1) ?? null,
  rollbackTarget: async () => lineage[0] ?? null,
  assessCompatibility: async () => 'COMPATIBLE',
  pendingApprovals: async () => [],
  stats: async () => ({}),
});

let alive = 0;
const collected = new FinalizationRegistry(() => {
  alive -= 1;
});
const files = importLoader({ cacheDir });
const urls = new Set();
let sick = false;
const swapper = new HotSwapper({
  validator: { validate: () => true },
  healthCheck: { check: () => !sick },
  healthWindowMs: 0,
  loader: {
    async load(request) {
      const loaded = await files.load(request);
      urls.add(loaded.exports);
      alive += 1;
      collected.register(loaded, null);
      return loaded;
    },
  },
});

const context = { versionManager: manager };
const heapKb = [];
await swapper.swap({ moduleId, files: says('one') }, context);
const handle = swapper.handle(moduleId);
let wrong = 0;
for (let cycle = 1; cycle <= CYCLES; cycle++) {
  sick = true;
  const { restored } = await swapper.swap({ moduleId, files: says('two') }, context);
  swapper.resetRollbacks(moduleId, context);
  if (restored?.version !== 1 || handle.call((/** @type {any} */ m) => m.word()) !== 'one') wrong += 1;
  if (cycle === CYCLES / 10 || cycle === CYCLES) {
    for (let i = 0; i < 5; i++) {
      await new Promise((resolve) => setTimeout(resolve, 20));
      globalThis.gc?.();
    }
    heapKb.push(Math.round(process.memoryUsage().heapUsed / 1024));
  }
}
const folders = readdirSync(join(cacheDir, moduleId)).length;
await swapper.close();
rmSync(cacheDir, { recursive: true, force: true });
process.stdout.write(JSON.stringify({ cycles: CYCLES, wrong, heapKb, alive, folders, contents: urls.size }));
