// One service of several at a ledger: fleet-process.mjs GITDIR KEY CALLS. It makes so many calls a second, from its first version on, and
// does what its parent asks over IPC.
import { readFileSync } from 'node:fs';
import { openLedger, sshSigner } from 'git-lineage';
import { HotSwapper } from 'git-lineage/swap';

const [gitdir = '', key = '', rate = ''] = process.argv.slice(2);
const moduleId = 'planner';
const everyMs = 1000 / Number(rate);
const signer = await sshSigner({ privateKey: readFileSync(key), principal: 'bench@localhost' });
const versionManager = await openLedger({ gitdir, signer });
const swapper = new HotSwapper({
  versionManager,
  validator: { validate: () => true },
  healthWindowMs: 1000,
  assessor: null,
});
await swapper.resume({ versionManager }, [moduleId]);
/** @type {import('git-lineage/swap').ModuleHandle<{ plan(order: number): Promise<number> }>} */
const handle = swapper.handle(moduleId);

/** Of the calls since the last report: how long each took from the moment at which it was due, in milliseconds. @type {number[]} */
let took = [];
let failed = 0;

/** @param {number} due */
async function call(due) {
  try {
    await handle.call((planner) => planner.plan(due));
    took.push(performance.now() - due);
  } catch {
    failed += 1;
  }
}

let due = performance.now();
setInterval(() => {
  // A loop that was held is late for its calls, and that counts.
  for (const now = performance.now(); due <= now; due += everyMs) void call(due);
}, 1);

/** @type {Record<string, (asked: any) => unknown>} */
const ACTS = {
  swap: ({ files }) => swapper.swap({ moduleId, files }),
  rollback: () => swapper.rollback(moduleId, 'MANUAL'),
  version: () => handle.version,
  report: () => {
    const report = { took, failed };
    [took, failed] = [[], 0];
    return report;
  },
};
process.on('message', async (/** @type {any} */ { id, act, ...asked }) => {
  const answer = await ACTS[act]?.(asked);
  process.send?.({ id, answer: JSON.parse(JSON.stringify(answer)) });
});
process.on('disconnect', () => process.exit());
process.send?.({ up: true });
