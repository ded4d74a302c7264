/** A service under Node's permission model: what an operation says that it refused. */

import { expect, test } from 'vitest';
import { ioError } from '../../src/git/file-system.js';

/** As Node 20 to 24 throw it. */
function refused(permission?: string): Error {
  return Object.assign(new Error('Access to this API has been restricted'), { code: 'ERR_ACCESS_DENIED', permission });
}

test.each([
  ['FileSystemRead', '--allow-fs-read'],
  ['FileSystemWrite', '--allow-fs-write'],
  // There is no flag for fdatasync: "fdatasync API is disabled when Permission Model is enabled".
  [undefined, 'lets no file be synced'],
])('that of %s says what to do', (permission, word) => {
  expect(ioError('read', '/ledger.git/HEAD', refused(permission))).toMatchObject({
    code: 'IO',
    data: { operation: 'read', path: '/ledger.git/HEAD' },
    hint: expect.stringContaining(word),
  });
});
