// Timings as ratios against a peer in the same run. `npm run bench -- --rounds 5 --versions 100`
// One part alone: `npm run bench -- --only assess`, `--only ledger`, or `--only audit --audited 10000` (with `--full`, git
// verifies every signature and not a sample: that takes many minutes).
import { parseArgs } from 'node:util';

const { values } = parseArgs({
  options: {
    audited: { type: 'string', default: '10000' },
    full: { type: 'boolean', default: false },
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
if (wants('audit')) {
  const { benchAudit } = await import('./audit.mjs');
  await benchAudit({ rounds, versions: Number(values.audited), full: values.full });
}
