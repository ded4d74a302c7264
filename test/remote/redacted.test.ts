/** A ledger out of which files were redacted, on every road by which others come to have it. */

import { execFileSync } from 'node:child_process';
import { join } from 'node:path';
import { describe, expect, onTestFinished, test } from 'vitest';
import {
  auditLedger,
  cloneLedger,
  ephemeralSigner,
  fetchLedger,
  initLedger,
  type Ledger,
  openLedger,
  type Signer,
} from '../../src/index.js';
import { GIT_ENVIRONMENT } from '../crash/real-git.mjs';
import { skipSsh, sshHost } from './git-host.js';
import { folder } from './places.js';
import { gitDaemon, httpBackend, served } from './servers.js';

const TIMEOUT_MS = 180_000;

const secretOf = (name: string): string => `AKIA-the-key-of-${name}\n`;

interface Place {
  readonly dir: string;
  readonly gitdir: string;
  readonly ledger: Ledger;
  readonly owner: Signer;
}

/** Records a version of a module with a secret, makes one without it active, and redacts the secret. */
async function recordAndRedact(ledger: Ledger, moduleId: string): Promise<void> {
  const code = { 'index.js': `export const name = '${moduleId}';\n`, 'lib/deep/a.js': `${moduleId} deep\n` };
  await ledger.recordCheckpoint({ moduleId }, { files: { ...code, 'lib/key.pem': secretOf(moduleId) } });
  await ledger.recordCheckpoint({ moduleId }, { files: code });
  await ledger.redact(moduleId, 1, 'lib/key.pem', { reason: 'a key' });
}

/** A ledger with a secret that is there still. */
async function ledgerWithSecret(): Promise<Place> {
  const dir = folder();
  const gitdir = join(dir, 'ledger.git');
  const owner = await ephemeralSigner('owner@example.org');
  const ledger = await initLedger({ gitdir, signer: owner, format: 2 });
  onTestFinished(() => ledger.close());
  await ledger.recordCheckpoint({ moduleId: 'planner' }, { files: { 'index.js': '1;\n', key: secretOf('old') } });
  await ledger.recordCheckpoint({ moduleId: 'planner' }, { files: { 'index.js': '2;\n' } });
  return { dir, gitdir, ledger, owner };
}

function git(gitdir: string, ...args: string[]): string {
  return execFileSync('git', ['-C', gitdir, ...args], { env: GIT_ENVIRONMENT, encoding: 'utf8', stdio: 'pipe' });
}

/** None of some secrets is in it, and nobody finds anything wrong with it: neither git, before and after it tidied up, nor we. */
async function expectSound(gitdir: string, ...gone: readonly string[]): Promise<void> {
  for (const tidy of [false, true]) {
    if (tidy) git(gitdir, 'gc', '-q', '--prune=now');
    const content = git(gitdir, 'cat-file', '--batch-all-objects', '--batch');
    expect(gone.filter((name) => content.includes(secretOf(name)))).toEqual([]);
    git(gitdir, 'fsck', '--strict', '--full');
    const { outcome, gaps, redacted } = await auditLedger({ path: gitdir });
    expect([outcome, gaps, redacted.map((blob) => blob.gone)]).toEqual(['passed', [], gone.map(() => true)]);
  }
  const ledger = await openLedger({ gitdir });
  onTestFinished(() => ledger.close());
  expect((await ledger.doctor()).findings).toEqual([]);
  expect((await ledger.readFiles('planner', 2)).size).toBe(1);
}

/** Lets git's own ssh find the host. */
function withSshCommand(command: string): void {
  process.env['GIT_SSH_COMMAND'] = command;
  onTestFinished(() => {
    delete process.env['GIT_SSH_COMMAND'];
  });
}

/** How a ledger is reached; what is fetched that way is the same. */
const ROADS: readonly { road: string; urlOf: (place: Place) => Promise<string>; skipped?: boolean }[] = [
  { road: 'a path', urlOf: async ({ gitdir }) => gitdir },
  { road: 'file://', urlOf: async ({ gitdir }) => `file://${gitdir}` },
  {
    road: 'ssh',
    urlOf: async ({ gitdir }) => {
      const { url, command } = await sshHost(folder());
      withSshCommand(command);
      return `${url}${gitdir}`;
    },
    skipped: skipSsh,
  },
  { road: 'git://', urlOf: async ({ dir }) => `${await gitDaemon(dir)}/ledger.git` },
  { road: 'git-lineage serve', urlOf: async ({ gitdir }) => (await served(gitdir)).url },
  { road: 'git http-backend', urlOf: async ({ dir }) => `${await httpBackend(dir)}/ledger.git` },
  {
    road: 'git http-backend of any version',
    urlOf: async ({ dir }) => `${await httpBackend(dir, 'any version')}/ledger.git`,
  },
];

describe.each(ROADS)('over $road', ({ urlOf, skipped = false }) => {
  test.skipIf(skipped)(
    'it is cloned, and a copy that lacks redacted versions catches up',
    { timeout: TIMEOUT_MS },
    async () => {
      const place = await ledgerWithSecret();
      const { dir, gitdir, ledger, owner } = place;
      const [older, empty, fresh] = ['older.git', 'none.git', 'fresh.git'].map((name) => join(dir, name)) as [
        string,
        string,
        string,
      ];
      for (const copy of [older, empty]) await cloneLedger({ url: gitdir, gitdir: copy });
      await recordAndRedact(ledger, 'late');
      const url = await urlOf(place);
      await cloneLedger({ url, gitdir: fresh });
      await expectSound(fresh, 'late');
      expect(await fetchLedger({ gitdir: older, remote: url })).toMatchObject({ adopted: 3 });
      await expectSound(older, 'late');
      // A second time, with one that they had and one that they never had; and by a writer that pulls.
      await ledger.redact('planner', 1, 'key', { reason: 'the old key' });
      await recordAndRedact(ledger, 'later');
      const writer = await openLedger({ gitdir: fresh, signer: owner });
      onTestFinished(() => writer.close());
      expect(await writer.sync(url).catch((error: unknown) => error)).toMatchObject({ adopted: 4 });
      await expectSound(fresh, 'old', 'late', 'later');
      expect(await fetchLedger({ gitdir: older, remote: url })).toMatchObject({ adopted: 4 });
      await expectSound(older, 'old', 'late', 'later');
      // From the first entries on, with everything at once.
      expect(await fetchLedger({ gitdir: empty, remote: url })).toMatchObject({ adopted: 7 });
      await expectSound(empty, 'old', 'late', 'later');
      // And they go on, from one another as well.
      await ledger.recordCheckpoint({ moduleId: 'planner' }, { files: { 'index.js': '3;\n' } });
      await writer.pull(url);
      expect(await fetchLedger({ gitdir: older, remote: fresh })).toMatchObject({ adopted: 1 });
      await expectSound(older, 'old', 'late', 'later');
    },
  );
});
