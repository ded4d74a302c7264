/** Where nodes and lines of a lineage stand. */

import { expect, test } from 'vitest';
import { type RailVersion, railOf } from '../../src/page/browser/rail-lanes.js';

type Kind = RailVersion['line']['kind'];

/** `number parent kind`, newest first; parent 0: none. */
function lanes(...versions: readonly (readonly [version: number, parent: number, kind: Kind])[]) {
  const rows = railOf(
    versions.map(([version, parent, kind]) => ({
      version,
      parentVer: parent === 0 ? null : parent,
      inLineage: kind === 'lineage',
      line: { kind, breaking: false },
    })),
  );
  return rows.map(({ lane, lines }) => [lane, lines.map(({ from, to, part }) => `${part} ${from}-${to}`)]);
}

test('a lineage without branches is one line', () => {
  expect(lanes([3, 2, 'lineage'], [2, 1, 'lineage'], [1, 0, 'lineage'])).toEqual([
    [0, ['bottom 0-0']],
    [0, ['top 0-0', 'bottom 0-0']],
    [0, ['top 0-0']],
  ]);
});

test('what was abandoned stands beside it, and meets it where it began', () => {
  const drawn = lanes([4, 1, 'lineage'], [3, 2, 'abandoned'], [2, 1, 'abandoned'], [1, 0, 'lineage']);
  expect(drawn).toEqual([
    [0, ['bottom 0-0']],
    [1, ['past 0-0', 'bottom 1-1']],
    [1, ['past 0-0', 'top 1-1', 'bottom 1-1']],
    [0, ['top 0-0', 'top 1-0']],
  ]);
});

test('branches at the same time have lanes of their own, which are used again', () => {
  const drawn = lanes([5, 3, 'staged'], [4, 3, 'staged'], [3, 1, 'lineage'], [2, 1, 'abandoned'], [1, 0, 'lineage']);
  expect(drawn.map(([lane]) => lane)).toEqual([1, 2, 0, 1, 0]);
  expect(drawn[2]?.[1]).toEqual(['top 1-0', 'top 2-0', 'bottom 0-0']);
});

test('a part of a lineage leads out of the picture, and any number of branches is drawn', () => {
  expect(lanes([7, 6, 'lineage'])).toEqual([[0, ['bottom 0-0']]]);
  const many = Array.from({ length: 40 }, (_, i) => [50 - i, 1, 'staged'] as const);
  const drawn = lanes(...many);
  expect(drawn).toHaveLength(40);
  expect(Math.max(...drawn.map(([lane]) => Number(lane)))).toBe(9);
});
