/** The line on a terminal that says how far a long task is. */

import { PassThrough } from 'node:stream';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import type { TransferProgress } from '../../src/api/types.js';
import { progressLine } from '../../src/cli/terminal/progress-line.js';
import { Given } from '../../src/cli/verb.js';

const GONE = '\r\u001b[K';

/** A line, and what was written of it since the last question. */
function lineOn(isTTY: boolean, columns?: number, json = false) {
  const stderr = Object.assign(new PassThrough({ encoding: 'utf8' }), { isTTY, columns: columns ?? 80 });
  const line = progressLine({ io: { stderr }, given: new Given(new Map([['json', json]])) });
  return { line, written: (): string => stderr.read() ?? '' };
}

describe('a progress line', () => {
  beforeEach(() => void vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout', 'performance'] }));
  afterEach(() => void vi.useRealTimers());

  it('is not there for what is done within a second', () => {
    const { line, written } = lineOn(true);
    line.show('entries', 1, 3);
    vi.advanceTimersByTime(999);
    line.show('entries', 3, 3);
    line.clear();
    vi.advanceTimersByTime(60_000);
    expect(written()).toBe('');
  });

  it('comes after a second with what was said last, also where nothing more is said', () => {
    const { line, written } = lineOn(true);
    line.show('reading', 1);
    line.show('assessing planner');
    vi.advanceTimersByTime(1000);
    expect(written()).toBe('\rassessing planner\u001b[K');
    line.clear();
    expect(written()).toBe(GONE);
  });

  it('is written over itself, ten times a second at most, and leaves nothing behind', () => {
    const { line, written } = lineOn(true);
    vi.advanceTimersByTime(1000);
    line.show('entries', 1, 3);
    expect(written()).toBe('\rentries 1/3\u001b[K');
    vi.advanceTimersByTime(99);
    line.show('entries', 2, 3);
    expect(written()).toBe('');
    vi.advanceTimersByTime(1);
    line.show('entries', 3, 3);
    expect(written()).toBe('\rentries 3/3\u001b[K');
    line.show('refs', 7, null);
    expect(written()).toBe('\rrefs 7\u001b[K');
    line.clear();
    line.clear();
    expect(written()).toBe(GONE);
  });

  it('begins anew once it was cleared', () => {
    const { line, written } = lineOn(true);
    vi.advanceTimersByTime(5000);
    line.clear();
    line.show('entries', 1, 3);
    expect(written()).toBe('');
    vi.advanceTimersByTime(1000);
    expect(written()).toBe('\rentries 1/3\u001b[K');
  });

  it('stays within its row, and holds nothing that a terminal would obey', () => {
    const { line, written } = lineOn(true, 12);
    vi.advanceTimersByTime(1000);
    line.show('a\u001b[2Jb\nc with more', 1, 3);
    expect(written()).toBe('\ra\\u001b[2Jb\u001b[K');
  });

  it('says of a transfer the objects and bytes that are known', () => {
    const { line, written } = lineOn(true);
    vi.advanceTimersByTime(1000);
    const said = (progress: TransferProgress): string => {
      line.showTransfer(progress);
      vi.advanceTimersByTime(100);
      return written();
    };
    expect(said({ phase: 'counting', done: 3, total: null, bytes: null })).toBe('\rcounting objects 3\u001b[K');
    const bytes = 3 * 2 ** 19;
    expect(said({ phase: 'receiving', done: null, total: null, bytes: 1000 })).toBe(
      '\rreceiving objects 1000 bytes\u001b[K',
    );
    expect(said({ phase: 'receiving', done: null, total: 9, bytes })).toBe('\rreceiving objects of 9, 1.5 MiB\u001b[K');
    expect(said({ phase: 'sending', done: 3, total: 9, bytes })).toBe('\rsending objects 3/9, 1.5 MiB\u001b[K');
  });

  it.each([
    ['in a pipe', false, false],
    ['where JSON is asked for', true, true],
  ])('is not there %s', (_, isTTY, json) => {
    const { line, written } = lineOn(isTTY, 80, json);
    vi.advanceTimersByTime(5000);
    line.show('entries', 1, 3);
    vi.advanceTimersByTime(5000);
    line.clear();
    expect({ active: line.active, written: written() }).toEqual({ active: false, written: '' });
  });
});
