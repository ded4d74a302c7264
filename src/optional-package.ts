/** Packages that only some users need: optional peers, which who needs them installs. */

import { invalidInput } from './errors.js';

/**
 * For the `catch` of an `import()`: what is not installed is said by name, other failures go on as they are.
 *
 * @param path the option that needs the package
 * @param name the package
 * @param hint what to do about it
 * @throws `INVALID_ARGUMENT` where the package is not installed
 */
export function notInstalled(path: string, name: string, hint = `npm install ${name}`): (error: unknown) => never {
  return (error) => {
    if ((error as NodeJS.ErrnoException).code !== 'ERR_MODULE_NOT_FOUND') throw error;
    throw invalidInput(
      'INVALID_ARGUMENT',
      [{ path, expected: `the package ${name}`, actual: 'it is not installed' }],
      hint,
    );
  };
}
