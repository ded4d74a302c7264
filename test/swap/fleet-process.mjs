/**
 * One service of several at a ledger: fleet-process.mjs GITDIR KEY NAME. It comes up on the ledger, serves calls, and does what its
 * parent asks over IPC: `{ id, act, … }`, answered with `{ id, answer }`.
 *
 * What a build does is in its exports: `sickIn` names the processes whose health check it fails, `deadlyIn` those that it takes
 * down in its health window, and `faulty` says that its calls fail.
 */

import { readFileSync } from 'node:fs';
import { HotSwapper, openLedger, sshSigner } from './live.mjs';

const [gitdir = '', key = '', name = ''] = process.argv.slice(2);
const MODULE = 'speaker';
const signer = await sshSigner({ privateKey: readFileSync(key), principal: 'service@example.org' });
const ledger = await openLedger({ gitdir, signer });
const context = { versionManager: ledger };

/** @typedef {{ word(): string, sickIn: readonly string[], deadlyIn: readonly string[], faulty: boolean }} Build */

/** @param {Record<string, unknown>} message */
function tell(message) {
  process.send?.(message);
}

const swapper = new HotSwapper({
  validator: { validate: ({ exports }) => typeof (/** @type {Build} */ (exports).word) === 'function' },
  healthCheck: {
    check: ({ exports }) => {
      const { deadlyIn, sickIn } = /** @type {Build} */ (exports);
      if (deadlyIn.includes(name)) process.kill(process.pid, 'SIGKILL');
      return !sickIn.includes(name);
    },
  },
  assessor: null,
  healthWindowMs: 150,
  healthIntervalMs: 20,
  followIntervalMs: 20,
  drainLimitMs: 1000,
  maxRollbacks: 1_000_000,
  onEvent: (notice) => {
    if (notice.type !== 'step') tell({ notice });
  },
});
const handle = /** @type {import('../../src/api/swap.js').ModuleHandle<Build>} */ (swapper.handle(MODULE));

/** Calls that failed though their build is not one whose calls fail. */
let failed = 0;

/** What a call says now; null where it fails, as those of a faulty build do. */
function call() {
  let faulty = false;
  try {
    return handle.call((build) => {
      ({ faulty } = build);
      return build.word();
    });
  } catch (error) {
    if (!faulty) {
      failed += 1;
      tell({ complaint: `a call failed: ${error}` });
    }
    return null;
  }
}

/** What the parent may ask for. @type {Record<string, (asked: any) => unknown>} */
const ACTS = {
  swap: ({ files }) => swapper.swap({ moduleId: MODULE, files }, context),
  rollback: () => swapper.rollback(MODULE, 'MANUAL', context),
  report: () => {
    // Whether something is under way is no question for callers of a swapper: read where it keeps it. In brackets, so that the compiler
    // knows what is there.
    const { window, unreported, diverged } = swapper['slots'].of(MODULE);
    const turns = swapper['turns']['tails'].size;
    const busy = window !== null || unreported !== null || swapper['pending'].size > 0 || turns > 0;
    return { version: handle.version, word: call(), busy, failed, diverged };
  },
  close: async () => {
    clearInterval(calling);
    await swapper.close();
    await ledger.close();
    process.disconnect();
  },
};

const [resumed] = await swapper.resume(context, [MODULE]);
const calling = setInterval(call, 2);
process.on('message', async (/** @type {any} */ { id, act, ...asked }) => {
  try {
    const answer = await ACTS[act]?.(asked);
    if (process.connected) tell({ id, answer: JSON.parse(JSON.stringify(answer ?? null)) });
  } catch (error) {
    tell({ id, error: String(error) });
  }
});
process.on('disconnect', () => process.exit());
tell({ up: resumed?.version ?? null, error: resumed?.error == null ? null : String(resumed.error) });
