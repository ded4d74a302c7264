/** Two pins: the same, one after the other, of two histories, or nobody can say. */

import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { formatPin } from '../../src/api/audit.js';
import { comparePinned, type JournalAtHand } from '../../src/audit/compare-pins.js';
import { formatCheckpoint, originOf } from '../../src/witness/format/log-checkpoint.js';
import { treeRoot } from '../../src/witness/format/merkle-tree.js';
import { runs } from '../property/seed.js';
import { leavesOf } from './a-log.js';

const shared = leavesOf(4);
const ours = [...shared, ...leavesOf(4, 'ours')];
const theirs = [...shared, ...leavesOf(4, 'theirs')];

function pin(leaves: readonly Buffer[], size = leaves.length) {
  return formatCheckpoint({ origin: originOf(leaves[0]?.toString('hex') ?? ''), size, root: treeRoot(leaves, size) });
}

/** The same point as an audit writes it. */
function oidPin(leaves: readonly Buffer[], size = leaves.length) {
  const [root = '', oid = ''] = [oidOf(leaves[0]), oidOf(leaves[size - 1])];
  return formatPin({ root, trust: `SHA256:${'A'.repeat(43)}`, seq: size - 1, oid });
}

function oidOf(leaf: Buffer | undefined): string {
  return leaf?.toString('hex').slice(0, 40) ?? '';
}

function journal(leaves: readonly Buffer[]): JournalAtHand {
  return { leaves, oids: leaves.map(oidOf) };
}

describe('two pins', () => {
  test.each([
    ['of one point', pin(ours), pin(ours), null, 'same'],
    ['of one size and two roots', pin(ours), pin(theirs), null, 'forked'],
    ['of two sizes, with no journal at hand', pin(ours), pin(ours, 5), null, 'unknown'],
    ['of two sizes, with the journal of both', pin(ours), pin(ours, 5), ours, 'extends'],
    ['of two sizes, with the journal that only the larger one is of', pin(ours), pin(theirs, 5), ours, 'forked'],
    ['of two sizes, with the journal that only the smaller one is of', pin(ours), pin(theirs, 5), theirs, 'unknown'],
    ['of two sizes, with a journal that is too short', pin(ours), pin(ours, 5), ours.slice(0, 6), 'unknown'],
    ['of two ledgers', pin(ours), pin(leavesOf(5, 'other')), ours, 'unknown'],
    ['that audits wrote, of one point', oidPin(ours), oidPin(ours), null, 'same'],
    ['that audits wrote, of one size and two entries', oidPin(ours), oidPin(theirs), null, 'forked'],
    ['that audits wrote, with the journal of both', oidPin(ours), oidPin(ours, 3), ours, 'extends'],
    ['of both kinds, with no journal at hand', pin(ours), oidPin(ours), null, 'unknown'],
    ['of both kinds, with the journal of both', pin(ours), oidPin(ours), ours, 'same'],
    ['of both kinds, with the journal of one', pin(ours), oidPin(theirs), ours, 'forked'],
    ['of both kinds and two sizes, with the journal of the larger one', pin(ours), oidPin(theirs, 5), ours, 'forked'],
    ['of both kinds and two ledgers', pin(ours), oidPin(leavesOf(5, 'other')), ours, 'unknown'],
    ['of two sizes, with the journal of another ledger', pin(ours), pin(ours, 5), leavesOf(9, 'other'), 'unknown'],
  ] as const)('%s', (_, a, b, leaves, expected) => {
    const at = leaves === null ? null : journal(leaves);
    expect(comparePinned(a, b, at)).toBe(expected);
    expect(comparePinned(b, a, at)).toBe(expected);
  });

  test('of one journal are never forked', () => {
    const size = fc.integer({ min: 1, max: 30 });
    fc.assert(
      fc.property(size, size, size, fc.boolean(), (a, b, known, oids) => {
        const leaves = leavesOf(30);
        const relation = comparePinned(
          pin(leaves, a),
          oids ? oidPin(leaves, b) : pin(leaves, b),
          journal(leaves.slice(0, known)),
        );
        const isTold = known >= Math.max(a, b);
        const one = a === b ? 'same' : 'extends';
        expect(relation).toBe(isTold || (a === b && !oids) ? one : 'unknown');
      }),
      runs(200),
    );
  });
});

test.each(['', 'hello', '{}', '[]', '1\n2\n3\n'])('%j is no pin', (text) => {
  expect(() => comparePinned(text, pin(ours), null)).toThrow(expect.objectContaining({ code: 'INVALID_ARGUMENT' }));
});
