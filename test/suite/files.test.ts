/** Content: what goes in comes out, checked; what a clone could not check out does not go in. */

import { createHash } from 'node:crypto';
import { describe, expect, test } from 'vitest';
import type { FileContent } from '../../src/api/types.js';
import type { ModuleFiles } from '../../src/index.js';
import { readVersionFiles } from '../../src/ledger/read-files.js';
import { normalizeFiles } from '../../src/model/module-files.js';
import type { ObjectReader } from '../../src/ports/repository.js';
import { newLedger, onEachBackend } from './backends.js';
import { refusal, writesNothing } from './expectations.js';

function sha256(data: string | Uint8Array): string {
  return createHash('sha256').update(data).digest('hex');
}

const EVERY_BYTE = Uint8Array.from({ length: 256 }, (_, i) => i);

onEachBackend('files', (backend) => {
  test('come back byte for byte, with their modes and links', async () => {
    const place = await backend.init();
    const { ledger } = place;
    const files = new Map<string, FileContent>([
      ['index.js', 'export const a = 1;\r\n'],
      ['bin/run', { data: '#!/bin/sh\n', mode: '100755' }],
      ['data/bytes.bin', EVERY_BYTE],
      ['data/empty', ''],
      ['latest.js', { data: 'index.js', mode: '120000' }],
      ['data/up', { data: '../bin/run', mode: '120000' }],
      ['ünïcode name.txt', 'ü'],
      ['__proto__', 'p'],
    ]);
    const recorded = await ledger.recordCheckpoint({ moduleId: 'planner' }, { files });
    for (const reader of [ledger, await place.open()]) {
      const found = await reader.readFiles('planner');
      expect([...found].map(([path, f]) => [path, f.mode, Buffer.from(f.data).toString('latin1')])).toEqual([
        ['__proto__', '100644', 'p'],
        ['bin/run', '100755', '#!/bin/sh\n'],
        ['data/bytes.bin', '100644', Buffer.from(EVERY_BYTE).toString('latin1')],
        ['data/empty', '100644', ''],
        ['data/up', '120000', '../bin/run'],
        ['index.js', '100644', 'export const a = 1;\r\n'],
        ['latest.js', '120000', 'index.js'],
        ['ünïcode name.txt', '100644', Buffer.from('ü').toString('latin1')],
      ]);
      const lines = [...found].map(([path, f]) => `${f.mode} ${sha256(f.data)}  ${path}\n`);
      expect(recorded.checksum).toBe(`sha256-tree:${sha256(lines.join(''))}`);
    }
  });

  test('of one path have the plain SHA-256 of the content', async () => {
    const ledger = await newLedger(backend);
    const recorded = await ledger.recordCheckpoint({ moduleId: 'planner' }, { files: { 'index.js': 'hello\n' } });
    expect(recorded.checksum).toBe(`sha256:${sha256('hello\n')}`);
  });

  test('may come with their checksum, which must match', async () => {
    const ledger = await newLedger(backend);
    const checksum = `sha256:${sha256('hello')}`;
    await ledger.recordCheckpoint({ moduleId: 'planner', checksum }, { files: { 'index.js': 'hello' } });
    const call = () => ledger.recordCheckpoint({ moduleId: 'planner', checksum }, { files: { 'index.js': 'hullo' } });
    const error = await writesNothing(ledger, () => refusal(call, 'CHECKSUM_MISMATCH'));
    expect(error.data).toEqual({ expected: checksum, actual: `sha256:${sha256('hullo')}` });
  });

  test('are none where only a checksum was recorded', async () => {
    const ledger = await newLedger(backend);
    await ledger.recordCheckpoint({ moduleId: 'planner', checksum: 'mine' });
    expect((await ledger.readFiles('planner')).size).toBe(0);
  });

  test('of any version can be read, the active one by default', async () => {
    const ledger = await newLedger(backend);
    for (const code of ['one', 'two']) {
      await ledger.recordCheckpoint({ moduleId: 'planner' }, { files: { 'index.js': code, 'same.js': 'same' } });
    }
    await ledger.stage({ moduleId: 'planner' }, { files: { 'index.js': 'three' } });
    const read = async (version?: number) =>
      Buffer.from((await ledger.readFiles('planner', version)).get('index.js')?.data ?? []).toString();
    expect([await read(), await read(1), await read(3)]).toEqual(['two', 'one', 'three']);
    await refusal(() => ledger.readFiles('planner', 4), 'NOT_FOUND');
  });

  test('whose paths no clone could check out are refused, all at once', async () => {
    const ledger = await newLedger(backend);
    const bad = [
      ['/etc/passwd', '../up', 'a/../b', './a', 'a//b', 'a/', '', '.'],
      ['.git/config', 'a/.GIT/x', '.git', 'git~1', '.g\u200cit/x', '.gitmodules', 'a\\b', 'a\nb', 'a\0b', 'a\u007fb'],
      ['\ud800.js', `${'n'.repeat(256)}.js`, `${'d/'.repeat(2100)}x`],
    ].flat();
    for (const path of bad) {
      const call = () => ledger.stage({ moduleId: 'planner' }, { files: new Map([[path, 'x']]) });
      await refusal(call, 'INVALID_FILES');
    }
    const error = await refusal(
      () => ledger.stage({ moduleId: 'planner' }, { files: new Map(bad.map((path) => [path, 'x'])) }),
      'INVALID_FILES',
    );
    expect(error.data.issues).toHaveLength(bad.length);
    expect(await ledger.versions.modules()).toEqual([]);
  });

  test('that collide on a file system which folds case, or as file and folder, are refused', async () => {
    const ledger = await newLedger(backend);
    const collisions: Record<string, string>[] = [
      { 'README.md': 'a', 'readme.md': 'b' },
      { 'lib/a.js': 'a', 'LIB/b.js': 'b' },
      { lib: 'a', 'lib/b.js': 'b' },
      { '\u00e9.js': 'a', 'e\u0301.js': 'b' },
    ];
    for (const files of collisions)
      await refusal(() => ledger.stage({ moduleId: 'planner' }, { files }), 'INVALID_FILES');
  });

  test('that are links must lead inside the module', async () => {
    const ledger = await newLedger(backend);
    const link = (data: string) => ({ data, mode: '120000' }) as const;
    const bad: ModuleFiles[] = [
      { a: link('../outside') },
      { a: link('/etc/passwd') },
      { a: link('') },
      { 'd/a': link('../../x') },
      { a: link('b'), b: link('a') },
      { up: link('d/up'), 'd/up': link('../..') },
      { '.gitattributes': link('x') },
    ];
    for (const files of bad) await refusal(() => ledger.stage({ moduleId: 'planner' }, { files }), 'INVALID_FILES');
  });

  test('of the wrong shape are refused', async () => {
    const ledger = await newLedger(backend);
    const bad = [
      null,
      'files',
      5,
      {},
      new Map(),
      { a: 5 },
      { a: null },
      { a: { data: 'x', mode: '100600' } },
      { a: { data: 5, mode: '100644' } },
    ];
    for (const files of bad) {
      await refusal(() => ledger.stage({ moduleId: 'planner' }, { files: files as ModuleFiles }), 'INVALID_FILES');
    }
    const neither = () => ledger.recordCheckpoint({ moduleId: 'planner' });
    const error = await refusal(neither, 'INVALID_CHECKPOINT');
    expect(error.data.issues.map((i) => i.path)).toEqual(['checksum']);
  });
});

describe('files that are read', () => {
  test('are checked against the checksum that the version seals', async () => {
    const files = normalizeFiles({ 'index.js': 'hello' });
    const objects = { readFiles: () => files } as unknown as ObjectReader;
    const version = (checksum: string) => ({ moduleId: 'planner', version: 1, checksum });
    const checksum = `sha256:${sha256('hello')}`;
    expect(readVersionFiles(objects, version(checksum), '2'.repeat(40))).toBe(files);
    const tampered = version(`sha256:${sha256('hullo')}`);
    const read = async () => readVersionFiles(objects, tampered, '2'.repeat(40));
    const error = await refusal(read, 'CHECKSUM_MISMATCH');
    expect(error.data).toEqual({ expected: tampered.checksum, actual: checksum });
  });
});
