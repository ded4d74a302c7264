/** Schemas as contracts: what each change means in each direction, and how it is told. */

import { describe, expect, test } from 'vitest';
import type { SchemaDirection } from '../../src/assess/module/json-contracts.js';
import type { Json } from '../../src/assess/module/manifest.js';
import { ModuleTree } from '../../src/assess/module/module-tree.js';
import { compareContracts } from '../../src/assess/schema/compare-contracts.js';
import { compareSchemas } from '../../src/assess/schema/compare-schemas.js';
import { levelOf } from '../../src/assess/verdict.js';
import { normalizeFiles } from '../../src/model/module-files.js';

const WAYS: readonly SchemaDirection[] = ['input', 'output', 'both'];
const INITIAL = { COMPATIBLE: 'C', MINOR_CHANGE: 'M', BREAKING: 'B', UNKNOWN: 'U' } as const;

/** The levels as input, as output and as both, one letter each. */
function levels(from: Json, to: Json): string {
  return WAYS.map((way) => INITIAL[levelOf(compareSchemas(from, to, way, ''))]).join('');
}

function told(from: Json, to: Json, way: SchemaDirection): string[] {
  return compareSchemas(from, to, way, 'p').map((f) => `${f.level} ${f.code} ${f.path} | ${f.message}`);
}

const text = { type: 'string' };
const whole = { type: 'integer' };
const closed = (properties: { [key: string]: Json }, ...required: string[]): Json => ({
  type: 'object',
  properties,
  required,
  additionalProperties: false,
});
const open = (properties: { [key: string]: Json }, ...required: string[]): Json => ({
  type: 'object',
  properties,
  required,
});
const tree = (value: Json): Json => ({
  $ref: '#/$defs/node',
  $defs: { node: closed({ value, children: { type: 'array', items: { $ref: '#/$defs/node' } } }, 'value') },
});
const loop = (minItems: number): Json => ({
  type: 'array',
  minItems,
  prefixItems: [{ type: 'array', items: { $ref: '#' } }],
});
const format = (name: string): { [key: string]: Json } => ({ type: 'string', format: name });

const conditional = (minLength: number): Json =>
  JSON.parse(`{"if":{"type":"string"},"then":{"minLength":${minLength}}}`);

/** SAME, WIDER and NARROWER as input, output, both. */
const [SAME, WIDER, NARROWER, UNLIKE, UNDECIDED] = ['CCC', 'MBB', 'BMB', 'BBB', 'UUU'];

describe('levels', () => {
  test.each<[string, Json, Json, string | undefined]>([
    [
      'annotations',
      { ...text, title: 'a', default: 'x' },
      { ...text, description: 'b', examples: ['y'], $comment: 'c' },
      SAME,
    ],
    [
      'the order of members, types and values',
      { type: ['string', 'null'], enum: ['a', null] },
      { enum: [null, 'a'], type: ['null', 'string'] },
      SAME,
    ],
    ['integer for number', { type: 'number' }, whole, NARROWER],
    ['integers by multiples', whole, { type: 'number', multipleOf: 1 }, SAME],
    ['a finer multiple', { type: 'integer', multipleOf: 4 }, { type: 'integer', multipleOf: 2 }, WIDER],
    ['another multiple', { type: 'integer', multipleOf: 4 }, { type: 'integer', multipleOf: 6 }, UNLIKE],
    [
      'draft 4 bounds',
      { type: 'number', minimum: 1, exclusiveMinimum: true },
      { type: 'number', exclusiveMinimum: 1 },
      SAME,
    ],
    ['bounds on integers', { type: 'integer', exclusiveMinimum: 1 }, { type: 'integer', minimum: 2 }, SAME],
    ['a bound moved', { type: 'number', maximum: 5 }, { type: 'number', maximum: 4.5 }, NARROWER],
    [
      'a range in two pieces',
      { type: 'number' },
      {
        anyOf: [
          { type: 'number', maximum: 1 },
          { type: 'number', minimum: 1 },
        ],
      },
      SAME,
    ],
    [
      'a range with a hole',
      { type: 'number' },
      {
        anyOf: [
          { type: 'number', maximum: 1 },
          { type: 'number', minimum: 2 },
        ],
      },
      NARROWER,
    ],
    ['nullable', { ...text, nullable: true }, { type: ['string', 'null'] }, SAME],
    ['a length', { ...text, minLength: 1 }, { ...text, minLength: 2 }, NARROWER],
    ['a length in characters, not units', { ...text, maxLength: 2 }, { ...text, maxLength: 1 }, NARROWER],
    ['the same pattern', { ...text, pattern: '^a' }, { ...text, pattern: '^a', minLength: 0 }, SAME],
    ['a pattern added', text, { ...text, pattern: '^a' }, NARROWER],
    ['a pattern changed', { ...text, pattern: '^a' }, { ...text, pattern: '^b' }, UNLIKE],
    ['a pattern that might run for ever', text, { ...text, pattern: '^(a+)+$' }, 'UMU'],
    ['a format added', text, format('email'), 'UMU'],
    ['a format dropped', format('email'), text, 'MUU'],
    ['the same format', format('email'), { ...format('email'), title: 'x' }, SAME],
    [
      'the same format beside a change',
      closed({ a: format('uri'), b: text }, 'a'),
      closed({ a: format('uri'), b: whole }, 'a'),
      UNLIKE,
    ],
    ['enum widened', { enum: [1, 2] }, { enum: [1, 2, 3] }, WIDER],
    ['const for enum', { enum: [1] }, { const: 1 }, SAME],
    ['enum for type', { type: 'boolean' }, { enum: [true, false] }, SAME],
    ['enum with an impossible value', { enum: ['a', 1], type: 'string' }, { enum: ['a'] }, SAME],
    ['a required member', closed({ a: text }), closed({ a: text }, 'a'), NARROWER],
    [
      'a required member that cannot be',
      closed({ a: text }),
      { ...(closed({ a: text }) as object), required: ['b'] },
      NARROWER,
    ],
    ['an optional member where others are refused', closed({ a: text }), closed({ a: text, b: text }), WIDER],
    ['closing', open({ a: text }), closed({ a: text }), NARROWER],
    ['a member described as anything', open({}), open({ a: true }), SAME],
    [
      'names by pattern',
      { type: 'object', patternProperties: { '^a': text } },
      { type: 'object', patternProperties: { '^a': true } },
      WIDER,
    ],
    [
      'a name that a pattern meets',
      { ...(closed({ ab: true }) as object), patternProperties: { '^a': text } },
      closed({ ab: text }),
      'BMB',
    ],
    [
      'a name that a pattern may meet',
      closed({ aa: text }),
      { ...(closed({ aa: text }) as object), patternProperties: { '^(a+)+$': whole } },
      UNDECIDED,
    ],
    ['a bound opened', { type: 'number', minimum: 1 }, { type: 'number', exclusiveMinimum: 1 }, NARROWER],
    [
      'additional members typed',
      { type: 'object', additionalProperties: text },
      { type: 'object', additionalProperties: { type: ['string', 'number'] } },
      WIDER,
    ],
    [
      'propertyNames',
      { type: 'object', propertyNames: { maxLength: 3 } },
      { type: 'object', propertyNames: { maxLength: 2 } },
      NARROWER,
    ],
    [
      'propertyNames of a closed object',
      { ...(closed({ a: text }) as object), propertyNames: { maxLength: 3 } },
      closed({ a: text }),
      SAME,
    ],
    [
      'minProperties that required implies',
      closed({ a: text }, 'a'),
      { ...(closed({ a: text }, 'a') as object), minProperties: 1, maxProperties: 1 },
      SAME,
    ],
    ['items', { type: 'array', items: text }, { type: 'array', items: { ...text, maxLength: 2 } }, NARROWER],
    [
      'a tuple in two notations',
      { type: 'array', items: [text], additionalItems: false },
      { type: 'array', prefixItems: [text], items: false },
      SAME,
    ],
    [
      'a tuple that ends',
      { type: 'array', prefixItems: [text], items: false },
      { type: 'array', prefixItems: [text], items: whole, maxItems: 1 },
      SAME,
    ],
    ['uniqueItems', { type: 'array', items: whole }, { type: 'array', items: whole, uniqueItems: true }, NARROWER],
    ['uniqueItems of one', { type: 'array', maxItems: 1 }, { type: 'array', maxItems: 1, uniqueItems: true }, SAME],
    ['the same contains', { type: 'array', contains: text }, { type: 'array', contains: text, maxItems: 9 }, NARROWER],
    ['contains added', { type: 'array' }, { type: 'array', contains: text }, NARROWER],
    ['allOf merged', { allOf: [open({ a: text }, 'a'), open({ b: whole })] }, open({ a: text, b: whole }, 'a'), SAME],
    ['anyOf widened', { anyOf: [text, whole] }, { anyOf: [text, whole, { type: 'null' }] }, WIDER],
    ['oneOf of what excludes itself', { oneOf: [text, whole] }, { anyOf: [text, whole] }, SAME],
    [
      'oneOf of what overlaps',
      { anyOf: [whole, { type: 'number', minimum: 5 }] },
      { oneOf: [whole, { type: 'number', minimum: 5 }] },
      'BMB',
    ],
    [
      'oneOf by a discriminator',
      { oneOf: [open({ k: { const: 'a' } }, 'k'), open({ k: { const: 'b' } }, 'k')] },
      { oneOf: [open({ k: { const: 'a' } }, 'k')] },
      NARROWER,
    ],
    ['the same not', { not: text }, { not: text, title: 'x' }, SAME],
    ['another not', { not: text }, { not: whole }, UNLIKE],
    ['if and then', conditional(1), conditional(2), 'BUB'],
    ['dependentRequired', { type: 'object' }, { type: 'object', dependentRequired: { a: ['b'] } }, NARROWER],
    ['definitions that nobody uses', { ...text, $defs: { a: text } }, { ...text, definitions: { b: whole } }, SAME],
    ['a reference for what it refers to', { $ref: '#/definitions/a', definitions: { a: text } }, text, SAME],
    ['an anchor', { $ref: '#it', $defs: { a: { $anchor: 'it', ...text } } }, text, SAME],
    ['a recursive schema, written out once', tree(text), { ...(tree(text) as object), title: 'x' }, SAME],
    ['a recursive schema widened', tree(text), tree({ type: ['string', 'number'] }), WIDER],
    ['a recursive schema changed', tree(text), tree(whole), UNLIKE],
    [
      'the same remote reference',
      { $ref: 'https://example.com/a.json' },
      { $ref: 'https://example.com/a.json', title: 'x' },
      SAME,
    ],
    [
      'another remote reference',
      { $ref: 'https://example.com/a.json' },
      { $ref: 'https://example.com/b.json' },
      UNDECIDED,
    ],
    [
      'beside a reference, in an old draft',
      { $ref: '#/definitions/a', definitions: { a: text } },
      { $ref: '#/definitions/a', definitions: { a: text }, minLength: 3 },
      'UUU',
    ],
    [
      'beside a reference, in a new draft',
      { $ref: '#/$defs/a', $defs: { a: text } },
      { $schema: 'https://json-schema.org/draft/2020-12/schema', $ref: '#/$defs/a', $defs: { a: text }, minLength: 3 },
      NARROWER,
    ],
    ['a recursive schema that differs beside its recursion', loop(0), loop(1), NARROWER],
    ['a schema that refers to itself alone', { $ref: '#' }, text, UNDECIDED],
    ['a keyword nobody knows', { ...text, strength: 1 }, { ...text, strength: 2 }, UNDECIDED],
    ['booleans', true, false, NARROWER],
    ['true for {}', true, {}, SAME],
    ['nothing for nothing', false, { not: {} }, SAME],
    ['no schema', 5, text, UNDECIDED],
    ['a keyword of the wrong shape', text, { type: 'strin' }, UNDECIDED],
  ])('%s', (_, from, to, expected) => {
    expect(levels(from, to)).toBe(expected);
    // What is wider one way is narrower the other.
    const mirrored = [...(expected ?? '')];
    expect(levels(to, from)).toBe([mirrored[1], mirrored[0], mirrored[2]].join(''));
  });
});

describe('keys that only the later version describes', () => {
  const listed = (items: Json): Json => open({ list: { type: 'array', items } });
  const bag = (properties: { [key: string]: Json }, others: Json): Json => ({
    ...(open(properties) as object),
    additionalProperties: others,
  });
  const pattern = (properties: { [key: string]: Json }): Json => ({
    ...(open(properties) as object),
    patternProperties: { '^b': true },
  });
  const referring = (definition: Json): Json => ({
    ...(open({ one: { $ref: '#/$defs/d' }, two: listed({ $ref: '#/$defs/d' }) }) as object),
    $defs: { d: definition },
  });
  const recursive = (properties: { [key: string]: Json }): Json => open({ ...properties, next: { $ref: '#' } });
  const [a, ab] = [{ a: text }, { a: text, b: text }];
  const [cat, dog] = [{ kind: { const: 'cat' } }, { kind: { const: 'dog' }, b: whole }];

  // Added, an optional property is a minor change for who sends; what comes out was wider before than it is now.
  const ADDED = 'MMB';
  test.each<[string, Json, Json, string]>([
    ['an optional one', open(a), open(ab), ADDED],
    ['several', open({}), open(ab), ADDED],
    ['the first one of a list of arguments', { type: 'object' }, open(a), ADDED],
    ['of a format', open(a), open({ ...a, b: format('email') }), ADDED],
    ['nested', open({ o: open(a) }), open({ o: open(ab) }), ADDED],
    ['in items', listed(open(a)), listed(open(ab)), ADDED],
    [
      'in a tuple',
      { type: 'array', prefixItems: [text, open(a)] },
      { type: 'array', prefixItems: [text, open(ab)] },
      ADDED,
    ],
    ['by a reference', referring(open(a)), referring(open(ab)), ADDED],
    ['in a schema that refers to itself', recursive(a), recursive(ab), ADDED],
    ['in members of any name', bag({}, open(a)), bag({}, open(ab)), ADDED],
    [
      'that another part of allOf describes',
      { allOf: [bag({}, open(a)), bag({}, open({ b: text }))] },
      bag({}, open({ ...a, b: whole })),
      UNLIKE,
    ],
    ['in allOf', { allOf: [open(a), open({ c: whole })] }, { allOf: [open(ab), open({ c: whole })] }, ADDED],
    ['beside allOf', { ...(open({}) as object), allOf: [open(a)] }, open(ab), ADDED],
    ['in anyOf', { anyOf: [text, open(a)] }, { anyOf: [text, open(ab)] }, ADDED],
    [
      'in one of several forms that a member tells apart',
      { anyOf: [open(cat, 'kind'), open(dog, 'kind')] },
      { anyOf: [open({ ...cat, b: text }, 'kind'), open(dog, 'kind')] },
      ADDED,
    ],
    [
      'in one of several forms that nothing tells apart',
      { anyOf: [open(a), open({ b: whole })] },
      { anyOf: [open(ab), open({ b: whole }, 'b')] },
      NARROWER,
    ],
    ['where patterns match other names', pattern({ a: text }), pattern({ a: text, c: text }), ADDED],
    ['where a pattern matches', pattern({ a: text }), pattern({ a: text, b: text }), NARROWER],
    ['where others are refused', closed(a), closed(ab), WIDER],
    ['where others are let in by a word', bag(a, true), bag(ab, true), NARROWER],
    ['where others are described', bag(a, whole), bag(ab, whole), 'BBB'],
    [
      'where names are described',
      { ...(open(a) as object), propertyNames: { maxLength: 1 } },
      { ...(open(ab) as object), propertyNames: { maxLength: 1 } },
      NARROWER,
    ],
    [
      'where a condition speaks of it',
      { ...(open(a) as object), anyOf: [{ required: ['a'] }, { required: ['b'] }] },
      { ...(open(ab) as object), anyOf: [{ required: ['a'] }, { required: ['b'] }] },
      NARROWER,
    ],
    ['of any object that lists none', open({ o: { type: 'object' } }), open({ o: open(a) }), NARROWER],
    ['required', open(a), open(ab, 'b'), NARROWER],
    ['required already', open(a, 'b'), open(ab, 'b'), NARROWER],
    ['as what cannot be', open(a), open({ ...a, b: false }), NARROWER],
    ['as what is no schema', open(a), open({ ...a, b: { type: 'strin' } }), 'UMU'],
    ['while another changes', open(a), open({ a: whole, b: text }), UNLIKE],
    ['while others are refused', open(a), closed(ab), NARROWER],
    ['for one that went', open(a), open({ b: text }), 'MBB'],
  ])('%s', (_, from, to, expected) => {
    expect(levels(from, to)).toBe(expected);
  });

  test.each<[string, Json, Json, string[]]>([
    ['an optional one', open(a), open(ab), ['MINOR_CHANGE member-added p: b | optional property added']],
    ['where others are refused', closed(a), closed(ab), ['MINOR_CHANGE member-added p: b | optional property added']],
    [
      'in items',
      listed(open(a)),
      listed(open(ab)),
      ['MINOR_CHANGE member-added p: list[].b | optional property added'],
    ],
    [
      'by a reference, where it first stands',
      referring(open(a)),
      referring(open(ab)),
      ['MINOR_CHANGE member-added p: one.b | optional property added'],
    ],
    [
      'in anyOf, of which no member is told',
      { anyOf: [open(cat, 'kind'), open(dog, 'kind')] },
      { anyOf: [open({ ...cat, b: text }, 'kind'), open(dog, 'kind')] },
      ['MINOR_CHANGE member-added p | optional property added'],
    ],
    [
      'beside a break',
      open(a),
      open({ a: { ...text, minLength: 1 }, b: text, c: text }, 'c'),
      [
        'BREAKING schema-narrowed p: a | refuses "" now, which it took before',
        'MINOR_CHANGE member-added p: b | optional property added',
        'BREAKING member-required p: c | new and required',
      ],
    ],
    [
      'that callers may have sent',
      bag(a, true),
      bag(ab, true),
      ['BREAKING member-added p: b | described now, was not; refuses 0 now, which it took before'],
    ],
  ])('told: %s', (_, from, to, expected) => {
    expect(told(from, to, 'input')).toEqual(expected);
  });
});

describe('words', () => {
  const a = closed({ q: text, n: { type: 'integer', minimum: 1 } }, 'q');
  test.each<[string, Json, Json, SchemaDirection, string[]]>([
    [
      'new and required',
      a,
      closed({ q: text, n: { type: 'integer', minimum: 1 }, k: text }, 'q', 'k'),
      'input',
      ['BREAKING member-required p: k | new and required'],
    ],
    [
      'required now',
      a,
      closed({ q: text, n: { type: 'integer', minimum: 1 } }, 'q', 'n'),
      'input',
      ['BREAKING member-required p: n | required now, was optional'],
    ],
    [
      'optional now',
      a,
      closed({ q: text, n: { type: 'integer', minimum: 1 } }),
      'output',
      ['BREAKING member-optional p: q | optional now, was required'],
    ],
    [
      'removed',
      a,
      closed({ q: text }, 'q'),
      'input',
      ['BREAKING member-removed p: n | no longer described; refuses 1 now, which it took before'],
    ],
    [
      'removed from a result',
      a,
      closed({ q: text }, 'q'),
      'output',
      ['MINOR_CHANGE member-removed p: n | no longer described; is never 1 any more'],
    ],
    [
      'narrowed',
      a,
      closed({ q: text, n: { type: 'integer', minimum: 2 } }, 'q'),
      'input',
      ['BREAKING schema-narrowed p: n | refuses 1 now, which it took before'],
    ],
    [
      'widened',
      a,
      closed({ q: text, n: { type: 'number', minimum: 1 } }, 'q'),
      'input',
      ['MINOR_CHANGE schema-widened p: n | takes 1.5 too'],
    ],
    [
      'another type',
      a,
      closed({ q: whole, n: { type: 'integer', minimum: 1 } }, 'q'),
      'input',
      ['BREAKING type-changed p: q | is no longer a string', 'MINOR_CHANGE type-changed p: q | can be a number now'],
    ],
    [
      'values',
      { enum: ['a', 'b'] },
      { enum: ['b', 'c'] },
      'input',
      [
        'BREAKING union-member-removed p | "a" is no longer one of its values',
        'MINOR_CHANGE union-member-added p | "c" is one of its values now',
      ],
    ],
    [
      'closing',
      open({ q: text }),
      closed({ q: text }),
      'input',
      ['BREAKING index-signature-removed p | members of other names are refused now'],
    ],
    [
      'deep',
      { type: 'array', items: open({ 'a b': { type: 'array', prefixItems: [text] } }) },
      { type: 'array', items: open({ 'a b': { type: 'array', prefixItems: [true] } }) },
      'input',
      [],
    ],
    [
      'format',
      closed({ e: format('email') }),
      closed({ e: format('uri') }),
      'input',
      ['UNKNOWN schema-unsupported p: e | changed in a way that cannot be decided (format)'],
    ],
    [
      'invalid',
      closed({ e: text }),
      closed({ e: { type: 'strin' } }),
      'input',
      ['UNKNOWN schema-invalid p: e | is no valid schema'],
    ],
    [
      'recursive, once',
      tree(text),
      tree({ type: ['string', 'number'] }),
      'input',
      ['MINOR_CHANGE type-changed p: value | can be a number now'],
    ],
  ])('%s', (name, from, to, way, expected) => {
    if (name !== 'deep') expect(told(from, to, way)).toEqual(expected);
    else expect(told(from, to, way)[0]).toMatch(/^MINOR_CHANGE .* p: \[\]\["a b"\]\[0\] \| /);
  });
});

describe('hostile schemas', () => {
  const nested = (depth: number, wrap: (inner: Json) => Json): Json => {
    let schema: Json = text;
    for (let i = 0; i < depth; i++) schema = wrap(schema);
    return schema;
  };

  test.each<[string, Json, Json]>([
    [
      'nested without end',
      nested(20_000, (inner) => ({ items: inner })),
      nested(20_000, (inner) => ({ allOf: [inner] })),
    ],
    ['a text of its own depth', nested(20_000, (inner) => ({ not: inner })), text],
    [
      'references in a circle',
      { $ref: '#/$defs/a', $defs: { a: { $ref: '#/$defs/b' }, b: { $ref: '#/$defs/a' } } },
      text,
    ],
    [
      'a product of unions',
      {
        allOf: Array.from({ length: 30 }, () => ({ anyOf: [open({ a: text }), open({ b: text }), open({ c: text })] })),
      },
      open({ a: text }),
    ],
    [
      'types that recurse in every member',
      tree({ $ref: '#' }),
      tree({ anyOf: [{ $ref: '#' }, { $ref: '#/$defs/node/properties/value' }] }),
    ],
    [
      'patterns that run for ever',
      { type: 'object', patternProperties: { '^(a+)+$': text, '(x*)*y': whole, '^a*a*a*a*a*a*a*a*a*$': whole } },
      open({ [`${'a'.repeat(200)}!`]: text }),
    ],
    [
      '__proto__',
      JSON.parse('{"type":"object","properties":{"__proto__":{"type":"string"}},"required":["__proto__"]}'),
      open({}),
    ],
  ])('%s', (_, from, to) => {
    expect(() => levels(from, to)).not.toThrow();
  });

  test('10,000 members', () => {
    const members = (type: string) => Object.fromEntries(Array.from({ length: 10_000 }, (_, i) => [`k${i}`, { type }]));
    expect(levels(closed(members('string')), { ...(closed(members('string')) as object), title: 'x' })).toBe('CCC');
    expect(['UUU', 'BBB']).toContain(levels(closed(members('string')), closed(members('number'))));
  });

  test('3,000 values', () => {
    const values = Array.from({ length: 3_000 }, (_, i) => `v${i}`);
    expect(levels({ enum: values }, { enum: values.slice(1) })).toBe('BMB');
  });
});

describe('contracts', () => {
  const compared = (from: Record<string, Json>, to: Record<string, Json>) => {
    const [a, b] = [from, to].map((files) => {
      const texts = Object.entries(files).map(([path, value]) => [
        path,
        typeof value === 'string' ? value : JSON.stringify(value),
      ]);
      return new ModuleTree(normalizeFiles(Object.fromEntries(texts)));
    });
    if (a === undefined || b === undefined) throw new Error('two trees');
    return compareContracts(a, b).findings.map((f) => `${f.level} ${f.code} ${f.path}`);
  };

  test('by the direction that names say', () => {
    const [from, to] = [closed({ a: text }, 'a'), closed({ a: text })];
    expect(compared({ 'plan.input.schema.json': from }, { 'plan.input.schema.json': to })).toEqual([
      'MINOR_CHANGE member-optional plan.input.schema.json: a',
    ]);
    expect(compared({ 'plan.output.schema.json': from }, { 'plan.output.schema.json': to })).toEqual([
      'BREAKING member-optional plan.output.schema.json: a',
    ]);
    expect(compared({ 'plan.schema.json': from }, { 'plan.schema.json': to })).toEqual([
      'BREAKING member-optional plan.schema.json: a',
    ]);
  });

  test('tools keep their names when their list is sorted anew', () => {
    const tool = (name: string, of: Json) => ({ name, inputSchema: closed({ q: of }, 'q') });
    const from = { tools: [tool('search', text), tool('plan', whole)] };
    expect(
      compared({ 'tools.json': from }, { 'tools.json': { tools: [tool('plan', whole), tool('search', text)] } }),
    ).toEqual([]);
    expect(compared({ 'tools.json': from }, { 'tools.json': { tools: [tool('plan', text)] } }).sort()).toEqual([
      'BREAKING export-removed tools.json#/tools/search/inputSchema',
      'BREAKING type-changed tools.json#/tools/plan/inputSchema: q',
      'MINOR_CHANGE type-changed tools.json#/tools/plan/inputSchema: q',
    ]);
  });

  test('gone, new, unreadable', () => {
    expect(compared({ 'a.schema.json': text, x: 'x' }, { 'b.schema.json': text })).toEqual([
      'BREAKING export-removed a.schema.json',
      'MINOR_CHANGE export-added b.schema.json',
    ]);
    expect(compared({ 'a.schema.json': text }, { 'a.schema.json': '{' })).toEqual([
      'UNKNOWN schema-invalid a.schema.json',
    ]);
  });

  test('a schema beside it that changed counts where it is referred to, and nowhere outside', () => {
    const main = { type: 'object', properties: { a: { $ref: 'types.json#/$defs/a' } } };
    const types = (of: Json): Json => ({ $defs: { a: of } });
    const files = (of: Json): Record<string, Json> => ({ 'in/args.schema.json': main, 'in/types.json': types(of) });
    expect(compared(files(text), files(text))).toEqual([]);
    expect(compared(files(text), files(whole)).sort()).toEqual([
      'BREAKING type-changed in/args.schema.json: a',
      'MINOR_CHANGE type-changed in/args.schema.json: a',
    ]);
    const out = { $ref: '../../../etc/passwd#' };
    expect(compared({ 'a.schema.json': out }, { 'a.schema.json': { ...out, title: 'x' } })).toEqual([]);
  });
});
