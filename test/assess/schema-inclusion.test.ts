/** What is proven of two schemas, and what is refuted, against ajv on random values. */

import { Ajv2020 } from 'ajv/dist/2020.js';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { Json } from '../../src/assess/module/manifest.js';
import { Budget } from '../../src/assess/schema/budget.js';
import { compareSchemas } from '../../src/assess/schema/compare-schemas.js';
import { Evaluator } from '../../src/assess/schema/evaluate.js';
import type { Reading } from '../../src/assess/schema/inclusion.js';
import { Relations } from '../../src/assess/schema/relation.js';
import { SchemaDocument } from '../../src/assess/schema/schema-document.js';
import { levelOf } from '../../src/assess/verdict.js';
import { runs } from '../property/seed.js';
import { extendedPair, schemaPair, value } from './random-schema.js';
import { SentBy } from './sent-values.js';

const RUNS = runs(150);

/** ajv's judgement; null for what it does not take as a schema, and where its own code fails (patternProperties in anyOf). */
function validatorOf(schema: Json, values: readonly Json[]): ((instance: Json) => boolean) | null {
  try {
    const validate = new Ajv2020({ strict: false, validateFormats: false, logger: false }).compile(schema as object);
    for (const instance of values) validate(instance);
    return (instance) => validate(instance) === true;
  } catch {
    return null;
  }
}

const siteOf = (schema: Json) => ({ schema, document: new SchemaDocument(schema) });

function includedIn(a: Json, b: Json, reading: Reading = 'all') {
  return new Relations().included([siteOf(a)], [siteOf(b)], reading);
}

/** Pairs of which some differ by a property more: of these callers send less than the first one takes. */
const anyPair = fc.oneof(schemaPair, extendedPair(fc.constantFrom('a', 'b', 'c', 'd'), false));

/** What a level says where callers have nothing to do. */
const HARMLESS = ['COMPATIBLE', 'MINOR_CHANGE'];

const instances = fc.array(value, { minLength: 40, maxLength: 40 });

describe('random schemas', () => {
  test('the evaluator agrees with ajv wherever it answers', () => {
    const answers = { yes: 0, no: 0, unknown: 0 };
    fc.assert(
      fc.property(schemaPair, fc.array(value, { minLength: 10, maxLength: 10 }), ([schema], values) => {
        const accepts = validatorOf(schema, values);
        fc.pre(accepts !== null);
        for (const instance of values) {
          const said = new Evaluator(new Budget(100_000)).site(siteOf(schema), instance);
          answers[said] += 1;
          if (said !== 'unknown') expect([instance, said]).toEqual([instance, accepts(instance) ? 'yes' : 'no']);
        }
      }),
      RUNS,
    );
    expect(answers.unknown).toBeLessThan((answers.yes + answers.no) / 10);
  });

  test('what is proven holds for every value, and what is refuted is so by a value that ajv confirms', () => {
    const answers = { yes: 0, no: 0, unknown: 0 };
    fc.assert(
      fc.property(schemaPair, instances, ([from, to], values) => {
        const [old, now] = [validatorOf(from, values), validatorOf(to, values)];
        fc.pre(old !== null && now !== null);
        const said = includedIn(from, to);
        answers[said.is] += 1;
        if (said.is === 'yes') expect(values.find((v) => old(v) && !now(v))).toBeUndefined();
        if (said.is === 'no')
          expect([said.example, old(said.example), now(said.example)]).toEqual([said.example, true, false]);
      }),
      RUNS,
    );
    expect(answers.yes).toBeGreaterThan(answers.unknown);
    expect(answers.no).toBeGreaterThan(answers.unknown);
  });

  test('what is proven of the values that callers send holds for each, and what is refuted is so by one that ajv confirms', () => {
    const answers = { yes: 0, no: 0, unknown: 0 };
    let lenient = 0;
    fc.assert(
      fc.property(anyPair, instances, ([from, to], values) => {
        const [old, now] = [validatorOf(from, values), validatorOf(to, values)];
        fc.pre(old !== null && now !== null);
        const [said, strictly] = [includedIn(from, to, 'sent'), includedIn(from, to)];
        answers[said.is] += 1;
        const sent = new SentBy(from, to);
        if (said.is === 'yes') expect(values.find((v) => old(v) && !now(v) && sent.has(v))).toBeUndefined();
        if (said.is === 'no')
          expect([said.example, old(said.example), now(said.example)]).toEqual([said.example, true, false]);
        // What callers send is among what is taken.
        if (strictly.is === 'yes') expect(said.is).toBe('yes');
        if (said.is === 'yes' && strictly.is === 'no') lenient += 1;
      }),
      RUNS,
    );
    expect(answers.yes).toBeGreaterThan(answers.unknown);
    expect(answers.no).toBeGreaterThan(answers.unknown);
    expect(lenient).toBeGreaterThan(0);
  });

  test('a property more, of a name that the schema nowhere speaks of, breaks nobody who sends', () => {
    const levels = { COMPATIBLE: 0, MINOR_CHANGE: 0, BREAKING: 0, UNKNOWN: 0 };
    fc.assert(
      fc.property(extendedPair(fc.constant('z'), true), ([from, to]) => {
        // Where a schema says something of all keys, or is only known by its text, it is read as strictly as ever.
        fc.pre(!/additionalProperties|propertyNames|"not"|oneOf|contains|false/.test(JSON.stringify([from, to])));
        // Beside a form that is any object nothing tells which keys are sent.
        fc.pre(!/anyOf/.test(JSON.stringify(from)));
        const level = levelOf(compareSchemas(from, to, 'input', ''));
        levels[level] += 1;
        expect([level, from, to]).not.toEqual(['BREAKING', from, to]);
      }),
      { ...RUNS, maxSkipsPerRun: 1_000 },
    );
    expect(levels.MINOR_CHANGE).toBeGreaterThan(levels.UNKNOWN);
  });

  test('a verdict never lets through what breaks a caller', () => {
    const levels = new Set<string>();
    fc.assert(
      fc.property(anyPair, instances, ([from, to], values) => {
        const [old, now] = [validatorOf(from, values), validatorOf(to, values)];
        fc.pre(old !== null && now !== null);
        const [input, output, both] = (['input', 'output', 'both'] as const).map((way) =>
          levelOf(compareSchemas(from, to, way, '')),
        );
        for (const level of [input, output, both]) levels.add(level ?? '');
        const refused = values.filter((v) => old(v) && !now(v));
        const sent = new SentBy(from, to);
        if (refused.some((v) => sent.has(v))) expect(HARMLESS).not.toContain(input);
        if (refused.length > 0) {
          expect(HARMLESS).not.toContain(both);
          // Whoever sends it or not, something is to be said of it.
          for (const level of [input, output]) expect(level).not.toBe('COMPATIBLE');
        }
        if (values.some((v) => !old(v) && now(v))) {
          for (const level of [output, both]) expect(HARMLESS).not.toContain(level);
          expect(input).not.toBe('COMPATIBLE');
        }
        const same = compareSchemas(from, from, 'both', '');
        expect(same).toEqual([]);
      }),
      RUNS,
    );
    // UNKNOWN is the answer to one pair of forty: in some runs there is none.
    expect([...levels]).toEqual(expect.arrayContaining(['BREAKING', 'COMPATIBLE', 'MINOR_CHANGE']));
  });
});
