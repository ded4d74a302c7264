/** How far a transfer is: told in numbers, over http and through git, by words that nobody has to trust. */

import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import type { OnTransfer, TransferProgress } from '../../src/api/types.js';
import { progressReader, withoutProgress } from '../../src/git/remote/progress-lines.js';
import { cloneLedger, fetchLedger, type Ledger, type LedgerOptions, openLedger } from '../../src/index.js';
import { fixtureSigner } from '../interop/ledger-on-disk.js';
import { refusal } from '../suite/expectations.js';
import { git, refsOf, source } from './ledger-remote.js';
import { served } from './servers.js';

/** How many objects the refs of a repository lead to. */
async function objectCount(gitdir: string): Promise<number> {
  return (await git(gitdir, 'rev-list', '--objects', '--all')).trim().split('\n').length;
}

function last(told: readonly TransferProgress[], phase: TransferProgress['phase']): TransferProgress | undefined {
  return told.findLast((progress) => progress.phase === phase);
}

/** Opens a ledger for one exchange with a remote. */
async function exchange<T>(options: LedgerOptions, run: (ledger: Ledger) => Promise<T>): Promise<T> {
  const ledger = await openLedger({ ...options, thread: false });
  try {
    return await run(ledger);
  } finally {
    await ledger.close();
  }
}

describe('a clone tells how far it is', () => {
  test('over http: bytes as they come, then every object checked', async () => {
    const from = await source();
    const { url } = await served(from.gitdir);
    const told: TransferProgress[] = [];
    await cloneLedger({ url, gitdir: join(from.dir, 'copy.git'), onTransfer: (progress) => told.push(progress) });
    const total = await objectCount(from.gitdir);
    const received = last(told, 'receiving');
    expect(received).toMatchObject({ done: null, total });
    const bytes = told.filter(({ phase }) => phase === 'receiving').map((progress) => progress.bytes ?? 0);
    expect(bytes).toEqual([...bytes].sort((a, b) => a - b));
    expect(received?.bytes).toBeGreaterThan(0);
    expect(last(told, 'counting')).toMatchObject({ bytes: null });
    expect(told.at(-1)).toEqual({ phase: 'checking', done: total, total, bytes: null });
  });

  test('through git: objects as it counts them, then every object checked', async () => {
    const from = await source();
    const told: TransferProgress[] = [];
    const url = `file://${from.gitdir}`;
    await cloneLedger({ url, gitdir: join(from.dir, 'copy.git'), onTransfer: (progress) => told.push(progress) });
    const total = await objectCount(from.gitdir);
    expect(last(told, 'receiving')).toMatchObject({ done: total, total });
    expect(told.at(-1)).toEqual({ phase: 'checking', done: total, total, bytes: null });
  });

  test.each([
    [
      'throws',
      () => {
        throw new Error('a bad listener');
      },
    ],
    ['rejects', async () => Promise.reject(new Error('a bad listener'))],
  ] as const)('and a listener that %s changes nothing', async (_, onTransfer) => {
    const from = await source();
    const { url } = await served(from.gitdir);
    for (const [name, address] of [
      ['http.git', url],
      ['file.git', from.gitdir],
    ] as const) {
      const gitdir = join(from.dir, name);
      await cloneLedger({ url: address, gitdir, onTransfer });
      expect(await refsOf(gitdir)).toEqual(await refsOf(from.gitdir));
    }
  });
});

describe.each([
  ['http', async (gitdir: string) => (await served(gitdir)).url],
  ['file', async (gitdir: string) => `file://${gitdir}`],
])('over %s', (_, urlOf) => {
  test('a pull and a fetch tell what they receive, and a listener that throws changes nothing', async () => {
    const from = await source();
    const url = await urlOf(from.gitdir);
    const gitdir = join(from.dir, 'copy.git');
    await cloneLedger({ url, gitdir });
    for (const [round, bring] of [
      (onTransfer: OnTransfer) => fetchLedger({ gitdir, onTransfer }),
      (onTransfer: OnTransfer) => exchange({ gitdir, onTransfer }, (ledger) => ledger.replicas.pull('origin')),
      (onTransfer: OnTransfer) => exchange({ gitdir, onTransfer }, (ledger) => ledger.replicas.sync('origin')),
    ].entries()) {
      const told: TransferProgress[] = [];
      const position = await from.ledger.recordCheckpoint(
        { moduleId: 'planner' },
        { files: { 'a.js': `round ${round}` } },
      );
      await bring((progress) => {
        told.push(progress);
        throw new Error('a bad listener');
      });
      const { done, total } = last(told, 'receiving') ?? {};
      expect(total, `v${position.version}`).toBeGreaterThan(0);
      expect(done).toBe(total);
      expect(await refsOf(gitdir)).toEqual(await refsOf(from.gitdir));
    }
  });
});

test('a push tells what it sends, and so does a write through a remote', async () => {
  const from = await source();
  const there = join(from.dir, 'there.git');
  await git(from.dir, 'init', '--quiet', '--bare', there);
  const told: TransferProgress[] = [];
  const options = { gitdir: from.gitdir, onTransfer: (progress: TransferProgress) => told.push(progress) };
  await exchange(options, (ledger) => ledger.replicas.push(there));
  const total = await objectCount(from.gitdir);
  expect(last(told, 'sending')).toMatchObject({ done: total, total });
  told.length = 0;
  const through = { ...options, signer: await fixtureSigner(), remote: { url: there } };
  await exchange(through, (ledger) => ledger.recordCheckpoint({ moduleId: 'planner' }, { files: { 'a.js': 'x' } }));
  expect(last(told, 'sending')?.done).toBeGreaterThan(0);
  expect(await refsOf(there)).toEqual(await refsOf(from.gitdir));
});

test('what a remote that refuses says is told without its progress', async () => {
  const from = await source();
  const there = join(from.dir, 'there.git');
  await git(from.dir, 'init', '--quiet', '--bare', there);
  writeFileSync(join(there, 'hooks/pre-receive'), '#!/bin/sh\necho "To push here, ask: not today" >&2\nexit 1\n', {
    mode: 0o755,
  });
  const refused = (onTransfer?: OnTransfer) =>
    refusal(
      () => exchange({ gitdir: from.gitdir, onTransfer }, (ledger) => ledger.replicas.push(there)),
      'REMOTE_REFUSED',
    );
  const [plain, watched] = [await refused(), await refused(() => undefined)];
  expect(watched.message).toContain('To push here, ask: not today');
  expect(watched.message).toBe(plain.message);
});

describe('what git prints of a transfer', () => {
  function read(...parts: string[]): TransferProgress[] {
    const told: TransferProgress[] = [];
    const reader = progressReader((progress) => told.push(progress));
    for (const part of parts) reader(part);
    return told;
  }

  test('is read in parts of any length', () => {
    expect(
      read(
        'remote: Enumerating objects: 5, done.\nremote: Coun',
        'ting objects:  40% (2/5)\rReceiving objects: 100% ',
        '(5/5), 1.50 KiB | 3 MiB/s, done.\n',
      ),
    ).toEqual([
      { phase: 'counting', done: 5, total: null, bytes: null },
      { phase: 'counting', done: 2, total: 5, bytes: null },
      { phase: 'receiving', done: 5, total: 5, bytes: 1536 },
    ]);
    expect(read('Writing objects:  50% (1/2), 700 bytes | 1 KiB/s\rResolving deltas:   0% (0/3)\r')).toEqual([
      { phase: 'sending', done: 1, total: 2, bytes: 700 },
      { phase: 'unpacking', done: 0, total: 3, bytes: null },
    ]);
  });

  test('gives numbers alone: a line of any other form is dropped, however long it is', () => {
    const hostile = [
      '\u001b[2JCounting objects: 1',
      'constructor objects: 3',
      'Counting objects: \u001b]0;x\u0007',
      'Deleting objects: 5',
    ];
    expect(read(...hostile.map((line) => `remote: ${line}\n`), 'x'.repeat(1e6), '\n')).toEqual([]);
    expect(read('Counting objects: 7 \u001b[31mred\n')).toEqual([
      { phase: 'counting', done: 7, total: null, bytes: null },
    ]);
    expect(read(`Counting objects: ${'9'.repeat(400)}\n`).every(({ done }) => Number.isSafeInteger(done))).toBe(true);
  });

  test('is taken out of what it says when it fails', () => {
    const printed =
      'remote: Counting objects: 100% (5/5), done.\rremote: Total 5 (delta 0), reused 0\nfatal: early EOF\n';
    expect(withoutProgress(printed)).toBe('fatal: early EOF\n');
  });
});
