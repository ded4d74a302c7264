/** The pairs of `fixtures/assess/pairs`, as the assessor is given them. */

import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { FindingCode } from '../../src/model/finding-codes.js';
import type { CompatibilityLevel } from '../../src/model/report.js';

const PAIRS = join(import.meta.dirname, '../../fixtures/assess/pairs');

/** Two versions whose level is proven by `pairs-proof.test.ts`. */
export interface ProvenPair {
  readonly name: string;
  readonly a: ReadonlyMap<string, string>;
  readonly b: ReadonlyMap<string, string>;
  readonly level: CompatibilityLevel;
  /** Codes that must be among the findings'. */
  readonly codes: readonly FindingCode[];
}

function filesUnder(folder: string): Map<string, string> {
  const files = new Map<string, string>();
  for (const entry of readdirSync(folder, { withFileTypes: true, recursive: true })) {
    if (!entry.isFile()) continue;
    const path = join(entry.parentPath, entry.name);
    files.set(path.slice(folder.length + 1), readFileSync(path, 'utf8'));
  }
  return files;
}

function readPair(name: string): ProvenPair {
  const folder = join(PAIRS, name);
  const expected = JSON.parse(readFileSync(join(folder, 'expected.json'), 'utf8')) as Pick<
    ProvenPair,
    'level' | 'codes'
  >;
  const { level, codes } = expected;
  return { name, a: filesUnder(join(folder, 'a')), b: filesUnder(join(folder, 'b')), level, codes };
}

/** Every pair, by name. A folder that is being written and has no `expected.json` yet fails, as it should. */
export function readPairs(): ProvenPair[] {
  return readdirSync(PAIRS, { withFileTypes: true })
    .filter((entry) => entry.isDirectory())
    .map((entry) => readPair(entry.name))
    .sort((a, b) => (a.name < b.name ? -1 : 1));
}
