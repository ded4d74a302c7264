/** What `push`, `pull` and `sync` have in common: which remote, and how the answer reads. */

import { resolve } from 'node:path';
import type { Ledger, ReplicationResult } from '../library.js';
import type { Block } from '../terminal/render.js';
import type { Answer, ArgumentSpec, Context } from '../verb.js';
import { withLedger } from '../with-ledger.js';

export const REMOTE_ARGUMENT: ArgumentSpec = {
  name: '[REMOTE]',
  description: 'a URL, a path beginning with / or ., or a remote of the repository (default: the one set by remote)',
};

/** A path from where the user is; anything else as it was given. */
function remoteOf({ io, given }: Context): string | undefined {
  const text = given.text('REMOTE');
  return text !== undefined && /^\.\.?(\/|$)/.test(text) ? resolve(io.cwd, text) : text;
}

function entries(count: number): string {
  return count === 1 ? '1 entry' : `${count} entries`;
}

function blocks({ remote, adopted, pushed, behind, ahead, position }: ReplicationResult): Block[] {
  const lines: Block[] = [];
  if (adopted > 0) lines.push({ line: `adopted ${entries(adopted)} from ${remote}`, tone: 'good' });
  if (pushed > 0) lines.push({ line: `pushed ${entries(pushed)} to ${remote}`, tone: 'good' });
  if (behind > 0) lines.push({ line: `${remote} has ${entries(behind)} more: git-lineage pull`, tone: 'warn' });
  if (ahead > 0) lines.push({ line: `${remote} lacks ${entries(ahead)}: git-lineage push`, tone: 'warn' });
  if (lines.length === 0) lines.push({ line: `${remote} has the same journal` });
  return [...lines, { line: `journal ${position.seq} ${position.oid}`, tone: 'faint' }];
}

/** Runs one of the three on the ledger that the command line names. */
export function replicate(
  context: Context,
  exchange: (ledger: Ledger, remote: string | undefined) => Promise<ReplicationResult>,
): Promise<Answer> {
  return withLedger(context, 'read', async ({ ledger, notices }) => {
    const { position, ...result } = await exchange(ledger, remoteOf(context));
    const warnings = notices.flatMap((n) => (n.type === 'warning' ? [n.message] : []));
    return { json: { ...result, journal: position }, blocks: blocks({ position, ...result }), warnings };
  });
}
