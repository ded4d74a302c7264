/** A redaction that is cut off at any operation on the disk: whoever opens the ledger next finishes it, and nothing else is lost. */

import { execFileSync } from 'node:child_process';
import { cpSync, existsSync, mkdirSync, mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { auditLedger } from '../../src/api/audit.js';
import { ephemeralSigner } from '../../src/api/testing.js';
import type { FileSystem } from '../../src/api/types.js';
import { initLedger, openLedger, type Signer } from '../../src/index.js';
import { FaultyDisk } from './faulty-disk.mjs';
import { fsckComplaints, GIT_ENVIRONMENT } from './real-git.mjs';

const SECRET = 'AKIA-the-key-of-the-shop-7731\n';
const now = () => 1_700_000_000.5;

/** So many operations lie between two that are cut off: every one would take minutes. */
const STRIDE = 4;

async function preparedLedger(dir: string): Promise<{ base: string; signer: Signer }> {
  const base = join(dir, 'base');
  mkdirSync(base);
  const signer = await ephemeralSigner('ops@example.org');
  const ledger = await initLedger({ gitdir: join(base, 'ledger.git'), signer, format: 2, now });
  for (const [code, key] of [
    ['1', SECRET],
    ['2', SECRET],
    ['3', 'none'],
  ] as const)
    await ledger.recordCheckpoint({ moduleId: 'planner' }, { files: { 'index.js': `${code};\n`, key } });
  await ledger.close();
  return { base, signer };
}

/** Redacts on a file system until that fails, if it does. */
async function redactOn(gitdir: string, signer: Signer, fs: FileSystem): Promise<void> {
  try {
    const ledger = await openLedger({ gitdir, signer, fs, now });
    await ledger.versions.redact('planner', 1, 'key', { reason: 'a key' });
    await ledger.close();
  } catch {
    // The power went off.
  }
}

function everything(gitdir: string): string {
  return execFileSync('git', ['-C', gitdir, 'cat-file', '--batch-all-objects', '--batch'], {
    env: GIT_ENVIRONMENT,
    encoding: 'utf8',
  });
}

async function expectFinished(gitdir: string, signer: Signer, what: string): Promise<boolean> {
  const ledger = await openLedger({ gitdir, signer, now });
  const redacted = await ledger.versions.redactions();
  await ledger.recordCheckpoint({ moduleId: 'other' }, { files: { a: 'b' } });
  await ledger.close();
  const report = await auditLedger({ path: gitdir, now });
  const problems = report.steps.flatMap((step) => step.problems.map(({ message }) => message));
  expect([what, problems, report.gaps]).toEqual([what, [], []]);
  expect([what, fsckComplaints(gitdir)]).toEqual([what, []]);
  expect([what, everything(gitdir).includes(SECRET)]).toEqual([what, redacted.length === 0]);
  const folder = join(gitdir, 'objects/pack');
  const orphans = readdirSync(folder).filter(
    (name) => name.endsWith('.pack') && !existsSync(join(folder, name.replace(/pack$/, 'idx'))),
  );
  expect([what, orphans]).toEqual([what, []]);
  return redacted.length > 0;
}

test.each(['killed', 'synced only'])(
  'cut off anywhere (%s), it is finished by the next one',
  { timeout: 600_000 },
  async (how) => {
    const dir = mkdtempSync(join(tmpdir(), 'git-lineage-redaction-'));
    onTestFinished(() => rmSync(dir, { recursive: true, force: true }));
    const { base, signer } = await preparedLedger(dir);
    const seen = new Set<boolean>();
    let finished = false;
    for (let at = 0; !finished; at += STRIDE) {
      const work = join(dir, 'work');
      cpSync(base, work, { recursive: true });
      const disk = new FaultyDisk(work);
      disk.cutAt = at;
      await redactOn(join(work, 'ledger.git'), signer, disk.fs);
      finished = !disk.off;
      const left = join(dir, 'left');
      // Hard links stay what they are: by them a dead writer's locks are known.
      disk.survivors(left, () => (how === 'killed' ? 'live' : 'durable'));
      const what = `${at}: ${disk.log[at] ?? 'the end'}`;
      seen.add(await expectFinished(join(left, 'ledger.git'), signer, what));
      for (const path of [work, left]) rmSync(path, { recursive: true });
    }
    expect(seen).toEqual(new Set([false, true]));
  },
);
