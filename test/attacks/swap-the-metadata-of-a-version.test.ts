/**
 * Somebody who can make two commits with one SHA-1 has one of them approved, and shows the other: metadata, parent and date of a version
 * stand in its commit alone. In format 2 the entry has the SHA-256 of the commit.
 */

import { it } from 'vitest';
import { sha256Hex } from '../../src/model/content-digest.js';
import { expectFoundAndRefused } from './forged-push.js';

it('a version whose commit is another one than its entry has signed is found by everybody, and refused where it is pushed to', async () => {
  const shown = sha256Hex('the commit that was approved');
  await expectFoundAndRefused(
    (entry) => entry.stage('planner', 3, 2, { event: { commitSha256: shown } }),
    /its commit has the SHA-256 \w+, its Stage line says|with another SHA-256 than its commit has/,
  );
});
