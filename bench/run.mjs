// Timings as ratios against a peer in the same run. `npm run bench -- --rounds 5 --versions 100`
// One part alone: `npm run bench -- --only assess`, or `--only ledger`.
import { parseArgs } from 'node:util';

const { values } = parseArgs({
  options: {
    only: { type: 'string' },
    rounds: { type: 'string', default: '5' },
    versions: { type: 'string', default: '100' },
  },
});
const rounds = Number(values.rounds);
const wants = (/** @type {string} */ part) => values.only === undefined || values.only === part;

if (wants('ledger')) {
  const { benchLedger } = await import('./ledger.mjs');
  await benchLedger({ rounds, versions: Number(values.versions) });
}
if (wants('assess')) {
  const { benchAssess } = await import('./assess.mjs');
  await benchAssess({ rounds });
}
