/** Whatever the engine does: an answer in time, and a caller that goes on. */

import { spawnSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { expect, onTestFinished, test } from 'vitest';
import { borrowEngine, type Engine, MAX_BYTES, releaseEngine } from '../../src/assess/engine-pool.js';
import { EngineWorker } from '../../src/assess/engine-process.js';
import { normalizeFiles } from '../../src/index.js';
import type { AssessmentInput } from '../../src/model/assessment.js';
import { OBEDIENT } from './engine-scripts.js';

const FAST = { timeLimitMs: 8_000, memoryLimitMb: 64, script: OBEDIENT };

function order(command: string): AssessmentInput {
  return { fromFiles: normalizeFiles({ do: '' }), toFiles: normalizeFiles({ do: command }) };
}

async function withEngine<T>(limits: Partial<typeof FAST>, body: (engine: Engine) => Promise<T>): Promise<T> {
  const engine = borrowEngine({ ...FAST, ...limits });
  try {
    return await body(engine);
  } finally {
    releaseEngine(engine);
  }
}

test('an engine is given the files as they are, and stays for the next pair', async () => {
  await withEngine({}, async (engine) => {
    const files = {
      'a.js': 'text',
      b: { data: new Uint8Array([1, 2]), mode: '100755' },
      c: { data: 'a.js', mode: '120000' },
    } as const;
    const input = { fromFiles: normalizeFiles({ a: '' }), toFiles: normalizeFiles(files) };
    const first = await engine.assess(input);
    expect(first).toMatchObject({ level: 'MINOR_CHANGE', limit: null });
    expect(first.rationale).toMatch(/^count 1; a\.js 100644 \w+ 4; b 100755 \w+ 2; c 120000 \w+ 4$/);
    const { pid } = engine;
    expect((await engine.assess(order(''))).rationale).toMatch(/^count 2/);
    expect(engine.pid).toBe(pid);
  });
});

test.each([
  ['loop', 'time', 'the time limit of 1.5 s was reached'],
  ['regexp', 'time', 'the time limit of 1.5 s was reached'],
  ['objects', 'memory', 'the memory limit of 64 MB was reached'],
  ['map', 'memory', 'the memory limit of 64 MB was reached'],
  ['buffers', 'memory', 'the memory limit of 64 MB was reached'],
  ['recursion', 'engine', 'the engine failed: Maximum call stack size exceeded'],
  ['throws', 'engine', 'the engine failed: it is'],
  ['says', 'engine', 'the engine failed: it says so'],
  ['exits', 'engine', 'the engine failed: it ended with exit code 7'],
  ['garbage', 'engine', 'the engine failed: it answered with something that is no answer'],
  ['flood', 'engine', 'the engine failed: it answered with something that is no answer'],
  ['function', 'engine', 'the engine failed: it answered with no assessment'],
  ['level', 'engine', 'the engine failed: it answered with no assessment'],
])('an engine that does %s is ended, and names are compared instead', async (command, limit, words) => {
  const timeLimitMs = limit === 'time' ? 1_500 : 20_000;
  await withEngine({ timeLimitMs }, async (engine) => {
    const { pid } = engine;
    // The second engine is told why there is a second one; this script then answers as told.
    expect((await engine.assess(order(command))).rationale).toMatch(/^count 1 by names/);
    expect(engine.pid).toBe(pid);
    // Names have a time limit of their own, of ten seconds: one that runs into it is enough.
    if (command === 'regexp') return;
    const both = await engine.assess(order(`${command} always`));
    expect(both).toMatchObject({
      level: 'UNKNOWN',
      limit,
      findings: [{ code: 'limit-reached', level: 'UNKNOWN', path: '', before: null, after: null, message: words }],
    });
    expect(both.rationale).toContain(words);
    // On a busy machine the next engine may take longer to start than a pair may take.
    const next = async () => (await engine.assess(order(''))).rationale;
    await expect.poll(next, { timeout: 60_000 }).toMatch(/^count 1; /);
  });
});

test('an answer to another question is not taken for the one to this', async () => {
  await withEngine({}, async (engine) => {
    expect(await engine.assess(order('other'))).toMatchObject({ level: 'BREAKING', rationale: 'mine' });
  });
});

test('an engine that holds on to memory is replaced', async () => {
  await withEngine({}, async (engine) => {
    expect((await engine.assess(order('hoards'))).rationale).toBe('count 1');
    expect(engine.pid).toBe(null);
    expect((await engine.assess(order('hoards'))).rationale).toBe('count 1');
  });
});

test('an engine has nothing of the caller: neither options nor folder', async () => {
  process.env['NODE_OPTIONS'] = '--no-warnings';
  try {
    await withEngine({}, async (engine) => {
      expect(JSON.parse((await engine.assess(order('env'))).rationale)).toEqual([[], '', '131072', '/']);
    });
  } finally {
    delete process.env['NODE_OPTIONS'];
  }
});

test('an engine that cannot be started is a limit of its own', async () => {
  await withEngine({ script: new URL('file:///no/such/script.mjs') }, async (engine) => {
    const answer = await engine.assess(order(''));
    expect(answer).toMatchObject({ level: 'UNKNOWN', limit: 'engine' });
    expect(answer.rationale).toContain('the engine failed: Cannot find module');
  });
});

test('files without end are not handed to an engine', async () => {
  await withEngine({}, async (engine) => {
    const data = new Uint8Array(MAX_BYTES + 1);
    const big = new Map([['do', { data, mode: '100644' as const }]]);
    const answer = await engine.assess({ fromFiles: normalizeFiles({ do: '' }), toFiles: big });
    expect(answer).toMatchObject({ level: 'UNKNOWN', limit: 'memory' });
    expect(answer.rationale).toContain('the files of both versions are 257 MB, and at most 256 MB are read');
    expect(engine.pid).toBe(null);
  });
});

test('large files are handed over to the engine, and its process holds no copy', async () => {
  await withEngine({ memoryLimitMb: 256 }, async (engine) => {
    const heldMb = async () => Number((await engine.assess(order('rss'))).rationale) / 2 ** 20;
    const before = await heldMb();
    const large = Array.from({ length: 3 }, (_, n) => [`${n}`, new Uint8Array(2 ** 25).fill(n + 1)]);
    const toFiles = normalizeFiles(Object.fromEntries(large) as Record<string, Uint8Array>);
    const { rationale } = await engine.assess({ fromFiles: normalizeFiles({ do: '' }), toFiles });
    expect(rationale).toBe(`count 2; ${[0, 1, 2].map((n) => `${n} 100644 Uint8Array ${2 ** 25}`).join('; ')}`);
    // They came in pieces, which the allocator may keep for later.
    expect((await heldMb()) - before).toBeLessThan(2.5 * 96);
  });
});

test('pairs take turns', async () => {
  await withEngine({}, async (engine) => {
    const answers = await Promise.all([
      engine.assess(order('waits')),
      engine.assess(order('')),
      engine.assess(order('x')),
    ]);
    expect(answers.map((a) => a.rationale.slice(0, 7))).toEqual(['count 1', 'count 2', 'count 3']);
  });
});

test('a wait that is ended ends the work; who comes next has an engine again', async () => {
  await withEngine({}, async (engine) => {
    const stop = new AbortController();
    const looping = engine.assess(order('loop always'), stop.signal);
    const waiting = engine.assess(order('loop always'), stop.signal);
    const next = engine.assess(order(''));
    setTimeout(() => stop.abort(new Error('enough')), 300);
    await expect(looping).rejects.toThrow('enough');
    await expect(waiting).rejects.toThrow('enough');
    expect((await next).rationale).toMatch(/^count 1; /);
  });
});

test('an engine that is let go of answers for what is under way, and starts nothing more', async () => {
  const engine = borrowEngine({ ...FAST, timeLimitMs: 60_000 });
  const answers = [engine.assess(order('loop')), engine.assess(order(''))];
  await new Promise((resolve) => setTimeout(resolve, 200));
  releaseEngine(engine);
  for (const answer of await Promise.all(answers)) {
    expect(answer).toMatchObject({ level: 'UNKNOWN', limit: 'engine' });
    expect(answer.rationale).toContain('the assessor was closed');
  }
  expect(engine.pid).toBe(null);
});

test('a process that died between two pairs is replaced', async () => {
  const worker = new EngineWorker(FAST);
  await worker.run(order(''), null);
  process.kill(worker.pid ?? 0, 'SIGKILL');
  await new Promise((resolve) => setTimeout(resolve, 100));
  expect(await worker.run(order(''), null)).toMatchObject({ assessment: { level: 'MINOR_CHANGE' } });
  worker.end();
});

test.each(['SIGKILL', 'SIGTERM', 'SIGABRT'] as const)(
  'a process that somebody ends by %s has not run out of memory',
  async (signal) => {
    const worker = new EngineWorker({ ...FAST, timeLimitMs: 60_000 });
    await worker.run(order(''), null);
    const running = worker.run(order('loop'), null);
    process.kill(worker.pid ?? 0, signal);
    const words = expect.stringContaining(`the engine failed: its process ended by ${signal}`);
    expect(await running).toEqual({ reached: { limit: 'engine', words } });
    worker.end();
  },
);

test('a worker with nothing to do ends, and one that has done enough is replaced', async () => {
  const idle = new EngineWorker({ ...FAST, idleMs: 50 });
  await idle.run(order(''), null);
  const pid = idle.pid ?? 0;
  expect(await gone(pid)).toBe(true);
  expect(idle.pid).toBe(null);
  const tired = new EngineWorker({ ...FAST, maxTasks: 2 });
  const counts: unknown[] = [];
  for (let n = 0; n < 4; n++) counts.push(await tired.run(order(''), null));
  tired.end();
  expect(counts).toMatchObject(
    [1, 2, 1, 2].map((n) => ({ assessment: { rationale: `count ${n}; do 100644 Uint8Array 0` } })),
  );
});

/** Runs a program over the built library in a process of its own, and tells how it ended. */
function run(body: string): ReturnType<typeof spawnSync> {
  const build = new URL('../../build/', import.meta.url).href;
  const program = `
    import { EngineWorker } from '${build}assess/engine-process.js';
    const script = new URL(${JSON.stringify(OBEDIENT.href)});
    const input = (text) => ({ fromFiles: new Map(), toFiles: new Map([['do', { data: Buffer.from(text), mode: '100644' }]]) });
    const worker = new EngineWorker({ timeLimitMs: 60_000, memoryLimitMb: 64, script });
    ${body}`;
  return spawnSync(process.execPath, ['--input-type=module', '-e', program], {
    encoding: 'utf8',
    timeout: 20_000,
    cwd: fileURLToPath(new URL('.', import.meta.url)),
  });
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false;
  }
}

async function gone(pid: number): Promise<boolean> {
  for (let left = 100; left > 0 && isAlive(pid); left--) await new Promise((resolve) => setTimeout(resolve, 50));
  return !isAlive(pid);
}

test('a warm engine keeps no process alive, and ends with it', async () => {
  const ended = run(`await worker.run(input(''), null); console.log(worker.pid);`);
  expect(ended).toMatchObject({ status: 0, signal: null });
  expect(await gone(Number(ended.stdout))).toBe(true);
});

test('an engine that never ends does, when its caller is killed', async () => {
  const ended = run(`
    worker.run(input('loop'), null);
    console.log(worker.pid);
    setTimeout(() => process.kill(process.pid, 'SIGKILL'), 500);`);
  expect(ended.signal).toBe('SIGKILL');
  expect(await gone(Number(ended.stdout))).toBe(true);
});

test('a process whose caller was gone before it listened ends', async () => {
  const built = (name: string) => fileURLToPath(new URL(`../../build/assess/${name}`, import.meta.url));
  const config = JSON.stringify({ script: `file://${built('engine-thread.js')}`, memoryLimitMb: 256 });
  const caller = `
    const { fork } = require('node:child_process');
    const { pid } = fork(${JSON.stringify(built('engine-main.js'))}, [${JSON.stringify(config)}], { stdio: 'ignore' });
    console.log(pid);
    setImmediate(() => process.kill(process.pid, 'SIGKILL'));`;
  const { stdout } = spawnSync(process.execPath, ['-e', caller], { encoding: 'utf8' });
  const pid = Number(stdout);
  expect(pid).toBeGreaterThan(1);
  onTestFinished(() => {
    if (isAlive(pid)) process.kill(pid, 'SIGKILL');
  });
  await expect.poll(() => isAlive(pid), { timeout: 30_000 }).toBe(false);
});

test.each([
  'judged loop',
  'judged objects',
  'judged exits',
  'judged throws',
  'judged says',
  'judged garbage',
  'judged function',
])('a verdict that was told stands, whatever the engine does beside it: %s', async (command) => {
  const worker = new EngineWorker({ ...FAST, timeLimitMs: 60_000, besideMs: 500 });
  onTestFinished(() => worker.end());
  const told = await worker.run(order(command), null);
  expect(told).toMatchObject({ assessment: { level: 'BREAKING', rationale: 'it stands' } });
  expect(await worker.run(order(''), null)).toMatchObject({ assessment: { level: 'MINOR_CHANGE' } });
});

test('what comes after the verdict that was told replaces it', async () => {
  const worker = new EngineWorker({ ...FAST, timeLimitMs: 60_000 });
  onTestFinished(() => worker.end());
  expect(await worker.run(order('judged MINOR_CHANGE'), null)).toMatchObject({ assessment: { level: 'MINOR_CHANGE' } });
});
