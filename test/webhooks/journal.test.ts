/** Following a journal: nothing of it is lost by a restart, and nothing is told twice that was settled. */

import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import type { Capability } from '../../src/api/assess.js';
import type { FollowedLedger } from '../../src/api/server.js';
import { refusal } from '../suite/expectations.js';
import type { Receiver } from './receiver.js';
import { goesSick, NEVER, scene } from './scene.js';

function folder(): string {
  const path = mkdtempSync(join(tmpdir(), 'git-lineage-webhooks-'));
  onTestFinished(() => rmSync(path, { recursive: true }));
  return path;
}

function told(to: Receiver): (number | null)[] {
  return to.events().map(({ data }) => data.fromVersion);
}

test('without a position telling begins where the journal stands', async () => {
  const { ledger, to, make } = await scene();
  await goesSick(ledger, 2);
  const hooks = make();
  await hooks.follow(ledger, { intervalMs: NEVER });
  await goesSick(ledger, 3);
  await hooks.flush();
  expect(told(to)).toEqual([3]);
});

test('with a position what came between two runs is told once, and what was told before is not', async () => {
  const { ledger, to, make } = await scene();
  const positionFile = join(folder(), 'deep', 'position.json');
  const following = { positionFile, intervalMs: NEVER };
  const first = make();
  await first.follow(ledger, following);
  await goesSick(ledger, 2);
  await first.close();
  for (const version of [3, 4]) await goesSick(ledger, version);
  const second = make();
  await second.follow(ledger, following);
  await second.close();
  const third = make();
  await third.follow(ledger, following);
  await third.close();
  expect(told(to)).toEqual([2, 3, 4]);
  const { seq, oid } = await ledger.journal.position();
  expect(JSON.parse(readFileSync(positionFile, 'utf8'))).toEqual({ ledger: await ledger.journal.root(), seq, oid });
  expect(readdirSync(join(positionFile, '..'))).toEqual(['position.json']);
});

test('what was not settled when the process ended is told by the next one, under the same id', async () => {
  const { ledger, to, make } = await scene();
  const following = { positionFile: join(folder(), 'position.json'), intervalMs: NEVER };
  const first = make();
  await first.follow(ledger, following);
  to.replies.push(200, 'hang');
  await goesSick(ledger, 2);
  await goesSick(ledger, 3);
  void first.flush();
  await to.count(2);
  await first.close(0);
  const second = make();
  await second.follow(ledger, following);
  expect(await second.flush()).toBe(true);
  expect(told(to)).toEqual([2, 3, 3]);
  const [, cut, again] = to.events();
  expect(again).toEqual(cut);
});

test('from the first entry on, and over more entries than are read at a time', async () => {
  const { ledger, to, make } = await scene();
  const positionFile = join(folder(), 'position.json');
  const root = await ledger.journal.root();
  writeFileSync(positionFile, JSON.stringify({ ledger: root, seq: 0, oid: root }));
  await goesSick(ledger, 2);
  for (let i = 0; i < 550; i += 2) {
    await ledger.tag('planner', 1, 'seen');
    await ledger.untag('planner', 1, 'seen');
  }
  const passed = await ledger.journal.position();
  expect(passed.seq).toBeGreaterThan(550);
  const hooks = make();
  await hooks.follow(ledger, { positionFile, intervalMs: NEVER });
  expect(await hooks.flush()).toBe(true);
  expect(told(to)).toEqual([2]);
  // Hundreds of entries with nothing to tell are not read again by the next one.
  expect(JSON.parse(readFileSync(positionFile, 'utf8'))).toEqual({ ledger: root, ...passed });
  await goesSick(ledger, 3);
  await hooks.flush();
  expect(told(to)).toEqual([2, 3]);
});

test('processes that share a position tell each event, and neither tells what the other has told', async () => {
  const { ledger, to, make } = await scene();
  const following = { positionFile: join(folder(), 'position.json'), intervalMs: NEVER };
  const [one, other] = [make(), make()];
  for (const hooks of [one, other]) await hooks.follow(ledger, following);
  for (const hooks of [one, other]) await hooks.flush();
  await goesSick(ledger, 2);
  await one.flush();
  await other.flush();
  await goesSick(ledger, 3);
  await other.flush();
  await one.flush();
  expect(told(to)).toEqual([2, 3]);
});

test('a commit is told at once where onEvent is told of it', async () => {
  const { ledger, to, make } = await scene();
  const hooks = make();
  await hooks.follow(ledger, { intervalMs: NEVER });
  await goesSick(ledger, 2);
  hooks.onEvent({ type: 'committed', ...(await ledger.journal.position()), events: [], durationMs: 1, retries: 0 });
  await to.count(1);
  expect(told(to)).toEqual([2]);
});

test('a look that is asked for while another one ends is made', async () => {
  const { ledger, to, make } = await scene();
  const hooks = make();
  await hooks.follow(ledger, { intervalMs: NEVER });
  for (let version = 2; version < 12; version += 1) {
    // The look of before is somewhere on its way.
    const before = hooks.flush();
    await goesSick(ledger, version);
    await Promise.all([before, hooks.flush()]);
    expect(told(to)).toHaveLength(version - 1);
  }
});

test('a position of another ledger, or of a journal that was rewound, is refused', async () => {
  const { ledger, make } = await scene();
  const other = await scene();
  const positionFile = join(folder(), 'position.json');
  await other.make().follow(other.ledger, { positionFile, intervalMs: NEVER });
  await refusal(() => make().follow(ledger, { positionFile }), 'PIN_MISMATCH');
  const { seq } = await ledger.journal.position();
  const gone = { ledger: await ledger.journal.root(), seq: seq + 5, oid: 'a'.repeat(40) };
  for (const position of [gone, { ...gone, seq }]) {
    writeFileSync(positionFile, JSON.stringify(position));
    await refusal(() => make().follow(ledger, { positionFile }), 'PIN_MISMATCH');
    expect(JSON.parse(readFileSync(positionFile, 'utf8'))).toEqual(position);
  }
});

test('a position that cannot be read or kept is told when following begins', async () => {
  const { ledger, make } = await scene();
  const dir = folder();
  const positionFile = join(dir, 'position.json');
  for (const text of ['', '{', 'null', '[]', '{"seq":1}', `{"ledger":"${'a'.repeat(40)}","seq":-1,"oid":"x"}`]) {
    writeFileSync(positionFile, text);
    await refusal(() => make().follow(ledger, { positionFile }), 'IO');
    expect(readFileSync(positionFile, 'utf8')).toBe(text);
  }
  mkdirSync(join(dir, 'folder'));
  await refusal(() => make().follow(ledger, { positionFile: join(dir, 'folder') }), 'IO');
  await refusal(() => make().follow(ledger, { positionFile: join(positionFile, 'below-a-file') }), 'IO');
});

test('a journal that cannot be read is told once, and followed again when it can', async () => {
  const { ledger, to, problems, make } = await scene();
  let broken = false;
  const flaky: FollowedLedger = {
    journal: {
      root: () => ledger.journal.root(),
      position: () => (broken ? Promise.reject(new Error('the disk is away')) : ledger.journal.position()),
    },
    history: (options) => ledger.history(options),
    pendingApprovals: () => ledger.pendingApprovals(),
  };
  const hooks = make();
  await hooks.follow(flaky, { intervalMs: NEVER });
  await goesSick(ledger, 2);
  broken = true;
  expect([await hooks.flush(), await hooks.flush()]).toEqual([false, false]);
  expect(problems).toEqual([{ type: 'not-followed', message: 'the disk is away' }]);
  broken = false;
  expect(await hooks.flush()).toBe(true);
  expect(told(to)).toEqual([2]);
});

test('what waits for approval is told while it waits; broken glass is told with its reason', async () => {
  const { ledger, to, make } = await scene();
  const hooks = make();
  await hooks.follow(ledger, { intervalMs: NEVER });
  // Nobody's approval is asked for yet.
  await ledger.assessCompatibility({ moduleId: 'planner', fromVer: 1, toVer: 9, level: 'BREAKING' });
  await hooks.flush();
  await ledger.policy.set({ settings: { requireApproval: true } });
  await ledger.stage({ moduleId: 'planner', version: 2, checksum: 'two' });
  await ledger.assessCompatibility({ moduleId: 'planner', fromVer: 1, toVer: 2, level: 'BREAKING' });
  await ledger.assessCompatibility({ moduleId: 'planner', fromVer: 1, toVer: 2, level: 'MINOR_CHANGE' });
  await hooks.flush();
  // Approved before it could be told: nobody needs to do anything.
  await ledger.stage({ moduleId: 'planner', version: 3, checksum: 'three' });
  await ledger.assessCompatibility({ moduleId: 'planner', fromVer: 1, toVer: 3, level: 'BREAKING' });
  await ledger.approve('planner', 1, 3);
  await hooks.flush();
  await ledger.withdraw('planner', 1, 3);
  await hooks.flush();
  await ledger.live.breakGlass('planner', 2, { reason: 'the shop is down' });
  await hooks.flush();
  expect(to.events().map(({ type, text, data }) => [type, data.toVersion, data.reason, text])).toEqual([
    ['pending', 2, null, 'planner v2 in place of v1 is BREAKING and waits for an approval'],
    ['pending', 3, null, 'planner v3 in place of v1 is BREAKING and waits for an approval'],
    [
      'break-glass',
      2,
      'the shop is down',
      expect.stringMatching(/ made planner v2 active past the gate: the shop is down$/),
    ],
  ]);
});

test('what waits because of a capability is told with it, whatever its level, each time that it begins to wait', async () => {
  const { ledger, to, make } = await scene();
  await ledger.policy.upgrade();
  await ledger.policy.set({ settings: { requireApproval: true, approveCapabilities: ['process', 'network'] } });
  const hooks = make();
  await hooks.follow(ledger, { intervalMs: NEVER });
  await ledger.stage({ moduleId: 'planner', version: 2, checksum: 'two' });
  const report = async (level: 'COMPATIBLE' | 'BREAKING', ...capabilitiesAdded: Capability[]) => {
    const by = { assessor: 'engine 1', capabilitiesAdded };
    await ledger.assessCompatibility({ moduleId: 'planner', fromVer: 1, toVer: 2, level, ...by });
    await hooks.flush();
  };
  await report('COMPATIBLE', 'fs-read');
  await report('COMPATIBLE', 'network');
  await report('COMPATIBLE', 'worker');
  await ledger.approve('planner', 1, 2);
  await report('COMPATIBLE', 'network', 'process');
  await ledger.approve('planner', 1, 2);
  await hooks.flush();
  await ledger.withdraw('planner', 1, 2);
  await hooks.flush();
  await report('BREAKING');
  const [is, waits] = ['planner v2 in place of v1 is', 'and waits for an approval'];
  expect(to.events().map(({ type, text }) => [type, text])).toEqual([
    ['pending', `${is} COMPATIBLE, gaining network, ${waits}`],
    ['pending', `${is} COMPATIBLE, gaining process, network, ${waits}`],
    ['pending', `${is} COMPATIBLE, gaining process, network, ${waits}`],
    ['pending', `${is} BREAKING ${waits}`],
  ]);
});

test('what is UNKNOWN is told where the policy has that wait', async () => {
  const { ledger, to, make } = await scene();
  await ledger.policy.set({ settings: { approveUnknown: true } });
  const hooks = make();
  await hooks.follow(ledger, { intervalMs: NEVER });
  await ledger.stage({ moduleId: 'planner', version: 2, checksum: 'two' });
  await ledger.assessCompatibility({ moduleId: 'planner', fromVer: 1, toVer: 2, level: 'UNKNOWN' });
  await hooks.flush();
  expect(to.events().map(({ type, text }) => [type, text])).toEqual([
    ['pending', 'planner v2 in place of v1 is UNKNOWN and waits for an approval'],
  ]);
});

test('only the events that were chosen are told', async () => {
  const { ledger, to, make } = await scene();
  const hooks = make({ events: ['break-glass'] });
  await hooks.follow(ledger, { intervalMs: NEVER });
  await goesSick(ledger, 2);
  await ledger.stage({ moduleId: 'planner', version: 3, checksum: 'three' });
  await ledger.live.breakGlass('planner', 3, { reason: 'the shop is down' });
  await hooks.flush();
  expect(to.events().map(({ type }) => type)).toEqual(['break-glass']);
});
