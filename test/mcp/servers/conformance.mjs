/**
 * The protocol's conformance suite for servers, on the same server with a guard before it and without. The suite speaks over HTTP, the guard and
 * the server over standard input and output: `stdio-over-http.mjs` is between them both times.
 */

import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { isDeepStrictEqual } from 'node:util';
import { guardBefore } from './connect.mjs';
import { LedgerFolder } from './ledger-folder.mjs';
import { CONFORMANCE, installPrograms, runProgram } from './programs.mjs';
import { serveOverHttp } from './stdio-over-http.mjs';

const SERVER = fileURLToPath(new URL('conformance-server.mjs', import.meta.url));

/** `server-SCENARIO-TIME`, as the suite names the folder of a scenario's results. */
const FOLDER = /^server-(.+)-\d{4}-\d{2}-\d{2}T.*$/;

/**
 * What the suite found, by scenario: each check with its status and what was wrong.
 *
 * @param {readonly string[]} command @param {NodeJS.ProcessEnv} env
 * @returns {Promise<Map<string, { id: string, status: string, wrong: string | undefined }[]>>}
 */
async function checksOf(command, env) {
  const results = mkdtempSync(join(tmpdir(), 'mcp-conformance-'));
  const served = await serveOverHttp(command, env);
  try {
    const args = [CONFORMANCE, 'server', '--url', served.url, '--suite', 'all', '--output-dir', results];
    const { stderr } = await runProgram(args, { PATH: process.env['PATH'] });
    const folders = readdirSync(results).sort();
    if (folders.length === 0) throw new Error(`the suite left no results: ${stderr}`);
    return new Map(
      folders.map((folder) => {
        const checks = JSON.parse(readFileSync(join(results, folder, 'checks.json'), 'utf8'));
        const found = checks.map((/** @type {any} */ { id, status, errorMessage }) => ({
          id,
          status,
          wrong: errorMessage?.replaceAll(served.url, 'URL'),
        }));
        return [FOLDER.exec(folder)?.[1] ?? folder, found];
      }),
    );
  } finally {
    await served.close();
    rmSync(results, { recursive: true });
  }
}

/** @returns {Promise<number>} how much differs */
export async function compareConformance() {
  installPrograms();
  const ledger = await LedgerFolder.make();
  const started = [process.execPath, SERVER];
  try {
    const bare = await checksOf(started, ledger.env);
    const through = await checksOf(guardBefore('conformance', started), ledger.guardEnv);
    let differences = 0;
    for (const scenario of new Set([...bare.keys(), ...through.keys()])) {
      const [expected, found] = [bare.get(scenario), through.get(scenario)];
      const isSame = isDeepStrictEqual(found, expected);
      if (!isSame) differences += 1;
      const statuses = expected?.map(({ status }) => status).join(' ');
      process.stdout.write(`${isSame ? 'same   ' : 'differs'} conformance ${scenario}: ${statuses}\n`);
      const isWrong = expected?.some(({ wrong }) => wrong !== undefined);
      if (!isSame || isWrong) process.stdout.write(`  without ${JSON.stringify(expected)}\n`);
      if (!isSame) process.stdout.write(`  with    ${JSON.stringify(found)}\n`);
    }
    return differences;
  } finally {
    ledger.remove();
  }
}
