/** Options that a call knows. One of another name is a mistake: what it was meant to say would go unheard. */

import { type InputIssue, invalidInput, quoted } from './errors.js';

/** Each option of a type, so that the compiler misses none: `flag` for a boolean, `value` for what its call checks itself. */
export type KnownOptions<T> = { readonly [Name in keyof Required<T>]: 'flag' | 'value' };

function issueOf(name: string, value: unknown, known: Readonly<Record<string, 'flag' | 'value'>>): InputIssue | null {
  if (value === undefined) return null;
  const kind = Object.hasOwn(known, name) ? known[name] : undefined;
  // What stands under a wrong name may be a secret, and is not repeated.
  if (kind === undefined)
    return {
      path: quoted(name),
      expected: `no option but ${Object.keys(known).join(', ')}`,
      actual: 'one that is not known',
    };
  if (kind === 'flag' && typeof value !== 'boolean')
    return { path: name, expected: 'true or false', actual: quoted(value) };
  return null;
}

/** Every option of an unknown name, and every flag that is no boolean; nothing of what is no object. */
export function optionIssues<T extends object>(given: T | undefined, known: KnownOptions<T>): InputIssue[] {
  return Object.entries(given ?? {}).flatMap(([name, value]) => issueOf(name, value, known) ?? []);
}

/**
 * The check of a call's options: they are an object, or left out; none has an unknown name, and flags are booleans.
 *
 * @param type what the documents call them, such as `RollbackOptions`
 * @returns a function that throws `INVALID_ARGUMENT` with every mistake at once
 */
export function optionsCheck<T extends object>(type: string, known: KnownOptions<T>): (given: T | undefined) => void {
  return (given) => {
    // Where nothing came, the call says what it needs.
    if (given === undefined || given === null) return;
    if (typeof given !== 'object' || Array.isArray(given)) {
      const issue = { path: 'options', expected: `an object, ${type}`, actual: quoted(given) };
      throw invalidInput('INVALID_ARGUMENT', [issue], `see ${type}`);
    }
    const issues = optionIssues(given, known);
    if (issues.length > 0) throw invalidInput('INVALID_ARGUMENT', issues, `see ${type}`);
  };
}
