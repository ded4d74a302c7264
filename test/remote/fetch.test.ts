/** Fetching from remotes that are slow, broken, lying or closed: an error that says so, and nothing taken in. */

import { spawn, spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import nodeFs, { readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { GitStore } from '../../src/git/git-store.js';
import { type FetchedObjects, type FetchOptions, fetchObjects } from '../../src/git/remote/fetch-objects.js';
import { freePort } from '../free-port.js';
import { refusal } from '../suite/expectations.js';
import { folder, git, refsOf, type Source, source } from './ledger-remote.js';
import { gitDaemon, httpServer, meddling, served } from './servers.js';

/** A bare repository that has nothing, or what `of` had when it was copied. */
async function target(of?: Source): Promise<{ gitdir: string; store: GitStore }> {
  const gitdir = join(folder(), 'target.git');
  if (of === undefined) await git('/', 'init', '--quiet', '--bare', gitdir);
  else await git('/', 'clone', '--quiet', '--mirror', of.gitdir, gitdir);
  return { gitdir, store: new GitStore(nodeFs, gitdir) };
}

function fetchInto(to: { gitdir: string; store: GitStore }, options: FetchOptions): Promise<FetchedObjects> {
  const { gitdir, store } = to;
  const listRefs = (prefix: string) => store.listRefs(prefix);
  const { database, place } = store;
  return fetchObjects({ gitdir, files: store.files, database, packs: place.packs, listRefs }, options);
}

const packsOf = (gitdir: string): string[] => readdirSync(join(gitdir, 'objects/pack')).sort();

/** Expects that a fetch fails with `code`, and that there is nothing new in the repository. */
async function failsWith(options: FetchOptions, code: 'REMOTE_REFUSED' | 'REMOTE_UNREACHABLE'): Promise<string> {
  const to = await target();
  const error = await refusal(() => fetchInto(to, options), code);
  expect(packsOf(to.gitdir)).toEqual([]);
  expect(readdirSync(join(to.gitdir, 'objects')).sort()).toEqual(['info', 'pack']);
  expect(readdirSync(to.gitdir)).not.toContain('lineage');
  return error.message;
}

test.each(['http', 'git'])(
  'over %s brings what is new alone, protected until it is released, and moves no ref',
  async (by) => {
    const from = await source();
    const to = await target(from);
    const before = await refsOf(to.gitdir);
    await from.ledger.recordCheckpoint(
      { moduleId: 'planner', parentVer: 4, tags: ['stable'] },
      { files: { 'a.js': '5' } },
    );
    const url = by === 'http' ? (await served(from.gitdir)).url : `${await gitDaemon(from.dir)}/modules.git`;
    const { refs, packs } = await fetchInto(to, { url });
    expect(await refsOf(to.gitdir)).toEqual(before);
    expect([...refs].map(([ref, oid]) => `${oid} ${ref}`).sort()).toEqual((await refsOf(from.gitdir)).sort());
    expect(packs).toHaveLength(1);
    const all = (await git(from.gitdir, 'count-objects', '-v')).match(/in-pack: (\d+)/)?.[1];
    const index = await git(to.gitdir, 'verify-pack', '-v', `objects/pack/${packs[0]}.idx`);
    const sent = index.split('\n').filter((line) => /^[0-9a-f]{40} /.test(line)).length;
    expect(sent).toBeGreaterThan(5);
    expect(sent).toBeLessThan(Number(all) / 4);
    // A collection spares what no ref leads to yet, while the pack is kept.
    await git(to.gitdir, 'gc', '--prune=now', '--quiet');
    const tip = refs.get('refs/heads/ledger') ?? '';
    await git(to.gitdir, 'rev-list', '--objects', tip);
    for (const pack of packs) to.store.place.packs.release(pack);
    await git(to.gitdir, 'gc', '--prune=now', '--quiet');
    expect(spawnSync('git', ['cat-file', '-e', tip], { cwd: to.gitdir }).status).not.toBe(0);
  },
);

test('where nothing is new asks for nothing', async () => {
  const from = await source();
  const to = await target(from);
  const asked: string[] = [];
  const server = await served(from.gitdir, { onRequest: ({ path }) => asked.push(path) });
  const { packs } = await fetchInto(to, { url: server.url });
  expect(packs).toEqual([]);
  expect(asked.filter((path) => path.endsWith('git-upload-pack') && !path.includes('?'))).toEqual([]);
});

test('objects as differences of each other arrive whole', async () => {
  const from = await source(false);
  const lines = Array.from({ length: 400 }, (_, i) => `export const line${i} = ${i * 7919};`);
  for (let n = 1; n <= 6; n++) {
    lines[n * 50] = `export const changed = ${n};`;
    await from.ledger.recordCheckpoint({ moduleId: 'planner' }, { files: { 'a.js': lines.join('\n') } });
  }
  await git(from.gitdir, 'repack', '-adfq', '--depth=50', '--window=50');
  const name = packsOf(from.gitdir).find((n) => n.endsWith('.idx'));
  expect(await git(from.gitdir, 'verify-pack', '-v', `objects/pack/${name}`)).toMatch(/chain length = [2-9]/);
  const to = await target();
  const { refs } = await fetchInto(to, { url: (await served(from.gitdir)).url });
  const objects = await git(to.gitdir, 'rev-list', '--objects', ...new Set(refs.values()));
  expect(objects.split('\n').length).toBeGreaterThan(40);
  expect(await git(to.gitdir, 'fsck', '--strict', '--full', '--no-progress', '--no-dangling')).toBe('');
});

test('a pack that breaks off is unreachable; silence ends after the time given', async () => {
  const { gitdir } = await source();
  const { url } = await served(gitdir);
  const half = (after: 'break' | 'silence' | 'end') => (body: Buffer) => ({
    bytes: body.subarray(0, body.length / 2),
    after,
  });
  const options = { idleTimeoutMs: 400 };
  await failsWith({ url: await meddling(url, { body: half('break') }), ...options }, 'REMOTE_UNREACHABLE');
  await failsWith({ url: await meddling(url, { body: half('end') }), ...options }, 'REMOTE_UNREACHABLE');
  const silent = await failsWith(
    { url: await meddling(url, { body: half('silence') }), ...options },
    'REMOTE_UNREACHABLE',
  );
  expect(silent).toContain('said nothing for 0.4 s');
  const mute = await httpServer(() => undefined);
  expect(await failsWith({ url: mute, ...options }, 'REMOTE_UNREACHABLE')).toContain('said nothing');
});

/** Fetches in a process of its own, to be killed. */
const FETCHING = `
  import nodeFs from 'node:fs';
  const [gitdir, url] = process.argv.slice(1);
  const { GitStore } = await import(${JSON.stringify(new URL('../../build/git/git-store.js', import.meta.url).href)});
  const { fetchObjects } = await import(${JSON.stringify(new URL('../../build/git/remote/fetch-objects.js', import.meta.url).href)});
  const store = new GitStore(nodeFs, gitdir);
  const { files, database, place } = store;
  await fetchObjects({ gitdir, files, database, packs: place.packs, listRefs: (prefix) => store.listRefs(prefix) }, { url });
`;

test('a fetch that is killed while a pack comes in leaves nothing that counts, and a file that the next writer removes', async () => {
  const from = await source();
  const to = await source(false);
  // A packet with the first hundred bytes of the pack, and then nothing more.
  const body = (bytes: Buffer) => {
    const start = bytes.subarray(bytes.indexOf('PACK')).subarray(0, 100);
    return { bytes: Buffer.concat([Buffer.from('0008NAK\n0069\x01'), start]), after: 'silence' as const };
  };
  const url = await meddling((await served(from.gitdir)).url, { body });
  const before = [packsOf(to.gitdir), await refsOf(to.gitdir)];
  const child = spawn(process.execPath, ['--input-type=module', '-e', FETCHING, to.gitdir, url], { stdio: 'inherit' });
  const ended = new Promise((done) => child.on('exit', done));
  const incoming = join(to.gitdir, 'lineage/transaction/incoming');
  while (child.exitCode === null && (nodeFs.statSync(incoming, { throwIfNoEntry: false })?.size ?? 0) === 0)
    await new Promise((done) => setTimeout(done, 20));
  child.kill('SIGKILL');
  await ended;
  expect(child.signalCode).toBe('SIGKILL');
  expect(nodeFs.statSync(incoming).size).toBe(100);
  expect([packsOf(to.gitdir), await refsOf(to.gitdir)]).toEqual(before);
  await git(to.gitdir, 'fsck', '--strict');
  await to.ledger.recordCheckpoint({ moduleId: 'planner', parentVer: null }, { files: { 'a.js': '1' } });
  expect(nodeFs.existsSync(incoming)).toBe(false);
});

/** The packets of an answer of upload-pack, with the data of the pack changed. */
function repacked(body: Buffer, change: (pack: Buffer) => Buffer): Buffer {
  const parts: Buffer[] = [];
  for (let at = 0; at < body.length; ) {
    const length = Number.parseInt(body.toString('latin1', at, at + 4), 16);
    if (length > 4 && body[at + 4] === 1) parts.push(body.subarray(at + 5, at + length));
    at += Math.max(length, 4);
  }
  const pack = change(Buffer.concat(parts));
  const lines: Buffer[] = [Buffer.from('0008NAK\n')];
  for (let at = 0; at < pack.length; at += 1000) {
    const data = pack.subarray(at, at + 1000);
    lines.push(Buffer.from((data.length + 5).toString(16).padStart(4, '0')), Buffer.from([1]), data);
  }
  return Buffer.concat([...lines, Buffer.from('0000')]);
}

function rehashed(pack: Buffer): Buffer {
  const body = pack.subarray(0, -20);
  return Buffer.concat([body, createHash('sha1').update(body).digest()]);
}

test.each([
  ['whose hash is another', (pack: Buffer) => Buffer.from(pack.map((b, i) => (i === pack.length - 1 ? b ^ 1 : b)))],
  [
    'with a flipped bit and a hash to fit',
    (pack: Buffer) => rehashed(Buffer.from(pack.map((b, i) => (i === 200 ? b ^ 1 : b)))),
  ],
  ['cut short with a hash to fit', (pack: Buffer) => rehashed(pack.subarray(0, pack.length - 300))],
  [
    'with one object fewer than it says',
    (pack: Buffer) => rehashed(Buffer.from(pack.map((b, i) => (i === 11 ? b + 1 : b)))),
  ],
  [
    'with one object more than it says',
    (pack: Buffer) => rehashed(Buffer.from(pack.map((b, i) => (i === 11 ? b - 1 : b)))),
  ],
  ['that is text', () => Buffer.from('not a pack at all, but long enough to be taken for one')],
  [
    'that is empty',
    () => rehashed(Buffer.concat([Buffer.from('PACK\0\0\0\u0002\0\0\0\0', 'latin1'), Buffer.alloc(20)])),
  ],
])('a pack %s is refused whole', async (_, change) => {
  const { gitdir } = await source();
  const { url } = await served(gitdir);
  const body = (bytes: Buffer) => ({ bytes: repacked(bytes, change), after: 'end' as const });
  await failsWith({ url: await meddling(url, { body }) }, 'REMOTE_REFUSED');
});

test('a remote that lacks an object of its own is refused', async () => {
  const from = await source();
  const blob = (await git(from.gitdir, 'rev-parse', 'planner/v1:index.js')).trim();
  // Without the object, and without git noticing: a copy of loose objects less one.
  const broken = join(from.dir, 'broken.git');
  await git(from.dir, 'clone', '--quiet', '--mirror', from.gitdir, broken);
  const packs = packsOf(broken).filter((name) => name.endsWith('.pack'));
  for (const pack of packs) {
    const bytes = nodeFs.readFileSync(join(broken, 'objects/pack', pack));
    for (const end of ['pack', 'idx']) nodeFs.rmSync(join(broken, 'objects/pack', pack.replace(/pack$/, end)));
    spawnSync('git', ['unpack-objects', '-q'], { cwd: broken, input: bytes });
  }
  nodeFs.rmSync(join(broken, 'objects', blob.slice(0, 2), blob.slice(2)));
  const over = (await served(broken)).url;
  const message = await failsWith({ url: over }, 'REMOTE_REFUSED').catch(() =>
    failsWith({ url: over }, 'REMOTE_UNREACHABLE'),
  );
  expect(message).toMatch(/gave up|broke off|did not send/);
  await failsWith({ url: `file://${broken}` }, 'REMOTE_REFUSED').catch(() =>
    failsWith({ url: `file://${broken}` }, 'REMOTE_UNREACHABLE'),
  );
});

test('a pack without an object that its others refer to is refused by the name of the object', async () => {
  const from = await source();
  const blob = (await git(from.gitdir, 'rev-parse', 'planner/v1:index.js')).trim();
  const objects = (await git(from.gitdir, 'rev-list', '--objects', '--all', '--no-object-names')).split('\n');
  const input = objects.filter((oid) => oid !== blob).join('\n');
  const made = spawnSync('git', ['pack-objects', '--stdout', '-q'], { cwd: from.gitdir, input, maxBuffer: 1e8 });
  const body = (bytes: Buffer) => ({ bytes: repacked(bytes, () => made.stdout), after: 'end' as const });
  const url = await meddling((await served(from.gitdir)).url, { body });
  expect(await failsWith({ url }, 'REMOTE_REFUSED')).toContain(blob);
});

test('statuses, pages and nonsense in place of a repository say what they are', async () => {
  const answering = (status: number, body: string, type = 'text/plain') =>
    httpServer((_, response) => {
      response.writeHead(status, { 'content-type': type });
      response.end(body);
    });
  const advertisement = 'application/x-git-upload-pack-advertisement';
  expect(await failsWith({ url: await answering(404, 'none') }, 'REMOTE_REFUSED')).toContain('404');
  expect(await failsWith({ url: await answering(403, 'no') }, 'REMOTE_REFUSED')).toContain('403: no');
  expect(await failsWith({ url: await answering(401, '') }, 'REMOTE_REFUSED')).toContain('401');
  expect(await failsWith({ url: await answering(502, '') }, 'REMOTE_UNREACHABLE')).toContain('502');
  await failsWith({ url: await answering(200, '<html>', 'text/html') }, 'REMOTE_REFUSED');
  await failsWith({ url: await answering(200, 'garbage', advertisement) }, 'REMOTE_REFUSED');
  await failsWith(
    { url: await answering(200, '001e# service=git-upload-pack\n0000', advertisement) },
    'REMOTE_UNREACHABLE',
  );
  const gone = `http://127.0.0.1:${await freePort()}/m.git`;
  await failsWith({ url: gone }, 'REMOTE_UNREACHABLE');
  await failsWith({ url: `git://127.0.0.1:${await freePort()}/m.git` }, 'REMOTE_UNREACHABLE');
  const ref = `${'0'.repeat(39)}1 refs/heads/../../config`;
  const hostile = `001e# service=git-upload-pack\n0000${(ref.length + 4).toString(16).padStart(4, '0')}${ref}0000`;
  expect(await failsWith({ url: await answering(200, hostile, advertisement) }, 'REMOTE_REFUSED')).toContain(
    'refs/heads/../../config',
  );
});

test('what a server says reaches a message without what a terminal would obey', async () => {
  const url = await httpServer((_, response) => {
    response.writeHead(403, { 'content-type': 'text/plain' });
    response.end('no\u001b[2Jway\u202e https://user:pw@example.org/');
  });
  expect(await failsWith({ url }, 'REMOTE_REFUSED')).toContain('no [2Jway  https://example.org/');
});

test('redirects are followed to a repository, with credentials only where they were meant for', async () => {
  const from = await source(false);
  const server = await served(from.gitdir);
  const seen: (string | undefined)[] = [];
  const behind = await meddling(server.url, {
    instead: ({ headers }) => {
      seen.push(headers.authorization);
      return false;
    },
  });
  const front = await httpServer(({ url }, response) => {
    response.writeHead(302, { location: `${behind}${(url ?? '').replace('/old', '/new.git')}` }).end();
  });
  const to = await target();
  const { refs } = await fetchInto(to, { url: `${front.replace('//', '//user:pw@')}/old` });
  expect(refs.size).toBeGreaterThan(0);
  expect(seen).toEqual([undefined, undefined]);
  const loop = await httpServer(({ url }, response) => response.writeHead(302, { location: url ?? '' }).end());
  await failsWith({ url: loop }, 'REMOTE_REFUSED');
  const away = await httpServer((_, response) => response.writeHead(302, { location: 'file:///etc/passwd' }).end());
  await failsWith({ url: away }, 'REMOTE_REFUSED');
});

test('credentials are asked for when the server wants them, twice at most, and used for all that follows', async () => {
  const from = await source(false);
  const { url } = await served(from.gitdir);
  const wanted = `Basic ${Buffer.from('ops:right').toString('base64')}`;
  const guarded = await meddling(url, {
    instead: ({ headers }, response) => {
      if (headers.authorization === wanted) return false;
      response.writeHead(401, { 'www-authenticate': 'Basic realm="x"' }).end();
      return true;
    },
  });
  const to = await target();
  const asked: unknown[] = [];
  const onAuth: NonNullable<FetchOptions['onAuth']> = (request) => {
    asked.push(request);
    return { username: 'ops', password: asked.length === 1 ? 'wrong' : 'right' };
  };
  expect((await fetchInto(to, { url: guarded, onAuth })).packs).toHaveLength(1);
  expect(asked).toEqual([
    { url: guarded.concat('/').replace(/\/$/, ''), refused: null },
    { url: guarded, refused: { username: 'ops', password: 'wrong' } },
  ]);
  const again = await target();
  expect((await fetchInto(again, { url: guarded.replace('//', '//ops:right@') })).packs).toHaveLength(1);
  let times = 0;
  const wrong = () => {
    times += 1;
    return { username: 'ops', password: 'wrong' };
  };
  expect(await failsWith({ url: guarded, onAuth: wrong }, 'REMOTE_REFUSED')).toContain('401');
  expect(times).toBe(2);
  await failsWith({ url: guarded, onAuth: () => null }, 'REMOTE_REFUSED');
});

test('an abort ends a fetch with its reason, over http and through git', async () => {
  const mute = await httpServer(() => undefined);
  const script = join(folder(), 'ssh');
  writeFileSync(script, '#!/bin/sh\nexec sleep 600\n', { mode: 0o755 });
  for (const url of [mute, 'ssh://host.example/m.git']) {
    const stop = new AbortController();
    const reason = new Error('enough');
    const to = await target();
    const env = { ...process.env, GIT_SSH_COMMAND: script };
    const fetching = fetchInto(to, { url, signal: stop.signal, env });
    setImmediate(() => stop.abort(reason));
    await expect(fetching).rejects.toBe(reason);
    expect(readdirSync(to.gitdir)).not.toContain('lineage');
  }
});

test('a silent ssh is ended after the time given, with all that it started', async () => {
  const script = join(folder(), 'ssh');
  const mark = `6${process.pid}${Date.now()}`;
  writeFileSync(script, `#!/bin/sh\nsleep ${mark} &\nwait\n`, { mode: 0o755 });
  const env = { ...process.env, GIT_SSH_COMMAND: script };
  const message = await failsWith({ url: 'ssh://host.example/m.git', env, idleTimeoutMs: 500 }, 'REMOTE_UNREACHABLE');
  expect(message).toContain('said nothing for 0.5 s');
  expect(spawnSync('pgrep', ['-f', `sleep ${mark}`], { encoding: 'utf8' }).stdout).toBe('');
});

test('git runs no hook, takes no repository from the environment, and is missed by name where it is not there', async () => {
  const from = await source(false);
  const to = await target();
  const touched = join(to.gitdir, 'touched');
  for (const hook of ['reference-transaction', 'post-checkout', 'pre-auto-gc'])
    writeFileSync(join(to.gitdir, 'hooks', hook), `#!/bin/sh\ntouch ${touched}\n`, { mode: 0o755 });
  await git(to.gitdir, 'config', 'core.fsmonitor', `touch ${touched}`);
  await git(to.gitdir, 'config', 'core.hooksPath', join(to.gitdir, 'hooks'));
  const env = { ...process.env, GIT_DIR: from.gitdir, GIT_OBJECT_DIRECTORY: '/nonexistent', GIT_CONFIG_COUNT: '1' };
  const { refs } = await fetchInto(to, { url: `file://${from.gitdir}`, env });
  expect(refs.size).toBeGreaterThan(0);
  expect(nodeFs.existsSync(touched)).toBe(false);
  const error = await refusal(() => fetchInto(to, { url: from.gitdir, env: { PATH: '/nonexistent' } }), 'IO');
  expect(error.hint).toContain('install git');
});

test("the operator's own settings for a fetch into a ledger are honoured", async () => {
  const from = await source(false);
  const to = await target();
  await git(to.gitdir, 'config', `url.${from.gitdir}.insteadOf`, 'git://host.example/m.git');
  const { refs } = await fetchInto(to, { url: 'git://host.example/m.git' });
  expect(refs.get('refs/heads/ledger')).toBe((await from.ledger.journal.position()).oid);
});
