/** The transactions that are cut short: a ledger to start from, the steps, and what the ledger says before and after. */

import { cpSync, existsSync, mkdirSync, readFileSync, renameSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { gitOutcome } from './real-git.mjs';

/**
 * @typedef {typeof import('../../src/index.js') & Pick<typeof import('../../src/api/audit.js'), 'auditLedger'>} Library
 * @typedef {import('../../src/index.js').Ledger} Ledger
 * @typedef {import('../../src/api/types.js').FileSystem} FileSystem
 * @typedef {{ fs?: FileSystem, remote?: { url: string }, now?: () => number, config?: import('../../src/index.js').InitOptions['config'] }} Opening
 * @typedef {(ledger: Ledger) => Promise<unknown>} Step
 * @typedef {{ name: string, creates?: boolean, adopts?: boolean, prepare: Step, tamper?: (gitdir: string) => void, steps: readonly Step[] }} Scenario
 */

const KEY = readFileSync(new URL('../../fixtures/keys/ed25519', import.meta.url), 'utf8');

/** With a still clock and a deterministic key the same steps give the same bytes, so a repetition meets its own leftovers. */
export const now = () => 1_700_000_000.5;

/** The machine's clock, for a ledger that processes with no other write too: none may be ahead of another. */
export const machineClock = { now: () => Date.now() / 1000 };

/** For a ledger that measures nothing: each process of one that does starts an engine, which takes longer than a hundred records. */
export const unmeasured = { requireApproval: false };

/** The library as it was built. @param {string} [front] the URL of its front door @returns {Promise<Library>} */
export async function builtLibrary(front = new URL('../../build/index.js', import.meta.url).href) {
  const { auditLedger } = await import(new URL('api/audit.js', front).href);
  return { ...(await import(front)), auditLedger };
}

/** @param {Library} library */
export function operator(library) {
  return library.sshSigner({ privateKey: KEY, principal: 'ops@example.org' });
}

/** @param {Library} library @param {string} gitdir @param {Opening} [opening] */
export async function open(library, gitdir, opening = {}) {
  return library.openLedger({ gitdir, signer: await operator(library), now, ...opening });
}

/** Every swap is measured and needs a word, unless the config says otherwise. @param {Library} library @param {string} gitdir @param {Opening} [opening] */
export async function init(library, gitdir, opening = {}) {
  return library.initLedger({
    gitdir,
    signer: await operator(library),
    now,
    config: { requireApproval: true },
    ...opening,
  });
}

/** @param {string} code */
const content = (code) => ({ files: { 'index.js': `export const plan = ${code};\n`, 'lib/parts.js': '// parts\n' } });

/** Another copy of the ledger, beside it. @param {string} gitdir */
function remoteOf(gitdir) {
  return join(dirname(gitdir), 'remote.git');
}

/** @param {Ledger} ledger */
async function plannerAtThree(ledger) {
  for (const code of ['1', '2', '3']) {
    await ledger.recordCheckpoint({ moduleId: 'planner', tags: code === '3' ? [] : ['stable'] }, content(code));
  }
  await ledger.recordCheckpoint({ moduleId: 'executor', checksum: 'one', tags: ['stable'] });
}

/** @type {readonly Scenario[]} */
export const SCENARIOS = [
  {
    name: 'record',
    prepare: plannerAtThree,
    steps: [(l) => l.recordCheckpoint({ moduleId: 'planner', tags: ['stable', 'blue'] }, content('4'))],
  },
  {
    name: "a scoped module's first record",
    prepare: plannerAtThree,
    steps: [(l) => l.recordCheckpoint({ moduleId: '@acme/scheduler' }, content('1'))],
  },
  {
    name: 'batch',
    prepare: plannerAtThree,
    steps: [
      (l) =>
        l.recordCheckpoints([
          { checkpoint: { moduleId: 'planner' }, ...content('4') },
          { checkpoint: { moduleId: 'executor', checksum: 'two' } },
          { checkpoint: { moduleId: 'planner', tags: ['stable'] }, ...content('5') },
        ]),
    ],
  },
  {
    name: 'report and approve',
    prepare: async (l) => {
      await plannerAtThree(l);
      await l.stage({ moduleId: 'planner' }, content('4'));
    },
    steps: [
      (l) => l.assessCompatibility({ moduleId: 'planner', fromVer: 3, toVer: 4, level: 'BREAKING', rationale: 'gone' }),
      (l) => l.approve('planner', 3, 4, { rationale: 'seen' }),
    ],
  },
  {
    name: 'stage and activate',
    prepare: plannerAtThree,
    // Activating measures a pair that nobody assessed, in an entry of its own: here each step is one entry.
    steps: [
      (l) => l.stage({ moduleId: 'planner' }, content('4')),
      (l) => l.assess('planner', 3, 4),
      (l) => l.activate('planner', 4),
    ],
  },
  {
    name: 'tag and untag',
    prepare: plannerAtThree,
    steps: [(l) => l.tag('planner', 3, 'blue'), (l) => l.untag('planner', 1, 'stable')],
  },
  {
    name: 'rollback',
    prepare: plannerAtThree,
    steps: [(l) => l.rollback('planner', 'HEALTH_FAILURE')],
  },
  {
    name: 'rollback over a foreign branch',
    prepare: plannerAtThree,
    tamper: (gitdir) => {
      gitOutcome(gitdir, ['pack-refs', '--all', '--prune']);
      gitOutcome(gitdir, ['update-ref', 'refs/heads/planner', 'refs/tags/planner/v1']);
    },
    steps: [(l) => l.rollback('planner', 'MANUAL')],
  },
  {
    name: 'policy',
    prepare: plannerAtThree,
    steps: [(l) => l.policy.set({ settings: { maxCheckpoints: 7 } })],
  },
  {
    name: 'restoring refs',
    prepare: plannerAtThree,
    tamper: (gitdir) => {
      gitOutcome(gitdir, ['tag', 'planner/v9', 'planner/v1']);
      gitOutcome(gitdir, ['tag', 'planner/v8', 'planner/v1']);
      gitOutcome(gitdir, ['pack-refs', '--all', '--prune']);
      gitOutcome(gitdir, ['update-ref', '-d', 'refs/heads/executor']);
    },
    steps: [(l) => l.journal.doctor({ restore: true })],
  },
  {
    name: 'mending the settings',
    prepare: plannerAtThree,
    tamper: (gitdir) => {
      gitOutcome(gitdir, ['tag', 'planner/v9', 'planner/v1']);
      gitOutcome(gitdir, ['config', '--unset', 'core.fsync']);
      gitOutcome(gitdir, ['config', 'receive.denyDeletes', 'false']);
    },
    steps: [(l) => l.journal.doctor({ restore: true })],
  },
  {
    name: 'a record that merges packs',
    prepare: async (l) => {
      await plannerAtThree(l);
      for (let n = 1; n <= 18; n++) await l.recordCheckpoint({ moduleId: 'filler', checksum: `c${n}` });
    },
    steps: [(l) => l.recordCheckpoint({ moduleId: 'planner' }, content('4'))],
  },
  {
    name: 'a batch whose refs go straight into packed-refs',
    prepare: plannerAtThree,
    steps: [
      (l) =>
        l.recordCheckpoints(
          Array.from({ length: 20 }, (_, n) => ({ checkpoint: { moduleId: `m${n % 3}`, checksum: `c${n}` } })),
        ),
    ],
  },
  {
    name: 'a batch over branches with files, one of which has a file again after it',
    prepare: plannerAtThree,
    steps: [
      (l) =>
        l.recordCheckpoints(
          Array.from({ length: 20 }, (_, n) => ({
            checkpoint: { moduleId: n % 2 === 0 ? 'planner' : 'executor', checksum: `c${n}` },
          })),
        ),
      (l) => l.recordCheckpoint({ moduleId: 'planner' }, content('4')),
    ],
  },
  {
    name: 'a batch over a packed branch, and foreign tags to remove',
    prepare: plannerAtThree,
    tamper: (gitdir) => {
      gitOutcome(gitdir, ['tag', 'planner/v9', 'planner/v1']);
      gitOutcome(gitdir, ['pack-refs', '--all', '--prune']);
    },
    steps: [
      (l) => l.journal.doctor({ restore: true }),
      (l) =>
        l.recordCheckpoints(
          Array.from({ length: 20 }, (_, n) => ({ checkpoint: { moduleId: 'planner', checksum: `c${n}` } })),
        ),
    ],
  },
  {
    name: 'adopting several entries',
    adopts: true,
    prepare: async (l) => {
      await plannerAtThree(l);
      // What this copy is to have before; the rest is to come from another copy.
      // The ledger is open: the mark of its last pack may go while it is copied, and means nothing in a copy.
      cpSync(l.gitdir, `${l.gitdir}.before`, { recursive: true, filter: (path) => !path.endsWith('.keep') });
      await l.recordCheckpoint({ moduleId: 'planner', tags: ['stable', 'blue'] }, content('4'));
      await l.recordCheckpoint({ moduleId: '@acme/scheduler' }, content('1'));
      await l.assessCompatibility({ moduleId: 'executor', fromVer: 1, toVer: 2, level: 'BREAKING', rationale: 'gone' });
      await l.rollback('planner', 'HEALTH_FAILURE');
    },
    tamper: (gitdir) => {
      renameSync(gitdir, remoteOf(gitdir));
      renameSync(`${gitdir}.before`, gitdir);
      // Fetched already, so that every operation on the disk from here on is the adoption's.
      cpSync(join(remoteOf(gitdir), 'objects'), join(gitdir, 'objects'), { recursive: true });
    },
    steps: [(l) => l.replicas.pull(remoteOf(l.gitdir))],
  },
  { name: 'init', creates: true, prepare: async () => undefined, steps: [] },
];

/**
 * Everything the ledger says, as one comparable text.
 *
 * @param {Ledger} ledger
 */
export async function statement(ledger) {
  const modules = [];
  for (const id of await ledger.versions.modules()) {
    const versions = [];
    for (const v of await ledger.versions.list(id)) {
      const files = [...(await ledger.readFiles(id, v.version))].map(([path, f]) => [
        path,
        Buffer.from(f.data).toString(),
      ]);
      versions.push([
        v.version,
        v.checksum,
        v.parentVer,
        [...v.tags],
        await ledger.versions.status(id, v.version),
        files,
      ]);
    }
    const target = await ledger.rollbackTarget(id, 'MANUAL');
    modules.push([
      id,
      versions,
      (await ledger.latestCheckpoint(id))?.version,
      target?.version,
      await ledger.reports.list(id),
    ]);
  }
  const { signers, ...settings } = await ledger.policy.get();
  return JSON.stringify([
    await ledger.journal.position(),
    modules,
    settings,
    signers.length,
    await ledger.pendingApprovals(),
  ]);
}

/**
 * Prepares a scenario once: the ledger to start from, and what it says after none, one, … of the steps.
 *
 * @param {Library} library
 * @param {Scenario} scenario
 * @param {string} dir
 */
export async function prepared(library, scenario, dir) {
  const base = join(dir, 'base');
  mkdirSync(base, { recursive: true });
  if (scenario.creates === true) {
    const ledger = await init(library, join(dir, 'rehearsal/ledger.git'));
    const said = await statement(ledger);
    await ledger.close();
    return { base, states: [null, said] };
  }
  const ledger = await init(library, join(base, 'ledger.git'));
  await scenario.prepare(ledger);
  await ledger.close();
  scenario.tamper?.(join(base, 'ledger.git'));
  cpSync(base, join(dir, 'rehearsal'), { recursive: true });
  const rehearsed = await open(library, join(dir, 'rehearsal/ledger.git'));
  /** @type {(string | null)[]} */
  const states = [await statement(rehearsed)];
  for (const step of scenario.steps) {
    await step(rehearsed);
    states.push(await statement(rehearsed));
  }
  await rehearsed.close();
  return { base, states };
}

/**
 * Runs the steps of a scenario on a file system until one fails; says how many were acknowledged.
 *
 * @param {Library} library
 * @param {Scenario} scenario
 * @param {string} gitdir
 * @param {FileSystem} fs
 */
export async function perform(library, scenario, gitdir, fs) {
  let acknowledged = 0;
  /** @type {Ledger | null} */
  let ledger = null;
  try {
    if (scenario.creates === true) {
      ledger = await init(library, gitdir, { fs });
      return { ledger, acknowledged: 1, error: null };
    }
    ledger = await open(library, gitdir, { fs });
    for (const step of scenario.steps) {
      await step(ledger);
      acknowledged += 1;
    }
    return { ledger, acknowledged, error: null };
  } catch (error) {
    return { ledger, acknowledged, error };
  }
}

/** @param {string} gitdir */
export function isThere(gitdir) {
  return existsSync(join(gitdir, 'HEAD'));
}
