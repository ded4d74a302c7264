// Makes a large ledger through the library, in batches, with stable tags, reports and rollbacks among its versions; goes on
// where an earlier run ended. `node bench/make-ledger.mjs DIR --modules 1000 --versions 100` (so many versions a module;
// after `npm run build`). The key is in DIR.key, the figures of the last run in DIR.json.
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { generateKey, initLedger, openLedger, sshSigner } from 'git-lineage';
import { peakMegabytes } from './memory-held.mjs';
import { codeOf } from './peers.mjs';

const BATCH = 200;
/** In batches: how often a pair of versions gets a report, one waits for an operator, and a module is rolled back. */
const REPORT_EVERY = 3;
const PENDING_EVERY = 50;
const ROLLBACK_EVERY = 10;
/** Of a module's versions: the first of every so many is stable. */
const STABLE_EVERY = 10;
const SAY_EVERY_MS = 5000;
const PRINCIPAL = 'bench@localhost';

/** @typedef {import('git-lineage').Ledger} Ledger */
/** @typedef {{ versions: number, made: number, seconds: number, rss: number, peak: number }} Figures megabytes; `made` in this run */

/** The signer of a ledger that was made here; makes its key where there is none. @param {string} gitdir */
export async function signerOf(gitdir) {
  const file = `${gitdir}.key`;
  if (!existsSync(file)) writeFileSync(file, generateKey({ comment: PRINCIPAL }).privateKey, { mode: 0o600 });
  return sshSigner({ privateKey: readFileSync(file, 'utf8'), principal: PRINCIPAL });
}

/** @param {number} number */
export const moduleName = (number) => `module-${number}`;

/** The batch that begins with version `first` of all. @param {number} first @param {number} modules @param {number} total */
function batchAt(first, modules, total) {
  return Array.from({ length: Math.min(BATCH, total - first) }, (_, i) => {
    const index = Math.floor((first + i) / modules);
    const tags = index % STABLE_EVERY === 0 ? ['stable'] : [];
    const files = { 'index.js': codeOf(index), 'package.json': '{ "type": "module" }\n' };
    return { checkpoint: { moduleId: moduleName((first + i) % modules), tags }, files };
  });
}

/** What follows a batch now and then, on one of its modules. @param {Ledger} ledger @param {number} number @param {string} moduleId */
async function sprinkle(ledger, number, moduleId) {
  const active = await ledger.latestCheckpoint(moduleId);
  if (active === null || active.parentVer === null) return;
  const pair = { moduleId, fromVer: active.parentVer, toVer: active.version };
  if (number % REPORT_EVERY === 0)
    await ledger.assessCompatibility({ ...pair, level: 'MINOR_CHANGE', rationale: 'a field was added' });
  if (number % PENDING_EVERY === 0)
    await ledger.assessCompatibility({ ...pair, level: 'BREAKING', rationale: 'plan(): removed' });
  if (number % ROLLBACK_EVERY === 0) await ledger.rollback(moduleId, 'HEALTH_FAILURE');
}

const megabytes = (/** @type {number} */ bytes) => Math.round(bytes / 2 ** 20);

/** @param {string} gitdir @param {number} modules @param {number} versions of each module @returns {Promise<Figures>} */
async function makeLedger(gitdir, modules, versions) {
  const signer = await signerOf(gitdir);
  const ledger = existsSync(gitdir) ? await openLedger({ gitdir, signer }) : await initLedger({ gitdir, signer });
  const total = modules * versions;
  const before = (await ledger.stats()).totalCheckpoints;
  // Under it each pair would be measured as it is recorded, which takes ten times as long as the record.
  if (before < total) await ledger.policy.set({ settings: { requireApproval: false } });
  const start = performance.now();
  let said = start;
  for (let done = before; done < total; done += BATCH) {
    const batch = batchAt(done, modules, total);
    await ledger.recordCheckpoints(batch);
    await sprinkle(ledger, Math.floor(done / BATCH) + 1, batch[0]?.checkpoint.moduleId ?? '');
    if (performance.now() - said < SAY_EVERY_MS) continue;
    said = performance.now();
    const made = done + batch.length - before;
    const rate = ((made * 1000) / (said - start)).toFixed(0);
    console.error(`${before + made} of ${total} versions, ${rate}/s, ${megabytes(process.memoryUsage.rss())} MB`);
  }
  const seconds = (performance.now() - start) / 1000;
  if (before < total) await ledger.policy.set({ settings: { requireApproval: true } });
  const rss = megabytes(process.memoryUsage.rss());
  await ledger.close();
  const peak = Math.round(peakMegabytes());
  return { versions: Math.max(total, before), made: Math.max(0, total - before), seconds, rss, peak };
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const { values, positionals } = parseArgs({
    allowPositionals: true,
    options: { modules: { type: 'string', default: '1000' }, versions: { type: 'string', default: '100' } },
  });
  const [dir] = positionals;
  if (dir === undefined)
    throw new Error('say where: node bench/make-ledger.mjs DIR --modules 1000 --versions 100 (of each module)');
  const gitdir = resolve(dir);
  const figures = await makeLedger(gitdir, Number(values.modules), Number(values.versions));
  if (figures.made > 0) writeFileSync(`${gitdir}.json`, `${JSON.stringify(figures)}\n`);
  console.log(JSON.stringify(figures));
}
