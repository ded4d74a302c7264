/** Copies of a ledger as an auditor opens them: every kind, what each lacks, and every object in them, with git as the oracle. */

import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import fs, {
  cpSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { mkdtemp } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { deflateSync, type Inflate, inflateSync } from 'node:zlib';
import { memfs } from 'memfs';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { openEvidence } from '../../src/git/copy/open-evidence.js';
import type { FileSystem } from '../../src/git/file-system.js';
import { initLedger } from '../../src/index.js';
import type { Evidence, ObjectScan } from '../../src/ports/evidence.js';
import { GIT_ENVIRONMENT, git, gitOutcome, gitRefs } from '../crash/real-git.mjs';
import { fillWithEvents, fixtureSigner, plan } from './ledger-on-disk.js';

let dir: string;
let ledgerDir: string;
/** A ledger of a few entries, where what is tried is tried often. */
let smallDir: string;

/** A new name below the test folder. */
let names = 0;
function fresh(suffix = ''): string {
  names += 1;
  return join(dir, `copy-${names}${suffix}`);
}

beforeAll(async () => {
  dir = await mkdtemp(join(tmpdir(), 'git-lineage-evidence-'));
  ledgerDir = join(dir, 'ledger.git');
  const ledger = await initLedger({ gitdir: ledgerDir, signer: await fixtureSigner() });
  await fillWithEvents(ledger);
  for (let i = 0; i < 12; i++)
    await ledger.recordCheckpoint({ moduleId: 'planner', tags: ['stable'] }, plan(`${i + 10}`));
  await ledger.recordCheckpoints(
    Array.from({ length: 90 }, (_, i) => ({
      checkpoint: { moduleId: 'many' },
      ...plan(`'${'long '.repeat(50)}${i}'`),
    })),
  );
  await ledger.close();
  smallDir = join(dir, 'small.git');
  const small = await initLedger({ gitdir: smallDir, signer: await fixtureSigner() });
  for (let i = 1; i < 5; i++) await small.recordCheckpoint({ moduleId: 'planner', tags: ['stable'] }, plan(`${i}`));
  await small.assessCompatibility({ moduleId: 'planner', fromVer: 1, toVer: 2, level: 'BREAKING', rationale: 'gone' });
  await small.close();
});

afterAll(() => rmSync(dir, { recursive: true, force: true }));

async function withEvidence<T>(path: string, body: (evidence: Evidence) => Promise<T>): Promise<T> {
  const evidence = await openEvidence(fs, path);
  try {
    return await body(evidence);
  } finally {
    await evidence.close();
  }
}

function scanOf(path: string): Promise<ObjectScan> {
  return withEvidence(path, async (evidence) => evidence.scan((await evidence.readRefs()).values()));
}

/** What git counts in an object folder: distinct objects, and their bytes. */
async function gitCounts(gitdir: string): Promise<{ objects: number; bytes: number }> {
  const lines = (await git(gitdir, ['cat-file', '--batch-all-objects', '--batch-check'])).split('\n');
  return { objects: lines.length, bytes: lines.reduce((sum, line) => sum + Number(line.split(' ')[2]), 0) };
}

function copied(of = ledgerDir): string {
  const path = fresh('.git');
  cpSync(of, path, { recursive: true });
  return path;
}

async function cloned(...args: string[]): Promise<string> {
  const path = fresh();
  await git(dir, ['clone', '-q', ...args, `file://${ledgerDir}`, path]);
  return path;
}

const NOTES = ['refs/notes/*:refs/notes/*', 'refs/tags/*:refs/tags/*'];

async function bundled(version: 2 | 3, ...args: string[]): Promise<string> {
  const path = fresh('.bundle');
  await git(ledgerDir, ['bundle', 'create', `--version=${version}`, '-q', path, ...args]);
  return path;
}

/** The id that git gives to these bytes. */
function gitHash(type: string, content: Uint8Array): string {
  return createHash('sha1').update(`${type} ${content.length}\0`).update(content).digest('hex');
}

function complaints({ damaged, missing }: ObjectScan): string[] {
  return [...damaged.map((d) => `${d.where}: ${d.reason}`), ...missing.map((m) => `${m.oid} for ${m.wantedBy}`)];
}

function packFiles(gitdir: string, kind: string): string[] {
  const folder = join(gitdir, 'objects/pack');
  return readdirSync(folder)
    .filter((name) => name.endsWith(`.${kind}`))
    .map((name) => join(folder, name));
}

/** The one pack of a repository that was repacked. */
function onlyPack(gitdir: string, kind = 'pack'): string {
  const [path, ...others] = packFiles(gitdir, kind);
  expect(others).toEqual([]);
  return path ?? '';
}

/** Moves every packed object into a file of its own. */
function unpackAll(gitdir: string): void {
  for (const pack of packFiles(gitdir, 'pack')) {
    const aside = join(gitdir, 'aside.pack');
    renameSync(pack, aside);
    rmSync(pack.replace(/pack$/, 'idx'));
    const { status } = spawnSync('git', ['-C', gitdir, 'unpack-objects', '-q'], {
      env: GIT_ENVIRONMENT,
      input: readFileSync(aside),
    });
    expect(status).toBe(0);
  }
}

function looseFile(gitdir: string, oid: string): string {
  return join(gitdir, 'objects', oid.slice(0, 2), oid.slice(2));
}

function change(path: string, edit: (bytes: Buffer) => Uint8Array): void {
  const bytes = readFileSync(path);
  rmSync(path);
  writeFileSync(path, edit(bytes));
}

describe('a copy is opened as what it is', () => {
  const refsOf = (evidence: Evidence) => evidence.readRefs().then((refs) => new Map(refs));

  it('a ledger and a mirror, with every ref git has', async () => {
    for (const [path, kind] of [
      [ledgerDir, 'ledger'],
      [await cloned('--mirror'), 'mirror'],
    ] as const) {
      await withEvidence(path, async (evidence) => {
        expect({ kind: evidence.kind, gaps: evidence.gaps, location: evidence.location }).toEqual({
          kind,
          gaps: [],
          location: path,
        });
        expect(await refsOf(evidence)).toEqual(gitRefs(ledgerDir));
        expect(evidence.localName('refs/heads/planner')).toBe('refs/heads/planner');
      });
    }
  });

  it('a work tree, its .git, a .git that points elsewhere, a linked work tree, and one whose remote has another name', async () => {
    const plain = await cloned();
    const apart = fresh('.git');
    const pointing = await cloned(`--separate-git-dir=${apart}`);
    const named = await cloned('-o', 'up/stream');
    const linked = fresh();
    for (const path of [plain, pointing, named]) {
      const remote = path === named ? 'up/stream' : 'origin';
      await git(path, ['fetch', '-q', remote, ...NOTES]);
      // What its owner does in it is not the ledger's.
      await git(path, ['branch', 'mine']);
    }
    await git(plain, ['worktree', 'add', '-q', linked, 'mine']);
    for (const [path, remote] of [
      [plain, 'origin'],
      [join(plain, '.git'), 'origin'],
      [pointing, 'origin'],
      [join(pointing, '.git'), 'origin'],
      [apart, 'origin'],
      [linked, 'origin'],
      [named, 'up/stream'],
    ] as const) {
      await withEvidence(path, async (evidence) => {
        expect({ kind: evidence.kind, gaps: evidence.gaps }).toEqual({ kind: 'clone', gaps: [] });
        expect(await refsOf(evidence)).toEqual(gitRefs(ledgerDir));
        expect(evidence.localName('refs/heads/@acme/executor')).toBe(`refs/remotes/${remote}/@acme/executor`);
        expect(evidence.localName('refs/notes/tags')).toBe('refs/notes/tags');
        expect(complaints(await evidence.scan((await evidence.readRefs()).values()))).toEqual([]);
      });
    }
  });

  it('origin is preferred to another remote with a journal', async () => {
    const path = await cloned();
    await git(path, ['remote', 'add', 'a', `file://${ledgerDir}`]);
    await git(path, ['fetch', '-q', 'a']);
    await withEvidence(path, async (evidence) =>
      expect(evidence.localName('refs/heads/x')).toBe('refs/remotes/origin/x'),
    );
  });

  it('bundles of both versions', async () => {
    for (const version of [2, 3] as const) {
      const path = await bundled(version, '--all');
      await withEvidence(path, async (evidence) => {
        expect({ kind: evidence.kind, gaps: evidence.gaps }).toEqual({ kind: 'bundle', gaps: [] });
        expect(await refsOf(evidence)).toEqual(gitRefs(ledgerDir));
        // Read before any scan: a bundle has no index.
        const tip = (await evidence.readRefs()).get('refs/heads/ledger') ?? '';
        expect(Buffer.from((await evidence.readCommit(tip)).raw).toString()).toBe(
          gitOutcome(ledgerDir, ['cat-file', 'commit', tip]).output,
        );
        const scan = await evidence.scan((await evidence.readRefs()).values());
        expect(complaints(scan)).toEqual([]);
        expect({ objects: scan.objects, bytes: scan.bytes }).toEqual(await gitCounts(ledgerDir));
      });
    }
  });

  it('a bundle with white space at the ends of its lines, which git takes away', async () => {
    const path = await bundled(2, '--all');
    const bytes = readFileSync(path);
    const packAt = bytes.indexOf('\n\nPACK');
    const lines = bytes.subarray(0, packAt).toString().split('\n');
    const endings = ['\r', ' ', '\t \r', ''];
    const header = lines.map((line, i) => (i === 0 ? line : `${line}${endings[i % endings.length]}`)).join('\n');
    writeFileSync(path, Buffer.concat([Buffer.from(header), bytes.subarray(packAt)]));
    const heads = (await git(ledgerDir, ['bundle', 'list-heads', path])).trim().split('\n').sort();
    await withEvidence(path, async (evidence) => {
      const read = [...(await evidence.readRefs())].map(([ref, oid]) => `${oid} ${ref}`);
      expect(read.sort()).toEqual(heads.filter((line) => !line.endsWith(' HEAD')));
    });
  });

  it('a ledger in a file system of another kind', async () => {
    const other = memfs().fs as unknown as FileSystem;
    const ledger = await initLedger({ gitdir: '/ledger.git', fs: other, signer: await fixtureSigner() });
    await ledger.recordCheckpoint({ moduleId: 'planner' }, plan('1'));
    const evidence = await openEvidence(other, '/ledger.git');
    expect(evidence.kind).toBe('ledger');
    expect(complaints(await evidence.scan((await evidence.readRefs()).values()))).toEqual([]);
    await evidence.close();
  });

  it('what is no copy of a ledger is refused with a reason', async () => {
    const empty = fresh();
    mkdirSync(empty);
    const repository = fresh();
    await git(dir, ['init', '-q', repository]);
    const bare = fresh('.git');
    await git(dir, ['init', '-q', '--bare', bare]);
    const file = fresh();
    writeFileSync(file, 'hello');
    const cut = fresh('.bundle');
    writeFileSync(cut, '# v2 git bundle\n');
    const noJournal = await bundled(2, 'refs/heads/planner');
    for (const [path, reason] of [
      [join(dir, 'nothing'), /there is nothing/],
      [empty, /no git repository/],
      [repository, /no remote-tracking branch/],
      [bare, /it has no refs\/heads\/ledger/],
      [file, /no bundle/],
      [cut, /header has no end/],
      [noJournal, /the bundle has no refs\/heads\/ledger/],
    ] as const)
      await expect(openEvidence(fs, path)).rejects.toMatchObject({
        code: 'NOT_A_LEDGER',
        message: expect.stringMatching(reason),
      });
  });

  it('formats that are not read are refused by name', async () => {
    const sha512 = copied();
    writeFileSync(join(sha512, 'config'), '[core]\n\tbare = true\n[extensions]\n\tobjectFormat = sha512\n');
    const reftable = copied();
    await git(reftable, ['config', 'core.repositoryFormatVersion', '1']);
    await git(reftable, ['config', 'extensions.refStorage', 'reftable']);
    const later = copied();
    writeFileSync(join(later, 'config'), '[core]\n\trepositoryformatversion = 2 ; comment\n\tbare = true\n');
    const unknown = copied();
    writeFileSync(join(unknown, 'config'), '[core] bare = true\n[extensions] whatNext = 1\n');
    const bundle = fresh('.bundle');
    writeFileSync(bundle, '# v3 git bundle\n@object-format=sha512\n\nPACK');
    for (const [path, feature] of [
      [sha512, /object format sha512/],
      [reftable, /reftable/],
      [later, /format version 2/],
      [unknown, /extensions.whatnext/],
      [bundle, /object-format=sha512/],
    ] as const)
      await expect(openEvidence(fs, path)).rejects.toMatchObject({
        code: 'UNSUPPORTED_REPOSITORY',
        message: expect.stringMatching(feature),
      });
  });
});

describe('refs are read as they are', () => {
  it('loose over packed, anew at each call, unreadable ones as empty', async () => {
    const path = copied();
    await git(path, ['pack-refs', '--all']);
    await withEvidence(path, async (evidence) => {
      expect(await evidence.readRefs()).toEqual(gitRefs(path));
      const [first, second] = [gitRefs(path).get('refs/tags/planner/v1'), gitRefs(path).get('refs/tags/planner/v2')];
      await git(path, ['update-ref', 'refs/heads/planner', first ?? '']);
      expect((await evidence.readRefs()).get('refs/heads/planner')).toBe(first);
      const heads = join(path, 'refs/heads');
      writeFileSync(join(heads, 'empty'), '');
      writeFileSync(join(heads, 'symbolic'), 'ref: refs/heads/planner\n');
      writeFileSync(join(heads, 'junk'), `${'x'.repeat(41)}\n`);
      symlinkSync(join(heads, 'planner'), join(heads, 'link'));
      writeFileSync(join(heads, 'locked.lock'), `${second}\n`);
      const refs = await evidence.readRefs();
      expect(['empty', 'symbolic', 'junk', 'link'].map((name) => refs.get(`refs/heads/${name}`))).toEqual([
        '',
        '',
        '',
        '',
      ]);
      expect([...refs.keys()].filter((ref) => ref.endsWith('.lock'))).toEqual([]);
      // None of them is a root that anything could be missing for.
      expect((await evidence.scan(refs.values())).missing).toEqual([]);
    });
  });
});

describe('what a copy lacks is a gap, and its command completes it', () => {
  const completed = async (path: string, gap: string, before: () => Promise<unknown> = async () => undefined) => {
    const commands = await withEvidence(path, async ({ gaps }) => gaps);
    expect(commands.map(({ what }) => what).join('; ')).toMatch(gap);
    // What a gap explains is not missing.
    expect((await scanOf(path)).missing).toEqual([]);
    await before();
    for (const { command } of commands) {
      const { status, stderr } = spawnSync('sh', ['-c', command], {
        cwd: path,
        env: GIT_ENVIRONMENT,
        encoding: 'utf8',
      });
      expect({ command, status, stderr: status === 0 ? '' : stderr }).toEqual({ command, status: 0, stderr: '' });
    }
  };
  const isWhole = async (path: string) => {
    await withEvidence(path, async (evidence) => {
      expect(evidence.gaps).toEqual([]);
      expect(await evidence.readRefs()).toEqual(gitRefs(ledgerDir));
      const scan = await evidence.scan((await evidence.readRefs()).values());
      expect(complaints(scan)).toEqual([]);
      expect(scan.objects).toBe((await gitCounts(ledgerDir)).objects);
    });
  };

  it.each([
    ['a plain clone', 'it has no refs/notes/checksum and no refs/notes/tags', []],
    ['a bare clone', 'it has no refs/notes/checksum', ['--bare']],
    ['a shallow clone', 'it is a shallow clone', ['--depth=2']],
    ['a shallow mirror', 'it is a shallow clone', ['--mirror', '--depth=1']],
  ])('%s', async (_name, gap, args) => {
    const path = await cloned(...args);
    await completed(path, gap);
    await isWhole(path);
  });

  it('a clone that borrows objects', async () => {
    const lender = await cloned('--mirror');
    const path = fresh();
    await git(dir, ['clone', '-q', '--mirror', '--shared', lender, path]);
    await completed(path, 'it borrows objects');
    rmSync(lender, { recursive: true });
    await isWhole(path);
  });

  it('a partial clone', async () => {
    await git(ledgerDir, ['config', 'uploadpack.allowFilter', 'true']);
    const path = await cloned('--mirror', '--filter=blob:none');
    await git(ledgerDir, ['config', '--unset', 'uploadpack.allowFilter']);
    await completed(path, 'it is a partial clone');
    await isWhole(join(path, 'WHOLE.git'));
  });

  it('bundles of a part', async () => {
    const command = 'git bundle create FILE --all';
    for (const [args, what] of [
      [['--branches', '--tags'], /no refs\/notes\/checksum/],
      [['--all', '^ledger~3'], /it builds on/],
    ] as const) {
      const path = await bundled(2, ...args);
      await withEvidence(path, async (evidence) => {
        expect(evidence.gaps[0]).toMatchObject({ what: expect.stringMatching(what), command });
        expect(complaints(await evidence.scan((await evidence.readRefs()).values()))).toEqual([]);
      });
    }
  });

  it('notes that a ledger lost are not one: there is nowhere to fetch them from', async () => {
    const path = copied();
    await git(path, ['update-ref', '-d', 'refs/notes/tags']);
    await withEvidence(path, async ({ gaps }) => expect(gaps).toEqual([]));
  });
});

const FORMS: Readonly<Record<string, (path: string) => unknown>> = {
  'as it was written': () => undefined,
  'after git gc': (path) => git(path, ['gc', '-q', '--aggressive', '--prune=now']),
  'with long chains of deltas': (path) => git(path, ['repack', '-adfq', '--depth=50', '--window=50']),
  'with deltas that name their base by its id': (path) =>
    git(path, ['-c', 'repack.useDeltaBaseOffset=false', 'repack', '-adfq', '--depth=50']),
  'with an index of version 1': (path) => git(path, ['-c', 'pack.indexVersion=1', 'repack', '-adfq']),
  'every object a file': unpackAll,
  'every object twice': async (path) => {
    const folder = fresh();
    mkdirSync(folder);
    for (const file of [...packFiles(path, 'pack'), ...packFiles(path, 'idx')])
      cpSync(file, join(folder, file.split('/').at(-1) ?? ''));
    unpackAll(path);
    cpSync(folder, join(path, 'objects/pack'), { recursive: true });
  },
};

describe.each(Object.entries(FORMS))('a ledger %s', (_, form) => {
  it('scans clean, and every object reads as git reads it, before and after', async () => {
    const path = copied();
    await form(path);
    const rows = (await git(path, ['cat-file', '--batch-all-objects', '--batch-check']))
      .split('\n')
      .map((r) => r.split(' '));
    await withEvidence(path, async (evidence) => {
      const read = async () => {
        for (const [oid = '', type = ''] of rows) {
          if (type === 'commit') expect(gitHash('commit', (await evidence.readCommit(oid)).raw)).toBe(oid);
          if (type === 'tag') expect((await evidence.readTag(oid)).oid).toBe(oid);
          if (type === 'tree') {
            const lines = (await evidence.readTree(oid)).flatMap((e) => [
              Buffer.from(`${e.mode} ${e.name}\0`),
              Buffer.from(e.oid, 'hex'),
            ]);
            expect(gitHash('tree', Buffer.concat(lines))).toBe(oid);
          }
          if (type !== 'blob') continue;
          const blob = await evidence.readBlob(oid);
          expect(gitHash('blob', blob)).toBe(oid);
          expect(await evidence.blobSha256(oid)).toBe(createHash('sha256').update(blob).digest('hex'));
        }
      };
      await read();
      const told: [number, number][] = [];
      const scan = await evidence.scan((await evidence.readRefs()).values(), (done, total) => told.push([done, total]));
      expect(complaints(scan)).toEqual([]);
      expect({ objects: scan.objects, bytes: scan.bytes }).toEqual(await gitCounts(path));
      const unreachable = gitOutcome(path, ['fsck', '--unreachable', '--no-reflogs', '--no-progress']).output;
      expect(scan.unreachable).toBe(unreachable.split('\n').filter((line) => line.startsWith('unreachable')).length);
      expect(told.at(-1)?.[0]).toBe(told.at(-1)?.[1]);
      await read();
    });
  });
});

it('objects that no ref leads to are counted as git counts them', async () => {
  const path = copied();
  await git(path, ['update-ref', '-d', 'refs/heads/planner']);
  for (const ref of gitRefs(path).keys())
    if (/^refs\/tags\/(compat\/)?planner\//.test(ref)) await git(path, ['update-ref', '-d', ref]);
  await git(path, ['update-ref', 'refs/notes/tags', 'refs/notes/tags~4']);
  const unreachable = gitOutcome(path, ['fsck', '--unreachable', '--no-reflogs', '--no-progress']).output;
  const counted = unreachable.split('\n').filter((line) => line.startsWith('unreachable')).length;
  expect(counted).toBeGreaterThan(20);
  const scan = await scanOf(path);
  expect({ unreachable: scan.unreachable, complaints: complaints(scan) }).toEqual({
    unreachable: counted,
    complaints: [],
  });
});

/** Whether two deflated files are the same object, nothing left over. */
function meansTheSame(a: Buffer, b: Buffer): boolean {
  try {
    const { buffer, engine } = inflateSync(a, { info: true }) as unknown as { buffer: Buffer; engine: Inflate };
    return engine.bytesWritten === a.length && buffer.equals(inflateSync(b));
  } catch {
    return false;
  }
}

describe('a ledger that is written to meanwhile', () => {
  it.each([
    ['repack', '-adfq'],
    ['gc', '-q', '--prune=now'],
  ])('packs that git %s replaces once they were listed are read where they went', async (...command) => {
    const path = copied();
    const roots = [...gitRefs(path).values()];
    const before = packFiles(path, 'pack');
    let isArmed = false;
    const promises = Object.create(fs.promises) as FileSystem['promises'];
    promises.readdir = async (folder: string) => {
      const found = await fs.promises.readdir(folder);
      if (isArmed && folder.endsWith('objects/pack')) {
        isArmed = false;
        expect(gitOutcome(path, command).status).toBe(0);
      }
      return found;
    };
    const evidence = await openEvidence({ ...fs, promises }, path);
    isArmed = true;
    const scan = await evidence.scan(roots);
    await evidence.close();
    expect(isArmed).toBe(false);
    expect(packFiles(path, 'pack').filter((name) => before.includes(name))).toEqual([]);
    expect(complaints(scan)).toEqual([]);
    expect(scan.objects).toBe((await gitCounts(path)).objects);
  });

  it('an object that is replaced or written after a scan is read all the same', async () => {
    const path = copied(smallDir);
    await withEvidence(path, async (evidence) => {
      await evidence.scan((await evidence.readRefs()).values());
      await git(path, ['repack', '-adfq']);
      const tree = await git(path, ['rev-parse', 'planner/v1^{tree}']);
      expect((await evidence.readTree(tree)).map((e) => e.name)).toEqual(['index.js', 'lib']);
      const blob = await git(path, ['hash-object', '-w', '--stdin'], 'new');
      expect(Buffer.from(await evidence.readBlob(blob)).toString()).toBe('new');
      expect(await evidence.blobSha256(blob)).toBe(createHash('sha256').update('new').digest('hex'));
    });
  });
});

describe('bytes that were changed are noticed', () => {
  /** A small repacked ledger, its pack and index. */
  const repacked = async () => {
    const path = copied(smallDir);
    await git(path, ['repack', '-adfq', '--depth=50']);
    return path;
  };
  /** Positions all over `length` bytes, the first and last among them. */
  const positions = (length: number, count: number) => [
    ...new Set(Array.from({ length: count }, (_, i) => Math.round((i * (length - 1)) / (count - 1)))),
  ];

  it.each(['pack', 'idx'])('one bit anywhere in a %s', async (kind) => {
    const path = await repacked();
    const file = onlyPack(path, kind);
    const good = readFileSync(file);
    const roots = [...gitRefs(path).values()];
    for (const at of [...positions(good.length, 150), 1, 4, 5, 8, 9, 11, 12, 13, 14]) {
      change(file, (bytes) => {
        bytes[at] = (bytes[at] ?? 0) ^ (1 << (at % 8));
        return bytes;
      });
      const scan = await withEvidence(path, (evidence) => evidence.scan(roots));
      expect({ at, isDamaged: scan.damaged.length > 0 }).toEqual({ at, isDamaged: true });
      change(file, () => good);
    }
    expect(complaints(await scanOf(path))).toEqual([]);
  });

  it.each(['pack', 'idx'])('a %s cut short, lengthened or emptied', async (kind) => {
    const path = await repacked();
    const file = onlyPack(path, kind);
    const good = readFileSync(file);
    for (const bad of [
      ...positions(good.length - 1, 12).map((length) => good.subarray(0, length)),
      Buffer.concat([good, Buffer.from('x')]),
      Buffer.alloc(0),
      Buffer.alloc(good.length),
    ]) {
      change(file, () => bad);
      expect({ length: bad.length, damaged: (await scanOf(path)).damaged.length > 0 }).toEqual({
        length: bad.length,
        damaged: true,
      });
    }
  });

  it('an object whose content changed while its pack has a fitting checksum', async () => {
    const path = await repacked();
    const pack = onlyPack(path);
    change(pack, (bytes) => {
      bytes[Math.floor(bytes.length / 2)] = (bytes[Math.floor(bytes.length / 2)] ?? 0) ^ 4;
      createHash('sha1')
        .update(bytes.subarray(0, -20))
        .digest()
        .copy(bytes, bytes.length - 20);
      return bytes;
    });
    const hash = readFileSync(pack).subarray(-20);
    change(onlyPack(path, 'idx'), (bytes) => {
      hash.copy(bytes, bytes.length - 40);
      createHash('sha1')
        .update(bytes.subarray(0, -20))
        .digest()
        .copy(bytes, bytes.length - 20);
      return bytes;
    });
    const { damaged } = await scanOf(path);
    expect(damaged.length).toBeGreaterThan(0);
    expect(damaged.every(({ where, oid }) => /byte [0-9]+$/.test(where) && oid !== null)).toBe(true);
    await withEvidence(path, async (evidence) => {
      await evidence.scan([]);
      await expect(evidence.readBlob(damaged[0]?.oid ?? '')).rejects.toMatchObject({ code: 'CORRUPT_OBJECT' });
    });
  });

  it('an index of another pack, and one that names or leaves out an object', async () => {
    const path = await repacked();
    const index = onlyPack(path, 'idx');
    const good = readFileSync(index);
    const resealed = (edit: (bytes: Buffer) => void) =>
      change(index, () => {
        const bytes = Buffer.from(good);
        edit(bytes);
        createHash('sha1')
          .update(bytes.subarray(0, -20))
          .digest()
          .copy(bytes, bytes.length - 20);
        return bytes;
      });
    const count = good.readUInt32BE(8 + 255 * 4);
    const offsets = 8 + 1024 + count * 24;
    for (const edit of [
      (b: Buffer) => b.fill(1, b.length - 40, b.length - 20),
      (b: Buffer) => b.writeUInt32BE(b.readUInt32BE(offsets) + 1, offsets),
      (b: Buffer) => b.writeUInt32BE(b.readUInt32BE(offsets + 4), offsets),
      (b: Buffer) => b.writeUInt32BE(1, 8 + 1024 + count * 20),
      (b: Buffer) => b.writeUInt8((b[8 + 1024 + 19] ?? 0) ^ 1, 8 + 1024 + 19),
      (b: Buffer) => b.writeUInt32BE(count - 1, 8 + 255 * 4),
    ]) {
      resealed(edit);
      const { damaged } = await scanOf(path);
      expect({ edit: String(edit), damaged: damaged.length > 0 }).toEqual({ edit: String(edit), damaged: true });
    }
  });

  it('a bundle with one bit changed anywhere in its pack', async () => {
    const path = await bundled(2, '--all');
    const good = readFileSync(path);
    const packAt = good.indexOf('\n\nPACK') + 2;
    for (const at of positions(good.length - packAt, 60).map((p) => p + packAt)) {
      change(path, () => {
        const bytes = Buffer.from(good);
        bytes[at] = (bytes[at] ?? 0) ^ 16;
        return bytes;
      });
      const scan = await scanOf(path);
      expect({ at, isDamaged: scan.damaged.length > 0 }).toEqual({ at, isDamaged: true });
    }
  });

  it('a loose file: every bit of it, its length, its name, its place', async () => {
    const path = copied(smallDir);
    unpackAll(path);
    const oid = await git(path, ['rev-parse', 'planner/v1:index.js']);
    const file = looseFile(path, oid);
    const good = readFileSync(file);
    const other = readFileSync(looseFile(path, await git(path, ['rev-parse', 'planner/v2:index.js'])));
    const roots = [...gitRefs(path).values()];
    const flipped = Array.from({ length: good.length * 8 }, (_, bit) => {
      const bytes = Buffer.from(good);
      bytes[bit >> 3] = (bytes[bit >> 3] ?? 0) ^ (1 << (bit & 7));
      return bytes;
    });
    const bad = [
      ...flipped,
      Buffer.alloc(0),
      good.subarray(0, -1),
      Buffer.concat([good, good]),
      other,
      Buffer.from('junk'),
    ];
    for (const [i, bytes] of bad.filter((_, n) => n % 16 === 3 || n >= flipped.length).entries()) {
      change(file, () => bytes);
      const scan = await withEvidence(path, (evidence) => evidence.scan(roots));
      // Some bits of a deflated file mean nothing: those between its data and its checksum.
      const damaged = meansTheSame(bytes, good) ? [] : [oid];
      expect({ i, damaged: scan.damaged.map((d) => d.oid), missing: scan.missing }).toEqual({
        i,
        damaged,
        missing: [],
      });
    }
  });

  it('one damaged copy of an object that is there intact as well', async () => {
    const path = await repacked();
    const loose = copied(smallDir);
    unpackAll(loose);
    const oid = await git(path, ['rev-parse', 'planner/v1:index.js']);
    mkdirSync(join(path, 'objects', oid.slice(0, 2)), { recursive: true });
    cpSync(looseFile(loose, oid), looseFile(path, oid));
    expect(complaints(await scanOf(path))).toEqual([]);
    change(looseFile(path, oid), (bytes) => bytes.subarray(0, 20));
    await withEvidence(path, async (evidence) => {
      const scan = await evidence.scan((await evidence.readRefs()).values());
      expect(scan.damaged).toMatchObject([{ where: `objects/${oid.slice(0, 2)}/${oid.slice(2)}`, oid }]);
      expect((await evidence.readBlob(oid)).length).toBeGreaterThan(0);
    });
  });

  it('removed objects are missing, with who wants them', async () => {
    const path = copied(smallDir);
    unpackAll(path);
    const commit = await git(path, ['rev-parse', 'planner/v2']);
    const [tree, blob, parent] = await Promise.all(
      ['planner/v2^{tree}', 'planner/v2:index.js', 'ledger~2'].map((name) => git(path, ['rev-parse', name])),
    );
    const wants: Record<string, string> = {
      [blob ?? '']: `tree ${tree} ("index.js")`,
      [parent ?? '']: `commit ${await git(path, ['rev-parse', 'ledger~1'])} (parent)`,
    };
    for (const [oid, by] of Object.entries(wants)) {
      const aside = readFileSync(looseFile(path, oid));
      rmSync(looseFile(path, oid));
      const scan = await scanOf(path);
      expect({ damaged: scan.damaged, missing: scan.missing }).toEqual({
        damaged: [],
        missing: [{ oid, wantedBy: by }],
      });
      await withEvidence(path, (e) =>
        expect(e.readBlob(oid)).rejects.toMatchObject({ code: 'CORRUPT_OBJECT', data: { oid, fault: 'MISSING' } }),
      );
      writeFileSync(looseFile(path, oid), aside);
    }
    rmSync(looseFile(path, tree ?? ''));
    expect((await scanOf(path)).missing).toMatchObject([{ oid: tree, wantedBy: `commit ${commit} (tree)` }]);
    const tip = gitRefs(smallDir).get('refs/heads/planner') ?? '';
    const gone = copied(smallDir);
    unpackAll(gone);
    rmSync(looseFile(gone, tip));
    expect((await scanOf(gone)).missing[0]).toMatchObject({ oid: tip });
  });

  it('an object that inflates to more than it says', async () => {
    const path = copied();
    const lying = deflateSync(Buffer.concat([Buffer.from('blob 10\0'), Buffer.alloc(50_000_000)]));
    const oid = 'ab'.repeat(20);
    mkdirSync(join(path, 'objects/ab'), { recursive: true });
    writeFileSync(looseFile(path, oid), lying);
    expect((await scanOf(path)).damaged).toMatchObject([
      { oid, reason: expect.stringMatching(/more than the 18 bytes/) },
    ]);
  });
});

/** Writes an object of whatever form and puts a ref on it, through a commit where it is a tree. */
async function planted(path: string, type: string, content: Uint8Array): Promise<string> {
  const { stdout, status } = spawnSync('git', ['-C', path, 'hash-object', '-t', type, '-w', '--literally', '--stdin'], {
    env: GIT_ENVIRONMENT,
    input: content,
    encoding: 'utf8',
  });
  expect(status).toBe(0);
  const oid = stdout.trim();
  if (type !== 'tree') {
    const ref = type === 'tag' ? 'refs/tags/x' : 'refs/heads/x';
    mkdirSync(join(path, 'refs', type === 'tag' ? 'tags' : 'heads'), { recursive: true });
    writeFileSync(join(path, ref), `${oid}\n`);
    return oid;
  }
  const who = 'x <x@example.org> 1 +0000';
  const commit = Buffer.from(`tree ${oid}\nauthor ${who}\ncommitter ${who}\n\nx\n`);
  await planted(path, 'commit', commit);
  return oid;
}

describe('malformed objects', () => {
  let blob: string;
  let tree: string;
  let commit: string;
  let base: string;
  beforeAll(async () => {
    base = copied(smallDir);
    rmSync(join(base, 'lineage'), { recursive: true });
    blob = await git(base, ['rev-parse', 'planner/v1:index.js']);
    tree = await git(base, ['rev-parse', 'planner/v1^{tree}']);
    commit = await git(base, ['rev-parse', 'planner/v1']);
  });
  const line = (mode: string, name: string | Buffer, oid: string) =>
    Buffer.concat([Buffer.from(`${mode} `), Buffer.from(name), Buffer.from([0]), Buffer.from(oid, 'hex')]);

  /** Scans with the object planted and reachable, and asks git. */
  const verdicts = async (type: string, content: Uint8Array) => {
    const path = fresh('.git');
    cpSync(base, path, { recursive: true });
    const oid = await planted(path, type, content);
    const scan = await scanOf(path);
    const { status } = gitOutcome(path, ['fsck', '--strict', '--full', '--no-progress']);
    const unnamed = await withEvidence(path, async (e) =>
      e.scan([...(await e.readRefs())].flatMap(([r, o]) => (/\/x$/.test(r) ? [] : [o]))),
    );
    return {
      oid,
      complaints: complaints(scan),
      named: scan.damaged.some((d) => d.oid === oid),
      git: status,
      unnamed: complaints(unnamed),
    };
  };

  const TREES: Readonly<Record<string, () => Buffer>> = {
    'not sorted': () => Buffer.concat([line('100644', 'b', blob), line('100644', 'a', blob)]),
    'a folder sorted as a file': () => Buffer.concat([line('40000', 'a', tree), line('100644', 'a.b', blob)]),
    'a name twice': () => Buffer.concat([line('100644', 'a', blob), line('100644', 'a', blob)]),
    'a file and a folder of one name': () =>
      Buffer.concat([line('100644', 'a', blob), line('100644', 'a.b', blob), line('40000', 'a', tree)]),
    'a mode with a zero': () => line('040000', 'a', tree),
    'a mode of old': () => line('100664', 'a', blob),
    'a mode that is none': () => line('100600', 'a', blob),
    'a mode that is no number': () => line('10x644', 'a', blob),
    'no mode': () => line('', 'a', blob),
    'a submodule': () => line('160000', 'a', blob),
    'an empty name': () => line('100644', '', blob),
    'a slash in a name': () => line('100644', 'a/b', blob),
    '"."': () => line('40000', '.', tree),
    '".."': () => line('40000', '..', tree),
    '.git': () => line('40000', '.git', tree),
    '.GIT': () => line('40000', '.GIT', tree),
    '.git and spaces': () => line('40000', '.git . ', tree),
    'git~1': () => line('40000', 'GIT~1', tree),
    '.git as a stream': () => line('40000', '.git::$INDEX', tree),
    '.git behind a backslash': () => line('40000', 'a\\.git', tree),
    '.git with what HFS ignores': () => line('40000', '.g\u200cit', tree),
    'what HFS ignores, and .git': () => line('40000', '\ufeff.git', tree),
    '.gitmodules that cannot be parsed': () => line('120000', '.gitmodules', blob),
    '.gitmodules as NTFS writes it': () => line('120000', 'gitmod~1', blob),
    '.gitmodules as NTFS falls back': () => line('120000', 'gi7eba~1', blob),
    'a name that is not UTF-8': () => line('100644', Buffer.from([0x61, 0xff]), blob),
    'an id of zeros': () => line('100644', 'a', '0'.repeat(40)),
    'cut short': () => line('100644', 'a', blob).subarray(0, -1),
    'a file that is a folder': () => line('100644', 'a', tree),
    'a folder that is a file': () => line('40000', 'a', blob),
    'a folder that is a commit': () => line('40000', 'a', commit),
  };

  it.each(Object.entries(TREES))('tree: %s', async (name, content) => {
    const { oid, complaints: said, named, unnamed } = await verdicts('tree', content());
    expect(said).not.toEqual([]);
    // The wrong type is of what it names.
    if (!/^a (file|folder) that is/.test(name)) expect({ oid, named }).toEqual({ oid, named: true });
    expect(unnamed).toEqual([]);
  });

  const WHO = 'x <x@example.org> 1 +0000';
  const commitText = (parts: { tree?: string; more?: string; author?: string; committer?: string; end?: string }) =>
    `${parts.tree ?? `tree ${tree}\n`}${parts.more ?? ''}${parts.author ?? `author ${WHO}\n`}${parts.committer ?? `committer ${WHO}\n`}${parts.end ?? '\nx\n'}`;
  const identities = [
    '<x@example.org> 1 +0000',
    'x x@example.org 1 +0000',
    'x <x@example.org 1 +0000',
    'x<x@example.org> 1 +0000',
    'x> <x@example.org> 1 +0000',
    'x <x@example.org>1 +0000',
    'x <x@example.org> 01 +0000',
    'x <x@example.org> 99999999999999999999 +0000',
    'x <x@example.org> y +0000',
    'x <x@example.org> 1',
    'x <x@example.org> 1 0000',
    'x <x@example.org> 1 +000',
    'x <x@<example.org> 1 +0000',
    '',
  ];
  const COMMITS: Readonly<Record<string, () => string>> = {
    'no tree': () => commitText({ tree: '' }),
    'a tree that is no id': () => commitText({ tree: `tree ${'x'.repeat(40)}\n` }),
    'a parent that is no id': () => commitText({ more: 'parent 123\n' }),
    'a parent after the author': () => commitText({ committer: `parent ${commit}\ncommitter ${WHO}\n` }),
    'no author': () => commitText({ author: '' }),
    'two authors': () => commitText({ author: `author ${WHO}\nauthor ${WHO}\n` }),
    'no committer': () => commitText({ committer: '' }),
    'a zero byte in its header': () => commitText({ more: `x\0y\n` }),
    'a zero byte in its message': () => commitText({ end: '\nx\0\n' }),
    'a header without end': () => commitText({ end: 'x' }),
    'a tree that is a blob': () => commitText({ tree: `tree ${blob}\n` }),
    'a parent that is a tree': () => commitText({ more: `parent ${tree}\n` }),
    ...Object.fromEntries(
      identities.map((who) => [`the author ${who}`, () => commitText({ author: `author ${who}\n` })]),
    ),
    ...Object.fromEntries(
      identities.map((who) => [`the committer ${who}`, () => commitText({ committer: `committer ${who}\n` })]),
    ),
  };
  it.each(Object.entries(COMMITS))('commit: %s', async (_, content) => {
    const verdict = await verdicts('commit', Buffer.from(content()));
    expect({ git: verdict.git !== 0, ours: verdict.complaints.length > 0 }).toEqual({ git: true, ours: true });
    expect(verdict.unnamed).toEqual([]);
  });

  const tagText = (parts: { object?: string; type?: string; tag?: string; tagger?: string; end?: string }) =>
    `${parts.object ?? `object ${commit}\n`}${parts.type ?? 'type commit\n'}${parts.tag ?? 'tag x\n'}${parts.tagger ?? `tagger ${WHO}\n`}${parts.end ?? '\nx\n'}`;
  const TAGS: Readonly<Record<string, () => string>> = {
    'no object': () => tagText({ object: '' }),
    'an object that is no id': () => tagText({ object: 'object xyz\n' }),
    'no type': () => tagText({ type: '' }),
    'a type that is none': () => tagText({ type: 'type thing\n' }),
    'the wrong type': () => tagText({ type: 'type blob\n' }),
    'no name': () => tagText({ tag: '' }),
    'a zero byte in its header': () => tagText({ tag: 'tag x\0\n' }),
    'a header without end': () => tagText({ end: 'x' }),
    ...Object.fromEntries(identities.map((who) => [`the tagger ${who}`, () => tagText({ tagger: `tagger ${who}\n` })])),
  };
  it.each(Object.entries(TAGS))('tag: %s', async (_, content) => {
    const verdict = await verdicts('tag', Buffer.from(content()));
    expect({ git: verdict.git !== 0, ours: verdict.complaints.length > 0 }).toEqual({ git: true, ours: true });
  });

  it('well-formed ones pass, git agreeing', async () => {
    for (const [type, content] of [
      [
        'tree',
        Buffer.concat([
          line('100644', '.gitattributes', blob),
          line('120000', 'a', blob),
          line('100755', 'a-b', blob),
          line('40000', 'aa', tree),
          line('40000', 'gi', tree),
          line('40000', 'ä', tree),
        ]),
      ],
      [
        'tree',
        Buffer.concat([
          line('100644', 'a', blob),
          line('100644', 'a.b', blob),
          line('40000', 'a.c', tree),
          line('40000', 'b', tree),
        ]),
      ],
      ['tree', Buffer.alloc(0)],
      ['commit', Buffer.from(commitText({ more: `parent ${commit}\nparent ${commit}\n` }))],
      ['commit', Buffer.from(commitText({ end: 'encoding latin1\nx y\n\nx' }))],
      ['commit', Buffer.from(commitText({ end: '' }))],
      ['tag', Buffer.from(tagText({}))],
      ['tag', Buffer.from(tagText({ tagger: '' }))],
    ] as const) {
      const verdict = await verdicts(type, content);
      expect({ type, git: verdict.git, ours: verdict.complaints }).toEqual({ type, git: 0, ours: [] });
    }
  });

  it('.gitattributes with a line that git refuses', async () => {
    const path = fresh('.git');
    cpSync(base, path, { recursive: true });
    for (const [length, bad] of [
      [2047, false],
      [2048, true],
    ] as const) {
      const attributes = await git(path, ['hash-object', '-w', '--stdin'], `${'x'.repeat(length)}\n`);
      await planted(path, 'tree', line('100644', '.gitattributes', attributes));
      const { damaged } = await scanOf(path);
      expect({ length, damaged: damaged.map((d) => d.oid) }).toEqual({ length, damaged: bad ? [attributes] : [] });
      expect(gitOutcome(path, ['fsck', '--strict', '--full']).status !== 0).toBe(bad);
    }
  });
});
