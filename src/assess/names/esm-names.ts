/** The exports of an ES module, by its syntax: the language makes them static, so they are exact. */

import { parse } from 'es-module-lexer';
import type { FileNames, Reexport } from './file-names.js';

/** The names that an ES module exports; null where it cannot be read. */
export function namesOfModule(text: string): FileNames | null {
  try {
    const names = new Set<string>();
    const reexports: Reexport[] = [];
    for (const found of parse(text)[1]) {
      if (found.type !== 'reexport-all') names.add(found.name);
      else reexports.push({ specifier: found.from, star: true });
    }
    return { names, reexports, exact: true };
  } catch {
    return null;
  }
}
