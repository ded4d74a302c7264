/** Copies of a ledger as an auditor opens them: every kind, and the refs in each. */

import fs, { mkdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { memfs } from 'memfs';
import { describe, expect, it } from 'vitest';
import { openEvidence } from '../../src/git/copy/open-evidence.js';
import type { FileSystem } from '../../src/git/file-system.js';
import { initLedger } from '../../src/index.js';
import type { Evidence } from '../../src/ports/evidence.js';
import { git, gitOutcome, gitRefs } from '../crash/real-git.mjs';
import {
  bundled,
  cloned,
  complaints,
  copied,
  dir,
  fresh,
  gitCounts,
  ledgerDir,
  makeLedgers,
  NOTES,
  withEvidence,
} from './evidence-ledgers.js';
import { fixtureSigner, plan } from './ledger-on-disk.js';

makeLedgers();

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
