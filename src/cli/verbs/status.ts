/** `status [MODULE]`: where every module stands, or one in full; with `--watch`, again whenever that changes. */

import { setTimeout as pause } from 'node:timers/promises';
import type { Ledger, ModuleSummary } from '../library.js';
import { requireModule } from '../options/require-module.js';
import { interrupted } from '../terminal/interrupted.js';
import { type Block, type Cell, jsonLine, renderBlocks, styleFor, type Table } from '../terminal/render.js';
import { timeCell } from '../terminal/show-version.js';
import { viewWarnings } from '../terminal/view-age.js';
import type { Answer, Context, Verb } from '../verb.js';
import { withLedger } from '../with-ledger.js';
import { whyActive } from './history-at.js';
import { moduleStatus } from './status-module.js';

function summaryJson(summary: ModuleSummary): ModuleSummary {
  const { moduleId, active, semver, activation, stable, highest, staged, pending } = summary;
  return { moduleId, active, semver, activation, stable, highest, staged, pending };
}

function row({ moduleId, active, semver, activation, stable, staged, pending }: ModuleSummary): (string | Cell)[] {
  return [
    { text: moduleId, tone: 'strong' },
    { text: String(active ?? '-'), tone: 'good' },
    semver ?? '-',
    activation === null ? '-' : timeCell(activation.timestamp),
    activation?.actor ?? '-',
    activation === null ? '-' : { text: whyActive(activation), tone: activation.type === 'activate' ? 'plain' : 'bad' },
    String(stable ?? '-'),
    staged.join(', ') || '-',
    { text: String(pending), tone: pending > 0 ? 'bad' : 'plain' },
  ];
}

const COLUMNS = ['MODULE', 'ACTIVE', 'SEMVER', 'SINCE', 'BY', 'WHY', 'ROLLBACK TARGET', 'STAGED', 'PENDING'];
const EMPTY = 'no modules yet: git-lineage record <MODULE> <PATH> makes a first version';

async function allModules(ledger: Ledger): Promise<Answer> {
  const modules: ModuleSummary[] = [];
  for (const moduleId of await ledger.versions.modules()) modules.push(await ledger.versions.summary(moduleId));
  const table: Table = { columns: COLUMNS, rows: modules.map(row), empty: EMPTY };
  return { json: modules.map(summaryJson), warnings: await viewWarnings(ledger), blocks: [table] };
}

/** How often a ledger that is watched is looked at, in milliseconds. */
const WATCH_MS = 500;

/** Moves the cursor home and clears what is below it. */
const CLEAR = '\u001b[H\u001b[J';

/** Prints an answer, and again whenever the journal has grown or, on a terminal, an age, until it is interrupted. */
async function watch({ io, given }: Context, ledger: Ledger, look: () => Promise<Answer>): Promise<Answer> {
  const style = { ...styleFor(io.stdout, io.env), header: given.flag('header') };
  const json = given.flag('json');
  const repaint = style.terminal && !json;
  const text = async (): Promise<string> => {
    const answer = await look();
    if (json) return jsonLine(answer.json);
    const warnings = (answer.warnings ?? []).map((line): Block => ({ line: `warning: ${line}`, tone: 'warn' }));
    return renderBlocks([...answer.blocks, ...warnings], style);
  };
  const ending = new AbortController();
  const signal = interrupted().finally(() => ending.abort());
  let shown = '';
  while (!ending.signal.aborted) {
    const next = repaint ? await text() : (await ledger.journal.position()).oid;
    if (next !== shown) io.stdout.write(repaint ? `${CLEAR}${next}` : await text());
    shown = next;
    await pause(WATCH_MS, undefined, { signal: ending.signal }).catch(() => undefined);
  }
  return { json: { ended: await signal }, blocks: [] };
}

export const status: Verb = {
  name: 'status',
  group: 'The ledger:',
  summary: 'Show where every module stands, or one in full',
  arguments: [
    { name: '[MODULE]', description: 'one module: what runs, where a rollback would lead, what waits and why' },
  ],
  options: [
    { flags: '--watch', description: 'show it again whenever it changes, until interrupted', conflicts: ['format'] },
  ],
  example: 'git-lineage status',
  run: (context) =>
    withLedger(context, 'read', async ({ ledger }) => {
      const moduleId = context.given.text('MODULE');
      if (moduleId !== undefined) await requireModule(context, ledger, moduleId);
      const look = () =>
        moduleId === undefined ? allModules(ledger) : moduleStatus(ledger, moduleId, context.library);
      return context.given.flag('watch') ? watch(context, ledger, look) : look();
    }),
};
