/** Which entries replay takes for what happened next, and which it objects to. */

import { describe, expect, test } from 'vitest';
import { Objection } from '../../src/model/apply-event.js';
import type { LedgerEvent } from '../../src/model/ledger-event.js';
import type { EntryFacts } from '../../src/model/replay.js';
import { taggedTarget } from '../../src/model/tagged-target.js';
import { ReplayedJournal } from './replayed-journal.js';

function plannerAtThree(): ReplayedJournal {
  const journal = new ReplayedJournal();
  for (const version of [1, 2, 3]) journal.record('planner', version);
  return journal;
}

const moduleId = 'planner';
const stage4: LedgerEvent = { type: 'stage', moduleId, version: 4, parentVer: 3, checksum: 'sum 4' };

interface Row {
  readonly what: string;
  readonly events: readonly LedgerEvent[];
  readonly change?: (facts: EntryFacts) => EntryFacts;
  readonly objection: RegExp;
}

function updates(change: (updates: EntryFacts['text']['updates']) => EntryFacts['text']['updates']) {
  return (facts: EntryFacts): EntryFacts => ({
    ...facts,
    text: { ...facts.text, updates: change(facts.text.updates) },
  });
}

const ROWS: readonly Row[] = [
  {
    what: 'another parent',
    events: [stage4],
    change: (facts) => ({ ...facts, parents: ['0'.repeat(40)] }),
    objection: /its parent is not the entry before it/,
  },
  {
    what: 'two parents',
    events: [stage4],
    change: (facts) => ({ ...facts, parents: [...facts.parents, ...facts.parents] }),
    objection: /its parent is not the entry before it/,
  },
  {
    what: 'a number that was used',
    events: [stage4],
    change: (facts) => ({ ...facts, text: { ...facts.text, seq: 3 } }),
    objection: /its Seq is 3, not 4/,
  },
  {
    what: 'another hash of the entry before',
    events: [stage4],
    change: (facts) => ({ ...facts, text: { ...facts.text, previousSha256: '0'.repeat(64) } }),
    objection: /Previous-SHA256/,
  },
  { what: 'a second Init', events: [{ type: 'init', format: 1 }], objection: /Init may come once/ },
  {
    what: 'a version whose number is not new',
    events: [{ ...stage4, version: 3, parentVer: 2 }],
    objection: /stages planner v3: its number is not after 3, the highest used/,
  },
  {
    what: 'a version made from one that is not there',
    events: [{ ...stage4, version: 9, parentVer: 8 }],
    objection: /v8, which is not in the ledger/,
  },
  {
    what: 'a version without its tag',
    events: [stage4],
    change: updates((all) => all.filter(({ ref }) => !ref.includes('v4'))),
    objection: /creates refs\/tags\/planner\/v4, its Ref-Update lines do not/,
  },
  {
    what: 'a version that is not made from the active one becoming active',
    events: [
      { ...stage4, parentVer: 1 },
      { type: 'activate', moduleId, version: 4 },
    ],
    objection: /made from v1, over v3/,
  },
  {
    what: 'an activation that does not move the branch',
    events: [stage4, { type: 'activate', moduleId, version: 4 }],
    change: updates((all) => all.filter(({ ref }) => !ref.startsWith('refs/heads/'))),
    objection: /the branch of planner is not at its active version/,
  },
  {
    what: 'an activation that moves the branch elsewhere',
    events: [stage4, { type: 'activate', moduleId, version: 4 }],
    change: updates((all) => all.map((u) => (u.ref === 'refs/heads/planner' ? { ...u, to: '1'.repeat(40) } : u))),
    objection: /it leaves refs\/heads\/planner at 1{40}/,
  },
  {
    what: 'a branch that moves without an event',
    events: [{ type: 'tag', moduleId, version: 1, tag: 'stable' }],
    change: (facts) =>
      updates(() => [{ ref: 'refs/heads/planner', from: plannerBranch(facts), to: '1'.repeat(40) }])(facts),
    objection: /it leaves refs\/heads\/planner at/,
  },
  {
    what: 'a ref that is moved from where it is not',
    events: [stage4],
    change: updates((all) => all.map((u) => ({ ...u, from: '2'.repeat(40) }))),
    objection: /it moves .* from 2{40}, which was at nothing/,
  },
  {
    what: 'a ref that is moved twice',
    events: [stage4],
    change: updates((all) => [...all, ...all]),
    objection: /it moves refs\/tags\/planner\/v4 twice/,
  },
  {
    what: 'a ref that is none of a ledger',
    events: [stage4],
    change: updates((all) => [...all, { ref: 'refs/stash', from: null, to: '1'.repeat(40) }]),
    objection: /refs\/stash, which is no ref of a ledger/,
  },
  {
    what: 'a rollback from what is not active',
    events: [{ type: 'rollback', moduleId, fromVer: 2, toVer: 1, reason: 'MANUAL' }],
    objection: /rolls planner back from v2; v3 is active/,
  },
  {
    what: 'a rollback to the active version',
    events: [{ type: 'rollback', moduleId, fromVer: 3, toVer: 3, reason: 'MANUAL' }],
    objection: /no ancestor of v3/,
  },
  {
    what: 'a rollback to a version that never ran',
    events: [stage4, { type: 'rollback', moduleId, fromVer: 3, toVer: 4, reason: 'MANUAL' }],
    objection: /no ancestor of v3/,
  },
  {
    what: 'a glass broken from what is not active',
    events: [stage4, { type: 'break-glass', moduleId, fromVer: 2, toVer: 4, reason: 'fire' }],
    objection: /passes the gate from v2 of planner; v3 is active/,
  },
  {
    what: 'a report out of its order',
    events: [
      { type: 'report', moduleId, fromVer: 2, toVer: 3, seq: 2, level: 'BREAKING', payloadSha256: '0'.repeat(64) },
    ],
    objection: /brings report 2 of a pair that has 0/,
  },
  {
    what: 'a tag of a version that is not there',
    events: [{ type: 'tag', moduleId, version: 7, tag: 'stable' }],
    objection: /tags planner v7, which is not in the ledger/,
  },
];

const oid = '5'.repeat(40);
const redaction: LedgerEvent = { type: 'redact', moduleId, version: 1, oid, sha256: 'a'.repeat(64), reason: 'a key' };

/** Versions 1 and 2 of planner hold the same file; 3 is active. */
function withSecret(): ReplayedJournal {
  const journal = plannerAtThree();
  for (const version of [1, 2]) journal.blobs.set(journal.records.version(moduleId, version)?.oid ?? '', [oid]);
  return journal;
}

describe('replay of a redaction', () => {
  test('takes the file out of every version that holds it, and leaves no way back to one of them', () => {
    const journal = withSecret();
    for (const version of [1, 2]) journal.tell([{ type: 'tag', moduleId, version, tag: 'stable' }]);
    expect(taggedTarget(journal.records, moduleId, 'stable')).toBe(2);
    journal.tell([redaction]);
    const { records } = journal;
    expect([1, 2, 3].map((version) => records.version(moduleId, version)?.redacted)).toEqual([[oid], [oid], undefined]);
    expect([...records.redactions()]).toEqual([
      [oid, { moduleId, version: 1, sha256: 'a'.repeat(64), reason: 'a key', seq: 6 }],
    ]);
    expect(taggedTarget(records, moduleId, 'stable')).toBe(null);
    expect(records.version(moduleId, 2)?.entries).toContain(6);
  });

  test.each([
    ['of a file that the version does not hold', { ...redaction, version: 3 }, /v3 does not hold/],
    ['of a version that is not there', { ...redaction, version: 9 }, /v9, which is not in the ledger/],
    ['of another file', { ...redaction, oid: '6'.repeat(40) }, /v1 does not hold/],
  ] as const)('is none %s', (_, event, objection) => {
    expect(() => withSecret().tell([event])).toThrow(objection);
  });

  test('is none of what the active version holds, nor twice, nor beside something else', () => {
    const active = withSecret();
    active.blobs.set(active.records.version(moduleId, 3)?.oid ?? '', [oid]);
    expect(() => active.tell([redaction])).toThrow(/the active version of planner, v3, holds/);
    const twice = withSecret();
    twice.tell([redaction]);
    expect(() => twice.tell([{ ...redaction, version: 2 }])).toThrow(/was redacted before/);
    expect(() => withSecret().tell([{ type: 'tag', moduleId, version: 1, tag: 'x' }, redaction])).toThrow(
      /something else besides/,
    );
  });

  test('ends what could be done with the versions', () => {
    const journal = withSecret();
    journal.tell([stage4]);
    journal.blobs.set(journal.records.version(moduleId, 4)?.oid ?? '', [oid]);
    const report = {
      moduleId,
      fromVer: 3,
      toVer: 4,
      seq: 1,
      level: 'BREAKING',
      payloadSha256: '0'.repeat(64),
    } as const;
    journal.tell([{ type: 'report', ...report }]);
    expect([...journal.records.pending()]).toHaveLength(1);
    journal.tell([redaction]);
    expect([...journal.records.pending()]).toEqual([]);
    expect(() => journal.tell([{ type: 'activate', moduleId, version: 4 }])).toThrow(/v4, which was redacted/);
    const glass = { type: 'break-glass', moduleId, fromVer: 3, toVer: 4, reason: 'fire' } as const;
    expect(() => journal.tell([glass])).toThrow(/v4, which was redacted/);
    const back = { type: 'rollback', moduleId, fromVer: 3, toVer: 2, reason: 'MANUAL' } as const;
    expect(() => journal.tell([back])).toThrow(/rolls back to planner v2, which was redacted/);
    const again = journal.facts([{ ...stage4, version: 5 }]);
    journal.blobs.set(again.text.updates[0]?.to ?? '', [oid]);
    expect(() => journal.replay(again)).toThrow(/stages planner v5 with a file that was redacted/);
  });
});

/** The branch as the facts of an entry know it: nothing else of the journal is at hand in a row of the table. */
function plannerBranch(_facts: EntryFacts): string {
  return plannerAtThree().records.refValue('refs/heads/planner') ?? '';
}

describe('replay objects to', () => {
  test.each(ROWS)('$what, and changes nothing', ({ events, change, objection }) => {
    const journal = plannerAtThree();
    const before = [...journal.map.range('', null)];
    const told = () => journal.tell(events, change);
    expect(told).toThrow(Objection);
    expect(told).toThrow(objection);
    expect([...journal.map.range('', null)]).toEqual(before);
  });

  test('a journal that does not begin with Init', () => {
    const journal = new ReplayedJournal();
    journal.map.clear();
    expect(() => journal.tell([{ ...stage4, version: 1, parentVer: null }])).toThrow(/must begin with Init/);
  });
});

describe('replay takes', () => {
  test('a version that was rolled back and is active again once its mark was cleared', () => {
    const journal = plannerAtThree();
    journal.tell([{ type: 'rollback', moduleId, fromVer: 3, toVer: 2, reason: 'MANUAL' }]);
    expect(journal.records.version(moduleId, 3)?.tags).toEqual(['reverted']);
    journal.tell([{ type: 'untag', moduleId, version: 3, tag: 'reverted' }]);
    journal.tell([{ type: 'activate', moduleId, version: 3 }]);
    expect([...journal.records.lineage(moduleId)]).toEqual([3, 2, 1]);
  });

  test('a report on what is not there yet, and tells of it with the version', () => {
    const journal = plannerAtThree();
    const report = {
      moduleId,
      fromVer: 3,
      toVer: 4,
      seq: 1,
      level: 'BREAKING',
      payloadSha256: '0'.repeat(64),
    } as const;
    journal.tell([{ type: 'report', ...report }]);
    journal.tell([stage4]);
    expect(journal.records.version(moduleId, 4)?.entries).toEqual([4, 5]);
    expect([...journal.records.pending()]).toEqual([{ moduleId, fromVer: 3, toVer: 4 }]);
  });
});
