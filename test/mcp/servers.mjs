/**
 * Real tool servers, several releases of each, with `git-lineage mcp guard` before them and without, driven by the client of the protocol's
 * SDK. They are fetched from the registry, into a folder of their own.
 *
 *     npm run --silent build && node test/mcp/servers.mjs [--server NAME] [--calls N]
 *     node test/mcp/servers.mjs --inspector
 *     node test/mcp/servers.mjs --conformance
 *
 * Of each release: what it offers and answers through the guard is what it offers and answers without. Of each upgrade: what the assessor says
 * is what `fixtures/mcp/server-releases.tsv` says, whose rows somebody judged by reading both lists; what differs is refused before it is
 * allowed, and passes after. At the end, what the guard adds to a call at the median of N (500), of the newest release of each.
 *
 * `--inspector` and `--conformance` run the protocol's own programs instead, on a server with a guard before it and without, and compare what
 * they find. They take a newer Node, which is fetched as well.
 *
 * Exits 1 where anything differs.
 */

import { parseArgs } from 'node:util';
import { compareReleases } from './servers/compare-releases.mjs';
import { compareConformance } from './servers/conformance.mjs';
import { compareInspected } from './servers/inspector.mjs';
import { printLatency } from './servers/latency.mjs';
import { CACHE, installServers, readPairs } from './servers/releases.mjs';

/** @param {string} cache @param {readonly string[] | undefined} names @param {number} calls @returns {Promise<number>} how much differs */
async function compareAll(cache, names, calls) {
  const pairs = readPairs().filter(({ server }) => names?.includes(server) ?? true);
  const servers = [...new Set(pairs.map(({ server }) => server))];
  if (servers.length === 0) throw new Error(`no row of the table is about ${names?.join(', ')}`);
  let differences = 0;
  for (const server of servers) {
    const own = pairs.filter((pair) => pair.server === server);
    differences += await compareReleases(cache, own);
  }
  for (const server of servers) {
    const newest = pairs.findLast((pair) => pair.server === server)?.to ?? '';
    await printLatency(cache, server, newest, calls);
  }
  return differences;
}

async function main() {
  const { values } = parseArgs({
    options: {
      server: { type: 'string', multiple: true },
      cache: { type: 'string', default: CACHE },
      calls: { type: 'string', default: '500' },
      inspector: { type: 'boolean', default: false },
      conformance: { type: 'boolean', default: false },
    },
  });
  installServers(values.cache);
  let differences = 0;
  if (values.inspector) differences += await compareInspected(values.cache);
  if (values.conformance) differences += await compareConformance();
  if (!values.inspector && !values.conformance)
    differences += await compareAll(values.cache, values.server, Number(values.calls));
  process.stdout.write(differences === 0 ? 'nothing differs\n' : `${differences} differences\n`);
  process.exitCode = differences === 0 ? 0 : 1;
}

await main();
