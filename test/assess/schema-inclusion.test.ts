/** What is proven of two schemas, and what is refuted, against ajv on random values. */

import { Ajv2020 } from 'ajv/dist/2020.js';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { Json } from '../../src/assess/module/manifest.js';
import { Budget } from '../../src/assess/schema/budget.js';
import { compareSchemas } from '../../src/assess/schema/compare-schemas.js';
import { Evaluator } from '../../src/assess/schema/evaluate.js';
import { Relations } from '../../src/assess/schema/relation.js';
import { SchemaDocument } from '../../src/assess/schema/schema-document.js';
import { levelOf } from '../../src/assess/verdict.js';
import { runs } from '../property/seed.js';
import { schemaPair, value } from './random-schema.js';

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

function includedIn(a: Json, b: Json) {
  return new Relations().included([siteOf(a)], [siteOf(b)]);
}

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

  test('a verdict never lets through what breaks a caller', () => {
    const levels = new Set<string>();
    fc.assert(
      fc.property(schemaPair, instances, ([from, to], values) => {
        const [old, now] = [validatorOf(from, values), validatorOf(to, values)];
        fc.pre(old !== null && now !== null);
        const [input, output, both] = (['input', 'output', 'both'] as const).map((way) =>
          levelOf(compareSchemas(from, to, way, '')),
        );
        for (const level of [input, output, both]) levels.add(level ?? '');
        const harmless = ['COMPATIBLE', 'MINOR_CHANGE'];
        if (values.some((v) => old(v) && !now(v)))
          for (const level of [input, both]) expect(harmless).not.toContain(level);
        if (values.some((v) => !old(v) && now(v))) {
          for (const level of [output, both]) expect(harmless).not.toContain(level);
          expect(input).not.toBe('COMPATIBLE');
        }
        if (values.some((v) => old(v) && !now(v))) expect(output).not.toBe('COMPATIBLE');
        const same = compareSchemas(from, from, 'both', '');
        expect(same).toEqual([]);
      }),
      RUNS,
    );
    expect([...levels].sort()).toEqual(['BREAKING', 'COMPATIBLE', 'MINOR_CHANGE', 'UNKNOWN']);
  });
});
