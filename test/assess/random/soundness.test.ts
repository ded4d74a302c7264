/** Random modules, changed at random, against the compiler: what stops compiling is BREAKING, or at least not known. */

import { expect, test } from 'vitest';
import { assessFiles } from '../../../src/assess/assess-files.js';
import type { Assessment } from '../../../src/model/assessment.js';
import { normalizeFiles } from '../../../src/model/module-files.js';
import { runs } from '../../property/seed.js';
import { checkMounts, type Mount } from '../caller-program.js';
import { callersOf } from './callers.js';
import { printModule } from './model.js';
import { changedModule } from './random-change.js';
import { Chance, randomModule } from './random-module.js';

/** As many pairs are compiled in one program. */
const TOGETHER = 40;

/** So many of what went wrong are told, the shortest first. */
const MAX_TOLD = 8;

const FILE = 'index.d.ts';

interface Pair {
  readonly name: string;
  readonly a: string;
  readonly b: string;
  readonly callers: ReadonlyMap<string, string>;
}

function randomPair(seed: number, index: number): Pair | null {
  const chance = new Chance(seed + index * 7919);
  const before = randomModule(chance);
  const after = changedModule(chance, before);
  if (after === null) return null;
  const [a, b] = [printModule(before), printModule(after)];
  return a === b ? null : { name: `${seed}-${index}`, a, b, callers: callersOf(before) };
}

function mountsOf({ name, a, b, callers }: Pair): [Mount, Mount] {
  const mount = (side: string, text: string): Mount => ({
    folder: `/${name}/${side}`,
    module: new Map([[FILE, text]]),
    callers,
  });
  return [mount('a', a), mount('b', b)];
}

/** The callers that compile against the first version and not against the second; null where a version does not compile itself. */
function brokenCallers(pairs: readonly Pair[]): Map<Pair, ReadonlyMap<string, string> | null> {
  const checked = checkMounts(pairs.flatMap(mountsOf));
  return new Map(
    pairs.map((pair) => {
      const [a, b] = mountsOf(pair).map(({ folder }) => checked.get(folder));
      if (a === undefined || b === undefined || a.module.size > 0 || b.module.size > 0) return [pair, null];
      const broken = new Map<string, string>();
      for (const [name, text] of pair.callers) {
        const [complaint] = b.callers.get(name) ?? [];
        if (complaint !== undefined && a.callers.get(name)?.length === 0) broken.set(`${text}// ${complaint}`, name);
      }
      return [pair, broken];
    }),
  );
}

function judge({ a, b }: Pair): Promise<Assessment> {
  const files = (text: string) => normalizeFiles({ [FILE]: text });
  return assessFiles({ fromFiles: files(a), toFiles: files(b) });
}

test('no caller of a random module stops compiling under a verdict that is not BREAKING', async () => {
  const { numRuns, seed = Date.now() % 2 ** 31 } = runs(400);
  const missed: string[] = [];
  const counts = { pairs: 0, broken: 0, unknown: 0 };
  for (let first = 0; first < numRuns; first += TOGETHER) {
    const indices = Array.from({ length: Math.min(TOGETHER, numRuns - first) }, (_, index) => first + index);
    const pairs = indices.flatMap((index) => randomPair(seed, index) ?? []);
    for (const [pair, broken] of brokenCallers(pairs)) {
      if (broken === null) continue;
      const { level, rationale } = await judge(pair);
      counts.pairs += 1;
      if (level === 'UNKNOWN') counts.unknown += 1;
      const [caller] = broken.keys();
      if (caller === undefined) continue;
      counts.broken += 1;
      if (level !== 'BREAKING' && level !== 'UNKNOWN')
        missed.push(`${pair.name}: ${level}\n${pair.a}=>\n${pair.b}\n${caller}\n${rationale}`);
    }
  }
  const told = missed.sort((one, other) => one.length - other.length).slice(0, MAX_TOLD);
  expect(told.join('\n\n'), `${missed.length} breaks passed; PROPERTY_SEED=${seed}`).toBe('');
  // It is seen that there was something to judge, and that not knowing is no way out.
  expect(counts.pairs).toBeGreaterThan(numRuns / 2);
  expect(counts.broken).toBeGreaterThan(counts.pairs / 4);
  expect(counts.unknown).toBeLessThan(counts.pairs / 20);
}, 600_000);
