/** `clone` and `fetch` on the command line: what they print, and their exit codes. */

import { chmodSync, existsSync } from 'node:fs';
import { expect, test } from 'vitest';
import { sandbox, withLedger } from '../cli/sandbox.js';
import { meddling, served } from './servers.js';

test('clone says whose word it rests on, and where the journal stands', async () => {
  const box = await withLedger();
  await box.ok('record', 'planner', '--checksum', 'c');
  const { url } = await served(box.ledger);
  const { signers } = { signers: await box.json('signers') };
  const trust = signers[0].fingerprint;
  const first = await box.ok('clone', url, 'a.git');
  expect(first).toContain(`first entry signed by ${trust}\n`);
  expect(first).toContain('taken on first use');
  const trusted = await box.json('clone', url, 'b.git', '--trust', trust);
  expect(trusted).toMatchObject({ ledger: box.path('b.git'), remote: url.replace(/\/$/, ''), trust, trusted: true });
  expect(trusted.journal.seq).toBe(1);
  expect(trusted.ignored).toEqual([]);
  expect(await box.ok('clone', url, 'c.git', '--trust', trust)).toContain('as expected');
  const pinned = await box.json('clone', url, 'd.git', '--pin', box.path('a.git/lineage/pin.json'));
  expect(pinned.trusted).toBe(true);
  expect(await box.json('status', '--ledger', 'b.git')).toEqual(await box.json('status'));
});

test('clone takes a path from where it is called, and refuses with the exit code of the family', async () => {
  const box = await withLedger();
  expect((await box.json('clone', './modules.git', 'a.git')).remote).toBe(box.ledger);
  const other = `SHA256:${'A'.repeat(43)}`;
  expect(await box.failure(['clone', 'modules.git', 'b.git', '--trust', other])).toMatchObject({
    exit: 4,
    code: 'AUDIT_FAILED',
  });
  expect(await box.failure(['clone', 'modules.git', 'a.git'])).toMatchObject({ exit: 2, code: 'LEDGER_EXISTS' });
  expect(await box.failure(['clone', 'ext::sh -c x', 'b.git'])).toMatchObject({ exit: 2, code: 'INVALID_ARGUMENT' });
  expect(await box.failure(['clone', 'http://127.0.0.1:9/', 'b.git'])).toMatchObject({
    exit: 3,
    code: 'REMOTE_UNREACHABLE',
  });
  expect(existsSync(box.path('b.git'))).toBe(false);
});

test('fetch brings a copy up to date', async () => {
  const box = await withLedger();
  await box.ok('clone', 'modules.git', 'a.git');
  await box.ok('record', 'planner', '--checksum', 'c');
  expect(await box.json('fetch', '--ledger', 'a.git')).toMatchObject({ adopted: 1, journal: { seq: 1 } });
  expect(await box.ok('fetch', './modules.git', '--ledger', 'a.git')).toContain('nothing new');
});

test('credentials come from git where a server asks, and nobody is asked who is not there', async () => {
  const box = await withLedger();
  const { url } = await served(box.ledger);
  const wanted = `Basic ${Buffer.from('ops:right').toString('base64')}`;
  const guarded = await meddling(url, {
    instead: ({ headers }, response) => {
      if (headers.authorization === wanted) return false;
      response.writeHead(401, { 'www-authenticate': 'Basic realm="x"' }).end();
      return true;
    },
  });
  expect(await box.failure(['clone', guarded, 'a.git'])).toMatchObject({ exit: 4, code: 'REMOTE_REFUSED' });
  const helper = box.write(
    'helper',
    '#!/bin/sh\ntest "$1" = get && printf "username=ops\\npassword=right\\n"\nexit 0\n',
    0o755,
  );
  chmodSync(helper, 0o755);
  box.write('gitconfig', `[credential]\n\thelper = ${helper}\n`);
  const cloned = await box.ok('clone', guarded, 'a.git');
  expect(cloned).toContain('audited');
  expect(cloned).not.toContain('right');
});

test('outside a ledger there is nothing to fetch into', async () => {
  const box = sandbox();
  expect(await box.failure(['fetch', '--ledger', 'none.git'])).toMatchObject({ exit: 2, code: 'NOT_A_LEDGER' });
});
