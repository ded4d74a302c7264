/** `status MODULE`: what runs, where a rollback would lead and why there, what is staged, and what waits for whom. */

import type {
  Activation,
  CompatibilityLevel,
  Ledger,
  RollbackExplanation,
  Verdict,
  VersionCheckpoint,
} from '../library.js';
import { checkpointJson, pendingJson } from '../terminal/json-answers.js';
import type { Block, Cell, Table } from '../terminal/render.js';
import { reportTable, returnBlocks, returnText } from '../terminal/show-level.js';
import { tagsText, timeCell } from '../terminal/show-version.js';
import { viewWarnings } from '../terminal/view-age.js';
import type { Answer, Library } from '../verb.js';
import { whyActive } from './history-at.js';

/** `v3 (1.4.0)`. */
function versionText({ version, metadata }: VersionCheckpoint): string {
  const semver = metadata['semver'];
  return semver === undefined ? `v${version}` : `v${version} (${semver})`;
}

function activeCell(active: VersionCheckpoint | null, activation: Activation | null): Cell {
  if (active === null) return { text: 'none: every version is staged', tone: 'warn' };
  const tags = active.tags.size === 0 ? '' : ` [${tagsText(active.tags)}]`;
  const what = `${versionText(active)}${tags}`;
  if (activation === null) return { text: what, tone: 'good' };
  const { actor, timestamp, fromVer } = activation;
  const from = activation.type === 'activate' || fromVer === null ? '' : `, from v${fromVer}`;
  const said = (time: string) => `${what}, since ${time} by ${actor}: ${whyActive(activation)}${from}`;
  const { text, short = text } = timeCell(timestamp);
  return { text: said(text), short: said(short), tone: 'good' };
}

function targetText({ target, skipped, passedOver }: RollbackExplanation): string {
  const all = Object.values(passedOver).reduce((sum, count) => sum + count, 0);
  const nearest = skipped[0];
  const passed = nearest === undefined ? '' : `; passed over v${nearest.version}: ${nearest.reason}`;
  const more = all > 1 ? `, and ${all - 1} more` : '';
  return `${target === null ? 'none' : versionText(target)}${passed}${more}`;
}

interface StagedVersion {
  readonly version: VersionCheckpoint;
  /** What the gate says of it as the successor of the active version. */
  readonly gate: Verdict;
  /** Of the way back from it. */
  readonly back: CompatibilityLevel | null;
}

function stagedRow({ version, gate, back }: StagedVersion): (string | Cell)[] {
  const made = version.parentVer === null ? '-' : `v${version.parentVer}`;
  return [
    { text: versionText(version), tone: 'strong' },
    made,
    gate.level,
    { text: gate.allow ? 'allowed' : 'refused', tone: gate.allow ? 'good' : 'bad' },
    [...gate.reasons.map(({ message }) => message), returnText(back, version.parentVer)].filter(Boolean).join('; '),
  ];
}

/** The versions shown of those that are staged; how many more there are is said. */
const MOST_STAGED = 20;

/** What going back from a version to the one that it was made from would change for callers; null where nobody measured it. */
async function returnLevel(
  ledger: Ledger,
  { moduleId, version, parentVer }: VersionCheckpoint,
  { returnLevelOf }: Pick<Library, 'returnLevelOf'>,
): Promise<CompatibilityLevel | null> {
  return parentVer === null ? null : returnLevelOf(await ledger.reports.list(moduleId, parentVer, version));
}

export async function moduleStatus(ledger: Ledger, moduleId: string, library: Library): Promise<Answer> {
  const summary = await ledger.versions.summary(moduleId);
  const { active, activation, staged: numbers } = summary;
  const version = active === null ? null : await ledger.versions.get(moduleId, active);
  const target = active === null ? null : await ledger.live.explainRollback(moduleId);
  const back = version === null ? null : await returnLevel(ledger, version, library);
  const staged: StagedVersion[] = [];
  for (const number of numbers.slice(-MOST_STAGED)) {
    const gate = await ledger.gate(moduleId, active, number);
    const found = await ledger.versions.get(moduleId, number);
    staged.push({ version: found, gate, back: await returnLevel(ledger, found, library) });
  }
  const pending = (await ledger.pendingApprovals()).filter((report) => report.moduleId === moduleId);
  const left = numbers.length - staged.length;
  const stagedTable: Table = {
    columns: ['STAGED', 'MADE FROM', 'LEVEL', 'GATE', 'WHY'],
    rows: staged.map(stagedRow),
    empty: 'nothing is staged',
  };
  const more: Block[] = left > 0 ? [{ line: `and ${left} staged before`, tone: 'faint' }] : [];
  return {
    json: {
      moduleId,
      active: version === null ? null : checkpointJson(version),
      activation,
      ...(back === null ? {} : { returnLevel: back }),
      target: target?.target == null ? null : checkpointJson(target.target),
      highest: summary.highest,
      staged: staged.map(({ version: found, gate, back: level }) => ({
        version: checkpointJson(found),
        gate,
        ...(level === null ? {} : { returnLevel: level }),
      })),
      omitted: left,
      pending: pending.map(pendingJson),
    },
    warnings: await viewWarnings(ledger),
    blocks: [
      {
        columns: ['FIELD', 'VALUE'],
        rows: [
          ['module', { text: moduleId, tone: 'strong' }],
          ['active', activeCell(version, activation)],
          ['rollback target', target === null ? 'none' : targetText(target)],
        ],
      },
      ...returnBlocks(back, version?.parentVer ?? null),
      stagedTable,
      ...more,
      reportTable(pending),
    ],
  };
}
