/** What versions are granted by what was approved of them in a ledger. */

import { expect, it, onTestFinished } from 'vitest';
import type { Capability } from '../../src/model/capability.js';
import { BACKENDS, type Backend, type Place } from '../suite/backends.js';
import { enrol } from '../suite/people.js';
import { approvedGrants, processLoader } from './live.mjs';
import { folder } from './scene.js';
import { loadRequest } from './worker-scene.js';

const MEMORY = BACKENDS.find(({ name }) => name === 'memfs') as Backend;

const QUIET = 'export const run = () => 1;\n';
const EVALUATES = "export const run = () => Function('return 2')();\n";
const CALLS = `${EVALUATES}export const send = () => fetch('https://example.org');\n`;

/** A ledger of format 2 with these versions of a module, each measured on the one before. */
async function versions(...texts: readonly string[]): Promise<Place> {
  const place = await MEMORY.init(undefined, { format: 2 });
  const { ledger } = place;
  for (const [at, text] of texts.entries()) {
    await ledger.stage({ moduleId: 'planner' }, { files: { 'index.mjs': text } });
    await ledger.assess('planner', at === 0 ? null : at, at + 1);
  }
  return place;
}

const asked = (version: number) => ({ moduleId: 'planner', version, metadata: {} });

it('are those that approvals name, for the version and for those that come after it', async () => {
  const { ledger } = await versions(QUIET, EVALUATES, CALLS, `${CALLS}// more\n`);
  const grants = approvedGrants(ledger);
  const all = () => Promise.all([1, 2, 3, 4].map((version) => grants(asked(version))));
  expect(await all()).toEqual([[], [], [], []]);
  await ledger.approve('planner', 1, 2);
  expect(await all()).toEqual([[], ['code'], ['code'], ['code']]);
  await ledger.approve('planner', 2, 3);
  expect(await all()).toEqual([[], ['code'], ['network', 'code'], ['network', 'code']]);
  await ledger.withdraw('planner', 1, 2);
  expect(await all()).toEqual([[], [], ['network'], ['network']]);
});

it('are what as many approve as the policy asks for', async () => {
  const place = await versions(QUIET, EVALUATES, `${EVALUATES}// more\n`);
  const { ledger } = place;
  const second = await enrol(place, 'second@example.org', ['approver']);
  await ledger.policy.set({ settings: { requiredApprovals: 2, forbidSelfApproval: false } });
  const grants = approvedGrants(ledger);
  const all = () => Promise.all([2, 3].map((version) => grants(asked(version))));
  await ledger.approve('planner', 1, 2);
  expect(await all()).toEqual([[], []]);
  await second.ledger.approve('planner', 1, 2);
  expect(await all()).toEqual([['code'], ['code']]);
  await ledger.policy.set({ settings: { requiredApprovals: 3 } });
  expect(await all()).toEqual([[], []]);
});

it('need another approval where a version takes up again what one before it let go of', async () => {
  const { ledger } = await versions(QUIET, EVALUATES, `${QUIET}// less\n`, `${EVALUATES}// again\n`);
  await ledger.approve('planner', 1, 2);
  const grants = approvedGrants(ledger);
  expect(await grants(asked(4))).toEqual([]);
  await ledger.approve('planner', 3, 4);
  expect(await grants(asked(4))).toEqual(['code']);
});

it('are not inherited by what was measured in format 1, whose reports say nothing of what a version gains', async () => {
  const { ledger } = await MEMORY.init();
  const more = `${QUIET}export const more = () => Function('return 2')();\n`;
  for (const [at, text] of [QUIET, more, QUIET, more].entries()) {
    await ledger.stage({ moduleId: 'planner' }, { files: { 'index.mjs': text } });
    if (at > 0) await ledger.assess('planner', at, at + 1);
  }
  await ledger.policy.upgrade();
  await ledger.assess('planner', 1, 2);
  await ledger.approve('planner', 1, 2);
  const grants = approvedGrants(ledger);
  expect(await Promise.all([2, 3, 4].map((version) => grants(asked(version))))).toEqual([['code'], [], []]);
  await ledger.assess('planner', 2, 3);
  await ledger.assess('planner', 3, 4);
  expect(await Promise.all([2, 3, 4].map((version) => grants(asked(version))))).toEqual([['code'], ['code'], []]);
});

it('are inherited by reports of assessors alone, where the policy believes no others', async () => {
  const place = await versions(QUIET, EVALUATES, `${EVALUATES}export const more = 1;\n`);
  const { ledger } = place;
  await ledger.approve('planner', 1, 2);
  const grants = approvedGrants(ledger);
  expect(await grants(asked(3))).toEqual(['code']);
  await ledger.policy.set({ settings: { measuredBy: 'assessor' } });
  expect(await grants(asked(3))).toEqual([]);
  const assessor = await enrol(place, 'assessor@example.org', ['assessor']);
  await assessor.ledger.assess('planner', 2, 3);
  expect(await grants(asked(3))).toEqual(['code']);
});

it('are none of a version that nobody measured, nor of a module that is not there', async () => {
  const { ledger } = await versions(QUIET, EVALUATES);
  await ledger.approve('planner', 1, 2);
  await ledger.stage({ moduleId: 'planner' }, { files: { 'index.mjs': CALLS } });
  const grants = approvedGrants(ledger);
  expect([await grants(asked(3)), await grants({ ...asked(1), moduleId: 'other' })]).toEqual([[], []]);
  expect(await approvedGrants(ledger, ['code', 'fs-read'])(asked(3))).toEqual(['fs-read', 'code']);
});

it('hold a version that runs to what was approved for it', async () => {
  const { ledger } = await versions(QUIET, EVALUATES);
  const accept: readonly Capability[] = ['network', 'process', 'code', 'environment'];
  const loader = processLoader({ cacheDir: folder(), accept, grants: approvedGrants(ledger) });
  const run = async () => {
    const loaded = await loader.load(loadRequest({ 'index.mjs': EVALUATES }, asked(2)));
    onTestFinished(() => loaded.dispose?.());
    return (loaded.exports as { run(): Promise<number> }).run();
  };
  await expect(run()).rejects.toMatchObject({ name: 'EvalError' });
  await ledger.approve('planner', 1, 2);
  expect(await run()).toBe(2);
});

it('take a ledger, and capabilities', () => {
  for (const [ledger, besides, path] of [
    [{}, [], 'ledger'],
    [{ reports: { list: () => [] } }, [], 'ledger'],
    [{ reports: { list: () => [] }, policy: { get: () => ({}) } }, ['flying'], 'besides'],
  ] as const) {
    const make = () => approvedGrants(ledger as never, besides as never);
    expect(make).toThrow(
      expect.objectContaining({ code: 'INVALID_ARGUMENT', data: { issues: [expect.objectContaining({ path })] } }),
    );
  }
});
