/** The reader of JSON and its canonical form: what they take, and that two texts are never one thing to one reader and another to the next. */

import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { canonicalJson } from '../../src/mcp/canonical-json.js';
import { type Json, MAX_NESTING, readJson } from '../../src/mcp/json-reader.js';
import { runs } from '../property/seed.js';

function plain(value: unknown): unknown {
  return JSON.parse(JSON.stringify(value));
}

describe('the reader', () => {
  it('reads what JSON.parse reads, to the same value', () => {
    fc.assert(
      fc.property(fc.json(), (text) => {
        const read = readJson(text);
        expect('value' in read && plain(read.value)).toEqual(plain(JSON.parse(text)));
      }),
      runs(500),
    );
  });

  it('refuses what JSON.parse refuses, in whatever place a text is changed', () => {
    const changed = fc.tuple(
      fc.json(),
      fc.nat(),
      fc.constantFrom('', '"', '\\', ',', ':', '{', ']', '0', 'e', '\u0001'),
    );
    fc.assert(
      fc.property(changed, ([text, at, by]) => {
        const cut = at % (text.length + 1);
        const other = `${text.slice(0, cut)}${by}${text.slice(cut + 1)}`;
        let isJson = true;
        try {
          JSON.parse(other);
        } catch {
          isJson = false;
        }
        const read = readJson(other);
        if ('value' in read) expect(isJson).toBe(true);
        else if (isJson) expect(read.fault).toMatch(/twice/);
      }),
      runs(500),
    );
  });

  it.each([
    ['{"a":1,"a":2}', 'the name "a" twice in an object'],
    ['{"a":1,"\\u0061":2}', 'the name "a" twice in an object'],
    ['{"__proto__":1,"__proto__":2}', 'the name "__proto__" twice in an object'],
    ['[{"x":{"y":1,"y":1}}]', 'the name "y" twice in an object'],
    ['\ufeff{}', 'no value'],
    ['{} {}', 'something behind the value'],
    ['', 'no value'],
    ['01', 'something behind the value'],
    ['"\t"', 'a string that is not ended or not well formed'],
    ['[1,]', 'no value'],
    ["{'a':1}", 'no name of a member'],
  ])('refuses %j: %s', (text, why) => {
    expect(readJson(text)).toMatchObject({ fault: expect.stringContaining(why) });
  });

  it('refuses bytes that are not UTF-8, also where another reader puts a replacement there', () => {
    for (const bytes of [
      [0x22, 0xff, 0x22],
      [0x22, 0xc0, 0xaf, 0x22],
      [0x22, 0xed, 0xa0, 0x80, 0x22],
    ])
      expect(readJson(Uint8Array.from(bytes))).toEqual({ fault: 'bytes that are not UTF-8', isAmbiguous: true });
  });

  it('takes so many levels and no more, and a name that objects inherit for a name like any other', () => {
    const nested = (levels: number) => '['.repeat(levels) + ']'.repeat(levels);
    expect(readJson(nested(MAX_NESTING))).toMatchObject({ depth: MAX_NESTING });
    expect(readJson(nested(MAX_NESTING + 1))).toEqual({ fault: expect.stringContaining('levels'), isAmbiguous: true });
    expect(readJson(nested(1_000_000))).toEqual({ fault: expect.stringContaining('levels'), isAmbiguous: true });
    const read = readJson('{"__proto__":{"x":1},"constructor":2}');
    expect('value' in read && Object.keys(read.value as object)).toEqual(['__proto__', 'constructor']);
  });

  it('reads a long text with an escape at every other character', () => {
    const text = JSON.stringify('a"'.repeat(2_000_000));
    const read = readJson(text);
    expect('value' in read && read.value === JSON.parse(text)).toBe(true);
  });

  it('keeps members and elements as they are written', () => {
    const read = readJson('{ "id" : 1.0 , "result":{ "n": 12345678901234567890 } }');
    expect('members' in read && [...read.members]).toEqual([
      ['id', '1.0'],
      ['result', '{ "n": 12345678901234567890 }'],
    ]);
    const batch = readJson('[ {"id":1}, [2] ]');
    expect('elements' in batch && batch.elements).toEqual(['{"id":1}', '[2]']);
  });
});

describe('the canonical form', () => {
  it('is that of the examples of RFC 8785', () => {
    const read = (text: string): Json => {
      const found = readJson(text);
      if ('fault' in found) throw new Error(found.fault);
      return found.value;
    };
    // Sections 3.2.2 and 3.2.3.
    expect(
      canonicalJson(
        read(
          '{"numbers":[333333333.33333329,1E30,4.50,2e-3,0.000000000000000000000000001],"string":"\\u20ac$\\u000F\\u000aA\'\\u0042\\u0022\\u005c\\\\\\"\\/","literals":[null,true,false]}',
        ),
      ),
    ).toBe(
      '{"literals":[null,true,false],"numbers":[333333333.3333333,1e+30,4.5,0.002,1e-27],"string":"€$\\u000f\\nA\'B\\"\\\\\\\\\\"/"}',
    );
    const keys = '{"\\u20ac":1,"\\r":2,"\\ufb33":3,"1":4,"\\ud83d\\ude00":5,"\\u0080":6,"\\u00f6":7}';
    expect(canonicalJson(read(keys))).toBe(
      '{"\\r":2,"1":4,"\u0080":6,"\u00f6":7,"\u20ac":1,"\ud83d\ude00":5,"\ufb33":3}',
    );
  });

  it('is one for a value, whatever order its members came in, and reads back to it', () => {
    fc.assert(
      fc.property(fc.jsonValue(), (value) => {
        const text = canonicalJson(value as Json);
        if (text === null) return;
        const shuffled = (json: unknown): unknown => {
          if (Array.isArray(json)) return json.map(shuffled);
          if (json === null || typeof json !== 'object') return json;
          return Object.fromEntries(
            Object.entries(json)
              .reverse()
              .map(([name, inner]) => [name, shuffled(inner)]),
          );
        };
        expect(canonicalJson(shuffled(value) as Json)).toBe(text);
        const again = readJson(text);
        expect('value' in again && canonicalJson(again.value)).toBe(text);
      }),
      runs(500),
    );
  });

  it.each([['"\\ud800"'], ['{"\\udfff":1}'], ['1e400']])('is none of %s', (text) => {
    const read = readJson(text);
    expect('value' in read && canonicalJson(read.value)).toBeNull();
  });
});
