/** The checkpoint on its way to other machines: pushed to a guarded ledger, moved by hand, served over HTTP. */

import { execFileSync } from 'node:child_process';
import { describe, expect, test } from 'vitest';
import { generateLogKey, publishCheckpoint } from '../../src/api/audit.js';
import { openLedger } from '../../src/index.js';
import { guardedPlace, type Place } from '../hooks/guarded-place.js';
import { scene } from '../remote/places.js';
import { served } from '../remote/servers.js';
import { aWitnessedLedger, checkpointAt, plantCheckpoint } from './a-witnessed-ledger.js';

async function place() {
  const at = await guardedPlace();
  const { privateKey } = await generateLogKey({ gitdir: at.hub });
  /** Publishes in the copy, and pushes to `hub` where that is asked. */
  const publish = async (hub?: string) => {
    const done = await publishCheckpoint({ gitdir: at.node, logKey: privateKey, witnesses: [] });
    if (hub !== undefined) expect(await at.git(at.node, ['push', hub, CHECKPOINT])).toMatchObject({ code: 0 });
    return done;
  };
  const record = async (content: string): Promise<void> => {
    const ledger = await openLedger({ gitdir: at.node, signer: at.signer });
    await ledger.recordCheckpoint({ moduleId: 'planner' }, { files: { 'index.js': content } });
    await ledger.close();
  };
  return { ...at, publish, record };
}

async function refs({ git }: Place, gitdir: string): Promise<string> {
  return (await git(gitdir, ['for-each-ref', '--format=%(objectname) %(refname)'])).out;
}

const EVERYTHING = ['+refs/heads/*:refs/heads/*', 'refs/tags/*:refs/tags/*', 'refs/notes/*:refs/notes/*'];
const CHECKPOINT = '+refs/witness/checkpoint:refs/witness/checkpoint';

describe('a push to a guarded ledger', () => {
  test('brings the checkpoint alone, and a later one in its place', async () => {
    const at = await place();
    const { note } = await at.publish(at.hub);
    expect(checkpointAt(at.hub)).toBe(note);
    await at.record('3\n');
    expect((await at.git(at.node, ['push', at.hub, ...EVERYTHING])).code).toBe(0);
    const next = await at.publish(at.hub);
    expect(next.size).toBeGreaterThan(1);
    expect(checkpointAt(at.hub)).toBe(next.note);
  });

  test('brings the checkpoint with the entries that it is of', async () => {
    const at = await place();
    await at.record('3\n');
    const { note } = await at.publish();
    const { code, out } = await at.git(at.node, ['push', at.hub, ...EVERYTHING, CHECKPOINT]);
    expect(code, out).toBe(0);
    expect(checkpointAt(at.hub)).toBe(note);
    expect(await refs(at, at.hub)).toBe(await refs(at, at.node));
  });

  test('brings no checkpoint of entries that do not come with it', async () => {
    const at = await place();
    await at.record('3\n');
    await at.publish();
    const before = await refs(at, at.hub);
    const { code, out } = await at.git(at.node, ['push', at.hub, CHECKPOINT]);
    expect(code).not.toBe(0);
    expect(out).toMatch(/it is of \d+ entries; there are \d+ here/);
    expect(await refs(at, at.hub)).toBe(before);
  });

  test('brings no other history, nothing smaller, nothing else, and takes nothing away', async () => {
    const at = await place();
    await at.publish();
    const small = checkpointAt(at.node);
    await at.record('3\n');
    await at.git(at.node, ['push', at.hub, ...EVERYTHING]);
    await at.publish(at.hub);
    const before = await refs(at, at.hub);
    const size = Number(small.split('\n')[1]);
    const cases: [string, RegExp][] = [
      [small, /the one before is of/],
      [small.replace(`\n${size}\n`, `\n${size + 1}\n`), /other entries than those here/],
      [small.replace('git-lineage/', 'git-lineage/0'), /a checkpoint of another ledger/],
      ['hello\n', /is no checkpoint/],
    ];
    for (const [text, why] of cases) {
      plantCheckpoint(at.node, text);
      const { code, out } = await at.git(at.node, ['push', at.hub, CHECKPOINT]);
      expect(out).toMatch(why);
      expect(code).not.toBe(0);
    }
    expect((await at.git(at.node, ['push', at.hub, ':refs/witness/checkpoint'])).out).toMatch(/to be deleted/);
    plantCheckpoint(at.node, small, 'refs/witness/other');
    const other = await at.git(at.node, ['push', at.hub, 'refs/witness/other']);
    expect(other.out).toMatch(/refs\/witness\/other is pushed without refs\/heads\/ledger/);
    expect(await refs(at, at.hub)).toBe(before);
  });
});

test('by hand the checkpoint may be moved in a guarded ledger, and nothing beside it', async () => {
  const at = await place();
  const blob = (await at.git(at.hub, ['hash-object', '-w', '--stdin'], {}, 'anything\n')).out.trim();
  expect((await at.git(at.hub, ['update-ref', 'refs/witness/checkpoint', blob])).code).toBe(0);
  expect((await at.git(at.hub, ['update-ref', '-d', 'refs/witness/checkpoint'])).code).toBe(0);
  for (const ref of ['refs/witness/other', 'refs/witness/checkpoint2', 'refs/other/witness/checkpoint']) {
    const { code, out } = await at.git(at.hub, ['update-ref', ref, blob]);
    expect(code, ref).not.toBe(0);
    expect(out).toContain('a ledger has no such ref');
  }
});

test('a publisher that writes through a remote has it take the checkpoint', async () => {
  const from = await scene();
  const node = await from.node('a');
  await node.recordCheckpoint({ moduleId: 'planner' }, { files: { 'index.js': '1\n' } });
  execFileSync('git', ['config', 'lineage.remote', from.remote], { cwd: node.gitdir });
  const { privateKey } = await generateLogKey({ gitdir: node.gitdir });
  const options = { gitdir: node.gitdir, logKey: privateKey, witnesses: [] };
  const { note } = await publishCheckpoint(options);
  expect(checkpointAt(from.remote)).toBe(note);
  await node.recordCheckpoint({ moduleId: 'planner' }, { files: { 'index.js': '2\n' } });
  const next = await publishCheckpoint({ ...options, remote: from.remote });
  expect(checkpointAt(from.remote)).toBe(next.note);
  // Others write through it as before.
  const other = await from.node('b');
  await other.recordCheckpoint({ moduleId: 'other' }, { files: { 'index.js': '1\n' } });
  expect((await node.replicas.sync()).adopted).toBe(1);
});

test('serve answers GET /checkpoint as it is now', async () => {
  const from = await aWitnessedLedger(1);
  const { url } = await served(from.gitdir);
  const ask = async (path: string, method = 'GET') => {
    const response = await fetch(url + path, { method });
    return { status: response.status, text: await response.text() };
  };
  expect((await ask('checkpoint')).status).toBe(404);
  await from.publish();
  expect(await ask('checkpoint')).toEqual({ status: 200, text: checkpointAt(from.gitdir) });
  await from.write('1');
  const { note } = await from.publish();
  expect(await ask('modules.git/checkpoint')).toEqual({ status: 200, text: note });
  expect((await ask('checkpoint', 'POST')).status).toBe(405);
  expect((await ask('checkpoint/')).status).toBe(404);
});
