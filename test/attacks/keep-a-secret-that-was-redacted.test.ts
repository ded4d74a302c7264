/** A secret got into a ledger. Somebody wants to keep it, to bring it back, or to have other files vanish with it. */

import { execFile, execFileSync, spawnSync } from 'node:child_process';
import { mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { expect, onTestFinished, test } from 'vitest';
import { auditLedger } from '../../src/api/audit.js';
import { serveLedger } from '../../src/api/server.js';
import { ephemeralSigner } from '../../src/api/testing.js';
import { cloneLedger, fetchLedger, type Ledger, openLedger, type Signer } from '../../src/index.js';
import { sha256Hex } from '../../src/model/content-digest.js';
import { fsckComplaints, GIT_ENVIRONMENT } from '../crash/real-git.mjs';
import { BACKENDS, onEachBackend, type Place } from '../suite/backends.js';
import { collected, refusal, writesNothing } from '../suite/expectations.js';

const execute = promisify(execFile);

const SECRET = 'AKIA-the-key-of-the-shop-7731\n';
const KEY = 'config/key.pem';
const onDisk = BACKENDS.find(({ name }) => name !== 'memfs') ?? BACKENDS[0];

function files(code: string, secret?: string): { files: Record<string, string> } {
  return {
    files: { 'index.js': `export const plan = ${code};\n`, ...(secret === undefined ? {} : { [KEY]: secret }) },
  };
}

/** A ledger of format 2 whose versions 1 and 2 hold a secret, and another module's version too; planner v3 is active. */
async function withSecret(place: Place): Promise<void> {
  const { ledger } = place;
  await ledger.recordCheckpoint({ moduleId: 'planner', tags: ['stable'] }, files('1', SECRET));
  await ledger.recordCheckpoint({ moduleId: 'planner', tags: ['stable'] }, files('2', SECRET));
  await ledger.recordCheckpoint({ moduleId: 'planner' }, files('3'));
  await ledger.recordCheckpoint({ moduleId: 'driver' }, { files: { 'driver.txt': SECRET } });
  await ledger.recordCheckpoint({ moduleId: 'driver' }, { files: { 'driver.txt': 'none' } });
}

function redact(ledger: Ledger) {
  return ledger.versions.redact('planner', 2, KEY, { reason: 'the key of the shop' });
}

function git(gitdir: string, ...args: string[]): string {
  return execFileSync('git', ['-C', gitdir, ...args], {
    env: GIT_ENVIRONMENT,
    encoding: 'utf8',
    maxBuffer: 2 ** 26,
    stdio: 'pipe',
  });
}

/** The content of every object that git finds. */
function everything(gitdir: string): string {
  return git(gitdir, 'cat-file', '--batch-all-objects', '--batch');
}

/** What git says where nothing is wrong. */
function expectSoundGit(gitdir: string): void {
  expect(fsckComplaints(gitdir)).toEqual([]);
  execFileSync('git', ['-C', gitdir, 'fsck', '--strict', '--full'], { env: GIT_ENVIRONMENT, stdio: 'pipe' });
  expect(git(gitdir, 'log', '--notes', '--all')).toContain('redact planner v2: the key of the shop');
}

onEachBackend('a secret in a ledger', (backend) => {
  test('is redacted from every version that holds it, and proven without its bytes', async () => {
    const place = await backend.init(undefined, { format: 2 });
    await withSecret(place);
    const { ledger } = place;
    const planned = await writesNothing(ledger, () =>
      ledger.versions.redact('planner', 2, KEY, { reason: 'the key of the shop', dryRun: true }),
    );
    const redacted = await redact(ledger);
    expect({ ...redacted, seq: null }).toEqual(planned);
    expect(redacted).toEqual({
      moduleId: 'planner',
      version: 2,
      oid: expect.stringMatching(/^[0-9a-f]{40}$/),
      sha256: sha256Hex(SECRET),
      reason: 'the key of the shop',
      seq: 6,
      versions: [
        { moduleId: 'driver', version: 1 },
        { moduleId: 'planner', version: 1 },
        { moduleId: 'planner', version: 2 },
      ],
    });
    const report = await ledger.audit();
    expect(report.steps.flatMap(({ problems }) => problems)).toEqual([]);
    expect([report.outcome, report.gaps]).toEqual(['passed', []]);
    expect(report.redacted).toMatchObject([{ oid: redacted.oid, sha256: sha256Hex(SECRET), seq: 6, gone: true }]);
    expect(await ledger.versions.redactions()).toEqual([redacted]);
    // Again: what is out is out, and nothing is written.
    expect(await writesNothing(ledger, () => redact(ledger))).toEqual(redacted);
    for (const again of [ledger, await place.open()]) {
      const error = await refusal(() => again.readFiles('planner', 1), 'VERSION_REDACTED');
      expect(error.data).toEqual({ moduleId: 'planner', version: 1, oid: redacted.oid, path: KEY });
      expect((await again.versions.listFiles('planner', 1)).map(({ path, bytes }) => [path, bytes])).toEqual([
        [KEY, null],
        ['index.js', 23],
      ]);
      expect((await again.versions.diff('planner', 2, 3)).files).toMatchObject([
        { path: KEY, change: 'removed', from: { bytes: null, sha256: sha256Hex(SECRET) } },
        { path: 'index.js', change: 'changed' },
      ]);
      expect((await again.versions.proof('planner', 2)).files).toMatchObject([
        { path: KEY, bytes: null },
        { path: 'index.js' },
      ]);
    }
    expect((await ledger.journal.doctor()).findings).toEqual([]);
  });

  test('is redacted file by file, whatever names the policy allows by then', async () => {
    const place = await backend.init({ allowUnportableNames: true }, { format: 2 });
    const { ledger } = place;
    const secrets = { 'aux.txt': 'one\n', 'b/key': 'two\n', c: 'three\n' };
    await ledger.recordCheckpoint({ moduleId: 'many' }, { files: { ...secrets, 'index.js': '1;\n' } });
    await ledger.recordCheckpoint({ moduleId: 'many' }, { files: { 'index.js': '2;\n' } });
    await ledger.policy.set({ settings: { allowUnportableNames: false } });
    for (const path of Object.keys(secrets)) await ledger.versions.redact('many', 1, path, { reason: 'a key' });
    const report = await ledger.audit();
    expect(report.steps.flatMap(({ problems }) => problems)).toEqual([]);
    expect([report.outcome, report.redacted.length]).toEqual(['passed', 3]);
  });

  test('leaves no version with it that could run again', async () => {
    const place = await backend.init(undefined, { format: 2 });
    await withSecret(place);
    const { ledger } = place;
    await ledger.stage({ moduleId: 'planner' }, files('4', SECRET));
    await redact(ledger);
    for (const tagFilter of ['stable', null])
      expect(await ledger.rollbackTarget('planner', 'MANUAL', { tagFilter })).toBe(null);
    expect((await ledger.live.explainRollback('planner')).passedOver).toMatchObject({ REDACTED: 2 });
    expect(await ledger.gate('planner', 3, 4)).toMatchObject({ allow: false, reasons: [{ code: 'REDACTED' }] });
    await writesNothing(ledger, async () => {
      await refusal(() => ledger.activate('planner', 4), 'VERSION_REDACTED');
      await refusal(() => ledger.live.breakGlass('planner', 4, { reason: 'fire' }), 'VERSION_REDACTED');
      await refusal(() => ledger.rollback('planner', 'MANUAL', { to: 2 }), 'VERSION_REDACTED');
      await refusal(() => ledger.reports.preview('planner', 2, 3), 'VERSION_REDACTED');
    });
  });

  test('does not come back: in a version, as one that is there already, or as a note', async () => {
    const place = await backend.init(undefined, { format: 2 });
    const { ledger } = place;
    await withSecret(place);
    await ledger.recordCheckpoint({ moduleId: 'words' }, { files: { password: 'correct-horse\n' } });
    await ledger.recordCheckpoint({ moduleId: 'words' }, { files: { password: 'none' } });
    await redact(ledger);
    await ledger.versions.redact('words', 1, 'password', { reason: 'a password' });
    await writesNothing(ledger, async () => {
      await refusal(() => ledger.recordCheckpoint({ moduleId: 'other' }, { files: { a: SECRET } }), 'VERSION_REDACTED');
      await refusal(
        () => ledger.stage({ moduleId: 'planner', version: 2, parentVer: 1 }, files('2', SECRET)),
        'VERSION_REDACTED',
      );
      await refusal(() => ledger.tag('planner', 3, 'correct-horse'), 'VERSION_REDACTED');
    });
    expect((await ledger.audit()).redacted.map(({ gone }) => gone)).toEqual([true, true]);
  });

  test('cannot be an excuse to take something else', async () => {
    const place = await backend.init(undefined, { format: 2 });
    const { ledger } = place;
    await withSecret(place);
    await ledger.recordCheckpoint({ moduleId: 'words', tags: ['stable'] }, { files: { tags: 'stable\n', link: 'x' } });
    await ledger.recordCheckpoint({ moduleId: 'words' }, { files: { tags: 'none' } });
    const reason = 'why not';
    await writesNothing(ledger, async () => {
      const active = await refusal(
        () => ledger.versions.redact('planner', 3, 'index.js', { reason }),
        'INVALID_VERSION',
      );
      expect(active.message).toContain('planner v3, which is active and holds the file');
      const note = await refusal(() => ledger.versions.redact('words', 1, 'tags', { reason }), 'INVALID_ARGUMENT');
      expect(note.message).toContain('a note of tags');
      await refusal(() => ledger.versions.redact('planner', 1, 'nothing.txt', { reason }), 'NOT_FOUND');
      await refusal(() => ledger.versions.redact('planner', 9, KEY, { reason }), 'NOT_FOUND');
      await refusal(() => ledger.versions.redact('planner', 1, KEY, { reason: 'two\nlines' }), 'INVALID_ARGUMENT');
    });
    const recorder = await place.open({ signer: await withRole(place, ['recorder', 'approver']) });
    await refusal(() => redact(recorder), 'ROLE_REQUIRED');
    const old = await backend.init();
    await withSecret(old);
    const early = await refusal(() => redact(old.ledger), 'INVALID_ARGUMENT');
    expect(early.hint).toContain('git-lineage upgrade');
  });

  test('takes as many admins as the policy says', async () => {
    const place = await backend.init(undefined, { format: 2 });
    await withSecret(place);
    const [ada, ben] = [await withRole(place, ['admin'], 'ada'), await withRole(place, ['admin'], 'ben')];
    await place.ledger.policy.set({ settings: { adminThreshold: 2 } });
    const [first, second] = [await place.open({ signer: ada }), await place.open({ signer: ben })];
    const error = await refusal(() => redact(first), 'ROLE_REQUIRED');
    expect(error.message).toContain('a Redact line takes the signatures of 2 principals');
    const reason = 'the key of the shop';
    const signature = await second.policy.countersign({
      redact: { moduleId: 'planner', version: 2, path: KEY, reason },
    });
    const countersignatures = [signature];
    await refusal(() => first.versions.redact('planner', 1, KEY, { reason, countersignatures }), 'BAD_SIGNATURE');
    await first.versions.redact('planner', 2, KEY, { reason, countersignatures });
    expect((await place.ledger.audit()).outcome).toBe('passed');
    const [last] = await collected(place.ledger.history({ limit: 1 }));
    expect(last?.events.map(({ type }) => type)).toEqual(['redact', 'countersigned']);
  });
});

async function withRole(
  place: Place,
  roles: readonly ('admin' | 'recorder' | 'approver')[],
  name = 'eve',
): Promise<Signer> {
  const signer = await ephemeralSigner(`${name}@example.org`);
  const { principal, publicKey } = signer;
  await place.ledger.policy.set({ signers: [{ principal, publicKey, roles: [...roles] }] });
  return signer;
}

async function placeOnDisk(): Promise<Place> {
  if (onDisk === undefined) throw new Error('no backend on disk');
  const place = await onDisk.init(undefined, { format: 2 });
  await withSecret(place);
  return place;
}

test.each([
  ['packs of transactions', []],
  ['one pack of git gc, with differences', [['gc', '-q', '--prune=now']]],
  ['loose objects', [['unpack']]],
  ['packs under a multi-pack-index', [['multi-pack-index', 'write']]],
  ['a cruft pack beside', [['gc', '-q', '--cruft', '--prune=never']]],
] as const)('git has the bytes no more, and passes: %s', async (_, before) => {
  const place = await placeOnDisk();
  const { gitdir, ledger } = place;
  for (const args of before)
    if (args[0] === 'unpack') unpack(gitdir);
    else git(gitdir, ...args);
  expect(everything(gitdir)).toContain(SECRET);
  const { oid } = await redact(ledger);
  const gone = () => {
    expect(everything(gitdir)).not.toContain(SECRET);
    expect(git(gitdir, 'cat-file', '--batch-all-objects', '--batch-check')).not.toContain(oid);
    expectSoundGit(gitdir);
  };
  gone();
  for (const args of [
    ['gc', '-q'],
    ['repack', '-adq'],
    ['gc', '-q', '--prune=now'],
    ['multi-pack-index', 'write'],
  ]) {
    git(gitdir, ...args);
    gone();
  }
  await ledger.recordCheckpoint({ moduleId: 'planner' }, files('5'));
  git(gitdir, 'gc', '-q', '--prune=now');
  gone();
  for (const report of [await ledger.audit(), await auditLedger({ path: gitdir })])
    expect([report.outcome, report.gaps, report.redacted.map((r) => r.gone)]).toEqual(['passed', [], [true]]);
  expect((await (await place.open()).journal.doctor()).findings).toEqual([]);
});

test.each([
  ['gc', '-q', '--prune=now'],
  ['repack', '-adq'],
])('git keeps what lay beside it: %s', async (...args) => {
  const place = await placeOnDisk();
  const { gitdir, ledger } = place;
  const beside = { 'index.js': 'export {};\n', 'old.txt': 'of this version only\n', 'lib/deep/a.js': 'deep\n' };
  await ledger.recordCheckpoint({ moduleId: 'flat' }, { files: { ...beside, 'key.pem': SECRET } });
  await ledger.recordCheckpoint({ moduleId: 'flat' }, { files: { 'index.js': beside['index.js'] } });
  await redact(ledger);
  git(gitdir, ...args);
  const again = await place.open();
  expect((await again.journal.doctor()).findings).toEqual([]);
  expect((await again.readFiles('flat', 2)).size).toBe(1);
  expect((await again.audit()).outcome).toBe('passed');
  // Others beside it are redacted from what stands among promises already.
  await again.versions.redact('flat', 1, 'lib/deep/a.js', { reason: 'also' });
  git(gitdir, ...args);
  expect((await again.journal.doctor()).findings).toEqual([]);
  expect(git(gitdir, 'cat-file', '-p', 'flat/v1:old.txt')).toBe(beside['old.txt']);
});

/** Takes every pack apart, as `git unpack-objects` does. */
function unpack(gitdir: string): void {
  const folder = join(gitdir, 'objects/pack');
  const packs = readdirSync(folder).filter((name) => name.endsWith('.pack'));
  const contents = packs.map((name) => readFileSync(join(folder, name)));
  for (const name of readdirSync(folder)) rmSync(join(folder, name), { force: true });
  for (const input of contents)
    spawnSync('git', ['-C', gitdir, 'unpack-objects', '-q'], { env: GIT_ENVIRONMENT, input });
}

test('an object that is missing beside the redacted one is told by the audit, whatever git hides', async () => {
  const place = await placeOnDisk();
  const { gitdir, ledger } = place;
  await redact(ledger);
  unpack(gitdir);
  const oid = git(gitdir, 'rev-parse', 'planner/v1:index.js').trim();
  rmSync(join(gitdir, 'objects', oid.slice(0, 2), oid.slice(2)));
  const report = await auditLedger({ path: gitdir });
  expect(report.outcome).toBe('failed');
  expect(report.steps[0]?.problems.map((problem) => problem.oid)).toEqual([oid]);
});

test('what git has brought back is named, and removed by whoever opens the ledger', async () => {
  const place = await placeOnDisk();
  const { gitdir, ledger } = place;
  const { oid } = await redact(ledger);
  const back = () =>
    execFileSync('git', ['-C', gitdir, 'hash-object', '-w', '--stdin'], { input: SECRET, env: GIT_ENVIRONMENT });
  back();
  expect((await auditLedger({ path: gitdir })).redacted).toMatchObject([{ oid, gone: false }]);
  expect((await ledger.journal.doctor()).findings).toMatchObject([
    { kind: 'redacted-object', where: oid, mendable: true },
  ]);
  await ledger.journal.doctor({ restore: true });
  expect((await ledger.journal.doctor()).findings).toEqual([]);
  back();
  await place.open();
  expect(everything(gitdir)).not.toContain(SECRET);
});

/** A copy of a ledger, opened by its owner. */
async function cloned(place: Place, url: string, name: string): Promise<{ gitdir: string; ledger: Ledger }> {
  const gitdir = join(place.gitdir, '..', name);
  const { report } = await cloneLedger({ url, gitdir });
  expect(report.outcome).toBe('passed');
  const ledger = await openLedger({ gitdir, signer: place.owner });
  onTestFinished(() => ledger.close());
  return { gitdir, ledger };
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

async function expectClean(gitdir: string): Promise<void> {
  expect(everything(gitdir)).not.toContain(SECRET);
  expectSoundGit(gitdir);
  git(gitdir, 'gc', '-q', '--prune=now');
  expectSoundGit(gitdir);
  const report = await auditLedger({ path: gitdir });
  expect([report.outcome, report.gaps, report.redacted.map(({ gone }) => gone)]).toEqual(['passed', [], [true]]);
}

test('copies that take the order over are rid of it too: by pull, fetch and push', async () => {
  const place = await placeOnDisk();
  const { gitdir, ledger } = place;
  const pulling = await cloned(place, gitdir, 'pulling.git');
  const fetching = await cloned(place, gitdir, 'fetching.git');
  const pushed = await cloned(place, gitdir, 'pushed.git');
  withOwnCommand(join(gitdir, '..', 'bin'));
  await redact(ledger);
  await ledger.recordCheckpoint({ moduleId: 'planner' }, files('6'));
  await pulling.ledger.replicas.pull(gitdir);
  await expectClean(pulling.gitdir);
  await fetching.ledger.close();
  await fetchLedger({ gitdir: fetching.gitdir });
  await expectClean(fetching.gitdir);
  await ledger.replicas.push(pushed.gitdir);
  await expectClean(pushed.gitdir);
  // And they go on with one another.
  await pulling.ledger.recordCheckpoint({ moduleId: 'planner' }, files('7'));
  await pulling.ledger.replicas.push(gitdir);
  await fetchLedger({ gitdir: fetching.gitdir });
  await expectClean(fetching.gitdir);
});

test('a ledger without it is cloned, from a path and from serve, by us and by git', async () => {
  const place = await placeOnDisk();
  const { gitdir, ledger } = place;
  await redact(ledger);
  const server = await serveLedger({ gitdir });
  onTestFinished(() => server.close());
  for (const [url, name] of [
    [gitdir, 'path.git'],
    [`file://${gitdir}`, 'file.git'],
    [server.url, 'served.git'],
  ] as const) {
    const copy = await cloned(place, url, name);
    await expectClean(copy.gitdir);
    expect((await copy.ledger.journal.doctor()).findings).toEqual([]);
    await ledger.recordCheckpoint({ moduleId: 'driver' }, { files: { 'driver.txt': name } });
    await copy.ledger.replicas.pull(url === server.url ? gitdir : url);
    await expectClean(copy.gitdir);
  }
  const mirror = join(gitdir, '..', 'mirror.git');
  await execute('git', ['clone', '-q', '--mirror', '--filter=blob:limit=1g', server.url, mirror], {
    env: GIT_ENVIRONMENT,
  });
  expect(everything(mirror)).not.toContain(SECRET);
  expectSoundGit(mirror);
  expect((await auditLedger({ path: mirror })).outcome).toBe('incomplete');
});

test('the digest alone proves bytes that somebody kept', async () => {
  const place = await placeOnDisk();
  await redact(place.ledger);
  const kept = join(place.gitdir, '..', 'kept');
  writeFileSync(kept, SECRET);
  onTestFinished(() => rmSync(kept, { force: true }));
  const [digest] = execFileSync('sha256sum', [kept], { encoding: 'utf8' }).split(' ');
  expect((await place.ledger.versions.redactions()).map(({ sha256 }) => sha256)).toEqual([digest]);
});
