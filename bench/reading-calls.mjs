// Every reading call of a ledger, by name. As a program, `node bench/reading-calls.mjs GITDIR MODULE NAME` makes one of them in a process of
// its own, twice, and prints how long each took and the most memory that the process held.
import { fileURLToPath } from 'node:url';
import { openLedger } from 'git-lineage';
import { peakMegabytes } from './memory-held.mjs';
import { seconds } from './statistics.mjs';

/** @typedef {import('git-lineage').Ledger} Ledger */
/** @typedef {{ ledger: Ledger, moduleId: string, version: number, parentVer: number }} Asked the active version and its parent */

/** @param {AsyncIterable<unknown>} entries */
async function counted(entries) {
  let count = 0;
  for await (const _ of entries) count += 1;
  return count;
}

/** @type {Readonly<Record<string, (asked: Asked) => Promise<unknown>>>} */
export const READING_CALLS = {
  position: ({ ledger }) => ledger.journal.position(),
  root: ({ ledger }) => ledger.journal.root(),
  replication: ({ ledger }) => ledger.replicas.status(),
  policy: ({ ledger }) => ledger.policy.get(),
  modules: ({ ledger }) => ledger.versions.modules(),
  stats: ({ ledger }) => ledger.stats(),
  pendingApprovals: ({ ledger }) => ledger.pendingApprovals(),
  latestCheckpoint: ({ ledger, moduleId }) => ledger.latestCheckpoint(moduleId),
  getVersion: ({ ledger, moduleId, version }) => ledger.versions.get(moduleId, version),
  statusOf: ({ ledger, moduleId, version }) => ledger.versions.status(moduleId, version),
  summary: ({ ledger, moduleId }) => ledger.versions.summary(moduleId),
  getLineage: ({ ledger, moduleId }) => ledger.getLineage(moduleId),
  'getLineage, full': ({ ledger, moduleId }) => ledger.getLineage(moduleId, { full: true }),
  versions: ({ ledger, moduleId }) => ledger.versions.list(moduleId),
  'versions, reverted': ({ ledger, moduleId }) => ledger.versions.list(moduleId, { reverted: true }),
  rollbackTarget: ({ ledger, moduleId }) => ledger.rollbackTarget(moduleId, 'MANUAL'),
  'rollbackTarget, no tag': ({ ledger, moduleId }) => ledger.rollbackTarget(moduleId, 'MANUAL', { tagFilter: null }),
  'rollbackTarget, none': ({ ledger, moduleId }) => ledger.rollbackTarget(moduleId, 'MANUAL', { tagFilter: 'no-such' }),
  explainRollback: ({ ledger, moduleId }) => ledger.live.explainRollback(moduleId),
  'explainRollback, none': ({ ledger, moduleId }) => ledger.live.explainRollback(moduleId, { tagFilter: 'no-such' }),
  gate: ({ ledger, moduleId, version, parentVer }) => ledger.gate(moduleId, parentVer, version),
  reports: ({ ledger, moduleId }) => ledger.reports.list(moduleId),
  'reports, one pair': ({ ledger, moduleId, version, parentVer }) => ledger.reports.list(moduleId, parentVer, version),
  readFiles: ({ ledger, moduleId }) => ledger.readFiles(moduleId),
  measure: ({ ledger, moduleId, version, parentVer }) => ledger.reports.preview(moduleId, parentVer, version),
  diff: ({ ledger, moduleId, version, parentVer }) => ledger.versions.diff(moduleId, parentVer, version),
  proof: ({ ledger, moduleId, version }) => ledger.versions.proof(moduleId, version),
  'history, 10': ({ ledger }) => counted(ledger.history({ limit: 10 })),
  'history, 10 of a module': ({ ledger, moduleId }) => counted(ledger.history({ moduleId, limit: 10 })),
  'history, all': ({ ledger }) => counted(ledger.history()),
  'at, first entry': ({ ledger }) => ledger.journal.at({ seq: 1 }),
  'at, last entry': async ({ ledger }) => ledger.journal.at({ seq: (await ledger.journal.position()).seq }),
  'at, now': ({ ledger }) => ledger.journal.at({ time: Math.ceil(Date.now() / 1000) }),
  doctor: ({ ledger }) => ledger.journal.doctor(),
  audit: ({ ledger }) => ledger.audit(),
};

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const [, , gitdir = '', moduleId = '', name = ''] = process.argv;
  const call = READING_CALLS[name];
  if (call === undefined) throw new Error(`${name}: expected ${Object.keys(READING_CALLS).join(', ')}`);
  const ledger = await openLedger({ gitdir });
  const opened = await seconds(() => ledger.journal.position());
  const { version = 1, parentVer = null } = (await ledger.latestCheckpoint(moduleId)) ?? {};
  const asked = { ledger, moduleId, version, parentVer: parentVer ?? 0 };
  const first = await seconds(() => call(asked));
  const second = await seconds(() => call(asked));
  await ledger.close();
  console.log(JSON.stringify({ opened, first, second, peak: peakMegabytes() }));
}
