/** `history --at MOMENT`: what was active then, what it would have gone back to, and why it was allowed. */

import { invalidArgument, quoted } from '../complaint.js';
import type { Activation, LedgerMoment, ModuleMoment, Moment } from '../library.js';
import { requireModule } from '../options/require-module.js';
import { checkpointJson } from '../terminal/json-answers.js';
import { isoTime } from '../terminal/show-version.js';
import type { Answer, Context } from '../verb.js';
import { withLedger } from '../with-ledger.js';

/** A date, or a date and a time with its zone: without a zone, each reader would take it for another moment. */
const ISO = /^[0-9]{4}-[0-9]{2}-[0-9]{2}(T[0-9]{2}:[0-9]{2}(:[0-9]{2}(\.[0-9]+)?)?(Z|[+-][0-9]{2}:[0-9]{2}))?$/;

/** A number is an entry's, everything else a time. */
function momentOf(text: string): Moment {
  if (/^(0|[1-9][0-9]*)$/.test(text)) return { seq: Number(text) };
  const time = ISO.test(text) ? Date.parse(text) / 1000 : Number.NaN;
  if (Number.isFinite(time)) return { time };
  const expected = 'the number of an entry, or a time in ISO 8601 with its zone';
  throw invalidArgument(
    '--at',
    expected,
    quoted(text),
    'e.g. --at 17, --at 2026-11-01T12:00Z, --at 2026-11-01 (midnight UTC)',
  );
}

/** Why an activation was made, or allowed. */
export function whyActive({ type, reason, verdict, approvers }: Activation): string {
  if (type === 'rollback') return `rollback: ${reason}`;
  if (type === 'break-glass') return `past the gate: ${reason}`;
  const approved = approvers.length === 0 ? '' : `, approved by ${approvers.join(', ')}`;
  return `${verdict?.level ?? 'UNKNOWN'}${approved}`;
}

function row({ moduleId, active, stable, activation }: ModuleMoment): string[] {
  if (active === null || activation === null) return [moduleId, '-', '-', '-', '-', '-', '-'];
  const { actor, seq, timestamp } = activation;
  return [
    moduleId,
    String(active.version),
    stable === null ? '-' : String(stable.version),
    isoTime(timestamp),
    String(seq),
    actor,
    whyActive(activation),
  ];
}

function momentJson({ seq, oid, timestamp, modules }: LedgerMoment): unknown {
  return {
    seq,
    oid,
    timestamp,
    modules: modules.map(({ moduleId, active, stable, activation }) => ({
      moduleId,
      active: active === null ? null : checkpointJson(active),
      stable: stable === null ? null : checkpointJson(stable),
      activation,
    })),
  };
}

export function historyAt(context: Context, at: string): Promise<Answer> {
  const moment = momentOf(at);
  const only = context.given.text('MODULE');
  return withLedger(context, 'read', async ({ ledger }) => {
    const found = await ledger.journal.at(moment);
    const modules = found.modules.filter(({ moduleId }) => only === undefined || moduleId === only);
    if (only !== undefined && modules.length === 0) {
      await requireModule(context, ledger, only);
      const hint = `git-lineage history ${only} lists the entries about it`;
      const message = `there was no module ${quoted(only)} at entry ${found.seq}`;
      throw new context.library.LedgerError('NOT_FOUND', message, { kind: 'MODULE', what: only }, { hint });
    }
    return {
      json: momentJson({ ...found, modules }),
      blocks: [
        { line: `entry ${found.seq} of ${isoTime(found.timestamp)}`, tone: 'faint' },
        { columns: ['MODULE', 'ACTIVE', 'STABLE', 'SINCE', 'ENTRY', 'BY', 'WHY'], rows: modules.map(row) },
      ],
    };
  });
}
