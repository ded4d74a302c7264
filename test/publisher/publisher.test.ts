/** What publishing a plan promises, in line and in a thread of its own; git looks at what comes of it. */

import { execFileSync } from 'node:child_process';
import nodeFs, { existsSync, mkdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { isLedgerError } from '../../src/errors.js';
import { createPublisher } from '../../src/git/create-publisher.js';
import { createRepository } from '../../src/git/create-repository.js';
import { DiskThread } from '../../src/git/disk-thread.js';
import { GitStore } from '../../src/git/git-store.js';
import { withWriterLock } from '../../src/git/writer-lock.js';
import type { NormalizedFiles } from '../../src/model/module-files.js';
import type { Plan, Publisher } from '../../src/ports/publisher.js';
import { threadError } from '../../src/start-thread.js';
import { library } from '../crash/library.js';
import { fsckComplaints, git, gitNotes, gitRefs, leftovers } from '../crash/real-git.mjs';
import { init } from '../crash/scenarios.mjs';
import { filesOf, planOf } from './plans.js';

const DYING = new URL('./dying-thread.mjs', import.meta.url);

let dir = '';
let gitdir = '';
let count = 0;

beforeAll(async () => {
  dir = await mkdtemp(join(tmpdir(), 'git-lineage-publisher-'));
});

afterAll(() => rm(dir, { recursive: true, force: true }));

beforeEach(async () => {
  gitdir = join(dir, `${count++}`, 'ledger.git');
  await (await init(library, gitdir)).close();
});

async function planned(store: GitStore, publisher: Publisher, text: string, ...moduleIds: string[]): Promise<Plan> {
  const versions = [];
  for (const moduleId of moduleIds) versions.push({ moduleId, staged: await publisher.stageFiles(filesOf(text)) });
  return planOf(store, versions);
}

function expectClean(): void {
  expect(fsckComplaints(gitdir)).toEqual([]);
  expect(leftovers(gitdir)).toEqual([]);
}

/** Whatever became of the index. */
const PUBLISHED = { index: expect.any(String) };

describe.each([
  ['in line', false],
  ['in a thread of its own', true],
])('%s', (_, thread) => {
  let store: GitStore;
  let publisher: Publisher;

  beforeEach(async () => {
    store = new GitStore(nodeFs, gitdir);
    publisher = await createPublisher(store, { thread });
    return async () => {
      await publisher.close();
      await store.close();
    };
  });

  it('git sees every ref, note and file of a plan', async () => {
    const plan = await planned(store, publisher, 'one', 'planner', '@acme/scheduler');
    expect(await publisher.publish(plan)).toEqual(PUBLISHED);
    for (const { ref, to } of plan.moves) expect(gitRefs(gitdir).get(ref)).toBe(to);
    expect(gitRefs(gitdir).get('refs/heads/ledger')).toBe(plan.entry);
    expect(await git(gitdir, ['show', 'planner/v1:index.js'])).toBe('export const is = "one";');
    expect(gitNotes(gitdir, 'checksum').get(await git(gitdir, ['rev-parse', 'planner/v1']))).toMatch(/^sha256-tree:/);
    await publisher.close();
    expectClean();
  });

  it('a plan that was decided on another entry is not published', async () => {
    const late = await planned(store, publisher, 'late', 'planner');
    expect(await publisher.publish(await planned(store, publisher, 'one', 'planner'))).toEqual(PUBLISHED);
    const before = gitRefs(gitdir);
    expect(await publisher.publish(late)).toBe('moved');
    expect(gitRefs(gitdir)).toEqual(before);
    expect(await publisher.publish(await planned(store, publisher, 'late', 'planner'))).toEqual(PUBLISHED);
  });

  it('a ref that somebody moved refuses the plan, and nothing has happened', async () => {
    await publisher.publish(await planned(store, publisher, 'one', 'planner'));
    const plan = await planned(store, publisher, 'two', 'planner');
    await git(gitdir, ['tag', 'planner/v2', 'planner/v1']);
    const before = gitRefs(gitdir);
    await expect(publisher.publish(plan)).rejects.toMatchObject({
      code: 'REF_CHANGED',
      committed: false,
      data: { ref: 'refs/tags/planner/v2', expected: null, actual: before.get('refs/tags/planner/v1') },
    });
    expect(gitRefs(gitdir)).toEqual(before);
    await publisher.close();
    expectClean();
  });

  it('content of small and large files is staged as it is given, whatever else shares its memory', async () => {
    const shared = Buffer.from('beside ours: the same memory');
    const large = Buffer.alloc(100_000, 'large ');
    const files: NormalizedFiles = new Map([
      ['a.txt', { mode: '100644', data: shared.subarray(0, 6) }],
      ['empty', { mode: '100644', data: new Uint8Array() }],
      ['large.txt', { mode: '100755', data: new Uint8Array(large) }],
      ['part.txt', { mode: '100644', data: large.subarray(1, 60_001) }],
    ]);
    const staged = await publisher.stageFiles(files);
    expect(shared.toString()).toBe('beside ours: the same memory');
    expect(large.length).toBe(100_000);
    await publisher.publish(await planOf(store, [{ moduleId: 'planner', staged }]));
    const read = (path: string) => git(gitdir, ['show', `planner/v1:${path}`]);
    expect(await read('a.txt')).toBe('beside');
    expect(await read('empty')).toBe('');
    expect(await read('large.txt')).toBe(large.toString().trim());
    expect(await read('part.txt')).toBe(large.toString('utf8', 1, 60_001).trim());
  });

  it('content that was released, or published, is not there any more', async () => {
    const staged = await publisher.stageFiles(filesOf('one'));
    publisher.releaseFiles([staged.id]);
    publisher.releaseFiles([staged.id]);
    await expect(publisher.publish(await planOf(store, [{ moduleId: 'planner', staged }]))).rejects.toThrow(/content/);
    expect(gitRefs(gitdir).has('refs/heads/planner')).toBe(false);
  });

  it('what confirm throws ends the transaction', async () => {
    const before = gitRefs(gitdir);
    const no = new Error('no');
    const plan = await planned(store, publisher, 'one', 'planner');
    await expect(publisher.publish(plan, () => Promise.reject(no))).rejects.toBe(no);
    expect(gitRefs(gitdir)).toEqual(before);
    expect(await publisher.publish(await planned(store, publisher, 'one', 'planner'))).toEqual(PUBLISHED);
    await publisher.close();
    expectClean();
  });

  it('confirm is asked when all is durable, by the only writer, with no ref locked', async () => {
    const plan = await planned(store, publisher, 'one', 'planner');
    let others = 'waiting';
    let waiting: Promise<void> | null = null;
    const confirm = async (): Promise<void> => {
      expect(existsSync(join(gitdir, 'refs/heads/ledger.lock'))).toBe(false);
      expect(await git(gitdir, ['cat-file', '-t', plan.entry])).toBe('commit');
      waiting = withWriterLock(store.files, store.place.lockFile, () => {
        others = 'in';
      });
      await new Promise((resolve) => setImmediate(resolve));
      expect(others).toBe('waiting');
    };
    expect(await publisher.publish(plan, confirm)).toEqual(PUBLISHED);
    await waiting;
    expect(others).toBe('in');
  });

  const MANY = Array.from({ length: 20 }, (_unused, n) => `m${n}`);
  /** They stand before what they are about. */
  const NOTES = ['refs/notes/checksum'];
  const hasFile = (ref: string) => existsSync(join(gitdir, ref));
  const withFiles = (plan: Plan) => plan.moves.flatMap(({ ref }) => (hasFile(ref) ? [ref] : []));

  it('many refs go straight into packed-refs, and a file that one had goes', async () => {
    const plan = await planned(store, publisher, 'one', ...MANY);
    expect(await publisher.publish(plan)).toEqual(PUBLISHED);
    expect(withFiles(plan)).toEqual(NOTES);
    for (const { ref, to } of plan.moves) expect(gitRefs(gitdir).get(ref)).toBe(to);
    expect(readFileSync(join(gitdir, 'packed-refs'), 'utf8')).toMatch(
      /^# pack-refs with: peeled fully-peeled sorted \n/,
    );
    expect(await publisher.publish(await planned(store, publisher, 'two', 'm7'))).toEqual(PUBLISHED);
    expect(hasFile('refs/heads/m7')).toBe(true);
    const more = await planned(store, publisher, 'three', ...MANY);
    expect(await publisher.publish(more)).toEqual(PUBLISHED);
    expect(withFiles(more)).toEqual(NOTES);
    for (const { ref, to } of more.moves) expect(gitRefs(gitdir).get(ref)).toBe(to);
    await publisher.close();
    expectClean();
  });

  it('a file that somebody makes of a packed ref meanwhile ends the transaction, unless it says the same', async () => {
    expect(await publisher.publish(await planned(store, publisher, 'one', ...MANY))).toEqual(PUBLISHED);
    const before = gitRefs(gitdir);
    const ref = 'refs/heads/m3';
    const writing = (value: string | undefined) => async () => writeFileSync(join(gitdir, ref), `${value}\n`);
    const other = writing(before.get('refs/heads/m4'));
    const failing = publisher.publish(await planned(store, publisher, 'two', ...MANY), other);
    expect(await failing.catch((error: unknown) => error)).toMatchObject({ code: 'REF_CHANGED', data: { ref } });
    await writing(before.get(ref))();
    expect(gitRefs(gitdir)).toEqual(before);
    const same = writing(before.get(ref));
    expect(await publisher.publish(await planned(store, publisher, 'two', ...MANY), same)).toEqual(PUBLISHED);
    expect(hasFile(ref)).toBe(false);
    await publisher.close();
    expectClean();
  });

  it('a packed ref that git has locked to move it waits, and is not moved beside git', async () => {
    expect(await publisher.publish(await planned(store, publisher, 'one', ...MANY))).toEqual(PUBLISHED);
    const before = gitRefs(gitdir);
    writeFileSync(join(gitdir, 'refs/heads/m3.lock'), '');
    const failing = publisher.publish(await planned(store, publisher, 'two', ...MANY));
    expect(await failing.catch((error: unknown) => error)).toMatchObject({ code: 'REF_LOCKED' });
    expect(gitRefs(gitdir)).toEqual(before);
    rmSync(join(gitdir, 'refs/heads/m3.lock'));
    expect(await publisher.publish(await planned(store, publisher, 'two', ...MANY))).toEqual(PUBLISHED);
    await publisher.close();
    expectClean();
  });

  it('folders that git leaves where it refused a ref are in nobody’s way', async () => {
    const refusedByGit = (name: string) => {
      const [value] = gitRefs(gitdir).values();
      const folder = join(gitdir, 'refs/heads', name);
      expect(() =>
        execFileSync('git', ['-c', 'core.hooksPath=/dev/null', 'update-ref', `refs/heads/${name}/x`, `${value}`], {
          cwd: gitdir,
          stdio: 'ignore',
        }),
      ).toThrow();
      expect(statSync(folder).isDirectory()).toBe(true);
    };
    expect(await publisher.publish(await planned(store, publisher, 'one', ...MANY))).toEqual(PUBLISHED);
    refusedByGit('m3');
    expect(await publisher.publish(await planned(store, publisher, 'two', 'm3'))).toEqual(PUBLISHED);
    expect(await publisher.publish(await planned(store, publisher, 'three', ...MANY))).toEqual(PUBLISHED);
    refusedByGit('m4');
    mkdirSync(join(gitdir, 'refs/heads/new'));
    expect(await publisher.publish(await planned(store, publisher, 'four', ...MANY, 'new'))).toEqual(PUBLISHED);
    expect(gitRefs(gitdir).get('refs/heads/new')).toMatch(/^[0-9a-f]{40}$/);
    await publisher.close();
    expectClean();
  });

  it('many refs do not wait for a git that packs refs', async () => {
    const lock = join(gitdir, 'packed-refs.lock');
    writeFileSync(lock, '');
    const plan = await planned(store, publisher, 'one', ...MANY);
    expect(await publisher.publish(plan)).toEqual(PUBLISHED);
    expect(existsSync(join(gitdir, 'refs/tags/m0/v1'))).toBe(true);
    expect(readFileSync(lock, 'utf8')).toBe('');
  });

  it('a reserved turn is nobody else’s until the next plan', async () => {
    const other = await createPublisher(store, { thread });
    await publisher.reserve();
    const late = planned(store, other, 'late', 'planner').then((plan) => other.publish(plan));
    expect(await publisher.publish(await planned(store, publisher, 'one', 'planner'))).toEqual(PUBLISHED);
    expect(['moved', PUBLISHED]).toContainEqual(await late);
    await publisher.reserve();
    await publisher.unreserve();
    expect(await other.publish(await planned(store, other, 'two', 'planner'))).toEqual(PUBLISHED);
    await other.close();
  });

  it('closing waits for what is under way', async () => {
    const plan = await planned(store, publisher, 'one', 'planner');
    const publishing = publisher.publish(plan);
    await publisher.close();
    expect(await publishing).toEqual(PUBLISHED);
    expectClean();
  });

  it('two publishers of one process take turns', async () => {
    const other = await createPublisher(store, { thread });
    // These plans take old values from the refs, not from the journal: between its move and theirs they are of the entry before.
    const attempt = async (by: Publisher, text: string, moduleId: string) =>
      by.publish(await planned(store, by, text, moduleId)).catch((error: unknown) => {
        if (!isLedgerError(error, 'REF_CHANGED') || error.committed) throw error;
        return 'moved';
      });
    const write = async (by: Publisher, moduleId: string): Promise<void> => {
      for (let n = 0; n < 5; n++) while ((await attempt(by, `${n}`, moduleId)) === 'moved');
    };
    await Promise.all([write(publisher, 'planner'), write(other, 'executor')]);
    await Promise.all([publisher.close(), other.close()]);
    for (const moduleId of ['planner', 'executor']) expect(gitRefs(gitdir).has(`refs/tags/${moduleId}/v5`)).toBe(true);
    expectClean();
  });

  it('an adoption moves the journal and every ref of the entries, from the entry that it was verified on', async () => {
    const first = store.journalTip();
    const plans: Plan[] = [];
    for (const text of ['one', 'two']) {
      const plan = await planned(store, publisher, text, 'planner');
      plans.push(plan);
      await publisher.publish(plan);
    }
    const after = gitRefs(gitdir);
    const tip = store.journalTip();
    // As if the entries had been fetched, and nothing moved yet.
    for (const { ref, from } of plans[0]?.moves ?? [])
      await git(gitdir, from === null ? ['update-ref', '-d', ref] : ['update-ref', ref, from]);
    await git(gitdir, ['update-ref', '-d', 'refs/tags/planner/v2']);
    await git(gitdir, ['update-ref', 'refs/heads/ledger', first]);
    expect(await publisher.adopt(tip, tip)).toBe('moved');
    expect(await publisher.adopt(first, tip)).toEqual({ entries: 2, replaced: [] });
    expect(gitRefs(gitdir)).toEqual(after);
    await publisher.close();
    expect(leftovers(gitdir)).toEqual([]);
  });
});

it('a plan without a base begins a journal in a new repository', async () => {
  const model = new GitStore(nodeFs, gitdir);
  const at = join(dir, 'founded.git');
  const { tree, message } = model.readCommit(model.journalTip());
  const identity = { name: 'ops@example.org', email: 'ops@example.org', seconds: 1_800_000_000 };
  let entry = '';
  const store = await createRepository(
    nodeFs,
    at,
    async (drafts) => {
      expect(drafts.tree(model.readFiles(tree))).toBe(tree);
      entry = await drafts.commit({ tree, parents: [], identity, message });
      return { base: null, entry, moves: [], objects: drafts.reachable([entry]), files: [], index: [] };
    },
    { format: 1 },
  );
  expect(store.journalTip()).toBe(entry);
  expect(gitRefs(at)).toEqual(new Map([['refs/heads/ledger', entry]]));
  expect(fsckComplaints(at)).toEqual([]);
  expect(leftovers(at)).toEqual([]);
  await store.close();
});

it('a journal that was put somewhere else is put back on its last good entry', async () => {
  const store = new GitStore(nodeFs, gitdir);
  const publisher = await createPublisher(store, { thread: true });
  await publisher.publish(await planned(store, publisher, 'one', 'planner'));
  const good = store.journalTip();
  const plan = await planned(store, publisher, 'two', 'planner');
  for (const [found, write] of [
    [good, () => undefined],
    ['', () => writeFileSync(join(gitdir, 'refs/heads/ledger'), 'nonsense\n')],
  ] as const) {
    write();
    const other = found === '' ? good : '';
    expect(await publisher.publish({ ...plan, replacesJournal: other })).toBe('moved');
    if (found === '') expect(await publisher.publish({ ...plan, replacesJournal: found })).toEqual(PUBLISHED);
  }
  expect(gitRefs(gitdir).get('refs/heads/ledger')).toBe(plan.entry);
  await publisher.close();
  expectClean();
});

describe('a thread that ends', () => {
  let store: GitStore;

  beforeEach(() => {
    store = new GitStore(nodeFs, gitdir);
    return () => store.close();
  });

  async function cutAt(
    dieBefore: number,
    confirm?: () => Promise<void>,
  ): Promise<'published' | 'refused' | 'unharmed'> {
    const died = new Int32Array(new SharedArrayBuffer(4));
    const data = { dieBefore, died };
    const publisher = new DiskThread(store.place, { script: DYING, data });
    const plan = await planned(store, publisher, `cut at ${dieBefore}`, 'planner');
    data.dieBefore = Number.POSITIVE_INFINITY;
    const outcome = await publisher.publish(plan, confirm).catch((error: unknown) => error);
    const inJournal = (await git(gitdir, ['rev-list', 'refs/heads/ledger'])).split('\n').includes(plan.entry);
    const published = typeof outcome === 'object' && outcome !== null && 'index' in outcome;
    if (published) expect(inJournal).toBe(true);
    else if (confirm === undefined) {
      expect(outcome).toMatchObject({ code: 'IO', committed: false });
      expect(inJournal).toBe(false);
    } else expect(outcome).toMatchObject({ code: 'IO' });
    // Where it ended while it tidied up, who asks next would be told so.
    await publisher.close();
    const next = await publisher.publish(await planned(store, publisher, `after ${dieBefore}`, 'executor'));
    expect(next).toEqual(PUBLISHED);
    for (const { ref, to } of inJournal ? plan.moves : [])
      if (!ref.startsWith('refs/notes/')) expect(gitRefs(gitdir).get(ref)).toBe(to);
    await publisher.close();
    expect(leftovers(gitdir)).toEqual([]);
    if (died[0] === 0) return 'unharmed';
    return published ? 'published' : 'refused';
  }

  it('before any operation leaves the whole plan or none of it, says which, and writing goes on', async () => {
    const outcomes = { published: 0, refused: 0, unharmed: 0 };
    // Every second operation: by turns the even and the odd ones.
    const first = Date.now() % 2;
    for (let at = first; outcomes.unharmed === 0; at += 2) outcomes[await cutAt(at)] += 1;
    expect(outcomes.refused).toBeGreaterThan(5);
    expect(outcomes.published).toBeGreaterThan(5);
    expect(fsckComplaints(gitdir)).toEqual([]);
  });

  it('while confirm is asked: its own error counts, and what it let pass counts as committed', async () => {
    const data = { dieBefore: Number.POSITIVE_INFINITY };
    const publisher = new DiskThread(store.place, { script: DYING, data });
    const plan = await planned(store, publisher, 'one', 'planner');
    const kill = async (): Promise<void> => {
      await publisher.stop();
    };
    const no = new Error('no');
    const refused = publisher.publish(plan, async () => {
      await kill();
      throw no;
    });
    await expect(refused).rejects.toBe(no);
    const again = await planned(store, publisher, 'one', 'planner');
    await expect(publisher.publish(again, kill)).rejects.toMatchObject({ code: 'IO', committed: true });
    expect(gitRefs(gitdir).has('refs/heads/planner')).toBe(false);
    await publisher.close();
  });

  it('takes the content along that it held: a plan with it is refused before anything happens', async () => {
    const publisher = new DiskThread(store.place);
    const plan = await planned(store, publisher, 'one', 'planner');
    await publisher.stop();
    await expect(publisher.publish(plan)).rejects.toMatchObject({ code: 'IO', committed: false });
    expect(await publisher.publish(await planned(store, publisher, 'one', 'planner'))).toEqual(PUBLISHED);
    await publisher.close();
  });

  it('before it has begun is an error that says so, each time', async () => {
    const script = join(dir, 'broken.mjs');
    writeFileSync(script, 'throw new Error("broken");\n');
    const publisher = new DiskThread(store.place, { script: new URL(`file://${script}`) });
    const broken = { code: 'IO', message: expect.stringContaining('broken') };
    for (let n = 0; n < 2; n++) {
      const large: NormalizedFiles = new Map([['index.js', { mode: '100644', data: Buffer.alloc(100_000) }]]);
      await expect(publisher.stageFiles(large)).rejects.toMatchObject(broken);
    }
    for (let n = 0; n < 2; n++) {
      // What is small is known at once; the thread ends before the plan comes, or with it.
      const plan = await planOf(store, [{ moduleId: 'planner', staged: await publisher.stageFiles(filesOf('one')) }]);
      await expect(publisher.publish(plan)).rejects.toMatchObject(broken);
    }
    await publisher.close();
  });

  it('because none can be started is an error with the reason, also where the content was known at once', async () => {
    // Refused by the constructor of a thread, as EAGAIN is.
    const publisher = new DiskThread(store.place, { script: new URL('http://localhost/thread.js') });
    const none = { code: 'IO', message: expect.stringMatching(/"git-lineage disk" cannot be started: .*file/) };
    const plan = await planOf(store, [{ moduleId: 'planner', staged: await publisher.stageFiles(filesOf('one')) }]);
    await expect(publisher.publish(plan)).rejects.toMatchObject(none);
    await publisher.close();
  });
});

it('a thread that the machine or Node refuses says which limit or flag it was', () => {
  const hint = (code: string) => threadError('one', Object.assign(new Error('no'), { code })).hint;
  expect(hint('ERR_WORKER_INIT_FAILED')).toContain('TasksMax');
  expect(hint('ERR_ACCESS_DENIED')).toContain('--allow-worker');
});
