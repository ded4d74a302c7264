/** `why MODULE[@N]`: why a version was allowed to run, or why it would be refused. */

import type { JournalEntry, JudgedActivation, VersionProof } from '../library.js';
import { moduleReference } from '../options/arguments.js';
import { requireActive } from '../options/require-module.js';
import type { Block } from '../terminal/render.js';
import { isoTime, nameOf } from '../terminal/show-version.js';
import type { Verb } from '../verb.js';
import { withLedger } from '../with-ledger.js';

function versionText(version: number | null): string {
  return version === null ? 'no version' : `v${version}`;
}

/** One activation, in a sentence for each reason. */
export function activationLines(judged: JudgedActivation, entry: JournalEntry | undefined): Block[] {
  const { seq, fromVer, by, allow, level, reasons } = judged;
  const when = entry === undefined ? '' : `, ${isoTime(entry.timestamp)}, by ${entry.actor}`;
  const how = by === 'gate' ? `${allow ? 'allowed' : 'NOT ALLOWED'} by the gate` : 'past the gate (break-glass)';
  return [
    {
      line: `entry ${seq}${when}: ${how}, ${level}, in place of ${versionText(fromVer)}`,
      tone: by === 'gate' && allow ? 'good' : 'bad',
    },
    ...(reasons.length === 0
      ? [{ line: '  nothing spoke against it' }]
      : reasons.map(({ message }) => ({ line: `  ${message}` }))),
  ];
}

function reportLines({ reports }: VersionProof): Block[] {
  return reports.map((r) => {
    const what = r.withdraws !== null ? `withdraws #${r.withdraws}` : r.approvedBy === 'auto' ? 'found' : 'approved';
    return {
      line: `  report #${r.seq} on ${r.fromVer ?? '-'} -> ${r.toVer}: ${r.level} ${what}, signed by ${r.signedBy}`,
    };
  });
}

function notActive({ gate, status }: VersionProof): Block[] {
  const verdict = gate.allow ? 'the gate would let it pass' : 'the gate refuses it';
  const reasons = gate.reasons.map(({ message }) => ({ line: `  ${message}` }));
  return [
    { line: `it never was active (${status}); ${verdict}, ${gate.level}`, tone: gate.allow ? 'good' : 'bad' },
    ...reasons,
  ];
}

function rollbackLines({ entries, version }: VersionProof): Block[] {
  return entries.flatMap(({ seq, timestamp, actor, events }) =>
    events.flatMap((event) =>
      event.type !== 'rollback'
        ? []
        : [
            {
              line:
                event.fromVer === version.version
                  ? `entry ${seq}, ${isoTime(timestamp)}, by ${actor}: rolled back to v${event.toVer}, ${event.reason}`
                  : `entry ${seq}, ${isoTime(timestamp)}, by ${actor}: gone back to from v${event.fromVer}, ${event.reason}`,
              tone: 'warn' as const,
            },
          ],
    ),
  );
}

export const why: Verb = {
  name: 'why',
  group: 'Proof:',
  summary: 'Say why a version was allowed to run, or would be refused',
  arguments: [{ name: '<MODULE[@N]>', description: 'the version; the active one where no number is given' }],
  paged: true,
  example: 'git-lineage why planner@2',
  run: (context) => {
    const { moduleId, version } = moduleReference(context.given.required('MODULE[@N]'));
    return withLedger(context, 'read', async ({ ledger }) => {
      const number = version ?? (await requireActive(context, ledger, moduleId)).version;
      const proof = await ledger.versions.proof(moduleId, number);
      const { status, activations, gate, entries, reports } = proof;
      const entryOf = (seq: number) => entries.find((entry) => entry.seq === seq);
      const rollbacks = entries.flatMap(({ seq, events }) =>
        events.flatMap((e) =>
          e.type === 'rollback' ? [{ seq, fromVer: e.fromVer, toVer: e.toVer, reason: e.reason }] : [],
        ),
      );
      const history = activations.length > 0 || rollbacks.length > 0;
      return {
        json: {
          moduleId,
          version: number,
          status,
          activations: activations.map((a) => {
            const entry = entryOf(a.seq);
            return {
              ...a,
              oid: entry?.oid,
              timestamp: entry?.timestamp,
              actor: entry?.actor,
              fingerprint: entry?.fingerprint,
            };
          }),
          rollbacks,
          reports: reports.map(({ fromVer, seq, level, approvedBy, signedBy, fingerprint, withdraws, ref, oid }) => ({
            fromVer,
            seq,
            level,
            approvedBy,
            signedBy,
            fingerprint,
            withdraws,
            ref,
            oid,
          })),
          gate,
        },
        blocks: [
          { line: `${nameOf(proof.version)} ${status}`, tone: 'strong' },
          ...activations.flatMap((judged) => activationLines(judged, entryOf(judged.seq))),
          ...(history ? [] : notActive(proof)),
          ...rollbackLines(proof),
          ...reportLines(proof),
        ],
      };
    });
  },
};
