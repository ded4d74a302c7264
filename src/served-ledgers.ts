/** Several ledgers below one address, told apart by names: of their pages, and of what git clones. */

import { type InputIssue, quoted } from './errors.js';
import { type KnownOptions, optionIssues } from './options-check.js';

/** True for a name that a path can have. `data` is where the answers of a page are, and `NAME.git` is what git clones. */
function isServedName(name: unknown): name is string {
  return typeof name === 'string' && /^[\w~-][\w.~-]{0,99}$/.test(name) && name !== 'data' && !name.endsWith('.git');
}

/** What is wrong with a name. `earlier` are those before it. */
function nameIssues(name: unknown, path: string, earlier: ReadonlySet<unknown>): InputIssue[] {
  if (!isServedName(name)) {
    const expected = 'letters, digits and . _ ~ - without a dot in front or .git at the end, not "data"';
    return [{ path, expected, actual: quoted(name) }];
  }
  return earlier.has(name) ? [{ path, expected: 'a name of its own', actual: quoted(name) }] : [];
}

/**
 * What is wrong with a list of ledgers, each under a name of its own.
 *
 * @param member what each has beside its name, for the message
 * @param known all that one may have
 * @param issuesOf what is wrong with the rest of one; `at` stands before its paths
 */
export function servedLedgersIssues<T extends { readonly name: string }>(
  ledgers: unknown,
  member: string,
  known: KnownOptions<T>,
  issuesOf: (given: Partial<T>, at: string) => readonly InputIssue[],
): InputIssue[] {
  if (!Array.isArray(ledgers) || ledgers.length === 0)
    return [{ path: 'ledgers', expected: `a list of { name, ${member} }, not empty`, actual: quoted(ledgers) }];
  const seen = new Set<unknown>();
  return ledgers.flatMap((given: Partial<T> | null, i) => {
    const { name } = given ?? {};
    const at = `ledgers[${i}].`;
    const unknown = typeof given === 'object' ? optionIssues<Partial<T>>(given ?? {}, known) : [];
    const issues = [
      ...nameIssues(name, `${at}name`, seen),
      ...unknown.map((issue) => ({ ...issue, path: `${at}${issue.path}` })),
      ...issuesOf(given ?? {}, at),
    ];
    seen.add(name);
    return issues;
  });
}
