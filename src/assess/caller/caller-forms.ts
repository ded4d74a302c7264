/** Which forms are tried for a finding, the plainest first. */

import type { FindingCode } from '../../model/finding-codes.js';
import type { Draft } from './draft.js';
import { asserts, calls, narrowsObject } from './forms-of-calls.js';
import {
  asRecord,
  extendsClass,
  extendsInterface,
  type Form,
  filledIn,
  handsOn,
  isStill,
  isStillConstant,
  keysAre,
  namesType,
  namesValue,
  readsKey,
  receives,
  supplies,
  suppliesOthers,
  writesKey,
} from './forms-of-exports.js';
import {
  implementsAll,
  overrides,
  overridesByGetter,
  reads,
  readsAs,
  readsRecord,
  takesLess,
  writes,
  writesBack,
} from './forms-of-members.js';

const GONE: ReadonlySet<FindingCode> = new Set<FindingCode>([
  'export-removed',
  'export-type-only',
  'export-kind-changed',
  'enum-member-removed',
]);

/** What a caller can do with a member, by what became of it. */
const OF_MEMBERS: Partial<Record<FindingCode, readonly Form[]>> = {
  'member-removed': [reads('outside'), reads('inside'), keysAre],
  'member-hidden': [reads('outside'), reads('inside')],
  'member-readonly': [writesBack('outside'), writesBack('inside')],
  'member-optional': [readsAs('outside'), receives],
  'member-required': [supplies, writes('outside'), isStill],
  'member-added': [supplies, isStill],
  'member-abstract': [implementsAll],
  'type-narrowed': [writes('outside'), writes('inside'), overrides(), isStill],
  'type-widened': [readsAs('outside'), readsAs('inside'), isStill],
  'type-changed': [
    overrides(),
    overridesByGetter,
    takesLess,
    readsAs('outside'),
    writes('outside'),
    readsRecord,
    isStill,
  ],
  'union-member-added': [readsAs('outside'), readsAs('inside'), supplies, isStill],
  'union-member-removed': [writes('outside'), writes('inside'), supplies, isStill],
  'any-removed': [readsAs('outside'), writes('outside')],
};

const ANY_MEMBER: readonly Form[] = [reads('outside'), readsAs('outside'), writes('outside'), supplies, receives];

const ANY_EXPORT: readonly Form[] = [receives, supplies, calls(false), isStill];

/** What a caller can do with an export, by what became of it. */
const OF_EXPORTS: Partial<Record<FindingCode, readonly Form[]>> = {
  'class-abstract': [calls(true), extendsClass],
  'constructor-hidden': [calls(true), extendsClass],
  'class-nominal': [supplies],
  'enum-value-changed': [isStillConstant],
  'index-signature-removed': [readsKey, supplies],
  'member-readonly': [writesBack('outside'), writesKey],
  'not-callable': [calls(false), calls(true)],
  'overload-removed': [calls(false, { result: true }), calls(false, { overload: 1, result: true }), isStill],
  'overload-reordered': [
    isStill,
    calls(false, { result: true }),
    calls(false, { least: true, result: true }),
    calls(false, { overload: 1, result: true }),
    calls(false, { asked: true }),
    calls(false, { overload: 1, asked: true }),
  ],
  'param-narrowed': [calls(false, { apart: true }), calls(false, { callbacks: true, least: true }), ...ANY_EXPORT],
  'predicate-changed': [isStill, asserts],
  'type-param-added': [namesType, calls(false, { typed: true })],
  'type-param-removed': [namesType, calls(false, { typed: true })],
  'type-param-constraint': [namesType, calls(false), isStill, extendsClass],
  'type-param-default': [filledIn, namesType],
  'type-narrowed': [supplies, suppliesOthers, isStill],
  'type-widened': [receives, isStill],
  'union-member-removed': [supplies, calls(false), isStill],
  'type-changed': [receives, supplies, asRecord, extendsInterface, extendsClass, isStill],
};

/** What a caller can do with a call, by where the change is. */
function ofCalls(code: FindingCode, isNew: boolean, d: Draft): readonly Form[] {
  const inside: readonly Form[] = d.isOfInstance ? [overrides()] : [];
  const implemented = d.isClass ? [] : [supplies];
  if (d.isResult) {
    const result = [calls(isNew, { result: true }), calls(isNew, { view: 'inside', result: true })];
    if (code === 'any-removed') return [calls(isNew, { key: true })];
    if (code === 'type-changed') return [...result, calls(isNew, { record: true }), calls(isNew, { typed: true })];
    return code.startsWith('predicate')
      ? [asserts, narrowsObject, ...result]
      : [...result, ...inside, isStill, ...implemented];
  }
  if (code === 'member-removed') return [calls(isNew), calls(isNew, { literal: true }), isStill];
  if (code === 'param-removed') return [calls(isNew), calls(isNew, { callbacks: true }), isStill];
  const passed = [calls(isNew), calls(isNew, { least: true }), calls(isNew, { view: 'inside' })];
  const apart = code === 'any-removed' ? [calls(isNew, { apart: true })] : [];
  const untyped = code === 'param-widened' ? [calls(isNew, { untyped: true })] : [];
  const last = [calls(isNew, { typed: true }), calls(isNew, { writtenOut: true })];
  return [...untyped, ...passed, ...apart, ...inside, isStill, ...implemented, ...last];
}

/** The forms for a finding of a code, at the place that the draft is for. */
export function formsFor(code: FindingCode, isNew: boolean, d: Draft): readonly Form[] {
  if (d.isCall) return ofCalls(code, isNew, d);
  if (GONE.has(code) || (code === 'member-removed' && d.root.steps.length === 0)) {
    return [namesValue, namesType, handsOn];
  }
  if (isNew) return [calls(true), calls(true, { overload: 1 })];
  const isMember =
    d.root.steps.length > 0 && d.root.steps.every(({ kind }) => kind === 'member' || kind === 'instance');
  return isMember ? (OF_MEMBERS[code] ?? ANY_MEMBER) : (OF_EXPORTS[code] ?? ANY_EXPORT);
}
