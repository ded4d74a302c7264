/** Clocks that are set back, run behind, or jump while somebody waits: real processes, and a clock that is not the machine's. */

import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { describe, expect, it, onTestFinished } from 'vitest';
import { type Json, type Sandbox, withLedger } from '../cli/sandbox.js';
import { clockOff, SettableClock, skipFakeClock } from './fake-clock.js';
import { fsckComplaints } from './real-git.mjs';

const BIN = fileURLToPath(new URL('../../dist/cli/bin.js', import.meta.url));
const WATCHING = fileURLToPath(new URL('watching-process.mjs', import.meta.url));
const HOUR = 3600;

/** A command line whose clock is `seconds` off. */
function run(box: Sandbox, seconds: number, ...argv: string[]): { status: number | null; answer: Json; said: string } {
  const env = { ...box.env, ...(seconds === 0 ? {} : clockOff(seconds)) };
  const { status, stdout, stderr } = spawnSync(process.execPath, [BIN, ...argv, '--json'], {
    cwd: box.root,
    env,
    encoding: 'utf8',
  });
  return { status, answer: stdout === '' ? null : JSON.parse(stdout), said: stderr };
}

function record(box: Sandbox, seconds: number, checksum: string) {
  return run(box, seconds, 'record', 'planner', '--checksum', checksum);
}

/** The ledger has these versions, and neither git, nor an audit, nor doctor finds anything wrong. */
function isSound(box: Sandbox, checksums: readonly string[]): void {
  const lineage = run(box, 0, 'log', 'planner').answer;
  expect(lineage.map((v: Json) => v.checksum).sort()).toEqual([...checksums].sort());
  expect(run(box, 0, 'audit')).toMatchObject({ status: 0, answer: { outcome: 'passed' } });
  expect(run(box, 0, 'doctor')).toMatchObject({ status: 0, answer: { findings: [] } });
  expect(fsckComplaints(box.ledger)).toEqual([]);
}

describe.skipIf(skipFakeClock)('by libfaketime (Debian: faketime)', () => {
  it('a clock set back by an hour stops writing and not reading, and leaves nothing once it is right', async () => {
    const box = await withLedger();
    expect(record(box, 0, 'one').status).toBe(0);
    const before = run(box, 0, 'stats').answer;
    expect(record(box, -HOUR, 'two')).toMatchObject({ status: 3, said: expect.stringContaining('CLOCK_AHEAD') });
    expect(run(box, -HOUR, 'log', 'planner')).toMatchObject({ status: 0, answer: [{ checksum: 'one' }] });
    expect(run(box, 0, 'stats').answer).toEqual(before);
    isSound(box, ['one']);
    expect(record(box, 0, 'two').status).toBe(0);
    isSound(box, ['one', 'two']);
  });

  it('a clock set back by less than the tolerance goes on, and no date goes back', async () => {
    const box = await withLedger();
    const made = [record(box, 0, 'one'), record(box, -200, 'two'), record(box, 0, 'three')];
    expect(made.map((r) => r.status)).toEqual([0, 0, 0]);
    const warned = made.map(({ answer }) => answer.warnings.some((w: Json) => w.code === 'CLOCK_BEHIND'));
    expect(warned).toEqual([false, true, false]);
    isSound(box, ['one', 'two', 'three']);
    const dates = run(box, 0, 'log', 'planner').answer.map((v: Json) => v.timestamp);
    expect(dates).toEqual([...dates].sort((a, b) => a - b));
  });

  it('of two writers the one whose clock is an hour behind is refused while the other goes on', async () => {
    const box = await withLedger();
    expect(record(box, -HOUR, 'behind, before the first').status).toBe(3);
    for (const checksum of ['one', 'two', 'three']) {
      expect(record(box, 0, checksum).status).toBe(0);
      expect(record(box, -HOUR, `${checksum}, behind`).status).toBe(3);
    }
    isSound(box, ['one', 'two', 'three']);
  });

  it('writers whose clocks are a little behind take turns beside one another, and lose nothing', async () => {
    const box = await withLedger();
    const clocks = [0, -100, -200];
    const writers = clocks.flatMap((seconds) =>
      [1, 2].map((n) => {
        const env = { ...box.env, ...clockOff(seconds) } as NodeJS.ProcessEnv;
        return ended(spawn(process.execPath, [BIN, 'record', 'planner', '--checksum', `${seconds} ${n}`], { env }));
      }),
    );
    expect(await Promise.all(writers)).toEqual(writers.map(() => 0));
    isSound(
      box,
      clocks.flatMap((seconds) => [`${seconds} 1`, `${seconds} 2`]),
    );
  });

  it.each([
    ['forward by a day', 24 * HOUR],
    ['back by an hour', -HOUR],
  ])('a clock that jumps %s neither ends a health window nor holds up a rollback', async (_, seconds) => {
    const box = await withLedger();
    const clock = new SettableClock(box.path('clock'));
    const child = spawn(process.execPath, [WATCHING], { env: { ...box.env, ...clock.env } as NodeJS.ProcessEnv });
    onTestFinished(() => void child.kill('SIGKILL'));
    const lines = createInterface(child.stdout)[Symbol.asyncIterator]();
    const first = dateOf((await lines.next()).value);
    clock.set(seconds);
    let jumped = 0;
    // A window that looked at the clock would have ended, or the checks would have stopped, before there are twenty.
    while (jumped < 20) {
      const date = dateOf((await lines.next()).value);
      if (Math.abs(date - first - seconds * 1000) < (Math.abs(seconds) * 1000) / 2) jumped += 1;
    }
    child.stdin.end('sick\n');
    let last = '';
    for (let line = await lines.next(); line.done !== true; line = await lines.next()) last = line.value;
    expect(last).toBe('ended ROLLED_BACK 1');
    expect(await ended(child)).toBe(0);
  });
});

function dateOf(line: string | undefined): number {
  const [, date] = /^check (\d+)$/.exec(line ?? 'the process ended') ?? [];
  if (date === undefined) throw new Error(`a check is expected: ${line}`);
  return Number(date);
}

function ended(child: ChildProcess): Promise<number | null> {
  return new Promise((resolve) => {
    if (child.exitCode !== null) resolve(child.exitCode);
    else child.on('close', resolve);
  });
}
