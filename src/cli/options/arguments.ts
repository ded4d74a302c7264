/** Reading what stands on a command line: module references, versions, pairs, names of a closed set. */

import { invalid, invalidArgument, quoted } from '../complaint.js';

const NUMBER = /^(0|[1-9][0-9]*)$/;

/** A module and perhaps one of its versions. */
interface ModuleReference {
  readonly moduleId: string;
  readonly version: number | undefined;
}

const REFERENCE_HINT = 'a version is named MODULE@N, e.g. planner@3 or @acme/planner@3';

/** Splits `MODULE[@N]` at its last `@`, which a scope's leading one is not. */
export function moduleReference(text: string): ModuleReference {
  const at = text.lastIndexOf('@');
  if (at <= 0) return { moduleId: text, version: undefined };
  const number = text.slice(at + 1);
  if (!NUMBER.test(number)) {
    throw invalidArgument('MODULE@N', 'a version number after the last @', quoted(text), REFERENCE_HINT);
  }
  return { moduleId: text.slice(0, at), version: Number(number) };
}

/** Splits `MODULE@N`, where the version must be given. */
export function versionReference(text: string): { readonly moduleId: string; readonly version: number } {
  const { moduleId, version } = moduleReference(text);
  if (version === undefined) {
    throw invalidArgument('MODULE@N', 'a module and a version, MODULE@N', quoted(text), REFERENCE_HINT);
  }
  return { moduleId, version };
}

/** A version number; whether it can be one is for the library to say. */
export function versionNumber(text: string, path: string): number {
  if (NUMBER.test(text)) return Number(text);
  const issue = { path, expected: 'a positive integer', actual: quoted(text) };
  throw invalid('INVALID_VERSION', [issue], 'count versions 1, 2, 3, …');
}

/** A version number, or `-` for none. */
export function versionOrNone(text: string, path: string): number | null {
  if (text === '-') return null;
  if (NUMBER.test(text)) return Number(text);
  const issue = { path, expected: 'a positive integer, or - for no version', actual: quoted(text) };
  throw invalid('INVALID_VERSION', [issue], "give - as FROM for a module's first version");
}

/** The pair of versions that `MODULE FROM TO` names. */
export interface PairArguments {
  readonly moduleId: string;
  readonly fromVer: number | null;
  readonly toVer: number;
}

const PAIR = [
  { name: 'MODULE', description: 'the module' },
  { name: 'FROM', description: "the version to be replaced; - for a module's first" },
  { name: 'TO', description: 'the version to replace it' },
] as const;

export const PAIR_ARGUMENTS = PAIR.map(({ name, description }) => ({ name: `<${name}>`, description }));

/** The same for a verb that can do without a pair. */
export const OPTIONAL_PAIR_ARGUMENTS = PAIR.map(({ name, description }) => ({ name: `[${name}]`, description }));

export function pairArguments(given: { required(name: string): string }): PairArguments {
  return {
    moduleId: given.required('MODULE'),
    fromVer: versionOrNone(given.required('FROM'), 'FROM'),
    toVer: versionNumber(given.required('TO'), 'TO'),
  };
}

export function pairName({ moduleId, fromVer, toVer }: PairArguments): string {
  return `${moduleId} ${fromVer ?? '-'} -> ${toVer}`;
}

/** One of a closed set of names, in any case, with `-` and `_` alike. */
export function oneOf<T extends string>(names: readonly T[], text: string, path: string): T {
  const plain = (name: string): string => name.toUpperCase().replaceAll('-', '_');
  const found = names.find((name) => plain(name) === plain(text));
  if (found !== undefined) return found;
  throw invalidArgument(path, names.join(', '), quoted(text), 'upper and lower case are the same, and so are - and _');
}

/** `KEY=VALUE` pairs; the value is everything after the first `=`. Every wrong one is named, and every key that is given twice. */
export function keyValues(texts: readonly string[], path: string): ReadonlyMap<string, string> {
  const issues = texts
    .filter((text) => text.indexOf('=') < 1)
    .map((text) => ({ path, expected: 'KEY=VALUE', actual: quoted(text) }));
  if (issues.length > 0) throw invalid('INVALID_ARGUMENT', issues, 'quote a value that has spaces in it');
  const pairs = texts.map((text) => [text.slice(0, text.indexOf('=')), text.slice(text.indexOf('=') + 1)] as const);
  const keys = pairs.map(([key]) => key);
  const twice = keys.filter((key, i) => keys.indexOf(key) < i);
  if (twice.length > 0)
    throw invalid(
      'INVALID_ARGUMENT',
      [...new Set(twice)].map((key) => ({ path, expected: 'each key once', actual: `${quoted(key)} again` })),
      'leave out all but the one that is meant',
    );
  return new Map(pairs);
}

/**
 * Settings from `KEY=VALUE`: true, false and integers are read as such, and a list by its commas; the rest is for the library to refuse.
 */
export function settingsFrom(texts: readonly string[]): Readonly<Record<string, unknown>> {
  const read = (key: string, text: string): unknown => {
    if (key === 'approveCapabilities') return text === '' ? [] : text.split(',');
    if (text === 'true' || text === 'false') return text === 'true';
    if (text === 'null') return null;
    return /^-?[0-9]+$/.test(text) ? Number(text) : text;
  };
  return Object.fromEntries([...keyValues(texts, 'KEY=VALUE')].map(([key, text]) => [key, read(key, text)]));
}

/** A whole number from 0 on. */
export function wholeNumber(text: string, path: string): number {
  if (NUMBER.test(text) && Number.isSafeInteger(Number(text))) return Number(text);
  throw invalidArgument(path, 'an integer from 0 to 2^53-1', quoted(text), 'write it in digits');
}
