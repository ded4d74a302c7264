/** Refs that somebody changed with git: others are not blocked, the one that is says so, and it can be mended. */

import nodeFs, { existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { ephemeralSigner } from '../../src/api/testing.js';
import { openGitStore } from '../../src/git/open-repository.js';
import { type Ledger, openLedger } from '../../src/index.js';
import { fsckComplaints, git, gitRefs } from '../crash/real-git.mjs';
import { appendEntry } from './append-entry.js';
import { answers, fixtureSigner, type OnDisk, onDisk, plan } from './ledger-on-disk.js';

async function plannerAtThree(ledger: Ledger): Promise<void> {
  for (const code of ['1', '2', '3'])
    await ledger.recordCheckpoint({ moduleId: 'planner', tags: ['stable'] }, plan(code));
  await ledger.recordCheckpoint({ moduleId: 'executor', checksum: 'one' });
}

interface ForeignEdit {
  readonly ref: string;
  readonly edit: (gitdir: string) => Promise<unknown> | unknown;
  /** What the ledger finds there. */
  readonly actual: (gitdir: string) => Promise<string | null>;
}

const oidAt = (ref: string) => (gitdir: string) => git(gitdir, ['rev-parse', ref]);

const EDITS: Readonly<Record<string, ForeignEdit>> = {
  'a branch moved': {
    ref: 'refs/heads/planner',
    edit: (gitdir) => git(gitdir, ['update-ref', 'refs/heads/planner', 'planner/v1']),
    actual: oidAt('planner/v1'),
  },
  'a branch moved and packed': {
    ref: 'refs/heads/planner',
    edit: async (gitdir) => {
      await git(gitdir, ['update-ref', 'refs/heads/planner', 'planner/v1']);
      await git(gitdir, ['pack-refs', '--all', '--prune']);
    },
    actual: oidAt('planner/v1'),
  },
  'a branch deleted': {
    ref: 'refs/heads/planner',
    edit: (gitdir) => git(gitdir, ['update-ref', '-d', 'refs/heads/planner']),
    actual: async () => null,
  },
  'an empty ref file': {
    ref: 'refs/heads/planner',
    edit: (gitdir) => writeFileSync(join(gitdir, 'refs/heads/planner'), ''),
    actual: async () => 'unreadable: ',
  },
  'a symbolic ref': {
    ref: 'refs/heads/planner',
    edit: (gitdir) => git(gitdir, ['symbolic-ref', 'refs/heads/planner', 'refs/heads/executor']),
    actual: async () => 'unreadable: ref: refs/heads/executor\n',
  },
  'a note of tags added': {
    ref: 'refs/notes/tags',
    edit: (gitdir) => git(gitdir, ['notes', '--ref=tags', 'add', '-f', '-m', 'forged', 'planner/v1']),
    actual: oidAt('refs/notes/tags'),
  },
  'the number of the next version taken': {
    ref: 'refs/tags/planner/v4',
    edit: (gitdir) => git(gitdir, ['tag', 'planner/v4', 'planner/v1']),
    actual: oidAt('planner/v1'),
  },
};

const nextOfPlanner = (ledger: Ledger) => ledger.recordCheckpoint({ moduleId: 'planner', tags: ['stable'] }, plan('4'));

describe.each(Object.entries(EDITS))('%s', (_, { ref, edit, actual }) => {
  async function edited(body: (place: OnDisk & { journaled: string | null }) => Promise<void>): Promise<void> {
    await onDisk(async (place) => {
      await plannerAtThree(place.ledger);
      const journaled = gitRefs(place.gitdir).get(ref) ?? null;
      await edit(place.gitdir);
      await body({ ...place, journaled });
    });
  }

  it('blocks no other module, and stops the write that would move it with both values', async () => {
    await edited(async ({ gitdir, ledger, reopen, journaled }) => {
      for (const writer of [ledger, await reopen()]) {
        await writer.recordCheckpoint({ moduleId: 'executor', checksum: `by-${writer === ledger}` });
        await writer.recordCheckpoint({ moduleId: writer === ledger ? 'new' : '@acme/new', checksum: 'one' });
        const before = await git(gitdir, ['for-each-ref']);
        const found = await actual(gitdir);
        const error: unknown = await nextOfPlanner(writer).then(
          () => null,
          (e: unknown) => e,
        );
        expect(error).toMatchObject({
          code: 'REF_CHANGED',
          family: 'conflict',
          committed: false,
          data: { ref, expected: journaled, actual: found },
          hint: expect.stringContaining('doctor --restore'),
        });
        for (const value of [journaled, found])
          expect(String((error as Error).message)).toContain(value === null ? 'no such ref' : value.trim());
        expect(await git(gitdir, ['for-each-ref'])).toBe(before);
      }
    });
  });

  it('doctor names it, mends it when told to, and the next write works', async () => {
    await edited(async ({ gitdir, ledger, journaled }) => {
      const before = JSON.stringify(
        (await ledger.versions.list('planner')).map((v) => [v.version, [...v.tags], v.checksum]),
      );
      const { findings, restored } = await ledger.journal.doctor();
      expect(restored).toBe(false);
      expect(findings.map((f) => [f.kind, f.where, f.mendable])).toEqual([['foreign-ref', ref, true]]);
      await ledger.journal.doctor({ restore: true });
      expect(gitRefs(gitdir).get(ref) ?? null).toBe(journaled);
      expect((await ledger.journal.doctor()).findings).toEqual([]);
      expect(await git(gitdir, ['log', '-1', '--format=%B', 'ledger'])).toContain(`Restored: ${ref} `);
      expect(
        JSON.stringify((await ledger.versions.list('planner')).map((v) => [v.version, [...v.tags], v.checksum])),
      ).toBe(before);
      expect((await nextOfPlanner(ledger)).version).toBe(4);
      expect(fsckComplaints(gitdir)).toEqual([]);
    });
  });

  it('a rollback never waits: it restores what it moves, and journals that', async () => {
    await edited(async ({ gitdir, ledger }) => {
      expect((await ledger.rollback('planner', 'HEALTH_FAILURE')).version).toBe(2);
      expect(gitRefs(gitdir).get('refs/heads/planner')).toBe(await git(gitdir, ['rev-parse', 'planner/v2']));
      const entry = await git(gitdir, ['log', '-1', '--format=%B', 'ledger']);
      expect(entry).toContain('Rollback: planner 3 2 HEALTH_FAILURE');
      if (ref === 'refs/heads/planner' || ref === 'refs/notes/tags') expect(entry).toContain(`Restored: ${ref} `);
      const { findings } = await ledger.journal.doctor();
      expect(findings.filter((f) => f.where !== 'refs/tags/planner/v4')).toEqual([]);
      expect(await git(gitdir, ['notes', '--ref=tags', 'show', 'planner/v3'])).toBe('reverted');
    });
  });
});

it('a tag of a version that never was is named, and removed, loose or packed', async () => {
  await onDisk(async ({ gitdir, ledger }) => {
    await plannerAtThree(ledger);
    for (const packed of [false, true]) {
      await ledger.recordCheckpoint({ moduleId: 'executor', checksum: `before-${packed}` });
      await git(gitdir, ['tag', 'planner/v9', 'planner/v1']);
      if (packed) await git(gitdir, ['pack-refs', '--all', '--prune']);
      expect((await ledger.journal.doctor()).findings).toMatchObject([
        { kind: 'foreign-ref', where: 'refs/tags/planner/v9' },
      ]);
      await ledger.recordCheckpoint({ moduleId: 'executor', checksum: `packed-${packed}` });
      await ledger.journal.doctor({ restore: true });
      expect(gitRefs(gitdir).has('refs/tags/planner/v9')).toBe(false);
      expect(existsSync(join(gitdir, 'packed-refs.lock'))).toBe(false);
      expect((await ledger.journal.doctor()).findings).toEqual([]);
    }
    expect((await ledger.versions.list('planner')).map((v) => v.version)).toEqual([1, 2, 3]);
  });
});

it('a ref outside the ledger’s namespaces is named and left alone', async () => {
  await onDisk(async ({ gitdir, ledger }) => {
    await plannerAtThree(ledger);
    await git(gitdir, ['update-ref', 'refs/custom/mine', 'planner/v1']);
    expect((await ledger.journal.doctor({ restore: true })).findings).toMatchObject([
      { where: 'refs/custom/mine', mendable: false },
    ]);
    expect(gitRefs(gitdir).has('refs/custom/mine')).toBe(true);
  });
});

it('a lock that git holds stops a write before anything is written, and doctor leaves it alone', async () => {
  await onDisk(async ({ gitdir, ledger }) => {
    await plannerAtThree(ledger);
    const before = gitRefs(gitdir);
    const said = await answers(ledger);
    const lock = join(gitdir, 'refs/heads/planner.lock');
    writeFileSync(lock, '');
    await expect(nextOfPlanner(ledger)).rejects.toMatchObject({
      code: 'REF_LOCKED',
      retryable: true,
      committed: false,
      data: { ref: 'refs/heads/planner' },
    });
    expect(await answers(ledger)).toEqual(said);
    expect(gitRefs(gitdir)).toEqual(before);
    await ledger.recordCheckpoint({ moduleId: 'executor', checksum: 'two' });
    for (const restore of [false, true]) {
      const { findings } = await ledger.journal.doctor({ restore });
      expect(findings).toMatchObject([{ kind: 'foreign-lock', where: 'refs/heads/planner.lock', mendable: false }]);
    }
    expect(readFileSync(lock, 'utf8')).toBe('');
    // Released while a writer waits for it, the lock is no obstacle.
    let attempts = 0;
    const linkSync = (from: string, to: string): void => {
      if (to === lock && ++attempts === 3) rmSync(lock);
      nodeFs.linkSync(from, to);
    };
    const signer = await fixtureSigner();
    const writer = await openLedger({ gitdir, signer, fs: { ...nodeFs, linkSync } });
    expect((await nextOfPlanner(writer)).version).toBe(4);
    expect(attempts).toBe(3);
  });
});

it('a lock on packed-refs stops the removal of a ref before anything is written', async () => {
  await onDisk(async ({ gitdir, ledger }) => {
    await plannerAtThree(ledger);
    await git(gitdir, ['tag', 'planner/v9', 'planner/v1']);
    await git(gitdir, ['pack-refs', '--all', '--prune']);
    const lock = join(gitdir, 'packed-refs.lock');
    writeFileSync(lock, '');
    const { seq } = await ledger.journal.position();
    await expect(ledger.journal.doctor({ restore: true })).rejects.toMatchObject({
      code: 'REF_LOCKED',
      retryable: true,
    });
    expect((await ledger.journal.position()).seq).toBe(seq);
    expect(existsSync(lock)).toBe(true);
    await ledger.recordCheckpoint({ moduleId: 'planner' }, plan('4'));
    rmSync(lock);
    await ledger.journal.doctor({ restore: true });
    expect((await ledger.journal.doctor()).findings).toEqual([]);
  });
});

it('an entry that git added to the journal is trusted by nobody', async () => {
  await onDisk(async ({ gitdir, ledger, reopen }) => {
    await plannerAtThree(ledger);
    const forged = await git(gitdir, ['commit-tree', 'ledger^{tree}', '-p', 'ledger', '-m', 'planner v4 is fine']);
    await git(gitdir, ['update-ref', 'refs/heads/ledger', forged]);
    for (const reader of [ledger, await reopen()]) {
      await expect(reader.latestCheckpoint('planner')).rejects.toMatchObject({ code: 'BAD_SIGNATURE' });
      await expect(nextOfPlanner(reader)).rejects.toMatchObject({ code: 'BAD_SIGNATURE' });
      await expect(reader.rollback('planner', 'MANUAL')).rejects.toMatchObject({ code: 'BAD_SIGNATURE' });
    }
    expect(await git(gitdir, ['rev-parse', 'ledger'])).toBe(forged);
    await git(gitdir, ['update-ref', 'refs/heads/ledger', `${forged}^`]);
    expect((await nextOfPlanner(ledger)).version).toBe(4);
  });
});

it('an unsigned copy of a true entry is trusted by nobody', async () => {
  await onDisk(async ({ gitdir, ledger, reopen }) => {
    await plannerAtThree(ledger);
    const previous = await git(gitdir, ['cat-file', 'commit', 'ledger']);
    const stripped = previous.replace(/^gpgsig .*\n(?: .*\n)*/m, '');
    const forged = await git(gitdir, ['hash-object', '-w', '-t', 'commit', '--stdin'], `${stripped}\n`);
    await git(gitdir, ['update-ref', 'refs/heads/ledger', forged]);
    await expect((await reopen()).versions.modules()).rejects.toMatchObject({ code: 'BAD_SIGNATURE' });
  });
});

it('a running process notices that the journal was rewound', async () => {
  await onDisk(async ({ gitdir, ledger }) => {
    await plannerAtThree(ledger);
    const { oid } = await ledger.journal.position();
    await git(gitdir, ['update-ref', 'refs/heads/ledger', `${oid}^`]);
    const rewound = { code: 'REF_CHANGED', data: { ref: 'refs/heads/ledger', expected: oid } };
    await expect(ledger.latestCheckpoint('planner')).rejects.toMatchObject(rewound);
    await expect(nextOfPlanner(ledger)).rejects.toMatchObject(rewound);
    await git(gitdir, ['update-ref', 'refs/heads/ledger', oid]);
    expect((await nextOfPlanner(ledger)).version).toBe(4);
  });
});

describe('a name that is a folder of another', () => {
  it.each([false, true])('is refused, packed: %s', async (packed) => {
    await onDisk(async ({ gitdir, ledger }) => {
      await plannerAtThree(ledger);
      await git(gitdir, ['update-ref', 'refs/heads/a/b', 'planner/v1']);
      await git(gitdir, ['update-ref', 'refs/heads/@acme', 'planner/v1']);
      if (packed) await git(gitdir, ['pack-refs', '--all', '--prune']);
      for (const [moduleId, other] of [
        ['a', 'refs/heads/a/b'],
        ['@acme/new', 'refs/heads/@acme'],
      ] as const) {
        const refused = { code: 'REF_CHANGED', committed: false, message: expect.stringContaining(other) };
        await expect(ledger.recordCheckpoint({ moduleId, checksum: 'one' })).rejects.toMatchObject(refused);
      }
      await ledger.recordCheckpoint({ moduleId: 'planner' }, plan('4'));
      await git(gitdir, ['update-ref', '-d', 'refs/heads/a/b']);
      await git(gitdir, ['update-ref', '-d', 'refs/heads/@acme']);
      for (const moduleId of ['a', '@acme/new']) await ledger.recordCheckpoint({ moduleId, checksum: 'one' });
      expect((await ledger.journal.doctor()).findings).toEqual([]);
    });
  });
});

it('a folder in the place of a ref that holds something stops the write before anything is written', async () => {
  await onDisk(async ({ gitdir, ledger }) => {
    await plannerAtThree(ledger);
    const { seq } = await ledger.journal.position();
    mkdirSync(join(gitdir, 'refs/heads/a'));
    writeFileSync(join(gitdir, 'refs/heads/a/b.lock'), '');
    await expect(ledger.recordCheckpoint({ moduleId: 'a', checksum: 'one' })).rejects.toMatchObject({
      code: 'REF_CHANGED',
      committed: false,
      data: { ref: 'refs/heads/a' },
    });
    expect((await ledger.journal.position()).seq).toBe(seq);
    await ledger.recordCheckpoint({ moduleId: 'executor', checksum: 'two' });
  });
});

it('empty folders in the place of a ref are no obstacle', async () => {
  await onDisk(async ({ gitdir, ledger }) => {
    await plannerAtThree(ledger);
    mkdirSync(join(gitdir, 'refs/heads/a'), { recursive: true });
    mkdirSync(join(gitdir, 'refs/tags/b/v1'), { recursive: true });
    mkdirSync(join(gitdir, 'refs/heads/c/empty/folders'), { recursive: true });
    for (const moduleId of ['a', 'b', 'c']) await ledger.recordCheckpoint({ moduleId, checksum: 'one' });
    expect(await ledger.versions.modules()).toEqual(['a', 'b', 'c', 'executor', 'planner']);
    expect(gitRefs(gitdir).get('refs/heads/c')).toBe(gitRefs(gitdir).get('refs/tags/c/v1'));
    expect(fsckComplaints(gitdir)).toEqual([]);
  });
});

describe('an entry that somebody forged', () => {
  it('moves no ref, although its Ref-Update lines look like those of a writer that died', async () => {
    await onDisk(async ({ gitdir, ledger, reopen }) => {
      await plannerAtThree(ledger);
      await ledger.close();
      const branch = () => git(gitdir, ['rev-parse', 'refs/heads/planner']);
      const [now, before] = [await branch(), await git(gitdir, ['rev-parse', 'planner/v1'])];
      const stranger = await ephemeralSigner('ops@example.org');
      const store = await openGitStore(nodeFs, gitdir);
      await appendEntry(store, stranger, () => ({
        timestamp: 2_000_000_000,
        events: [{ type: 'rollback', moduleId: 'planner', fromVer: 3, toVer: 1, reason: 'MANUAL' }],
        updates: [{ ref: 'refs/heads/planner', from: now, to: before }],
        moves: [],
      }));
      await store.close();
      const victim = await reopen();
      await expect(victim.recordCheckpoint({ moduleId: 'executor' }, plan('9'))).rejects.toMatchObject({
        code: 'UNTRUSTED_SIGNER',
      });
      expect(await branch()).toBe(now);
      await victim.close();
    });
  });
});
