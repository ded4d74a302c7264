// One durable record, 50 callers at once, batches and signed reports, beside git that does the same to a repository of its
// own. The two sides take turns; each write of the ledger is synced, the git commands sync nothing.
import { join } from 'node:path';
import { initLedger } from 'git-lineage';
import { ephemeralSigner, makeVersionManager } from 'git-lineage/testing';
import {
  codeOf,
  fastImport,
  fastImportStream,
  git,
  initByGit,
  recordByGit,
  secondsByScript,
  signBySsh,
} from './peers.mjs';
import { seconds } from './statistics.mjs';
import { Table, timesAsFast } from './table.mjs';

const CALLERS = 50;
const GROUP = 100;
/** How many groups of `GROUP` a round records. */
const GROUPS = 5;

const SIX = 'six git commands';
const ROWS = {
  one: { name: 'one durable record', unit: 'ms', peer: SIX, goal: timesAsFast(7) },
  script: {
    name: 'one durable record, beside a shell',
    unit: 'ms',
    peer: 'the six in one shell script',
    goal: timesAsFast(4.5),
  },
  callers: { name: `a record, ${CALLERS} callers at once`, unit: 'ms', peer: SIX, goal: timesAsFast(30) },
  batch: { name: `a version in batches of ${GROUP}`, unit: 'ms', peer: 'git fast-import', goal: timesAsFast(1) },
  batchNotes: { name: `the same, a notes commit a version in git`, unit: 'ms', peer: 'git fast-import', goal: null },
  memory: { name: 'one record in memory', unit: 'ms', peer: SIX, goal: null },
  report: { name: 'one signed report', unit: 'ms', peer: 'git tag -s', goal: timesAsFast(3) },
  reports: { name: `a signed report, ${CALLERS} at once`, unit: 'ms', peer: 'git tag -s', goal: timesAsFast(15) },
};

/** @typedef {import('git-lineage').Ledger} Ledger */

/** Milliseconds of one of so many. @param {number} count @param {() => unknown} body */
const msOfOne = async (count, body) => ((await seconds(body)) * 1000) / count;

/** @param {Ledger} ledger @param {string} moduleId @param {number} i */
const record = (ledger, moduleId, i) =>
  ledger.recordCheckpoint({ moduleId, tags: ['canary'] }, { files: { 'index.js': codeOf(i) } });

/** @param {Ledger} ledger @param {number} versions */
function recordOneByOne(ledger, versions) {
  return msOfOne(versions, async () => {
    for (let i = 1; i <= versions; i++) await record(ledger, 'planner', i);
  });
}

/** @param {string} gitdir @param {number} versions */
function recordAllByGit(gitdir, versions) {
  return msOfOne(versions, () => {
    /** @type {string | null} */
    let parent = null;
    for (let i = 1; i <= versions; i++) parent = recordByGit(gitdir, i, parent);
  });
}

/** Every caller has a module of its own. @param {number} times @param {(caller: number, time: number) => Promise<unknown>} call */
function byCallers(times, call) {
  const one = async (/** @type {number} */ caller) => {
    for (let time = 0; time < times; time++) await call(caller, time);
  };
  return msOfOne(CALLERS * times, () => Promise.all(Array.from({ length: CALLERS }, (_, caller) => one(caller))));
}

/** @param {Ledger} ledger */
function recordGroups(ledger) {
  const group = (/** @type {number} */ first) =>
    Array.from({ length: GROUP }, (_, i) => ({
      checkpoint: { moduleId: 'batch', tags: ['canary'] },
      files: { 'index.js': codeOf(first + i) },
    }));
  return msOfOne(GROUP * GROUPS, async () => {
    for (let i = 0; i < GROUPS; i++) await ledger.recordCheckpoints(group(i * GROUP));
  });
}

/** @param {Table} table @param {Ledger} ledger @param {string} peerdir @param {number} reports */
async function reportTurn(table, ledger, peerdir, reports) {
  const report = (/** @type {string} */ moduleId, /** @type {number} */ toVer, /** @type {string} */ rationale) =>
    ledger.assessCompatibility({ moduleId, fromVer: toVer - 1, toVer, level: 'MINOR_CHANGE', rationale });
  const one = await msOfOne(reports, async () => {
    for (let i = 1; i <= reports; i++) await report('batch', 2 + i, 'a field was added');
  });
  const tag = await msOfOne(reports, () => {
    for (let i = 1; i <= reports; i++) git(peerdir, ['tag', '-s', '-m', 'a field was added', `r${i}`, 'planner']);
  });
  const times = Math.max(1, Math.round(reports / CALLERS));
  const atOnce = await byCallers(times, (caller, time) => report(`caller-${caller}`, 2, `round ${time}`));
  table.note(ROWS.report, one, tag);
  table.note(ROWS.reports, atOnce, tag);
}

/** @param {Table} table @param {string} place @param {number} versions */
async function turn(table, place, versions) {
  const signer = await ephemeralSigner('bench@localhost');
  const ledger = await initLedger({ gitdir: `${place}-ours.git`, signer });
  const peerdir = initByGit(`${place}-peer.git`);
  await record(ledger, 'warm-up', 0);
  const one = await recordOneByOne(ledger, versions);
  const six = await recordAllByGit(peerdir, versions);
  const script = ((await secondsByScript(initByGit(`${place}-script.git`), versions)) * 1000) / versions;
  table.note(ROWS.one, one, six);
  table.note(ROWS.script, one, script);
  const times = Math.max(2, Math.round(versions / 25));
  table.note(ROWS.callers, await byCallers(times, (caller, time) => record(ledger, `caller-${caller}`, time)), six);
  const batch = await recordGroups(ledger);
  for (const [row, group] of /** @type {const} */ ([
    [ROWS.batch, GROUP],
    [ROWS.batchNotes, 1],
  ])) {
    const [imported, stream] = [initByGit(`${place}-import-${group}.git`), fastImportStream(GROUP * GROUPS, group)];
    table.note(row, batch, await msOfOne(GROUP * GROUPS, () => fastImport(imported, stream)));
  }
  signBySsh(peerdir);
  await reportTurn(table, ledger, peerdir, Math.min(versions, GROUP * GROUPS - 2));
  await ledger.close();
  const memory = await makeVersionManager();
  await record(memory, 'warm-up', 0);
  table.note(ROWS.memory, await recordOneByOne(memory, versions), six);
  await memory.close();
}

/** @param {{ folder: string, rounds: number, writes: number }} options */
export async function benchRecord({ folder, rounds, writes }) {
  const table = new Table(`writing, ${writes} versions and as many reports a round`);
  for (let round = 0; round < rounds; round++) await turn(table, join(folder, `record-${round}`), writes);
  table.print();
}
