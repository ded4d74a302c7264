/** `doctor`: what a crash or a person left behind, and putting it right. */

import { EXIT } from '../exit-codes.js';
import type { BrokenLock, DoctorOptions, DoctorProgress, DoctorReport, FindingKind } from '../library.js';
import type { ProgressLine } from '../terminal/progress-line.js';
import type { Block } from '../terminal/render.js';
import type { Answer, Verb } from '../verb.js';
import { withLedger, written } from '../with-ledger.js';

/** Only refs are restored by an entry, and only an entry takes a key. */
const JOURNALED: ReadonlySet<FindingKind> = new Set(['foreign-ref', 'journal', 'orphan-note']);

function reportJson({ findings, restored, good, brokenLock }: DoctorReport): Record<string, unknown> {
  return {
    findings: findings.map(({ kind, where, detail, mendable, remedy }) => ({ kind, where, detail, mendable, remedy })),
    restored,
    good: good === null ? null : { seq: good.seq, oid: good.oid },
    brokenLock,
  };
}

function lockLine({ where, bytes, ageSeconds }: BrokenLock): Block {
  return { line: `removed ${where}: ${bytes} bytes, ${Math.floor(ageSeconds)} s old`, tone: 'warn' };
}

function reportBlocks({ findings, restored, brokenLock }: DoctorReport): Block[] {
  const lock = brokenLock === null ? [] : [lockLine(brokenLock)];
  if (findings.length === 0) return [...lock, { line: 'nothing to mend', tone: 'good' }];
  const outcome = (mendable: boolean) => {
    if (!mendable) return { text: 'look at it yourself', tone: 'bad' as const };
    return restored ? { text: 'mended', tone: 'good' as const } : { text: 'doctor --restore', tone: 'warn' as const };
  };
  const rows = findings.map((f) => [f.kind, outcome(f.mendable), f.where, f.detail]);
  const remedies = findings
    .filter(({ mendable }) => !mendable)
    .map((f): Block => ({ line: `${f.where}: ${f.remedy}`, tone: 'faint' }));
  return [...lock, { columns: ['FINDING', 'REMEDY', 'WHERE', 'WHAT'], rows }, ...remedies];
}

function answerOf(report: DoctorReport): Answer {
  const unmended = report.findings.some(({ mendable }) => !(mendable && report.restored));
  return { json: reportJson(report), blocks: reportBlocks(report), exitCode: unmended ? EXIT.no : EXIT.done };
}

const STEPS: Readonly<Record<DoctorProgress['step'], string>> = {
  journal: 'verifying the journal',
  objects: 'reading objects',
  refs: 'comparing refs and notes',
};

/** Has the line on the terminal say how far a doctor is. */
function shown(progress: ProgressLine): DoctorOptions {
  return { onProgress: ({ step, done }) => progress.show(STEPS[step], done ?? undefined) };
}

export const doctor: Verb = {
  name: 'doctor',
  group: 'The ledger:',
  summary: 'Look for what a crash or a person left behind; exit code 1 where something stays unmended',
  options: [
    { flags: '--restore', description: 'mend what is safe to mend, and journal it' },
    { flags: '--break-lock <REF>', description: "remove git's lock on a ref or file, whose owner is known to be gone" },
  ],
  example: 'git-lineage doctor --restore',
  run: async (context) => {
    const breakLock = context.given.text('break-lock');
    const found = await withLedger(context, 'read', ({ ledger, progress }) =>
      ledger.journal.doctor({ breakLock, ...shown(progress) }),
    );
    if (!context.given.flag('restore')) return answerOf(found);
    const signs = found.findings.some((f) => JOURNALED.has(f.kind) && f.mendable);
    return withLedger(context, signs ? 'mend' : 'read', async (opened) => {
      const report = await opened.ledger.journal.doctor({ restore: true, ...shown(opened.progress) });
      const answer = answerOf({ ...report, brokenLock: found.brokenLock });
      // Where the journal is left as it was found, it has no position that could be told.
      if (report.findings.some((f) => f.kind === 'journal' && !f.mendable)) return answer;
      const { json, blocks } = await written(opened, answer.json as Record<string, unknown>, answer.blocks);
      return { ...answer, json, blocks };
    });
  },
};
