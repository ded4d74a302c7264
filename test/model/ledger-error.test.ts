/** What an error is as JSON. */

import { expect, test } from 'vitest';
import { LedgerError } from '../../src/errors.js';

test('an error as JSON says that the transaction is in the journal, where it is', () => {
  const data = { operation: 'write', path: 'x', errno: 'ENOSPC' };
  const json = (committed: boolean) =>
    JSON.parse(JSON.stringify(new LedgerError('IO', 'no space', data, { committed, cause: new Error('disk') })));
  const plain = { code: 'IO', message: 'no space', hint: '', docs: 'docs/errors.md#io', data };
  expect(json(false)).toEqual(plain);
  expect(json(true)).toEqual({ ...plain, committed: true });
});
