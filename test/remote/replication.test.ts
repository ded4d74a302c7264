/** Many nodes, one ledger: what is acknowledged is in the remote's journal, once and in order, and every copy comes to the same. */

import { chmodSync, existsSync, mkdirSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { makeVersionManager } from '../../src/api/testing.js';
import { initLedger, isLedgerError, type Ledger, LedgerError, type LedgerNotice, openLedger } from '../../src/index.js';
import { library } from '../crash/library.js';
import { fsckComplaints, git, gitRefs } from '../crash/real-git.mjs';
import { operator } from '../crash/scenarios.mjs';
import { bareRepository, folder, opened, scene } from './places.js';

const files = (code: string) => ({ files: { 'index.js': `export const plan = ${code};\n` } });

/** Installs a hook in a bare repository; what it runs sees the remote's receive-pack as its parent. */
function hook(gitdir: string, name: string, script: string): void {
  mkdirSync(join(gitdir, 'hooks'), { recursive: true });
  writeFileSync(join(gitdir, 'hooks', name), `#!/bin/sh\n${script}\n`);
  chmodSync(join(gitdir, 'hooks', name), 0o755);
}

/** The error that a call ends with. */
async function errorOf(call: Promise<unknown>): Promise<LedgerError> {
  const error = await call.then(
    () => new Error('it did not fail'),
    (e: unknown) => e,
  );
  if (!(error instanceof LedgerError)) throw error;
  return error;
}

/** The subjects of a journal, oldest first. */
async function journalOf(gitdir: string): Promise<string[]> {
  return (await git(gitdir, ['log', '--reverse', '--format=%s', 'refs/heads/ledger'])).split('\n');
}

describe('a write with a remote', () => {
  test('is in the remote with every ref when it is acknowledged', async () => {
    const { node, remote } = await scene();
    const a = await node('a');
    await a.recordCheckpoint({ moduleId: 'planner', tags: ['stable'] }, files('1'));
    await a.recordCheckpoint({ moduleId: 'planner' }, files('2'));
    await a.rollback('planner', 'MANUAL');
    expect(gitRefs(remote)).toEqual(gitRefs(a.gitdir));
    expect((await a.journal.position()).seq).toBe(3);
    expect(fsckComplaints(remote)).toEqual([]);
  });

  test('is decided anew where another node was first', async () => {
    const { node, remote } = await scene();
    const [a, b] = [await node('a'), await node('b')];
    await a.recordCheckpoint({ moduleId: 'planner' }, files('1'));
    const second = await b.recordCheckpoint({ moduleId: 'planner' }, files('2'));
    expect([second.version, second.parentVer]).toEqual([2, 1]);
    expect(gitRefs(remote)).toEqual(gitRefs(b.gitdir));
    expect((await a.replicas.pull()).adopted).toBe(1);
    expect(gitRefs(a.gitdir)).toEqual(gitRefs(remote));
  });

  test('is not refused for what only an old view says', async () => {
    const { node } = await scene();
    const [a, b] = [await node('a'), await node('b')];
    await a.stage({ moduleId: 'planner' }, files('1'));
    // b has never heard of planner.
    expect((await b.activate('planner', 1)).version).toBe(1);
  });

  test('is measured first under a policy that asks for approvals, whichever node records', async () => {
    const { node } = await scene();
    const [a, b] = [await node('a'), await node('b')];
    await a.policy.set({ settings: { requireApproval: true } });
    await a.recordCheckpoint({ moduleId: 'planner' }, files('1'));
    const gone = { files: { 'index.js': 'export const schedule = 1;\n' } };
    // b knows neither the policy nor the version when it is asked.
    const first = await errorOf(b.recordCheckpoint({ moduleId: 'planner' }, gone));
    expect(first.code).toBe('REF_CHANGED');
    expect((await errorOf(b.recordCheckpoint({ moduleId: 'planner' }, gone))).code).toBe('APPROVAL_REQUIRED');
    await b.recordCheckpoint({ moduleId: 'planner' }, files('2'));
    expect((await b.reports.list('planner')).map((r) => [r.fromVer, r.toVer, r.level])).toEqual([[1, 2, 'COMPATIBLE']]);
  });

  test('may be asked for before: by what the remote has, and nothing is written', async () => {
    const { node, remote } = await scene();
    const [a, b] = [await node('a'), await node('b')];
    await a.recordCheckpoint({ moduleId: 'planner' }, files('1'));
    await a.stage({ moduleId: 'planner' }, files('2'));
    const before = gitRefs(remote);
    expect(await b.live.permit('planner', 2)).toMatchObject({ allow: true, level: 'UNKNOWN' });
    expect(gitRefs(remote)).toEqual(before);
    await a.tag('planner', 2, 'reverted');
    expect(await b.live.permit('planner', 2)).toMatchObject({ allow: false, reasons: [{ code: 'REVERTED' }] });
    renameSync(remote, `${remote}.gone`);
    expect((await errorOf(b.live.permit('planner', 2))).code).toBe('REMOTE_UNREACHABLE');
  });

  test('is refused for what the remote says, though the view here would let it pass', async () => {
    const { node } = await scene();
    const [a, b] = [await node('a'), await node('b')];
    await a.recordCheckpoint({ moduleId: 'planner', version: 1 }, files('1'));
    const error = await errorOf(b.recordCheckpoint({ moduleId: 'planner', version: 1, parentVer: null }, files('2')));
    expect(error.code).toBe('VERSION_EXISTS');
  });

  test('shares one push with what waits at the same time', async () => {
    const { node, remote } = await scene();
    const a = await node('a');
    await Promise.all(['x', 'y', 'z'].map((moduleId) => a.recordCheckpoint({ moduleId }, files('1'))));
    expect((await a.journal.position()).seq).toBe(1);
    expect(gitRefs(remote)).toEqual(gitRefs(a.gitdir));
  });

  test('of two nodes at the same time on the same module is one after the other', async () => {
    const { node, remote } = await scene();
    const nodes = [await node('a'), await node('b')];
    const calls = nodes.flatMap((n, i) =>
      [1, 2, 3].map((k) => n.recordCheckpoint({ moduleId: 'shared' }, files(`${i}.${k}`))),
    );
    const versions = (await Promise.all(calls)).map(({ version }) => version);
    expect(versions.sort((x, y) => x - y)).toEqual([1, 2, 3, 4, 5, 6]);
    for (const n of nodes) {
      await n.replicas.pull();
      expect(gitRefs(n.gitdir)).toEqual(gitRefs(remote));
    }
  });
});

describe('a remote that dies', () => {
  test('before it moved a ref has taken nothing: the write is made again', async () => {
    const { node, remote, dir } = await scene();
    const a = await node('a');
    hook(remote, 'pre-receive', `[ -e ${dir}/died ] && exit 0; touch ${dir}/died; kill -9 $PPID`);
    await a.recordCheckpoint({ moduleId: 'planner' }, files('1'));
    expect(existsSync(join(dir, 'died'))).toBe(true);
    expect(await journalOf(remote)).toHaveLength(2);
    expect(gitRefs(remote)).toEqual(gitRefs(a.gitdir));
  });

  test('after it moved every ref has taken the write, once', async () => {
    const { node, remote, dir } = await scene();
    const a = await node('a');
    hook(remote, 'post-receive', `[ -e ${dir}/died ] && exit 0; touch ${dir}/died; kill -9 $PPID`);
    const done = await a.recordCheckpoint({ moduleId: 'planner' }, files('1'));
    expect(done.version).toBe(1);
    expect(existsSync(join(dir, 'died'))).toBe(true);
    expect(await journalOf(remote)).toHaveLength(2);
    expect(gitRefs(remote)).toEqual(gitRefs(a.gitdir));
  });

  test('and disappears leaves the outcome unknown, and nothing moved here, until it is back', async () => {
    const { node, remote } = await scene();
    const a = await node('a');
    const before = gitRefs(a.gitdir);
    hook(remote, 'post-receive', `mv ${remote} ${remote}.gone; kill -9 $PPID`);
    const error = await errorOf(a.recordCheckpoint({ moduleId: 'planner' }, files('1')));
    expect(error.code).toBe('REMOTE_UNREACHABLE');
    expect(isLedgerError(error, 'REMOTE_UNREACHABLE') && error.data.outcome).toBe('unknown');
    expect(gitRefs(a.gitdir)).toEqual(before);
    renameSync(`${remote}.gone`, remote);
    rmSync(join(remote, 'hooks'), { recursive: true });
    expect((await a.replicas.sync()).adopted).toBe(1);
    const entry = isLedgerError(error, 'REMOTE_UNREACHABLE') ? error.data.entry : '';
    expect((await a.journal.position()).oid).toBe(entry);
    expect((await a.latestCheckpoint('planner'))?.version).toBe(1);
    expect(gitRefs(remote)).toEqual(gitRefs(a.gitdir));
  });

  test('while it moves the refs of an entry is completed by the next write', async () => {
    const { node, remote } = await scene();
    const [a, b] = [await node('a'), await node('b')];
    await a.recordCheckpoint({ moduleId: 'planner' }, files('1'));
    await a.recordCheckpoint({ moduleId: 'planner', tags: ['blue'] }, files('2'));
    // What a power cut leaves there: the journal has moved, the rest has not.
    await git(remote, ['update-ref', 'refs/heads/planner', 'refs/tags/planner/v1']);
    await git(remote, ['update-ref', '-d', 'refs/tags/planner/v2']);
    expect((await b.recordCheckpoint({ moduleId: 'planner' }, files('3'))).parentVer).toBe(2);
    expect(gitRefs(remote)).toEqual(gitRefs(b.gitdir));
  });

  test('before the push is an offline one: nothing was sent, and nothing is unknown', async () => {
    const { node, remote } = await scene();
    const a = await node('a');
    await a.recordCheckpoint({ moduleId: 'planner' }, files('1'));
    renameSync(remote, `${remote}.gone`);
    const error = await errorOf(a.recordCheckpoint({ moduleId: 'planner' }, files('2')));
    expect(error.code).toBe('REMOTE_UNREACHABLE');
    expect(isLedgerError(error, 'REMOTE_UNREACHABLE') && error.data.outcome).toBe('nothing');
    expect(error.retryable).toBe(true);
    expect((await a.latestCheckpoint('planner'))?.version).toBe(1);
    const { lastContact, position, failure } = await a.replicas.status();
    expect(lastContact).not.toBeNull();
    expect(position).toEqual(await a.journal.position());
    expect(failure?.reason).toContain('remote.git');
    await errorOf(a.replicas.pull());
    expect((await a.replicas.status()).failure?.reason).toContain('remote.git');
    renameSync(`${remote}.gone`, remote);
    expect((await a.recordCheckpoint({ moduleId: 'planner' }, files('2'))).version).toBe(2);
    expect((await a.replicas.status()).failure).toBeNull();
  });

  test('and a copy elsewhere is remembered beside it: neither takes the place of the other', async () => {
    const { dir, node, remote } = await scene();
    const a = await node('a');
    await a.recordCheckpoint({ moduleId: 'planner' }, files('1'));
    renameSync(remote, `${remote}.gone`);
    await errorOf(a.recordCheckpoint({ moduleId: 'planner' }, files('2')));
    const before = await a.replicas.status();
    expect(before.failure).not.toBeNull();
    await a.replicas.push(await bareRepository(dir, 'backup.git'));
    expect(await a.replicas.status()).toEqual(before);
  });
});

describe('a remote that refuses', () => {
  test('says why, and nothing has moved anywhere', async () => {
    const { node, remote } = await scene();
    const a = await node('a');
    const before = [gitRefs(a.gitdir), gitRefs(remote)];
    hook(remote, 'pre-receive', 'echo "closed on sundays" >&2; exit 1');
    const error = await errorOf(a.recordCheckpoint({ moduleId: 'planner' }, files('1')));
    expect(error.code).toBe('REMOTE_REFUSED');
    expect(error.message).toContain('closed on sundays');
    expect([gitRefs(a.gitdir), gitRefs(remote)]).toEqual(before);
    rmSync(join(remote, 'hooks'), { recursive: true });
    expect((await a.recordCheckpoint({ moduleId: 'planner' }, files('1'))).version).toBe(1);
  });

  test('to move a branch back says what to do', async () => {
    const { node, remote } = await scene();
    const a = await node('a');
    for (const code of ['1', '2']) await a.recordCheckpoint({ moduleId: 'planner', tags: ['stable'] }, files(code));
    await git(remote, ['config', 'receive.denyNonFastForwards', 'true']);
    const error = await errorOf(a.rollback('planner', 'MANUAL'));
    expect(error.code).toBe('REMOTE_REFUSED');
    expect(error.hint).toContain('denyNonFastForwards');
    expect((await a.latestCheckpoint('planner'))?.version).toBe(2);
  });

  test('because a killed git left a lock there is told so', async () => {
    const { node, remote } = await scene();
    const a = await node('a');
    writeFileSync(join(remote, 'refs/heads/ledger.lock'), '');
    const error = await errorOf(a.recordCheckpoint({ moduleId: 'planner' }, files('1')));
    expect(error.hint).toContain('.lock');
    expect((await a.journal.position()).seq).toBe(0);
  });
});

describe('a pull', () => {
  async function two(): Promise<{ a: Ledger; b: Ledger; remote: string }> {
    const { node, remote } = await scene();
    const [a, b] = [await node('a'), await node('b')];
    await a.recordCheckpoint({ moduleId: 'planner', tags: ['stable'] }, files('1'));
    await a.recordCheckpoint({ moduleId: 'planner' }, files('2'));
    await a.rollback('planner', 'MANUAL');
    return { a, b, remote };
  }

  test('adopts several entries at once, each ref at its last value', async () => {
    const { a, b, remote } = await two();
    expect(await b.replicas.pull()).toMatchObject({
      adopted: 3,
      pushed: 0,
      behind: 0,
      position: await a.journal.position(),
    });
    expect(gitRefs(b.gitdir)).toEqual(gitRefs(remote));
    expect(await b.replicas.pull()).toMatchObject({ adopted: 0 });
  });

  test('puts back what somebody changed here, and says so', async () => {
    const { node, remote } = await scene();
    const a = await node('a');
    const warnings: string[] = [];
    const b = await node('b', { onEvent: (n) => n.type === 'warning' && warnings.push(n.message) });
    await a.recordCheckpoint({ moduleId: 'planner' }, files('1'));
    await git(b.gitdir, ['update-ref', 'refs/tags/planner/v1', 'refs/heads/ledger']);
    await b.replicas.pull();
    expect(gitRefs(b.gitdir)).toEqual(gitRefs(remote));
    expect(warnings.join()).toContain('refs/tags/planner/v1');
  });

  test('of a journal that parted from ours moves nothing and names both entries', async () => {
    const { node, dir, remote } = await scene();
    const a = await node('a');
    const signer = await operator(library);
    await a.recordCheckpoint({ moduleId: 'planner' }, files('1'));
    const c = await node('c');
    await c.close();
    const unverified: string[] = [];
    const onEvent = (notice: LedgerNotice) => void (notice.type === 'unverified' && unverified.push(notice.code));
    const alone = opened(await openLedger({ gitdir: c.gitdir, signer, onEvent }));
    await alone.recordCheckpoint({ moduleId: 'planner' }, files('3'));
    const before = gitRefs(alone.gitdir);
    const error = await errorOf(alone.replicas.sync(remote));
    expect(error.code).toBe('JOURNAL_FORKED');
    expect(unverified).toEqual(['JOURNAL_FORKED']);
    expect(error.data).toMatchObject({
      seq: 1,
      ours: (await alone.journal.position()).oid,
      theirs: (await a.journal.position()).oid,
    });
    expect(gitRefs(alone.gitdir)).toEqual(before);
    const stranger = opened(await initLedger({ gitdir: join(dir, 'stranger.git'), signer, now: () => 1 }));
    expect((await errorOf(stranger.replicas.sync(remote))).message).toContain('another ledger');
  });

  test('refuses a remote whose refs are not what its journal says', async () => {
    const { b, remote } = await two();
    const before = gitRefs(b.gitdir);
    await git(remote, ['update-ref', 'refs/tags/planner/v1', 'refs/heads/ledger']);
    await git(remote, ['update-ref', 'refs/pull/1/head', 'refs/heads/ledger']);
    const error = await errorOf(b.replicas.pull());
    expect(error.code).toBe('AUDIT_FAILED');
    expect(error.message).toContain('refs/tags/planner/v1');
    expect(error.message).not.toContain('refs/pull');
    expect(gitRefs(b.gitdir)).toEqual(before);
  });

  test('refuses an entry that no key of the ledger signed', async () => {
    const { b, remote } = await two();
    const before = gitRefs(b.gitdir);
    const message = await git(remote, ['log', '-1', '--format=%B', 'refs/heads/ledger']);
    const forged = await git(
      remote,
      ['commit-tree', 'refs/heads/ledger^{tree}', '-p', 'refs/heads/ledger'],
      message.replace('Seq: 3', 'Seq: 4'),
    );
    await git(remote, ['update-ref', 'refs/heads/ledger', forged]);
    expect((await errorOf(b.replicas.pull())).code).toBe('BAD_SIGNATURE');
    expect(gitRefs(b.gitdir)).toEqual(before);
  });

  test('of a rewound remote is answered by pushing what it lost', async () => {
    const { a, remote } = await two();
    const warnings: string[] = [];
    await git(remote, ['update-ref', 'refs/heads/ledger', 'refs/heads/ledger^']);
    await git(remote, ['update-ref', 'refs/heads/planner', 'refs/tags/planner/v2']);
    await git(remote, ['update-ref', 'refs/notes/tags', 'refs/notes/tags^']);
    expect(await a.replicas.pull()).toMatchObject({ ahead: 1, adopted: 0 });
    expect(await a.replicas.sync()).toMatchObject({ pushed: 1 });
    expect(gitRefs(remote)).toEqual(gitRefs(a.gitdir));
    expect(warnings).toEqual([]);
  });
});

describe('a push', () => {
  test('to an empty repository uploads the ledger, to a ledger what it lacks', async () => {
    const dir = folder();
    const ledger = opened(await initLedger({ gitdir: join(dir, 'a.git'), signer: await operator(library) }));
    for (const code of ['1', '2'])
      await ledger.recordCheckpoint({ moduleId: 'planner', tags: ['stable'] }, files(code));
    const remote = await bareRepository(dir);
    expect(await ledger.replicas.push(remote)).toMatchObject({ pushed: 3 });
    expect(gitRefs(remote)).toEqual(gitRefs(ledger.gitdir));
    await ledger.rollback('planner', 'MANUAL');
    expect(await ledger.replicas.push(`file://${remote}`)).toMatchObject({ pushed: 1 });
    expect(gitRefs(remote)).toEqual(gitRefs(ledger.gitdir));
    expect(fsckComplaints(remote)).toEqual([]);
  });

  test('to a repository of something else is refused', async () => {
    const { node, dir } = await scene();
    const a = await node('a');
    const other = await bareRepository(dir, 'other.git');
    const blob = await git(other, ['hash-object', '-w', '-t', 'tree', '/dev/null']);
    const commit = await git(other, ['commit-tree', blob], 'work');
    await git(other, ['update-ref', 'refs/heads/main', commit]);
    expect((await errorOf(a.replicas.push(other))).code).toBe('REMOTE_REFUSED');
  });

  test('to a remote that has lost its journal takes a decision', async () => {
    const { node, remote, dir } = await scene();
    const a = await node('a');
    await a.recordCheckpoint({ moduleId: 'planner' }, files('1'));
    rmSync(remote, { recursive: true });
    await bareRepository(dir);
    expect((await errorOf(a.replicas.push())).code).toBe('PIN_MISMATCH');
    expect((await errorOf(a.recordCheckpoint({ moduleId: 'planner' }, files('2')))).code).toBe('PIN_MISMATCH');
  });
});

describe('the remote of a ledger', () => {
  test('is the one that its config names', async () => {
    const { node, remote } = await scene();
    const a = await node('a');
    await a.close();
    await git(a.gitdir, ['remote', 'add', 'origin', remote]);
    await git(a.gitdir, ['config', 'lineage.remote', 'origin']);
    const again = opened(await openLedger({ gitdir: a.gitdir, signer: await operator(library) }));
    await again.recordCheckpoint({ moduleId: 'planner' }, files('1'));
    expect(gitRefs(remote)).toEqual(gitRefs(a.gitdir));
    expect((await again.replicas.status()).remote).toBe(remote);
  });

  test('may not be an option of git in disguise, nor of a ledger in memory', async () => {
    const { node } = await scene();
    const a = await node('a');
    for (const url of ['--upload-pack=touch /tmp/x', '-x', 'ext::sh -c true', 'a b', '', 'https://h/\n'])
      expect((await errorOf(a.replicas.pull(url))).code).toBe('INVALID_ARGUMENT');
    expect((await errorOf(a.replicas.pull('nobody'))).code).toBe('NOT_FOUND');
    const memory = opened(await makeVersionManager());
    expect((await errorOf(memory.replicas.pull('/tmp/x.git'))).code).toBe('INVALID_ARGUMENT');
    expect((await memory.replicas.status()).remote).toBeNull();
  });
});
