/** Real git and ssh-keygen on what a parser accepted: whatever they reject, the parser should not have let pass. */

import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { deflateSync } from 'node:zlib';

/** No configuration of the machine or its user takes part. */
export const ENVIRONMENT = {
  PATH: process.env['PATH'] ?? '',
  LC_ALL: 'C',
  HOME: '/nonexistent',
  GIT_CONFIG_NOSYSTEM: '1',
  GIT_CONFIG_GLOBAL: '/dev/null',
  GIT_AUTHOR_NAME: 'ada@example.org',
  GIT_AUTHOR_EMAIL: 'ada@example.org',
  GIT_COMMITTER_NAME: 'ada@example.org',
  GIT_COMMITTER_EMAIL: 'ada@example.org',
};

/**
 * Runs a program to its end.
 *
 * @param {string} program
 * @param {readonly string[]} args
 * @param {{ cwd?: string, input?: Uint8Array | string }} [options]
 */
export function run(program, args, { cwd, input = '' } = {}) {
  const done = spawnSync(program, args, { cwd, input, env: ENVIRONMENT, maxBuffer: 1 << 28 });
  if (done.error !== undefined && /** @type {NodeJS.ErrnoException} */ (done.error).code !== 'EPIPE') throw done.error;
  return { ok: done.status === 0, stdout: done.stdout, stderr: done.stderr.toString('utf8') };
}

/** The same where it must succeed. @param {string} program @param {readonly string[]} args @param {{ cwd?: string, input?: Uint8Array | string }} [options] */
export function mustRun(program, args, options) {
  const { ok, stdout, stderr } = run(program, args, options);
  if (!ok) throw new Error(`${program} ${args.join(' ')}: ${stderr}`);
  return stdout;
}

/** @typedef {import('../../src/model/object-id.js').ObjectFormat} ObjectFormat */

/** @param {ObjectFormat} format @param {string} type @param {Uint8Array} data */
export function objectId({ name }, type, data) {
  return createHash(name).update(`${type} ${data.length}\0`).update(data).digest('hex');
}

/** A new empty repository. @param {ObjectFormat} format @param {string} gitdir */
function emptyRepository({ name }, gitdir) {
  rmSync(gitdir, { recursive: true, force: true });
  mustRun('git', ['init', '-q', '--bare', `--object-format=${name}`, gitdir]);
}

/** @param {ObjectFormat} format @param {string} gitdir @param {string} type @param {Uint8Array} data */
function writeLoose(format, gitdir, type, data) {
  const oid = objectId(format, type, data);
  const path = join(gitdir, 'objects', oid.slice(0, 2), oid.slice(2));
  mkdirSync(dirname(path), { recursive: true });
  writeFileSync(path, deflateSync(Buffer.concat([Buffer.from(`${type} ${data.length}\0`), data]), { level: 1 }));
  return oid;
}

/**
 * Where an oracle works, and of which format its repositories are.
 *
 * @typedef {{ readonly dir: string, readonly format: ObjectFormat }} Place
 *
 * What one of the oracles says of a batch: for each of the inputs null, or what is wrong with it.
 *
 * @typedef {(place: Place, inputs: readonly { readonly bytes: Buffer, readonly detail: string }[]) => (string | null)[]} Oracle
 */

/** What `git fsck --strict` says of objects, by their ids; what they name need not be there. @param {string} gitdir */
function fsck(gitdir) {
  const { stdout, stderr } = run('git', ['-C', gitdir, 'fsck', '--strict', '--full', '--no-dangling', '--no-progress']);
  /** @type {Map<string, string>} */
  const wrong = new Map();
  for (const line of `${stderr}\n${stdout}`.split('\n')) {
    const [, oid] = /^(?:error|fatal)\b.*?\b([0-9a-f]{64}|[0-9a-f]{40})\b/.exec(line) ?? [];
    // Whether what an object names is there is not the object's own fault.
    if (oid !== undefined && !/broken links/.test(line)) wrong.set(oid, line);
  }
  return wrong;
}

/** `git fsck --strict`, of all at once; what is wrong with one must be so without the others, which may name it as what it is not. @param {string} type @returns {Oracle} */
function objects(type) {
  return ({ dir, format }, inputs) => {
    const gitdir = join(dir, 'objects.git');
    emptyRepository(format, gitdir);
    const oids = inputs.map(({ bytes }) => writeLoose(format, gitdir, type, bytes));
    const suspects = fsck(gitdir);
    return inputs.map(({ bytes }, i) => {
      const oid = oids[i] ?? '';
      if (!suspects.has(oid)) return null;
      emptyRepository(format, gitdir);
      writeLoose(format, gitdir, type, bytes);
      return fsck(gitdir).get(oid) ?? null;
    });
  };
}

/** Names in a packed-refs file, as git lists them. @type {Oracle} */
function refNames({ dir, format }, inputs) {
  const gitdir = join(dir, 'names.git');
  emptyRepository(format, gitdir);
  const tree = writeLoose(format, gitdir, 'tree', Buffer.alloc(0));
  // One name may be a folder of another: a packed file has no difficulty with that.
  const names = [...new Set(inputs.map(({ bytes }) => bytes.toString('utf8')))].sort((a, b) =>
    Buffer.compare(Buffer.from(a), Buffer.from(b)),
  );
  writeFileSync(
    join(gitdir, 'packed-refs'),
    `# pack-refs with: peeled fully-peeled sorted \n${names.map((name) => `${tree} ${name}\n`).join('')}`,
  );
  const { stdout, stderr } = run('git', ['-C', gitdir, 'for-each-ref', '--format=%(refname)']);
  const listed = new Set(stdout.toString('utf8').split('\n'));
  return inputs.map(({ bytes }) =>
    listed.has(bytes.toString('utf8')) ? null : `git does not list it: ${stderr.slice(0, 200)}`,
  );
}

/** Loose refs: the value that git reads must be the one that was read here. @type {Oracle} */
function looseRefs({ dir, format }, inputs) {
  const gitdir = join(dir, 'loose.git');
  emptyRepository(format, gitdir);
  return inputs.map(({ bytes, detail }, i) => {
    writeFileSync(join(gitdir, 'refs', 'heads', `r${i}`), bytes);
    const { stdout } = run('git', ['-C', gitdir, 'rev-parse', '--verify', '-q', `refs/heads/r${i}`]);
    const value = stdout.toString('utf8').trim();
    return value === detail ? null : `git reads ${JSON.stringify(value)}, here ${detail}`;
  });
}

/** Each input on its own. @param {(place: Place, bytes: Buffer, detail: string) => string | null} check @returns {Oracle} */
function oneByOne(check) {
  return (place, inputs) => inputs.map(({ bytes, detail }) => check(place, bytes, detail));
}

/** The lines of git's listing below `refs/`: nothing else is a ref of a ledger. @param {Buffer} listing */
function refLines(listing) {
  const lines = listing.toString('utf8').split('\n');
  return lines.filter((line) => nameIn(line).startsWith('refs/')).join('\n');
}

/** What follows the id in a line. @param {string} line */
function nameIn(line) {
  return line.slice(line.indexOf(' ') + 1);
}

/** @param {string} name */
function isRefName(name) {
  return !name.includes('\0') && run('git', ['check-ref-format', name]).ok;
}

/** The lines that only one of two has, or null. @param {string} byGit @param {string} here */
function difference(byGit, here) {
  const [theirs, ours] = [new Set(byGit.split('\n')), new Set(here.split('\n'))];
  const only = (/** @type {Set<string>} */ a, /** @type {Set<string>} */ b) =>
    JSON.stringify([...a].filter((line) => !b.has(line)));
  for (const set of [theirs, ours]) set.delete('');
  const [left, right] = [only(theirs, ours), only(ours, theirs)];
  return left === '[]' && right === '[]'
    ? null
    : `only git reads ${left.slice(0, 400)}, only here ${right.slice(0, 400)}`;
}

/** @param {Place} place @param {Buffer} bytes @param {string} detail what was read: lines of oid and name */
function packedRefs({ dir, format }, bytes, detail) {
  // To git a name ends at a zero byte; here it has one in it, and is none that the journal knows.
  if (bytes.includes(0)) return null;
  const gitdir = join(dir, 'packed.git');
  emptyRepository(format, gitdir);
  writeFileSync(join(gitdir, 'packed-refs'), bytes);
  const { ok, stdout } = run('git', ['-C', gitdir, 'for-each-ref', '--format=%(objectname) %(refname)']);
  // Of a file with a malformed line git reads nothing at all, so that nobody is told anything else than here.
  if (!ok) return null;
  // A name that git has no ref of is told by the audit: the journal does not have it either.
  const here = detail.split('\n').filter((line) => line === '' || isRefName(nameIn(line)));
  // A name with two values has none here; git lists both, and takes the one that it happens to find.
  const twice = new Set(detail.split('\n').flatMap((line) => (line.startsWith(' ') ? [line.slice(1)] : [])));
  const listed = refLines(stdout).split('\n');
  return difference(
    listed.filter((line) => !twice.has(nameIn(line))).join('\n'),
    here.filter((line) => !line.startsWith(' ')).join('\n'),
  );
}

/** @param {Place} place @param {Buffer} bytes */
function pack({ dir, format }, bytes) {
  const gitdir = join(dir, 'packs.git');
  emptyRepository(format, gitdir);
  const { ok, stderr } = run('git', ['-C', gitdir, 'index-pack', '--stdin'], { input: bytes });
  return ok ? null : stderr.slice(0, 300);
}

/** @param {Place} place @param {Buffer} bytes @param {string} detail */
function bundle({ dir }, bytes, detail) {
  const path = join(dir, 'fuzzed.bundle');
  writeFileSync(path, bytes);
  const { ok, stdout, stderr } = run('git', ['bundle', 'list-heads', path], { cwd: dir });
  if (!ok) return stderr.slice(0, 300);
  return difference(refLines(stdout), detail);
}

/** @param {Place} place @param {Buffer} bytes @param {string} detail the fingerprint */
function publicKey({ dir }, bytes, detail) {
  const path = join(dir, 'fuzzed.pub');
  writeFileSync(path, bytes);
  const { ok, stdout, stderr } = run('ssh-keygen', ['-l', '-f', path]);
  return ok && stdout.toString('latin1').includes(` ${detail} `)
    ? null
    : `ssh-keygen -l: ${stdout}${stderr}`.slice(0, 300);
}

/** @param {Place} place @param {Buffer} bytes @param {string} detail the public key */
function privateKey({ dir }, bytes, detail) {
  const path = join(dir, 'fuzzed-key');
  rmSync(path, { force: true });
  // OpenSSH wants a bare line feed behind its last line, which a secret that was pasted somewhere has lost: here it may be missing.
  const text = bytes.toString('latin1').replace(/(-----END [A-Z0-9 ]*PRIVATE KEY-----)[ \t\r]*(?=\n|$)\n?/g, '$1\n');
  writeFileSync(path, Buffer.from(text, 'latin1'), { mode: 0o600 });
  const { ok, stdout, stderr } = run('ssh-keygen', ['-y', '-P', 'correct horse', '-f', path]);
  return ok && stdout.toString('latin1').startsWith(detail) ? null : `ssh-keygen -y: ${stdout}${stderr}`.slice(0, 300);
}

/** @param {Place} place @param {Buffer} bytes @param {string} detail the settings, as `git config --list -z` prints those that matter */
function config({ dir }, bytes, detail) {
  // git reads lines as C strings, up to a zero byte.
  if (bytes.includes(0)) return null;
  const path = join(dir, 'fuzzed-config');
  writeFileSync(path, bytes);
  const { ok, stdout } = run('git', ['config', '--file', path, '--list', '-z', '--no-includes']);
  // A repository with a config that git cannot read is of no use to anybody; nothing of it is followed here.
  if (!ok) return null;
  // A key without a value is true.
  const lines = stdout
    .toString('utf8')
    .split('\0')
    .map((line) => (line.includes('\n') ? line : `${line}\ntrue`));
  const settings = lines.filter((line) => /^(core|extensions)\./.test(line));
  // Every white space inside of a value is a space to git, for some versions of it.
  const plain = (/** @type {string} */ text) => text.replaceAll('\n', ' = ').replace(/\s/g, ' ').replaceAll('\0', '\n');
  return difference(plain(settings.join('\0')), plain(detail));
}

/**
 * @typedef {'commit' | 'tag' | 'tree' | 'refName' | 'looseRef' | 'packedRefs' | 'bundle' | 'pack' | 'publicKey' | 'privateKey' | 'config'} OracleName
 */

/** @type {Readonly<Record<OracleName, { readonly batch: number, readonly most: number, readonly ask: Oracle }>>} `most` is for a million inputs */
export const ORACLES = {
  commit: { batch: 2000, most: 40_000, ask: objects('commit') },
  tag: { batch: 2000, most: 40_000, ask: objects('tag') },
  tree: { batch: 2000, most: 40_000, ask: objects('tree') },
  refName: { batch: 2000, most: 40_000, ask: refNames },
  looseRef: { batch: 100, most: 1000, ask: looseRefs },
  packedRefs: { batch: 50, most: 600, ask: oneByOne(packedRefs) },
  bundle: { batch: 50, most: 600, ask: oneByOne(bundle) },
  pack: { batch: 50, most: 800, ask: oneByOne(pack) },
  publicKey: { batch: 50, most: 600, ask: oneByOne(publicKey) },
  privateKey: { batch: 20, most: 200, ask: oneByOne(privateKey) },
  config: { batch: 50, most: 600, ask: oneByOne(config) },
};
