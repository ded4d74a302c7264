// Opens a ledger in this process for the first time, asks one question, and prints how long that took and what it holds:
// `node ask-cold.mjs GITDIR MODULE target|lineage [SMALL_GITDIR]`. With a small ledger, that one is opened and asked first, so that
// everything that is loaded late is loaded.
import { peakMegabytes } from './memory-held.mjs';

const [, , gitdir = '', moduleId = '', question = 'target', small] = process.argv;

const start = performance.now();
const { openLedger } = await import('git-lineage');

/** @param {string} at @param {string} module */
async function ask(at, module) {
  const ledger = await openLedger({ gitdir: at });
  const answer =
    question === 'lineage'
      ? await ledger.getLineage(module, { full: true })
      : await ledger.rollbackTarget(module, 'MANUAL');
  return { ledger, answer };
}

const imported = performance.now();
if (small !== undefined) await (await ask(small, moduleId)).ledger.close();
const loaded = performance.now();
const { ledger, answer } = await ask(gitdir, moduleId);
const asked = performance.now();
if (answer === null) throw new Error(`${gitdir}: ${moduleId} has no rollback target`);
const rss = process.memoryUsage.rss() / 2 ** 20;
const peak = peakMegabytes();
console.log(JSON.stringify({ importMs: imported - start, askMs: asked - loaded, rss, peak }));
await ledger.close();
