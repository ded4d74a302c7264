// A ledger to audit, of the size that a busy runtime leaves behind: versions recorded one by one, a signed report on every
// second, some of them BREAKING and approved, some versions rolled back.
import { initLedger } from 'git-lineage';
import { ephemeralSigner } from 'git-lineage/testing';

const MODULES = 20;
const STABLE_EVERY = 4;
const REPORT_EVERY = 2;
const APPROVAL_EVERY = 50;
const ROLLBACK_EVERY = 75;

/** @param {string} moduleId @param {number} i */
function filesOf(moduleId, i) {
  return {
    'index.js': `export const module = '${moduleId}';\nexport const version = ${i};\n${'export function plan() {}\n'.repeat(30)}`,
    'lib/parts.js': `// parts, changed now and then\nexport const part = ${Math.floor(i / 10)};\n`,
    'package.json': `{ "name": "${moduleId}", "type": "module" }\n`,
  };
}

/** @typedef {Awaited<ReturnType<typeof initLedger>>} Ledger */

/** One more version, and what follows from it. @param {Ledger} ledger @param {string} moduleId @param {number} i */
async function addVersion(ledger, moduleId, i) {
  const files = { files: filesOf(moduleId, i) };
  const fromVer = (await ledger.latestCheckpoint(moduleId))?.version ?? null;
  const pair = { moduleId, fromVer, toVer: i };
  const tags = i % STABLE_EVERY === 1 ? ['stable'] : [];
  if (i % APPROVAL_EVERY === 0) {
    await ledger.stage({ moduleId }, files);
    await ledger.assessCompatibility({ ...pair, level: 'BREAKING', rationale: 'plan(): removed' });
    await ledger.approve(moduleId, fromVer, i, { rationale: 'its callers were changed before' });
    await ledger.activate(moduleId, i);
  } else {
    await ledger.recordCheckpoint({ moduleId, tags }, files);
    if (i % REPORT_EVERY === 0)
      await ledger.assessCompatibility({ ...pair, level: 'MINOR_CHANGE', rationale: `part ${i}: added` });
  }
  if (i % ROLLBACK_EVERY === 0) await ledger.rollback(moduleId, 'HEALTH_FAILURE');
}

/** Builds a ledger of so many versions at `gitdir`. @param {string} gitdir @param {number} versions */
export async function buildLedger(gitdir, versions) {
  const signer = await ephemeralSigner('bench@localhost');
  const ledger = await initLedger({ gitdir, signer, config: { requireApproval: true } });
  for (let made = 0; made < versions; made++)
    await addVersion(ledger, `module-${made % MODULES}`, Math.floor(made / MODULES) + 1);
  await ledger.close();
}
