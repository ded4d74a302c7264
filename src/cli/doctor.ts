/** `doctor`: what a crash or a person left behind, and putting it right. */

import type { DoctorReport } from '../index.js';
import { EXIT } from './exit-codes.js';
import type { Block } from './render.js';
import type { Answer, Verb } from './verb.js';
import { withLedger, written } from './with-ledger.js';

function findingsJson({ findings, restored }: DoctorReport): { findings: object[]; restored: boolean } {
  return {
    findings: findings.map(({ kind, where, detail, mendable }) => ({ kind, where, detail, mendable })),
    restored,
  };
}

function findingsBlocks({ findings, restored }: DoctorReport): Block[] {
  if (findings.length === 0) return [{ line: 'nothing to mend', tone: 'good' }];
  const outcome = (mendable: boolean) => {
    if (!mendable) return { text: 'look at it yourself', tone: 'bad' as const };
    return restored ? { text: 'mended', tone: 'good' as const } : { text: 'doctor --restore', tone: 'warn' as const };
  };
  const rows = findings.map((f) => [f.kind, outcome(f.mendable), f.where, f.detail]);
  return [{ columns: ['FINDING', 'REMEDY', 'WHERE', 'WHAT'], rows }];
}

function answerOf(report: DoctorReport): Answer {
  const unmended = report.findings.some(({ mendable }) => !(mendable && report.restored));
  return {
    json: findingsJson(report),
    blocks: findingsBlocks(report),
    exitCode: unmended ? EXIT.no : EXIT.done,
  };
}

export const doctor: Verb = {
  name: 'doctor',
  group: 'The ledger:',
  summary: 'Look for what a crash or a person left behind; exit code 1 where something stays unmended',
  options: [{ flags: '--restore', description: 'mend what is safe to mend, and journal it' }],
  example: 'git-lineage doctor --restore',
  run: async (context) => {
    const found = await withLedger(context, 'read', ({ ledger }) => ledger.doctor());
    if (!context.given.flag('restore')) return answerOf(found);
    // Only refs are restored by an entry, and only an entry takes a key.
    const signs = found.findings.some((f) => f.kind === 'foreign-ref' && f.mendable);
    return withLedger(context, signs ? 'write' : 'read', async (opened) => {
      const answer = answerOf(await opened.ledger.doctor({ restore: true }));
      const { json, blocks } = await written(opened, answer.json as Record<string, unknown>, answer.blocks);
      return { ...answer, json, blocks };
    });
  },
};
