/** Syntax trees without a checker. */

import { expect, test } from 'vitest';
import { parsed } from '../../src/assess/names/syntax-walk.js';

test.each(['index.js', 'index.ts'])('a comment of %s takes no tree', (path) => {
  const read = parsed(path, '/** @param {number} n */\nexport function f(n) {}');
  expect(read?.wellFormed).toBe(true);
  expect(read?.file.statements.map((statement) => 'jsDoc' in statement && statement.jsDoc !== undefined)).toEqual([
    false,
  ]);
});
