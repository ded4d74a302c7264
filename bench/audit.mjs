// The audit's time and memory against git's own: `git fsck --strict --full`, and `git verify-commit` and `git verify-tag` for
// each signature with the ledger's own allowed_signers, on the same repository in the same run, the two taking turns. git
// starts ssh-keygen twice a signature, so that verifying them all takes many minutes: of a large ledger a sample is
// verified, and its time counted in proportion. `--full` verifies every one.
import { execFileSync } from 'node:child_process';
import { cpSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { buildLedger } from './audit-ledger.mjs';
import { measured } from './measured.mjs';
import { median, seconds } from './statistics.mjs';
import { atMost, Table, timesAsFast } from './table.mjs';

const CLI = fileURLToPath(new URL('../dist/cli/bin.js', import.meta.url));
const IN_PROCESS = fileURLToPath(new URL('audit-in-process.mjs', import.meta.url));
const SAMPLE = 1000;
const GOAL = 25;
const MEMORY_GOAL_MB = 200;
/** Objects that one git process is handed: enough for its start not to count. */
const A_CALL = '500';

/** @param {string} gitdir @param {string} signers */
function gitEnvironment(gitdir, signers) {
  return {
    PATH: process.env['PATH'] ?? '',
    HOME: '/nonexistent',
    GIT_DIR: gitdir,
    GIT_CONFIG_NOSYSTEM: '1',
    GIT_CONFIG_GLOBAL: '/dev/null',
    GIT_CONFIG_COUNT: '1',
    GIT_CONFIG_KEY_0: 'gpg.ssh.allowedSignersFile',
    GIT_CONFIG_VALUE_0: signers,
  };
}

/** @template T @param {readonly T[]} all @param {number} count @returns {T[]} so many, from first to last */
function spread(all, count) {
  if (count >= all.length) return [...all];
  return Array.from({ length: count }, (_, i) => /** @type {T} */ (all[Math.floor((i * all.length) / count)]));
}

/** What git is to verify of a ledger. @param {string} gitdir @param {string} folder @param {number} sample */
function signaturesOf(gitdir, folder, sample) {
  const signers = join(folder, 'allowed_signers');
  const env = gitEnvironment(gitdir, signers);
  const git = (/** @type {string[]} */ ...args) =>
    execFileSync('git', args, { env, encoding: 'utf8', maxBuffer: 1 << 30 });
  writeFileSync(signers, git('cat-file', 'blob', 'refs/heads/ledger:allowed_signers'));
  const lines = (/** @type {string} */ text) => text.split('\n').filter((line) => line !== '');
  const commits = lines(git('rev-list', 'refs/heads/ledger'));
  const tags = lines(git('for-each-ref', '--format=%(refname)', 'refs/tags/compat'));
  const all = commits.length + tags.length;
  const share = Math.min(1, sample / all);
  const chosen = {
    commits: spread(commits, Math.max(1, Math.round(commits.length * share))),
    tags: spread(tags, Math.round(tags.length * share)),
  };
  return { env, commits, tags, all, chosen };
}

/** Verifies signatures the fastest way that git has. @param {ReturnType<typeof signaturesOf>} signatures */
function verifyByGit({ env, chosen, all }) {
  const run = (/** @type {string} */ verb, /** @type {readonly string[]} */ names) =>
    names.length === 0
      ? { seconds: 0, megabytes: 0 }
      : measured('xargs', ['-n', A_CALL, 'git', verb], { env, input: names.join('\n') });
  const commits = run('verify-commit', chosen.commits);
  const tags = run('verify-tag', chosen.tags);
  const scale = all / (chosen.commits.length + chosen.tags.length);
  return {
    seconds: (commits.seconds + tags.seconds) * scale,
    megabytes: Math.max(commits.megabytes, tags.megabytes),
  };
}

/** @typedef {{ seconds: number[], megabytes: number[] }} Series */

/** @param {Record<string, Series>} table @param {string} name @param {{ seconds: number, megabytes: number }} value */
function note(table, name, value) {
  table[name] ??= { seconds: [], megabytes: [] };
  table[name].seconds.push(value.seconds);
  table[name].megabytes.push(value.megabytes);
}

/** @param {string} place @param {string} title @param {{ rounds: number, sample: number, folder: string }} options */
function compare(place, title, { rounds, sample, folder }) {
  const signatures = signaturesOf(place, folder, sample);
  const { env, all, chosen } = signatures;
  const pin = join(folder, 'pin.json');
  rmSync(pin, { force: true });
  measured(process.execPath, [CLI, 'audit', place, '--pin', pin]);
  /** @type {Record<string, Series>} */
  const table = {};
  const peer = 'git fsck and verify';
  const goals = new Table(`audit, ${title}`);
  const time = { name: `audit, ${title}`, unit: 's', peer, goal: timesAsFast(GOAL) };
  const memory = { name: `memory of an audit, ${title}`, unit: 'MB', peer, goal: atMost(MEMORY_GOAL_MB) };
  for (let round = 0; round < rounds; round++) {
    const cold = measured(process.execPath, [CLI, 'audit', place]);
    note(table, 'git-lineage audit', cold);
    const { seq } = JSON.parse(readFileSync(pin, 'utf8'));
    note(
      table,
      `git-lineage audit --since ${seq}`,
      measured(process.execPath, [CLI, 'audit', place, '--pin', pin, '--since', String(seq)]),
    );
    const inside = measured(process.execPath, [IN_PROCESS, place]);
    note(table, 'auditLedger(), the second in one process', { ...inside, seconds: Number(inside.output) });
    const fsck = measured('git', ['fsck', '--strict', '--full', '--no-dangling', '--no-progress'], { env });
    const verified = verifyByGit(signatures);
    note(table, 'git fsck --strict --full', fsck);
    note(table, 'git verify-commit and verify-tag', verified);
    goals.note(time, cold.seconds, fsck.seconds + verified.seconds);
    goals.note(memory, cold.megabytes, Math.max(fsck.megabytes, verified.megabytes));
  }
  const looked = chosen.commits.length + chosen.tags.length;
  const scaled =
    looked < all ? `; git verified ${looked} of them, its time is scaled by ${(all / looked).toFixed(2)}` : '';
  console.log(
    `${title}: ${signatures.commits.length} entries, ${signatures.tags.length} reports, ${all} signatures${scaled}`,
  );
  for (const [name, { seconds: took, megabytes }] of Object.entries(table))
    console.log(`  ${name}: ${median(took).toFixed(2)} s, ${median(megabytes).toFixed(0)} MB`);
  goals.print();
}

/** @param {{ rounds: number, versions: number, full: boolean }} options */
export async function benchAudit({ rounds, versions, full }) {
  const folder = mkdtempSync(join(tmpdir(), 'git-lineage-bench-audit-'));
  try {
    const written = join(folder, 'ledger.git');
    const took = await seconds(() => buildLedger(written, versions));
    const git = execFileSync('git', ['--version'], { encoding: 'utf8' }).trim();
    console.log(
      `audit of ${versions} versions, built in ${took.toFixed(0)} s; median of ${rounds} rounds; node ${process.version}, ${git}\n`,
    );
    const collected = join(folder, 'collected.git');
    cpSync(written, collected, { recursive: true, verbatimSymlinks: true });
    execFileSync('git', ['-C', collected, 'gc', '--quiet'], { stdio: 'ignore' });
    const options = { rounds, sample: full ? Number.POSITIVE_INFINITY : SAMPLE, folder };
    compare(written, 'as git-lineage packs it', options);
    compare(collected, 'after git gc', options);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}
