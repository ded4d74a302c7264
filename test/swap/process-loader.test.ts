/** Versions in processes of their own: what crosses, what they may do, and what becomes of a process that ends. */

import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdirSync, readdirSync, symlinkSync, writeFileSync } from 'node:fs';
import { devNull } from 'node:os';
import { dirname, join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { describe, expect, it, onTestFinished, vi } from 'vitest';
import type { Capability } from '../../src/model/capability.js';
import { notHeld, permissionFlags } from '../../src/swap/process/permissions.js';
import type { ProcessLoaderOptions } from '../../src/swap/process/process-loader.js';
import { isLedgerError, type LedgerError, processLoader } from './live.mjs';
import { deferred, folder } from './scene.js';
import { loadRequest } from './worker-scene.js';

// biome-ignore lint/suspicious/noExplicitAny: the exports of a fixture
type Calls = Record<string, any>;

/** All that some Node does not hold. */
const ACCEPT: readonly Capability[] = ['network', 'process', 'code', 'environment'];

/** The exports of a module in a process that is gone after the test. */
async function inProcess(source: string, options: Partial<ProcessLoaderOptions> = {}, more = {}): Promise<Calls> {
  const loader = processLoader({ cacheDir: folder(), accept: ACCEPT, ...options });
  const loaded = await loader.load(loadRequest({ 'index.mjs': source }, more));
  onTestFinished(() => loaded.dispose?.());
  return loaded.exports as Calls;
}

describe('what crosses to a process', () => {
  it('is what crosses to a worker', async () => {
    const calls = await inProcess(`
      export const same = (value) => value;
      export const isSame = ({ a, b }) => a === b;
      export async function* doubled(values) { for await (const v of values) yield v * 2; }
      export const fails = () => { throw Object.assign(new RangeError('no more'), { code: 'E_END' }); };
      export const aborted = (signal) => new Promise((done) => signal.addEventListener('abort', () => done(signal.reason)));
      export const text = async (response) => response.text();
      export const answer = () => new Response('hello', { status: 201 });
      export const nested = { deep: { add: (a, b) => a + b } };
      export const version = 7;
    `);
    const value = { map: new Map([[1, new Set(['a'])]]), bytes: new Uint8Array([1, 2]), when: new Date(0), big: 10n };
    expect(await calls['same'](value)).toEqual(value);
    const twin = {};
    expect(await calls['isSame']({ a: twin, b: twin })).toBe(true);
    async function* numbers() {
      yield* [1, 2, 3];
    }
    const doubled: number[] = [];
    for await (const n of await calls['doubled'](numbers())) doubled.push(n);
    expect(doubled).toEqual([2, 4, 6]);
    await expect(calls['fails']()).rejects.toMatchObject({ name: 'RangeError', message: 'no more', code: 'E_END' });
    const controller = new AbortController();
    const reason = calls['aborted'](controller.signal);
    controller.abort('enough');
    expect(await reason).toBe('enough');
    expect(await calls['text'](new Response('body'))).toBe('body');
    const answer = await calls['answer']();
    expect([answer.status, await answer.text()]).toEqual([201, 'hello']);
    expect(await calls['nested'].deep.add(1, 2)).toBe(3);
    expect(calls['version']).toBe(7);
  });

  it('is refused where only threads share it, and the process goes on', async () => {
    const { same } = await inProcess('export const same = (value) => value;');
    const { port1 } = new MessageChannel();
    await expect(same(port1)).rejects.toMatchObject({
      code: 'INVALID_ARGUMENT',
      hint: expect.stringContaining('workerLoader'),
    });
    port1.close();
    await expect(same(() => 1)).rejects.toThrow(/could not be cloned/);
    expect(await same(2)).toBe(2);
  });
});

/** Each tries one thing, and says what came of it. */
const MODULE = `
  import { readFileSync, writeFileSync } from 'node:fs';
  const tried = async (act) => { try { return String(await act()); } catch (error) { return error.code ?? error.name; } };
  export const read = (path) => tried(() => readFileSync(path, 'utf8'));
  export const write = (path) => tried(() => (writeFileSync(path, 'written'), 'written'));
  export const spawn = () => tried(async () => (await import('node:child_process')).execFileSync(process.execPath, ['-p', '1 + 1']).toString().trim());
  export const evaluate = () => tried(() => new Function('return 7')());
  export const thread = () => tried(async () => { const { Worker } = await import('node:worker_threads'); const w = new Worker('', { eval: true }); await w.terminate(); return 'a thread'; });
  export const environment = () => tried(() => process.env.GIT_LINEAGE_TEST_SECRET);
  export const addon = () => tried(() => (process.dlopen({ exports: {} }, '/nowhere.node'), 'loaded'));
`;

describe('a process', () => {
  it.each<[Capability | 'none', Partial<Record<string, string>>]>([
    ['none', {}],
    ['fs-read', { read: 'here' }],
    ['fs-write', { write: 'written' }],
    ['environment', { environment: 'secret' }],
    ['code', { evaluate: '7' }],
    ['native', { addon: 'ERR_DLOPEN_FAILED' }],
    ['worker', {}],
    // Whoever starts programs does with them whatever it likes.
    ['process', { spawn: '2', read: 'here', write: 'written' }],
  ])('that is granted %s has that and nothing else', async (granted, got) => {
    vi.stubEnv('GIT_LINEAGE_TEST_SECRET', 'secret');
    onTestFinished(() => void vi.unstubAllEnvs());
    const outside = folder();
    writeFileSync(join(outside, 'file'), 'here');
    const calls = await inProcess(MODULE, { grants: granted === 'none' ? [] : [granted] });
    const found = {
      read: await calls['read'](join(outside, 'file')),
      write: await calls['write'](join(outside, 'new')),
      spawn: await calls['spawn'](),
      evaluate: await calls['evaluate'](),
      thread: await calls['thread'](),
      environment: await calls['environment'](),
      addon: await calls['addon'](),
    };
    expect(found).toEqual({
      read: 'ERR_ACCESS_DENIED',
      write: 'ERR_ACCESS_DENIED',
      spawn: 'ERR_ACCESS_DENIED',
      evaluate: 'EvalError',
      thread: 'ERR_ACCESS_DENIED',
      environment: 'undefined',
      addon: 'ERR_DLOPEN_DISABLED',
      ...got,
    });
    expect(existsSync(join(outside, 'new'))).toBe(found.write === 'written');
  });

  it('is granted what its version was, and reads and writes the folders that it was given', async () => {
    const own = folder();
    const asked: unknown[] = [];
    const options: Partial<ProcessLoaderOptions> = {
      grants: async (version) => {
        asked.push(version);
        return version.metadata['trusted'] === 'yes' ? ['code'] : [];
      },
      folders: () => [own],
    };
    const one = await inProcess(MODULE, options, { metadata: { trusted: 'yes' } });
    const two = await inProcess(MODULE, options, { version: 2 });
    expect([await one['evaluate'](), await two['evaluate']()]).toEqual(['7', 'EvalError']);
    expect(asked).toMatchObject([
      { moduleId: 'speaker', version: 1 },
      { version: 2, metadata: {} },
    ]);
    expect(await two['write'](join(own, 'kept'))).toBe('written');
    expect(await two['read'](join(own, 'kept'))).toBe('written');
  });

  it('that ends is started again, and ended for good with all that it has started', async () => {
    const events: string[] = [];
    const restarted = deferred();
    const onRunEvent = ({ type }: { readonly type: string }): void => {
      events.push(type);
      if (type === 'restarted') restarted.resolve();
    };
    const loader = processLoader({ cacheDir: folder(), accept: ACCEPT, grants: ['process'] });
    const source = `
      import { spawn } from 'node:child_process';
      export const exit = () => process.exit(3);
      export const start = () => spawn(process.execPath, ['-e', 'setInterval(() => {}, 1e6)']).pid;`;
    const loaded = await loader.load(loadRequest({ 'index.mjs': source }, { onRunEvent }));
    const calls = loaded.exports as Calls;
    await expect(calls['exit']()).rejects.toMatchObject({
      code: 'IO',
      message: expect.stringMatching(/^the process of speaker v1 ended with exit code 3/),
    });
    await restarted.promise;
    expect(events).toEqual(['ended', 'restarted']);
    const pid: number = await calls['start']();
    expect(() => process.kill(pid, 0)).not.toThrow();
    await loaded.dispose?.();
    await vi.waitFor(() => expect(() => process.kill(pid, 0)).toThrow(), { timeout: 30_000 });
  });

  it('that needs more memory than it may have ends alone', async () => {
    const { hoard } = await inProcess(
      'export const hoard = () => { const all = []; for (;;) all.push(new Array(1e5).fill(0)); };',
      { memoryLimitMb: 32 },
    );
    await expect(hoard()).rejects.toMatchObject({ code: 'IO', message: expect.stringContaining('ended with signal') });
  });

  it('is waited for by whoever lets go of it, though nothing else keeps the host alive', async () => {
    const host = spawn(
      process.execPath,
      [fileURLToPath(new URL('process-host.mjs', import.meta.url)), folder(), 'dispose'],
      { stdio: ['ignore', 'pipe', 'inherit'] },
    );
    onTestFinished(() => void host.kill('SIGKILL'));
    const lines = createInterface(host.stdout)[Symbol.asyncIterator]();
    const pid = Number((await lines.next()).value);
    expect((await lines.next()).value).toBe('let go of');
    expect(() => process.kill(pid, 0)).toThrow();
  });

  it.each(['a folder', 'a link'])('uses the packages of nodeModules, which is %s', async (kind) => {
    const nodeModules = join(folder(), 'node_modules');
    mkdirSync(join(nodeModules, 'one'), { recursive: true });
    writeFileSync(join(nodeModules, 'one/package.json'), '{ "type": "module", "exports": "./index.js" }');
    writeFileSync(join(nodeModules, 'one/index.js'), 'export const one = 1;');
    const link = join(folder(), 'link');
    symlinkSync(nodeModules, link);
    const named = { nodeModules: kind === 'a link' ? link : nodeModules };
    const calls = await inProcess("import { one } from 'one'; export const get = () => one;", named);
    expect(await calls['get']()).toBe(1);
  });

  it.each(['a workspace', 'pnpm'])('uses packages that %s links to, and nothing else beside them', async (kind) => {
    const root = folder();
    const nodeModules = join(root, kind === 'pnpm' ? 'app/node_modules' : 'node_modules');
    const store = join(root, 'node_modules/.pnpm');
    const [one, two] =
      kind === 'pnpm'
        ? [join(store, 'one@1/node_modules/one'), join(store, 'two@1/node_modules/two')]
        : [join(root, 'packages/one'), join(root, 'packages/one/node_modules/two')];
    for (const [path, text] of [
      [one, "export { two as one } from 'two';"],
      [two, 'export const two = 2;'],
    ] as const) {
      mkdirSync(path, { recursive: true });
      writeFileSync(join(path, 'package.json'), '{ "type": "module", "exports": "./index.js" }');
      writeFileSync(join(path, 'index.js'), text);
    }
    mkdirSync(join(nodeModules, '@acme'), { recursive: true });
    symlinkSync(one, join(nodeModules, '@acme/one'));
    if (kind === 'pnpm') symlinkSync(two, join(one, '../two'));
    const others = [join(root, 'secret'), join(store, 'three@1/node_modules/three/index.js')];
    for (const other of others) {
      mkdirSync(dirname(other), { recursive: true });
      writeFileSync(other, 'secret');
    }
    const calls = await inProcess(
      `import { one } from '@acme/one'; import { readFileSync } from 'node:fs'; export const get = () => one;
       export const read = (path) => { try { return readFileSync(path, 'utf8'); } catch ({ code }) { return code; } };`,
      { nodeModules },
    );
    expect(await calls['get']()).toBe(2);
    // What is in the store, and nobody links to, is in `nodeModules` of a workspace.
    const read = await Promise.all(others.map((other) => calls['read'](other)));
    expect(read).toEqual(['ERR_ACCESS_DENIED', kind === 'pnpm' ? 'ERR_ACCESS_DENIED' : 'secret']);
  });

  it.each<[readonly Capability[], string]>([
    [[], 'ERR_ACCESS_DENIED'],
    [['code'], 'ERR_ACCESS_DENIED'],
    [['fs-write'], 'ERR_ACCESS_DENIED'],
    [['code', 'fs-write'], 'set'],
  ])('that is granted %j sets flags of V8, some of which write files, or does not: %s', async (grants, wanted) => {
    const source = `
      import v8, { setFlagsFromString } from 'node:v8';
      import { createRequire } from 'node:module';
      const { setFlagsFromString: required } = createRequire(import.meta.url)('v8');
      const tried = (set) => { try { set('--no-trace-turbo'); return 'set'; } catch ({ code }) { return code; } };
      export const all = () => [v8.setFlagsFromString, setFlagsFromString, required].map(tried);`;
    const { all } = await inProcess(source, { grants });
    expect(await all()).toEqual([wanted, wanted, wanted]);
  });

  it('writes no traces into its folder, nor where it was started', async () => {
    const cacheDir = folder();
    const source = `
      export const trace = async () => {
        try {
          const { createTracing } = await import('node:trace_events');
          createTracing({ categories: ['node.perf', 'v8'] }).enable();
        } catch ({ code }) {
          if (code !== 'ERR_ACCESS_DENIED') throw new Error(code);
        }
        performance.mark('a');
        process.exit(3);
      };`;
    const { trace } = await inProcess(source, { cacheDir });
    await expect(trace()).rejects.toMatchObject({ message: expect.stringContaining('ended with exit code 3') });
    const written = [...readdirSync(cacheDir, { recursive: true, encoding: 'utf8' }), ...readdirSync('.')];
    expect(written.filter((path) => path.includes('node_trace'))).toEqual([]);
  });

  it('may be given a folder twice', async () => {
    const own = folder();
    const calls = await inProcess(MODULE, { folders: () => [own, own] });
    expect(await calls['write'](join(own, 'new'))).toBe('written');
  });

  it('that is granted the environment has none of the flags that are in it for the host', async () => {
    vi.stubEnv('NODE_OPTIONS', '--require ./host-only.cjs --allow-child-process');
    vi.stubEnv('GIT_LINEAGE_TEST_SECRET', 'secret');
    onTestFinished(() => void vi.unstubAllEnvs());
    const calls = await inProcess(MODULE, { grants: ['environment'] });
    expect([await calls['environment'](), await calls['spawn']()]).toEqual(['secret', 'ERR_ACCESS_DENIED']);
  });

  it('reads the library by its own path where its host came to it by a link', async () => {
    const link = join(folder(), 'package');
    symlinkSync(fileURLToPath(new URL('../../', import.meta.url)), link);
    const host = spawn(
      process.execPath,
      [
        ...['--preserve-symlinks', '--preserve-symlinks-main'],
        ...[join(link, 'test/swap/process-host.mjs'), folder(), 'dispose'],
      ],
      { stdio: ['ignore', 'pipe', 'inherit'] },
    );
    onTestFinished(() => void host.kill('SIGKILL'));
    const lines = createInterface(host.stdout)[Symbol.asyncIterator]();
    expect((await lines.next()).value).toMatch(/^\d+$/);
    expect((await lines.next()).value).toBe('let go of');
  });

  it('ends where its host was killed', async () => {
    const host = spawn(process.execPath, [fileURLToPath(new URL('process-host.mjs', import.meta.url)), folder()], {
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    onTestFinished(() => void host.kill('SIGKILL'));
    const lines = createInterface(host.stdout)[Symbol.asyncIterator]();
    const pid = Number((await lines.next()).value);
    expect(() => process.kill(pid, 0)).not.toThrow();
    host.kill('SIGKILL');
    await once(host, 'exit');
    await vi.waitFor(() => expect(() => process.kill(pid, 0)).toThrow(), { timeout: 30_000 });
  });

  it('whose module cannot be imported fails to load', async () => {
    const { error } = await inProcess('throw new TypeError("no database here");').then(
      () => ({ error: null }),
      (thrown: unknown) => ({ error: thrown }),
    );
    expect(error).toMatchObject({ name: 'TypeError', message: 'no database here' });
  });
});

/** Writes to the pipe what no version of this package would: `say` a message, `raw` bytes. */
const HOSTILE = `
  import { writeSync } from 'node:fs';
  import { serialize } from 'node:v8';
  const raw = (...parts) => void writeSync(3, Buffer.concat(parts.map((part) => Buffer.from(part))));
  const say = (message) => {
    const body = serialize(message);
    const head = Buffer.alloc(4);
    head.writeUInt32BE(body.length);
    raw(head, body);
  };
  const deep = () => { let value = {}; for (let at = 0; at < 3000; at++) value = { value }; return value; };
  const hold = () => new Promise((done) => setTimeout(done, 1e8));
  export const six = () => 6;
`;

describe('what a module writes to the pipe itself', () => {
  it.each([
    ['bytes that are no message', 'raw([0, 0, 0, 4, 1, 2, 3, 4])', /deserialize/],
    ['a length beyond all bounds', 'raw([255, 255, 255, 255])', /268435456 bytes at most, not 4294967295/],
    ['a failure without an error', "say({ type: 'failed' })", /'list'/],
    ['a question whose number is none', "say({ type: 'call', id: deep(), path: [] })", /no number|call stack/],
  ])('ends its process and not the host: %s', async (_, act, reason) => {
    const { attack } = await inProcess(`${HOSTILE} export const attack = () => { ${act}; return hold(); };`);
    await expect(attack()).rejects.toMatchObject({
      code: 'IO',
      message: expect.stringMatching(/^the process of speaker v1 sent what cannot be read: /),
      cause: { message: expect.stringMatching(reason) },
    });
  });

  it('fails the load where it comes before the version is there', async () => {
    const greetings = [
      "{ type: 'failed' }",
      "{ type: 'ready' }",
      "{ type: 'ready', shape: { kind: 'object', members: [['a']] } }",
    ];
    for (const greeting of greetings)
      await expect(inProcess(`${HOSTILE} say(${greeting});`)).rejects.toMatchObject({
        code: 'IO',
        message: expect.stringContaining('sent what cannot be read'),
      });
  });

  it('is passed over where it belongs to nothing', async () => {
    const { attack, six } = await inProcess(`${HOSTILE} export const attack = () => {
      for (const cmd of ['NODE_HANDLE_ACK', 'NODE_HANDLE']) say({ cmd, type: 'net.Socket' });
      for (const message of [7, null, 'text', [], {}]) say(message);
      say({ type: 'answer', id: 999, packed: { values: [], seats: [{ in: 7, key: 'a', ref: null }] } });
      say({ type: 'error', id: 998 });
      for (let at = 0; at < 100; at++) say({ type: 'pong' });
      return 1;
    };`);
    expect([await attack(), await six()]).toEqual([1, 6]);
  });

  it('rejects a result that is too large, and the process goes on', async () => {
    const { large, six } = await inProcess(`${HOSTILE} export const large = () => new Uint8Array(2 ** 28);`);
    await expect(large()).rejects.toThrow(/a message between processes has 268435456 bytes at most/);
    expect(await six()).toBe(6);
  });
});

/** What the loader is not made with. */
function refused(options: Partial<ProcessLoaderOptions>): LedgerError {
  try {
    processLoader({ cacheDir: folder(), accept: ACCEPT, ...options });
  } catch (error) {
    if (isLedgerError(error, 'INVALID_ARGUMENT')) return error;
    throw error;
  }
  throw new TypeError('it was made');
}

describe('what a Node does not hold', () => {
  it('has to be accepted by name, or granted', () => {
    const { message, hint } = refused({ accept: ['network'], grants: ['code'] });
    expect(message).toMatch(
      /accept: expected process, which Node \S+ does not hold, got nothing of it; without the grant it sends signals/,
    );
    expect(hint).toMatch(/accept it: process, environment$/);
    expect(() =>
      processLoader({ cacheDir: folder(), accept: ['network', 'process'], grants: ['code', 'environment'] }),
    ).not.toThrow();
  });

  it('depends on the Node', () => {
    const flags = (major: number, minor: number, ...granted: Capability[]) =>
      permissionFlags(new Set(granted), { read: ['/a'], write: [] }, { major, minor });
    expect(flags(20, 15)).toEqual([
      '--experimental-permission',
      '--allow-fs-read=/a',
      '--disallow-code-generation-from-strings',
      `--trace-event-file-pattern=${devNull}`,
    ]);
    expect(flags(22, 13)).toContain('--permission');
    expect(flags(22, 13)).toContain('--no-experimental-sqlite');
    expect(flags(24, 0, 'fs-write', 'network')).not.toContain('--allow-net');
    expect(flags(25, 0, 'network')).toContain('--allow-net');
    expect([notHeld({ major: 24, minor: 0 }).has('network'), notHeld({ major: 25, minor: 0 }).has('network')]).toEqual([
      true,
      false,
    ]);
  });

  it('takes options of the right kind alone', async () => {
    for (const [wrong, path] of [
      [{ grants: ['everything'] }, 'grants'],
      [{ accept: 'network' }, 'accept'],
      [{ memoryLimitMb: 0 }, 'memoryLimitMb'],
      [{ folders: ['/tmp'] }, 'folders'],
      [{ callTimeoutMs: 0 }, 'callTimeoutMs'],
    ] as const) {
      const error = refused(wrong as unknown as Partial<ProcessLoaderOptions>);
      expect(error.data).toMatchObject({ issues: [{ path }] });
    }
    const answers = { grants: () => ['everything'] } as unknown as ProcessLoaderOptions;
    await expect(inProcess(MODULE, answers)).rejects.toMatchObject({ code: 'INVALID_ARGUMENT' });
  });
});
