/** No branch is taken on the words of a message: what this program says is for people, what it means has a code. */

import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';

const SOURCE = fileURLToPath(new URL('../../src', import.meta.url));

const TEXT = '(?:message|reason|reasons|remedy|hint|detail|rationale|complaint|objection|stderr)';
/** `reason.includes(…)`, `/…/.test(error.message)`, `error.data.reason === 'it is missing'`. */
const READS = [
  new RegExp(`\\b${TEXT}[?!]?\\.(?:includes|startsWith|endsWith|match|matchAll|search|indexOf|replace)\\(`),
  new RegExp(`\\.(?:test|exec)\\((?:[\\w.?]+\\.)?${TEXT}\\)`),
  /\b(?:message|reason|remedy|hint|detail)\s*[!=]==?\s*['`/]/,
];

/** Who reads words that are not ours, because nothing else is given. */
const FOREIGN: Readonly<Record<string, string>> = {
  'model/trailers.ts': 'the message of a commit, which has a format',
  'audit/replay-entries.ts': 'the message of a commit, which has a format',
  'cli/usage-error.ts': "commander's messages",
  'cli/git/git-index.ts': "git's",
  'git/remote/fetch-failure.ts': "git's",
  'git/remote/git-remote.ts': "git's",
  'git/remote/push-by-git.ts': "git's, and the remote's",
};

/** Reasons that are codes themselves: those of a rollback. */
const CODES = /reason [!=]== 'MANUAL'/;
/** Whether there is a text at all is no word of it. */
const EMPTY = /[!=]== ''|typeof /;

const reading = readdirSync(SOURCE, { recursive: true, encoding: 'utf8' })
  .filter((name) => name.endsWith('.ts'))
  .flatMap((name) =>
    readFileSync(join(SOURCE, name), 'utf8')
      .split('\n')
      .map((line, i) => ({ name, line: line.trim(), at: `src/${name}:${i + 1}: ${line.trim()}` })),
  )
  .filter(({ line }) => READS.some((reads) => reads.test(line)) && !CODES.test(line) && !EMPTY.test(line));

test('no message of this program is searched for words', () => {
  expect(reading.filter(({ name }) => FOREIGN[name] === undefined).map(({ at }) => at)).toEqual([]);
});

test('who reads the words of others is found by this test, and needs to be', () => {
  const found = new Set(reading.map(({ name }) => name));
  expect([...found].sort()).toEqual(Object.keys(FOREIGN).sort());
});
