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
