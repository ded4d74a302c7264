// A thread of worker-pool.mjs: does a job with whatever version is active, and answers with its number.
import { execFileSync } from 'node:child_process';
import { parentPort, workerData } from 'node:worker_threads';
import { openLedger } from 'git-lineage';
import { HotSwapper, importLoader } from 'git-lineage/swap';

const { gitdir, cacheDir } = workerData;
const ledger = await openLedger({ gitdir }); // no key: it reads
const swapper = new HotSwapper({
  versionManager: ledger,
  loader: importLoader({ cacheDir }),
  validator: { validate: ({ exports }) => typeof (/** @type {any} */ (exports).resize) === 'function' },
  healthWindowMs: 0, // whoever deploys watches
});
await swapper.resume();
/** @type {import('git-lineage/swap').ModuleHandle<{ resize(width: number): number }>} */
const resize = swapper.handle('resize');

parentPort?.on('message', async (width) => {
  if (width !== null) {
    parentPort?.postMessage(resize.call((module, version) => ({ version, width: module.resize(width) })));
    return;
  }
  await swapper.close();
  await ledger.close();
  // The cache of modules is read-only.
  execFileSync('chmod', ['-R', 'u+w', cacheDir]);
  parentPort?.close();
});
parentPort?.postMessage('ready');
