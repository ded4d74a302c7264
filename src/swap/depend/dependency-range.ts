/**
 * Which versions of another module a module works with: a range over the ledger's numbers (`3`, `>=3 <7`, `3 - 5`,
 * `*`), or after `semver:` one over the `semver` that each version carries in its metadata.
 */

import { createRequire } from 'node:module';
import type semver from 'semver';
import { quoted } from '../../errors.js';

/** What a range is held against. */
export interface RangedVersion {
  readonly version: number;
  readonly metadata: Readonly<Record<string, string>>;
}

/** A range as it was written, and its answer. */
export interface DependencyRange {
  readonly text: string;
  /** False for `*` and `semver:*`, which name a module and say nothing about its versions. */
  readonly explicit: boolean;
  /** Null where the range accepts the version, else what it would meet: `v2`, `v2, which is 1.9.0`. */
  refusal(version: RangedVersion): string | null;
}

/** What a range may look like, for messages. */
export const RANGE_EXPECTED =
  'a range of ledger versions ("*", "3", ">=3", "<7", ">=3 <7", "3 - 5") or "semver:" with a semver range ("semver:^2.1.0")';

/** The key of a version's metadata that holds its semantic version. */
const SEMVER_KEY = 'semver';

const load = createRequire(import.meta.url);

const SEMVER = 'semver:';
const MAX_RANGE_BYTES = 256;

/** The numbers from `from` to `to`, both included. */
interface Span {
  readonly from: number;
  readonly to: number;
}

const EVERY: Span = { from: 1, to: Number.MAX_SAFE_INTEGER };

function parseNumber(text: string | undefined): number | null {
  if (text === undefined || !/^[1-9][0-9]*$/.test(text)) return null;
  const number = Number(text);
  return Number.isSafeInteger(number) ? number : null;
}

function parseComparator(text: string): Span | null {
  const [, operator, digits] = /^(>=|>|<=|<|=)(.*)$/.exec(text) ?? [];
  const number = parseNumber(digits);
  if (number === null) return null;
  if (operator === '>=') return { ...EVERY, from: number };
  if (operator === '>') return { ...EVERY, from: number + 1 };
  if (operator === '<=') return { ...EVERY, to: number };
  if (operator === '<') return { ...EVERY, to: number - 1 };
  return { from: number, to: number };
}

function parseSpan(text: string): Span | null {
  if (text === '*') return EVERY;
  const one = parseNumber(text);
  if (one !== null) return { from: one, to: one };
  if (text.includes(' - ')) {
    const [first, last, ...rest] = text.split(' - ');
    const [from, to] = [parseNumber(first), parseNumber(last)];
    return from === null || to === null || rest.length > 0 ? null : { from, to };
  }
  let span = EVERY;
  for (const part of text.split(' ')) {
    const next = parseComparator(part);
    if (next === null) return null;
    span = { from: Math.max(span.from, next.from), to: Math.min(span.to, next.to) };
  }
  return span;
}

function overNumbers(text: string): DependencyRange | null {
  const span = parseSpan(text);
  if (span === null || span.from > span.to) return null;
  return {
    text,
    explicit: text !== '*',
    refusal: ({ version }) => (version >= span.from && version <= span.to ? null : `v${version}`),
  };
}

function overSemver(text: string): DependencyRange | null {
  const written = text.slice(SEMVER.length);
  if (written === '' || written.trim() !== written) return null;
  // Loaded where a range is over semantic versions: it takes as long as half of this library.
  const { Range, valid } = load('semver') as typeof semver;
  let range: semver.Range;
  try {
    range = new Range(written);
  } catch {
    return null;
  }
  return {
    text,
    explicit: range.range !== '',
    refusal: ({ version, metadata }) => {
      const own = Object.hasOwn(metadata, SEMVER_KEY) ? metadata[SEMVER_KEY] : undefined;
      if (own === undefined) return `v${version}, which has no ${SEMVER_KEY} in its metadata`;
      const exact = valid(own);
      if (exact === null) return `v${version}, whose metadata ${SEMVER_KEY} is no semantic version: ${quoted(own)}`;
      return range.test(exact) ? null : `v${version}, which is ${exact}`;
    },
  };
}

/**
 * Reads a range exactly as it is written: one space between comparators, no other space, numbers that are safe
 * integers from 1. Null for anything else, and for a range over ledger versions that no version could meet.
 * Prereleases are semver's rule: `^2.1.0` does not accept `2.2.0-beta.1`.
 */
export function parseRange(text: unknown): DependencyRange | null {
  if (typeof text !== 'string' || Buffer.byteLength(text) > MAX_RANGE_BYTES) return null;
  return text.startsWith(SEMVER) ? overSemver(text) : overNumbers(text);
}
