/** A ledger out of which files were redacted, on every road by which others come to have it. */

import { execFileSync } from 'node:child_process';
import { mkdirSync, readdirSync, readFileSync, rmSync, utimesSync, writeFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, onTestFinished, test } from 'vitest';
import { auditLedger } from '../../src/api/audit.js';
import { ephemeralSigner } from '../../src/api/testing.js';
import { cloneLedger, fetchLedger, initLedger, type Ledger, openLedger, type Signer } from '../../src/index.js';
import { GIT_ENVIRONMENT } from '../crash/real-git.mjs';
import { refusal } from '../suite/expectations.js';
import { skipSsh, sshHost } from './git-host.js';
import { bareRepository, folder } from './places.js';
import { gitDaemon, httpBackend, served } from './servers.js';

const TIMEOUT_MS = 180_000;

const secretOf = (name: string): string => `AKIA-the-key-of-${name}\n`;

interface Place {
  readonly dir: string;
  readonly gitdir: string;
  readonly ledger: Ledger;
  readonly owner: Signer;
}

/** Records a version of a module with a secret, makes one without it active, and redacts the secret. */
async function recordAndRedact(ledger: Ledger, moduleId: string): Promise<void> {
  const code = { 'index.js': `export const name = '${moduleId}';\n`, 'lib/deep/a.js': `${moduleId} deep\n` };
  await ledger.recordCheckpoint({ moduleId }, { files: { ...code, 'lib/key.pem': secretOf(moduleId) } });
  await ledger.recordCheckpoint({ moduleId }, { files: code });
  await ledger.versions.redact(moduleId, 1, 'lib/key.pem', { reason: 'a key' });
}

/** A ledger with a secret that is there still. */
async function ledgerWithSecret(): Promise<Place> {
  const dir = folder();
  const gitdir = join(dir, 'ledger.git');
  const owner = await ephemeralSigner('owner@example.org');
  const ledger = await initLedger({ gitdir, signer: owner, format: 2 });
  onTestFinished(() => ledger.close());
  await ledger.recordCheckpoint({ moduleId: 'planner' }, { files: { 'index.js': '1;\n', key: secretOf('old') } });
  await ledger.recordCheckpoint({ moduleId: 'planner' }, { files: { 'index.js': '2;\n' } });
  return { dir, gitdir, ledger, owner };
}

function git(gitdir: string, ...args: string[]): string {
  return execFileSync('git', ['-C', gitdir, ...args], { env: GIT_ENVIRONMENT, encoding: 'utf8', stdio: 'pipe' });
}

/** None of some secrets is in a repository, and nobody finds anything wrong with it: neither git, before and after it tidied up, nor we. */
async function expectSoundObjects(gitdir: string, gone: readonly string[]): Promise<void> {
  for (const tidy of [false, true]) {
    if (tidy) git(gitdir, 'gc', '-q', '--prune=now');
    const content = git(gitdir, 'cat-file', '--batch-all-objects', '--batch');
    expect(gone.filter((name) => content.includes(secretOf(name)))).toEqual([]);
    git(gitdir, 'fsck', '--strict', '--full');
    const { outcome, gaps, redacted } = await auditLedger({ path: gitdir });
    expect([outcome, gaps, redacted.map((blob) => blob.gone)]).toEqual(['passed', [], gone.map(() => true)]);
  }
}

/** The same of a ledger, in which doctor finds nothing either. */
async function expectSound(gitdir: string, ...gone: readonly string[]): Promise<void> {
  await expectSoundObjects(gitdir, gone);
  const ledger = await openLedger({ gitdir });
  onTestFinished(() => ledger.close());
  expect((await ledger.journal.doctor()).findings).toEqual([]);
  expect((await ledger.readFiles('planner', 2)).size).toBe(1);
}

/** The same of a repository that nobody has opened as a ledger. */
async function expectSoundMirror(gitdir: string, ...gone: readonly string[]): Promise<void> {
  await expectSoundObjects(gitdir, gone);
  expect((await auditLedger({ path: gitdir })).kind).toBe('mirror');
}

/** Puts git-lineage on the PATH, where the hooks of a ledger that is pushed to look for it. */
function withOwnCommand(bin: string): void {
  mkdirSync(bin);
  const program = fileURLToPath(new URL('../../dist/cli/bin.js', import.meta.url));
  writeFileSync(join(bin, 'git-lineage'), `#!/bin/sh\nexec '${process.execPath}' '${program}' "$@"\n`, { mode: 0o755 });
  const path = process.env['PATH'];
  process.env['PATH'] = `${bin}:${path}`;
  onTestFinished(() => {
    process.env['PATH'] = path;
  });
}

/** Loses an object, as a bad disk does, after taking every pack apart. */
function losing(gitdir: string, oid: string): void {
  const packs = join(gitdir, 'objects/pack');
  const contents = readdirSync(packs)
    .filter((name) => name.endsWith('.pack'))
    .map((name) => readFileSync(join(packs, name)));
  rmSync(packs, { recursive: true });
  for (const input of contents)
    execFileSync('git', ['-C', gitdir, 'unpack-objects', '-q'], { input, env: GIT_ENVIRONMENT, stdio: 'pipe' });
  rmSync(join(gitdir, 'objects', oid.slice(0, 2), oid.slice(2)));
}

/** Lets git's own ssh find the host. */
function withSshCommand(command: string): void {
  process.env['GIT_SSH_COMMAND'] = command;
  onTestFinished(() => {
    delete process.env['GIT_SSH_COMMAND'];
  });
}

async function sshUrl(dir: string, name: string): Promise<string> {
  const { url, command } = await sshHost(folder());
  withSshCommand(command);
  return `${url}${dir}/${name}`;
}

/** How a ledger is reached; what is fetched that way is the same. */
const ROADS: readonly { road: string; urlOf: (place: Place) => Promise<string>; skipped?: boolean }[] = [
  { road: 'a path', urlOf: async ({ gitdir }) => gitdir },
  { road: 'file://', urlOf: async ({ gitdir }) => `file://${gitdir}` },
  {
    road: 'ssh',
    urlOf: ({ dir }) => sshUrl(dir, 'ledger.git'),
    skipped: skipSsh,
  },
  { road: 'git://', urlOf: async ({ dir }) => `${await gitDaemon(dir)}/ledger.git` },
  { road: 'git-lineage serve', urlOf: async ({ gitdir }) => (await served(gitdir)).url },
  { road: 'git http-backend', urlOf: async ({ dir }) => `${await httpBackend(dir)}/ledger.git` },
  {
    road: 'git http-backend of any version',
    urlOf: async ({ dir }) => `${await httpBackend(dir, 'any version')}/ledger.git`,
  },
];

describe.each(ROADS)('over $road', ({ urlOf, skipped = false }) => {
  test.skipIf(skipped)(
    'it is cloned, and a copy that lacks redacted versions catches up',
    { timeout: TIMEOUT_MS },
    async () => {
      const place = await ledgerWithSecret();
      const { dir, gitdir, ledger, owner } = place;
      const [older, empty, fresh] = ['older.git', 'none.git', 'fresh.git'].map((name) => join(dir, name)) as [
        string,
        string,
        string,
      ];
      for (const copy of [older, empty]) await cloneLedger({ url: gitdir, gitdir: copy });
      await recordAndRedact(ledger, 'late');
      const url = await urlOf(place);
      await cloneLedger({ url, gitdir: fresh });
      await expectSound(fresh, 'late');
      expect(await fetchLedger({ gitdir: older, remote: url })).toMatchObject({ adopted: 3 });
      await expectSound(older, 'late');
      // A second time, with one that they had and one that they never had; and by a writer that pulls.
      await ledger.versions.redact('planner', 1, 'key', { reason: 'the old key' });
      await recordAndRedact(ledger, 'later');
      const writer = await openLedger({ gitdir: fresh, signer: owner });
      onTestFinished(() => writer.close());
      expect(await writer.replicas.sync(url).catch((error: unknown) => error)).toMatchObject({ adopted: 4 });
      await expectSound(fresh, 'old', 'late', 'later');
      expect(await fetchLedger({ gitdir: older, remote: url })).toMatchObject({ adopted: 4 });
      await expectSound(older, 'old', 'late', 'later');
      // From the first entries on, with everything at once.
      expect(await fetchLedger({ gitdir: empty, remote: url })).toMatchObject({ adopted: 7 });
      await expectSound(empty, 'old', 'late', 'later');
      // And they go on, from one another as well.
      await ledger.recordCheckpoint({ moduleId: 'planner' }, { files: { 'index.js': '3;\n' } });
      await writer.replicas.pull(url);
      expect(await fetchLedger({ gitdir: older, remote: fresh })).toMatchObject({ adopted: 1 });
      await expectSound(older, 'old', 'late', 'later');
    },
  );
});

/** A bare repository that others push to, beside the ledger. */
async function emptyRemote({ dir }: Place): Promise<string> {
  const remote = await bareRepository(dir);
  git(remote, 'config', 'http.receivepack', 'true');
  return remote;
}

test.each([
  { way: 'a path', urlOf: (remote: string) => remote },
  { way: 'file://', urlOf: (remote: string) => `file://${remote}` },
])(
  'an empty repository of this machine is pushed to, and later again: $way',
  { timeout: TIMEOUT_MS },
  async ({ urlOf }) => {
    const place = await ledgerWithSecret();
    const { dir, ledger } = place;
    const remote = await emptyRemote(place);
    await recordAndRedact(ledger, 'late');
    expect(await ledger.replicas.push(urlOf(remote))).toMatchObject({ pushed: 6 });
    await expectSoundMirror(remote, 'late');
    // Versions that came and went since, and others.
    await recordAndRedact(ledger, 'later');
    await ledger.recordCheckpoint({ moduleId: 'planner' }, { files: { 'index.js': '3;\n' } });
    expect(await ledger.replicas.push(urlOf(remote))).toMatchObject({ pushed: 4 });
    await expectSoundMirror(remote, 'late', 'later');
    await ledger.recordCheckpoint({ moduleId: 'planner' }, { files: { 'index.js': '4;\n' } });
    expect(await ledger.replicas.push(urlOf(remote))).toMatchObject({ pushed: 1 });
    await expectSoundMirror(remote, 'late', 'later');
    const copy = join(dir, 'copy.git');
    await cloneLedger({ url: remote, gitdir: copy });
    await expectSound(copy, 'late', 'later');
  },
);

test('a ledger of this machine that takes pushes in takes such versions in', { timeout: TIMEOUT_MS }, async () => {
  const { dir, gitdir, ledger } = await ledgerWithSecret();
  const guarded = join(dir, 'guarded.git');
  await cloneLedger({ url: gitdir, gitdir: guarded });
  withOwnCommand(join(dir, 'bin'));
  await recordAndRedact(ledger, 'late');
  await ledger.versions.redact('planner', 1, 'key', { reason: 'the old key' });
  expect(await ledger.replicas.push(guarded)).toMatchObject({ pushed: 4 });
  await expectSound(guarded, 'late', 'old');
});

describe.each([
  { way: 'ssh', urlOf: sshUrl, skipped: skipSsh },
  { way: 'http', urlOf: async (dir: string, name: string) => `${await httpBackend(dir)}/${name}`, skipped: false },
])('on another machine, over $way', ({ urlOf, skipped }) => {
  test.skipIf(skipped)('git takes none of them, and the refusal says what does', { timeout: TIMEOUT_MS }, async () => {
    const place = await ledgerWithSecret();
    const { dir, gitdir, ledger } = place;
    const [empty, older] = [await emptyRemote(place), join(dir, 'older.git')];
    await cloneLedger({ url: gitdir, gitdir: older });
    git(older, 'config', 'http.receivepack', 'true');
    await recordAndRedact(ledger, 'late');
    for (const remote of [empty, older]) {
      const refs = git(remote, 'for-each-ref');
      const error = await refusal(
        async () => ledger.replicas.push(await urlOf(dir, basename(remote))),
        'REMOTE_REFUSED',
      );
      expect(error.message).toContain('files were redacted from versions that it has not got');
      expect(error.hint).toContain('git-lineage clone there where nothing is yet, else git-lineage pull');
      expect(git(remote, 'for-each-ref')).toBe(refs);
    }
    // What it says does it.
    await fetchLedger({ gitdir: older, remote: gitdir });
    await expectSound(older, 'late');
  });
});

test('an audit of a plain partial mirror says of each redacted file whether it is there', {
  timeout: TIMEOUT_MS,
}, async () => {
  const { dir, gitdir, ledger } = await ledgerWithSecret();
  git(gitdir, 'config', 'uploadpack.allowFilter', 'true');
  git(gitdir, 'config', 'uploadpack.allowAnySHA1InWant', 'true');
  const mirror = (name: string): string => {
    const to = join(dir, name);
    git(dir, 'clone', '-q', '--mirror', '--filter=blob:none', `file://${gitdir}`, to);
    return to;
  };
  const holding = mirror('holding.git');
  const secret = git(holding, 'rev-parse', 'planner/v1:key').trim();
  git(holding, 'fetch', '-q', '--filter=blob:none', 'origin', secret);
  await ledger.versions.redact('planner', 1, 'key', { reason: 'the old key' });
  git(holding, 'fetch', '-q');
  for (const [path, gone] of [
    [mirror('lacking.git'), true],
    [holding, false],
  ] as const) {
    expect(git(path, 'cat-file', '--batch-all-objects', '--batch-check').includes(secret)).toBe(!gone);
    const { outcome, gaps, redacted } = await auditLedger({ path });
    const said = [outcome, gaps.map(({ what }) => what), redacted.map((blob) => [blob.oid, blob.gone])];
    expect(said).toEqual(['incomplete', [expect.stringContaining('partial clone')], [[secret, gone]]]);
  }
});

test('a host that lets nobody leave files out is told what to set, and nothing changes here', async () => {
  const place = await ledgerWithSecret();
  const { dir, gitdir, ledger } = place;
  const older = join(dir, 'older.git');
  await cloneLedger({ url: gitdir, gitdir: older });
  await recordAndRedact(ledger, 'late');
  git(gitdir, 'config', '--unset', 'uploadpack.allowFilter');
  const url = `${await httpBackend(dir)}/ledger.git`;
  const refs = git(older, 'for-each-ref');
  for (const fetching of [
    () => fetchLedger({ gitdir: older, remote: url }),
    () => cloneLedger({ url, gitdir: join(dir, 'new.git') }),
  ]) {
    const error = await refusal(fetching, 'REMOTE_REFUSED');
    expect(error.hint).toContain('git-lineage doctor --restore');
  }
  expect(git(older, 'for-each-ref')).toBe(refs);
  await ledger.journal.doctor({ restore: true });
  expect(await fetchLedger({ gitdir: older, remote: url })).toMatchObject({ adopted: 3 });
  await expectSound(older, 'late');
});

test('what a fetch that was killed has left goes with the next one that needs such a place, once it is a day old', async () => {
  const { dir, gitdir, ledger } = await ledgerWithSecret();
  const older = join(dir, 'older.git');
  await cloneLedger({ url: gitdir, gitdir: older });
  await recordAndRedact(ledger, 'late');
  const [abandoned, young] = ['fetch-abandoned', 'fetch-young'].map((name) => join(older, 'lineage', name)) as [
    string,
    string,
  ];
  for (const left of [abandoned, young]) mkdirSync(join(left, 'objects'), { recursive: true });
  const old = new Date(Date.now() - 25 * 60 * 60 * 1000);
  utimesSync(abandoned, old, old);
  await fetchLedger({ gitdir: older });
  expect(readdirSync(join(older, 'lineage')).filter((name) => name.startsWith('fetch-'))).toEqual(['fetch-young']);
  rmSync(young, { recursive: true });
  await expectSound(older, 'late');
});

test('a file that is missing there, and that no entry redacts, is no redaction', async () => {
  const place = await ledgerWithSecret();
  const { dir, gitdir, ledger } = place;
  const older = join(dir, 'older.git');
  await cloneLedger({ url: gitdir, gitdir: older });
  await recordAndRedact(ledger, 'late');
  const lost = git(gitdir, 'rev-parse', 'late/v1:lib/deep/a.js').trim();
  losing(gitdir, lost);
  const urls = [gitdir, `${await httpBackend(dir)}/ledger.git`];
  for (const url of urls) {
    await refusal(() => fetchLedger({ gitdir: older, remote: url }), 'REMOTE_REFUSED');
    await refusal(() => cloneLedger({ url, gitdir: join(dir, 'new.git') }), 'REMOTE_REFUSED');
  }
  expect(await auditLedger({ path: older })).toMatchObject({ outcome: 'passed', redacted: [] });
});

test('whoever opens a copy that was cut off before git was told finishes it', async () => {
  const { dir, gitdir, ledger, owner } = await ledgerWithSecret();
  const copy = join(dir, 'copy.git');
  await recordAndRedact(ledger, 'late');
  await cloneLedger({ url: gitdir, gitdir: copy });
  // As it is after the entries came, and before anything else.
  for (const name of readdirSync(join(copy, 'objects/pack')).filter((entry) => entry.endsWith('.promisor')))
    rmSync(join(copy, 'objects/pack', name));
  git(copy, 'config', '--unset', 'extensions.partialClone');
  rmSync(join(copy, 'lineage/redacted'));
  expect(() => git(copy, 'fsck')).toThrow('fsck');
  await (await openLedger({ gitdir: copy, signer: owner })).close();
  await expectSound(copy, 'late');
});

test('git makes no bundle of it, and an archive of a clone does in its place', { timeout: TIMEOUT_MS }, async () => {
  const place = await ledgerWithSecret();
  const { dir, gitdir, ledger } = place;
  const [whole, redacted, filtered, clone, restored] = [
    '1.bundle',
    '2.bundle',
    '3.bundle',
    'clone.git',
    'again.git',
  ].map((name) => join(dir, name)) as [string, string, string, string, string];
  git(gitdir, 'bundle', 'create', '-q', whole, '--all');
  await cloneLedger({ url: whole, gitdir: join(dir, 'of-bundle.git') });
  await recordAndRedact(ledger, 'late');
  expect(() => git(gitdir, 'bundle', 'create', '-q', redacted, '--all')).toThrow(
    /could not fetch [0-9a-f]{40} from promisor remote/,
  );
  git(gitdir, 'bundle', 'create', '-q', '--version=3', filtered, '--all', '--filter=blob:none');
  const error = await refusal(() => cloneLedger({ url: filtered, gitdir: restored }), 'REMOTE_REFUSED');
  expect(error.hint).toContain('files were left out of it');
  await cloneLedger({ url: gitdir, gitdir: clone });
  execFileSync('tar', ['-cf', 'clone.tar', 'clone.git'], { cwd: dir });
  rmSync(clone, { recursive: true });
  execFileSync('tar', ['-xf', 'clone.tar'], { cwd: dir });
  await cloneLedger({ url: clone, gitdir: restored });
  for (const copy of [clone, restored]) await expectSound(copy, 'late');
});
