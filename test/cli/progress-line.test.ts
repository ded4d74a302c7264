/** The line on a terminal that says how far a long task is. */

import { describe, expect, it } from 'vitest';
import { progressLine } from '../../src/cli/progress-line.js';

function lineOn(isTTY: boolean) {
  const written: string[] = [];
  const stderr = { isTTY, write: (text: string) => written.push(text) > 0 };
  return { written, line: progressLine({ stderr } as unknown as Parameters<typeof progressLine>[0]) };
}

describe('a progress line', () => {
  it('is written over itself, and leaves nothing behind', () => {
    const { written, line } = lineOn(true);
    line.show('entries', 1, 3);
    line.clear();
    line.clear();
    expect(written).toEqual(['\rentries 1/3\u001b[K', '\r\u001b[K']);
  });

  it('that was never shown clears nothing', () => {
    const { written, line } = lineOn(true);
    line.clear();
    expect(written).toEqual([]);
  });

  it('is for terminals only', () => {
    const { written, line } = lineOn(false);
    line.show('entries', 1, 3);
    line.clear();
    expect(written).toEqual([]);
  });
});
