/** A version of a module: the type, what a caller gives for a new one, and every rule that it must meet. */

import { type InputIssue, invalidInput, quoted } from '../errors.js';
import { assertModuleId } from './module-id.js';
import { compareBytes, isPrintableLine, printableJsonString } from './printable.js';
import { frozenSet, tagIssues } from './tag-label.js';

/** One version of one module, as the ledger holds it. Frozen. As JSON (`JSON.stringify`), `tags` is an array, which `NewCheckpoint` takes too. */
export interface VersionCheckpoint {
  readonly moduleId: string;
  /** A positive safe integer; numbers of a module only grow. */
  readonly version: number;
  /** `sha256:…` of one file, `sha256-tree:…` of several, or the caller's own one-line checksum where no files were given. */
  readonly checksum: string;
  /** Seconds since the Unix epoch; fractions are kept exactly. */
  readonly timestamp: number;
  /** The version it was made from, null for a module's first. */
  readonly parentVer: number | null;
  /** In bytewise order. */
  readonly tags: ReadonlySet<string>;
  readonly metadata: Readonly<Record<string, string>>;
}

/** A version to record. What is left out is the obvious next: number, parent, checksum of the files, the time now. */
export interface NewCheckpoint {
  readonly moduleId: string;
  readonly version?: number | undefined;
  readonly parentVer?: number | null | undefined;
  readonly checksum?: string | undefined;
  readonly timestamp?: number | undefined;
  readonly tags?: Iterable<string> | undefined;
  readonly metadata?: Readonly<Record<string, string>> | undefined;
}

export type ModuleStatus = 'STAGED' | 'ACTIVE' | 'ARCHIVED' | 'REVERTED';

/** The four statuses of a version; each is derived from refs and notes, none is stored. */
export const ModuleStatus = Object.freeze({
  /** In the ledger, never active. */
  STAGED: 'STAGED',
  /** The tip of the module's branch. */
  ACTIVE: 'ACTIVE',
  /** Was active once. */
  ARCHIVED: 'ARCHIVED',
  /** Carries the tag `reverted`. */
  REVERTED: 'REVERTED',
} as const satisfies Record<string, ModuleStatus>);

const MAX_CHECKSUM_BYTES = 256;
const MAX_METADATA_BYTES = 65_536;

/** 9999-12-31T23:59:59Z: the last year that ISO 8601 writes with four digits, and far beyond it lie milliseconds given by mistake. */
const MAX_TIMESTAMP = 253_402_300_799;

export function isVersion(value: unknown): value is number {
  return typeof value === 'number' && Number.isSafeInteger(value) && value > 0;
}

export function versionIssues(value: unknown, path: string, orNull = false): InputIssue[] {
  if (isVersion(value) || (orNull && value === null)) return [];
  const expected = `a positive integer up to 2^53-1${orNull ? ', or null for none' : ''}`;
  return [{ path, expected, actual: quoted(value) }];
}

/** Returns `value` if it is a version number, else throws `INVALID_VERSION`. */
export function assertVersion(value: unknown, path = 'version'): number {
  const issues = versionIssues(value, path);
  if (issues.length > 0) throw invalidInput('INVALID_VERSION', issues, 'count versions 1, 2, 3, …');
  return value as number;
}

/** Like `assertVersion`, with null for "no version". */
export function assertVersionOrNull(value: unknown, path: string): number | null {
  const issues = versionIssues(value, path, true);
  if (issues.length > 0)
    throw invalidInput(
      'INVALID_VERSION',
      issues,
      "give a version number, or null (- on the command line) for a module's first version",
    );
  return value as number | null;
}

export function timestampIssues(value: unknown, path: string): InputIssue[] {
  const ok = typeof value === 'number' && value >= 0 && value <= MAX_TIMESTAMP && !Object.is(value, -0);
  if (ok) return [];
  return [
    { path, expected: `seconds (not milliseconds) since the Unix epoch, 0 to ${MAX_TIMESTAMP}`, actual: quoted(value) },
  ];
}

export function checksumIssues(value: unknown, path: string): InputIssue[] {
  if (typeof value === 'string' && isPrintableLine(value, MAX_CHECKSUM_BYTES)) return [];
  return [{ path, expected: `one printable line of 1 to ${MAX_CHECKSUM_BYTES} bytes`, actual: quoted(value) }];
}

function metadataIssues(value: unknown, path: string): InputIssue[] {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) {
    return [{ path, expected: 'an object of strings', actual: quoted(value) }];
  }
  const issues = Object.entries(value)
    .filter(([, v]) => typeof v !== 'string')
    .map(([k, v]) => ({ path: `${path}[${quoted(k)}]`, expected: 'a string', actual: quoted(v) }));
  if (issues.length > 0) return issues;
  const size = Buffer.byteLength(formatMetadata(value as Record<string, string>));
  if (size <= MAX_METADATA_BYTES) return [];
  return [{ path, expected: `at most ${MAX_METADATA_BYTES} bytes of JSON`, actual: `${size} bytes` }];
}

/** Metadata as one canonical line of JSON: keys sorted bytewise, nothing unprintable unescaped. */
export function formatMetadata(metadata: Readonly<Record<string, string>>): string {
  const keys = Object.keys(metadata).sort(compareBytes);
  return `{${keys.map((k) => `${printableJsonString(k)}:${printableJsonString(metadata[k] ?? '')}`).join(',')}}`;
}

/** The inverse of `formatMetadata`, or null where the text is not what it would have written. */
export function parseMetadata(text: string): Readonly<Record<string, string>> | null {
  try {
    const value: unknown = JSON.parse(text);
    if (metadataIssues(value, 'metadata').length > 0) return null;
    const metadata = Object.freeze(value as Record<string, string>);
    return formatMetadata(metadata) === text ? metadata : null;
  } catch {
    return null;
  }
}

function copiedMetadata(metadata: Readonly<Record<string, string>>): Readonly<Record<string, string>> {
  return Object.freeze(Object.fromEntries(Object.entries(metadata)));
}

/** A new checkpoint whose every given field is valid; fields left out stay undefined, tags are a set. */
export interface CheckedCheckpoint {
  readonly moduleId: string;
  readonly version: number | undefined;
  readonly parentVer: number | null | undefined;
  readonly checksum: string | undefined;
  readonly timestamp: number | undefined;
  readonly tags: ReadonlySet<string>;
  readonly metadata: Readonly<Record<string, string>> | undefined;
}

function tagList(tags: unknown): { list: unknown[]; issues: InputIssue[] } {
  if (tags === undefined) return { list: [], issues: [] };
  const iterable = typeof tags === 'object' && tags !== null && Symbol.iterator in tags;
  if (!iterable)
    return { list: [], issues: [{ path: 'tags', expected: 'a set or list of strings', actual: quoted(tags) }] };
  const list = [...(tags as Iterable<unknown>)];
  return { list, issues: list.flatMap((tag, i) => tagIssues(tag, `tags[${i}]`)) };
}

const CODE_OF_PATH: Readonly<Record<string, 'INVALID_VERSION' | 'INVALID_TAG'>> = {
  version: 'INVALID_VERSION',
  parentVer: 'INVALID_VERSION',
  tags: 'INVALID_TAG',
};

/** Checks everything that can be said of a new checkpoint without a ledger, and throws with all of it at once. */
export function checkCheckpoint(cp: NewCheckpoint): CheckedCheckpoint {
  if (typeof cp !== 'object' || cp === null) {
    const issue = { path: 'checkpoint', expected: 'an object with a moduleId', actual: quoted(cp) };
    throw invalidInput('INVALID_CHECKPOINT', [issue], 'see NewCheckpoint');
  }
  const moduleId = assertModuleId(cp.moduleId);
  const tags = tagList(cp.tags);
  const given = <T>(value: T | undefined, check: (value: T) => InputIssue[]) =>
    value === undefined ? [] : check(value);
  const issues = [
    ...given(cp.version, (v) => versionIssues(v, 'version')),
    ...given(cp.parentVer, (v) => versionIssues(v, 'parentVer', true)),
    ...given(cp.checksum, (v) => checksumIssues(v, 'checksum')),
    ...given(cp.timestamp, (v) => timestampIssues(v, 'timestamp')),
    ...tags.issues,
    ...given(cp.metadata, (v) => metadataIssues(v, 'metadata')),
  ];
  if (issues.length > 0) {
    const codes = new Set(issues.map((i) => CODE_OF_PATH[i.path.replace(/\[.*/, '')] ?? 'INVALID_CHECKPOINT'));
    const only = codes.size === 1 ? [...codes][0] : undefined;
    throw invalidInput(only ?? 'INVALID_CHECKPOINT', issues, 'correct these fields of the checkpoint');
  }
  return {
    moduleId,
    version: cp.version,
    parentVer: cp.parentVer,
    checksum: cp.checksum,
    timestamp: cp.timestamp,
    tags: frozenSet(tags.list as string[]),
    metadata: cp.metadata === undefined ? undefined : copiedMetadata(cp.metadata),
  };
}
