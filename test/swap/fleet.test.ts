/** Several services and an operator at one ledger, all of them real processes: at rest everybody runs what the ledger says. */

import { expect, it } from 'vitest';
import type { LedgerEvent } from '../../src/api/types.js';
import { library } from '../crash/library.js';
import { build } from './fleet-builds.mjs';
import { journalComplaints } from './fleet-findings.mjs';
import { fleetRound } from './fleet-rounds.mjs';
import { folder } from './scene.js';

const SECONDS = 120;

it.each([3, 102, 119])(
  'three services agree after swaps, rollbacks, kills and the command line: seed %i',
  async (seed) => {
    const { complaints, log } = await fleetRound({ library, dir: folder(), seed, steps: 12 });
    expect(complaints, log.join('\n')).toEqual([]);
  },
  SECONDS * 1000,
);

const [well, sick] = [build('well', 'healthy'), build('sick', 'sick')];
const builds = new Map([well, sick].map((each) => [each.checksum, each]));
const moduleId = 'speaker';
const stage = (version: number, { checksum } = well, parentVer: number | null = null) =>
  ({ type: 'stage', moduleId, version, parentVer, checksum }) as const;
const activate = (version: number) => ({ type: 'activate', moduleId, version }) as const;
const tag = (version: number, label: string) => ({ type: 'tag', moduleId, version, tag: label }) as const;
const rollback = (fromVer: number, reason: 'HEALTH_FAILURE' | 'MANUAL') =>
  ({ type: 'rollback', moduleId, fromVer, toVer: 1, reason }) as const;

/** What is found in a journal of one entry for each event; those of the operator are in an array of their own. */
function found(events: readonly (LedgerEvent | readonly [LedgerEvent])[]): readonly string[] {
  const entries = events.map((given, seq) => {
    const byOperator = Array.isArray(given);
    const actor = byOperator ? 'operator@example.org' : 'service@example.org';
    const event = (byOperator ? given[0] : given) as LedgerEvent;
    return { seq, oid: '', actor, fingerprint: '', timestamp: 0, events: [event] };
  });
  return journalComplaints({ entries, builds, kills: new Map(), rollbacks: 1, operator: 'operator@example.org' });
}

const base = [stage(1, sick), activate(1)];

it.each([
  ['a healthy version that a service reverts', [stage(2), activate(2), rollback(2, 'HEALTH_FAILURE')]],
  ['a healthy version that a service tags reverted', [stage(2), tag(2, 'reverted')]],
  ['a version promoted after it was reverted', [stage(2), activate(2), [rollback(2, 'MANUAL')], tag(2, 'stable')]],
  ['a sick version promoted', [stage(2, sick), tag(2, 'stable')]],
  ['the build that is active made active again', [stage(2, sick, 1), activate(2)]],
  ['a build that is staged twice in one place', [stage(2, well, 1), stage(3, well, 1)]],
  [
    'more rollbacks than were asked for',
    [stage(2), activate(2), rollback(2, 'MANUAL'), [tag(2, 'stable')], activate(2), rollback(2, 'MANUAL')],
  ],
] as [string, (LedgerEvent | [LedgerEvent])[]][])('what speaks against services: %s', (_, events) => {
  expect(found([...base, ...events])).toHaveLength(1);
});

it('nothing speaks against services that revert what is sick, and do what they are asked to', () => {
  const more = [stage(2), activate(2), rollback(2, 'MANUAL'), stage(3, sick, 2), tag(3, 'reverted')];
  expect(found([...base, ...more, [tag(2, 'stable')], stage(4, well, 1), activate(4), tag(4, 'stable')])).toEqual([]);
});

it('an operator may record a build that a service has staged in the same place', () => {
  expect(found([...base, stage(2, well, 1), [stage(3, well, 1)], [activate(3)]])).toEqual([]);
});
