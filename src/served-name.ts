/** The names by which several ledgers are told apart below one address: of their pages, and of what git clones. */

import { type InputIssue, quoted } from './errors.js';

/** True for a name that a path can have. `data` is where the answers of a page are. */
function isServedName(name: unknown): name is string {
  return typeof name === 'string' && /^[\w~-][\w.~-]{0,99}$/.test(name) && name !== 'data';
}

/** What is wrong with the name of one of several ledgers. `earlier` are the names of those before it. */
export function servedNameIssues(name: unknown, path: string, earlier: ReadonlySet<unknown>): InputIssue[] {
  if (!isServedName(name)) {
    const expected = 'letters, digits and . _ ~ - without a dot in front, not "data"';
    return [{ path, expected, actual: quoted(name) }];
  }
  return earlier.has(name) ? [{ path, expected: 'a name of its own', actual: quoted(name) }] : [];
}
