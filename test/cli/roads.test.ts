/** Every verb that makes a version active, tried without an approval that counts. */

import { expect, it } from 'vitest';
import { withLedger } from './sandbox.js';

it.each([
  ['record', ['record', 'planner', 'plan.js', '--as', '2']],
  ['activate', ['activate', 'planner@2']],
])('%s is refused until an operator has signed for exactly these bytes', async (_, walk) => {
  const box = await withLedger('--set', 'requireApproval=true');
  box.write('plan.js', 'a\n');
  await box.ok('record', 'planner', 'plan.js');
  box.write('plan.js', 'b\n');
  await box.ok('stage', 'planner', 'plan.js');
  await box.ok('assess', 'planner', '1', '2', '--no-measure', '--level', 'BREAKING');
  const refused = async () => {
    const outcome = await box.run(['--json', ...walk]);
    expect([outcome.code, JSON.parse(outcome.stderr).error.code]).toEqual([4, 'APPROVAL_REQUIRED']);
    expect((await box.json('status'))[0].active).toBe(1);
  };
  await refused();
  await box.ok('assess', 'planner', '1', '2', '--no-measure', '--level', 'COMPATIBLE', '--rationale', 'surely');
  await refused();
  await box.ok('approve', 'planner', '1', '2');
  await box.ok('withdraw', 'planner', '1', '2');
  await refused();
  await box.ok('approve', 'planner', '1', '2');
  await box.ok(...walk);
  expect((await box.json('status'))[0].active).toBe(2);
});

it.each([
  ['record', ['record', 'planner', 'index.js', '--as', '2'], []],
  ['activate', ['activate', 'planner@2'], ['stage', 'planner', 'index.js']],
])('%s measures what nobody assessed, and is refused where an export is gone', async (_, walk, before) => {
  const box = await withLedger('--set', 'requireApproval=true');
  box.write('index.js', 'export const plan = 1;\n');
  await box.ok('record', 'planner', 'index.js');
  box.write('index.js', 'export const schedule = 1;\n');
  if (before.length > 0) await box.ok(...before);
  const outcome = await box.run(['--json', ...walk]);
  const { error } = JSON.parse(outcome.stderr);
  expect([outcome.code, error.code, error.data.level]).toEqual([4, 'APPROVAL_REQUIRED', 'BREAKING']);
  expect((await box.json('status'))[0].active).toBe(1);
  // What the error tells an operator to do is the way.
  if (before.length === 0) await box.ok('stage', 'planner', 'index.js');
  if (before.length === 0) await box.ok('assess', 'planner', '1', '2');
  expect((await box.json('pending'))[0].rationale).toContain('plan: export removed');
  await box.ok('approve', 'planner', '1', '2');
  await box.ok('activate', 'planner@2');
  expect((await box.json('status'))[0].active).toBe(2);
});
