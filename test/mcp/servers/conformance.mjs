/**
 * The protocol's conformance suite for servers, on the same server with a guard before it and without. The suite speaks over HTTP, the guard
 * over standard input and output towards its client: `stdio-over-http.mjs` is between them. Once the server behind the guard is started by it, and
 * held against the same server without a guard; and once it is reached over HTTP (`--url`), and held against that server itself.
 *
 * Then the suite for clients, on what a guard is to a server over HTTP: its checks succeed.
 */

import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { isDeepStrictEqual } from 'node:util';
import { conformanceServer } from './conformance-server.mjs';
import { guardBefore, guardBeforeUrl } from './connect.mjs';
import { eventStore, serveSessions } from './http-sessions.mjs';
import { LedgerFolder } from './ledger-folder.mjs';
import { CONFORMANCE, installPrograms, runProgram } from './programs.mjs';
import { serveOverHttp } from './stdio-over-http.mjs';

const SERVER = fileURLToPath(new URL('conformance-server.mjs', import.meta.url));

const CLIENT = fileURLToPath(new URL('guarded-client.mjs', import.meta.url));

/**
 * The scenarios of the suite for clients that are about a transport and its authorization. Left out: what the client behind a guard answers
 * (`elicitation-sep1034-client-defaults`), and two ways to log in that `mcp login` does not have (a signed assertion, an exchange of tokens).
 */
const CLIENT_SCENARIOS = [
  'initialize',
  'tools_call',
  'sse-retry',
  'auth/metadata-default',
  'auth/metadata-var1',
  'auth/metadata-var2',
  'auth/metadata-var3',
  'auth/basic-cimd',
  'auth/scope-from-www-authenticate',
  'auth/scope-from-scopes-supported',
  'auth/scope-omitted-when-undefined',
  'auth/scope-step-up',
  'auth/scope-retry-limit',
  'auth/token-endpoint-auth-basic',
  'auth/token-endpoint-auth-post',
  'auth/token-endpoint-auth-none',
  'auth/pre-registration',
  'auth/2025-03-26-oauth-metadata-backcompat',
  'auth/2025-03-26-oauth-endpoint-fallback',
  'auth/resource-mismatch',
  'auth/offline-access-scope',
  'auth/offline-access-not-supported',
  'auth/client-credentials-basic',
];

/** `server-SCENARIO-TIME`, as the suite names the folder of a scenario's results. */
const FOLDER = /^server-(.+)-\d{4}-\d{2}-\d{2}T.*$/;

/** Of streams that are cut and taken up again between the client and whoever is next to it: a guard has no such stream. */
const OF_THE_CLIENT_SIDE = 'server-sse-polling';

/**
 * @typedef {Map<string, { id: string, status: string, wrong: string | undefined }[]>} Found the checks of each scenario, with what was wrong
 * @typedef {{ url: string, close: () => Promise<void> }} Served
 */

/** @param {Served} served @returns {Promise<Found>} */
async function checksOf(served) {
  const results = mkdtempSync(join(tmpdir(), 'mcp-conformance-'));
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

/** @returns {Promise<Served>} the server itself over HTTP, with streams that a client can take up again */
function serveConformance() {
  const open = async (/** @type {any} */ transport) => conformanceServer().connect(transport);
  return serveSessions(open, { eventStore, retryInterval: 200 });
}

/** @param {string} what @param {Found} bare @param {Found} through @returns {number} how much differs */
function compare(what, bare, through) {
  let differences = 0;
  for (const scenario of new Set([...bare.keys(), ...through.keys()])) {
    const [expected, found] = [bare.get(scenario), through.get(scenario)];
    const isSame = isDeepStrictEqual(found, expected);
    if (!isSame) differences += 1;
    const statuses = expected?.map(({ status }) => status).join(' ');
    process.stdout.write(`${isSame ? 'same   ' : 'differs'} ${what} ${scenario}: ${statuses}\n`);
    const isWrong = expected?.some(({ wrong }) => wrong !== undefined);
    if (!isSame || isWrong) process.stdout.write(`  without ${JSON.stringify(expected)}\n`);
    if (!isSame) process.stdout.write(`  with    ${JSON.stringify(found)}\n`);
  }
  return differences;
}

/** @returns {Promise<number>} how many scenarios for clients a guard does not pass */
async function checkClient() {
  let failures = 0;
  for (const scenario of CLIENT_SCENARIOS) {
    const args = [CONFORMANCE, 'client', '--command', `${process.execPath} ${CLIENT}`, '--scenario', scenario];
    const { code, stdout, stderr } = await runProgram(args, { PATH: process.env['PATH'] });
    if (code !== 0) failures += 1;
    process.stdout.write(`${code === 0 ? 'passes ' : 'differs'} conformance, as a client, ${scenario}\n`);
    if (code !== 0) process.stdout.write(`${stdout}${stderr}`);
  }
  return failures;
}

/** @returns {Promise<number>} how much differs */
export async function compareConformance() {
  installPrograms();
  const ledger = await LedgerFolder.make();
  const started = [process.execPath, SERVER];
  /** @type {Served | null} */
  let behind = null;
  try {
    const bare = await checksOf(await serveOverHttp(started, ledger.env));
    const through = await checksOf(await serveOverHttp(guardBefore('conformance', started), ledger.guardEnv));
    const direct = await checksOf(await serveConformance());
    behind = await serveConformance();
    const guard = guardBeforeUrl('conformance-http', behind.url);
    const throughUrl = await checksOf(await serveOverHttp(guard, ledger.guardEnv));
    const polling = direct.get(OF_THE_CLIENT_SIDE)?.map(({ status }) => status);
    process.stdout.write(`without a guard ${OF_THE_CLIENT_SIDE} is ${polling?.join(' ')}\n`);
    for (const found of [direct, throughUrl]) found.delete(OF_THE_CLIENT_SIDE);
    const differences = compare('conformance', bare, through) + compare('conformance --url', direct, throughUrl);
    return differences + (await checkClient());
  } finally {
    await behind?.close();
    ledger.remove();
  }
}
