/** What the protocol's inspector prints of a server, with a guard before it and without: the same, and the same exit code. */

import { isDeepStrictEqual } from 'node:util';
import { BIN } from './connect.mjs';
import { LedgerFolder } from './ledger-folder.mjs';
import { INSPECTOR, installPrograms, runProgram } from './programs.mjs';
import { programOf, readPairs } from './releases.mjs';

const SERVER = 'everything';

/** Questions for the newest release, in the inspector's words. */
const QUESTIONS = [
  ['--method', 'tools/list'],
  ['--method', 'prompts/list'],
  ['--method', 'resources/list'],
  ['--method', 'resources/templates/list'],
  ['--method', 'tools/call', '--tool-name', 'echo', '--tool-arg', 'message=one'],
  ['--method', 'tools/call', '--tool-name', 'get-sum', '--tool-arg', 'a=1', 'b=2'],
  ['--method', 'tools/call', '--tool-name', 'get-structured-content', '--tool-arg', 'location=Chicago'],
  ['--method', 'tools/call', '--tool-name', 'get-tiny-image'],
  ['--method', 'tools/call', '--tool-name', 'echo'],
  ['--method', 'prompts/get', '--prompt-name', 'simple-prompt'],
  ['--method', 'prompts/get', '--prompt-name', 'args-prompt', '--prompt-args', 'city=Oslo'],
  ['--method', 'resources/read', '--uri', 'demo://resource/static/document/features.md'],
  ['--method', 'logging/setLevel', '--log-level', 'debug'],
];

/** Lists by name: the guard gives them in an order of its own. @param {string} text */
function parsed(text) {
  try {
    const printed = JSON.parse(text);
    for (const kind of ['tools', 'prompts', 'resourceTemplates'])
      printed[kind]?.sort((/** @type {any} */ a, /** @type {any} */ b) => (a.name < b.name ? -1 : 1));
    return printed;
  } catch {
    return text;
  }
}

/** @param {string} cache @returns {Promise<number>} how much differs */
export async function compareInspected(cache) {
  installPrograms();
  const version = readPairs().findLast(({ server }) => server === SERVER)?.to ?? '';
  const started = [process.execPath, programOf(cache, SERVER, version)];
  const ledger = await LedgerFolder.make();
  // The inspector reads what begins with two dashes itself, and passes no variables on: what the guard is told is in its command.
  const told = ['env', `GIT_LINEAGE_DIR=${ledger.guardEnv.GIT_LINEAGE_DIR}`, `HOME=${ledger.path}`];
  const guard = [
    'sh',
    '-c',
    `exec ${[...told, process.execPath, BIN, 'mcp', 'guard', SERVER, '--', ...started].join(' ')}`,
  ];
  let differences = 0;
  try {
    for (const question of QUESTIONS) {
      const expected = await runProgram([INSPECTOR, '--cli', ...started, ...question], ledger.env);
      const found = await runProgram([INSPECTOR, '--cli', ...guard, ...question], ledger.env);
      const isSame = expected.code === found.code && isDeepStrictEqual(parsed(found.stdout), parsed(expected.stdout));
      if (!isSame) differences += 1;
      const what = `inspector ${question.join(' ')}: exit code ${expected.code}`;
      process.stdout.write(isSame ? `same    ${what}, ${expected.stdout.length} characters\n` : `differs ${what}\n`);
      if (!isSame) process.stdout.write(`  without ${JSON.stringify(expected)}\n  with    ${JSON.stringify(found)}\n`);
    }
    return differences;
  } finally {
    ledger.remove();
  }
}
