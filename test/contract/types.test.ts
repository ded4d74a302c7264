/** Types no wider than what can come: held by the type check of this file, which every commit runs. */

import { expect, expectTypeOf, test } from 'vitest';
import type { JudgedActivation } from '../../src/api/audit.js';
import type { BatchResult, HealthCheck, Remote, SwapNotice, SwapResult, Validator } from '../../src/api/swap.js';
import { SwapRefusalCode } from '../../src/api/swap.js';
import type { ErrorData, Reason, SkippedVersion } from '../../src/api/types.js';
import type { LedgerNotice, Verdict } from '../../src/index.js';
import { CompatibilityLevel, GateNoteCode, GateRefusalCode, SkipCode } from '../../src/index.js';

type Warning<N extends { readonly type: string }> = Extract<N, { readonly type: 'warning' }>;

test('what the gate says depends on whether it allows', () => {
  expectTypeOf<Extract<Verdict, { allow: true }>['reasons']>().toEqualTypeOf<readonly Reason<GateNoteCode>[]>();
  expectTypeOf<Extract<Verdict, { allow: false }>['reasons']>().toEqualTypeOf<readonly Reason<GateRefusalCode>[]>();
  expectTypeOf<ErrorData['APPROVAL_REQUIRED']['reasons']>().toEqualTypeOf<readonly Reason<GateRefusalCode>[]>();
  expectTypeOf<ErrorData['APPROVAL_REQUIRED']['level']>().toEqualTypeOf<CompatibilityLevel>();
  expectTypeOf<
    Extract<JudgedActivation, { by: 'break-glass' }>['reasons'][number]['code']
  >().toEqualTypeOf<'BREAK_GLASS'>();
});

test('what a validator and a health check may answer', () => {
  expectTypeOf<{ validate(): boolean }>().toExtend<Validator>();
  expectTypeOf<{ validate(): Promise<string | true> }>().toExtend<Validator>();
  expectTypeOf<{ check(): void }>().toExtend<HealthCheck>();
  expectTypeOf<{ validate(): { well: boolean } }>().not.toExtend<Validator>();
  expectTypeOf<{ check(): number }>().not.toExtend<HealthCheck>();
});

test('warnings, refusals and versions passed over have codes', () => {
  expectTypeOf<string>().not.toExtend<Warning<LedgerNotice>['code']>();
  expectTypeOf<string>().not.toExtend<Warning<SwapNotice>['code']>();
  expectTypeOf<SwapResult['refusals']>().toEqualTypeOf<readonly Reason<SwapRefusalCode>[]>();
  expectTypeOf<BatchResult['aborted'][number]['code']>().not.toEqualTypeOf<string>();
  expectTypeOf<SkippedVersion['code']>().toEqualTypeOf<SkipCode>();
  expect(Object.keys(SwapRefusalCode)).toEqual(expect.arrayContaining(Object.keys(GateRefusalCode)));
});

test('what a version in a worker exports answers with promises', () => {
  interface Images {
    readonly formats: readonly string[];
    readonly since: Date;
    readonly limits: { readonly bytes: number; check(bytes: number): boolean };
    invert(pixels: Uint8Array): Uint8Array;
    saved(name: string): Promise<string>;
    rows(count: number): Generator<Uint8Array>;
    words(text: string): AsyncGenerator<string>;
  }
  interface FromAfar {
    readonly formats: readonly string[];
    readonly since: Date;
    readonly limits: { readonly bytes: number; readonly check: (bytes: number) => Promise<boolean> };
    readonly invert: (pixels: Uint8Array) => Promise<Uint8Array>;
    readonly saved: (name: string) => Promise<string>;
    readonly rows: (count: number) => Promise<AsyncIterable<Uint8Array>>;
    readonly words: (text: string) => Promise<AsyncIterable<string>>;
  }
  expectTypeOf<Remote<Images>>().toEqualTypeOf<FromAfar>();
});

test('a code is its own name', () => {
  for (const codes of [CompatibilityLevel, GateNoteCode, GateRefusalCode, SkipCode, SwapRefusalCode]) {
    expect(Object.keys(codes)).toEqual(Object.values(codes));
    expect(Object.isFrozen(codes)).toBe(true);
  }
});
