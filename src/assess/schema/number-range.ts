/** Numbers between bounds, and which ranges hold which others. */

import { type NumberBranch, stricter } from './branches.js';
import { isMultiple } from './evaluate.js';
import type { Bound } from './keywords.js';

const MAX_CUTS = 64;

/** The bounds of whole numbers, on whole numbers. */
function tightened(range: NumberBranch): NumberBranch {
  if (!range.integer) return range;
  const up = ({ at, open }: Bound): Bound => ({ at: open ? Math.floor(at) + 1 : Math.ceil(at), open: false });
  const down = ({ at, open }: Bound): Bound => ({ at: open ? Math.ceil(at) - 1 : Math.floor(at), open: false });
  const [low, high] = [range.low === null ? null : up(range.low), range.high === null ? null : down(range.high)];
  return { ...range, low, high };
}

function isAtLeast(a: Bound | null, b: Bound | null, sign: 1 | -1): boolean {
  if (a === null || b === null) return b === null;
  return a.at === b.at ? a.open || !b.open : a.at * sign > b.at * sign;
}

/** Whether every multiple of what `a` steps by is one of `step`. */
function hasStep(a: NumberBranch, step: number): boolean {
  const steps = a.integer ? [...a.steps, 1] : [...a.steps];
  return steps.some((own) => own === step || isMultiple(own, step) === true);
}

/** True where no number is between the bounds. */
export function isEmptyRange(range: NumberBranch): boolean {
  const { low, high } = tightened(range);
  return low !== null && high !== null && (low.at > high.at || (low.at === high.at && (low.open || high.open)));
}

/** True where every number of `a` is one of `b`. */
export function coversNumber(range: NumberBranch, b: NumberBranch): boolean {
  const a = tightened(range);
  if (!isAtLeast(a.low, b.low, 1) || !isAtLeast(a.high, b.high, -1)) return false;
  return (!b.integer || hasStep(a, 1)) && [...b.steps].every((step) => hasStep(a, step));
}

/** True where several ranges together hold every number of `a`: each piece between two of their bounds is in one. */
export function coversInPieces(a: NumberBranch, ranges: readonly NumberBranch[]): boolean {
  const bounds = ranges
    .flatMap((range) => [range.low, range.high])
    .flatMap((bound) => (bound === null ? [] : [bound.at]));
  const cuts = [...new Set(bounds)].sort((x, y) => x - y);
  if (ranges.length < 2 || cuts.length > MAX_CUTS) return false;
  const pieces: NumberBranch[] = [];
  let low = a.low;
  for (const at of cuts) {
    pieces.push(between(a, low, { at, open: true }), between(a, { at, open: false }, { at, open: false }));
    low = { at, open: true };
  }
  pieces.push(between(a, low, null));
  return pieces.every((piece) => isEmptyRange(piece) || ranges.some((range) => coversNumber(piece, range)));
}

function between(a: NumberBranch, low: Bound | null, high: Bound | null): NumberBranch {
  return { ...a, low: stricter(a.low, low, 1), high: stricter(a.high, high, -1) };
}
