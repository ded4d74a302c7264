/** `log MODULE`: the lineage, oldest first. */

import type { Ledger, ModuleStatus, VersionCheckpoint } from '../index.js';
import { checkpointJson } from './json.js';
import { requireModule } from './require-module.js';
import { checksumCell, isoTime, statusCell, tagsText } from './show-version.js';
import type { Verb } from './verb.js';
import { withLedger } from './with-ledger.js';

/** The status of each version in the active lineage: the last is the active one, and only its tags can say more of another. */
function lineageStatus(lineage: readonly VersionCheckpoint[]): ModuleStatus[] {
  return lineage.map(({ tags }, i) => {
    if (i === lineage.length - 1) return 'ACTIVE';
    return tags.has('reverted') ? 'REVERTED' : 'ARCHIVED';
  });
}

async function statuses(ledger: Ledger, versions: readonly VersionCheckpoint[]): Promise<ModuleStatus[]> {
  return Promise.all(versions.map(({ moduleId, version }) => ledger.statusOf(moduleId, version)));
}

export const log: Verb = {
  name: 'log',
  group: 'Versions:',
  summary: "Show a module's lineage, oldest first",
  arguments: [{ name: '<MODULE>', description: 'the module' }],
  options: [
    { flags: '--full', description: 'the whole active lineage, not only the newest maxCheckpoints' },
    { flags: '--all', description: 'every version, staged and reverted ones too' },
  ],
  example: 'git-lineage log planner --full',
  run: (context) => {
    const moduleId = context.given.required('MODULE');
    const all = context.given.flag('all');
    return withLedger(context, 'read', async ({ ledger }) => {
      await requireModule(context, ledger, moduleId);
      const versions = all
        ? await ledger.versions(moduleId)
        : await ledger.getLineage(moduleId, { full: context.given.flag('full') });
      const status = all ? await statuses(ledger, versions) : lineageStatus(versions);
      const rows = versions.map((v, i) => [
        { text: String(v.version), tone: 'strong' as const },
        statusCell(status[i] ?? 'STAGED'),
        checksumCell(v.checksum),
        isoTime(v.timestamp),
        tagsText(v.tags),
      ]);
      return {
        json: versions.map(checkpointJson),
        blocks: [{ columns: ['VERSION', 'STATUS', 'CHECKSUM', 'TIME', 'TAGS'], rows }],
      };
    });
  },
};
