/**
 * A service that is killed in the middle of a swap: crash-process.mjs GITDIR KEY STEP.
 *
 * The ledger has a stable v1. The process swaps v2 in, says `at STEP` when it is in that step, and goes no further
 * where the step is a port's; where it is the ledger's it goes on, to be killed at any moment of the write.
 */

import { readFileSync } from 'node:fs';
import { HotSwapper, openLedger, sshSigner } from './live.mjs';

const [gitdir = '', key = '', step = ''] = process.argv.slice(2);
const signer = await sshSigner({ privateKey: readFileSync(key), principal: 'service@example.org' });
const ledger = await openLedger({ gitdir, signer });

function announce() {
  process.stdout.write(`at ${step}\n`);
}

/** @returns {Promise<any>} */
function stop() {
  announce();
  setInterval(() => {}, 1000);
  return new Promise(() => {});
}

/** @param {'recordCheckpoint' | 'rollback'} name */
function announceCall(name) {
  const target = /** @type {any} */ (ledger);
  const call = target[name].bind(ledger);
  target[name] = (/** @type {any[]} */ ...args) => {
    announce();
    return call(...args);
  };
}

if (step === 'commit') announceCall('recordCheckpoint');
if (step === 'rollback') announceCall('rollback');
const swapper = new HotSwapper({
  // One that answers at once: the process is killed in other steps.
  assessor: { assess: async () => ({ level: 'COMPATIBLE', rationale: 'the same', assessor: 'test 1' }) },
  validator: { validate: () => (step === 'validate' ? stop() : true) },
  healthCheck: { check: () => (step === 'health' ? stop() : step !== 'rollback') },
  healthWindowMs: 0,
  healthTimeoutMs: 60_000,
  validateTimeoutMs: 60_000,
});
await swapper.resume({ versionManager: ledger });
const wait =
  step === 'load'
    ? `process.stdout.write('at load\\n'); setInterval(() => {}, 1000); await new Promise(() => {});`
    : '';
const files = { 'index.mjs': `${wait} export const word = () => 'two';` };
const { phase } = await swapper.swap({ moduleId: 'speaker', files }, { versionManager: ledger });
process.stdout.write(`ended ${phase}\n`);
setInterval(() => {}, 1000);
