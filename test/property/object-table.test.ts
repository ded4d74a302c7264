/** The table of ids that the audit fills: one number for each id, whatever ids there are, of either object format. */

import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { ObjectTable } from '../../src/git/copy/object-table.js';
import { SHA1, SHA256 } from '../../src/model/object-id.js';
import { runs } from './seed.js';

/** Ids that begin alike, end alike, or neither: whoever chooses ids may have any of them. */
function idsOf(bytes: number): fc.Arbitrary<readonly string[]> {
  const part = (length: number) => fc.uint8Array({ minLength: length, maxLength: length });
  const alike = fc.tuple(part(bytes), fc.nat(bytes - 1), fc.nat(255)).map(([id, at, byte]) => {
    const near = Buffer.alloc(bytes, 0xab);
    near[at] = byte;
    return [Buffer.from(id), near].map((one) => one.toString('hex'));
  });
  return fc.array(alike, { minLength: 1, maxLength: 60 }).map((pairs) => pairs.flat());
}

describe.each([SHA1, SHA256])('ids of $name', (format) => {
  test('have a number each, in the order in which they came', () => {
    fc.assert(
      fc.property(idsOf(format.bytes), (ids) => {
        const table = new ObjectTable(format);
        const numbers = new Map<string, number>();
        for (const oid of ids) {
          if (!numbers.has(oid)) expect(table.find(oid)).toBe(-1);
          const number = numbers.get(oid) ?? numbers.size;
          numbers.set(oid, number);
          expect(table.addOid(oid)).toBe(number);
        }
        for (const [oid, number] of numbers) expect([table.find(oid), table.oid(number)]).toEqual([number, oid]);
      }),
      runs(200),
    );
  });

  test('that differ at their end alone stay apart as the table grows', () => {
    const table = new ObjectTable(format);
    const idOf = (i: number) => `${'ab'.repeat(format.bytes - 4)}${i.toString(16).padStart(8, '0')}`;
    for (let i = 0; i < 20_000; i++) expect(table.addOid(idOf(i))).toBe(i);
    expect(table.size).toBe(20_000);
    for (const i of [0, 1, 4096, 19_999]) expect([table.find(idOf(i)), table.oid(i)]).toEqual([i, idOf(i)]);
    expect(table.find(idOf(20_000))).toBe(-1);
    expect(table.find(format === SHA1 ? SHA256.zero : SHA1.zero)).toBe(-1);
  });
});
