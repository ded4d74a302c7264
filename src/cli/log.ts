/** `log MODULE`: the lineage, oldest first; with `--graph` every version as a tree, newest first. */

import type { Ledger, ModuleStatus, RollbackReason, VersionCheckpoint } from '../index.js';
import { checkpointJson } from './json.js';
import type { Cell, Table } from './render.js';
import { requireModule } from './require-module.js';
import { checksumCell, statusCell, tagsText, timeCell } from './show-version.js';
import type { Verb } from './verb.js';
import { type GraphLine, graphLines } from './version-graph.js';
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

/** Why each version was last rolled back, and by whom. */
async function rolledBack(ledger: Ledger, moduleId: string): Promise<ReadonlyMap<number, string>> {
  const why = new Map<number, string>();
  for await (const { actor, events } of ledger.history({ moduleId })) {
    for (const event of events.toReversed()) {
      if (event.type !== 'rollback' || event.moduleId !== moduleId || why.has(event.fromVer)) continue;
      const reason: RollbackReason = event.reason;
      why.set(event.fromVer, `${reason} by ${actor}`);
    }
  }
  return why;
}

/** A version with what is shown beside it. */
interface Shown extends VersionCheckpoint {
  readonly status: ModuleStatus;
  /** Why it was rolled back; null where that is not asked, empty where it was not. */
  readonly why: string | null;
}

function cells({ version, status, metadata, checksum, timestamp, tags, why }: Shown): (string | Cell)[] {
  const row = [
    { text: String(version), tone: 'strong' as const },
    statusCell(status),
    metadata['semver'] ?? '-',
    checksumCell(checksum),
    timeCell(timestamp),
    tagsText(tags),
  ];
  return why === null ? row : [...row, { text: why, tone: 'bad' }];
}

const COLUMNS = ['VERSION', 'STATUS', 'SEMVER', 'CHECKSUM', 'TIME', 'TAGS'];
const WHY = 'ROLLED BACK';

function graphRow({ rail, node }: GraphLine<Shown>): (string | Cell)[] {
  return node === null ? [{ text: rail, tone: 'faint' }] : [rail, ...cells(node)];
}

function tableOf(shown: readonly Shown[], all: boolean, graph: boolean): Table {
  const empty = 'no version is active: --all shows those that are staged';
  if (graph) return { columns: ['', ...COLUMNS, WHY], rows: graphLines(shown.toReversed()).map(graphRow) };
  return { columns: all ? [...COLUMNS, WHY] : COLUMNS, rows: shown.map(cells), empty };
}

export const log: Verb = {
  name: 'log',
  group: 'Versions:',
  summary: "Show a module's lineage, oldest first",
  arguments: [{ name: '<MODULE>', description: 'the module' }],
  options: [
    { flags: '--full', description: 'the whole active lineage, not only the newest maxCheckpoints' },
    { flags: '--all', description: 'every version, staged and reverted ones too, and why those were rolled back' },
    { flags: '--graph', description: 'the same as a tree, newest first' },
  ],
  example: 'git-lineage log planner --graph',
  run: (context) => {
    const { given } = context;
    const moduleId = given.required('MODULE');
    const graph = given.flag('graph');
    const all = graph || given.flag('all');
    return withLedger(context, 'read', async ({ ledger }) => {
      await requireModule(context, ledger, moduleId);
      const versions = all
        ? await ledger.versions(moduleId)
        : await ledger.getLineage(moduleId, { full: given.flag('full') });
      const status = all ? await statuses(ledger, versions) : lineageStatus(versions);
      const why = all ? await rolledBack(ledger, moduleId) : null;
      const shown = versions.map(
        (version, i): Shown => ({
          ...version,
          status: status[i] ?? 'STAGED',
          why: why === null ? null : (why.get(version.version) ?? ''),
        }),
      );
      const listed = graph ? versions.toReversed() : versions;
      return { json: listed.map(checkpointJson), blocks: [tableOf(shown, all, graph)] };
    });
  },
};
