/** `assess`: measuring pairs of the ledger, and folders and tarballs without one. */

import { mkdirSync, readdirSync, symlinkSync } from 'node:fs';
import { gzipSync } from 'node:zlib';
import { describe, expect, it } from 'vitest';
import { FINDING_CODES } from '../../src/api/assess.js';
import { type Sandbox, sandbox, withLedger } from './sandbox.js';
import { block, pax, tarball } from './tarball.js';

/** planner 1, active, with plan and run; 2, staged, has lost run. */
async function staged(...settings: string[]): Promise<Sandbox> {
  const box = await withLedger();
  box.write('one/index.mjs', 'export const plan = () => 1;\nexport const run = () => 1;\n');
  box.write('two/index.mjs', 'export const plan = () => 1;\n');
  await box.ok('record', 'planner', 'one');
  await box.ok('stage', 'planner', 'two');
  if (settings.length > 0) await box.ok('policy', 'set', ...settings);
  return box;
}

const ASSESSOR = expect.stringMatching(/^git-lineage\/assess-\d+ typescript\/\d/);

describe('assess MODULE FROM TO', () => {
  it.each([
    ['planner 1 9', 'v9 of planner'],
    ['planner 8 9', 'v8 and v9 of planner'],
    ['nobody 1 2', 'v1 and v2 of nobody'],
  ])('of %s, which the ledger does not have, is stored, and not said to be in force', async (pair, missing) => {
    const box = await staged();
    const argv = ['assess', ...pair.split(' '), '--level', 'BREAKING'];
    const text = await box.ok(...argv);
    expect(text).toMatch(/^stored BREAKING for /);
    expect(text).toContain(`the ledger has no ${missing}: until it has, the gate refuses the pair`);
    expect(text).not.toContain('in force');
    expect((await box.run(['gate', ...pair.split(' ')])).code).toBe(1);
  });

  it('of what is staged later can hold the swap up, and never lets it pass', async () => {
    const box = await withLedger('--ledger-format', '2');
    await box.ok('policy', 'set', 'requireApproval=true', 'approveUnknown=true');
    await box.ok('record', 'planner', '--checksum', 'a');
    for (const [to, level] of [
      ['2', 'COMPATIBLE'],
      ['3', 'BREAKING'],
    ] as const) {
      expect(await box.ok('assess', 'planner', '1', to, '--level', level)).toMatch(/^stored /);
      await box.ok('stage', 'planner', '--checksum', to);
    }
    const gate = async (to: string) => JSON.parse((await box.run(['gate', 'planner', '1', to, '--json'])).stdout);
    expect(await gate('2')).toMatchObject({ allow: false, level: 'COMPATIBLE' });
    expect(await gate('3')).toMatchObject({ allow: false, level: 'BREAKING' });
    for (const to of ['2', '3'])
      expect(await box.ok('assess', 'planner', '1', to, '--no-measure', '--level', 'COMPATIBLE')).toContain('in force');
    expect(await gate('2')).toMatchObject({ allow: true, level: 'COMPATIBLE' });
    expect(await gate('3')).toMatchObject({ allow: false, level: 'BREAKING' });
  });

  it('measures, stores, and says what is in force and why', async () => {
    const box = await staged();
    const text = await box.ok('assess', 'planner', '1', '2');
    expect(text).toMatch(
      /^BREAKING is in force for planner 1 -> 2\nCallers break:\n- run: .*removed\n\nA caller [^\n]*\n {2}import [^\n]*\n {2}export [^\n]*\njournal 3 [0-9a-f]{40}\n$/,
    );
    const { reports } = await box.json('show', 'planner@2');
    expect(reports).toMatchObject([{ level: 'BREAKING', measuredLevel: null, approvedBy: 'auto', assessor: ASSESSOR }]);
    const again = await box.json('assess', 'planner', '1', '2');
    expect(again).toEqual({
      moduleId: 'planner',
      fromVer: 1,
      toVer: 2,
      level: 'BREAKING',
      measured: {
        level: 'BREAKING',
        findings: [
          {
            code: 'export-removed',
            level: 'BREAKING',
            path: 'run',
            before: expect.any(String),
            after: null,
            message: expect.stringContaining('removed'),
          },
        ],
        omitted: 0,
        notes: [],
        caller: {
          lines: ["import { run } from 'the-module';", 'export const use = run;'],
          error: expect.stringMatching(/^TS\d+: /),
        },
        capabilities: { added: [], removed: [] },
        rationale: reports[0].rationale,
        assessor: ASSESSOR,
        limit: null,
      },
      journal: { seq: 3, oid: expect.any(String) },
    });
    expect(FINDING_CODES).toContain(again.measured.findings[0].code);
    expect(readdirSync(box.path('modules.git', 'lineage', 'assessments'))).toHaveLength(1);
  });

  it('of a first version needs no files', async () => {
    const box = await staged();
    expect(await box.ok('assess', 'planner', '-', '1')).toMatch(
      /^COMPATIBLE is in force for planner - -> 1\nFirst version: /,
    );
  });

  it('raises by --level, and does not lower', async () => {
    const box = await staged();
    box.write('three/index.mjs', 'export const plan = () => 1;\nexport const run = () => 1;\nexport const more = 1;\n');
    await box.ok('stage', 'planner', 'three');
    const raised = await box.json(
      'assess',
      'planner',
      '1',
      '3',
      '--level',
      'breaking',
      '--rationale',
      'run() is slower',
    );
    expect(raised).toMatchObject({ level: 'BREAKING', measured: { level: 'MINOR_CHANGE' } });
    const [report] = (await box.json('show', 'planner@3')).reports;
    expect(report).toMatchObject({ level: 'BREAKING', measuredLevel: 'MINOR_CHANGE', assessor: ASSESSOR });
    expect(report.rationale).toMatch(/^run\(\) is slower\n\nBREAKING was given by hand\.\n\nMeasured MINOR_CHANGE:\n/);
    expect(await box.ok('assess', 'planner', '1', '3', '--level', 'breaking')).toMatch(
      /^BREAKING is in force for planner 1 -> 3\nmeasured MINOR_CHANGE\nAdditive: /,
    );
    expect(await box.json('assess', 'planner', '1', '2', '--level', 'compatible')).toMatchObject({ level: 'BREAKING' });
    expect(await box.ok('assess', 'planner', '1', '2', '--level', 'compatible')).toMatch(
      /^COMPATIBLE was given: a level by hand can only raise/m,
    );
    expect((await box.json('show', 'planner@2')).reports).toMatchObject([{ level: 'BREAKING', measuredLevel: null }]);
  });

  it('with --no-measure stores the level alone', async () => {
    const box = await staged();
    const answer = await box.json('assess', 'planner', '1', '2', '--level', 'compatible', '--no-measure');
    expect(answer).toMatchObject({ level: 'COMPATIBLE', measured: null });
    expect((await box.json('show', 'planner@2')).reports).toMatchObject([{ measuredLevel: null, assessor: null }]);
  });

  it('with --level takes versions that are to come, which cannot be measured', async () => {
    const box = await staged();
    expect(await box.json('assess', 'planner', '2', '7', '--level', 'breaking')).toMatchObject({
      level: 'BREAKING',
      measured: null,
    });
    expect(await box.failure(['assess', 'planner', '2', '8'])).toMatchObject({ exit: 2, code: 'NOT_FOUND' });
  });

  it('with --dry-run stores nothing and takes no key', async () => {
    const box = await staged();
    const before = await box.json('history', '--limit', '1');
    const keyless = { env: { GIT_LINEAGE_KEY: box.path('no-such-key') } };
    const { code, stdout } = await box.run(['assess', 'planner', '1', '2', '--dry-run'], keyless);
    expect(code).toBe(0);
    expect(stdout).toMatch(
      /^BREAKING planner 1 -> 2 \(not stored\)\nCallers break:\n- run: .*\n\nA caller (?:.*\n){3}$/,
    );
    const shown = await box.json('assess', 'planner', '1', '2', '--dry-run');
    expect(shown).toMatchObject({ moduleId: 'planner', level: 'BREAKING', measured: { level: 'BREAKING' } });
    expect(shown).not.toHaveProperty('journal');
    expect(await box.json('history', '--limit', '1')).toEqual(before);
  });

  it.each([
    [['assess'], 'MODULE'],
    [['assess', 'planner', '1'], 'TO'],
    [['assess', 'planner', '--files', 'one', 'two'], '--files'],
    [['assess', 'planner', '1', '2', '--files', 'one', 'two'], 'MODULE'],
    [['assess', '--files', 'one'], '--files'],
    [['assess', '--files', 'one', 'two', 'three'], '--files'],
    [['assess', '--files', 'one', 'two', '--level', 'breaking'], '--files'],
    [['assess', 'planner', '1', '2', '--dry-run', '--level', 'breaking'], '--dry-run'],
    [['assess', 'planner', '1', '2', '--dry-run', '--rationale', 'x'], '--dry-run'],
    [['assess', 'planner', '1', '2', '--no-measure'], '--no-measure'],
    [['assess', 'planner', '1', '2', '--level', 'fine'], '--level'],
  ])('%j is wrong usage', async (argv, path) => {
    const box = await staged();
    const error = await box.failure(argv);
    expect(error).toMatchObject({ exit: 2, code: 'INVALID_ARGUMENT' });
    expect(error.data.issues[0].path).toBe(path === '--files' && argv[1] === 'planner' ? 'MODULE' : path);
  });
});

const ONE = 'export const plan = () => 1;\nexport const run = () => 1;\n';

describe('assess --files', () => {
  it('compares two folders, with no ledger and no key', async () => {
    const box = sandbox();
    box.write('one/index.mjs', ONE);
    box.write('two/index.mjs', 'export const plan = () => 1;\n');
    box.write('two/node_modules/x/index.js', 'not the module’s own');
    const { code, stdout, stderr } = await box.run(['assess', '--files', 'one', 'two'], {
      env: { GIT_LINEAGE_DIR: '' },
    });
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
    expect(stdout).toMatch(
      /^BREAKING one -> two\nCallers break:\n- run: .*removed\n\nA caller that compiles before and not after:\n {2}import .*\n {2}export .*\n$/,
    );
    const found = await box.json('assess', '--files', 'one', 'two');
    expect(Object.keys(found)).toEqual([
      'level',
      'findings',
      'omitted',
      'notes',
      'caller',
      'capabilities',
      'rationale',
      'assessor',
      'limit',
    ]);
    expect(found).toMatchObject({
      level: 'BREAKING',
      findings: [{ code: 'export-removed', path: 'run' }],
      limit: null,
    });
  });

  it('compares a folder with a tarball: names with prefix, POSIX and GNU extensions, run bits and links', async () => {
    const box = sandbox();
    const long = `lib/${'a'.repeat(90)}/${'b'.repeat(90)}.mjs`;
    const far = `lib/${'c'.repeat(150)}/☃.mjs`;
    box.write('one/index.mjs', ONE);
    box.write(`one/${long}`, 'export {};\n');
    box.write(`one/${far}`, 'export {};\n');
    box.write('one/lib/short.mjs', 'export const s = 1;\n');
    box.write('one/bin/run', '#!/bin/sh\n', 0o755);
    symlinkSync('bin/run', box.path('one', 'run'));
    box.write(
      'one.tgz',
      tarball(
        { name: 'pax_global_header', type: 'g', data: '24 comment=of git archive\n'.slice(0, 24) },
        { name: 'anything/', type: '5' },
        { name: 'anything/index.mjs', data: ONE },
        { name: '././@LongLink', type: 'L', data: `anything/${long}\0`, magic: 'ustar  \0' },
        { name: `anything/${long}`.slice(0, 99), data: 'export {};\n', magic: 'ustar  \0' },
        pax(['path', `anything/${far}`]),
        { name: 'anything/short', data: 'export {};\n' },
        { name: 'short.mjs', prefix: './anything/lib', data: 'export const s = 1;\n', type: '' },
        { name: 'anything/bin/run', data: '#!/bin/sh\n', mode: 0o755 },
        { name: 'anything/run', type: '2', link: 'bin/run' },
      ),
    );
    const same = await box.json('assess', '--files', 'one', 'one.tgz');
    expect(same).toMatchObject({ level: 'COMPATIBLE', rationale: 'Drop-in: the files are the same.' });
  });

  const refused: [string, Buffer, RegExp][] = [
    ['a path that leads out', tarball({ name: 'package/../../x' }), /paths inside the archive/],
    ['an absolute path', tarball({ name: '/etc/passwd' }), /paths inside the archive/],
    ['an absolute path in an extension', tarball(pax(['path', '/etc/passwd']), { name: 'package/x' }), /paths inside/],
    ['a link that leads out', tarball({ name: 'package/x', type: '2', link: '../../etc/passwd' }), /stays inside/],
    ['a link to the root', tarball({ name: 'package/x', type: '2', link: '/etc/passwd' }), /stays inside/],
    ['a file and a folder of one name', tarball({ name: 'p/x' }, { name: 'p/x/y' }), /both a file and a folder/],
    ['a hard link', tarball({ name: 'package/x', type: '1', link: 'package/y' }), /files, folders and symbolic links/],
    ['a device', tarball({ name: 'package/x', type: '3' }), /files, folders and symbolic links/],
    ['nothing', tarball(), /at least one file/],
    ['an entry that is cut off', gzipSync(block({ name: 'package/x', size: 99_999 })), /a whole tar archive/],
    ['what is no archive', gzipSync('x'.repeat(2000)), /a tar archive, got none at byte 0/],
    [
      'a damaged header',
      gzipSync(Buffer.concat([Buffer.from('y'), block({ name: 'p/x' }).subarray(1)])),
      /none at byte 0/,
    ],
    [
      'an extension that lies',
      tarball({ name: 'p/h', type: 'x', data: '99 path=x\n' }, { name: 'p/x' }),
      /extended header/,
    ],
    ['a size that is none', tarball(pax(['size', '-512']), { name: 'p/x', data: 'x' }), /a whole tar archive/],
    ['cut off gzip', tarball({ name: 'package/x', data: 'x'.repeat(5000) }).subarray(0, 60), /gzip/],
    ['a bomb', gzipSync(Buffer.alloc(300 * 2 ** 20), { level: 1 }), /at most 256 MB unpacked/],
  ];
  it.each(refused)('refuses %s in a tarball', async (_, bytes, words) => {
    const box = sandbox();
    box.write('one/index.mjs', ONE);
    box.write('bad.tgz', bytes);
    const error = await box.failure(['assess', '--files', 'one', 'bad.tgz']);
    expect(error).toMatchObject({ exit: 2, code: 'INVALID_FILES', message: expect.stringMatching(words) });
  });

  it('reads the size of an entry from its extension', async () => {
    const box = sandbox();
    box.write('one/index.mjs', ONE);
    const extended = tarball(pax(['size', String(ONE.length)]), { name: 'package/index.mjs', data: ONE, size: 0 });
    box.write('one.tgz', extended);
    expect(await box.json('assess', '--files', 'one', 'one.tgz')).toMatchObject({ level: 'COMPATIBLE' });
  });

  it('names what is not there', async () => {
    const box = sandbox();
    mkdirSync(box.path('empty'));
    box.write('one/index.mjs', ONE);
    expect(await box.failure(['assess', '--files', 'one', 'two'])).toMatchObject({ exit: 2, code: 'NOT_FOUND' });
    expect(await box.failure(['assess', '--files', 'empty', 'one'])).toMatchObject({ exit: 2, code: 'INVALID_FILES' });
  });
});
