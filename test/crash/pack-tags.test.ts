/** Tags that are packed: whatever is cut or refused on the way, each ref keeps its value, and writing goes on. */

import fs, { cpSync, existsSync, mkdirSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { GitStore } from '../../src/git/git-store.js';
import { LooseTags, packTags } from '../../src/git/pack-tags.js';
import { FaultyDisk } from './faulty-disk.mjs';
import { library } from './library.js';
import { fsckComplaints, git, gitOutcome, gitRefs, leftovers } from './real-git.mjs';
import { init, open } from './scenarios.mjs';
import { chosenSeed, seededRandom } from './seeded-random.mjs';

let dir = '';
let base = '';
let refs = new Map<string, string>();
const seed = chosenSeed();

const tagsOf = (all: ReadonlyMap<string, string>) => [...all.keys()].filter((ref) => ref.startsWith('refs/tags/'));

beforeAll(async () => {
  dir = await mkdtemp(join(tmpdir(), 'git-lineage-pack-tags-'));
  base = join(dir, 'base');
  mkdirSync(base);
  const ledger = await init(library, join(base, 'ledger.git'));
  for (const moduleId of ['planner', 'planner', '@acme/scheduler'])
    await ledger.recordCheckpoint({ moduleId, checksum: 'one' });
  await ledger.assessCompatibility({ moduleId: 'planner', fromVer: 2, toVer: 3, level: 'BREAKING', rationale: 'gone' });
  await ledger.assessCompatibility({ moduleId: 'planner', fromVer: 1, toVer: 2, level: 'BREAKING', rationale: 'gone' });
  await ledger.close();
  // One that is packed already, and gets neighbours on both sides.
  const gitdir = join(base, 'ledger.git');
  await git(gitdir, ['pack-refs', '--all', '--prune']);
  for (const ref of ['refs/tags/planner/v1', 'refs/tags/compat/planner/2-3/1', 'refs/tags/@acme/scheduler/v1']) {
    const oid = await git(gitdir, ['rev-parse', ref]);
    await git(gitdir, ['update-ref', '-d', ref]);
    await git(gitdir, ['update-ref', ref, oid]);
  }
  refs = gitRefs(gitdir);
});

afterAll(() => rm(dir, { recursive: true, force: true }));

async function complaints(gitdir: string): Promise<string[]> {
  const now = gitRefs(gitdir);
  const found = [...refs].flatMap(([ref, oid]) => (now.get(ref) === oid ? [] : [`${ref} has another value`]));
  const ledger = await open(library, gitdir);
  await ledger.recordCheckpoint({ moduleId: 'next', checksum: 'one' });
  for (const { kind, where } of (await ledger.journal.doctor()).findings) found.push(`doctor finds ${kind} ${where}`);
  await ledger.close();
  const after = gitRefs(gitdir);
  for (const tag of tagsOf(refs))
    if (after.get(tag) !== refs.get(tag)) found.push(`${tag} has another value after the next write`);
  return [...found, ...fsckComplaints(gitdir), ...leftovers(gitdir).map((path) => `left behind: ${path}`)];
}

describe.each(['killed', 'synced only', 'partly synced', 'refused'])('%s before every operation', (fault) => {
  it('no tag is lost, and none comes back', async () => {
    const found: string[] = [];
    for (let at = 0; ; at++) {
      const round = join(dir, `${fault}-${at}`);
      const work = join(round, 'work');
      cpSync(base, work, { recursive: true });
      const disk = new FaultyDisk(work);
      if (fault === 'refused') disk.refuseAt = at;
      else disk.cutAt = at;
      const store = new GitStore(disk.fs, join(work, 'ledger.git'));
      let failed = false;
      try {
        packTags(store.place.moves, tagsOf(refs));
      } catch {
        failed = true;
      }
      let root = work;
      if (fault.endsWith('only') || fault.startsWith('partly')) {
        root = join(round, 'survivors');
        const random = seededRandom(seed + at);
        disk.survivors(root, fault === 'partly synced' ? () => (random() < 0.5 ? 'live' : 'durable') : undefined);
      }
      found.push(...(await complaints(join(root, 'ledger.git'))).map((c) => `${at}, ${disk.log[at]}: ${c}`));
      await rm(round, { recursive: true });
      if (!failed && disk.count <= at) break;
    }
    expect(found).toEqual([]);
  });
});

it('git reads what was packed as if it had packed it itself', async () => {
  const [ours, theirs] = [join(dir, 'ours.git'), join(dir, 'theirs.git')];
  for (const copy of [ours, theirs]) cpSync(join(base, 'ledger.git'), copy, { recursive: true });
  const store = new GitStore(fs, ours);
  packTags(store.place.moves, tagsOf(refs));
  gitOutcome(theirs, ['pack-refs', '--prune']);
  const lines = (gitdir: string) => gitOutcome(gitdir, ['show-ref', '-d', '--tags']).output;
  expect(lines(ours)).toBe(lines(theirs));
  expect(existsSync(join(ours, 'refs/tags/planner'))).toBe(false);
  expect(gitRefs(ours)).toEqual(refs);
});

it('a lock of git on packed-refs, or on a tag, is left alone', async () => {
  const gitdir = join(dir, 'locked.git');
  cpSync(join(base, 'ledger.git'), gitdir, { recursive: true });
  const store = new GitStore(fs, gitdir);
  fs.writeFileSync(join(gitdir, 'packed-refs.lock'), '');
  const before = fs.readFileSync(join(gitdir, 'packed-refs'));
  packTags(store.place.moves, tagsOf(refs));
  expect(fs.readFileSync(join(gitdir, 'packed-refs'))).toEqual(before);
  expect(existsSync(join(gitdir, 'packed-refs.lock'))).toBe(true);
  fs.rmSync(join(gitdir, 'packed-refs.lock'));
  fs.writeFileSync(join(gitdir, 'refs/tags/planner/v1.lock'), '');
  packTags(store.place.moves, tagsOf(refs));
  expect(existsSync(join(gitdir, 'refs/tags/planner/v1'))).toBe(true);
  expect(existsSync(join(gitdir, 'refs/tags/compat'))).toBe(false);
  fs.rmSync(join(gitdir, 'refs/tags/planner/v1.lock'));
  expect(gitRefs(gitdir)).toEqual(refs);
});

it('loose tags are packed once there are many, and counted on from there', async () => {
  const gitdir = join(dir, 'many.git');
  cpSync(join(base, 'ledger.git'), gitdir, { recursive: true });
  const oid = fs.readFileSync(join(gitdir, 'refs/tags/planner/v1'));
  const make = (n: number) => fs.writeFileSync(join(gitdir, `refs/tags/planner/v${n}`), oid);
  const loose = () => fs.readdirSync(join(gitdir, 'refs/tags/planner')).length;
  for (let n = 100; n < 490; n++) make(n);
  const store = new GitStore(fs, gitdir);
  const tags = new LooseTags(store.place.moves);
  tags.made(1);
  expect(loose()).toBe(391);
  for (let n = 490; n < 500; n++) make(n);
  tags.made(10);
  expect(existsSync(join(gitdir, 'refs/tags/planner'))).toBe(false);
  expect(gitRefs(gitdir).size).toBe(refs.size + 400);
});
