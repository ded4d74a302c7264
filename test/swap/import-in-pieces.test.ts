/** Loading in pieces: what is evaluated, in which order and with which end, is what Node does with a plain import. */

import { mkdirSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { pathToFileURL } from 'node:url';
import fc from 'fast-check';
import { beforeEach, describe, expect, it, vi } from 'vitest';
import { contentDigest, heldWhile, importEntry, importLoader, importOrder, normalizeFiles, preload } from './live.mjs';
import { folder, liveScene, MODULE } from './scene.js';

/** What was evaluated so far, by the modules' own word. */
const seen = globalThis as unknown as { evaluated: string[] };

beforeEach(() => {
  seen.evaluated = [];
});

/** So much that some files are more than one piece, in a comment. */
const PADDING = `// ${'x'.repeat(30_000)}\n`;

type Files = Readonly<Record<string, string>>;

/** A module that says when it is evaluated, after its imports. */
function says(name: string, imports: readonly string[], more = ''): string {
  const lines = imports.map((specifier) => `import '${specifier}';\n`).join('');
  return `${PADDING}${lines}globalThis.evaluated.push('${name}');\n${more}`;
}

function layOut(files: Files): string {
  const root = folder();
  for (const [path, text] of Object.entries({ 'package.json': '{"type":"module"}', ...files })) {
    mkdirSync(dirname(join(root, path)), { recursive: true });
    writeFileSync(join(root, path), text);
  }
  return root;
}

interface Ended {
  readonly evaluated: readonly string[];
  readonly exports: readonly string[];
  readonly error: string | null;
}

/** What was evaluated, exported and thrown, once all that the modules put off has run too. */
async function ended(importing: () => Promise<unknown>): Promise<Ended> {
  seen.evaluated = [];
  let exports: string[] = [];
  let error: string | null = null;
  try {
    exports = Object.keys((await importing()) as object);
  } catch (thrown) {
    // The loader says which file it is, and hands on what Node said as the cause.
    const { name, message } = ((thrown as Error).cause ?? thrown) as Error;
    error = `${name}: ${message.replace(/\S*\/(?=[\w.-]+)/g, '')}`;
  }
  await new Promise((resolve) => setTimeout(resolve, 5));
  return { evaluated: seen.evaluated, exports, error };
}

function plainly(files: Files): Promise<Ended> {
  const url = pathToFileURL(join(layOut(files), 'index.mjs')).href;
  return ended(() => importEntry({ url, format: 'module' }));
}

function inPieces(files: Files): Promise<Ended> {
  const normalized = normalizeFiles({ 'package.json': '{"type":"module"}', ...files });
  const checksum = contentDigest(normalized);
  const { signal } = new AbortController();
  const request = { moduleId: MODULE, version: 1, checksum, files: normalized, metadata: {}, signal };
  return ended(async () => (await importLoader({ cacheDir: folder() }).load(request)).exports);
}

const GRAPHS: Readonly<Record<string, Files>> = {
  'a diamond': {
    'index.mjs': says('index', ['./left.js', './right.js']),
    'left.js': says('left', ['./base.js']),
    'right.js': says('right', ['./base.js']),
    'base.js': says('base', []),
  },
  'a cycle that imports something on its way': {
    'index.mjs': says('index', ['./a.js']),
    'a.js': says('a', ['./b.js', './c.js']),
    'b.js': says('b', ['./a.js']),
    'c.js': says('c', []),
  },
  'cycles in a cycle': {
    'index.mjs': says('index', ['./d.js', './a.js']),
    'a.js': says('a', ['./b.js', './d.js']),
    'b.js': says('b', ['./c.js', './a.js']),
    'c.js': says('c', ['./b.js', './d.js']),
    'd.js': says('d', []),
  },
  're-exports': {
    'index.mjs': `${says('index', [])}export * from './lib/all.js';\nexport { one as first } from './lib/one.js';\n`,
    'lib/all.js': `${says('all', [])}export * from './two.js';\nexport * as names from './one.js';\n`,
    'lib/one.js': `${says('one', [])}export const one = 1;\n`,
    'lib/two.js': `${says('two', ['./one.js'])}export const two = 2;\n`,
  },
  'work that is put off until the graph is evaluated': {
    'index.mjs': says('index', ['./early.js', './late.js']),
    'early.js': says(
      'early',
      [],
      "Promise.resolve().then(() => globalThis.evaluated.push('microtask'));\nsetImmediate(() => globalThis.evaluated.push('immediate'));\nprocess.nextTick(() => globalThis.evaluated.push('tick'));",
    ),
    'late.js': says('late', []),
  },
  'top-level await beside siblings': {
    'index.mjs': says('index', ['./slow.js', './quick.js', './after.js']),
    'slow.js': says(
      'slow',
      [],
      "await new Promise((r) => setTimeout(r, 2));\nglobalThis.evaluated.push('slow, later');",
    ),
    'quick.js': says('quick', [], "await null;\nglobalThis.evaluated.push('quick, later');"),
    'after.js': says('after', ['./slow.js']),
  },
  'a module that throws': {
    'index.mjs': says('index', ['./first.js', './bad.js', './never.js']),
    'first.js': says('first', []),
    'bad.js': says('bad', ['./below.js'], "throw new TypeError('bad luck');"),
    'below.js': says('below', []),
    'never.js': says('never', []),
  },
  'a module that throws after an await': {
    'index.mjs': says('index', ['./bad.js', './other.js']),
    'bad.js': says('bad', [], "await null;\nthrow new RangeError('too late');"),
    'other.js': says('other', []),
  },
  'CommonJS and JSON below ES modules': {
    'index.mjs': says('index', ['./a.js', './old.cjs', './b.js']),
    'a.js': `${says('a', [])}import data from './data.json' with { type: 'json' };\nglobalThis.evaluated.push(data.name);\n`,
    'old.cjs': `${PADDING}require('./older.cjs');\nglobalThis.evaluated.push('old');\n`,
    'older.cjs': "globalThis.evaluated.push('older');\n",
    'b.js': says('b', []),
    'data.json': '{ "name": "data" }',
  },
  'dynamic imports': {
    'index.mjs': says('index', ['./a.js', './b.js']),
    'a.js': says('a', [], "await import('./asked.js');"),
    'b.js': says('b', []),
    'asked.js': says('asked', ['./b.js']),
  },
  'the same file under two URLs': {
    'index.mjs': says('index', ['./a.js', './a.js?again', './b%2Ejs', './sub/../b.js']),
    'a.js': says('a', []),
    'b.js': says('b', []),
    'sub/c.js': '',
  },
  'a name that nobody exports': {
    'index.mjs': says('index', ['./a.js', './b.js']),
    'a.js': says('a', []),
    'b.js': `${says('b', [])}import { missing } from './a.js';\n`,
  },
  'a syntax error deep down': {
    'index.mjs': says('index', ['./a.js', './b.js']),
    'a.js': says('a', []),
    'b.js': says('b', ['./c.js']),
    'c.js': `${PADDING}const = 1;`,
  },
  'a file that is not there': {
    'index.mjs': says('index', ['./a.js', './gone.js', './b.js']),
    'a.js': says('a', []),
    'b.js': says('b', []),
  },
};

describe('a version that is loaded in pieces', () => {
  it.each(Object.entries(GRAPHS))('is evaluated as Node does: %s', async (_, files) => {
    const expected = await plainly(files);
    expect(expected.evaluated.length + (expected.error?.length ?? 0)).toBeGreaterThan(0);
    expect(await inPieces(files)).toEqual(expected);
  });

  it('is evaluated as Node does: graphs drawn at random', async () => {
    const node = fc.record({
      imports: fc.uniqueArray(fc.nat({ max: 7 }), { maxLength: 4 }),
      ends: fc.constantFrom(
        '',
        '',
        '',
        '',
        'await null;',
        "Promise.resolve().then(() => globalThis.evaluated.push('put off'));",
        "throw new Error('drawn');",
      ),
    });
    const graph = fc.array(node, { minLength: 8, maxLength: 8 });
    await fc.assert(
      fc.asyncProperty(graph, async (nodes) => {
        const file = (i: number) => (i === 0 ? 'index.mjs' : `m${i}.js`);
        const files = Object.fromEntries(
          nodes.map(({ imports, ends }, i) => [
            file(i),
            says(
              `${i}`,
              imports.map((to) => `./${file(to)}`),
              ends,
            ),
          ]),
        );
        expect(await inPieces(files)).toEqual(await plainly(files));
      }),
      { numRuns: 60, seed: 20 },
    );
  });

  it('is compiled before the import, and not evaluated', async () => {
    const root = layOut({
      'index.mjs': says('index', ['./a.js', './b.js']),
      'a.js': says('a', []),
      'b.js': says('b', []),
    });
    const code = ['a.js', 'b.js', 'index.mjs'].map((name) => ({ path: join(root, name), bytes: 40_000 }));
    await preload(code, new AbortController().signal);
    expect(seen.evaluated).toEqual([]);
    // Node has all of it: the files are not read again.
    for (const { path } of code) writeFileSync(path, "throw new Error('read again');");
    await importEntry({ url: pathToFileURL(join(root, 'index.mjs')).href, format: 'module' });
    expect(seen.evaluated).toEqual(['a', 'b', 'index']);
  });

  it('gives up between two pieces once nobody waits for it', async () => {
    const root = layOut({ 'index.mjs': says('index', []) });
    const code = ['index.mjs', 'other.mjs'].map((name) => ({ path: join(root, name), bytes: 60_000 }));
    await expect(preload(code, AbortSignal.abort(new Error('too late')))).rejects.toThrow('too late');
  });
});

describe('the order of imports', () => {
  it('has each file after those that it imports, and only those of the version that are imported statically', async () => {
    const files = normalizeFiles({
      'index.js':
        "import './a.js'; export * from './lib/b.js'; import 'node:fs'; import './gone.js'; import('./lazy.js');",
      'a.js': "import x from './lib/b.js'; import y from './d.json' with { type: 'json' };",
      'lib/b.js': "import '../c.cjs'; import '../index.js'; import '../alias.js'; import '../a.js?query';",
      'c.cjs': "require('./never.js')",
      'd.json': '{}',
      'lazy.js': '',
      'never.js': '',
      'alias.js': { data: 'a.js', mode: '120000' },
    });
    expect(await importOrder(files, 'index.js')).toEqual(['c.cjs', 'lib/b.js', 'a.js', 'index.js']);
  });

  it('leaves what is no JavaScript to Node', async () => {
    const files = normalizeFiles({
      'index.js': "import './bad.js'; import './a.js'",
      'bad.js': '}}} import',
      'a.js': '',
    });
    expect(await importOrder(files, 'index.js')).toEqual(['bad.js', 'a.js', 'index.js']);
  });
});

describe('how long loading holds the event loop', () => {
  it('is at least what one turn of it takes', async () => {
    const { value, heldMs } = await heldWhile(async () => {
      await new Promise((resolve) => setTimeout(resolve, 5));
      const until = performance.now() + 40;
      while (performance.now() < until);
      return 'done';
    }, new AbortController().signal);
    expect(value).toBe('done');
    expect(heldMs).toBeGreaterThanOrEqual(38);
  });

  it('is not looked at any more once nobody waits for the import', () => {
    vi.useFakeTimers();
    try {
      const controller = new AbortController();
      void heldWhile(() => new Promise(() => undefined), controller.signal);
      expect(vi.getTimerCount()).toBe(1);
      controller.abort();
      expect(vi.getTimerCount()).toBe(0);
    } finally {
      vi.useRealTimers();
    }
  });

  it('is told in the result of a swap, where a version was imported for it', async () => {
    const made = await liveScene();
    const busy = 'const until = performance.now() + 40;\nwhile (performance.now() < until);\n';
    const result = await made.swap({ 'index.mjs': `${busy}export const word = () => 'busy';\n` });
    expect(result.loadHeldMs).toBeGreaterThanOrEqual(38);
    expect((await made.swapper.rollback(MODULE, 'MANUAL', { versionManager: made.ledger })).loadHeldMs).toBeNull();
  });
});
