/** docs/errors.md: every code of the table, under its family, with what happened and what to do; and no other. */

import { describe, expect, it } from 'vitest';
import { ERROR_CODES, familyOf, LedgerError } from '../../src/errors.js';
import { MarkdownDocument } from './document.js';

const page = new MarkdownDocument('docs/errors.md');

/** The codes under a heading of level two, in order. */
function codesUnder(title: string): string[] {
  const part = page.text.split(/^## /m).find((each) => each.startsWith(`${title}\n`)) ?? '';
  return [...part.matchAll(/^### (.+)$/gm)].map(([, code = '']) => code);
}

describe('the page of errors', () => {
  it.each(['usage', 'conflict', 'refused', 'storage'] as const)(
    'has every code of the family %s, and no other',
    (family) => {
      const title = `${family[0]?.toUpperCase()}${family.slice(1)}`;
      const known = ERROR_CODES.filter((code) => familyOf(code) === family);
      expect(known.length).toBeGreaterThan(2);
      // What the command line calls a bug is no code of the library.
      expect(codesUnder(title)).toEqual(family === 'storage' ? [...known, 'INTERNAL'] : known);
    },
  );

  it.each([...ERROR_CODES, 'INTERNAL'])('says of %s what happened and what to do', (code) => {
    const told = page.section(code);
    expect(told).toMatch(/^\n\*\*What happened\.\*\* [\s\S]{20,}\n\n\*\*What to do\.\*\* [\s\S]{10,}$/);
  });

  it('has a heading where each error says that it is told of', () => {
    for (const code of ERROR_CODES) {
      const { docs } = new LedgerError(code, 'message', {} as never);
      const [path, anchor = ''] = docs.split('#');
      expect(path).toBe(page.path);
      expect(page.anchors).toContain(anchor);
    }
  });
});
