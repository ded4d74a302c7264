/** TypeScript sources, which Node does not run the same everywhere: refused by the loaders of this package. */

import { invalidInput, quoted } from '../../errors.js';

const SOURCE = /\.(?:[cm]?ts|tsx)$/;
const HINT = 'build it to JavaScript first, or give HotSwapper a loader that takes TypeScript';

/** Refuses a file that would be imported, where it is TypeScript. `by` is what names it. @throws `INVALID_FILES` */
export function refuseTypeScript(path: string, by: string): void {
  if (!SOURCE.test(path)) return;
  throw invalidInput(
    'INVALID_FILES',
    [{ path: by, expected: 'JavaScript', actual: `${quoted(path)}, TypeScript` }],
    HINT,
  );
}
