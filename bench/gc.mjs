// git's housekeeping of a guarded ledger against the same repository without hooks and their settings, in the same run, the
// two taking turns. Every ref is loose, which is the worst case: git starts the guard twice for each loose ref that it packs.
import { execFileSync } from 'node:child_process';
import { cpSync, existsSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { initLedger } from 'git-lineage';
import { installGuards, removeGuards } from 'git-lineage/server';
import { ephemeralSigner } from 'git-lineage/testing';
import { median, seconds } from './statistics.mjs';

const GOAL = 1.5;
const A_BATCH = 500;
const env = { ...process.env, GIT_CONFIG_GLOBAL: '/dev/null', GIT_CONFIG_NOSYSTEM: '1' };

/** @param {string} gitdir @param {string[]} args @param {string} [input] */
function git(gitdir, args, input = '') {
  return execFileSync('git', ['-C', gitdir, ...args], { env, input, encoding: 'utf8', maxBuffer: 1 << 30 });
}

/** A ledger of so many versions, each ref in a file of its own. @param {string} gitdir @param {number} versions */
async function buildLoose(gitdir, versions) {
  const ledger = await initLedger({ gitdir, signer: await ephemeralSigner('bench@localhost') });
  for (let done = 0; done < versions; done += A_BATCH)
    await ledger.recordCheckpoints(
      Array.from({ length: Math.min(A_BATCH, versions - done) }, (_, i) => ({
        checkpoint: { moduleId: 'planner', tags: [] },
        files: { 'index.js': `export const version = ${done + i};\n` },
      })),
    );
  await ledger.close();
  const refs = git(gitdir, ['for-each-ref', '--format=update %(refname) %(objectname)']);
  git(gitdir, ['-c', 'core.hooksPath=/dev/null', 'pack-refs', '--all', '--prune']);
  rmSync(join(gitdir, 'packed-refs'));
  git(gitdir, ['-c', 'core.hooksPath=/dev/null', '-c', 'core.fsync=none', 'update-ref', '--stdin'], refs);
  if (existsSync(join(gitdir, 'packed-refs'))) throw new Error('expected loose refs only, got a packed-refs');
  return refs.split('\n').length - 1;
}

/** @param {{ rounds: number, versions: number }} options */
export async function benchGc({ rounds, versions }) {
  const folder = mkdtempSync(join(tmpdir(), 'git-lineage-bench-gc-'));
  try {
    const [made, guarded, plain] = ['made.git', 'guarded.git', 'plain.git'].map((name) => join(folder, name));
    if (made === undefined || guarded === undefined || plain === undefined) throw new Error('expected three paths');
    const refs = await buildLoose(made, versions);
    /** @type {Record<string, { ours: number[], peer: number[], goal: boolean }>} */
    const results = {};
    const compare = async (/** @type {string[]} */ args, /** @type {boolean} */ goal) => {
      const took = async (/** @type {string} */ place, /** @type {(gitdir: string) => Promise<unknown>} */ prepare) => {
        cpSync(made, place, { recursive: true });
        await prepare(place);
        const time = await seconds(() => git(place, args));
        rmSync(place, { recursive: true });
        return time;
      };
      const name = `git ${args.join(' ')}`;
      results[name] ??= { ours: [], peer: [], goal };
      results[name].ours.push(await took(guarded, installGuards));
      results[name].peer.push(await took(plain, removeGuards));
    };
    for (let round = 0; round < rounds; round++) {
      await compare(['gc', '--quiet'], true);
      await compare(['maintenance', 'run', '--quiet'], true);
      // By hand, and slow: git starts the guard for each ref. Once is enough.
      if (round === 0) await compare(['pack-refs', '--all', '--prune'], false);
    }
    const version = execFileSync('git', ['--version'], { encoding: 'utf8' }).trim();
    console.log(`median of ${rounds} rounds; ${versions} versions, ${refs} loose refs; ${version}\n`);
    for (const [name, { ours, peer, goal }] of Object.entries(results)) {
      const ratio = median(ours.map((value, i) => value / (peer[i] ?? Number.NaN)));
      const verdict = goal ? ` (goal: at most ${GOAL})${ratio > GOAL ? ', MISSED' : ''}` : '';
      console.log(
        `${name}: guarded ${median(ours).toFixed(2)} s; without hooks: ${median(peer).toFixed(2)} s; ` +
          `ratio ${ratio.toFixed(2)}${verdict}`,
      );
    }
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}
