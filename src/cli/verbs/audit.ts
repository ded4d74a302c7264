/** `audit [COPY]`: proves the story of a ledger, or shows where it cannot be proven. */

import { rename, writeFile } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { ioComplaint } from '../complaint.js';
import { EXIT } from '../exit-codes.js';
import type { AuditReport, AuditStep, Pin } from '../library.js';
import { wholeNumber } from '../options/arguments.js';
import { findLedger, isLedgerFolder, namedLedger } from '../options/find-ledger.js';
import { readPin } from '../options/read-pin.js';
import { WITNESS_OPTIONS, witnessDemand, witnessedBlocks } from '../options/witness-demand.js';
import { progressLine } from '../terminal/progress-line.js';
import { REMEASURE_OPTIONS, remeasuredBlocks, remeasureGiven } from '../terminal/remeasuring.js';
import type { Block, Tone } from '../terminal/render.js';
import { isoTime } from '../terminal/show-version.js';
import type { Context, Verb } from '../verb.js';

/** The copy to audit: COPY, or the ledger that is named or around, or the plain clone that the current directory is. */
async function copyOf(context: Context): Promise<string> {
  const { io, given } = context;
  const named = given.text('COPY');
  if (named !== undefined) return resolve(io.cwd, named);
  const here = resolve(io.cwd);
  const clone = namedLedger(context) === undefined && (await isLedgerFolder(join(here, '.git')));
  return clone ? here : findLedger(context, 'read');
}

async function writePin({ library }: Context, file: string, pin: Pin): Promise<void> {
  const temporary = `${file}.${process.pid}.tmp`;
  try {
    await writeFile(temporary, library.formatPin(pin));
    await rename(temporary, file);
  } catch (error) {
    throw ioComplaint('write', file, error);
  }
}

function resultOf({ problems, checked }: AuditStep): { text: string; tone: Tone } {
  if (problems.length > 0) return { text: 'FAILED', tone: 'bad' };
  return checked === 0 ? { text: '-', tone: 'faint' } : { text: 'ok', tone: 'good' };
}

function problemBlocks({ name, problems, omitted }: AuditStep): Block[] {
  const rows = problems.map(({ message, seq, oid, ref }) => [
    { text: name, tone: 'bad' as const },
    seq === null ? '-' : `entry ${seq}`,
    { text: oid ?? '-', short: oid?.slice(0, 10) ?? '-' },
    ref ?? '-',
    message,
  ]);
  const more: Block[] = omitted === 0 ? [] : [{ line: `${name}: and ${omitted} more`, tone: 'bad' }];
  return [{ columns: ['STEP', 'ENTRY', 'OBJECT', 'REF', 'PROBLEM'], rows }, ...more];
}

const OUTCOME: Readonly<Record<AuditReport['outcome'], { text: string; tone: Tone }>> = {
  passed: { text: 'passed', tone: 'good' },
  failed: { text: 'FAILED: do not rely on this copy', tone: 'bad' },
  incomplete: { text: 'INCOMPLETE: nothing wrong was found in what is here, which is not all', tone: 'warn' },
};

function pinLines({ pin, trusted, steps }: AuditReport): Block[] {
  if (pin === null) return [];
  const differs = steps.some(({ name, problems }) => name === 'pin' && problems.length > 0);
  const compared = differs ? 'and the pin does not hold: see the step pin' : 'as was asked';
  const known = trusted ? compared : 'not compared with anything: ask its owner, or give --trust';
  const tone = trusted && !differs ? 'plain' : 'warn';
  return [
    { line: `the first entry ${pin.root} is signed by ${pin.trust}, ${known}`, tone },
    { line: `journal ${pin.seq} ${pin.oid}`, tone: 'faint' },
  ];
}

function blocksOf(report: AuditReport): Block[] {
  const { outcome, location, kind, steps, gaps, inFlight, tainted, redacted, timestamp, since } = report;
  const until = timestamp === null ? '' : `, up to ${isoTime(timestamp)}`;
  return [
    { line: `audit of the ${kind} ${location}${until}`, tone: 'strong' },
    ...(since === null ? [] : [{ line: `entries up to ${since} on the word of the pin`, tone: 'warn' as const }]),
    {
      columns: ['STEP', 'RESULT', 'CHECKED', 'CLAIM'],
      rows: steps.map((step) => [step.name, resultOf(step), `${step.checked} ${step.unit}`, step.claim]),
    },
    ...steps.flatMap(problemBlocks),
    ...(inFlight.length === 0
      ? []
      : [{ line: `a transaction is under way: the last entry has yet to move ${inFlight.join(', ')}` }]),
    {
      columns: ['MISSING', 'COMPLETE IT WITH'],
      rows: gaps.map(({ what, command }) => [{ text: what, tone: 'warn' as const }, command]),
    },
    {
      columns: ['TAINTED', 'ENTRY', 'SIGNED BY', 'WHAT'],
      rows: tainted.map(({ seq, oid, principal, what }) => [
        { text: 'tainted', tone: 'warn' as const },
        `${seq} ${oid.slice(0, 10)}`,
        principal,
        what,
      ]),
    },
    {
      columns: ['REDACTED', 'ENTRY', 'VERSION', 'SHA-256', 'WHY'],
      rows: redacted.map(({ gone, seq, moduleId, version, sha256, reason }) => [
        gone ? 'gone' : { text: 'still here', tone: 'warn' as const },
        String(seq),
        `${moduleId}@${version}`,
        { text: sha256, short: `${sha256.slice(0, 12)}…` },
        reason,
      ]),
    },
    ...pinLines(report),
    ...witnessedBlocks(report.witnessed),
    ...remeasuredBlocks(report.remeasured),
    { line: OUTCOME[outcome].text, tone: OUTCOME[outcome].tone },
  ];
}

export const audit: Verb = {
  name: 'audit',
  group: 'Proof:',
  summary: 'Prove the story of a ledger, mirror, clone or bundle; exit code 1 where it cannot be proven',
  arguments: [{ name: '[COPY]', description: 'a repository or a bundle file (default: the ledger)' }],
  options: [
    { flags: '--trust <FINGERPRINT>', description: 'the key that must have signed the first entry, SHA256:…' },
    { flags: '--pin <FILE>', description: 'what was seen last time; written after an audit that passed' },
    { flags: '--since <SEQ>', description: 'take entries up to this one on the word of the pin' },
    ...REMEASURE_OPTIONS,
    ...WITNESS_OPTIONS,
  ],
  example: 'git-lineage audit modules.git --pin modules.pin',
  run: async (context) => {
    const { io, given, library } = context;
    const path = await copyOf(context);
    const file = given.text('pin');
    const pinFile = file === undefined ? join(path, 'lineage', 'pin.json') : resolve(io.cwd, file);
    const pin = await readPin(context, pinFile);
    const since = given.text('since');
    const progress = progressLine(context);
    const report = await library
      .auditLedger({
        path,
        remember: true,
        trust: given.text('trust'),
        pin,
        witnesses: witnessDemand(given),
        remeasure: remeasureGiven(context),
        since: since === undefined ? undefined : wholeNumber(since, '--since'),
        onProgress: ({ step, done, total }) => progress.show(step, done, total),
      })
      .finally(progress.clear);
    if (file !== undefined && report.outcome === 'passed' && report.pin !== null)
      await writePin(context, pinFile, report.pin);
    return { json: report, blocks: blocksOf(report), exitCode: report.outcome === 'passed' ? EXIT.done : EXIT.no };
  },
};
