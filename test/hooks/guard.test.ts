/** The guard rails: what plain git may do in a ledger, and what of a push gets in. */

import { chmodSync, existsSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { beforeEach, describe, expect, test } from 'vitest';
import { auditLedger } from '../../src/api/audit.js';
import { guardHooks, installGuards, removeGuards } from '../../src/api/server.js';
import { ephemeralSigner } from '../../src/api/testing.js';
import { GUARD_HOOKS } from '../../src/git/guard-hooks.js';
import { initLedger, openLedger } from '../../src/index.js';
import { sha256Hex } from '../../src/model/content-digest.js';
import { checkReceived } from '../../src/receive-push.js';
import { guardedPlace, type Place, run } from './guarded-place.js';

let place: Place;

beforeEach(async () => {
  place = await guardedPlace();
});

async function refsOf(gitdir: string): Promise<string> {
  return (await place.git(gitdir, ['for-each-ref', '--format=%(objectname) %(refname)'])).out;
}

/** Something new in the copy that pushes. */
async function recordThree(code = '3\n'): Promise<void> {
  const ledger = await openLedger({ gitdir: place.node, signer: place.signer });
  await ledger.recordCheckpoint({ moduleId: 'planner', tags: ['blue'] }, { files: { 'index.js': code } });
  await ledger.rollback('planner', 'MANUAL');
  await ledger.close();
}

async function recordOne(): Promise<void> {
  const ledger = await openLedger({ gitdir: place.node, signer: place.signer });
  await ledger.recordCheckpoint({ moduleId: 'planner' }, { files: { 'index.js': '3\n' } });
  await ledger.close();
}

/** A push that must fail: nothing moves at the hub, nothing of it is kept there, and the person is told why. */
async function refused(args: readonly string[], why: RegExp): Promise<void> {
  const before = await refsOf(place.hub);
  const tip = (await place.git(place.node, ['rev-parse', 'refs/heads/ledger'])).out.trim();
  const { code, out } = await place.git(place.node, ['push', ...args]);
  expect(out).toMatch(why);
  expect(code).not.toBe(0);
  expect(await refsOf(place.hub)).toBe(before);
  if (!before.includes(tip)) expect((await place.git(place.hub, ['cat-file', '-e', tip])).code).not.toBe(0);
}

describe('a push', () => {
  // A rollback moves a branch back, which git takes for a forced update.
  const everything = ['+refs/heads/*:refs/heads/*', 'refs/tags/*:refs/tags/*', 'refs/notes/*:refs/notes/*'];

  test.each([
    ['as a mirror', ['--mirror']],
    ['atomic', ['--atomic']],
    ['not atomic', []],
  ])('that continues the journal enters whole: %s', async (_, options) => {
    await recordThree();
    const refs = options.includes('--mirror') ? [] : everything;
    const pushed = await place.git(place.node, ['push', ...options, place.hub, ...refs]);
    expect(pushed).toMatchObject({ code: 0 });
    expect(await refsOf(place.hub)).toBe(await refsOf(place.node));
    expect((await auditLedger({ path: place.hub })).outcome).toBe('passed');
    expect(await place.git(place.hub, ['fsck', '--strict', '--no-dangling'])).toMatchObject({ code: 0, out: '' });
  });

  test('of many small objects is read loose, one of many objects as a pack', async () => {
    for (const limit of ['1000', '1']) {
      await place.git(place.hub, ['config', 'receive.unpackLimit', limit]);
      // What was rolled back in the first round does not come back.
      await recordThree(`of at most ${limit}\n`);
      expect(await place.git(place.node, ['push', '--mirror', place.hub])).toMatchObject({ code: 0 });
    }
    expect((await auditLedger({ path: place.hub })).outcome).toBe('passed');
  });

  test('of a branch alone is refused', async () => {
    await recordThree();
    await refused([place.hub, 'refs/tags/planner/v3'], /refs\/tags\/planner\/v3 is pushed without refs\/heads\/ledger/);
  });

  test('of the journal without its refs is refused', async () => {
    await recordThree();
    await refused(
      [place.hub, 'refs/heads/ledger', 'refs/notes/*:refs/notes/*'],
      /not all that belongs to it came along/,
    );
  });

  test('without one of the refs that it moves is refused', async () => {
    await recordOne();
    const most = ['refs/heads/*:refs/heads/*', 'refs/notes/*:refs/notes/*'];
    await refused([place.hub, ...most], /move refs\/tags\/planner\/v3, which is not pushed with them/);
  });

  test('with a ref more is refused', async () => {
    await recordThree();
    await place.git(place.node, ['-c', 'core.hooksPath=/dev/null', 'update-ref', 'refs/heads/feature', 'planner/v1']);
    await refused([place.hub, ...everything], /refs\/heads\/feature is pushed, and no new entry moves it/);
  });

  test('with a ref at another place is refused', async () => {
    await recordOne();
    const moved = ['refs/heads/*:refs/heads/*', 'refs/notes/*:refs/notes/*', 'planner/v2:refs/tags/planner/v3'];
    await refused([place.hub, ...moved], /refs\/tags\/planner\/v3 is pushed as/);
  });

  test('that rewinds, or deletes, is refused, forced or not', async () => {
    await refused(['--force', place.hub, 'refs/heads/ledger~1:refs/heads/ledger'], /does not continue entry 2/);
    await refused([place.hub, ':refs/tags/planner/v1'], /deny|pushed without/i);
    await place.git(place.hub, ['config', 'receive.denyDeletes', 'false']);
    await refused([place.hub, ':refs/tags/planner/v1'], /refs\/tags\/planner\/v1 is pushed without/);
    await refused([place.hub, ':refs/heads/ledger'], /without refs\/heads\/ledger|deletion of the current branch|deny/);
  });

  test('of a commit made by hand is refused', async () => {
    const tree = (await place.git(place.node, ['rev-parse', 'ledger^{tree}'])).out.trim();
    const made = await place.git(place.node, ['commit-tree', tree, '-p', 'ledger', '-m', 'mine now']);
    await refused(
      [place.hub, `${made.out.trim()}:refs/heads/ledger`],
      /does not continue entry 2|not written as the format/,
    );
  });

  test('signed by a key that the ledger does not know is refused', async () => {
    // Another ledger's entry, replayed on top of this one's journal.
    const stranger = await ephemeralSigner('ops@example.org');
    const other = join(place.root, 'other.git');
    const theirs = await initLedger({ gitdir: other, signer: stranger });
    await theirs.recordCheckpoint({ moduleId: 'planner' }, { files: { 'index.js': '1\n' } });
    await theirs.close();
    const { out } = await place.git(other, ['push', place.hub, 'refs/heads/ledger', 'refs/notes/*:refs/notes/*']);
    expect(out).toMatch(/does not continue entry 2|non-fast-forward|fetch first/);
    expect(await refsOf(place.hub)).toBe(await refsOf(place.node));
  });

  test('after others have pushed is told to fetch first, and nothing is lost', async () => {
    const second = join(place.root, 'second.git');
    await place.git(place.root, ['clone', '--quiet', '--mirror', place.hub, second]);
    await recordThree();
    expect(await place.git(place.node, ['push', '--mirror', place.hub])).toMatchObject({ code: 0 });
    const ledger = await openLedger({ gitdir: second, signer: place.signer });
    await ledger.recordCheckpoint({ moduleId: 'executor', checksum: 'one' });
    await ledger.close();
    const { code, out } = await place.git(second, ['push', place.hub, ...everything]);
    expect(code).not.toBe(0);
    expect(out).toMatch(/fetch first|non-fast-forward|already exists/);
    expect(await refsOf(place.hub)).toBe(await refsOf(place.node));
  });

  test('is refused where git-lineage is not installed', async () => {
    await recordThree();
    rmSync(join(place.root, 'bin', 'git-lineage'));
    await refused(['--mirror', place.hub], /git-lineage is not on the PATH of this server/);
  });

  test('does not get past by taking proc-receive away', async () => {
    await recordThree();
    rmSync(join(place.hub, 'hooks', 'proc-receive'));
    const before = await refsOf(place.hub);
    expect((await place.git(place.node, ['push', '--mirror', place.hub])).code).not.toBe(0);
    expect(await refsOf(place.hub)).toBe(before);
  });

  test('is what the library checks as well', async () => {
    await expect(checkReceived({ gitdir: place.hub, commands: [] })).rejects.toMatchObject({ code: 'AUDIT_FAILED' });
    const wrong = checkReceived({ gitdir: place.hub, commands: ['refs/heads/ledger'] });
    await expect(wrong).rejects.toMatchObject({ code: 'INVALID_ARGUMENT' });
  });
});

describe('by hand', () => {
  test.each([
    ['moving a branch', ['update-ref', 'refs/heads/planner', 'planner/v1'], /record, activate or rollback/],
    ['moving it from its value', ['branch', '--force', 'planner', 'planner/v1'], /record, activate or rollback/],
    ['deleting a branch', ['branch', '-D', 'planner'], /record, activate or rollback/],
    ['renaming a branch', ['branch', '-m', 'planner', 'other'], /record, activate or rollback/],
    ['a new branch', ['branch', 'feature', 'planner'], /refs\/heads\/feature is moved by git-lineage alone/],
    ['a tag', ['tag', 'planner/v9', 'planner'], /record or stage/],
    ['moving a tag', ['tag', '--force', 'planner/v1', 'planner/v2'], /record or stage/],
    ['deleting a tag', ['tag', '-d', 'planner/v1'], /record or stage/],
    ['a report', ['tag', '-a', '-m', 'x', 'compat/planner/1-2/1', 'planner'], /assess, approve or withdraw/],
    ['a note', ['notes', '--ref=tags', 'add', '-f', '-m', 'stable', 'planner/v2'], /git-lineage tag or untag/],
    ['a note of no kind', ['notes', 'add', '-m', 'hello', 'planner/v2'], /a ledger has no such ref/],
    ['the journal', ['update-ref', 'refs/heads/ledger', 'ledger~1'], /every git-lineage command/],
    ['deleting a ref', ['update-ref', '-d', 'refs/notes/checksum'], /record or stage/],
    ['a ref elsewhere', ['update-ref', 'refs/mine', 'planner'], /a ledger has no such ref/],
  ])('%s is refused, with the command to use', async (_, args, how) => {
    for (const packed of [false, true]) {
      if (packed) expect(await place.git(place.hub, ['pack-refs', '--all'])).toMatchObject({ code: 0 });
      const before = await refsOf(place.hub);
      const { code, out } = await place.git(place.hub, args);
      expect(out).toMatch(how);
      expect(code).not.toBe(0);
      expect(await refsOf(place.hub)).toBe(before);
    }
  });

  test('gc, pack-refs and repack work, again and again, between writes', async () => {
    const ledger = await openLedger({ gitdir: place.hub, signer: place.signer });
    for (const args of [
      ['gc', '--quiet'],
      ['pack-refs', '--all', '--prune'],
      ['gc', '--prune=now', '--quiet'],
      ['repack', '-adq'],
    ]) {
      expect(await place.git(place.hub, args)).toEqual({ code: 0, out: '' });
      await ledger.recordCheckpoint({ moduleId: 'executor', checksum: args.join() });
    }
    expect(readFileSync(join(place.hub, 'packed-refs'), 'utf8')).toContain('refs/heads/planner');
    expect(existsSync(join(place.hub, 'refs/tags/planner/v1'))).toBe(false);
    expect((await ledger.audit()).outcome).toBe('passed');
  });

  test('who means it can, and the audit shows it', async () => {
    const args = ['-c', 'core.hooksPath=/dev/null', 'update-ref', 'refs/tags/planner/v1', 'planner/v2'];
    expect((await place.git(place.hub, args)).code).toBe(0);
    const { outcome, steps } = await auditLedger({ path: place.hub });
    expect(outcome).toBe('failed');
    expect(steps.filter(({ problems }) => problems.length > 0).map(({ name }) => name)).toEqual(['refs']);
  });
});

describe('guards', () => {
  test('are told, taken away and put back; a hook of somebody else stays', async () => {
    const states = async () => (await guardHooks(place.hub)).map(({ state }) => state);
    expect(await states()).toEqual(['installed', 'installed', 'installed']);
    await removeGuards(place.hub);
    expect(await states()).toEqual(['missing', 'missing', 'missing']);
    expect((await place.git(place.hub, ['config', 'receive.procReceiveRefs'])).code).toBe(1);
    expect((await place.git(place.hub, ['branch', 'feature', 'planner'])).code).toBe(0);
    writeFileSync(join(place.hub, 'hooks', 'pre-receive'), '#!/bin/sh\nexit 0\n');
    await expect(installGuards(place.hub)).rejects.toMatchObject({ code: 'INVALID_CONFIG' });
    expect(await states()).toEqual(['own', 'missing', 'missing']);
    rmSync(join(place.hub, 'hooks', 'pre-receive'));
    await installGuards(place.hub);
    chmodSync(join(place.hub, 'hooks', 'reference-transaction'), 0o644);
    expect(await states()).toEqual(['installed', 'installed', 'not-executable']);
    expect((await place.git(place.hub, ['config', 'receive.procReceiveRefs'])).out.trim()).toBe('refs');
  });

  test('of an earlier release are told and renewed: by doctor, or with the rest of the guards', async () => {
    const name = 'reference-transaction';
    const path = join(place.hub, 'hooks', name);
    const earlier = readFileSync(fileURLToPath(new URL(`../../fixtures/guards/0.1.0/${name}`, import.meta.url)));
    const state = async () => (await guardHooks(place.hub)).find((hook) => hook.name === name)?.state;
    const ledger = await openLedger({ gitdir: place.hub, signer: place.signer });
    const findings = async (restore = false) =>
      (await ledger.journal.doctor({ restore })).findings.map(({ kind, where }) => `${kind} ${where}`);

    writeFileSync(path, earlier);
    await place.git(place.hub, ['config', '--unset', 'gc.packRefs']);
    expect(await state()).toBe('outdated');
    const found = ['config config: gc.packRefs', `outdated-guard hooks/${name}`];
    expect(await findings()).toEqual(found);
    const shown = await run(join(place.root, 'bin', 'git-lineage'), ['hooks', '--ledger', place.hub], {
      cwd: place.root,
      env: { ...process.env, HOME: place.root },
    });
    expect(shown.out).toContain(`${name} is of an earlier release: git-lineage doctor --restore renews it`);
    expect(await findings(true)).toEqual(found);
    expect(await findings()).toEqual([]);
    expect(await state()).toBe('installed');
    expect((await place.git(place.hub, ['config', '--type=bool', 'gc.packRefs'])).out.trim()).toBe('false');

    writeFileSync(path, earlier);
    await installGuards(place.hub);
    expect(await state()).toBe('installed');
    writeFileSync(path, earlier);
    await removeGuards(place.hub);
    expect(await state()).toBe('missing');
    expect(await findings(true)).toEqual([]);
    expect(await state()).toBe('missing');

    // One byte more, and it is somebody's own; without the run bit, somebody has switched it off.
    writeFileSync(path, Buffer.concat([earlier, Buffer.from('#')]), { mode: 0o755 });
    expect(await state()).toBe('own');
    expect(await findings(true)).toEqual([]);
    writeFileSync(path, earlier);
    chmodSync(path, 0o644);
    expect(await state()).toBe('not-executable');
    expect(await findings(true)).toEqual([]);
    expect(readFileSync(path).equals(earlier)).toBe(true);
  });

  test('that change leave the digest of the script before in EARLIER_GUARDS', () => {
    const digests = Object.entries(GUARD_HOOKS).map(([name, script]) => [name, sha256Hex(script)]);
    expect(Object.fromEntries(digests)).toEqual({
      'pre-receive': '1823ea1603bada57f4eb1185774a9b7ba5852f816f79e67b30813a3c1165208f',
      'proc-receive': '1ecbd814dcf6ed7e6ca2530515bc278475986e11e0a7e8676430b8e0f26aac69',
      'reference-transaction': '3ac95250fe3922bc817c588ea6b958277d94716569cd4210524fc6ee18c35468',
    });
  });

  test('bring their settings and take only those away', async () => {
    const config = async () => (await place.git(place.hub, ['config', '--file', 'config', '--list'])).out;
    const theirs = ['receive.procreceiverefs=refs', 'gc.packrefs=false', 'maintenance.pack-refs.enabled=false'];
    for (const line of theirs) expect(await config()).toContain(`${line}\n`);
    await place.git(place.hub, ['config', 'maintenance.gc.enabled', 'false']);
    await place.git(place.hub, ['config', 'gc.packRefs', 'true']);
    await removeGuards(place.hub);
    expect(await config()).toContain('maintenance.gc.enabled=false\n');
    expect(await config()).toContain('gc.packrefs=true\n');
    for (const line of theirs) expect(await config()).not.toContain(line);
    await installGuards(place.hub);
    expect((await place.git(place.hub, ['config', '--type=bool', 'gc.packRefs'])).out.trim()).toBe('false');
    for (const line of theirs) expect(await config()).toContain(`${line}\n`);
  });

  test('whose settings are gone are named by doctor; a copy and an unguarded ledger need none', async () => {
    const ledger = await openLedger({ gitdir: place.hub, signer: place.signer });
    const findings = async (restore = false) =>
      (await ledger.journal.doctor({ restore })).findings.map(({ where }) => where);
    const settings = ['receive.procReceiveRefs', 'gc.packRefs', 'maintenance.pack-refs.enabled'];
    for (const setting of settings) await place.git(place.hub, ['config', '--unset', setting]);
    expect(await findings(true)).toEqual(settings.map((setting) => `config: ${setting}`));
    expect(await findings()).toEqual([]);
    for (const hook of ['proc-receive', 'reference-transaction']) rmSync(join(place.hub, 'hooks', hook));
    for (const setting of settings) await place.git(place.hub, ['config', '--unset', setting]);
    expect(await findings()).toEqual([]);
  });
});
