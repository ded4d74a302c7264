/** What replay makes of entries that it takes: tags along the lineage, what is counted, and the moments of each module. */

import { describe, expect, test } from 'vitest';
import type { LedgerEvent } from '../../src/model/ledger-event.js';
import type { EntryFacts } from '../../src/model/replay.js';
import { taggedTarget } from '../../src/model/tagged-target.js';
import { ReplayedJournal } from './replayed-journal.js';
import { policyOf } from './written-policy.js';

const moduleId = 'planner';

function stage(version: number, parentVer: number | null, checksum = `sum ${version}`): LedgerEvent {
  return { type: 'stage', moduleId, version, parentVer, checksum };
}

const activate = (version: number): LedgerEvent => ({ type: 'activate', moduleId, version });
const tag = (version: number, name = 'stable'): LedgerEvent => ({ type: 'tag', moduleId, version, tag: name });
const untag = (version: number, name = 'stable'): LedgerEvent => ({ type: 'untag', moduleId, version, tag: name });

function rollback(fromVer: number, toVer: number): LedgerEvent {
  return { type: 'rollback', moduleId, fromVer, toVer, reason: 'MANUAL' };
}

function breakGlass(fromVer: number | null, toVer: number): LedgerEvent {
  return { type: 'break-glass', moduleId, fromVer, toVer, reason: 'fire' };
}

function report(seq: number, level: 'BREAKING' | 'COMPATIBLE', fromVer = 1, toVer = 2): LedgerEvent {
  return { type: 'report', moduleId, fromVer, toVer, seq, level, payloadSha256: '0'.repeat(64) };
}

/** Versions 1 to `last`, each recorded on top of the one before. */
function planner(last: number): ReplayedJournal {
  const journal = new ReplayedJournal();
  for (let version = 1; version <= last; version++) journal.record(moduleId, version);
  return journal;
}

const tags = (journal: ReplayedJournal, version: number) => journal.records.version(moduleId, version)?.tags;
const target = (journal: ReplayedJournal, name = 'stable') => taggedTarget(journal.records, moduleId, name);

describe('tags', () => {
  test('are a sorted set', () => {
    const journal = planner(1);
    for (const name of ['stable', 'eu', 'stable']) journal.tell([tag(1, name)]);
    expect(tags(journal, 1)).toEqual(['eu', 'stable']);
    journal.tell([untag(1, 'stable'), untag(1, 'us')]);
    expect(tags(journal, 1)).toEqual(['eu']);
  });

  test('lead to the nearest ancestor that has one, until it loses it', () => {
    const journal = planner(4);
    for (const version of [1, 2, 4]) journal.tell([tag(version)]);
    expect(target(journal)).toBe(2);
    journal.tell([untag(2)]);
    expect(target(journal)).toBe(1);
    expect(target(journal, 'eu')).toBeNull();
    journal.tell([tag(3, 'eu')]);
    expect(target(journal, 'eu')).toBe(3);
    expect(target(journal)).toBe(1);
  });

  test('lead to no ancestor that was reverted, nor to one of the same content, but past it', () => {
    const journal = planner(2);
    journal.tell([stage(3, 2, 'sum 2'), activate(3)]);
    for (const version of [1, 2]) journal.tell([tag(version)]);
    expect(target(journal)).toBe(1);
    journal.tell([tag(1, 'reverted')]);
    expect(target(journal)).toBeNull();
    expect(taggedTarget(journal.records, 'other', 'stable')).toBeNull();
  });

  test('of what was abandoned lead nowhere: another version has its place in the lineage', () => {
    const journal = planner(3);
    for (const name of ['eu', 'us']) journal.tell([tag(3, name)]);
    journal.tell([rollback(3, 1)]);
    // v4 takes the place of v2, v5 that of v3.
    journal.tell([tag(2, 'eu')]);
    journal.tell([stage(4, 1), activate(4)]);
    journal.tell([stage(5, 4), activate(5)]);
    journal.tell([stage(6, 5), activate(6)]);
    expect([target(journal, 'eu'), target(journal, 'us')]).toEqual([null, null]);
    expect([...journal.records.lineage(moduleId)]).toEqual([6, 5, 4, 1]);
    // Tagged now, it is still not on the way back.
    for (const version of [2, 3]) journal.tell([tag(version, 'us')]);
    expect(target(journal, 'us')).toBeNull();
  });

  test('that a version was given before it became active lead to it then', () => {
    const journal = planner(1);
    journal.tell([stage(2, 1)]);
    journal.tell([tag(2)]);
    expect(target(journal)).toBeNull();
    journal.tell([activate(2)]);
    journal.record(moduleId, 3);
    expect(target(journal)).toBe(2);
  });

  test('tell which content was reverted, while they say so', () => {
    const journal = planner(2);
    const reverted = () => journal.records.revertedLike(moduleId, 'sum 2');
    expect(reverted()).toBeNull();
    journal.tell([rollback(2, 1)]);
    expect(reverted()).toBe(2);
    journal.tell([untag(2, 'reverted')]);
    expect(reverted()).toBeNull();
  });
});

describe('a rollback', () => {
  test('takes stable from what is left, marks it reverted, keeps its other tags, and goes down in the lineage', () => {
    const journal = planner(3);
    for (const name of ['eu', 'stable']) journal.tell([tag(3, name)]);
    journal.tell([rollback(3, 1)]);
    expect(tags(journal, 3)).toEqual(['eu', 'reverted']);
    expect(tags(journal, 2)).toEqual([]);
    expect(journal.records.module(moduleId)).toMatchObject({ active: 1, depth: 0, activation: 6, highest: 3 });
    expect([...journal.records.lineage(moduleId)]).toEqual([1]);
  });

  test('is counted by its reason', () => {
    const journal = planner(4);
    journal.tell([rollback(4, 3)]);
    journal.tell([rollback(3, 2)]);
    journal.tell([{ ...rollback(2, 1), reason: 'TIMEOUT' } as LedgerEvent]);
    expect(journal.records.totals(moduleId).rollbacks).toEqual({ MANUAL: 2, TIMEOUT: 1 });
  });

  test('leads to no version that was abandoned before', () => {
    const journal = planner(3);
    journal.tell([rollback(3, 1)]);
    journal.tell([stage(4, 1), activate(4)]);
    expect(() => journal.tell([rollback(4, 2)])).toThrow(/v2, which is no ancestor of v4/);
  });
});

describe('breaking the glass', () => {
  test('clears that the version was reverted, and is counted', () => {
    const journal = planner(2);
    journal.tell([rollback(2, 1)]);
    journal.tell([tag(2, 'eu')]);
    journal.tell([breakGlass(1, 2)]);
    expect(tags(journal, 2)).toEqual(['eu']);
    expect(journal.records.module(moduleId)?.active).toBe(2);
    journal.tell([stage(3, 2)]);
    journal.tell([breakGlass(2, 3)]);
    expect(journal.records.totals(moduleId).brokenGlass).toBe(2);
    expect(journal.records.totals('other').brokenGlass).toBe(0);
  });

  test('begins a module too', () => {
    const journal = new ReplayedJournal();
    journal.tell([stage(1, null)]);
    journal.tell([breakGlass(null, 1)]);
    expect(journal.records.module(moduleId)).toMatchObject({ active: 1, depth: 0 });
  });
});

describe('what is counted', () => {
  const counts = ({ records }: ReplayedJournal) => {
    const { tracked, checkpoints, pairs } = records.head() ?? {};
    return { tracked, checkpoints, pairs };
  };

  test('are modules with an active version, versions that were active ever, each once, and pairs with a report', () => {
    const journal = new ReplayedJournal();
    expect(counts(journal)).toEqual({ tracked: 0, checkpoints: 0, pairs: 0 });
    journal.tell([stage(1, null)]);
    expect(counts(journal)).toEqual({ tracked: 0, checkpoints: 0, pairs: 0 });
    journal.tell([activate(1)]);
    journal.record('router', 1);
    journal.record(moduleId, 2);
    expect(counts(journal)).toEqual({ tracked: 2, checkpoints: 3, pairs: 0 });
    journal.tell([rollback(2, 1)]);
    journal.tell([activate(2)]);
    expect(counts(journal)).toEqual({ tracked: 2, checkpoints: 3, pairs: 0 });
    expect(journal.records.module(moduleId)?.activations).toBe(3);
    journal.tell([report(1, 'COMPATIBLE'), report(2, 'BREAKING'), report(1, 'BREAKING', 1, 3)]);
    expect(counts(journal)).toEqual({ tracked: 2, checkpoints: 3, pairs: 2 });
  });

  test('is a pair once as BREAKING, however often somebody says so', () => {
    const journal = planner(2);
    journal.tell([report(1, 'COMPATIBLE')]);
    expect(journal.records.totals(moduleId).breaking).toBe(0);
    for (const seq of [2, 3]) journal.tell([report(seq, 'BREAKING')]);
    expect(journal.records.totals(moduleId).breaking).toBe(1);
  });

  test('are staged versions, until they become active', () => {
    const journal = planner(1);
    journal.tell([stage(2, 1), stage(3, 1)]);
    expect([...journal.records.staged(moduleId)].sort()).toEqual([2, 3]);
    journal.tell([activate(2)]);
    expect([...journal.records.staged(moduleId)]).toEqual([3]);
  });
});

describe('a name', () => {
  test('is taken by the first version, and in format 1 by the first report as well; with it its scope', () => {
    const journal = new ReplayedJournal();
    const ofScope = (event: LedgerEvent): LedgerEvent => ({ ...event, moduleId: '@acme/planner' }) as LedgerEvent;
    expect([...journal.records.names()]).toEqual([]);
    journal.tell([report(1, 'COMPATIBLE')]);
    expect([...journal.records.names()]).toEqual([moduleId]);
    journal.tell([ofScope(stage(1, null))]);
    expect([...journal.records.names()].sort()).toEqual(['@acme/planner', moduleId]);
    expect(journal.records.caseTwin('@ACME/other')).toBe('@acme/planner');
  });
});

describe('the SHA-256 of a commit that a version names', () => {
  const named: LedgerEvent = { ...stage(1, null), commitSha256: 'a'.repeat(64) } as LedgerEvent;
  const telling = (sha256: string | null) => () => {
    const journal = new ReplayedJournal();
    journal.tell([named], (facts: EntryFacts) => ({ ...facts, commitSha256Of: () => sha256 }));
  };

  test('is that of the commit, where this can be read', () => {
    expect(telling('a'.repeat(64))).not.toThrow();
    expect(telling(null)).not.toThrow();
    expect(telling('b'.repeat(64))).toThrow(/stages planner v1 with another SHA-256 than its commit has/);
  });
});

describe('a moment', () => {
  test('is kept of each module that an entry is about: what was active since when, and where it would go back to', () => {
    const journal = planner(2);
    journal.tell([tag(1)]);
    journal.tell([tag(2, 'eu')]);
    journal.record('router', 1);
    expect([...journal.records.moments(moduleId, 9)].sort(([a], [b]) => a - b)).toEqual([
      [1, { highest: 1, active: 1, tags: [], target: null, targetTags: [], activation: 1 }],
      [2, { highest: 2, active: 2, tags: [], target: null, targetTags: [], activation: 2 }],
      [3, { highest: 2, active: 2, tags: [], target: 1, targetTags: ['stable'], activation: 2 }],
      [4, { highest: 2, active: 2, tags: ['eu'], target: 1, targetTags: ['stable'], activation: 2 }],
    ]);
  });

  test('of a module that has reports alone has no version in it', () => {
    const journal = new ReplayedJournal();
    journal.tell([report(1, 'COMPATIBLE')]);
    expect([...journal.records.moments(moduleId, 9)]).toEqual([
      [1, { highest: 0, active: null, tags: [], target: null, targetTags: [], activation: null }],
    ]);
  });

  test('stands beside what is told of each version: the entries that are about it, each once', () => {
    const journal = planner(2);
    journal.tell([tag(1), tag(1, 'eu')]);
    journal.tell([rollback(2, 1)]);
    expect(journal.records.version(moduleId, 1)?.entries).toEqual([1, 3, 4]);
    expect(journal.records.version(moduleId, 2)?.entries).toEqual([2, 4]);
  });
});

describe('dates that an admin calls wrong', () => {
  /** An entry that says so of the ones from `first` on, dated itself as given. */
  const clock = (first: number, last: number, timestamp: number) => () => {
    const journal = planner(2);
    journal.tell([{ type: 'clock', first, last }], (facts) => ({ ...facts, text: { ...facts.text, timestamp } }));
  };

  test('begin again at the last good one, and not before it', () => {
    const good = planner(2).records.entry(0)?.timestamp ?? 0;
    expect(clock(1, 2, good)).not.toThrow();
    expect(clock(1, 2, good - 1)).toThrow(`its Timestamp ${good - 1} is before ${good}, the last good one`);
    expect(clock(1, 1, good)).toThrow(/entries 1 to 1 are misdated, and not up to itself/);
  });
});

describe('an objection says', () => {
  test.each<readonly [message: string, events: readonly LedgerEvent[]]>([
    ['it activates planner v7, which is not in the ledger', [activate(7)]],
    ['it rolls back to planner v7, which is not in the ledger', [rollback(2, 7)]],
    ['it stages v9 from planner v8, which is not in the ledger', [stage(9, 8)]],
    ['it activates planner v3, made from no version, over v2', [stage(3, null), activate(3)]],
    ['it passes the gate from no version of planner; v2 is active', [stage(3, 2), breakGlass(null, 3)]],
  ])('%s', (message, events) => {
    expect(() => planner(2).tell(events)).toThrow(message);
  });

  test('that nothing is active, where a module has never run, or is not there', () => {
    const journal = new ReplayedJournal();
    expect(() => journal.tell([rollback(2, 1)])).toThrow('it rolls planner back from v2; no version is active');
    expect(() => journal.tell([stage(1, null), breakGlass(4, 1)])).toThrow('from v4 of planner; no version is active');
  });
});

describe('a report', () => {
  const told = { approvedBy: 'auto', bound: true, measuredLevel: null, assessor: null, withdraws: null } as const;

  /** What becomes of it where its tag says that the version gains something. */
  const gaining = (type: 'report' | 'approve') => {
    const journal = planner(2);
    const event = { ...report(1, 'COMPATIBLE'), type } as LedgerEvent;
    journal.tell([event], (facts) => ({ ...facts, reportOf: () => ({ ...told, capabilitiesAdded: ['network'] }) }));
    return journal.records.hasObjection({ moduleId, fromVer: 1, toVer: 2 });
  };

  test('of what a version gains may wait for an approval, and so may BREAKING; an approval, and what gains nothing, may not', () => {
    expect([gaining('report'), gaining('approve')]).toEqual([true, false]);
    const journal = planner(3);
    journal.tell([report(1, 'COMPATIBLE'), report(1, 'BREAKING', 2, 3)]);
    const objected = { moduleId, fromVer: 2, toVer: 3 };
    expect([...journal.records.waitable(false)]).toEqual([objected]);
    // Where UNKNOWN needs an approval, any report may have a pair wait.
    expect([...journal.records.waitable(true)]).toEqual([{ moduleId, fromVer: 1, toVer: 2 }, objected]);
  });

  test('is kept with its key, and whether that was an assessor by the policy before it', () => {
    const line = (judge?: EntryFacts['judge']) => {
      const journal = planner(2);
      journal.tell([report(1, 'COMPATIBLE')], (facts) => (judge === undefined ? facts : { ...facts, judge }));
      return journal.records.reportLines({ moduleId, fromVer: 1, toVer: 2 })[0];
    };
    expect(line()).toMatchObject({ entry: 3, event: 0, fingerprint: 'SHA256:key', level: 'COMPATIBLE' });
    expect(line()).not.toHaveProperty('byAssessor');
    expect(line(policyOf({ key: { roles: ['assessor'] } }))?.byAssessor).toBe(true);
  });

  test('on what is not there yet is told with the version, oldest entry first', () => {
    const journal = planner(2);
    journal.tell([report(1, 'COMPATIBLE', 2, 3)]);
    journal.tell([report(1, 'COMPATIBLE', 1, 3)]);
    journal.tell([stage(3, 2)]);
    expect(journal.records.version(moduleId, 3)?.entries).toEqual([3, 4, 5]);
  });
});

test('what was redacted of one version stays away from others, and nothing else does', () => {
  const journal = planner(2);
  const [secret, other] = ['5'.repeat(40), '6'.repeat(40)];
  journal.blobs.set(journal.records.version(moduleId, 1)?.oid ?? '', [secret]);
  const redact = { moduleId, version: 1, oid: secret, sha256: 'a'.repeat(64), reason: 'a key' } as const;
  journal.tell([{ type: 'redact', ...redact }]);
  const next = journal.facts([stage(3, 2)]);
  journal.blobs.set(next.text.updates[0]?.to ?? '', [other]);
  journal.replay(next);
  expect(journal.records.version(moduleId, 3)?.redacted).toBeUndefined();
});
