/** The version of this package, as its package.json says. */

import { readFileSync } from 'node:fs';
import { builtFile } from '../../built-file.js';

export function packageVersion(): string {
  const text = readFileSync(builtFile('../package.json'), 'utf8');
  return (JSON.parse(text) as { version: string }).version;
}
