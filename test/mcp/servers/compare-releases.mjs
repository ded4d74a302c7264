/** The releases of one server, one after the other: as they are, and through a guard that holds them to the ledger. */

import { setTimeout as pause } from 'node:timers/promises';
import { isDeepStrictEqual } from 'node:util';
import { questions, UNKNOWN_METHOD } from './calls.mjs';
import { Connection, guardBefore } from './connect.mjs';
import { LedgerFolder } from './ledger-folder.mjs';
import { programOf, SAME } from './releases.mjs';

/** Until a list that differs is staged and assessed, and a client is told that it was allowed. */
const PATIENCE_MS = 120_000;
const POLL_MS = 50;
const MAX_SHOWN = 300;

/** The code of what the guard itself refuses. */
const REFUSED = -32050;

/** @param {unknown} value */
function shown(value) {
  return JSON.stringify(value)?.slice(0, MAX_SHOWN);
}

/** @template T @param {() => T | undefined | false} look @returns {Promise<T | undefined>} */
async function soon(look) {
  for (const until = performance.now() + PATIENCE_MS; performance.now() < until; await pause(POLL_MS)) {
    const found = look();
    if (found !== undefined && found !== false) return found;
  }
  return undefined;
}

/** The command that starts a release. @param {string} cache @param {string} server @param {string} version @param {string} folder */
export function commandOf(cache, server, version, folder) {
  const program = [process.execPath, programOf(cache, server, version)];
  return server === 'filesystem' ? [...program, folder] : program;
}

/** The same answer where the time that stands in it is another. @param {unknown} answer */
function withoutChance(answer) {
  return JSON.parse(
    JSON.stringify(answer ?? null)
      .replace(/\d{1,2}:\d{2}:\d{2}(?: [AP]M)?/g, 'TIME')
      .replace(/\d{4}-\d{2}-\d{2}T[\d:.]+Z/g, 'TIME'),
  );
}

class Releases {
  differences = 0;
  /** Of the release before. @type {any[]} */
  #tools = [];

  /** @param {string} cache @param {LedgerFolder} ledger @param {string} server */
  constructor(cache, ledger, server) {
    this.cache = cache;
    this.ledger = ledger;
    this.server = server;
  }

  /** @param {string} what @param {unknown} found @param {unknown} expected */
  same(what, found, expected) {
    if (isDeepStrictEqual(withoutChance(found), withoutChance(expected))) return;
    this.differences += 1;
    process.stdout.write(`differs ${this.server} ${what}\n  expected ${shown(expected)}\n  found    ${shown(found)}\n`);
  }

  /** Both, on folders of the same content. @param {string} version */
  async open(version) {
    const { ledger, cache, server } = this;
    const folder = ledger.folder('files');
    const started = commandOf(cache, server, version, folder);
    const env = (/** @type {string} */ name) => ({
      MEMORY_FILE_PATH: `${ledger.folder(`${name}-${version}`)}/memory.jsonl`,
    });
    const bare = await Connection.open(started, { ...ledger.env, ...env('bare') });
    const through = await Connection.open(guardBefore(server, started), { ...ledger.guardEnv, ...env('through') });
    return { bare, through, folder };
  }

  /** @param {string} version @param {{ bare: Connection, through: Connection, folder: string }} connections */
  async compare(version, { bare, through, folder }) {
    const offered = await this.sameOffer(version, bare, through);
    const asked = questions(folder)[this.server] ?? [];
    // All without a guard first: a release may keep what it is told in a file beside itself, for both.
    const expected = [];
    for (const [method, params] of asked) expected.push(await bare.ask(method, params));
    for (const [i, [method, params]] of asked.entries()) {
      const found = await through.ask(method, params);
      const what = `${version} ${method} ${shown(params)}`;
      if (!isOffered(offered, method, params)) this.same(what, found.error?.code, REFUSED);
      else if (method === UNKNOWN_METHOD) this.same(what, found.error?.code, expected[i]?.error?.code);
      else this.same(what, found, expected[i]);
    }
    const inOrder = (/** @type {Connection} */ { told }) =>
      told.map((one) => JSON.stringify(withoutChance(one))).sort();
    await soon(() => isDeepStrictEqual(inOrder(through), inOrder(bare)));
    this.same(`${version} what it told by itself`, inOrder(through), inOrder(bare));
  }

  /** @param {string} version @param {Connection} bare @param {Connection} through */
  async sameOffer(version, bare, through) {
    const [offered, throughGuard] = [await bare.offered(), await through.offered()];
    this.#tools = /** @type {any[]} */ (offered['tools']);
    for (const kind of Object.keys(offered)) this.same(`${version} ${kind}`, throughGuard[kind], offered[kind]);
    return offered;
  }

  /** @param {import('./releases.mjs').Pair} pair */
  async upgrade({ server, from, to, level, findings }) {
    const before = (await this.ledger.cli('status', server)).active.version;
    let connections = await this.open(to);
    if (level !== SAME) {
      await this.allow(connections, before, { server, from, to, level, findings });
      await close(connections);
      // What the server says of itself is told once, at the beginning.
      connections = await this.open(to);
    }
    await this.compare(to, connections);
    await close(connections);
    const after = (await this.ledger.cli('status', server)).active.version;
    this.same(`${from} to ${to}: the active version`, after, level === SAME ? before : before + 1);
    process.stdout.write(`${server} ${from} to ${to}: ${level}\n`);
  }

  /**
   * What differs is refused; once it is allowed, the client sees it without a restart.
   *
   * @param {{ bare: Connection, through: Connection }} connections @param {number} before @param {import('./releases.mjs').Pair} pair
   */
  async allow({ bare, through }, before, { server, from, to, level, findings }) {
    const staged = await soon(() => through.notices.find(({ type }) => type === 'staged'));
    this.same(`${from} to ${to}: the version that it replaces`, staged?.fromVer, before);
    this.same(`${from} to ${to}: level`, staged?.level, level);
    const version = String(staged?.version);
    const { measured } = await this.ledger.cli('assess', server, String(before), version, '--dry-run');
    this.same(`${from} to ${to}: what decides`, deciding(measured.findings, level), findings);
    for (const tool of /** @type {any[]} */ ((await bare.offered())['tools'])) {
      if (this.#tools.some((earlier) => isDeepStrictEqual(earlier, tool))) continue;
      const answer = await through.ask('tools/call', { name: tool.name, arguments: {} });
      this.same(`${to} ${tool.name}, not allowed yet`, answer.error?.code, REFUSED);
    }
    await this.ledger.cli('activate', `${server}@${version}`);
    await soon(() =>
      through.notices.some((notice) => notice.type === 'approved' && notice.version === staged?.version),
    );
    this.same(`${to} tools, once allowed`, (await through.offered())['tools'], (await bare.offered())['tools']);
  }
}

/** @param {{ bare: Connection, through: Connection }} connections */
async function close({ bare, through }) {
  await bare.close();
  await through.close();
}

/** The codes of the findings that have the level of the whole. @param {readonly any[]} findings @param {string} level */
function deciding(findings, level) {
  const those = findings.filter((one) => one.level === level && level !== 'COMPATIBLE');
  return [...new Set(those.map(({ code }) => code))].sort().join(' ') || '-';
}

/** Whether the release has what is asked for: of what it has not, the guard says so itself. @param {Record<string, any>} offered @param {string} method @param {any} params */
function isOffered(offered, method, params) {
  if (method === 'tools/call') return offered['tools'].some((/** @type {any} */ { name }) => name === params.name);
  if (method !== 'prompts/get' && method !== 'completion/complete') return true;
  const name = params.ref?.name ?? params.name;
  return offered['prompts'].some((/** @type {any} */ prompt) => prompt.name === name);
}

/**
 * Compares the releases of one server.
 *
 * @param {string} cache @param {readonly import('./releases.mjs').Pair[]} pairs
 * @returns {Promise<number>} how much differs
 */
export async function compareReleases(cache, pairs) {
  const [first] = pairs;
  if (first === undefined) return 0;
  const ledger = await LedgerFolder.make();
  try {
    const releases = new Releases(cache, ledger, first.server);
    const connections = await releases.open(first.from);
    await releases.compare(first.from, connections);
    await close(connections);
    for (const pair of pairs) await releases.upgrade(pair);
    return releases.differences;
  } finally {
    ledger.remove();
  }
}
