/** Which files of a version its entry imports, by their syntax, what is imported first first. */

import { init, parse } from 'es-module-lexer';
import type { NormalizedFiles } from '../../model/module-files.js';
import { WorkSlices } from '../../work-slices.js';
import { refuseTypeScript } from './typescript-source.js';

/** A file that is not read for its imports: the lexer takes 3 ms for so many bytes. */
const MAX_READ_BYTES = 256 << 10;

const CODE = /\.[cm]?js$/;

/** The file that a specifier names; null where it is a package, has a query, or is no regular file of the version. */
function fileOf(files: NormalizedFiles, specifier: string, importer: string): string | null {
  if (!/^\.\.?\//.test(specifier) || /%2f|%5c/i.test(specifier)) return null;
  const base = `file:///${importer.split('/').map(encodeURIComponent).join('/')}`;
  const url = URL.canParse(specifier, base) ? new URL(specifier, base) : null;
  if (url === null || url.search !== '' || url.hash !== '') return null;
  try {
    const path = decodeURIComponent(url.pathname.slice(1));
    return files.has(path) && files.get(path)?.mode !== '120000' ? path : null;
  } catch {
    return null;
  }
}

/** The specifiers of the static imports of a file; none where it cannot be read as an ES module: Node says what is wrong with it. */
function specifiersOf(files: NormalizedFiles, path: string): readonly string[] {
  const data = files.get(path)?.data;
  if (data === undefined || data.byteLength > MAX_READ_BYTES || path.endsWith('.cjs')) return [];
  const text = Buffer.from(data.buffer, data.byteOffset, data.byteLength);
  if (!text.includes('import') && !text.includes('from')) return [];
  try {
    const found: string[] = [];
    for (const { type, specifier, ...more } of parse(text.toString('utf8'))[0]) {
      const isStatic = type === 'static' || type === 'reexport-star';
      if (isStatic && 'phase' in more && more.phase === null && specifier !== undefined) found.push(specifier);
    }
    return found;
  } catch {
    return [];
  }
}

/** The code of the version that a file imports, in the order of its imports. @throws `INVALID_FILES` for TypeScript */
function importsOf(files: NormalizedFiles, importer: string): string[] {
  const found: string[] = [];
  for (const specifier of specifiersOf(files, importer)) {
    const path = fileOf(files, specifier, importer);
    if (path === null) continue;
    refuseTypeScript(path, importer);
    if (CODE.test(path)) found.push(path);
  }
  return found;
}

/**
 * The code that `entry` imports statically, directly or not, each file after those that it imports, `entry` last.
 *
 * It says what will be loaded, and never in which order it is evaluated: that is left to Node. What the lexer cannot read, and what
 * is imported otherwise than by a relative path, is not in it.
 * @throws `INVALID_FILES` where TypeScript is imported
 */
export async function importOrder(files: NormalizedFiles, entry: string): Promise<readonly string[]> {
  await init;
  const slices = new WorkSlices();
  const order: string[] = [];
  const seen = new Set([entry]);
  const open = [{ path: entry, imports: importsOf(files, entry) }];
  for (let last = open.at(-1); last !== undefined; last = open.at(-1)) {
    const path = last.imports.shift();
    if (path === undefined) {
      order.push(last.path);
      open.pop();
    } else if (!seen.has(path)) {
      seen.add(path);
      await slices.next();
      open.push({ path, imports: importsOf(files, path) });
    }
  }
  return order;
}
