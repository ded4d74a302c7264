/** Every parser that reads a ledger's bytes, on a few thousand changed inputs; the soak has a million. */

import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { configEntries } from '../../src/git/config.js';
import { applyDelta } from '../../src/git/delta.js';
import { oidInRefFile } from '../../src/git/refs.js';
import { SHA1 } from '../../src/model/object-id.js';
import { git } from '../crash/real-git.mjs';
import { fuzz } from './engine.mjs';
import { loadParts } from './parts.mjs';

/** The same in every run, so that a failure is the change's and not the day's; another one to look further. */
const SEED = Number(process.env['FUZZ_SEED'] ?? 20_260_101);
const INPUTS = 4_000;
const PROTOCOL = ['packet lines', 'http advertisement', 'http result', 'proc-receive', 'CGI head', 'remote address'];

test.each(['sha1', 'sha256'] as const)(
  `no input of a repository of %s objects crashes a parser, or passes it and not git (FUZZ_SEED=${SEED})`,
  async (format) => {
    const dir = await mkdtemp(join(tmpdir(), 'git-lineage-fuzz-'));
    try {
      const parts = await loadParts(
        (module) => import(/* @vite-ignore */ new URL(`../../src/${module}.ts`, import.meta.url).pathname),
        format,
      );
      const { complaints, tallies } = await fuzz({ parts, dir, inputs: INPUTS, seed: SEED });
      expect(complaints.join('\n')).toBe('');
      expect(tallies.reduce((sum, { inputs }) => sum + inputs, 0)).toBeGreaterThan(INPUTS * 0.9);
      // A fuzzer whose inputs are all refused at the door, or that asks git nothing, finds nothing.
      for (const name of [
        'journal entry',
        'version',
        'report',
        'policy',
        'commit',
        'tag',
        'tree',
        'pack, scanned',
      ].concat(PROTOCOL))
        expect(tallies.find((t) => t.name === name)?.accepted, name).toBeGreaterThan(0);
      for (const name of ['ref name', 'packed-refs', 'loose ref', 'commit', 'tag', 'tree', 'pack, received', 'bundle'])
        expect(tallies.find((t) => t.name === name)?.asked, name).toBeGreaterThan(0);
    } finally {
      await rm(dir, { recursive: true, force: true });
    }
  },
);

test('a delta that is shorter than git takes is no delta', () => {
  // patch-delta.c refuses it, although both sizes are right.
  expect(() => applyDelta(Buffer.alloc(0), Buffer.from([0, 0]))).toThrow('cut short');
  expect(applyDelta(Buffer.from('ab'), Buffer.from([2, 1, 1, 0x63])).toString()).toBe('c');
});

test('a value of a config is what git makes of its escapes, quotes and white space', async () => {
  const dir = await mkdtemp(join(tmpdir(), 'git-lineage-config-'));
  onTestFinished(() => rm(dir, { recursive: true, force: true }));
  const values = [
    't\\t',
    '"t\\t" ',
    '\\ttrue',
    'a\\nb ; c',
    '"a  " ',
    ' "" a',
    'a " " ',
    '"a;b"#c',
    '\\"a\\"',
    '\\\\ ',
    'x\\b',
    '\u000b x\u000b',
    'x\u00a0',
  ];
  const text = `[core]\n${values.map((value, i) => `\tv${i} =${value}\n`).join('')}`;
  await writeFile(join(dir, 'config'), text);
  const listed = await git(dir, ['config', '--file', 'config', '--list', '-z']);
  const told = [...configEntries(text)].map(([name, value]) => `${name}\n${value}\0`).join('');
  expect(told).toBe(listed);
});

test('of several sections that begin in one line of a config the last one has the key', async () => {
  const dir = await mkdtemp(join(tmpdir(), 'git-lineage-config-'));
  onTestFinished(() => rm(dir, { recursive: true, force: true }));
  const text = '[gc][extensions]\nrefs = false\n[core] [a "b"][c.d]x = 1\n[core][a "b"] y = 2\n\tz\n';
  await writeFile(join(dir, 'config'), text);
  const listed = await git(dir, ['config', '--file', 'config', '--list']);
  expect([...configEntries(text)].map(([name, value]) => (value === 'true' ? name : `${name}=${value}`))).toEqual(
    listed.trim().split('\n'),
  );
});

test('a ref file that is longer than any ref is none to every reader', () => {
  const oid = '3f'.repeat(20);
  expect(oidInRefFile(`${oid}\n${' '.repeat(100)}`, SHA1)).toBe(oid);
  expect(oidInRefFile(`${oid}\n${' '.repeat(5000)}`, SHA1)).toBe(null);
});

test('a value of a config goes on behind a backslash at the end of its line, and a comment does not', () => {
  const text = '[core]\n\tbare = tr\\\nue ; \\\n\tfilemode = "a \\\\\\\nb"\n# x = \\\n\tsharedRepository = 1\\';
  expect([...configEntries(text)]).toEqual([
    ['core.bare', 'true'],
    ['core.filemode', 'a \\b'],
    ['core.sharedrepository', '1'],
  ]);
});
