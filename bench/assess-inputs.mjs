// Pairs of versions for the assessor's timings: as files, and as folders that a compiler finds by name.
import { existsSync, mkdirSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { dirname, join, posix } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = dirname(dirname(fileURLToPath(import.meta.url)));
const pairs = join(root, 'fixtures', 'assess', 'pairs');

/** How many of the small pairs are measured, spread over all of them. */
const SMALL = 24;

/** @typedef {Record<string, string>} Files A version: each file's path and text. */
/**
 * One pair. `dom`: its declarations name what a browser has.
 * @typedef {{ name: string, before: Files, after: Files, dom: boolean }} Input
 */

/** The declarations of a package, and its package.json. @param {string} folder @returns {Files} */
function declarationsOf(folder) {
  const paths = readdirSync(folder, { recursive: true, encoding: 'utf8' })
    .map((path) => path.replaceAll('\\', '/'))
    .filter((path) => /(?:^package\.json|\.d\.[cm]?ts)$/.test(path) && statSync(join(folder, path)).isFile());
  return Object.fromEntries(paths.map((path) => [path, readFileSync(join(folder, path), 'utf8')]));
}

/** @param {string} name */
const installed = (name) => declarationsOf(join(root, 'node_modules', name));

/** The same files, and in the first that says `old`, `now` instead. @param {Files} files @param {string} old @param {string} now @returns {Files} */
function edited(files, old, now) {
  const found = Object.entries(files).find(([, text]) => text.includes(old));
  if (found === undefined) throw new Error(`no declaration says ${old}`);
  return { ...files, [found[0]]: found[1].replace(old, now) };
}

/** @param {string} folder */
function isOneDeclaration(folder) {
  return existsSync(folder) && readdirSync(folder).join() === 'index.d.ts';
}

/** Small pairs of one declaration each, from the tests' own. @returns {Input[]} */
export function smallInputs() {
  const names = readdirSync(pairs).filter((name) =>
    ['a', 'b'].every((side) => isOneDeclaration(join(pairs, name, side))),
  );
  return Array.from({ length: SMALL }, (_, i) => names[Math.floor((i * names.length) / SMALL)] ?? '').map((name) => {
    const [before, after] = ['a', 'b'].map((side) => declarationsOf(join(pairs, name, side)));
    return { name, before: before ?? {}, after: after ?? {}, dom: false };
  });
}

/** A module of many declarations that name one another. @param {number} count @param {string} last */
function generated(count, last) {
  const lines = Array.from({ length: count }, (_, i) => {
    const next = `Item${(i + 1) % count}`;
    return [
      `export interface Options${i} { readonly name: string; depth?: number; next?: Options${(i + 7) % count}; }`,
      `export interface Item${i} { id: string; size: number; tags: string[]; next(): ${next} | null; }`,
      `export declare class Store${i} { constructor(options?: Options${i}); get(id: string): Item${i} | undefined; all(): Item${i}[]; }`,
      `export declare function open${i}(options: Options${i}): Promise<Store${i}>;`,
    ].join('\n');
  });
  return `${lines.join('\n')}\n${last}\n`;
}

/** Larger pairs: real releases, real declarations with one change, a generated one. @returns {Input[]} */
export function largerInputs() {
  const typescript = { 'index.d.ts': readFileSync(join(root, 'node_modules/typescript/lib/typescript.d.ts'), 'utf8') };
  const fastCheck = installed('fast-check');
  const vitest = installed('vitest');
  return [
    {
      name: 'lru-cache 7.14 to 7.18',
      before: installed('lru-cache-7.14'),
      after: installed('lru-cache-7.18'),
      dom: true,
    },
    { name: 'lru-cache 7.18 to 8.0', before: installed('lru-cache-7.18'), after: installed('lru-cache-8'), dom: true },
    {
      name: '1,000 generated declarations, one added',
      before: { 'index.d.ts': generated(250, '') },
      after: { 'index.d.ts': generated(250, 'export declare function close(): void;') },
      dom: false,
    },
    {
      name: 'fast-check, a parameter made required',
      before: fastCheck,
      after: edited(fastCheck, 'constraints?: ', 'constraints: '),
      dom: false,
    },
    {
      name: 'vitest, one member removed',
      before: vitest,
      after: edited(vitest, 'onInit?: (vitest: Vitest) => void;', ''),
      dom: true,
    },
    {
      name: 'typescript, one result widened',
      before: typescript,
      after: edited(typescript, 'getTokenFullStart(): number;', 'getTokenFullStart(): number | undefined;'),
      dom: false,
    },
  ];
}

/** So many neighbouring releases of a package of real declarations: each declares one function more in the main entry. @param {number} count @returns {Files[]} */
export function releases(count) {
  let files = installed('fast-check');
  const { types } = JSON.parse(files['package.json'] ?? '{}');
  const entry = posix.normalize(types);
  const list = [files];
  while (list.length < count) {
    const added = `export declare function added${list.length}(): void;`;
    files = { ...files, [entry]: `${files[entry]}\n${added}\n` };
    list.push(files);
  }
  return list;
}

/** Writes a pair where a compiler finds it: `before` and `after`, installed, and a caller that holds them together. @param {Input} input @param {string} folder */
export function install({ before, after }, folder) {
  for (const [name, files] of Object.entries({ before, after })) {
    const home = join(folder, 'node_modules', name);
    for (const [path, text] of Object.entries({ 'package.json': '{"types": "index.d.ts"}', ...files })) {
      const file = join(home, ...path.split(posix.sep));
      mkdirSync(dirname(file), { recursive: true });
      writeFileSync(file, text);
    }
  }
  const caller = join(folder, 'caller.ts');
  writeFileSync(
    caller,
    `import * as before from 'before';
import * as after from 'after';
export const drops: typeof before = after;
export const grows: typeof after = before;
`,
  );
  return caller;
}
