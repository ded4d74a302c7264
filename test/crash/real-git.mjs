/** Real git as the oracle: run without any configuration of the machine or its user. */

import { execFile, spawnSync } from 'node:child_process';
import { existsSync, readdirSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';

const execute = promisify(execFile);

/** @type {Record<string, string>} */
export const GIT_ENVIRONMENT = {
  PATH: process.env['PATH'] ?? '',
  LC_ALL: 'C',
  HOME: '/nonexistent',
  GIT_CONFIG_NOSYSTEM: '1',
  GIT_CONFIG_GLOBAL: '/dev/null',
  // A person who gets round the hooks that guard a ledger: what is tested is what the ledger makes of it.
  GIT_CONFIG_COUNT: '1',
  GIT_CONFIG_KEY_0: 'core.hooksPath',
  GIT_CONFIG_VALUE_0: '/dev/null',
  GIT_AUTHOR_NAME: 'Mallory',
  GIT_AUTHOR_EMAIL: 'mallory@example.org',
  GIT_COMMITTER_NAME: 'Mallory',
  GIT_COMMITTER_EMAIL: 'mallory@example.org',
};

/**
 * Runs git in a folder and returns what it wrote to stdout, without the last line feed; rejects unless it exits with 0.
 *
 * @param {string} dir
 * @param {readonly string[]} args
 * @param {string} [input]
 * @returns {Promise<string>}
 */
export async function git(dir, args, input = '') {
  const running = execute('git', ['-C', dir, ...args], { env: GIT_ENVIRONMENT, maxBuffer: 1 << 26 });
  running.child.stdin?.on('error', () => undefined);
  running.child.stdin?.end(input);
  return (await running).stdout.replace(/\n$/, '');
}

/**
 * Everything that git says and how it ends, for commands that may fail.
 *
 * @param {string} dir
 * @param {readonly string[]} args
 * @param {string} [program]
 * @returns {{ status: number | null, output: string, errors: string }}
 */
export function gitOutcome(dir, args, program = 'git') {
  const { status, stdout, stderr } = spawnSync(program, [...args], {
    cwd: dir,
    env: GIT_ENVIRONMENT,
    encoding: 'utf8',
    maxBuffer: 1 << 26,
  });
  return { status, output: stdout, errors: stderr };
}

/**
 * What `git fsck` has to say beyond silence.
 *
 * @param {string} gitdir
 * @returns {string[]}
 */
export function fsckComplaints(gitdir) {
  const { status, output, errors } = gitOutcome(gitdir, [
    'fsck',
    '--strict',
    '--full',
    '--no-dangling',
    '--no-progress',
  ]);
  const said = `${output}${errors}`.trim();
  return status === 0 && said === '' ? [] : [`git fsck exits with ${status}: ${said}`];
}

/**
 * Every ref, as git sees it.
 *
 * @param {string} gitdir
 * @returns {Map<string, string>}
 */
export function gitRefs(gitdir) {
  const { output, errors } = gitOutcome(gitdir, ['for-each-ref', '--format=%(refname) %(objectname)']);
  if (errors !== '') throw new Error(`git for-each-ref: ${errors}`);
  return new Map(
    output
      .split('\n')
      .filter((line) => line !== '')
      .map((line) => /** @type {[string, string]} */ (line.split(' '))),
  );
}

/**
 * The notes under one ref: commit → text, read by one `git log`.
 *
 * @param {string} gitdir
 * @param {string} ref
 * @returns {Map<string, string>}
 */
export function gitNotes(gitdir, ref) {
  const listed = gitOutcome(gitdir, ['notes', `--ref=${ref}`, 'list']);
  if (listed.status !== 0) throw new Error(`git notes list: ${listed.errors}`);
  const lines = listed.output.split('\n').filter((line) => line !== '');
  const rows = lines.map((line) => line.split(' '));
  if (rows.length === 0) return new Map();
  const { status, stdout } = spawnSync('git', ['-C', gitdir, 'cat-file', '--batch'], {
    env: GIT_ENVIRONMENT,
    input: rows.map(([blob]) => `${blob}\n`).join(''),
    maxBuffer: 1 << 26,
  });
  if (status !== 0) throw new Error('git cat-file --batch failed');
  /** @type {Map<string, string>} */
  const notes = new Map();
  let at = 0;
  for (const [, target = ''] of rows) {
    const lineEnd = stdout.indexOf(10, at);
    const size = Number(stdout.toString('latin1', at, lineEnd).split(' ')[2]);
    notes.set(target, stdout.toString('utf8', lineEnd + 1, lineEnd + 1 + size));
    at = lineEnd + 1 + size + 1;
  }
  return notes;
}

/**
 * Names of files under a folder, relative, folders left out.
 *
 * @param {string} root
 * @param {string} [below]
 * @returns {string[]}
 */
export function filesUnder(root, below = '') {
  const folder = join(root, below);
  if (!existsSync(folder)) return [];
  return readdirSync(folder).flatMap((name) => {
    const path = below === '' ? name : `${below}/${name}`;
    return statSync(join(root, path)).isDirectory() ? filesUnder(root, path) : [path];
  });
}

/**
 * What a writer left behind that nobody needs: locks, protected packs, prepared and temporary files.
 *
 * @param {string} gitdir
 * @returns {string[]}
 */
export function leftovers(gitdir) {
  const packs = filesUnder(gitdir, 'objects/pack');
  return [
    ...filesUnder(gitdir, 'refs').filter((path) => path.endsWith('.lock')),
    ...readdirSync(gitdir).filter((name) => name.endsWith('.lock')),
    ...packs.filter((path) => path.endsWith('.keep')),
    ...packs.filter((path) => path.endsWith('.idx') && !packs.includes(path.replace(/idx$/, 'pack'))),
    ...filesUnder(gitdir, 'lineage').filter(
      (path) =>
        !/^lineage\/(writer|merger|transaction\.keep|index\/[^/]+|assessments\/[^/]+|webhooks\/[^/]+|(?:remotes|audit)\.json.*)$/.test(
          path,
        ),
    ),
  ];
}

/**
 * Which step of publishing a killed writer was in, from what is on disk.
 *
 * @param {string} gitdir
 * @returns {string}
 */
export function interruptedStep(gitdir) {
  const transaction = filesUnder(gitdir, 'lineage/transaction').map((path) => path.split('/').pop() ?? '');
  const prepared = transaction.some((name) => name.startsWith('refs%'));
  const announced = transaction.find((name) => name.startsWith('pack-'));
  const locked = filesUnder(gitdir, 'refs').some((path) => path.endsWith('.lock'));
  const packs = filesUnder(gitdir, 'objects/pack');
  const refs = gitRefs(gitdir);
  const entry = gitOutcome(gitdir, ['cat-file', 'commit', refs.get('refs/heads/ledger') ?? 'none']).output;
  const moves = [...entry.matchAll(/^Ref-Update: (\S+) (\S+) (\S+)$/gm)].filter(
    ([, ref]) => ref !== 'refs/heads/ledger',
  );
  const behind = moves.filter(([, ref, , to]) => (refs.get(ref ?? '') ?? '0'.repeat(40)) !== to).length;
  if (behind > 0) return behind === moves.length ? '6 journal moved, no ref yet' : '7 journal moved, some refs';
  if (locked) return '5 refs locked';
  if (announced !== undefined && packs.includes(`objects/pack/${announced}.idx`)) {
    if (prepared) return '4 pack in place, refs prepared (or all moved)';
    return '8 pack in place, not yet released';
  }
  if (announced !== undefined || prepared) return '3 writing the pack and the refs';
  if (packs.some((path) => path.endsWith('.keep'))) return '9 merging packs';
  return '0 between transactions';
}

/** True for a step between a transaction's first file and its last. @param {string} step one of `interruptedStep` */
export const isInside = (step) => !/^[09] /.test(step);

/**
 * The bytes of a file, or null.
 *
 * @param {string} path
 */
export function bytesOf(path) {
  return existsSync(path) ? readFileSync(path) : null;
}
