/** What an operator sees of modules and versions: in full, as a tree, with headings, in a format of their own. */

import { type ChildProcess, execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { describe, expect, it, onTestFinished } from 'vitest';
import { formatted } from '../../src/cli/terminal/answer-format.js';
import { renderBlocks } from '../../src/cli/terminal/render.js';
import { relativeTime } from '../../src/cli/terminal/show-version.js';
import { graphLines } from '../../src/cli/terminal/version-graph.js';
import { withLedger } from './sandbox.js';

const BIN = fileURLToPath(new URL('../../build/cli/bin.js', import.meta.url));
const NO_COLOUR = { terminal: true, env: { NO_COLOR: '1' } } as const;

/** A module of four versions: v3 was rolled back to v2, v4 was made from v2, and v5 is staged. */
async function rolledBack() {
  const box = await withLedger();
  for (const version of ['1', '2', '3']) {
    box.write('planner/package.json', JSON.stringify({ name: 'planner', version: `1.${version}.0` }));
    await box.ok(
      'record',
      'planner',
      'planner',
      '--meta',
      `semver=1.${version}.0`,
      ...(version === '2' ? ['--tag', 'stable'] : []),
    );
  }
  await box.ok('rollback', 'planner', '--reason', 'health-failure');
  await box.ok('record', 'planner', '--checksum', 'd');
  await box.ok('stage', 'planner', '--checksum', 'e');
  return box;
}

describe('status of one module', () => {
  it('says what runs and why, where a rollback would lead, and what the gate says of what is staged', async () => {
    const box = await rolledBack();
    expect(await box.json('status', 'planner')).toMatchObject({
      moduleId: 'planner',
      active: { version: 4 },
      activation: { type: 'activate', fromVer: 2, toVer: 4 },
      target: { version: 2, metadata: { semver: '1.2.0' } },
      highest: 5,
      staged: [{ version: { version: 5, parentVer: 4 }, gate: { allow: true } }],
      omitted: 0,
      pending: [],
    });
    const { stdout } = await box.run(['status', 'planner'], NO_COLOUR);
    expect(stdout).toMatch(/active +v4, since \d+ seconds? ago by \S+: /);
    // A script is given the time itself.
    expect((await box.run(['status', 'planner'])).stdout).toMatch(
      /^active\tv4, since \d{4}-\d\d-\d\dT[\d:.]+Z by \S+: /m,
    );
    expect(stdout).toMatch(/rollback target +v2 \(1\.2\.0\)/);
    expect(stdout).toMatch(/v5 +v4 +UNKNOWN +allowed/);
    expect(stdout).toContain('nothing waits for an approval');
  });

  it('says after a rollback from what, and why', async () => {
    const box = await withLedger();
    await box.ok('record', 'planner', '--checksum', 'a', '--tag', 'stable');
    await box.ok('record', 'planner', '--checksum', 'b');
    await box.ok('rollback', 'planner', '--reason', 'timeout');
    expect((await box.run(['status', 'planner'], NO_COLOUR)).stdout).toContain(': rollback: TIMEOUT, from v2');
    expect((await box.ok('status')).split('\t')[5]).toBe('rollback: TIMEOUT');
  });

  it('is an error for a module that is not there, and says so where nothing is active', async () => {
    const box = await withLedger();
    await box.ok('stage', 'planner', '--checksum', 'a');
    expect(await box.failure(['status', 'planer'])).toMatchObject({ code: 'NOT_FOUND' });
    expect(await box.ok('status', 'planner')).toContain('none: every version is staged');
  });
});

it('status --watch shows it again when it has changed, until it is interrupted', async () => {
  const box = await withLedger();
  const child: ChildProcess = spawn(process.execPath, [BIN, 'status', '--watch', '--json'], {
    env: { ...box.env },
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  onTestFinished(() => void child.kill('SIGKILL'));
  if (child.stdout === null) throw new TypeError('its output is no pipe');
  const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]();
  const next = async () => JSON.parse((await lines.next()).value ?? 'null');
  expect(await next()).toEqual([]);
  await box.ok('record', 'planner', '--checksum', 'a');
  expect(await next()).toMatchObject([{ moduleId: 'planner', active: 1 }]);
  child.kill('SIGINT');
  expect(await next()).toEqual({ ended: 'SIGINT' });
  expect(child.exitCode ?? (await once(child, 'exit'))[0]).toBe(0);
});

describe('log', () => {
  it('tells with --all why a version was rolled back', async () => {
    const box = await rolledBack();
    const rows = (await box.ok('log', 'planner', '--all')).split('\n').slice(0, -1);
    const why = rows.map((row) => row.split('\t')[6]);
    expect(why).toEqual(['', '', expect.stringMatching(/^HEALTH_FAILURE by \S+$/), '', '']);
  });

  it('draws with --graph the tree, newest first', async () => {
    const box = await rolledBack();
    const rows = (await box.ok('log', 'planner', '--graph')).trimEnd().split('\n');
    expect(rows.map((row) => row.split('\t').slice(0, 3).join(' '))).toEqual([
      '* 5 STAGED',
      '* 4 ACTIVE',
      '| * 3 REVERTED',
      '|/',
      '* 2 ARCHIVED',
      '* 1 ARCHIVED',
    ]);
    expect((await box.json('log', 'planner', '--graph')).map((v: { version: number }) => v.version)).toEqual([
      5, 4, 3, 2, 1,
    ]);
  });
});

it('a graph joins branches wherever they are, and has several roots', () => {
  const drawn = (...parents: (number | null)[]) =>
    graphLines(parents.map((parentVer, i) => ({ version: i + 1, parentVer })).toReversed()).map(
      ({ rail, node }) => `${rail}${node === null ? '' : ` ${node.version}`}`,
    );
  expect(drawn(null, 1, 2)).toEqual(['* 3', '* 2', '* 1']);
  expect(drawn(null, 1, 1, 2)).toEqual(['* 4', '| * 3', '* | 2', '|/', '* 1']);
  expect(drawn(null, 1, 1, 1)).toEqual(['* 4', '| * 3', '| | * 2', '|_|/', '|/', '* 1']);
  expect(drawn(null, 1, 2, 1, 2, 3)).toEqual(['* 6', '| * 5', '| | * 4', '* | | 3', '|/ /', '* | 2', '|/', '* 1']);
  expect(drawn(null, null, 1)).toEqual(['* 3', '| * 2', '* 1']);
  expect(drawn(null, null, 2, 1)).toEqual(['* 4', '| * 3', '| * 2', '* 1']);
  expect(drawn(null, null, 1, 2)).toEqual(['* 4', '| * 3', '* | 2', ' /', '* 1']);
});

describe('answers', () => {
  it('have headings in a pipe only with --header', async () => {
    const box = await withLedger();
    await box.ok('record', 'planner', '--checksum', 'a');
    const heading = 'MODULE\tACTIVE\tSEMVER\tSINCE\tBY\tWHY\tROLLBACK TARGET\tSTAGED\tPENDING';
    expect((await box.ok('status', '--header')).split('\n')[0]).toBe(heading);
    expect((await box.ok('status')).split('\n')[0]).toMatch(/^planner\t1\t/);
    expect(await box.ok('pending', '--header')).toBe('MODULE\tFROM\tTO\tLEVEL\tAPPROVED BY\tRATIONALE\n');
  });

  it('that are empty say so on a terminal, and are nothing in a pipe', async () => {
    const box = await withLedger();
    expect((await box.run(['status'], NO_COLOUR)).stdout).toMatch(/^no modules yet: git-lineage record /);
    expect((await box.run(['pending'], NO_COLOUR)).stdout).toBe('nothing waits for an approval\n');
    expect(await box.ok('status')).toBe('');
    await box.ok('stage', 'planner', '--checksum', 'a');
    expect((await box.run(['log', 'planner'], NO_COLOUR)).stdout).toMatch(/^no version is active: --all /);
  });

  it('that are empty say so on stderr in a pipe', async () => {
    const box = await withLedger();
    expect(await box.run(['pending'])).toEqual({
      code: 0,
      stdout: '',
      stderr: 'note: nothing waits for an approval\n',
    });
    expect(await box.run(['pending', '--json'])).toEqual({ code: 0, stdout: '[]\n', stderr: '' });
    expect((await box.run(['pending'], NO_COLOUR)).stderr).toBe('');
  });

  it('of history name who or what nobody knows, and say what no entry is about', async () => {
    const box = await withLedger('--principal', 'ops');
    await box.ok('record', 'planner', '--checksum', 'a');
    const nobody = [
      [['history', 'plannr'], 'MODULE', 'there is no module "plannr"', 'did you mean planner?'],
      [['history', 'plannr', '--at', '1'], 'MODULE', 'there is no module "plannr"', 'did you mean planner?'],
      [['history', '--by', 'op'], 'KEY', 'the ledger knows no key of "op"', 'signers list'],
      [['history', 'planner', '--by', 'SHA256:x'], 'KEY', 'the ledger knows no key of "SHA256:x"', 'signers list'],
    ] as const;
    for (const [argv, kind, message, hint] of nobody)
      expect(await box.failure(argv)).toMatchObject({
        exit: 2,
        code: 'NOT_FOUND',
        data: { kind },
        message,
        hint: expect.stringContaining(hint),
      });
    const last = "the journal's last one is 1";
    for (const [argv, note] of [
      [['planner', '--since', '7'], `no entry about "planner" after 7: ${last}`],
      [['--by', 'ops', '--since', '1'], `no entry signed by "ops" after 1: ${last}`],
      [['--limit', '0'], 'no entry was asked for: --limit is 0'],
    ] as const)
      expect(await box.run(['history', ...argv])).toEqual({ code: 0, stdout: '', stderr: `note: ${note}\n` });
    await box.ok('assess', 'later', '1', '2', '--level', 'BREAKING');
    expect(await box.json('history', 'later')).toHaveLength(1);
  });

  it('have the format that was asked for', async () => {
    const box = await rolledBack();
    expect(await box.ok('log', 'planner', '--format', '%(version)%09%(metadata.semver) %(tags)%%')).toBe(
      '1\t1.1.0 %\n2\t1.2.0 stable%\n4\t %\n',
    );
    expect(await box.ok('stats', '--format', '%(trackedModules)')).toBe('1\n');
    const unknown = await box.run(['log', 'planner', '--format', '%(versio)']);
    expect(unknown.code).toBe(2);
    expect(unknown.stderr).toMatch(/one of the fields .*version.*"versio"/);
    expect((await box.run(['log', 'planner', '--format', '%d(version'])).code).toBe(2);
    expect((await box.run(['status', '--format', 'x', '--header'])).code).toBe(2);
    expect((await box.run(['status', '--format', 'x', '--json'])).code).toBe(2);
  });
});

it('a format never sends a terminal what it would obey, and keeps a field on its line', () => {
  const hostile = [{ name: 'a\u001b[2Jb\nc', list: ['x', 'y'], inner: { n: null } }];
  expect(formatted(hostile, '%(name)|%(list)|%(inner.n)|%(inner.m)|%(inner)')).toBe(
    'a\\u001b[2Jb c|x,y|||{"n":null}\n',
  );
  expect(formatted([], '%(anything)')).toBe('');
});

it('ages are those of git', () => {
  const day = 86_400;
  const cases = [
    [1, '1 second ago'],
    [89, '89 seconds ago'],
    [90, '2 minutes ago'],
    [89 * 60, '89 minutes ago'],
    [2 * 3600, '2 hours ago'],
    [35 * 3600, '35 hours ago'],
    [2 * day, '2 days ago'],
    [20 * day, '3 weeks ago'],
    [90 * day, '3 months ago'],
    [800 * day, '2 years ago'],
    [-5, 'in the future'],
  ] as const;
  for (const [age, text] of cases) expect(relativeTime(1e9 - age, 1e9)).toBe(text);
});

it('a table without rows has its heading where one is asked for', () => {
  const table = { columns: ['A'], rows: [], empty: 'none' };
  const style = { paint: (text: string) => text };
  expect(renderBlocks([table], { ...style, terminal: false })).toBe('');
  expect(renderBlocks([table], { ...style, terminal: false, header: true })).toBe('A\n');
  expect(renderBlocks([table], { ...style, terminal: true })).toBe('none\n');
});

describe('progress', () => {
  it('is shown on a terminal of what takes long, gone at the end, and never in a pipe', async () => {
    const box = await rolledBack();
    const clone = (name: string) => ['clone', box.ledger, box.path(name)];
    for (const [argv, said] of [
      [clone('copy.git'), 'receiving objects '],
      [clone('again.git'), 'checking objects '],
      [clone('third.git'), 'auditing: '],
      [['report', box.path('site')], 'writing modules 0/1'],
      [['stage', 'planner', 'planner'], 'reading files 0'],
      [['stage', 'planner', '--checksum', 'f'], 'writing planner'],
      [['assess', 'planner', '2', '3', '--dry-run'], 'assessing planner 2 -> 3'],
      [['assess', '--files', 'planner', 'planner'], 'assessing planner -> planner'],
    ] as const) {
      const { code, stderr } = await box.run(argv, { ...NO_COLOUR, slow: true });
      expect(code, argv[0]).toBe(0);
      expect(stderr).toContain(`\r${said}`);
      expect(stderr.split('\r\u001b[K').length, argv[0]).toBe(2);
      expect(stderr.replace(/\r[^\r]*\u001b\[K/g, ''), argv[0]).not.toMatch(/[\r\u001b]/);
    }
    expect((await box.run(clone('other.git'), { slow: true })).stderr).toBe('');
    expect((await box.run([...clone('json.git'), '--json'], { ...NO_COLOUR, slow: true })).stderr).toBe('');
  });

  it('is shown of doctor, step by step, with and without --restore', async () => {
    const box = await rolledBack();
    for (const argv of [['doctor'], ['doctor', '--restore']]) {
      const { code, stdout, stderr } = await box.run(argv, { ...NO_COLOUR, slow: true });
      expect({ code, stdout }).toMatchObject({ code: 0, stdout: expect.stringContaining('nothing to mend') });
      for (const step of ['verifying the journal', 'reading objects \\d+', 'comparing refs and notes'])
        expect(stderr).toMatch(new RegExp(`\\r${step}\u001b`));
      expect(stderr).toMatch(/\r\u001b\[K$/);
    }
    expect((await box.run(['doctor'], { slow: true })).stderr).toBe('');
  });

  it('is shown of every exchange with a remote', async () => {
    const box = await rolledBack();
    const [there, copy] = [box.path('there.git'), box.path('copy.git')];
    execFileSync('git', ['init', '--quiet', '--bare', there], { env: { ...box.env } });
    const shown = async (...argv: string[]): Promise<string> => {
      const { code, stderr } = await box.run(argv, { ...NO_COLOUR, slow: true });
      expect(code, argv[0]).toBe(0);
      expect(stderr, argv[0]).toMatch(/\r\u001b\[K$/);
      return stderr;
    };
    expect(await shown('push', there)).toMatch(/\rsending objects \d+\/\d+/);
    await box.ok('clone', there, copy);
    await box.ok('record', 'planner', '--checksum', 'g');
    await box.ok('push', there);
    const fetched = await shown('fetch', '--ledger', copy);
    expect(fetched).toMatch(/\rreceiving objects \d+\/\d+/);
    expect(fetched).toContain('\rauditing: ');
    for (const verb of ['pull', 'sync']) {
      await box.ok('record', 'planner', '--checksum', verb);
      await box.ok('push', there);
      expect(await shown(verb, 'origin', '--ledger', copy)).toMatch(/\rreceiving objects \d+\/\d+/);
    }
    const { stderr } = await box.run(['pull', 'origin', '--ledger', copy], { slow: true });
    expect(stderr).toBe('');
  });
});
