// A hundred neighbouring releases of one package, each held against the one before, beside one pair of them.
//
// A caller who walks a history hands the pairs to one assessor: what one pair read serves the next. One pair alone starts its engine.
// The releases are made from real declarations, so that nothing has to be fetched.
import { normalizeFiles } from 'git-lineage';
import { createAssessor } from 'git-lineage/assess';
import { releases } from './assess-inputs.mjs';
import { seconds } from './statistics.mjs';
import { Table, timesAsMuch } from './table.mjs';

const PAIRS = 100;
const GOAL = 20;

/** An assessor of its own, its engine started with the first pair. @param {import('git-lineage').NormalizedFiles[]} versions */
async function assessAll(versions) {
  // Limits that nobody else has, so that it shares no engine.
  const assessor = createAssessor({ cache: false, memoryLimitMb: 1_023 });
  try {
    for (const [i, toFiles] of versions.entries()) {
      const fromFiles = versions[i - 1];
      if (fromFiles === undefined) continue;
      const { level } = await assessor.assessFiles({ fromFiles, toFiles });
      if (level !== 'MINOR_CHANGE') throw new Error(`release ${i}: expected MINOR_CHANGE, found ${level}`);
    }
  } finally {
    await assessor.close();
  }
}

/** @param {{ rounds: number }} options */
export async function benchHistory({ rounds }) {
  const versions = releases(PAIRS + 1).map((files) => normalizeFiles(files));
  const table = new Table('a history, each release assessed against the one before');
  const row = { name: `${PAIRS} neighbouring releases`, unit: 's', peer: 'one pair of them', goal: timesAsMuch(GOAL) };
  for (let round = 0; round < rounds; round++) {
    const one = await seconds(() => assessAll(versions.slice(0, 2)));
    table.note(row, await seconds(() => assessAll(versions)), one);
  }
  table.print();
}
