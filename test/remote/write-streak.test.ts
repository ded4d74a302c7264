/** Who writes through a remote without a break lets others, whom it cannot see, have a turn. */

import { describe, expect, test } from 'vitest';
import { WriteStreak } from '../../src/ledger/write-streak.js';

/** A streak on a clock that stands still between steps; `write` takes so many milliseconds, waits where it is told to, and says how long. */
function scene() {
  let now = 5000;
  const streak = new WriteStreak(() => now);
  return {
    rest: (ms: number) => {
      now += ms;
    },
    write: (ms: number): number => {
      const waited = streak.beginWrite(ms);
      now += waited + ms;
      streak.taken();
      return waited;
    },
  };
}

describe('a writer', () => {
  test('that writes on and on has a break of four writes each second', () => {
    const { write } = scene();
    const waits = Array.from({ length: 60 }, () => write(40));
    const breaks = waits.flatMap((ms, i) => (ms > 0 ? [[i, ms]] : []));
    expect(breaks).toEqual([
      [25, 160],
      [50, 160],
    ]);
  });

  test('that has breaks of its own waits for nobody', () => {
    const { rest, write } = scene();
    for (let n = 0; n < 200; n++) {
      rest(n % 10 === 9 ? 160 : 1);
      expect(write(40)).toBe(0);
    }
  });

  test('of a slow remote waits for half a second at most', () => {
    const { write } = scene();
    expect(Math.max(...Array.from({ length: 10 }, () => write(700)))).toBe(500);
  });
});
