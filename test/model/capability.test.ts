/** How what two versions reach is compared. */

import { describe, expect, test } from 'vitest';
import {
  CAPABILITIES,
  type Capability,
  compareReach,
  moreReach,
  type Reach,
  reachOfAll,
} from '../../src/model/capability.js';

const reachOf = (given: Partial<Record<Capability, Reach>>) => ({ ...reachOfAll('none'), ...given });

describe('reach', () => {
  test('is ordered: none, undetermined, present', () => {
    expect(moreReach('none', 'undetermined')).toBe('undetermined');
    expect(moreReach('present', 'undetermined')).toBe('present');
    expect(moreReach('none', 'none')).toBe('none');
  });
});

describe('a version', () => {
  test.each<[string, Partial<Record<Capability, Reach>>, Partial<Record<Capability, Reach>>, string, string]>([
    ['that reaches the same gains nothing', { process: 'present' }, { process: 'present' }, '', ''],
    ['that reaches more gains that', {}, { network: 'present', process: 'present' }, 'process network', ''],
    ['that reaches less loses that', { 'fs-read': 'present' }, {}, '', 'fs-read'],
    ['for which it became certain gains it', { process: 'undetermined' }, { process: 'present' }, 'process', ''],
    [
      'with something undetermined gains code, once',
      {},
      { process: 'undetermined', network: 'undetermined' },
      'code',
      '',
    ],
    [
      'with more undetermined gains nothing more',
      { code: 'undetermined' },
      { code: 'undetermined', process: 'undetermined' },
      '',
      '',
    ],
    [
      'that runs any code has nothing to gain by what is undetermined',
      { code: 'present' },
      { code: 'present', process: 'undetermined' },
      '',
      '',
    ],
  ])('%s', (_, from, to, added, removed) => {
    const change = compareReach(reachOf(from), reachOf(to));
    expect([change.added.join(' '), change.removed.join(' ')]).toEqual([added, removed]);
  });

  test('is compared in the order of the list', () => {
    expect(compareReach(reachOfAll('none'), reachOfAll('present')).added).toEqual(CAPABILITIES);
  });
});
