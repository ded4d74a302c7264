// The ledger's timings as ratios against a peer in the same run: the git command line, doing the same to a repository
// beside ours. Medians of several rounds, the two sides taking turns.
import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { ephemeralSigner, initLedger, makeVersionManager, openLedger } from 'git-lineage';
import { median, seconds } from './statistics.mjs';

const folder = mkdtempSync(join(tmpdir(), 'git-lineage-bench-'));
const signer = await ephemeralSigner('bench@localhost');
const env = { ...process.env, GIT_CONFIG_GLOBAL: '/dev/null', GIT_CONFIG_NOSYSTEM: '1' };
const identity = ['-c', 'user.name=bench', '-c', 'user.email=bench@localhost'];

/** @param {string} gitdir @param {string[]} args @param {string} [input] */
function git(gitdir, args, input) {
  return execFileSync('git', ['--git-dir', gitdir, ...identity, ...args], {
    env,
    input,
    encoding: 'utf8',
    maxBuffer: 1 << 28,
  }).trim();
}

/** @param {number} i */
const code = (i) => `export const version = ${i};\n${'export function plan() {}\n'.repeat(40)}`;

/** One version the way a shell script would do it: six commands, nothing synced. @param {string} gitdir @param {number} i @param {string | null} parent */
function recordByGit(gitdir, i, parent) {
  const blob = git(gitdir, ['hash-object', '-w', '--stdin'], code(i));
  const tree = git(gitdir, ['mktree'], `100644 blob ${blob}\tindex.js\n`);
  const commit = git(gitdir, ['commit-tree', tree, ...(parent === null ? [] : ['-p', parent]), '-m', `planner v${i}`]);
  git(gitdir, ['notes', '--ref=checksum', 'add', '-m', `sum ${i}`, commit]);
  git(gitdir, ['notes', '--ref=tags', 'add', '-m', 'canary', commit]);
  git(gitdir, ['update-ref', 'refs/heads/planner', commit]);
  return commit;
}

/** @type {Record<string, { ours: number[], peer: number[], peerName: string, unit: string }>} */
const results = {};

/** @param {string} name @param {string} peerName @param {string} unit @param {number} ours @param {number} peer */
function note(name, peerName, unit, ours, peer) {
  results[name] ??= { ours: [], peer: [], peerName, unit };
  results[name].ours.push(ours);
  results[name].peer.push(peer);
}

/** @param {{ rounds: number, versions: number }} options */
export async function benchLedger({ rounds, versions }) {
  for (let round = 0; round < rounds; round++) {
    const gitdir = join(folder, `ours-${round}.git`);
    const peerdir = join(folder, `peer-${round}.git`);
    const ledger = await initLedger({ gitdir, signer });
    execFileSync('git', ['init', '-q', '--bare', peerdir], { env });

    const one = await seconds(async () => {
      for (let i = 1; i <= versions; i++)
        await ledger.recordCheckpoint({ moduleId: 'planner', tags: ['canary'] }, { files: { 'index.js': code(i) } });
    });
    /** @type {string | null} */
    let parent = null;
    const shell = await seconds(() => {
      for (let i = 1; i <= versions; i++) parent = recordByGit(peerdir, i, parent);
    });
    note('record, one at a time (synced)', 'git commands (not synced)', 'versions/s', versions / one, versions / shell);

    const batch = await seconds(() =>
      ledger.recordCheckpoints(
        Array.from({ length: versions }, (_, i) => ({
          checkpoint: { moduleId: 'batch', tags: ['canary'] },
          files: { 'index.js': code(i) },
        })),
      ),
    );
    note(
      'record, in one batch (synced)',
      'git commands (not synced)',
      'versions/s',
      versions / batch,
      versions / shell,
    );

    const memory = await makeVersionManager();
    const inMemory = await seconds(async () => {
      for (let i = 1; i <= versions; i++)
        await memory.recordCheckpoint({ moduleId: 'planner', tags: ['canary'] }, { files: { 'index.js': code(i) } });
    });
    note('record, in memory', 'git commands (not synced)', 'versions/s', versions / inMemory, versions / shell);

    const reader = await openLedger({ gitdir });
    const cold = await seconds(() => reader.getLineage('planner', { full: true }));
    const log = await seconds(() => git(gitdir, ['log', '--format=%H %s %N', 'planner']));
    note('full lineage, cold', 'git log with notes', 'lineages/s', 1 / cold, 1 / log);

    await ledger.tag('planner', 1, 'stable');
    await reader.rollbackTarget('planner', 'MANUAL');
    const target = await seconds(() => reader.rollbackTarget('planner', 'MANUAL'));
    note(
      `rollback target, ${versions - 1} versions back, warm`,
      'git log with notes',
      'answers/s',
      1 / target,
      1 / log,
    );
    await ledger.close();
  }
  rmSync(folder, { recursive: true });

  console.log(
    `median of ${rounds} rounds, ${versions} versions each; node ${process.version}, ${execFileSync('git', ['--version'], { encoding: 'utf8' }).trim()}\n`,
  );
  for (const [name, { ours, peer, peerName, unit }] of Object.entries(results)) {
    const ratios = ours.map((value, i) => value / (peer[i] ?? Number.NaN));
    console.log(
      `${name}: ${median(ours).toFixed(0)} ${unit}; ${peerName}: ${median(peer).toFixed(0)}; ratio ${median(ratios).toFixed(2)}`,
    );
  }
}
