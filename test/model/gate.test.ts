/** The gate's decision table, row by row: what refuses, what it says, and what it only tells. */

import { describe, expect, test } from 'vitest';
import type { Capability } from '../../src/model/capability.js';
import { approvalNeeded, decideGate, missingApproval, type Verdict } from '../../src/model/gate.js';
import type { PairVerdict } from '../../src/model/level-in-force.js';
import { DEFAULT_SETTINGS, type PolicySettings } from '../../src/model/policy-settings.js';
import { CompatibilityLevel } from '../../src/model/report.js';

type Facts = Parameters<typeof decideGate>[0];

const OPEN: PolicySettings = { ...DEFAULT_SETTINGS, requireApproval: false, approveUnknown: false };
const ASKS: PolicySettings = { ...OPEN, requireApproval: true };
const ASKS_UNKNOWN: PolicySettings = { ...OPEN, approveUnknown: true };

function pair(change: Partial<PairVerdict> = {}): PairVerdict {
  return { level: 'COMPATIBLE', capabilities: [], assessed: true, reports: 1, approvers: [], ...change };
}

/** v2, made from v1, in the place of v1. */
function gate(change: Partial<Facts> = {}): Verdict {
  const candidate = { reverted: false, redacted: false, parentVer: 1 };
  return decideGate({
    ...{ moduleId: 'planner', fromVer: 1, toVer: 2, active: 1 },
    ...{ candidate, pair: pair(), settings: OPEN, ...change },
  });
}

const made = (change: Partial<NonNullable<Facts['candidate']>>) => ({
  candidate: { reverted: false, redacted: false, parentVer: 1, ...change },
});

describe('a pair has its place, or is refused whatever its level is', () => {
  test.each<readonly [what: string, facts: Partial<Facts>, code: string, message: string]>([
    ['a version that is not there', { candidate: null }, 'NOT_IN_LEDGER', 'v2 is not in the ledger: stage it first'],
    ['a version of another parent', made({ parentVer: 7 }), 'OTHER_PARENT', 'v2 was made from v7, not from v1'],
    ['a first version', made({ parentVer: null }), 'OTHER_PARENT', 'v2 was made from no version, not from v1'],
    ['what is not active', { active: 5 }, 'OTHER_ACTIVE', 'the active version is v5, not v1'],
    ['what never was', { active: null }, 'OTHER_ACTIVE', 'the active version is no version, not v1'],
    [
      'a version that was reverted',
      made({ reverted: true }),
      'REVERTED',
      'v2 was reverted: tag it stable again, or untag reverted, to clear that',
    ],
    [
      'a version that was redacted',
      made({ redacted: true }),
      'REDACTED',
      'v2 was redacted: a file of it is not in the ledger any more',
    ],
  ])('%s', (_, facts, code, message) => {
    expect(gate(facts)).toEqual({ allow: false, level: 'COMPATIBLE', reasons: [{ code, message }] });
  });

  test('the first version of a module takes the place of none', () => {
    expect(gate({ ...made({ parentVer: null }), fromVer: null, active: null }).allow).toBe(true);
  });

  test('a version that is active already is in its place: to ask again changes nothing', () => {
    expect(gate({ active: 2 }).allow).toBe(true);
  });

  test('every reason is told at once, in the order of the table, and the approval last', () => {
    const facts = { ...made({ parentVer: 7, reverted: true, redacted: true }), active: 5, settings: ASKS };
    const verdict = gate({ ...facts, pair: pair({ level: 'BREAKING' }) });
    expect([verdict.allow, verdict.level]).toEqual([false, 'BREAKING']);
    expect(verdict.reasons.map(({ code }) => code)).toEqual([
      'OTHER_PARENT',
      'OTHER_ACTIVE',
      'REVERTED',
      'REDACTED',
      'APPROVAL_MISSING',
    ]);
  });

  test('of what is not there, nothing else is said of its place; its approval is missing all the same', () => {
    const verdict = gate({ candidate: null, active: 5, settings: ASKS, pair: pair({ level: 'BREAKING' }) });
    expect(verdict.reasons.map(({ code }) => code)).toEqual(['NOT_IN_LEDGER', 'APPROVAL_MISSING']);
  });
});

/** What is missing of a pair, in words; null for nothing. */
function needed(change: Partial<PairVerdict>, settings: PolicySettings, fromVer: number | null = 1): string | null {
  const found = missingApproval(pair(change), settings, fromVer);
  if (found !== null) expect(found.code).toBe('APPROVAL_MISSING');
  return found?.message ?? null;
}

describe('an approval', () => {
  const needs = 'needs the approval of an operator';

  test.each<readonly [settings: string, PolicySettings, needing: readonly CompatibilityLevel[]]>([
    ['neither', OPEN, []],
    ['requireApproval', ASKS, ['BREAKING']],
    ['approveUnknown', ASKS_UNKNOWN, ['UNKNOWN']],
    ['both', { ...ASKS, approveUnknown: true }, ['UNKNOWN', 'BREAKING']],
  ])('is needed under %s by these levels alone', (_, settings, needing) => {
    const levels = Object.values(CompatibilityLevel);
    const found = levels.filter((level) => needed({ level }, settings) !== null);
    expect([...found].sort()).toEqual([...needing].sort());
    for (const level of needing) expect(needed({ level }, settings)).toBe(`${level} ${needs}`);
  });

  test('under approveUnknown is needed by a level that nobody found on this content, and says so', () => {
    expect(needed({ assessed: false }, ASKS_UNKNOWN)).toBe(`COMPATIBLE, but not assessed on this content, ${needs}`);
    expect(needed({ level: 'UNKNOWN', assessed: false }, ASKS_UNKNOWN)).toBe(`UNKNOWN ${needs}`);
    expect(needed({ assessed: false }, ASKS)).toBeNull();
    // BREAKING is the worst already: that it is of other content is nothing more to fear.
    expect(needed({ level: 'BREAKING', assessed: false }, ASKS_UNKNOWN)).toBeNull();
  });

  test('is not needed by a first version for being unknown, as there is nothing to compare it with; for what it gains it is', () => {
    expect(needed({ level: 'UNKNOWN', assessed: false }, ASKS_UNKNOWN, null)).toBeNull();
    expect(needed({ level: 'BREAKING' }, ASKS, null)).toBe(`BREAKING ${needs}`);
    expect(needed({ level: 'UNKNOWN', capabilities: ['network'] }, OPEN, null)).toBe(
      `UNKNOWN, gaining network, ${needs}`,
    );
  });

  test('is needed by what a version gains, whatever its level, and names it', () => {
    expect(needed({ capabilities: ['process', 'network'] }, OPEN)).toBe(
      `COMPATIBLE, gaining process, network, ${needs}`,
    );
    expect(needed({ assessed: false, capabilities: ['code'] }, ASKS_UNKNOWN)).toBe(
      `COMPATIBLE, but not assessed on this content, gaining code, ${needs}`,
    );
  });

  test('is given by as many principals as the policy asks for, and those who gave theirs are named', () => {
    const three = { ...ASKS, requiredApprovals: 3 };
    const by = (...approvers: string[]) => needed({ level: 'BREAKING', approvers }, three);
    expect(by()).toBe('BREAKING needs 3 more approvals');
    expect(by('ada')).toBe('BREAKING needs 2 more approvals (approved so far by ada)');
    expect(by('ada', 'bob')).toBe(`BREAKING ${needs} (approved so far by ada, bob)`);
    expect(by('ada', 'bob', 'cy')).toBeNull();
    expect(by('ada', 'bob', 'cy', 'dee')).toBeNull();
  });
});

describe('what is allowed is told', () => {
  const notes = (change: Partial<PairVerdict>, settings = OPEN) => {
    const verdict = gate({ pair: pair(change), settings });
    expect([verdict.allow, verdict.level]).toEqual([true, pair(change).level]);
    return verdict.reasons.map(({ code, message }) => `${code}: ${message}`);
  };
  const noReport = 'NO_REPORT: no report on this pair: it counts as UNKNOWN';
  const unknown = 'ASSESSED_UNKNOWN: assessed UNKNOWN: too little information';

  test('without a word where there is nothing to know', () => {
    expect(notes({})).toEqual([]);
    expect(notes({ approvers: ['ada'] })).toEqual([]);
  });

  test('as not assessed, or assessed without a result', () => {
    expect(notes({ level: 'UNKNOWN', reports: 0 })).toEqual([noReport]);
    expect(notes({ level: 'UNKNOWN' })).toEqual([unknown]);
  });

  test('as BREAKING, by whose approval, or by which policy', () => {
    const approved = { level: 'BREAKING', approvers: ['ada', 'bob'] } as const;
    expect(notes(approved, ASKS)).toEqual(['APPROVED: BREAKING, approved by ada, bob']);
    expect(notes({ level: 'BREAKING' })).toEqual(['APPROVAL_NOT_ASKED: BREAKING, and the policy asks for no approval']);
  });

  test('as gaining what was approved, beside what is not known', () => {
    const gains = { capabilities: ['network'] as Capability[], approvers: ['ada', 'bob'] };
    expect(notes(gains)).toEqual(['APPROVED: COMPATIBLE, gaining network, approved by ada, bob']);
    expect(notes({ ...gains, level: 'UNKNOWN' })).toEqual([
      unknown,
      'APPROVED: UNKNOWN, gaining network, approved by ada, bob',
    ]);
  });
});

describe('what will be asked for', () => {
  const settings = { ...ASKS, approveCapabilities: ['network', 'code'] as Capability[] };

  test('is what the gate asks of a pair that nobody has approved, with the capabilities that the policy names, in their order', () => {
    expect(approvalNeeded('BREAKING', settings)?.code).toBe('APPROVAL_MISSING');
    expect(approvalNeeded('COMPATIBLE', settings)).toBeNull();
    expect(approvalNeeded('COMPATIBLE', settings, ['code', 'process', 'network'])?.message).toMatch(
      /^COMPATIBLE, gaining network, code, needs/,
    );
    expect(approvalNeeded('COMPATIBLE', settings, ['process'])).toBeNull();
    expect(approvalNeeded('UNKNOWN', ASKS_UNKNOWN)?.message).toBe('UNKNOWN needs the approval of an operator');
    // The question is of a pair that will be assessed: its level is one that was found.
    expect(approvalNeeded('COMPATIBLE', ASKS_UNKNOWN)).toBeNull();
  });

  test.each<readonly [message: string, change: Partial<Record<keyof PolicySettings, unknown>>]>([
    ['requireApproval: expected true or false, got "yes"', { requireApproval: 'yes' }],
    ['approveUnknown: expected true or false, got 1', { approveUnknown: 1 }],
    ['requiredApprovals: expected a whole number, got 1.5', { requiredApprovals: 1.5 }],
    ['approveCapabilities: expected a list of capabilities, got an array', { approveCapabilities: ['magic'] }],
  ])('is refused for what is no policy: %s', (message, change) => {
    const told = { code: 'INVALID_ARGUMENT', message, hint: 'pass what Ledger.policy.get returns' };
    expect(() => approvalNeeded('BREAKING', { ...settings, ...change } as PolicySettings)).toThrow(
      expect.objectContaining(told),
    );
  });

  test('is refused for other levels and capabilities, each with what can be given', () => {
    const levels = Object.values(CompatibilityLevel).join(', ');
    expect(() => approvalNeeded('FINE' as CompatibilityLevel, settings)).toThrow(`level: expected ${levels}`);
    expect(() => approvalNeeded('BREAKING', settings, ['magic' as Capability])).toThrow(
      'capabilities: expected a list of capabilities',
    );
    expect(() => approvalNeeded('BREAKING', undefined as unknown as PolicySettings)).toThrow('requireApproval');
  });
});
