/**
 * Real tool servers, several releases of each, with `git-lineage mcp guard` before them and without, driven by the client of the protocol's
 * SDK. They are fetched from the registry, into a folder of their own.
 *
 *     npm run --silent build && node test/mcp/servers.mjs [--server NAME] [--calls N]
 *
 * Of each release: what it offers and answers through the guard is what it offers and answers without. Of each upgrade: what the assessor says
 * is what `fixtures/mcp/server-releases.tsv` says, whose rows somebody judged by reading both lists; what differs is refused before it is
 * allowed, and passes after. At the end, what the guard adds to a call at the median of N (500), of the newest release of each.
 *
 * Exits 1 where anything differs.
 */

import { parseArgs } from 'node:util';
import { compareReleases } from './servers/compare-releases.mjs';
import { printLatency } from './servers/latency.mjs';
import { CACHE, installServers, readPairs } from './servers/releases.mjs';

async function main() {
  const { values } = parseArgs({
    options: {
      server: { type: 'string', multiple: true },
      cache: { type: 'string', default: CACHE },
      calls: { type: 'string', default: '500' },
    },
  });
  const pairs = readPairs().filter(({ server }) => values.server?.includes(server) ?? true);
  const servers = [...new Set(pairs.map(({ server }) => server))];
  if (servers.length === 0) throw new Error(`no row of the table is about ${values.server?.join(', ')}`);
  installServers(values.cache);
  let differences = 0;
  for (const server of servers)
    differences += await compareReleases(
      values.cache,
      pairs.filter((pair) => pair.server === server),
    );
  for (const server of servers) {
    const newest = pairs.findLast((pair) => pair.server === server)?.to ?? '';
    await printLatency(values.cache, server, newest, Number(values.calls));
  }
  process.stdout.write(differences === 0 ? 'nothing differs\n' : `${differences} differences\n`);
  process.exitCode = differences === 0 ? 0 : 1;
}

await main();
