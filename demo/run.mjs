// The main job, end to end, on real releases of lru-cache: record, refuse, approve, activate, find sick, roll back.
// It runs the command line and git as an operator would, says why, and leaves the ledger in demo-ledger/.
import { spawnSync } from 'node:child_process';
import { mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join, relative } from 'node:path';
import { fileURLToPath } from 'node:url';
import { generateKey } from 'git-lineage';
import { whatIsWrong } from './health-check.mjs';

const root = dirname(dirname(fileURLToPath(import.meta.url)));
const home = join(root, 'demo-ledger');
const ledger = join(home, 'modules.git');
const cli = join(root, 'dist', 'cli', 'bin.js');

/** Nothing of this machine's git or git-lineage settings plays a part. */
const env = {
  PATH: process.env['PATH'],
  HOME: home,
  XDG_CONFIG_HOME: join(home, 'config'),
  GIT_CONFIG_NOSYSTEM: '1',
  GIT_CONFIG_GLOBAL: '/dev/null',
  GIT_LINEAGE_DIR: ledger,
};

/** @param {string} text */
function say(text) {
  console.log(`\n# ${text}`);
}

/**
 * Shows a command and what it prints, and stops the demo where it does not end as told.
 * @param {string} shown
 * @param {string} file
 * @param {string[]} args
 * @param {{ exit?: number, env?: Record<string, string>, input?: string, cwd?: string, silent?: boolean }} [options]
 */
function run(shown, file, args, options = {}) {
  const { exit = 0, input, cwd = ledger, silent = false } = options;
  const done = spawnSync(file, args, { cwd, env: { ...env, ...options.env }, input, encoding: 'utf8' });
  const output = `${done.stdout ?? ''}${done.stderr ?? ''}`.trimEnd();
  if (!silent) {
    console.log(`$ ${shown}`);
    if (output !== '') console.log(output.replaceAll(`${root}/`, ''));
    if (done.status !== 0) console.log(`  (exit ${done.status})`);
  }
  if (done.status !== exit)
    throw new Error(`expected exit ${exit} of ${shown}, got ${done.status}: ${done.error ?? output}`);
  return output;
}

/** @param {string} who @param {string[]} args @param {{ exit?: number }} [options] */
function lineage(who, args, options = {}) {
  const shown = args
    .map((arg) => (/[\s*]/.test(arg) ? `'${arg}'` : arg.startsWith(root) ? relative(root, arg) : arg))
    .join(' ');
  return run(`git-lineage ${shown}`, process.execPath, [cli, ...args], {
    ...options,
    cwd: home,
    env: { GIT_LINEAGE_KEY: join(home, 'keys', who) },
  });
}

/** @param {string[]} args @param {{ exit?: number }} [options] */
function git(args, options = {}) {
  return run(`git ${args.map((arg) => (/[\s*%{]/.test(arg) ? `'${arg}'` : arg)).join(' ')}`, 'git', args, options);
}

/** @param {string} release */
function folderOf(release) {
  return join(root, 'node_modules', `lru-cache-${release}`);
}

/** Checks out what the ledger says is active, and calls it. */
async function checkHealth() {
  const folder = join(home, `running-${Math.random().toString(36).slice(2, 8)}`);
  run('', process.execPath, [cli, 'checkout', 'cache', folder], { silent: true, cwd: home });
  const problem = await whatIsWrong(folder);
  rmSync(folder, { recursive: true });
  console.log(`health check of the active version: ${problem ?? 'healthy'}`);
  return problem;
}

rmSync(home, { recursive: true, force: true });
mkdirSync(join(home, 'keys'), { recursive: true });
for (const who of ['ops', 'ci']) {
  const { privateKey, publicKey } = generateKey({ comment: `${who}, for the demo only` });
  writeFileSync(join(home, 'keys', who), privateKey, { mode: 0o600 });
  writeFileSync(join(home, 'keys', `${who}.pub`), `${publicKey}\n`);
}

say('An operator founds the ledger. Breaking versions will need an approval.');
lineage('ops', ['init', ledger, '--principal', 'ops@example.org', '--set', 'requireApproval=true']);

say('CI may record versions, and nothing else: it cannot approve what it records.');
lineage('ops', ['signers', 'add', 'ci@example.org', join(home, 'keys', 'ci.pub'), '--role', 'recorder']);

say('CI records lru-cache 7.14.1, the real files, as version 1 of the module "cache". It runs well: stable.');
lineage('ci', ['record', 'cache', folderOf('7.14'), '--meta', 'semver=7.14.1']);
if ((await checkHealth()) !== null) throw new Error('7.14.1 should be healthy');
lineage('ci', ['tag', 'cache@1', 'stable']);

say('7.18.3 only adds: staged, assessed, activated, healthy, stable.');
lineage('ci', ['stage', 'cache', folderOf('7.18'), '--meta', 'semver=7.18.3']);
lineage('ci', [
  'assess',
  'cache',
  '1',
  '2',
  '--level',
  'MINOR_CHANGE',
  '--rationale',
  'adds an ES module build; nothing removed',
]);
lineage('ci', ['activate', 'cache@2']);
if ((await checkHealth()) !== null) throw new Error('7.18.3 should be healthy');
lineage('ci', ['tag', 'cache@2', 'stable']);

say('8.0.5 removes what 7 had deprecated. CI stages it and says so; the gate holds it back.');
lineage('ci', [
  'stage',
  'cache',
  folderOf('8'),
  '--exclude',
  '*.map',
  '--exclude',
  '*.min.js',
  '--meta',
  'semver=8.0.5',
]);
lineage('ci', [
  'assess',
  'cache',
  '2',
  '3',
  '--level',
  'BREAKING',
  '--rationale',
  'options maxAge and length, and del() and reset(), are removed',
]);
lineage('ci', ['activate', 'cache@3'], { exit: 4 });
lineage('ci', ['gate', 'cache', '2', '3'], { exit: 1 });
lineage('ci', ['approve', 'cache', '2', '3'], { exit: 4 });
lineage('ci', ['pending']);

say('The operator believes that every caller has moved on, and signs for exactly these bytes. Now it may go live.');
lineage('ops', ['approve', 'cache', '2', '3', '--rationale', 'all callers use ttl']);
lineage('ci', ['activate', 'cache@3']);

say('They had not: the service still passes maxAge, which 8.0.5 ignores. Sessions never expire.');
if ((await checkHealth()) === null) throw new Error('8.0.5 should be found sick');

say('Where to? The nearest ancestor tagged stable. Going back asks nobody, and loses nothing.');
lineage('ci', ['rollback-target', 'cache', '--explain']);
lineage('ci', ['rollback', 'cache', '--reason', 'HEALTH_FAILURE']);
if ((await checkHealth()) !== null) throw new Error('7.18.3 should be healthy again');
lineage('ci', ['log', 'cache', '--all']);
lineage('ci', ['activate', 'cache@3'], { exit: 4 });

say('The same story, told by git alone. The journal:');
git(['log', '--oneline']);
say('The lineage of the module, with its notes:');
git(['log', '--format=%h %s%n%N', 'cache']);
say('The approval, verified against the signers that the ledger itself lists:');
const signers = git(['show', 'ledger:allowed_signers']);
writeFileSync(join(home, 'allowed_signers'), `${signers}\n`);
git(['-c', 'gpg.ssh.allowedSignersFile=../allowed_signers', 'tag', '-v', 'compat/cache/2-3/2']);
git(['-c', 'gpg.ssh.allowedSignersFile=../allowed_signers', 'verify-commit', 'HEAD']);
say('And whole:');
git(['fsck', '--strict']);
console.log('\nThe ledger is in demo-ledger/modules.git. Look around: cd demo-ledger/modules.git && git log -p cache');
