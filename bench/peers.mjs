// What git does of the same: one version by six commands, many by one shell script, and by one fast-import stream.
import { execFileSync, spawnSync } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { generateKey } from 'git-lineage';
import { seconds } from './statistics.mjs';

export const GIT_ENVIRONMENT = {
  ...process.env,
  GIT_CONFIG_GLOBAL: '/dev/null',
  GIT_CONFIG_NOSYSTEM: '1',
  GIT_AUTHOR_NAME: 'bench',
  GIT_AUTHOR_EMAIL: 'bench@localhost',
  GIT_COMMITTER_NAME: 'bench',
  GIT_COMMITTER_EMAIL: 'bench@localhost',
};

/** @param {string} gitdir @param {readonly string[]} args @param {string} [input] */
export function git(gitdir, args, input = '') {
  return execFileSync('git', ['--git-dir', gitdir, ...args], {
    env: GIT_ENVIRONMENT,
    input,
    encoding: 'utf8',
    maxBuffer: 1 << 28,
    stdio: ['pipe', 'pipe', 'pipe'],
  }).trim();
}

/** A new repository. @param {string} gitdir */
export function initByGit(gitdir) {
  execFileSync('git', ['init', '-q', '--bare', gitdir], { env: GIT_ENVIRONMENT });
  return gitdir;
}

/** The content of a version: some 1,000 bytes. @param {number} i */
export const codeOf = (i) => `export const version = ${i};\n${'export function plan() {}\n'.repeat(40)}`;

/** One version by six commands, nothing synced. @param {string} gitdir @param {number} i @param {string | null} parent */
export function recordByGit(gitdir, i, parent) {
  const blob = git(gitdir, ['hash-object', '-w', '--stdin'], codeOf(i));
  const tree = git(gitdir, ['mktree'], `100644 blob ${blob}\tindex.js\n`);
  const commit = git(gitdir, ['commit-tree', tree, ...(parent === null ? [] : ['-p', parent]), '-m', `planner v${i}`]);
  git(gitdir, ['notes', '--ref=checksum', 'add', '-m', `sum ${i}`, commit]);
  git(gitdir, ['notes', '--ref=tags', 'add', '-m', 'canary', commit]);
  git(gitdir, ['update-ref', 'refs/heads/planner', commit]);
  return commit;
}

/** The same six commands a version, all of them in one shell. */
const SCRIPT = `
set -eu
parent=
i=0
while [ "$i" -lt "$1" ]; do
  i=$((i + 1))
  blob=$( { echo "export const version = $i;"; cat "$2"; } | git hash-object -w --stdin)
  tree=$(printf '100644 blob %s\\tindex.js\\n' "$blob" | git mktree)
  commit=$(git commit-tree "$tree" \${parent:+-p "$parent"} -m "planner v$i")
  git notes --ref=checksum add -m "sum $i" "$commit"
  git notes --ref=tags add -m canary "$commit"
  git update-ref refs/heads/planner "$commit"
  parent=$commit
done
`;

/** Seconds that one shell takes for so many versions. @param {string} gitdir @param {number} versions */
export function secondsByScript(gitdir, versions) {
  const rest = `${gitdir}.rest`;
  writeFileSync(rest, codeOf(0).split('\n').slice(1).join('\n'));
  return seconds(() => {
    const done = spawnSync('sh', ['-c', SCRIPT, 'sh', String(versions), rest], {
      env: { ...GIT_ENVIRONMENT, GIT_DIR: gitdir },
    });
    if (done.status !== 0) throw new Error(`the script ended with ${done.status}: ${done.stderr}`);
  });
}

/** @param {string} text */
const data = (text) => `data ${Buffer.byteLength(text)}\n${text}\n`;
const WHO = 'committer bench <bench@localhost> 1700000000 +0000\n';

/** Versions of one module with both notes as a fast-import stream, a notes commit for every `group` versions. @param {number} versions @param {number} group */
export function fastImportStream(versions, group) {
  /** @type {string[]} */
  const stream = ['feature done\n'];
  for (let first = 1; first <= versions; first += group) {
    const numbers = Array.from({ length: Math.min(group, versions - first + 1) }, (_, i) => first + i);
    for (const i of numbers)
      stream.push(
        `commit refs/heads/planner\nmark :${i}\n${WHO}${data(`planner v${i}`)}M 100644 inline index.js\n${data(codeOf(i))}`,
      );
    for (const ref of ['checksum', 'tags']) {
      stream.push(`commit refs/notes/${ref}\n${WHO}${data(`Notes of ${numbers.length} versions`)}`);
      for (const i of numbers) stream.push(`N inline :${i}\n${data(ref === 'tags' ? 'canary' : `sum ${i}`)}`);
    }
  }
  stream.push('done\n');
  return stream.join('');
}

/** Imports a stream; git syncs the pack once, at its end. @param {string} gitdir @param {string} stream */
export function fastImport(gitdir, stream) {
  git(gitdir, ['-c', 'core.fsync=committed', 'fast-import', '--quiet'], stream);
}

/** Lets `git tag -s` sign by a key in a file. @param {string} gitdir */
export function signBySsh(gitdir) {
  const file = `${gitdir}.key`;
  const { privateKey, publicKey } = generateKey({ comment: 'bench@localhost' });
  writeFileSync(file, privateKey, { mode: 0o600 });
  writeFileSync(`${file}.pub`, `${publicKey}\n`);
  git(gitdir, ['config', 'gpg.format', 'ssh']);
  git(gitdir, ['config', 'user.signingKey', file]);
}
