/** What an error is as JSON, and for another copy of the package. */

import { expect, test, vi } from 'vitest';
import { isLedgerError, LedgerError } from '../../src/errors.js';

test('an error as JSON says that the transaction is in the journal, where it is', () => {
  const data = { operation: 'write', path: 'x', errno: 'ENOSPC' };
  const json = (committed: boolean) =>
    JSON.parse(JSON.stringify(new LedgerError('IO', 'no space', data, { committed, cause: new Error('disk') })));
  const plain = { code: 'IO', message: 'no space', hint: '', docs: 'docs/errors.md#io', data };
  expect(json(false)).toEqual(plain);
  expect(json(true)).toEqual({ ...plain, committed: true });
});

test('two copies of the package in one process know each other’s errors', async () => {
  vi.resetModules();
  const other = await import('../../src/errors.js');
  expect(other.LedgerError).not.toBe(LedgerError);
  const error = new other.LedgerError('NOT_FOUND', 'gone', {
    moduleId: 'planner',
    version: null,
    what: 'module',
  } as never);
  expect([isLedgerError(error), isLedgerError(error, 'NOT_FOUND'), isLedgerError(error, 'IO')]).toEqual([
    true,
    true,
    false,
  ]);
  const like = Object.assign(new Error('gone'), { code: 'NOT_FOUND' });
  expect([like, null, 'NOT_FOUND', { name: 'LedgerError', code: 'IO' }].map((each) => isLedgerError(each))).toEqual(
    Array(4).fill(false),
  );
});
