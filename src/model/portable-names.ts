/** Names of files that a checkout on Windows or macOS would change, lose or show as something else. */

import type { InputIssue } from '../errors.js';
import { quoted } from '../errors.js';
import { isPrintableLine } from './printable.js';

/** https://learn.microsoft.com/windows/win32/fileio/naming-a-file: reserved with any extension, superscript digits included. */
const DEVICE = /^(?:con|prn|aux|nul|conin\$|conout\$|com[0-9\u00b9\u00b2\u00b3]|lpt[0-9\u00b9\u00b2\u00b3])(?:\.|$)/i;

/** What no name may hold there, beside the separators. */
const FORBIDDEN = /[<>:"|?*]/;

const MAX_NAME_BYTES = 255;

function objection(name: string): string | null {
  if (DEVICE.test(name)) return 'no Windows device name';
  if (FORBIDDEN.test(name)) return 'none of the characters < > : " | ? *, which Windows does not take';
  if (/[. ]$/.test(name)) return 'no "." or space at the end of a component, which Windows leaves out';
  if (!isPrintableLine(name.trim(), MAX_NAME_BYTES)) return 'no invisible and no direction-changing character';
  return name.normalize('NFC') === name ? null : 'composed characters (NFC), which macOS would make of it';
}

/** Two names that fold to the same are one file where case is folded in full: `ß` is `ss` there. */
function folded(path: string): string {
  return path.normalize('NFC').toUpperCase().toLowerCase();
}

/** Every reason why files of these paths are not the same in a checkout elsewhere; empty where they are. */
export function unportableNames(paths: Iterable<string>): InputIssue[] {
  const issues: InputIssue[] = [];
  const seen = new Map<string, string>();
  for (const path of paths) {
    const expected = path
      .split('/')
      .map(objection)
      .find((found) => found !== null);
    if (expected != null) issues.push({ path: 'files', expected, actual: quoted(path) });
    const twin = seen.get(folded(path));
    if (twin !== undefined)
      issues.push({
        path: 'files',
        expected: `a name that differs from ${quoted(twin)} in more than case`,
        actual: quoted(path),
      });
    seen.set(folded(path), path);
  }
  return issues;
}
