/** Serving: real git clients read the ledger, nobody writes to it or runs anything by it, and nothing is left running. */

import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, rmSync, writeFileSync } from 'node:fs';
import { get, request } from 'node:http';
import { connect } from 'node:net';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { gunzipSync, gzipSync } from 'node:zlib';
import { expect, onTestFinished, test } from 'vitest';
import { type ServedRequest, serveLedger } from '../../src/api/server.js';
import { cloneLedger } from '../../src/index.js';
import { refusal } from '../suite/expectations.js';
import { folder, git, refsOf, source, tryGit } from './ledger-remote.js';
import { served } from './servers.js';

interface Answer {
  readonly status: number;
  readonly headers: Readonly<Record<string, unknown>>;
  readonly body: Buffer;
}

function ask(
  url: string,
  options: { method?: string; headers?: Record<string, string>; body?: Buffer } = {},
): Promise<Answer> {
  return new Promise((resolve, reject) => {
    const asking = request(url, { method: options.method ?? 'GET', headers: options.headers ?? {} }, (answer) => {
      const parts: Buffer[] = [];
      answer.on('data', (part: Buffer) => parts.push(part));
      answer.on('end', () =>
        resolve({ status: answer.statusCode ?? 0, headers: answer.headers, body: Buffer.concat(parts) }),
      );
    });
    asking.on('error', reject);
    asking.end(options.body);
  });
}

/** Resolves once `truth` holds; a test that waits in vain ends by its own time limit. */
async function until(truth: () => boolean | Promise<boolean>): Promise<void> {
  while (!(await truth())) await new Promise((resolve) => setImmediate(resolve));
}

/** A fetch that stops in the middle of its question. */
const half =
  'POST /git-upload-pack HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Type: application/x-git-upload-pack-request\r\nContent-Length: 500\r\n\r\n0032want';

/** The processes of git that serve: children of the one that runs these tests. */
function servants(): string {
  const parent = String(process.pid);
  return spawnSync('pgrep', ['-P', parent, '-f', 'http-backend|upload-pack'], { encoding: 'utf8' }).stdout;
}

test('git clones it, as a mirror, plain with notes, shallow, by any name; and lists it', async () => {
  const from = await source();
  const { url } = await served(from.gitdir);
  const dir = folder();
  await git(dir, 'clone', '--quiet', '--mirror', url, 'mirror.git');
  expect(await refsOf(join(dir, 'mirror.git'))).toEqual(await refsOf(from.gitdir));
  expect(await git(join(dir, 'mirror.git'), 'fsck', '--strict', '--full', '--no-progress')).toBe('');
  await git(dir, 'clone', '--quiet', `${url}modules.git`, 'plain');
  await git(join(dir, 'plain'), 'fetch', '--quiet', 'origin', 'refs/notes/*:refs/notes/*');
  expect(await git(join(dir, 'plain'), 'notes', '--ref=tags', 'show', 'planner/v2')).toContain('stable');
  await git(dir, 'clone', '--quiet', '--depth=1', `${url}any-name.git`, 'shallow');
  expect(await git(join(dir, 'shallow'), 'rev-list', '--count', 'HEAD')).toBe('1\n');
  const listed = (await git(dir, 'ls-remote', '--refs', url, 'refs/*')).trim().split('\n');
  expect(listed.map((line) => line.replace('\t', ' ')).sort()).toEqual((await refsOf(from.gitdir)).sort());
  for (const version of ['0', '1', '2'])
    expect(await git(dir, '-c', `protocol.version=${version}`, 'ls-remote', url, 'HEAD')).toContain('HEAD');
});

test('the newer protocol is spoken with those that ask for it', async () => {
  const { gitdir } = await source(false);
  const { url } = await served(gitdir);
  const to = `${url}info/refs?service=git-upload-pack`;
  expect((await ask(to, { headers: { 'git-protocol': 'version=2' } })).body.toString()).toContain('version 2');
  expect((await ask(to)).body.toString()).not.toContain('version 2');
  expect((await ask(to, { headers: { 'git-protocol': 'version=2;$(x)' } })).body.toString()).not.toContain('version 2');
});

test('a push is refused, and so is everything that is no fetch', async () => {
  const from = await source();
  await git(from.gitdir, 'config', 'http.receivepack', 'true');
  const seen: ServedRequest[] = [];
  const { url } = await served(from.gitdir, { onRequest: (done) => seen.push(done) });
  const before = await refsOf(from.gitdir);
  const dir = folder();
  await git(dir, 'clone', '--quiet', url, 'plain');
  const push = await tryGit(join(dir, 'plain'), 'push', 'origin', 'HEAD:refs/heads/new');
  expect(push.code).not.toBe(0);
  expect(push.stderr).toContain('403');
  for (const [method, path, status] of [
    ['GET', 'info/refs?service=git-receive-pack', 403],
    ['POST', 'git-receive-pack', 403],
    ['POST', 'x.git/git-receive-pack', 403],
    ['GET', 'info/refs', 404],
    ['GET', 'HEAD', 404],
    ['GET', 'config', 404],
    ['GET', 'objects/info/packs', 404],
    ['GET', 'lineage/pin.json', 404],
    ['GET', '../../etc/passwd', 404],
    ['GET', 'a.git/b.git/info/refs?service=git-upload-pack', 404],
    ['GET', 'info/refs?service=git-upload-archive', 404],
    ['POST', 'info/refs?service=git-upload-pack', 405],
    ['GET', 'git-upload-pack', 405],
  ] as const) {
    expect([method, path, (await ask(`${url}${path}`, { method })).status]).toEqual([method, path, status]);
  }
  expect(await refsOf(from.gitdir)).toEqual(before);
  await until(() => seen.some(({ path, status }) => path.endsWith('lineage/pin.json') && status === 404));
});

test('a request that is compressed, and one that is sent in pieces, is understood', async () => {
  const from = await source(false);
  const { url } = await served(from.gitdir);
  const tip = (await from.ledger.journal.position()).oid;
  const body = Buffer.from(`0032want ${tip}\n00000009done\n`);
  const headers = { 'content-type': 'application/x-git-upload-pack-request' };
  const plain = await ask(`${url}git-upload-pack`, { method: 'POST', headers, body });
  expect(plain.body.toString('latin1')).toContain('PACK');
  const zipped = gzipSync(body);
  expect(gunzipSync(zipped).equals(body)).toBe(true);
  const more = { ...headers, 'content-encoding': 'gzip' };
  const unzipped = await ask(`${url}git-upload-pack`, { method: 'POST', headers: more, body: zipped });
  expect(unzipped.body.equals(plain.body)).toBe(true);
  const pieces = { ...headers, 'transfer-encoding': 'chunked' };
  expect((await ask(`${url}git-upload-pack`, { method: 'POST', headers: pieces, body })).body.equals(plain.body)).toBe(
    true,
  );
});

test('nothing that was planted in its config or hooks is run, and nothing of the environment is handed on', async () => {
  const from = await source();
  const touched = join(from.dir, 'touched');
  const program = join(from.dir, 'program');
  writeFileSync(program, `#!/bin/sh\ntouch ${touched}\nexec "$@"\n`, { mode: 0o755 });
  for (const [key, value] of [
    ['uploadpack.packObjectsHook', program],
    ['core.fsmonitor', program],
    ['core.sshCommand', program],
    ['core.hooksPath', from.dir],
    ['http.getanyfile', 'true'],
    ['core.alternateRefsCommand', program],
  ] as const)
    await git(from.gitdir, 'config', key, value);
  for (const hook of ['post-upload-pack', 'pre-upload-pack', 'update'])
    writeFileSync(join(from.gitdir, 'hooks', hook), `#!/bin/sh\ntouch ${touched}\n`, { mode: 0o755 });
  const { url } = await served(from.gitdir);
  await cloneLedger({ url, gitdir: join(from.dir, 'copy.git') });
  await git(from.dir, 'clone', '--quiet', '--mirror', url, 'mirror.git');
  expect(existsSync(touched)).toBe(false);
});

test('many clones at once get the same; more than the limit are asked to come back', async () => {
  const from = await source();
  const { url } = await served(from.gitdir, { limit: 16 });
  const dir = folder();
  const clones = Array.from({ length: 6 }, (_, i) => git(dir, 'clone', '--quiet', '--mirror', url, `copy-${i}.git`));
  await Promise.all(clones);
  const refs = await refsOf(from.gitdir);
  for (let i = 0; i < 6; i++) expect(await refsOf(join(dir, `copy-${i}.git`))).toEqual(refs);
  const narrow = await served(from.gitdir, { limit: 1 });
  // A fetch that stops in the middle of its question holds the one place there is.
  const { port, hostname } = new URL(narrow.url);
  await until(() => servants() === '');
  const slow = connect(Number(port), hostname);
  slow.on('error', () => undefined);
  slow.write(half);
  await until(() => servants() !== '');
  const advertised = `${narrow.url}info/refs?service=git-upload-pack`;
  let busy = await ask(advertised);
  await until(async () => {
    busy = await ask(advertised);
    return busy.status === 503;
  });
  expect(busy.headers['retry-after']).toMatch(/^[1-9]/);
  slow.destroy();
  await until(async () => (await ask(advertised)).status === 200);
});

test('a client that goes away leaves nothing running, and neither does closing', async () => {
  const from = await source();
  const server = await serveLedger({ gitdir: from.gitdir });
  const { port, hostname } = new URL(server.url);
  for (const leave of ['client', 'server']) {
    const socket = connect(Number(port), hostname);
    socket.on('error', () => undefined);
    socket.write(half);
    await until(() => servants() !== '');
    if (leave === 'client') socket.destroy();
    else await server.close();
    await until(() => servants() === '');
    socket.destroy();
  }
  expect((await tryGit(from.dir, 'ls-remote', server.url)).code).not.toBe(0);
});

test('a client that falls silent is let go', async () => {
  const from = await source(false);
  const seen: ServedRequest[] = [];
  const { url } = await served(from.gitdir, { idleTimeoutMs: 200, onRequest: (done) => seen.push(done) });
  const { port, hostname } = new URL(url);
  const socket = connect(Number(port), hostname);
  socket.on('error', () => undefined);
  socket.resume();
  socket.write(half);
  await once(socket, 'close');
  await until(() => seen.length === 1 && servants() === '');
});

test('is bound to this machine, and refuses what is no ledger, a port that is taken and one that is none', async () => {
  const from = await source(false);
  const server = await served(from.gitdir);
  expect(new URL(server.url).hostname).toBe('127.0.0.1');
  const port = Number(new URL(server.url).port);
  const error = await refusal(() => serveLedger({ gitdir: from.gitdir, port }), 'IO');
  expect(error.data.errno).toBe('EADDRINUSE');
  await refusal(() => serveLedger({ gitdir: from.gitdir, port: 70000 }), 'INVALID_ARGUMENT');
  await refusal(() => serveLedger({ gitdir: from.dir }), 'NOT_A_LEDGER');
});

test('is refused where there is no git; where git goes away, client and operator are told', async () => {
  const from = await source(false);
  const path = folder();
  const error = await refusal(() => serveLedger({ gitdir: from.gitdir, path }), 'IO');
  expect(error.message).toContain('git cannot be started here');
  writeFileSync(join(path, 'git'), '#!/bin/sh\n', { mode: 0o755 });
  const seen: ServedRequest[] = [];
  const { url } = await served(from.gitdir, { path, onRequest: (done) => seen.push(done) });
  rmSync(join(path, 'git'));
  expect((await ask(`${url}info/refs?service=git-upload-pack`)).status).toBe(500);
  await until(() => seen.length === 1);
  expect(seen[0]?.said).toContain('ENOENT');
});

test('clones made while it is written to fit together', async () => {
  const from = await source();
  const { url } = await served(from.gitdir);
  let writing = true;
  const writer = (async () => {
    for (let n = 5; writing; n++) {
      await from.ledger.recordCheckpoint({ moduleId: 'planner', tags: ['stable'] }, { files: { 'a.js': String(n) } });
      // Written without a pause it grows faster than it is cloned, where no disk is waited for.
      await pause(20);
    }
  })();
  try {
    for (let i = 0; i < 3; i++) {
      const gitdir = join(from.dir, `copy-${i}.git`);
      const { pin } = await cloneLedger({ url, gitdir });
      expect(await git(gitdir, 'rev-parse', 'refs/heads/ledger')).toBe(`${pin.oid}\n`);
    }
  } finally {
    writing = false;
    await writer;
  }
});

test('the verb prints where, serves, and ends in order at a signal', async () => {
  const from = await source(false);
  const bin = new URL('../../dist/cli/bin.js', import.meta.url).pathname;
  const child = spawn(process.execPath, [bin, 'serve', '--ledger', from.gitdir, '--json'], {
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let out = '';
  child.stdout.setEncoding('utf8').on('data', (text: string) => {
    out += text;
  });
  await until(() => out.includes('\n') || child.exitCode !== null);
  const { url, ledger } = JSON.parse(out.split('\n')[0] ?? '');
  expect(ledger).toBe(from.gitdir);
  expect(await git(from.dir, 'ls-remote', url, 'refs/heads/ledger')).toContain(
    (await from.ledger.journal.position()).oid,
  );
  child.kill('SIGTERM');
  const [code] = await once(child, 'close');
  expect(code).toBe(0);
  expect(out.trim().split('\n').at(-1)).toBe('{"ended":"SIGTERM"}');
});

/** What is answered to whoever asks by a name that leads here. */
function statusBy(host: string, port: number, path: string): Promise<number> {
  return new Promise((resolve, reject) => {
    get({ host: '127.0.0.1', port, path: `/${path}`, headers: { host } }, (answer) => {
      answer.resume();
      resolve(answer.statusCode ?? 0);
    }).on('error', reject);
  });
}

test('the verb tells the metrics beside the ledger, where it is asked to', async () => {
  const from = await source(false);
  const bin = new URL('../../dist/cli/bin.js', import.meta.url).pathname;
  const child = spawn(process.execPath, [bin, 'serve', '--metrics', '--ledger', from.gitdir, '--json'], {
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let out = '';
  child.stdout.setEncoding('utf8').on('data', (text: string) => {
    out += text;
  });
  await until(() => out.includes('\n') || child.exitCode !== null);
  const { url } = JSON.parse(out.split('\n')[0] ?? '');
  const told = await ask(`${url}metrics`);
  const { seq } = await from.ledger.journal.position();
  expect(told.body.toString()).toContain(`asm_version_journal_entries ${seq + 1}\n`);
  expect((await ask(`${url}readyz`)).status).toBe(200);
  const { port } = new URL(url);
  for (const [path, status] of [
    ['metrics', 421],
    ['readyz', 421],
    ['healthz', 200],
  ] as const)
    expect([path, await statusBy('evil.example', Number(port), path)]).toEqual([path, status]);
  expect(await git(from.dir, 'ls-remote', url, 'refs/heads/ledger')).toContain(
    (await from.ledger.journal.position()).oid,
  );
  child.kill('SIGTERM');
  expect((await once(child, 'close'))[0]).toBe(0);
});

test('of several ledgers each is cloned from its name, with its own checkpoint, and nothing is at any other', async () => {
  const [search, billing] = [await source(), await source(false)];
  const ledgers = [
    { name: 'search', gitdir: search.gitdir },
    { name: 'billing', gitdir: billing.gitdir },
  ];
  const { url, close } = await serveLedger({ ledgers });
  onTestFinished(close);
  const dir = folder();
  for (const [name, { gitdir, trust }] of [
    ['search', search],
    ['billing', billing],
  ] as const) {
    await git(dir, 'clone', '--quiet', '--mirror', `${url}${name}.git`, `${name}.git`);
    expect(await refsOf(join(dir, `${name}.git`))).toEqual(await refsOf(gitdir));
    const { trusted } = await cloneLedger({ url: `${url}${name}.git`, gitdir: join(dir, `${name}-copy.git`), trust });
    expect(trusted).toBe(true);
    expect((await ask(`${url}${name}.git/checkpoint`)).body.toString()).toBe('this ledger has no checkpoint\n');
  }
  for (const path of ['', 'other.git/', 'search/', 'search.git.git/'])
    for (const asked of ['info/refs?service=git-upload-pack', 'checkpoint'])
      expect([path, asked, (await ask(`${url}${path}${asked}`)).status]).toEqual([path, asked, 404]);
  const push = await ask(`${url}billing.git/info/refs?service=git-receive-pack`);
  expect(push.status).toBe(403);
});

test('several ledgers are refused with every name and folder that is not as it should be, and none stays open', async () => {
  const { gitdir } = await source(false);
  const given = [
    { name: '.a', gitdir },
    { name: 'a', gitdir: 1 },
    { name: 'a', gitdir },
    { name: 'a.git', gitdir },
    null,
  ];
  const error = await refusal(() => serveLedger({ ledgers: given as never }), 'INVALID_ARGUMENT');
  expect(error.data.issues.map(({ path }) => path)).toEqual([
    'ledgers[0].name',
    'ledgers[1].gitdir',
    'ledgers[2].name',
    'ledgers[3].name',
    'ledgers[4].name',
    'ledgers[4].gitdir',
  ]);
  await refusal(() => serveLedger({ ledgers: [] }), 'INVALID_ARGUMENT');
  const gone = join(folder(), 'gone.git');
  const ledgers = [
    { name: 'here', gitdir },
    { name: 'gone', gitdir: gone },
  ];
  const missing = await refusal(() => serveLedger({ ledgers }), 'NOT_A_LEDGER');
  expect(missing.data.gitdir).toBe(gone);
});
