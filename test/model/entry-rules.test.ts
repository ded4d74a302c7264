/** What an entry may say by its format, its dates and its signer: every rule by itself. */

import { describe, expect, test } from 'vitest';
import { earliestDate, firstAhead, misdatedBy } from '../../src/model/clock.js';
import { sha256Hex } from '../../src/model/content-digest.js';
import { formatObjection, policyFormatObjection, versionsSeal } from '../../src/model/format-succession.js';
import type { EntryText } from '../../src/model/journal-entry.js';
import type { LedgerEvent, LedgerFormat } from '../../src/model/ledger-event.js';
import { signerObjection } from '../../src/model/signer-objection.js';
import { policyOf } from './written-policy.js';

const tag: LedgerEvent = { type: 'tag', moduleId: 'planner', version: 1, tag: 'eu' };
const policy: LedgerEvent = { type: 'policy', policySha256: 'a'.repeat(64), signersSha256: 'b'.repeat(64) };
const clock: LedgerEvent = { type: 'clock', first: 2, last: 3 };
const redact: LedgerEvent = {
  ...{ type: 'redact', moduleId: 'planner', version: 1, oid: '5'.repeat(40) },
  ...{ sha256: 'a'.repeat(64), reason: 'a key' },
};
const countersigned: LedgerEvent = { type: 'countersigned', sha256: 'c'.repeat(64) };
const upgrade = (format = 2): LedgerEvent => ({ type: 'upgrade', format, versionsSha256: 'd'.repeat(64) });
const init = (format: number): LedgerEvent => ({ type: 'init', format });

function entry(format: LedgerFormat, events: readonly LedgerEvent[], seq = 4): EntryText {
  return { format, seq, previousSha256: null, actor: 'ada', timestamp: 1000, events, updates: [] };
}

describe('an entry', () => {
  test.each<readonly [before: LedgerFormat | null, format: LedgerFormat, events: readonly LedgerEvent[]]>([
    [null, 1, [init(1)]],
    [null, 2, [init(2), policy]],
    [1, 1, [tag, policy, clock]],
    [2, 2, [tag, policy]],
    [2, 2, [redact, countersigned]],
    [1, 2, [upgrade(), policy]],
    [1, 2, [upgrade(), policy, clock]],
  ])('after format %s may be of format %i and say %o', (before, format, events) => {
    expect(formatObjection(before, entry(format, events))).toBeNull();
  });

  test.each<
    readonly [objection: string, before: LedgerFormat | null, format: LedgerFormat, events: readonly LedgerEvent[]]
  >([
    ['it begins a ledger of format 2, and is written in format 1', null, 1, [init(2)]],
    ['it begins a ledger of format 1, and is written in format 2', null, 2, [tag, init(1)]],
    ['it is of format 2; the ledger is of format 1, and nothing upgrades it', 1, 2, [tag]],
    ['it is of format 1; the ledger is of format 2, and nothing upgrades it', 2, 1, [tag]],
    ['it says more than one thing that admins sign for', 2, 2, [policy, clock]],
    ['it says more than one thing that admins sign for', 2, 2, [redact, redact]],
    ['it redacts, and says something else besides', 2, 2, [tag, redact]],
    ['it redacts, and says something else besides', 1, 1, [redact, policy]],
    ['it upgrades to format 2 a ledger of format 2', 2, 2, [upgrade(), policy]],
    ['it upgrades to format 3 a ledger of format 1', 1, 2, [upgrade(3), policy]],
    ['it upgrades to format 2 a ledger of format 1', 1, 1, [upgrade(), policy]],
    ['it upgrades to format 2 a ledger of format 2', null, 2, [upgrade(), policy]],
    ['it upgrades twice', 1, 2, [upgrade(), policy, upgrade()]],
    ['it upgrades, and states no policy', 1, 2, [upgrade(), tag]],
    ['it upgrades, and states no policy', 1, 2, [upgrade(), clock]],
    ['it upgrades, and states no policy', 1, 2, [upgrade(), policy, policy]],
  ])('is refused, as %s', (objection, before, format, events) => {
    expect(formatObjection(before, entry(format, events))).toBe(objection);
  });

  test('states a policy of its own format', () => {
    expect(policyFormatObjection(policyOf({}), entry(2, []))).toBeNull();
    expect(policyFormatObjection(policyOf({}), entry(1, []))).toBe('its policy is of format 2, the entry of format 1');
  });
});

test('an upgrade seals versions by one hash of their lines, in the order of their bytes', () => {
  const of = (moduleId: string, version: number) => ({ moduleId, version, commitSha256: String(version).repeat(64) });
  const lines = [`b 1 ${'1'.repeat(64)}`, `b 2 ${'2'.repeat(64)}`, `ä 3 ${'3'.repeat(64)}`];
  const seal = sha256Hex(lines.map((line) => `${line}\n`).join(''));
  expect(versionsSeal([of('ä', 3), of('b', 2), of('b', 1)])).toBe(seal);
  expect(versionsSeal([])).toBe(sha256Hex(''));
});

describe('a date', () => {
  const dates = new Map([
    [0, 100],
    [1, 200],
  ]);
  const earliest = (events: readonly LedgerEvent[], seq = 4) =>
    earliestDate({ seq, events }, 5000, (at) => dates.get(at) ?? null);

  test('is not before that of the entry before', () => {
    expect(earliest([tag])).toEqual({ earliest: 5000, objection: null });
    expect(misdatedBy([tag])).toBeNull();
  });

  test('begins again at the last good one, where an admin says that all since are wrong', () => {
    expect(misdatedBy([tag, clock])).toEqual({ first: 2, last: 3 });
    expect(earliest([tag, clock])).toEqual({ earliest: 200, objection: null });
    expect(earliest([{ ...clock, first: 1 } as LedgerEvent])).toEqual({ earliest: 100, objection: null });
  });

  test('may be any, where all are wrong; none is known to be good where nobody knows the one before them', () => {
    expect(earliest([{ ...clock, first: 0 } as LedgerEvent]).earliest).toBe(0);
    expect(earliest([{ ...clock, first: 3 } as LedgerEvent]).earliest).toBe(5000);
  });

  test.each([3, 5, 6])('does not begin again in entry %i for what ends before it, or is still to come', (seq) => {
    expect(earliest([clock], seq)).toEqual({
      earliest: 5000,
      objection: 'it says that entries 2 to 3 are misdated, and not up to itself',
    });
  });

  test('is ahead where it is later than the latest one that may be, and nobody has called it wrong', () => {
    const entries = [10, 20, 30, 40].map((timestamp, seq) => ({ seq, timestamp }));
    expect(firstAhead(entries, [], 40)).toBeNull();
    expect(firstAhead(entries, [], 39)).toEqual({ seq: 3, timestamp: 40 });
    expect(firstAhead(entries, [], 15)).toEqual({ seq: 1, timestamp: 20 });
    expect(firstAhead(entries, [{ first: 1, last: 2 }], 15)).toEqual({ seq: 3, timestamp: 40 });
    expect(firstAhead(entries, [{ first: 2, last: 3 }], 15)).toEqual({ seq: 1, timestamp: 20 });
    expect(
      firstAhead(
        entries,
        [
          { first: 1, last: 1 },
          { first: 2, last: 3 },
        ],
        15,
      ),
    ).toBeNull();
  });
});

describe('a signer', () => {
  const keys = { ada: { roles: ['recorder'] }, bob: {}, cy: { roles: ['recorder', 'assessor'] } } as const;
  const [recorder, retired, both] = policyOf(keys).signers;
  const report: LedgerEvent = {
    ...{ type: 'report', moduleId: 'planner', fromVer: 1, toVer: 2 },
    ...{ seq: 1, level: 'BREAKING', payloadSha256: 'a'.repeat(64) },
  };
  const objection = (signer: typeof recorder, events: readonly LedgerEvent[], format: LedgerFormat = 2) =>
    signer === undefined ? 'no signer' : signerObjection(signer, entry(format, events), policyOf({}, { format }));

  test('signs what its roles are for, under its own name', () => {
    expect(objection(recorder, [tag, tag])).toBeNull();
    // Of the roles that may sign a report, one is enough.
    expect(objection(recorder, [report])).toBeNull();
    expect(objection(recorder === undefined ? undefined : { ...recorder, principal: 'eve' }, [tag])).toBe(
      'its Actor is ada, its key belongs to eve',
    );
  });

  test('signs nothing else, and is told whose it is: roots and assessors are there from format 2 on', () => {
    expect(objection(recorder, [tag, clock])).toMatch(
      /^its key has not the role to sign "clock" \(.*; it has recorder\)$/,
    );
    expect(objection(recorder, [policy])).toBe(
      'its key has not the role to sign "policy" (admin or root; it has recorder)',
    );
    expect(objection(recorder, [policy], 1)).toBe('its key has not the role to sign "policy" (admin; it has recorder)');
    expect(objection(both, [policy])).toMatch(/it has recorder, assessor\)$/);
    expect(objection(retired, [tag])).toMatch(/it has none: it is retired\)$/);
  });
});
