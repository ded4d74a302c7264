// The main job, end to end, on real releases of lru-cache: a service under constant load whose module is swapped,
// refused, approved, swapped, found sick and rolled back. The operator uses the command line and git; what they say is
// shown, and the ledger stays in demo-ledger/ to look at.
import { execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join, relative } from 'node:path';
import { text } from 'node:stream/consumers';
import { fileURLToPath } from 'node:url';
import { generateKey, openLedger, sshSigner } from 'git-lineage';
import { startService } from './service.mjs';

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
 * @param {{ exit?: number, env?: Record<string, string>, cwd?: string }} [options]
 */
async function run(shown, file, args, { exit = 0, cwd = ledger, env: more = {} } = {}) {
  // Not the synchronous kind: the service goes on while the operator works.
  const child = spawn(file, args, { cwd, env: { ...env, ...more } });
  const [output, complaint, [status]] = await Promise.all([
    text(child.stdout),
    text(child.stderr),
    once(child, 'close'),
  ]);
  const said = `${output}${complaint}`.trimEnd();
  console.log(`$ ${shown}`);
  if (said !== '') console.log(said.replaceAll(`${root}/`, ''));
  if (status !== 0) console.log(`  (exit ${status})`);
  if (status !== exit) throw new Error(`expected exit ${exit} of ${shown}, got ${status}`);
  return said;
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

/** The files of a release, as its package ships them, less what only debuggers and browsers need. @param {string} release */
function filesOf(release) {
  const folder = join(root, 'node_modules', `lru-cache-${release}`);
  const paths = readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile() && !/\.map$|\.min\.js$/.test(entry.name))
    .map((entry) => join(entry.parentPath ?? entry.path, entry.name));
  return new Map(paths.map((path) => [relative(folder, path), readFileSync(path)]));
}

/** @param {import('git-lineage/swap').SwapNotice} notice */
function show(notice) {
  const { type, moduleId: _, ...rest } = notice;
  const said = Object.entries(rest).map(([key, value]) => `${key}=${value}`);
  if (type !== 'step') console.log(`  ${type} ${said.join(' ')}`);
}

// What is cached of modules is read-only.
if (existsSync(home)) execFileSync('chmod', ['-R', 'u+w', home]);
rmSync(home, { recursive: true, force: true });
mkdirSync(join(home, 'keys'), { recursive: true });
for (const who of ['ops', 'service']) {
  const { privateKey, publicKey } = generateKey({ comment: `${who}, for the demo only` });
  writeFileSync(join(home, 'keys', who), privateKey, { mode: 0o600 });
  writeFileSync(join(home, 'keys', `${who}.pub`), `${publicKey}\n`);
}

say('An operator founds the ledger. Breaking versions will need an approval.');
await lineage('ops', [
  'init',
  ledger,
  '--principal',
  'ops@example.org',
  '--set',
  'requireApproval=true',
  '--set',
  'promoteStable=true',
]);

say('The service may record versions, and nothing else: it cannot approve what it records.');
await lineage('ops', [
  'signers',
  'add',
  'service@example.org',
  join(home, 'keys', 'service.pub'),
  '--role',
  'recorder',
]);

const signer = await sshSigner({
  privateKey: readFileSync(join(home, 'keys', 'service')),
  principal: 'service@example.org',
});
const versionManager = await openLedger({ gitdir: ledger, signer });
const service = await startService({
  onEvent: show,
  // What a release changes is given by hand here: it is read from its changelog.
  assessor: {
    assess: async ({ toFiles }) => {
      const { version } = JSON.parse(Buffer.from(toFiles.get('package.json')?.data ?? []).toString());
      return version.startsWith('8.')
        ? { level: 'BREAKING', rationale: 'options maxAge and length, and del() and reset(), are removed' }
        : { level: 'MINOR_CHANGE', rationale: 'only adds' };
    },
  },
});

/** @param {string} release @param {string} semver @param {import('git-lineage/swap').SwapPhase} expected */
async function swap(release, semver, expected) {
  console.log(`swap in lru-cache ${semver}:`);
  const request = { moduleId: 'cache', files: filesOf(release), metadata: { semver } };
  const staged = (await versionManager.versions.list('cache')).find(
    (v) => v.metadata['semver'] === semver && !v.tags.has('reverted'),
  );
  const result = await service.swapper.swap({ ...request, version: staged?.version }, { versionManager });
  console.log(`  ${result.phase} at ${result.step}: ${result.reason}`);
  const { served, failed } = service.counts;
  console.log(`  requests so far: ${served} served, ${failed} failed`);
  if (result.phase !== expected) throw new Error(`expected ${expected}`);
}

say(
  'The service starts on lru-cache 7.14.1, the real files. Healthy for its window, the version earns the tag stable.',
);
await swap('7.14', '7.14.1', 'COMMITTED');
service.startClients();

say('Clients ask without a pause from here on. 7.18.3 only adds: swapped in under load.');
await swap('7.18', '7.18.3', 'COMMITTED');

say('8.0.5 removes what 7 had deprecated. It is staged, and the gate holds it back.');
await swap('8', '8.0.5', 'FAILED');
await lineage('service', ['pending']);
await lineage('service', ['gate', 'cache', '2', '3'], { exit: 1 });
await lineage('service', ['approve', 'cache', '2', '3'], { exit: 4 });

say('The operator believes that every caller has moved on, and signs for exactly these bytes.');
await lineage('ops', ['approve', 'cache', '2', '3', '--rationale', 'all callers use ttl']);

say(
  'They had not: the service still passes maxAge, which 8.0.5 ignores. It goes live, is found sick, and is gone again.',
);
await swap('8', '8.0.5', 'ROLLED_BACK');
await lineage('service', ['log', 'cache', '--all']);
await lineage('service', ['rollback-target', 'cache', '--explain']);

say('Nobody gets these bytes in again by accident, whatever number they come under.');
await swap('8', '8.0.5', 'FAILED');

await service.stop();
await versionManager.close();
const { served, failed, by } = service.counts;
console.log(
  `\nrequests: ${served} served, ${failed} failed (${Object.entries(by)
    .map(([v, n]) => `${v}: ${n}`)
    .join(', ')})`,
);
if (failed > 0 || served === 0) throw new Error('a request failed');

say('The same story, told by git alone. The journal:');
await git(['log', '--oneline']);
say('The lineage of the module, with its notes:');
await git(['log', '--format=%h %s%n%N', 'cache']);
say('The approval, verified against the signers that the ledger itself lists:');
const signers = await git(['show', 'ledger:allowed_signers']);
writeFileSync(join(home, 'allowed_signers'), `${signers}\n`);
await git(['-c', 'gpg.ssh.allowedSignersFile=../allowed_signers', 'tag', '-v', 'compat/cache/2-3/2']);
await git(['-c', 'gpg.ssh.allowedSignersFile=../allowed_signers', 'verify-commit', 'HEAD']);
say('And whole:');
await git(['fsck', '--strict']);
console.log('\nThe ledger is in demo-ledger/modules.git. Look around: cd demo-ledger/modules.git && git log -p cache');
