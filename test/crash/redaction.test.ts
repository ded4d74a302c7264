/** A redaction that is cut off at any operation on the disk, or done while others write and read: it is finished, and nothing else is lost. */

import { execFileSync, spawn } from 'node:child_process';
import { cpSync, existsSync, mkdirSync, mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { expect, onTestFinished, test } from 'vitest';
import { auditLedger } from '../../src/api/audit.js';
import { ephemeralSigner } from '../../src/api/testing.js';
import type { FileSystem } from '../../src/api/types.js';
import { initLedger, type Ledger, openLedger, type Signer } from '../../src/index.js';
import { FaultyDisk } from './faulty-disk.mjs';
import { library } from './library.js';
import { RecordingProcess } from './processes.mjs';
import { fsckComplaints, GIT_ENVIRONMENT } from './real-git.mjs';
import { operator } from './scenarios.mjs';

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

/** How many secrets are taken out, one after the other. */
const SECRETS = 6;

/** A git that runs on, and keeps open the packs that it has read from: asks it for the code of a version. */
function longRunningGit(gitdir: string): (moduleId: string) => Promise<void> {
  const batch = spawn('git', ['-C', gitdir, 'cat-file', '--batch'], { env: GIT_ENVIRONMENT });
  onTestFinished(() => void batch.kill());
  const answers = createInterface(batch.stdout)[Symbol.asyncIterator]();
  return async (moduleId) => {
    batch.stdin.write(`${moduleId}/v1:index.js\n`);
    const [, type] = String((await answers.next()).value).split(' ');
    const [code, end] = [await answers.next(), await answers.next()].map(({ value }) => value);
    expect([type, code, end]).toEqual(['blob', `${moduleId};`, '']);
  };
}

/** Reads the files of all modules from now on, one after the other. */
function readOn(reader: Ledger, modules: readonly string[]) {
  let [stopped, count] = [false, 0];
  onTestFinished(() => {
    stopped = true;
  });
  const reading = (async () => {
    for (; !stopped; count++) {
      const moduleId = modules[count % modules.length] ?? '';
      const files = await reader.readFiles(moduleId, 2);
      expect(Buffer.from(files.get('index.js')?.data ?? '').toString()).toBe(`${moduleId};\n`);
      await new Promise((resolve) => setTimeout(resolve, 5));
    }
  })();
  return {
    /** Waits until one more was read; rejects where reading failed. */
    async again(): Promise<void> {
      const before = count;
      await Promise.race([reading, expect.poll(() => count, { timeout: 60_000 }).toBeGreaterThan(before)]);
    },
    async stop(): Promise<void> {
      stopped = true;
      await reading;
    },
  };
}

test('beside processes that write, one that reads, and a git that has packs open, nothing else is lost', async () => {
  const dir = mkdtempSync(join(tmpdir(), 'git-lineage-redaction-'));
  onTestFinished(() => rmSync(dir, { recursive: true, force: true }));
  const gitdir = join(dir, 'ledger.git');
  // The processes sign with the same key.
  const signer = await operator(library);
  const owner = await initLedger({ gitdir, signer, format: 2 });
  const modules = Array.from({ length: SECRETS }, (_, i) => `s${i}`);
  for (const moduleId of modules)
    for (const key of [`${SECRET}${moduleId}\n`, 'none\n'])
      await owner.recordCheckpoint({ moduleId }, { files: { 'index.js': `${moduleId};\n`, key } });
  const readByGit = longRunningGit(gitdir);
  await readByGit('s0');
  const writers = ['a', 'b'].map((moduleId) => new RecordingProcess(gitdir, moduleId, 40, 'retrying'));
  await Promise.all(writers.map((writer) => writer.says('acknowledged', 2)));
  const reader = await openLedger({ gitdir });
  const reading = readOn(reader, modules);
  for (const [i, moduleId] of modules.entries()) {
    await owner.versions.redact(moduleId, 1, 'key', { reason: 'a key' });
    await readByGit(moduleId);
    await reading.again();
    await Promise.all(writers.map((writer) => writer.says('acknowledged', 2 * i + 4)));
  }
  const ends = await Promise.all(writers.map(({ ended }) => ended));
  await reading.stop();
  expect([ends, writers.map(({ errors }) => errors)]).toEqual([
    ['0', '0'],
    ['', ''],
  ]);
  for (const writer of writers) {
    const listed = await owner.versions.list(writer.moduleId);
    const told = listed.map(({ version, checksum }) => ({ version, checksum }));
    expect(told).toEqual(writer.acknowledged());
  }
  for (const ledger of [owner, reader]) await ledger.close();
  const { outcome, gaps, redacted } = await auditLedger({ path: gitdir });
  expect([outcome, gaps, redacted.map(({ gone }) => gone)]).toEqual(['passed', [], modules.map(() => true)]);
  expect(fsckComplaints(gitdir)).toEqual([]);
  expect(everything(gitdir)).not.toContain(SECRET);
}, 300_000);
