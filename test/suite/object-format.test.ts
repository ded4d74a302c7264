/** A ledger of either object format, from its first entry to its copies elsewhere; real git reads every byte of it. */

import fs, { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { memfs } from 'memfs';
import { describe, expect, onTestFinished, test } from 'vitest';
import { auditLedger } from '../../src/api/audit.js';
import { openGitStore } from '../../src/git/open-repository.js';
import { cloneLedger, fetchLedger, initLedger, type Ledger, openLedger } from '../../src/index.js';
import { SHA1, SHA256 } from '../../src/model/object-id.js';
import { git, gitNotes, gitOutcome, gitRefs } from '../crash/real-git.mjs';
import { guardedPlace } from '../hooks/guarded-place.js';
import { answers, fillWithEvents, fixtureSigner, OPERATOR } from '../interop/ledger-on-disk.js';
import { skipSsh, sshHost } from '../remote/git-host.js';
import { folder } from '../remote/ledger-remote.js';
import { gitDaemon, httpBackend, served } from '../remote/servers.js';
import { refusal } from './expectations.js';

const TIMEOUT_MS = 240_000;

const files = (code: string) => ({ files: { 'index.js': `export const plan = ${code};\n` } });

function opened(ledger: Ledger): Ledger {
  onTestFinished(() => ledger.close());
  return ledger;
}

/** Everything that git has to say against a repository, and against the index of each of its packs. */
function complaints(gitdir: string): string[] {
  const folderOfPacks = join(gitdir, 'objects/pack');
  const indexes = readdirSync(folderOfPacks).filter((name) => name.endsWith('.idx'));
  const runs = [
    ['fsck', '--strict', '--full', '--no-progress'],
    ...indexes.map((name) => ['verify-pack', '-v', join(folderOfPacks, name)]),
  ];
  return runs.flatMap((args) => {
    const { status, errors } = gitOutcome(gitdir, args);
    return status === 0 && errors === '' ? [] : [`${args.join(' ')}: ${errors}`];
  });
}

async function passes(path: string, kind: string): Promise<void> {
  const { outcome, steps, gaps, kind: found } = await auditLedger({ path });
  const problems = steps.flatMap((step) => step.problems.map(({ message }) => message));
  expect([outcome, found, problems, gaps]).toEqual(['passed', kind, [], []]);
}

describe.each([SHA1, SHA256])('a ledger with ids of $name', (format) => {
  const objectFormat = format.name;

  async function made(more: { readonly format?: 1 | 2; readonly fill?: boolean } = {}) {
    const dir = folder();
    const gitdir = join(dir, 'modules.git');
    const signer = await fixtureSigner();
    const ledger = opened(await initLedger({ gitdir, signer, objectFormat, format: more.format, thread: false }));
    if (more.fill !== false) await fillWithEvents(ledger);
    return { dir, gitdir, ledger, signer };
  }

  test.each([1, 2] as const)(
    'of ledger format %s is what git, the audit and another process read',
    async (ledgerFormat) => {
      const { dir, gitdir, ledger, signer } = await made({ format: ledgerFormat });
      expect(complaints(gitdir)).toEqual([]);
      for (const oid of gitRefs(gitdir).values()) expect(oid).toHaveLength(format.digits);
      expect(await git(gitdir, ['rev-parse', '--show-object-format'])).toBe(format.name);
      expect((await ledger.journal.position()).oid).toBe(await git(gitdir, ['rev-parse', 'ledger']));
      const notes = gitNotes(gitdir, 'checksum');
      for (const { version, checksum } of await ledger.versions.list('planner'))
        expect(notes.get(gitRefs(gitdir).get(`refs/tags/planner/v${version}`) ?? '')).toBe(`${checksum}\n`);

      const log = await git(gitdir, ['log', '--notes=checksum', '--notes=tags', 'core.memory']);
      expect(log).toContain((await ledger.versions.get('core.memory', 2)).checksum);
      const signers = join(dir, 'signers');
      writeFileSync(signers, `${OPERATOR} ${signer.publicKey.type} ${signer.publicKey.blob}\n`);
      const trusting = ['-c', 'gpg.format=ssh', '-c', `gpg.ssh.allowedSignersFile=${signers}`];
      expect(gitOutcome(gitdir, [...trusting, 'verify-commit', 'ledger'])).toMatchObject({ status: 0 });
      const tags = [...gitRefs(gitdir).keys()].filter((ref) => ref.startsWith('refs/tags/compat/'));
      expect(tags.length).toBeGreaterThan(3);
      for (const ref of tags)
        expect(gitOutcome(gitdir, [...trusting, 'verify-tag', ref.slice('refs/tags/'.length)])).toMatchObject({
          status: 0,
        });

      const told = await answers(ledger);
      expect(await answers(opened(await openLedger({ gitdir })))).toEqual(told);
      expect((await ledger.journal.doctor()).findings).toEqual([]);
      await passes(gitdir, 'ledger');
      const config = readFileSync(join(gitdir, 'config'), 'utf8');
      const key = objectFormat === 'sha1' ? /\[extensions\]\n\tlineageformat = 2/ : /\[lineage\]\n\tformat = 2/;
      if (ledgerFormat === 2) expect(config).toMatch(key);
      else expect(config).not.toMatch(key);
    },
    TIMEOUT_MS,
  );

  test(
    'has packs merged, tags packed and notes fanned out as git reads them, also after git gc',
    async () => {
      const { gitdir, ledger } = await made({ fill: false });
      for (let i = 1; i <= 30; i++) await ledger.recordCheckpoint({ moduleId: 'planner' }, files(String(i)));
      const batch = Array.from({ length: 450 }, (_, i) => ({
        checkpoint: { moduleId: `m${i % 7}` },
        ...files(`${i}`),
      }));
      await ledger.recordCheckpoints(batch);
      await ledger.recordCheckpoint({ moduleId: 'planner' }, files('31'));
      expect(readFileSync(join(gitdir, 'packed-refs'), 'utf8').split('\n').length).toBeGreaterThan(450);
      expect(await git(gitdir, ['ls-tree', '-d', 'refs/notes/checksum'])).toMatch(
        /^040000 tree [0-9a-f]+\t[0-9a-f]{2}$/m,
      );
      expect((await git(gitdir, ['notes', '--ref=checksum', 'list'])).split('\n')).toHaveLength(481);
      expect(complaints(gitdir)).toEqual([]);
      const told = await answers(ledger);
      await git(gitdir, ['gc', '-q', '--prune=now']);
      await git(gitdir, ['pack-refs', '--all']);
      expect(await answers(opened(await openLedger({ gitdir })))).toEqual(told);
      await ledger.recordCheckpoint({ moduleId: 'planner' }, files('32'));
      expect(complaints(gitdir)).toEqual([]);
      await passes(gitdir, 'ledger');
    },
    TIMEOUT_MS,
  );

  test(
    'is the same in a mirror, a plain clone and a bundle',
    async () => {
      const { dir, gitdir, ledger } = await made();
      await git(dir, ['clone', '-q', '--mirror', gitdir, 'mirror.git']);
      await passes(join(dir, 'mirror.git'), 'mirror');
      expect(await answers(opened(await openLedger({ gitdir: join(dir, 'mirror.git') })))).toEqual(
        await answers(ledger),
      );
      await git(dir, ['clone', '-q', gitdir, 'plain']);
      const notes = ['refs/notes/*:refs/notes/*', 'refs/tags/*:refs/tags/*'];
      await git(join(dir, 'plain'), ['fetch', '-q', 'origin', ...notes]);
      await passes(join(dir, 'plain'), 'clone');
      await git(gitdir, ['bundle', 'create', '-q', join(dir, 'all.bundle'), '--all']);
      await passes(join(dir, 'all.bundle'), 'bundle');
      await cloneLedger({ url: join(dir, 'all.bundle'), gitdir: join(dir, 'unpacked.git') });
      expect(gitRefs(join(dir, 'unpacked.git'))).toEqual(gitRefs(gitdir));
    },
    TIMEOUT_MS,
  );

  test.each([
    ['a path', async (dir: string) => join(dir, 'modules.git')],
    ['git daemon', async (dir: string) => `${await gitDaemon(dir)}/modules.git`],
    ['git http-backend', async (dir: string) => `${await httpBackend(dir)}/modules.git`],
    ['serve', async (dir: string) => (await served(join(dir, 'modules.git'))).url],
  ])(
    'is cloned from %s, fetched and pulled',
    async (_, urlOf) => {
      const { dir, gitdir, ledger } = await made();
      const url = await urlOf(dir);
      const copy = join(dir, 'copy.git');
      const cloned = await cloneLedger({ url, gitdir: copy });
      expect(cloned.pin.oid).toBe((await ledger.journal.position()).oid);
      expect(gitRefs(copy)).toEqual(gitRefs(gitdir));
      expect(await git(copy, ['rev-parse', '--show-object-format'])).toBe(format.name);
      await ledger.recordCheckpoint({ moduleId: 'planner' }, files('new'));
      expect(await fetchLedger({ gitdir: copy })).toMatchObject({ adopted: 1 });
      await ledger.rollback('planner', 'MANUAL');
      const pulling = opened(await openLedger({ gitdir: copy }));
      expect(await pulling.replicas.pull(url)).toMatchObject({ adopted: 1 });
      expect(gitRefs(copy)).toEqual(gitRefs(gitdir));
      expect(complaints(copy)).toEqual([]);
      await passes(copy, 'ledger');
    },
    TIMEOUT_MS,
  );

  test.skipIf(skipSsh)(
    'is cloned over ssh',
    async () => {
      const { dir, gitdir } = await made();
      const { url, command } = await sshHost(folder());
      const env = { ...process.env, GIT_SSH_COMMAND: command };
      await cloneLedger({ url: `${url}${gitdir}`, gitdir: join(dir, 'copy.git'), env });
      expect(gitRefs(join(dir, 'copy.git'))).toEqual(gitRefs(gitdir));
    },
    TIMEOUT_MS,
  );

  test(
    'is pushed to an empty repository, and written through it by two copies',
    async () => {
      const { dir, gitdir, ledger, signer } = await made();
      await git(dir, ['init', '-q', '--bare', '-b', 'ledger', `--object-format=${objectFormat}`, 'hub.git']);
      const hub = join(dir, 'hub.git');
      await ledger.replicas.push(hub);
      expect(gitRefs(hub)).toEqual(gitRefs(gitdir));
      await cloneLedger({ url: hub, gitdir: join(dir, 'other.git') });
      const remote = { url: hub };
      const one = opened(await openLedger({ gitdir, signer, remote }));
      const other = opened(await openLedger({ gitdir: join(dir, 'other.git'), signer, remote }));
      await one.recordCheckpoint({ moduleId: 'planner' }, files('one'));
      await other.recordCheckpoint({ moduleId: 'planner' }, files('other'));
      await one.replicas.sync();
      expect(gitRefs(gitdir)).toEqual(gitRefs(hub));
      expect(complaints(hub)).toEqual([]);
      await passes(gitdir, 'ledger');
    },
    TIMEOUT_MS,
  );

  test(
    'has its files redacted, here and in a copy',
    async () => {
      const { dir, gitdir, ledger } = await made({ format: 2, fill: false });
      await ledger.recordCheckpoint({ moduleId: 'planner' }, { files: { 'index.js': '1;\n', key: 'a secret\n' } });
      await ledger.recordCheckpoint({ moduleId: 'planner' }, files('2'));
      await ledger.versions.redact('planner', 1, 'key', { reason: 'a key' });
      await cloneLedger({ url: (await served(gitdir)).url, gitdir: join(dir, 'copy.git') });
      for (const repository of [gitdir, join(dir, 'copy.git')]) {
        await git(repository, ['gc', '-q', '--prune=now']);
        expect(complaints(repository)).toEqual([]);
        expect(await git(repository, ['cat-file', '--batch-all-objects', '--batch'])).not.toContain('a secret');
        await passes(repository, 'ledger');
      }
    },
    TIMEOUT_MS,
  );

  test(
    'takes a push by its hooks, and no ref that is moved by hand',
    async () => {
      const { git: asPerson, hub, node, signer } = await guardedPlace({ objectFormat });
      const ledger = opened(await openLedger({ gitdir: node, signer }));
      await ledger.recordCheckpoint({ moduleId: 'planner' }, files('3'));
      expect(await asPerson(node, ['push', '-q', 'origin'])).toMatchObject({ code: 0 });
      expect(gitRefs(hub)).toEqual(gitRefs(node));
      const moved = await asPerson(hub, ['update-ref', 'refs/heads/planner', 'refs/tags/planner/v1']);
      expect([moved.code === 0, moved.out]).toEqual([false, expect.stringContaining('moved by git-lineage alone')]);
      expect(await asPerson(hub, ['pack-refs', '--all'])).toMatchObject({ code: 0 });
      await passes(hub, 'ledger');
    },
    TIMEOUT_MS,
  );

  test('comes to format 2 where git goes on to read it, here and in a copy', async () => {
    const { dir, gitdir, ledger } = await made();
    await cloneLedger({ url: gitdir, gitdir: join(dir, 'copy.git') });
    await ledger.policy.upgrade();
    await ledger.recordCheckpoint({ moduleId: 'planner' }, files('new'));
    await fetchLedger({ gitdir: join(dir, 'copy.git') });
    for (const repository of [gitdir, join(dir, 'copy.git')]) {
      expect(
        await git(repository, ['config', objectFormat === 'sha1' ? 'extensions.lineageformat' : 'lineage.format']),
      ).toBe('2');
      expect(complaints(repository)).toEqual([]);
      await passes(repository, 'ledger');
    }
  });

  test('is written and read in memory as on disk', async () => {
    const memory = memfs().fs;
    const signer = await fixtureSigner();
    const ledger = opened(await initLedger({ gitdir: '/ledger', fs: memory, signer, objectFormat }));
    await fillWithEvents(ledger);
    expect(await answers(opened(await openLedger({ gitdir: '/ledger', fs: memory })))).toEqual(await answers(ledger));
    expect((await ledger.journal.position()).oid).toHaveLength(format.digits);
    expect((await auditLedger({ path: '/ledger', fs: memory })).outcome).toBe('passed');
  });

  test('has no module whose name is that of an object there', async () => {
    const { ledger } = await made({ fill: false });
    const name = 'A'.repeat(format.digits);
    const call = () => ledger.recordCheckpoint({ moduleId: name, checksum: 'a' });
    const error = await refusal(call, 'INVALID_MODULE_ID');
    expect(error.message).toContain(`${format.digits} hexadecimal digits`);
    expect((await ledger.journal.position()).seq).toBe(0);
  });

  test('reads no ref and no pin of the other format', async () => {
    const { gitdir, ledger } = await made();
    const other = 'a'.repeat(format === SHA1 ? SHA256.digits : SHA1.digits);
    const { oid } = await ledger.journal.position();
    writeFileSync(join(gitdir, 'refs/heads/planner'), `${other}\n`);
    const store = await openGitStore(fs, gitdir);
    onTestFinished(() => store.close());
    expect(store.readRefText('refs/heads/planner')).toBe(`unreadable: ${other}\n`);
    expect((await auditLedger({ path: gitdir })).outcome).toBe('failed');
    const pin = { root: other, trust: `SHA256:${'A'.repeat(43)}`, seq: 1, oid };
    expect((await auditLedger({ path: gitdir, pin })).outcome).toBe('failed');
  });
});

test('a ledger may have one of the two formats, by name', async () => {
  const signer = await fixtureSigner();
  const call = () => initLedger({ gitdir: join(folder(), 'it'), signer, objectFormat: 'md5' as 'sha1' });
  expect((await refusal(call, 'INVALID_ARGUMENT')).message).toBe('objectFormat: expected sha1 or sha256, got "md5"');
});

test.each([
  ['core.repositoryformatversion', '0', /the object format sha256 with the repository format version 0/],
  ['extensions.lineageformat', '2', /extensions\.lineageformat beside the object format sha256/],
  ['lineage.format', '3', /the ledger format 3/],
  ['extensions.objectformat', 'sha512', /the object format sha512/],
  ['extensions.objectformat', 'SHA256', /the object format SHA256/],
])('a ledger of SHA-256 whose config has %s = %s is refused by name', async (key, value, why) => {
  const gitdir = join(folder(), 'modules.git');
  await (await initLedger({ gitdir, signer: await fixtureSigner(), objectFormat: 'sha256' })).close();
  await git(gitdir, ['config', '-f', 'config', key, value]);
  for (const call of [() => openLedger({ gitdir }), () => auditLedger({ path: gitdir })])
    expect((await refusal(call, 'UNSUPPORTED_REPOSITORY')).message).toMatch(why);
  // git refuses them as well, but for the key that is ours alone.
  if (key !== 'lineage.format') expect(gitOutcome(gitdir, ['rev-parse', 'HEAD']).status).not.toBe(0);
});

test('a ledger of SHA-1 that names its format in version 0 of the repository format is refused, as by git', async () => {
  const gitdir = join(folder(), 'modules.git');
  await (await initLedger({ gitdir, signer: await fixtureSigner() })).close();
  await git(gitdir, ['config', '-f', 'config', 'extensions.objectformat', 'sha1']);
  expect(gitOutcome(gitdir, ['rev-parse', 'HEAD']).status).not.toBe(0);
  for (const call of [() => openLedger({ gitdir }), () => auditLedger({ path: gitdir })])
    expect((await refusal(call, 'UNSUPPORTED_REPOSITORY')).message).toContain('repository format version 0');
});

describe.each([
  ['sha256', 'sha1'],
  ['sha1', 'sha256'],
] as const)('a ledger of %s whose config was made to say %s', (objectFormat, said) => {
  test.each([
    ['in a file of its own', []],
    ['packed', ['pack-refs', '--all']],
  ])('is refused by what its journal says, %s, and is there again as the hint has it', async (_, pack) => {
    const gitdir = join(folder(), 'modules.git');
    const ledger = await initLedger({ gitdir, signer: await fixtureSigner(), objectFormat });
    await ledger.recordCheckpoint({ moduleId: 'planner', checksum: 'a' });
    await ledger.close();
    if (pack.length > 0) await git(gitdir, pack);
    await git(gitdir, ['config', '-f', 'config', 'core.repositoryformatversion', '1']);
    await git(gitdir, ['config', '-f', 'config', 'extensions.objectformat', said]);
    for (const call of [() => openLedger({ gitdir }), () => auditLedger({ path: gitdir })]) {
      const { message, hint = '' } = await refusal(call, 'UNSUPPORTED_REPOSITORY');
      expect(message).toContain(
        `the object format ${said} by its config, and ${objectFormat} by its refs/heads/ledger`,
      );
      for (const command of hint.slice(hint.indexOf('git config')).split(' && '))
        await git(gitdir, command.split(' ').slice(1));
      const { outcome } = await auditLedger({ path: gitdir });
      expect(outcome).toBe('passed');
      await git(gitdir, ['config', '-f', 'config', 'core.repositoryformatversion', '1']);
      await git(gitdir, ['config', '-f', 'config', 'extensions.objectformat', said]);
    }
  });
});
