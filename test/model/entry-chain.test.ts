/** The walk over journal entries: newest first, between two entries, where two journals part, and what ends it. */

import { describe, expect, test } from 'vitest';
import { LedgerError } from '../../src/errors.js';
import {
  badEntry,
  commitsDownFrom,
  entriesAfter,
  entriesAfterLater,
  fork,
  isInHistory,
  newestFirst,
  pointOf,
  readEntry,
} from '../../src/model/entry-chain.js';
import { type EntryText, formatEntry } from '../../src/model/journal-entry.js';
import { SHA1 } from '../../src/model/object-id.js';

interface Commit {
  readonly oid: string;
  readonly parents: readonly string[];
  readonly message: string;
}

/** Commits by short names that stand for ids. */
class Journal {
  readonly commits = new Map<string, Commit>();
  reads = 0;

  readonly source = {
    readCommit: (oid: string): Commit => {
      this.reads += 1;
      const commit = this.commits.get(oid);
      if (commit === undefined)
        throw new LedgerError('CORRUPT_OBJECT', `${oid} cannot be read`, {
          oid,
          fault: 'MISSING',
          reason: 'it is gone',
        });
      return commit;
    },
    readParents: (oid: string) => this.source.readCommit(oid).parents,
  };

  readonly later = { readCommit: async (oid: string) => this.source.readCommit(oid) };

  /** An entry; `seq` is one more than its parent's unless another is given. */
  add(oid: string, parent: string | null, seq = parent === null ? 0 : this.seqOf(parent) + 1): this {
    const text: EntryText = {
      ...{
        format: 1,
        seq,
        previousSha256: seq === 0 ? null : 'a'.repeat(64),
        actor: 'ops@example.org',
        timestamp: 1000,
      },
      events: seq === 0 ? [{ type: 'init', format: 1 }] : [{ type: 'activate', moduleId: 'planner', version: seq }],
      updates: [],
    };
    this.commits.set(oid, { oid, parents: parent === null ? [] : [parent], message: formatEntry(text, SHA1) });
    return this;
  }

  private seqOf(oid: string): number {
    return readEntry(this.source, oid).text.seq;
  }
}

/** Entries 0 to 3; from 1 on there are others, x2 to x4. */
function forked(): Journal {
  const journal = new Journal().add('e0', null).add('e1', 'e0').add('e2', 'e1').add('e3', 'e2');
  return journal.add('x2', 'e1').add('x3', 'x2').add('x4', 'x3');
}

const oids = (entries: readonly { readonly oid: string }[] | null) => entries?.map(({ oid }) => oid) ?? null;

describe('the walk', () => {
  test('goes from the newest entry to the first, whose parent is none', () => {
    const entries = [...newestFirst(forked().source, 'e3')];
    expect(entries.map(({ oid, parent, text }) => [oid, parent, text.seq])).toEqual([
      ['e3', 'e2', 3],
      ['e2', 'e1', 2],
      ['e1', 'e0', 1],
      ['e0', null, 0],
    ]);
  });

  test('ends at an entry whose number is not one less than that of the entry after it', () => {
    const journal = forked().add('e5', 'e3', 5);
    const walked: string[] = [];
    expect(() => {
      for (const { oid } of newestFirst(journal.source, 'e5')) walked.push(oid);
    }).toThrow('journal entry e3 cannot be trusted: its Seq is 3, not 4');
    expect(walked).toEqual(['e5']);
  });

  test('ends at what is no entry, as somebody else wrote there, and names it', () => {
    const journal = forked();
    journal.commits.set('by-hand', { oid: 'by-hand', parents: ['e3'], message: 'fix typo\n' });
    const reason = expect.stringMatching(/./);
    expect(() => readEntry(journal.source, 'by-hand')).toThrow(
      expect.objectContaining({
        code: 'BAD_SIGNATURE',
        data: { what: 'journal entry by-hand', reason },
        hint: 'somebody wrote to refs/heads/ledger without git-lineage: compare it with a clone of the ledger',
      }),
    );
    expect(badEntry('e9', 'it is odd').message).toBe('journal entry e9 cannot be trusted: it is odd');
  });
});

describe('the entries after one', () => {
  const journal = forked();
  const after = (from: string, tip: string) => {
    const point = pointOf(journal.source, from);
    return oids(entriesAfter(journal.source, point, tip));
  };
  const later = async (from: string, tip: string) =>
    oids(await entriesAfterLater(journal.later, pointOf(journal.source, from), tip));

  test.each<readonly [from: string, tip: string, expected: readonly string[] | null]>([
    ['e1', 'e3', ['e2', 'e3']],
    ['e0', 'x4', ['e1', 'x2', 'x3', 'x4']],
    ['e3', 'e3', []],
    ['e2', 'x4', null],
    ['x2', 'e3', null],
    ['x4', 'e3', null],
    ['e3', 'e1', null],
  ])(
    '%s up to %s are oldest first, and none where the one is not in the history of the other',
    async (from, tip, expected) => {
      expect(after(from, tip)).toEqual(expected);
      expect(await later(from, tip)).toEqual(expected);
      expect(isInHistory(journal.source, pointOf(journal.source, from), tip)).toBe(expected !== null);
    },
  );

  test('are none where the one is of another journal, down to the first entry', async () => {
    const point = { oid: 'elsewhere', seq: -1 };
    expect(entriesAfter(journal.source, point, 'e3')).toBeNull();
    expect(await entriesAfterLater(journal.later, point, 'e3')).toBeNull();
  });

  test('are looked for no further down than the number of the one', async () => {
    const long = forked();
    const point = { oid: 'elsewhere', seq: 2 };
    long.reads = 0;
    expect(entriesAfter(long.source, point, 'e3')).toBeNull();
    expect(long.reads).toBe(2);
    long.reads = 0;
    expect(await entriesAfterLater(long.later, point, 'e3')).toBeNull();
    expect(long.reads).toBe(2);
  });
});

describe('two journals part', () => {
  const { source } = forked();

  test.each([
    ['e3', 'x4'],
    ['e3', 'x3'],
    ['e2', 'x4'],
  ])('at the first entry of each that the other lacks: %s and %s', (ours, theirs) => {
    expect(fork(source, ours, theirs)).toEqual({ seq: 2, ours: 'e2', theirs: 'x2' });
    expect(fork(source, theirs, ours)).toEqual({ seq: 2, ours: 'x2', theirs: 'e2' });
  });

  test('nowhere where one continues the other', () => {
    expect(fork(source, 'e3', 'e1')).toBeNull();
    expect(fork(source, 'e0', 'x4')).toBeNull();
    expect(fork(source, 'e3', 'e3')).toBeNull();
  });

  test('at their first entries where they have none in common', () => {
    const journal = forked().add('z0', null).add('z1', 'z0');
    expect(fork(journal.source, 'e3', 'z1')).toEqual({ seq: 0, ours: 'e0', theirs: 'z0' });
  });
});

describe('commits, whatever they are', () => {
  test('are told oldest first, without being read as entries', () => {
    const journal = forked();
    journal.commits.set('by-hand', { oid: 'by-hand', parents: ['e1', 'e0'], message: 'fix typo\n' });
    expect(commitsDownFrom(journal.source, 'by-hand')).toEqual({ oids: ['e0', 'e1', 'by-hand'], unreadable: null });
  });

  test('end at what cannot be read, and say what, or where one comes back', () => {
    const journal = forked();
    journal.commits.delete('e1');
    expect(commitsDownFrom(journal.source, 'e3')).toEqual({ oids: ['e2', 'e3'], unreadable: 'e1 cannot be read' });
    journal.commits.set('e1', { oid: 'e1', parents: ['e3'], message: '' });
    expect(commitsDownFrom(journal.source, 'e3')).toEqual({ oids: ['e1', 'e2', 'e3'], unreadable: null });
  });

  test('do not hide that something else went wrong', () => {
    const readParents = (): never => {
      throw new LedgerError('IO', 'disk', { operation: 'read', path: 'x', errno: 'EIO' });
    };
    expect(() => commitsDownFrom({ readParents }, 'e3')).toThrow('disk');
  });
});
