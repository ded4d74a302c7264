/** The reference-transaction guard: git may rewrite how a ref is stored, and may not change what it says. */

import { existsSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeEach, describe, expect, test } from 'vitest';
import { auditLedger } from '../../src/api/audit.js';
import { openLedger } from '../../src/index.js';
import { guardedPlace, type Place, type Ran, run } from './guarded-place.js';

const ZERO = '0'.repeat(40);

let place: Place;

beforeEach(async () => {
  place = await guardedPlace();
});

function hub(...args: string[]): Promise<Ran> {
  return place.git(place.hub, args);
}

/** Git without the guard, and without its settings. */
async function unguarded(...args: string[]): Promise<string> {
  const { code, out } = await hub('-c', 'core.hooksPath=/dev/null', ...args);
  expect({ args, code, out }).toMatchObject({ code: 0 });
  return out.trim();
}

async function oid(name: string): Promise<string> {
  return (await hub('rev-parse', '--verify', name)).out.trim();
}

function refs(): Promise<string> {
  return hub('for-each-ref', '--format=%(objectname) %(refname) %(symref)').then(({ out }) => out);
}

/** How the refs of the ledger lie on disk. `stale`: loose, with another value in packed-refs, as a later move leaves it. */
const LAYOUTS = {
  loose: async () => expect(existsSync(join(place.hub, 'packed-refs'))).toBe(false),
  packed: async () => {
    await unguarded('pack-refs', '--all', '--prune');
  },
  both: async () => {
    await unguarded('pack-refs', '--all', '--no-prune');
  },
  stale: async () => {
    await unguarded('pack-refs', '--all', '--no-prune');
    const path = join(place.hub, 'packed-refs');
    const other = await oid('planner/v1');
    const moved = readFileSync(path, 'utf8').replace(
      /^[0-9a-f]{40} (?=refs\/(heads|tags\/planner\/v2))/gm,
      `${other} `,
    );
    writeFileSync(path, moved);
  },
};

const MOVES: readonly (readonly [what: string, args: readonly string[]])[] = [
  ['update-ref', ['update-ref', 'refs/heads/planner', 'planner/v1']],
  ['update-ref from the value', ['update-ref', 'refs/heads/planner', 'planner/v1', 'planner']],
  ['update-ref --no-deref', ['update-ref', '--no-deref', 'refs/tags/planner/v2', 'planner/v1']],
  ['update-ref -d', ['update-ref', '-d', 'refs/tags/planner/v2']],
  ['update-ref -d of the value', ['update-ref', '-d', 'refs/tags/planner/v2', 'planner/v2']],
  ['branch -f', ['branch', '-f', 'planner', 'planner/v1']],
  ['branch -D', ['branch', '-D', 'planner']],
  ['branch -m', ['branch', '-m', 'planner', 'other']],
  ['tag -f', ['tag', '-f', 'planner/v2', 'planner/v1']],
  ['tag -d', ['tag', '-d', 'planner/v2']],
  ['tag -a', ['tag', '-a', '-m', 'x', 'planner/v3', 'planner']],
  ['notes add', ['notes', '--ref=checksum', 'add', '-f', '-m', 'x', 'planner']],
  ['notes remove', ['notes', '--ref=checksum', 'remove', 'planner']],
  ['a branch below a branch', ['update-ref', 'refs/heads/planner/sub', 'planner']],
  ['a branch above tags', ['update-ref', 'refs/tags/planner', 'planner']],
  ['deleting a symbolic ref', ['symbolic-ref', '-d', 'refs/heads/alias']],
  ['a ref of a bisection', ['update-ref', 'refs/bisect/bad', 'planner']],
  ['a ref of the main work tree', ['update-ref', 'main-worktree/refs/heads/planner', 'planner/v1']],
  ['replacing an object', ['replace', 'planner/v2', 'planner/v1']],
  ['a new work tree with a branch', ['worktree', 'add', '-b', 'feature', '../tree', 'planner']],
];

describe.each(Object.entries(LAYOUTS))('with refs %s', (_, lay) => {
  test('no command moves, creates, renames or deletes a ref', async () => {
    await unguarded('symbolic-ref', 'refs/heads/alias', 'refs/tags/planner/v1');
    await lay();
    const before = await refs();
    for (const [what, args] of MOVES) {
      const { code } = await hub(...args);
      expect({ what, failed: code !== 0, refs: await refs() }).toEqual({ what, failed: true, refs: before });
    }
  });

  test('a transaction is refused for one ref among others', async () => {
    await lay();
    const before = await refs();
    const [planner, first] = [await oid('planner'), await oid('planner/v1')];
    for (const lines of [
      [`update refs/heads/planner ${planner}`, `update refs/tags/planner/v2 ${first}`],
      [`update refs/tags/planner/v2 ${first}`, `update refs/heads/planner ${planner}`],
      [`delete refs/tags/planner/v1 ${first}`, `update refs/heads/planner ${planner}`],
      [`update HEAD ${first}`],
      [`create refs/heads/new ${planner}`, 'delete refs/tags/planner/v1'],
    ]) {
      const { code } = await place.git(place.hub, ['update-ref', '--stdin'], {}, `${lines.join('\n')}\n`);
      expect({ lines, failed: code !== 0, refs: await refs() }).toEqual({ lines, failed: true, refs: before });
    }
    const { code } = await place.git(
      place.hub,
      ['update-ref', '--stdin'],
      {},
      `update refs/heads/planner ${planner}\nupdate refs/tags/planner/v1 ${first} ${first}\n`,
    );
    expect({ code, refs: await refs() }).toEqual({ code: 0, refs: before });
  });

  test('fetching into it moves, prunes and adds nothing', async () => {
    await lay();
    const ledger = await openLedger({ gitdir: place.node, signer: place.signer });
    await ledger.recordCheckpoint({ moduleId: 'planner' }, { files: { 'index.js': '3\n' } });
    await ledger.close();
    const before = await refs();
    for (const args of [
      ['+refs/heads/planner:refs/heads/planner'],
      ['--atomic', '+refs/*:refs/*'],
      ['refs/tags/*:refs/tags/*'],
      ['--prune', '+refs/heads/none*:refs/heads/*'],
    ]) {
      const { code } = await hub('fetch', '--quiet', '--update-head-ok', place.node, ...args);
      expect({ args, failed: code !== 0, refs: await refs() }).toEqual({ args, failed: true, refs: before });
    }
  });

  test('a work tree moves its own HEAD, and no ref', async () => {
    await lay();
    const before = await refs();
    const tree = join(place.root, 'tree');
    const there = (...args: string[]) => place.git(tree, args);
    expect(await hub('worktree', 'add', '--detach', tree, 'planner')).toMatchObject({ code: 0 });
    expect(await there('commit', '--quiet', '--allow-empty', '-m', 'mine')).toMatchObject({ code: 0 });
    expect(await there('checkout', '--quiet', 'planner')).toMatchObject({ code: 0 });
    for (const args of [
      ['commit', '--allow-empty', '-m', 'mine'],
      ['commit', '--amend', '--allow-empty', '-m', 'mine'],
      ['reset', '--hard', 'planner/v1'],
      ['checkout', '-b', 'feature'],
      ['update-ref', '-d', 'refs/tags/planner/v1'],
    ]) {
      const { code } = await there(...args);
      expect({ args, failed: code !== 0, refs: await refs() }).toEqual({ args, failed: true, refs: before });
    }
    // Git finds the refs of the ledger from here as well, and packs them.
    expect(await there('pack-refs', '--all', '--prune')).toEqual({ code: 0, out: '' });
    expect(existsSync(join(place.hub, 'refs/tags/planner/v1'))).toBe(false);
    expect(await refs()).toBe(before);
  });

  test('pack-refs and gc change how refs are stored, and nothing else', async () => {
    await lay();
    const before = await refs();
    for (const args of [
      ['pack-refs'],
      ['pack-refs', '--all', '--no-prune'],
      ['gc', '--quiet', '--prune=now'],
      ['-c', 'gc.packRefs=true', 'gc', '--quiet', '--prune=now'],
      ['maintenance', 'run', '--quiet'],
      ['maintenance', 'run', '--quiet', '--task=pack-refs'],
      ['pack-refs', '--all', '--prune'],
    ])
      expect({ args, ...(await hub(...args)), refs: await refs() }).toEqual({ args, code: 0, out: '', refs: before });
    expect(existsSync(join(place.hub, 'refs/heads/planner'))).toBe(false);
    expect((await auditLedger({ path: place.hub })).outcome).toBe('passed');
  });
});

test.each([
  ['copies a branch', ['branch', '-c', 'planner', 'other']],
  ['makes a symbolic ref', ['symbolic-ref', 'refs/heads/planner', 'refs/tags/planner/v1']],
])('git asks no hook when it %s, up to some version: then the audit and doctor show it', async (_, args) => {
  const before = await refs();
  const { code } = await hub(...args);
  expect((await refs()) === before).toBe(code !== 0);
  expect((await auditLedger({ path: place.hub })).outcome).toBe(code === 0 ? 'failed' : 'passed');
  const ledger = await openLedger({ gitdir: place.hub, signer: place.signer });
  const { findings } = await ledger.journal.doctor();
  expect(findings.map(({ kind }) => kind)).toEqual(code === 0 ? ['foreign-ref'] : []);
});

test('while somebody else locks packed-refs, nothing is deleted or packed', async () => {
  await LAYOUTS.both();
  const before = await refs();
  writeFileSync(join(place.hub, 'packed-refs.lock'), '');
  for (const args of [
    ['-c', 'core.packedRefsTimeout=0', 'update-ref', '-d', 'refs/tags/planner/v1'],
    ['-c', 'core.packedRefsTimeout=0', 'pack-refs', '--all', '--prune'],
  ]) {
    expect((await hub(...args)).code).not.toBe(0);
    expect(await refs()).toBe(before);
  }
  rmSync(join(place.hub, 'packed-refs.lock'));
  expect(await hub('pack-refs', '--all', '--prune')).toEqual({ code: 0, out: '' });
  expect(await refs()).toBe(before);
});

test('git gc leaves loose refs to the writer, and git maintenance does, whatever its schedule', async () => {
  const loose = () => existsSync(join(place.hub, 'refs/tags/planner/v1'));
  await hub('gc', '--quiet');
  await hub('maintenance', 'run', '--quiet');
  for (const schedule of ['hourly', 'daily', 'weekly'])
    expect(
      await hub('-c', 'maintenance.strategy=incremental', 'maintenance', 'run', '--quiet', `--schedule=${schedule}`),
    ).toMatchObject({ code: 0 });
  expect(loose()).toBe(true);
});

describe('the hook itself', () => {
  /** What the hook says to a transaction of git's, given as `old new ref` with names of versions for oids. */
  async function answer(lines: readonly string[], state = 'prepared'): Promise<number> {
    const names = new Map([
      ['0', ZERO],
      ['v1', await oid('planner/v1')],
      ['v2', await oid('planner/v2')],
    ]);
    const input = lines.map((line) => `${line.replace(/\S+/g, (word) => names.get(word) ?? word)}\n`).join('');
    const env = { ...process.env, GIT_DIR: '.' };
    return (await run('hooks/reference-transaction', [state], { cwd: place.hub, env, input })).code;
  }

  const FIRST = 'v1 0 refs/tags/planner/v1';
  const SECOND = 'v2 0 refs/tags/planner/v2';

  test('lets a prune pass where packed-refs has the same line, and is not locked', async () => {
    expect(await answer([FIRST])).toBe(1);
    await LAYOUTS.both();
    expect(await answer([FIRST])).toBe(0);
    expect(await answer([FIRST, SECOND])).toBe(0);
    // Another value; another ref; a part of a name; a name that is a pattern.
    for (const line of [
      'v2 0 refs/tags/planner/v1',
      'v1 0 refs/tags/planner/v3',
      'v1 0 refs/tags/planner/v',
      'v1 0 tags/planner/v1',
      'v1 0 refs/tags/planner/v.',
      '0 0 refs/tags/planner/v1',
    ]) {
      const expected = line.includes(' tags/') ? 0 : 1;
      expect([line, await answer([line])]).toEqual([line, expected]);
    }
    expect(await answer([FIRST, 'v2 v1 refs/heads/planner'])).toBe(1);
    expect(await answer([FIRST, SECOND, '0 v1 refs/heads/planner'])).toBe(1);
    // It waits for a lock that is not git's own to go.
    writeFileSync(join(place.hub, 'packed-refs.lock'), '');
    expect(await answer([FIRST, SECOND])).toBe(1);
  }, 120_000);

  test('refuses a prune whose line in packed-refs has another value', async () => {
    await LAYOUTS.stale();
    expect(await answer([SECOND])).toBe(1);
    expect(await answer([FIRST, SECOND])).toBe(1);
  });

  test('lets a move pass only to the value that the ref has, in its loose file before packed-refs', async () => {
    for (const lay of [LAYOUTS.loose, LAYOUTS.stale]) {
      await lay();
      expect(await answer(['0 v2 refs/heads/planner'])).toBe(0);
      expect(await answer(['v2 v2 refs/heads/planner'])).toBe(0);
      expect(await answer(['0 v1 refs/heads/planner'])).toBe(1);
      expect(await answer(['v2 v1 refs/heads/planner'])).toBe(1);
      expect(await answer(['0 v2 refs/heads/none'])).toBe(1);
      expect(await answer(['v1 v2 HEAD'])).toBe(0);
    }
  });

  test('compares oids as text where they look like numbers', async () => {
    const [a, b] = [`1e${'9'.repeat(38)}`, `2e${'9'.repeat(38)}`];
    expect(await answer([`${a} ${b} refs/heads/planner`])).toBe(1);
    expect(await answer([`${'1'.repeat(39)}2 ${'1'.repeat(39)}3 refs/heads/planner`])).toBe(1);
  });

  test('has its say before git moves anything, and no other time', async () => {
    for (const state of ['preparing', 'committed', 'aborted'])
      expect(await answer(['v2 v1 refs/heads/planner'], state)).toBe(0);
    expect(await answer([])).toBe(0);
  });
});
