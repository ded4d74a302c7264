/** The backup drill of docs/guide/operations.md, as written, on a ledger that a process writes to all the while. */

import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { openLedger } from '../../src/index.js';
import { fsckComplaints, git, gitOutcome } from '../crash/real-git.mjs';
import { fixtureSigner } from '../interop/ledger-on-disk.js';

const root = dirname(dirname(dirname(fileURLToPath(import.meta.url))));
const guide = readFileSync(join(root, 'docs', 'guide', 'operations.md'), 'utf8');
const section = guide.split(/^## /m).find((part) => part.startsWith('Backup and restore\n')) ?? '';
const [mirror = '', update = '', bundle = '', restore = '', redacted = '', copy = ''] = [
  ...section.matchAll(/^```sh\n([\s\S]*?)^```$/gm),
].map(([, text = '']) => text);

let folder: string;
let writer: ChildProcess;
/** What the writer was told to be in the ledger, in order. */
const acknowledged: { version: number; checksum: string }[] = [];
let onAcknowledged: () => void = () => undefined;

function environment(): Record<string, string> {
  return {
    PATH: `${join(folder, 'bin')}:${process.env['PATH']}`,
    HOME: join(folder, 'home'),
    GIT_CONFIG_GLOBAL: '/dev/null',
    GIT_CONFIG_NOSYSTEM: '1',
    GIT_LINEAGE_KEY: join(folder, 'key'),
    GIT_LINEAGE_PRINCIPAL: 'ops@example.org',
  };
}

/** Runs a block of the guide; the writer goes on meanwhile. */
async function run(script: string): Promise<string> {
  const child = spawn('bash', ['-euo', 'pipefail', '-c', script], {
    cwd: folder,
    env: environment(),
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let said = '';
  let errors = '';
  child.stdout.on('data', (chunk) => {
    said += chunk;
  });
  child.stderr.on('data', (chunk) => {
    errors += chunk;
  });
  const code = await new Promise((resolve) => child.on('close', resolve));
  expect(code, `${script}\n${said}${errors}`).toBe(0);
  return said;
}

/** Waits until the writer has said more. */
async function more(count: number): Promise<void> {
  const wanted = acknowledged.length + count;
  while (acknowledged.length < wanted)
    await new Promise<void>((resolve) => {
      onAcknowledged = resolve;
    });
}

/** Runs a block again and again, what it made being removed, until something was written while it ran. */
async function whileWriting(script: string, made: string): Promise<readonly { version: number; checksum: string }[]> {
  for (;;) {
    rmSync(join(folder, made), { recursive: true, force: true });
    const before = [...acknowledged];
    await run(script);
    if (acknowledged.length > before.length) return before;
    await more(1);
  }
}

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'git-lineage-drill-'));
  for (const name of ['home', 'bin']) mkdirSync(join(folder, name));
  symlinkSync(join(root, 'dist', 'cli', 'bin.js'), join(folder, 'bin', 'git-lineage'));
  cpSync(join(root, 'fixtures', 'keys', 'ed25519'), join(folder, 'key'));
  await run('chmod 600 key; git-lineage init modules.git');
  const script = join(root, 'test', 'crash', 'recording-process.mjs');
  writer = spawn('node', [script, join(folder, 'modules.git'), 'planner', '100000', 'unhurried'], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  let rest = '';
  writer.stdout?.setEncoding('utf8').on('data', (chunk: string) => {
    const lines = (rest + chunk).split('\n');
    rest = lines.pop() ?? '';
    for (const line of lines) {
      const [word, version, checksum = ''] = line.split(' ');
      if (word === 'acknowledged') acknowledged.push({ version: Number(version), checksum });
    }
    onAcknowledged();
  });
  await more(30);
});

afterAll(async () => {
  const ended = new Promise((resolve) => writer.once('close', resolve));
  writer.kill('SIGKILL');
  await ended;
  rmSync(folder, { recursive: true, force: true });
});

/** A ledger that was restored has all that was acknowledged before its backup, continues, and is part of the original. */
async function expectRestored(name: string, before: readonly { version: number; checksum: string }[]): Promise<void> {
  const gitdir = join(folder, name);
  const ledger = await openLedger({ gitdir, signer: await fixtureSigner() });
  const versions = await ledger.versions.list('planner');
  const known = new Map(versions.map((v) => [v.version, v.checksum]));
  expect(before.length).toBeGreaterThan(0);
  expect(before.filter(({ version, checksum }) => known.get(version) !== checksum)).toEqual([]);
  expect(versions.map((v) => v.version)).toEqual(versions.map((_, i) => i + 1));
  expect((await ledger.journal.doctor()).findings).toEqual([]);
  expect(fsckComplaints(gitdir)).toEqual([]);

  // Without what doctor put on top of it, its journal is a part of the original's.
  const original = join(folder, 'modules.git');
  const { seq, oid } = await ledger.journal.position();
  const entry = await git(gitdir, ['cat-file', 'commit', oid]);
  const copied = /^Restored: /m.test(entry) ? await git(gitdir, ['rev-parse', `${oid}^`]) : oid;
  expect(gitOutcome(original, ['merge-base', '--is-ancestor', copied, 'ledger']).status).toBe(0);

  const next = await ledger.recordCheckpoint({ moduleId: 'planner' }, { files: { 'index.js': 'restored\n' } });
  expect(next.version).toBe(versions.length + 1);
  expect((await ledger.journal.position()).seq).toBe(seq + 1);
  expect(await git(gitdir, ['rev-parse', 'ledger^'])).toBe(oid);
  await ledger.close();
}

function restored(from: string, to: string): string {
  expect(restore).toContain('backup.git restored.git');
  return restore.replaceAll('backup.git', from).replaceAll('restored.git', to);
}

describe('the backup drill', () => {
  it('restores a mirror, also one that was brought up to date', async () => {
    const first = await whileWriting(mirror, 'backup.git');
    await run(restored('backup.git', 'restored.git'));
    await expectRestored('restored.git', first);

    await more(20);
    const second = [...acknowledged];
    await run(update);
    const said = await run(restored('backup.git', 'restored-later.git'));
    expect(said).toMatch(/nothing to mend\n/);
    await expectRestored('restored-later.git', second);
  });

  it('keeps a backup from following a journal that was rewound', async () => {
    await run(mirror.replaceAll('backup.git', 'kept.git'));
    const tip = await git(join(folder, 'kept.git'), ['rev-parse', 'ledger']);
    await git(folder, ['clone', '-q', '--mirror', 'kept.git', 'rewound.git']);
    await git(join(folder, 'rewound.git'), ['update-ref', 'refs/heads/ledger', `${tip}~3`]);
    await git(join(folder, 'rewound.git'), ['commit-tree', 'ledger^{tree}', '-p', 'ledger', '-m', 'forked']).then(
      (fork) => git(join(folder, 'rewound.git'), ['update-ref', 'refs/heads/ledger', fork]),
    );
    await git(join(folder, 'kept.git'), ['config', 'remote.origin.url', join(folder, 'rewound.git')]);
    const command = update.replaceAll('backup.git', 'kept.git');
    const { status } = spawnSync('bash', ['-c', command], { cwd: folder, env: environment() });
    expect(status).not.toBe(0);
    expect(await git(join(folder, 'kept.git'), ['rev-parse', 'ledger'])).toBe(tip);
  });

  it('restores a bundle', async () => {
    await whileWriting(mirror, 'backup.git');
    const before = [...acknowledged];
    await run(update);
    await run(bundle);
    await run(restored('modules.bundle', 'unbundled.git'));
    await expectRestored('unbundled.git', before);
  });

  it('makes a copy of files right that was taken during writes', async () => {
    const before = await whileWriting(copy, 'copy.git');
    await expectRestored('copy.git', before);
  });

  it('restores a ledger with a redacted file, from a backup that was brought up to date', async () => {
    const fetching = 'git-lineage fetch --ledger backup.git\n';
    expect(redacted).toContain(fetching);
    const said = await run(`
      mkdir -p redacted/planner
      cd redacted
      git-lineage init modules.git --ledger-format 2
      echo 'the key of the shop' > planner/key.pem
      git-lineage record planner planner --ledger modules.git
      rm planner/key.pem
      echo 'export const plan = 2;' > planner/index.js
      git-lineage record planner planner --ledger modules.git
      git-lineage redact planner@1 key.pem --reason 'the key got in' --ledger modules.git
      ${redacted.replace(fetching, `git-lineage tag planner@2 seen --ledger modules.git\n${fetching}`)}
      git-lineage audit restored.git
      git-lineage history --limit 1 --format '%(seq)' --ledger modules.git
      git-lineage history --limit 1 --format '%(seq)' --ledger restored.git
      git-lineage checkout planner@2 out --ledger restored.git >&2
      cat out/index.js
      tar -tf modules.tar`);
    expect(said).toMatch(/^4\n4\nexport const plan = 2;\nbackup\.git\/\n/m);
  });
});
