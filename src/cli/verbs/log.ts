/** `log MODULE`: the lineage, oldest first; with `--graph` every version as a tree, newest first. */

import type { Ledger, ModuleStatus, VersionCheckpoint } from '../library.js';
import { requireModule } from '../options/require-module.js';
import { checkpointJson } from '../terminal/json-answers.js';
import type { Cell, Table } from '../terminal/render.js';
import { checksumCell, statusCell, tagsText, timeCell } from '../terminal/show-version.js';
import { type GraphLine, graphLines } from '../terminal/version-graph.js';
import type { Verb } from '../verb.js';
import { withLedger } from '../with-ledger.js';

/** A version with what is shown beside it. */
interface Shown extends VersionCheckpoint {
  readonly status: ModuleStatus;
  /** Why it was rolled back, and by whom; null where that is not asked, empty where it was not. */
  readonly why: string | null;
}

/** The active lineage: its last version is the active one, and only its tags can say more of another. */
async function lineage(ledger: Ledger, moduleId: string, full: boolean): Promise<Shown[]> {
  const versions = await ledger.getLineage(moduleId, { full });
  return versions.map((version, i) => {
    const before = version.tags.has('reverted') ? 'REVERTED' : 'ARCHIVED';
    return { ...version, status: i === versions.length - 1 ? 'ACTIVE' : before, why: null };
  });
}

async function everyVersion(ledger: Ledger, moduleId: string): Promise<Shown[]> {
  const logged = await ledger.versions.log(moduleId, { limit: Number.MAX_SAFE_INTEGER });
  return logged.toReversed().map(({ version, status, rolledBack }) => {
    return { ...version, status, why: rolledBack === null ? '' : `${rolledBack.reason} by ${rolledBack.actor}` };
  });
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

/** `shown` is newest first where it is drawn as a graph. */
function tableOf(shown: readonly Shown[], all: boolean, graph: boolean): Table {
  const empty = 'no version is active: --all shows those that are staged';
  if (graph) return { columns: ['', ...COLUMNS, WHY], rows: graphLines(shown).map(graphRow) };
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
  paged: true,
  example: 'git-lineage log planner --graph',
  run: (context) => {
    const { given } = context;
    const moduleId = given.required('MODULE');
    const graph = given.flag('graph');
    const all = graph || given.flag('all');
    return withLedger(context, 'read', async ({ ledger }) => {
      await requireModule(context, ledger, moduleId);
      const shown = all ? await everyVersion(ledger, moduleId) : await lineage(ledger, moduleId, given.flag('full'));
      const listed = graph ? shown.toReversed() : shown;
      return { json: listed.map(checkpointJson), blocks: [tableOf(listed, all, graph)] };
    });
  },
};
