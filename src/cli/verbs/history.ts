/** `history [MODULE]`: the journal, newest entry first; with `--at`, what it added up to then. */

import { quoted } from '../complaint.js';
import type { JournalEntry, Ledger, LedgerEvent } from '../library.js';
import { wholeNumber } from '../options/arguments.js';
import { unknownSigner } from '../options/find-signer.js';
import { requireModule } from '../options/require-module.js';
import { entryJson } from '../terminal/json-answers.js';
import { timeCell } from '../terminal/show-version.js';
import { viewWarnings } from '../terminal/view-age.js';
import type { Context, Verb } from '../verb.js';
import { withLedger } from '../with-ledger.js';
import { historyAt } from './history-at.js';

/** One event, in the words of the journal. */
export function eventText(event: LedgerEvent): string {
  switch (event.type) {
    case 'init':
      return 'init';
    case 'stage':
    case 'activate':
      return `${event.type} ${event.moduleId}@${event.version}`;
    case 'tag':
    case 'untag':
      return `${event.type} ${event.moduleId}@${event.version} ${event.tag}`;
    case 'report':
    case 'approve':
    case 'withdraw':
      return `${event.type} ${event.moduleId} ${event.fromVer ?? '-'} -> ${event.toVer} ${event.level}`;
    case 'break-glass':
      return `break-glass ${event.moduleId}@${event.toVer}: ${event.reason}`;
    case 'rollback':
      return `rollback ${event.moduleId} ${event.fromVer} -> ${event.toVer} ${event.reason}`;
    case 'policy':
      return 'policy';
    case 'upgrade':
      return `upgrade to format ${event.format}`;
    case 'clock':
      return `clock ${event.first}-${event.last}`;
    case 'redact':
      return `redact ${event.moduleId}@${event.version} ${event.oid}: ${event.reason}`;
    case 'countersigned':
      return 'countersigned';
    case 'restored':
      return `restored ${event.ref}`;
  }
}

const signedBy = (entry: JournalEntry, by: string): boolean => entry.actor === by || entry.fingerprint === by;

/** Throws `NOT_FOUND` where no entry is about `moduleId`: not even a report on what may come. */
async function assertModule(context: Context, ledger: Ledger, moduleId: string): Promise<void> {
  for await (const _ of ledger.history({ moduleId, limit: 1 })) return;
  await requireModule(context, ledger, moduleId);
}

/** Throws `NOT_FOUND` where neither the policy nor an entry knows `by`. `searched`: all entries were looked through already. */
async function assertSigner(ledger: Ledger, by: string, searched: boolean): Promise<void> {
  const { signers } = await ledger.policy.get();
  if (signers.some((s) => s.principal === by || s.publicKey.fingerprint === by)) return;
  if (!searched) for await (const entry of ledger.history()) if (signedBy(entry, by)) return;
  throw unknownSigner(by);
}

/** What is said where no entry is as it was asked for. Throws `NOT_FOUND` where that is because of a name that nobody knows. */
async function whyNone(context: Context, ledger: Ledger, most: number): Promise<string> {
  const [moduleId, by, since] = ['MODULE', 'by', 'since'].map((name) => context.given.text(name));
  if (moduleId !== undefined) await assertModule(context, ledger, moduleId);
  if (by !== undefined) await assertSigner(ledger, by, moduleId === undefined && since === undefined);
  if (most === 0) return 'no entry was asked for: --limit is 0';
  const about = moduleId === undefined ? '' : ` about ${quoted(moduleId)}`;
  const signed = by === undefined ? '' : ` signed by ${quoted(by)}`;
  const after = since === undefined ? '' : ` after ${since}`;
  return `no entry${about}${signed}${after}: the journal's last one is ${(await ledger.journal.position()).seq}`;
}

function optionalNumber(text: string | undefined, path: string): number | undefined {
  return text === undefined ? undefined : wholeNumber(text, path);
}

export const history: Verb = {
  name: 'history',
  group: 'The ledger:',
  summary: 'Show the journal, newest entry first, or what was active at an earlier moment',
  arguments: [{ name: '[MODULE]', description: 'only entries about this module' }],
  options: [
    { flags: '--by <SIGNER>', description: 'only entries signed by this principal, or by the key of this fingerprint' },
    { flags: '--limit <COUNT>', description: 'at most so many entries' },
    { flags: '--since <SEQ>', description: 'only entries after this number' },
    {
      flags: '--at <TIME|SEQ>',
      description: 'instead: what was active then, with the rollback target, who made it so and why',
      conflicts: ['by', 'limit', 'since'],
    },
  ],
  paged: true,
  example: 'git-lineage history planner --limit 10',
  run: async (context) => {
    const { given } = context;
    const at = given.text('at');
    if (at !== undefined) return historyAt(context, at);
    const limit = optionalNumber(given.text('limit'), '--limit');
    const since = optionalNumber(given.text('since'), '--since');
    return withLedger(context, 'read', async ({ ledger }) => {
      const entries: JournalEntry[] = [];
      const by = given.text('by');
      const most = limit ?? Number.POSITIVE_INFINITY;
      // Who signed is asked here, so the limit counts here too.
      const asked = { moduleId: given.text('MODULE'), since, limit: by === undefined ? limit : undefined };
      for await (const entry of ledger.history(asked)) {
        if (entries.length >= most) break;
        if (by === undefined || signedBy(entry, by)) entries.push(entry);
      }
      const empty = entries.length === 0 ? await whyNone(context, ledger, most) : undefined;
      const rows = entries.map(({ seq, oid, timestamp, actor, events }) => [
        { text: String(seq), tone: 'strong' as const },
        { text: oid, short: oid.slice(0, 10), tone: 'faint' as const },
        timeCell(timestamp),
        actor,
        events.map(eventText).join('; '),
      ]);
      return {
        json: entries.map(entryJson),
        warnings: await viewWarnings(ledger),
        blocks: [{ columns: ['SEQ', 'ENTRY', 'TIME', 'ACTOR', 'EVENTS'], rows, empty }],
      };
    });
  },
};
