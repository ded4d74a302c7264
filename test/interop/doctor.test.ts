/** Everything that doctor names, made with plain git or by hand: found by name, mended where it says so, clean afterwards. */

import { spawn } from 'node:child_process';
import * as nodeFs from 'node:fs';
import {
  copyFileSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  symlinkSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import type { DoctorProgress } from '../../src/api/types.js';
import { openGitStore } from '../../src/git/open-repository.js';
import type { Ledger } from '../../src/index.js';
import { openLedger } from '../../src/index.js';
import { fsckComplaints, git, gitRefs } from '../crash/real-git.mjs';
import { appendEntry } from './append-entry.js';
import { answers, fixtureSigner, onDisk, plan } from './ledger-on-disk.js';

async function filled(ledger: Ledger): Promise<void> {
  for (const code of ['1', '2', '3'])
    await ledger.recordCheckpoint({ moduleId: 'planner', tags: ['stable'] }, plan(code));
  await ledger.recordCheckpoint({ moduleId: 'executor', checksum: 'one' });
}

async function kinds(ledger: Ledger): Promise<string[]> {
  return (await ledger.journal.doctor()).findings.map(({ kind, where }) => `${kind} ${where}`);
}

/** The part of the answers that a restored journal does not change. */
async function versionsOf(ledger: Ledger): Promise<unknown> {
  return ((await answers(ledger)) as { modules: unknown }).modules;
}

const JOURNAL = 'refs/heads/ledger';

/** Writes a commit object from its text, and puts the journal there. */
async function journalAt(gitdir: string, commit: string): Promise<string> {
  const oid = await git(gitdir, ['hash-object', '-w', '-t', 'commit', '--stdin', '--literally'], commit);
  await git(gitdir, ['update-ref', JOURNAL, oid]);
  return oid;
}

const BAD_TIPS: Readonly<Record<string, (gitdir: string) => Promise<string | null>>> = {
  'a commit by hand': async (gitdir) => {
    const forged = await git(gitdir, ['commit-tree', 'ledger^{tree}', '-p', 'ledger', '-m', 'planner v4 is fine']);
    await git(gitdir, ['update-ref', JOURNAL, forged]);
    return forged;
  },
  'several commits by hand': async (gitdir) => {
    let tip = 'ledger';
    for (const n of [1, 2, 3]) tip = await git(gitdir, ['commit-tree', 'ledger^{tree}', '-p', tip, '-m', `hand ${n}`]);
    await git(gitdir, ['update-ref', JOURNAL, tip]);
    return tip;
  },
  'a commit with headers that the ledger never writes': async (gitdir) => {
    const tip = await git(gitdir, ['rev-parse', 'ledger']);
    const tree = await git(gitdir, ['rev-parse', 'ledger^{tree}']);
    const who = 'Mallory <mallory@example.org> 1795423762 +0000';
    return journalAt(
      gitdir,
      `tree ${tree}\nparent ${tip}\nauthor ${who}\ncommitter ${who}\nencoding ISO-8859-1\n\nhand\n`,
    );
  },
  'a true entry without its signature': async (gitdir) => {
    const raw = await git(gitdir, ['cat-file', 'commit', 'ledger']);
    return journalAt(gitdir, `${raw.replace(/^gpgsig .*\n(?: .*\n)*/m, '')}\n`);
  },
  'a merge of its own past': async (gitdir) => {
    const raw = await git(gitdir, ['cat-file', 'commit', 'ledger']);
    const root = await git(gitdir, ['rev-list', '--max-parents=0', 'ledger']);
    return journalAt(gitdir, `${raw.replace(/^(parent .*)$/m, `$1\nparent ${root}`)}\n`);
  },
  'a tag of something else': async (gitdir) => {
    const blob = await git(gitdir, ['hash-object', '-w', '--stdin'], 'not a commit');
    // git itself refuses to put a branch on a blob; a hand does not ask.
    writeFileSync(join(gitdir, JOURNAL), `${blob}\n`);
    return blob;
  },
  'an empty ref': async (gitdir) => {
    writeFileSync(join(gitdir, JOURNAL), '');
    return null;
  },
  'no ref': async (gitdir) => {
    await git(gitdir, ['update-ref', '-d', JOURNAL]);
    return null;
  },
};

describe.each(Object.entries(BAD_TIPS))('a journal whose tip is %s', (name, edit) => {
  it('is reported with the last good entry, put back and journaled', async () => {
    await onDisk(async ({ gitdir, ledger, reopen }) => {
      await filled(ledger);
      const good = await ledger.journal.position();
      const before = await versionsOf(ledger);
      const onItself = name === 'a true entry without its signature' || name === 'a merge of its own past';
      const foreign = await edit(gitdir);

      const { findings, good: told } = await ledger.journal.doctor();
      expect(told).toMatchObject(good);
      expect(findings).toMatchObject([
        { kind: 'journal', where: JOURNAL, mendable: true, remedy: expect.stringContaining(good.oid) },
      ]);
      expect(findings[0]?.detail).toContain(`entry ${good.seq} (${good.oid})`);
      expect(await git(gitdir, ['rev-parse', '--verify', '-q', JOURNAL]).catch(() => null)).toBe(foreign ?? null);

      // Another process without the index knows only what it can read. A forged twin of the last entry hides that one from it.
      rmSync(join(gitdir, 'lineage/index'), { recursive: true, force: true });
      const other = await (await reopen()).journal.doctor();
      const stillThere = foreign !== null && name !== 'a tag of something else';
      expect(other.good === null ? null : other.good.seq).toBe(stillThere ? good.seq - (onItself ? 1 : 0) : null);
      expect(other.findings[0]).toMatchObject({ kind: 'journal', mendable: stillThere && !onItself });

      expect((await ledger.journal.doctor({ restore: true })).findings).toEqual(findings);
      const entry = await git(gitdir, ['cat-file', 'commit', 'ledger']);
      expect(entry).toContain(`parent ${good.oid}\n`);
      expect(entry).toContain(`\nRestored: ${JOURNAL} ${foreign ?? '0'.repeat(40)}`);
      expect(entry).not.toContain('Ref-Update');
      rmSync(join(gitdir, 'lineage'), { recursive: true });
      for (const reader of [ledger, await reopen()]) {
        expect(await reader.journal.position()).toMatchObject({ seq: good.seq + 1 });
        expect(await versionsOf(reader)).toEqual(before);
        expect((await reader.journal.doctor()).findings).toEqual([]);
      }
      for (const writer of [ledger, await reopen()])
        await writer.recordCheckpoint({ moduleId: 'executor' }, plan(`${writer === ledger}`));
      expect(await kinds(ledger)).toEqual([]);
      expect(fsckComplaints(gitdir)).toEqual([]);
    });
  });
});

describe('a journal that somebody moved', () => {
  it('back is moved forward again by whoever knows better, and by nobody else', async () => {
    await onDisk(async ({ gitdir, ledger, reopen }) => {
      await filled(ledger);
      const good = await ledger.journal.position();
      await git(gitdir, ['update-ref', JOURNAL, `${good.oid}~2`]);
      const stranger = await reopen();
      // All that a stranger sees is refs that no entry moved there.
      expect(new Set((await stranger.journal.doctor()).findings.map((f) => f.kind))).not.toContain('journal');
      const { findings } = await ledger.journal.doctor();
      expect(findings).toMatchObject([{ kind: 'journal', mendable: true, detail: expect.stringContaining('rewound') }]);
      await ledger.journal.doctor({ restore: true });
      expect(await git(gitdir, ['rev-parse', 'ledger^'])).toBe(good.oid);
      expect(await kinds(ledger)).toEqual([]);
      expect(await kinds(await reopen())).toEqual([]);
      expect(fsckComplaints(gitdir)).toEqual([]);
    });
  });

  it('onto another history is left to the operator, with both told', async () => {
    await onDisk(async ({ dir, gitdir, ledger, reopen }) => {
      await filled(ledger);
      await git(dir, ['clone', '-q', '--mirror', gitdir, 'fork.git']);
      await ledger.recordCheckpoint({ moduleId: 'executor', checksum: 'here' });
      const here = await ledger.journal.position();
      const fork = await openLedger({ gitdir: join(dir, 'fork.git'), signer: await fixtureSigner() });
      await fork.recordCheckpoint({ moduleId: 'executor', checksum: 'there' });
      const there = await fork.journal.position();
      await git(gitdir, ['fetch', '-q', '--force', join(dir, 'fork.git'), `+${JOURNAL}:${JOURNAL}`]);
      const { findings } = await ledger.journal.doctor({ restore: true });
      expect(findings).toMatchObject([{ kind: 'journal', mendable: false }]);
      expect(findings[0]?.detail).toContain(there.oid);
      expect(findings[0]?.detail).toContain(here.oid);
      expect(await git(gitdir, ['rev-parse', 'ledger'])).toBe(there.oid);
      await git(gitdir, ['update-ref', JOURNAL, here.oid, there.oid]);
      expect(await kinds(ledger)).toEqual([]);
      await (await reopen()).recordCheckpoint({ moduleId: 'executor', checksum: 'on' });
    });
  });

  it('is not put back beside refs that the last good entry does not explain', async () => {
    await onDisk(async ({ gitdir, ledger, reopen }) => {
      await filled(ledger);
      const { oid } = await ledger.journal.position();
      // The newest entries replaced by a commit by hand: their refs still stand.
      const forged = await git(gitdir, ['commit-tree', 'ledger^{tree}', '-p', `${oid}~2`, '-m', 'hand']);
      await git(gitdir, ['update-ref', JOURNAL, forged]);
      const before = gitRefs(gitdir);
      rmSync(join(gitdir, 'lineage/index'), { recursive: true, force: true });
      const stranger = await reopen();
      const { findings } = await stranger.journal.doctor({ restore: true });
      expect(findings).toMatchObject([{ kind: 'journal', mendable: false, detail: expect.stringContaining('lost') }]);
      expect(gitRefs(gitdir)).toEqual(before);
      // Whoever saw them knows where they end.
      await ledger.journal.doctor({ restore: true });
      expect(await git(gitdir, ['rev-parse', 'ledger^'])).toBe(oid);
      expect(await kinds(ledger)).toEqual([]);
    });
  });
});

const OLD = new Date(Date.now() - 15 * 24 * 60 * 60 * 1000);

function oldFile(path: string, text = 'left'): string {
  writeFileSync(path, text);
  utimesSync(path, OLD, OLD);
  return path;
}

it('temporary files of git are removed as old as git itself would, and no sooner', async () => {
  await onDisk(async ({ dir, gitdir, ledger }) => {
    await filled(ledger);
    mkdirSync(join(gitdir, 'objects/ab'), { recursive: true });
    const old = ['objects/ab/tmp_obj_x1', 'objects/tmp_obj_x2', 'objects/pack/tmp_pack_x3', 'objects/pack/.tmp-9-pack'];
    for (const path of old) oldFile(join(gitdir, path));
    const running = join(gitdir, 'objects/pack/tmp_idx_running');
    writeFileSync(running, 'being written');
    const days = new Date(Date.now() - 3 * 24 * 60 * 60 * 1000);
    const doubtful = oldFile(join(gitdir, 'objects/pack/tmp_pack_days'));
    utimesSync(doubtful, days, days);
    mkdirSync(join(dir, 'ledger.git.init-abc'));
    utimesSync(join(dir, 'ledger.git.init-abc'), OLD, OLD);

    const { findings } = await ledger.journal.doctor({ restore: true });
    expect(
      findings
        .filter((f) => f.mendable)
        .map((f) => `${f.kind} ${f.where}`)
        .sort(),
    ).toEqual(old.map((path) => `loose-garbage ${path}`).sort());
    const left = ['loose-garbage objects/pack/tmp_pack_days', `loose-garbage ${join(dir, 'ledger.git.init-abc')}`];
    expect(findings.filter((f) => !f.mendable).map((f) => `${f.kind} ${f.where}`)).toEqual(left);
    for (const path of old) expect(existsSync(join(gitdir, path)), path).toBe(false);
    for (const path of [running, doubtful]) expect(existsSync(path)).toBe(true);
    expect(await kinds(ledger)).toEqual(left);
    expect(fsckComplaints(gitdir)).toEqual([]);
  });
});

it('halves of packs are named; an index alone is removed, a pack alone never', async () => {
  await onDisk(async ({ gitdir, ledger }) => {
    await filled(ledger);
    const folder = join(gitdir, 'objects/pack');
    const [pack = ''] = readdirSync(folder).filter((name) => name.endsWith('.pack'));
    const stem = `pack-${'1'.repeat(40)}`;
    copyFileSync(join(folder, pack.replace(/pack$/, 'idx')), join(folder, `${stem}.idx`));
    const lone = `pack-${'2'.repeat(40)}.pack`;
    copyFileSync(join(folder, pack), join(folder, lone));
    utimesSync(join(folder, lone), OLD, OLD);
    expect((await kinds(ledger)).sort()).toEqual([
      `loose-garbage objects/pack/${stem}.idx`,
      `loose-garbage objects/pack/${lone}`,
    ]);
    await ledger.journal.doctor({ restore: true });
    expect(await kinds(ledger)).toEqual([`loose-garbage objects/pack/${lone}`]);
    expect(existsSync(join(folder, lone))).toBe(true);
    rmSync(join(folder, lone));
    expect(fsckComplaints(gitdir)).toEqual([]);
  });
});

describe('a loose file that is not its object', () => {
  it('is removed where the object is in a pack too', async () => {
    await onDisk(async ({ gitdir, ledger }) => {
      await filled(ledger);
      const oid = await git(gitdir, ['rev-parse', 'planner/v1']);
      const where = `objects/${oid.slice(0, 2)}/${oid.slice(2)}`;
      mkdirSync(join(gitdir, 'objects', oid.slice(0, 2)), { recursive: true });
      writeFileSync(join(gitdir, where), '');
      expect(await kinds(ledger)).toEqual([`loose-garbage ${where}`]);
      await ledger.journal.doctor({ restore: true });
      expect(existsSync(join(gitdir, where))).toBe(false);
      expect(await kinds(ledger)).toEqual([]);
      expect(fsckComplaints(gitdir)).toEqual([]);
    });
  });

  it('is left, and named as damage, where the ledger has the object nowhere else; the remedy works', async () => {
    await onDisk(async ({ dir, gitdir, ledger, reopen }) => {
      await filled(ledger);
      await git(dir, ['clone', '-q', '--mirror', gitdir, 'good.git']);
      const blob = await git(gitdir, ['rev-parse', 'planner/v2:index.js']);
      const folder = join(gitdir, 'objects/pack');
      const packs = readdirSync(folder).filter((name) => name.endsWith('.pack'));
      mkdirSync(join(dir, 'aside'));
      for (const name of readdirSync(folder)) renameSync(join(folder, name), join(dir, 'aside', name));
      for (const name of packs) {
        const bytes = readFileSync(join(dir, 'aside', name));
        await new Promise((resolve, reject) => {
          const child = spawn('git', ['-C', gitdir, 'unpack-objects', '-q'], { stdio: ['pipe', 'ignore', 'ignore'] });
          child.on('close', resolve).on('error', reject);
          child.stdin.end(bytes);
        });
      }
      const where = join(gitdir, 'objects', blob.slice(0, 2), blob.slice(2));
      rmSync(where, { force: true });
      writeFileSync(where, '');
      const tree = await git(gitdir, ['rev-parse', 'planner/v2^{tree}']);
      const missing = await git(gitdir, ['rev-parse', 'planner/v1^{tree}']);
      rmSync(join(gitdir, 'objects', missing.slice(0, 2), missing.slice(2)), { force: true });

      const fresh = await reopen();
      for (const restore of [false, true]) {
        const { findings } = await fresh.journal.doctor({ restore });
        expect(findings.map(({ kind, where: at, mendable }) => [kind, at, mendable]).sort()).toEqual(
          [
            ['damaged-object', blob, false],
            ['damaged-object', missing, false],
          ].sort(),
        );
        const named = findings.find((f) => f.where === blob);
        expect(named?.detail).toContain(`tree ${tree}`);
        expect(named?.remedy).toContain('git clone --mirror');
      }
      expect(existsSync(where)).toBe(true);
      for (const name of readdirSync(join(dir, 'good.git/objects/pack')))
        copyFileSync(join(dir, 'good.git/objects/pack', name), join(folder, name));
      expect((await fresh.journal.doctor({ restore: true })).findings.map((f) => f.kind)).toEqual(['loose-garbage']);
      expect(await kinds(fresh)).toEqual([]);
      expect(fsckComplaints(gitdir)).toEqual([]);
    });
  });
});

it('settings that a mirror lacks, or that a hand changed, are set', async () => {
  await onDisk(async ({ dir, gitdir, ledger, reopen }) => {
    await filled(ledger);
    expect(await kinds(ledger)).toEqual([]);
    await git(gitdir, ['config', 'receive.denyDeletes', 'false']);
    await git(gitdir, ['config', '--unset', 'core.fsync']);
    expect(await kinds(ledger)).toEqual(['config config: core.fsync', 'config config: receive.denyDeletes']);
    await ledger.journal.doctor({ restore: true });
    expect(await git(gitdir, ['config', '--type=bool', 'receive.denyDeletes'])).toBe('true');
    expect(await git(gitdir, ['config', 'core.fsync'])).toBe('committed,reference');
    expect(await kinds(await reopen())).toEqual([]);

    await git(dir, ['clone', '-q', '--mirror', gitdir, 'mirror.git']);
    const mirror = await openLedger({ gitdir: join(dir, 'mirror.git') });
    expect((await kinds(mirror)).length).toBe(5);
    writeFileSync(join(dir, 'mirror.git/config.lock'), '');
    await mirror.journal.doctor({ restore: true });
    expect((await kinds(mirror)).length).toBe(6);
    rmSync(join(dir, 'mirror.git/config.lock'));
    await mirror.journal.doctor({ restore: true });
    expect(await kinds(mirror)).toEqual([]);
    for (const [key, value] of [
      ['transfer.fsckObjects', 'true'],
      ['receive.denyNonFastForwards', 'true'],
      ['notes.displayRef', 'refs/notes/*'],
    ] as const)
      expect(await git(join(dir, 'mirror.git'), ['config', key])).toBe(value);
  });
});

describe('notes of what is no version', () => {
  it('by hand are named, and go when the journaled notes are put back', async () => {
    await onDisk(async ({ gitdir, ledger }) => {
      await filled(ledger);
      const target = await git(gitdir, ['rev-parse', 'planner:index.js']);
      await git(gitdir, ['notes', '--ref=tags', 'add', '-m', 'stable', target]);
      expect(await kinds(ledger)).toEqual(['foreign-ref refs/notes/tags', `orphan-note refs/notes/tags: ${target}`]);
      await ledger.journal.doctor({ restore: true });
      expect(await kinds(ledger)).toEqual([]);
      await git(gitdir, ['notes', 'add', '-m', 'of my own', 'planner']);
      const { findings } = await ledger.journal.doctor({ restore: true });
      expect(findings).toMatchObject([{ kind: 'foreign-ref', where: 'refs/notes/commits', mendable: false }]);
      expect(gitRefs(gitdir).has('refs/notes/commits')).toBe(true);
    });
  });

  it('that a signed entry put there are named, and stay', async () => {
    await onDisk(async ({ gitdir, ledger, reopen }) => {
      await filled(ledger);
      const target = await git(gitdir, ['rev-parse', 'planner:index.js']);
      const store = await openGitStore(nodeFs, gitdir);
      const from = gitRefs(gitdir).get('refs/notes/tags') ?? '';
      await appendEntry(store, await fixtureSigner(), (drafts, { author }) => {
        const commit = { identity: author, message: 'Notes\n' };
        const to = drafts.notes(from, new Map([[target, 'stable']]), commit);
        return {
          timestamp: author.seconds + 1,
          events: [{ type: 'tag', moduleId: 'planner', version: 3, tag: 'odd' }],
          updates: [{ ref: 'refs/notes/tags', from, to }],
        };
      });
      const reader = await reopen();
      for (const restore of [false, true])
        expect((await reader.journal.doctor({ restore })).findings).toMatchObject([
          { kind: 'orphan-note', where: `refs/notes/tags: ${target}`, mendable: false },
        ]);
    });
  });
});

describe('breaking a lock', () => {
  it('removes that one lock and says what it was', async () => {
    await onDisk(async ({ gitdir, ledger }) => {
      await filled(ledger);
      const locks = ['refs/heads/planner', 'packed-refs', 'HEAD', 'config', 'shallow', 'objects/info/commit-graph'];
      for (const name of locks) oldFile(join(gitdir, `${name}.lock`), 'abc');
      expect((await kinds(ledger)).sort()).toEqual(locks.map((name) => `foreign-lock ${name}.lock`).sort());
      for (const [i, name] of locks.entries()) {
        const given = i % 2 === 0 ? name : join(gitdir, `${name}.lock`);
        const { brokenLock, findings } = await ledger.journal.doctor({ breakLock: given });
        expect(brokenLock).toMatchObject({ where: `${name}.lock`, bytes: 3 });
        expect(brokenLock?.ageSeconds).toBeGreaterThan(14 * 24 * 60 * 60);
        expect(findings.map((f) => f.where).sort()).toEqual(
          locks
            .slice(i + 1)
            .map((other) => `${other}.lock`)
            .sort(),
        );
      }
      expect((await ledger.recordCheckpoint({ moduleId: 'planner' }, plan('4'))).version).toBe(4);
      expect(fsckComplaints(gitdir)).toEqual([]);
    });
  });

  it('touches nothing that is no lock of the ledger', async () => {
    await onDisk(async ({ dir, gitdir, ledger }) => {
      await filled(ledger);
      writeFileSync(join(dir, 'outside.lock'), 'mine');
      mkdirSync(join(dir, 'elsewhere'));
      writeFileSync(join(dir, 'elsewhere/x.lock'), 'mine');
      symlinkSync(join(dir, 'elsewhere'), join(gitdir, 'refs/heads/link'));
      symlinkSync(join(dir, 'outside.lock'), join(gitdir, 'HEAD.lock'));
      mkdirSync(join(gitdir, 'config.lock'));
      for (const given of [
        '../outside',
        join(dir, 'outside.lock'),
        'refs/../../outside',
        'lineage/writer',
        '',
        'objects/ab/c',
        '.lock',
        'refs/heads/.lock',
        'refs//heads/x',
      ])
        await expect(ledger.journal.doctor({ breakLock: given }), given).rejects.toMatchObject({
          code: 'INVALID_ARGUMENT',
        });
      for (const given of ['refs/heads/planner', 'refs/heads/link/x', 'HEAD', 'config'])
        await expect(ledger.journal.doctor({ breakLock: given }), given).rejects.toMatchObject({ code: 'NOT_FOUND' });
      expect(readFileSync(join(dir, 'outside.lock'), 'utf8')).toBe('mine');
      expect(readFileSync(join(dir, 'elsewhere/x.lock'), 'utf8')).toBe('mine');
    });
  });

  it.runIf(process.platform === 'linux')('is refused while a process has it open', async () => {
    await onDisk(async ({ gitdir, ledger }) => {
      await filled(ledger);
      const lock = join(gitdir, 'refs/heads/planner.lock');
      const child = spawn('bash', ['-c', `exec 7>'${lock}'; echo open; read line`], {
        stdio: ['pipe', 'pipe', 'ignore'],
      });
      await new Promise((resolve) => child.stdout.once('data', resolve));
      await expect(ledger.journal.doctor({ breakLock: 'refs/heads/planner' })).rejects.toMatchObject({
        code: 'REF_LOCKED',
        message: expect.stringContaining(`${child.pid}`),
      });
      expect(existsSync(lock)).toBe(true);
      const ended = new Promise((resolve) => child.on('close', resolve));
      child.stdin.end('go\n');
      await ended;
      expect((await ledger.journal.doctor({ breakLock: 'refs/heads/planner' })).findings).toEqual([]);
    });
  });
});

it('tells how far it is, whatever becomes of whoever listens', async () => {
  await onDisk(async ({ ledger, gitdir }) => {
    await filled(ledger);
    const told: DoctorProgress[] = [];
    const onProgress = (progress: DoctorProgress): void => {
      told.push(progress);
      throw new Error('a bad listener');
    };
    expect(await ledger.journal.doctor({ onProgress })).toEqual(await ledger.journal.doctor());
    const objects = (await git(gitdir, ['rev-list', '--objects', '--all'])).split('\n').length;
    expect(told).toEqual([
      { step: 'journal', done: null },
      { step: 'objects', done: objects },
      { step: 'refs', done: null },
    ]);
    expect(
      await ledger.journal.doctor({ onProgress: async () => Promise.reject(new Error('a bad listener')) }),
    ).toMatchObject({
      findings: [],
    });
  });
});

it('rejects with an error of the ledger where the signer has one of its own', async () => {
  await onDisk(async ({ ledger, gitdir }) => {
    await filled(ledger);
    await git(gitdir, [
      'update-ref',
      JOURNAL,
      await git(gitdir, ['commit-tree', 'ledger^{tree}', '-p', 'ledger', '-m', 'hand']),
    ]);
    const signer = await fixtureSigner();
    const cause = new Error('the key is locked away');
    const locked = await openLedger({ gitdir, signer: { ...signer, sign: () => Promise.reject(cause) } });
    await expect(locked.journal.doctor({ restore: true })).rejects.toMatchObject({
      name: 'LedgerError',
      code: 'IO',
      message: cause.message,
      data: { operation: 'sign' },
      cause,
    });
    await locked.close();
  });
});
