/** The executable in a process of its own: what only a process can show. */

import { type SpawnSyncReturns, spawnSync } from 'node:child_process';
import { chmodSync, existsSync, mkdirSync, readFileSync, symlinkSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { type Sandbox, withLedger } from './sandbox.js';

const BIN = fileURLToPath(new URL('../../dist/cli/bin.js', import.meta.url));

function run(box: Sandbox, command: string, argv: readonly string[], env = {}): SpawnSyncReturns<string> {
  return spawnSync(command, argv, { cwd: box.root, env: { ...box.env, ...env }, encoding: 'utf8' });
}

describe('the executable', () => {
  it('starts with a line that finds node', () => {
    expect(readFileSync(BIN, 'utf8')).toMatch(/^#!\/usr\/bin\/env node\n/);
    const { bin } = JSON.parse(readFileSync(new URL('../../package.json', import.meta.url), 'utf8'));
    expect(new URL(`../../${bin['git-lineage']}`, import.meta.url).pathname).toBe(BIN);
  });

  it('answers on stdout and stderr with the exit code', async () => {
    const box = await withLedger();
    const recorded = run(box, process.execPath, [BIN, 'record', 'planner', '--checksum', 'c', '--json']);
    expect(recorded).toMatchObject({ status: 0, stderr: '' });
    expect(JSON.parse(recorded.stdout).checkpoint).toMatchObject({ moduleId: 'planner', version: 1 });
    const no = run(box, process.execPath, [BIN, 'rollback-target', 'planner', '--json']);
    expect(no).toMatchObject({ status: 1, stderr: '' });
    expect(JSON.parse(no.stdout)).toMatchObject({ target: null, skipped: [] });
    const wrong = run(box, process.execPath, [BIN, 'recrod']);
    expect(wrong).toMatchObject({ status: 2, stdout: '', stderr: expect.stringContaining('did you mean record?') });
    const stale = run(box, process.execPath, [BIN, 'record', 'planner', '--checksum', 'd', '--parent', '-']);
    expect(stale.status).toBe(3);
    const refused = run(box, process.execPath, [BIN, 'tag', 'planner@1', 'x'], { XDG_CONFIG_HOME: box.path('none') });
    expect(refused.status).toBe(4);
    box.write('modules.git/shallow', '');
    expect(run(box, process.execPath, [BIN, 'status']).status).toBe(5);
  });

  it('is git lineage where git finds it', async () => {
    const box = await withLedger();
    await box.ok('record', 'planner', '--checksum', 'c');
    mkdirSync(box.path('bin'));
    chmodSync(BIN, 0o755);
    symlinkSync(BIN, box.path('bin/git-lineage'));
    const path = `${box.path('bin')}:${process.env['PATH']}`;
    const status = run(box, 'git', ['lineage', 'status'], { PATH: path });
    expect(status).toMatchObject({ status: 0, stdout: expect.stringMatching(/^planner\t1\t.*\t0\n$/), stderr: '' });
    expect(run(box, 'git', ['lineage', 'show', 'planner@9'], { PATH: path }).status).toBe(2);
  });

  it('does not mind a reader that has seen enough', async () => {
    const box = await withLedger();
    await box.ok('record', 'planner', '--checksum', 'c', '--meta', `big=${'x'.repeat(60_000)}`);
    for (let i = 0; i < 4; i++)
      await box.ok('record', 'planner', '--checksum', `${i}`, '--meta', `big=${'x'.repeat(60_000)}`);
    const script = `set -o pipefail; "${process.execPath}" "${BIN}" log planner --json | head -c 1; echo " $?"`;
    const piped = run(box, 'bash', ['-c', script]);
    expect(piped).toMatchObject({ stdout: '[ 0\n', stderr: '' });
    const lines = run(box, 'bash', ['-c', `"${process.execPath}" "${BIN}" history | head -1`]);
    expect(lines.stderr).toBe('');
    expect(lines.stdout).toMatch(/^5\t[0-9a-f]{40}\t.*activate planner@5\n$/);
  });

  it('says that its answer is lost where a full disk takes none of it', async () => {
    const box = await withLedger();
    const full = run(box, 'bash', ['-c', `"${process.execPath}" "${BIN}" record planner --checksum c > /dev/full`]);
    expect(full).toMatchObject({
      status: 5,
      stderr: expect.stringMatching(/^error: IO: cannot write the answer: ENOSPC.*\nhint: a write may have been done/),
    });
    expect(await box.ok('status')).toMatch(/^planner\t1\t/);
  });

  it('does as it was told, and goes on, where nothing takes its warnings', async () => {
    const box = await withLedger();
    await box.ok('record', 'planner', '--checksum', 'c');
    const warned = run(box, 'bash', ['-c', `"${process.execPath}" "${BIN}" record planner --checksum d 2> /dev/full`]);
    expect(warned).toMatchObject({ status: 0, stdout: expect.stringMatching(/^recorded planner@2 /) });
    await box.ok('checkout', '--follow', 'out', '--once');
    for (const name of ['bills', 'orders']) {
      box.write(`${name}/SKILL.md`, `---\nname: ${name}\ndescription: Does ${name}.\n---\n`);
      await box.ok('record', name, name);
    }
    box.write('out/bills/mine', 'a warning, and then the others');
    const argv = `"${process.execPath}" "${BIN}" checkout --follow out --once 2> /dev/full`;
    expect(run(box, 'bash', ['-c', argv])).toMatchObject({ status: 0 });
    expect(existsSync(box.path('out/orders/SKILL.md'))).toBe(true);
  });

  it('tells help without loading the library', async () => {
    const box = await withLedger();
    const loaded = (...argv: string[]) => {
      const { stdout, stderr } = run(box, process.execPath, [BIN, ...argv], { NODE_DEBUG: 'esm' });
      return { stdout, library: /\/dist\/library-[\w-]+\.js/.test(stderr) };
    };
    expect(loaded('--help')).toEqual({ stdout: expect.stringContaining('Usage: git-lineage'), library: false });
    expect(loaded('record', '--help').library).toBe(false);
    expect(loaded('stats').library).toBe(true);
  });

  it('answers a question without loading other verbs, what signs, or what starts programs and threads', async () => {
    const box = await withLedger();
    for (const checksum of ['c', 'd']) await box.ok('record', 'planner', '--checksum', checksum);
    const list = "process.on('exit', () => process.stderr.write(process.moduleLoadList.join('\\n')));";
    box.write('list.cjs', list);
    const loaded = (...argv: string[]) => {
      const { status, stderr } = run(box, process.execPath, ['-r', box.path('list.cjs'), BIN, ...argv], {
        NODE_DEBUG: 'esm',
      });
      expect(status).toBe(0);
      return {
        verbs: /\/dist\/verbs-(?!library)[\w-]+\.js/.test(stderr),
        programs: stderr.includes('NativeModule child_process\n'),
        // Asked for by a file of ours: from Node 22 on Node loads it by itself, for `node:util`.
        threads: stderr.includes('Translating BuiltinModule node:worker_threads'),
      };
    };
    for (const question of [['status'], ['show', 'planner@1', '--json'], ['rollback-target', 'planner', '--any']])
      expect(loaded(...question)).toEqual({ verbs: false, programs: false, threads: false });
    expect(loaded('record', 'planner', '--checksum', 'e')).toMatchObject({ verbs: true, programs: true });
  });
});
