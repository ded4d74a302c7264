/** Names of modules, and why some are not allowed: each becomes part of ref names that git must read one way only. */

import { type InputIssue, invalidInput, quoted } from '../errors.js';
import { isOid, type ObjectFormat, SHA1 } from './object-id.js';

/** The longest module id in bytes: two of them, a version and `.lock` stay far below a file system's 255. */
const MAX_MODULE_ID_BYTES = 128;

const COMPONENT = /^[A-Za-z0-9][A-Za-z0-9._-]*$/;

/** Names that mean something else to git or to the ledger where a module's name would be typed. */
const RESERVED = new Set([
  ...['ledger', 'compat', 'head', 'heads', 'tags', 'notes', 'remotes', 'refs', 'origin', 'stash'],
  ...['readme.md', 'policy.json', 'allowed_signers'],
]);

/** https://learn.microsoft.com/windows/win32/fileio/naming-a-file: reserved with any extension. */
const WINDOWS_DEVICE = /^(con|prn|aux|nul|com[0-9]|lpt[0-9])(\.|$)/;

const HINT =
  'use letters, digits, ".", "_" and "-", starting with a letter or digit, with at most one leading "@scope/", e.g. planner or @acme/planner';

function issuesOf(id: string): string[] {
  const problems: string[] = [];
  if (Buffer.byteLength(id) > MAX_MODULE_ID_BYTES) problems.push(`at most ${MAX_MODULE_ID_BYTES} bytes`);
  const folded = foldModuleId(id);
  const components = folded.startsWith('@') ? id.slice(1).split('/') : [id];
  if (components.length > 2 || (folded.startsWith('@') && components.length !== 2)) {
    problems.push('one component, or "@scope/" and one component');
  }
  if (components.some((c) => !COMPONENT.test(c))) problems.push('components of [A-Za-z0-9][A-Za-z0-9._-]*');
  if (components.some((c) => c.includes('..'))) problems.push('no ".."');
  if (components.some((c) => c.endsWith('.') || c.toLowerCase().endsWith('.lock'))) {
    problems.push('no component that ends in "." or ".lock"');
  }
  if (components.some((c) => WINDOWS_DEVICE.test(c.toLowerCase()))) problems.push('no Windows device name');
  if (RESERVED.has(folded) || folded.endsWith('_head')) problems.push('a name that is not reserved');
  if (isOid(folded, SHA1)) problems.push(`a name that is not ${SHA1.digits} hexadecimal digits`);
  return problems;
}

/** What two module ids must not share: they may not differ in case alone, for file systems that fold it. */
export function foldModuleId(id: string): string {
  return id.toLowerCase();
}

/** The scope of an id (`@acme`), or null. */
export function scopeOf(id: string): string | null {
  return id.startsWith('@') ? id.slice(0, id.indexOf('/')) : null;
}

/** True where `id` could be a module's name. */
export function isModuleId(id: string): boolean {
  return issuesOf(id).length === 0;
}

/** Every reason why `id` is no module id, as issues of the input at `path`. */
export function moduleIdIssues(id: unknown, path = 'moduleId'): InputIssue[] {
  if (typeof id !== 'string') return [{ path, expected: 'a string', actual: quoted(id) }];
  return issuesOf(id).map((expected) => ({ path, expected, actual: quoted(id) }));
}

/** Returns `id` if it is a module id, else throws `INVALID_MODULE_ID` with every reason. */
export function assertModuleId(id: unknown): string {
  const issues = moduleIdIssues(id);
  if (issues.length > 0 || typeof id !== 'string') throw invalidInput('INVALID_MODULE_ID', issues, HINT);
  return id;
}

/** True for a name that is no object's id in a ledger of that format. A name of 40 digits is none anywhere. */
export function isNoObjectId(id: string, objectFormat: ObjectFormat): boolean {
  return !isOid(foldModuleId(id), objectFormat);
}

/** @throws `INVALID_MODULE_ID` for a name that is an object's id in a ledger of that format */
export function assertNoObjectId(id: string, objectFormat: ObjectFormat): void {
  if (isNoObjectId(id, objectFormat)) return;
  const expected = `a name that is not ${objectFormat.digits} hexadecimal digits, as an object's id is here`;
  throw invalidInput('INVALID_MODULE_ID', [{ path: 'moduleId', expected, actual: quoted(id) }], HINT);
}

/** The issue of a new module whose name differs from an existing one in case alone (its scope included), or null. */
export function caseTwin(id: string, existing: Iterable<string>): string | null {
  const folded = foldModuleId(id);
  const scope = scopeOf(id);
  for (const other of existing) {
    if (other !== id && foldModuleId(other) === folded) return other;
    const otherScope = scopeOf(other);
    if (scope !== null && otherScope !== null && otherScope !== scope) {
      if (foldModuleId(otherScope) === foldModuleId(scope)) return other;
    }
  }
  return null;
}

/** The error for a name that has a twin. */
export function caseTwinError(id: string, twin: string): Error {
  const issue = {
    path: 'moduleId',
    expected: `a name that differs from ${quoted(twin)} in more than case`,
    actual: quoted(id),
  };
  return invalidInput('INVALID_MODULE_ID', [issue], `write it as ${quoted(twin)}, or choose another name`);
}
