/** `assess MODULE FROM TO`: what changes between two versions, measured or found by somebody, as a signed report. */

import { invalidArgument, quoted } from '../complaint.js';
import type { Assessment, CompatibilityLevel } from '../library.js';
import { OPTIONAL_PAIR_ARGUMENTS, oneOf, type PairArguments, pairArguments, pairName } from '../options/arguments.js';
import { assessmentBlocks, assessmentJson, rationaleBlocks } from '../terminal/assessment-answer.js';
import type { Block } from '../terminal/render.js';
import { levelTone, returnBlocks } from '../terminal/show-level.js';
import type { Answer, Call, Context, Verb } from '../verb.js';
import { type Opened, withLedger, written } from '../with-ledger.js';
import { assessFiles } from './assess-folders.js';

const HINT = 'git-lineage assess --help shows which belong together';

function levelGiven({ given, library }: Context): CompatibilityLevel | undefined {
  const text = given.text('level');
  return text === undefined ? undefined : oneOf(Object.values(library.CompatibilityLevel), text, '--level');
}

/** Refuses options that have nothing to say together. */
function assertFitting({ given }: Call): void {
  const files = given.list('files').length > 0;
  const module = given.text('MODULE');
  if (files && module !== undefined) {
    throw invalidArgument('MODULE', 'either MODULE FROM TO or --files', `${quoted(module)} and --files`, HINT);
  }
  const missing = ['MODULE', 'FROM', 'TO'].find((name) => given.text(name) === undefined);
  if (!files && missing !== undefined) {
    throw invalidArgument(missing, 'MODULE FROM TO, or --files A B', 'none', HINT);
  }
  const storing = given.text('level') ?? given.text('rationale') ?? (given.flag('no-measure') ? '' : undefined);
  if ((files || given.flag('dry-run')) && storing !== undefined) {
    const what = files ? '--files' : '--dry-run';
    throw invalidArgument(what, 'no --level, --rationale or --no-measure: nothing is stored', 'both', HINT);
  }
  if (given.flag('no-measure') && given.text('level') === undefined) {
    throw invalidArgument('--no-measure', '--level, because nothing is measured', 'none', HINT);
  }
}

/** What is measured of a pair; null where that was not wanted, or (with a level) the versions are not in the ledger yet. */
async function measure(
  { given, library }: Context,
  { ledger, progress }: Opened,
  pair: PairArguments,
): Promise<Assessment | null> {
  const { moduleId, fromVer, toVer } = pair;
  if (given.flag('no-measure')) return null;
  progress.show(`assessing ${pairName(pair)}`);
  try {
    return await ledger.reports.preview(moduleId, fromVer, toVer);
  } catch (error) {
    if (given.text('level') === undefined || !library.isLedgerError(error, 'NOT_FOUND')) throw error;
    return null;
  }
}

/** Stores what was measured, or given, or both; answers with the level then in force. */
async function store(
  context: Context,
  { ledger }: Opened,
  pair: PairArguments,
  measured: Assessment | null,
): Promise<CompatibilityLevel> {
  const { moduleId, fromVer, toVer } = pair;
  const level = levelGiven(context);
  const rationale = context.given.text('rationale');
  if (measured === null && level !== undefined) return ledger.assessCompatibility({ ...pair, level, rationale });
  // The ledger measures again, and has the answer at hand.
  await ledger.assess(moduleId, fromVer, toVer, { level, rationale });
  return (await ledger.gate(moduleId, fromVer, toVer)).level;
}

/** What is true of the level of a pair: it is in force, or can only be once its versions are there. */
async function levelBlocks(
  { library }: Context,
  { ledger }: Opened,
  pair: PairArguments,
  level: CompatibilityLevel,
): Promise<Block[]> {
  const { moduleId, fromVer, toVer } = pair;
  const isMissing = async (version: number): Promise<boolean> =>
    ledger.versions.get(moduleId, version).then(
      () => false,
      (error: unknown) => {
        if (!library.isLedgerError(error, 'NOT_FOUND')) throw error;
        return true;
      },
    );
  const named = fromVer === null ? [toVer] : [fromVer, toVer];
  const missing: number[] = [];
  for (const version of named) if (await isMissing(version)) missing.push(version);
  const name = pairName(pair);
  if (missing.length === 0) return [{ line: `${level} is in force for ${name}`, tone: levelTone(level) }];
  const versions = missing.map((version) => `v${version}`).join(' and ');
  return [
    { line: `stored ${level} for ${name}`, tone: levelTone(level) },
    {
      line: `the ledger has no ${versions} of ${moduleId}: until it has, the gate refuses the pair; what was reported before can hold the swap up then, and never let it pass`,
      tone: 'warn',
    },
  ];
}

async function assessPair(context: Context): Promise<Answer> {
  const pair = pairArguments(context.given);
  context.library.assertModuleId(pair.moduleId);
  levelGiven(context);
  if (context.given.flag('dry-run')) {
    return withLedger(context, 'read', async ({ ledger, progress }) => {
      progress.show(`assessing ${pairName(pair)}`);
      const found = await ledger.reports.preview(pair.moduleId, pair.fromVer, pair.toVer);
      const json = { ...pair, level: found.level, measured: assessmentJson(found) };
      return { json, blocks: assessmentBlocks(found, `${pairName(pair)} (not stored)`) };
    });
  }
  return withLedger(context, 'write', async (opened) => {
    const measured = await measure(context, opened, pair);
    const level = await store(context, opened, pair, measured);
    const json = { ...pair, level, measured: measured === null ? null : assessmentJson(measured) };
    const given = levelGiven(context);
    const lowered = given !== undefined && given !== level;
    return written(opened, json, [
      ...(await levelBlocks(context, opened, pair, level)),
      ...returnBlocks(measured?.returnLevel, pair.fromVer),
      ...(measured === null || measured.level === level ? [] : [{ line: `measured ${measured.level}` }]),
      ...(lowered
        ? [{ line: `${given} was given: a level by hand can only raise; git-lineage approve lets the swap pass` }]
        : []),
      ...(measured === null ? [] : rationaleBlocks(measured)),
    ]);
  });
}

export const assess: Verb = {
  name: 'assess',
  group: 'Compatibility:',
  summary: 'Measure what changes between two versions, and store it as a signed report',
  arguments: OPTIONAL_PAIR_ARGUMENTS,
  options: [
    {
      flags: '--level <LEVEL>',
      description: 'COMPATIBLE, MINOR_CHANGE, BREAKING or UNKNOWN: raises what is measured, never lowers it',
      values: ['COMPATIBLE', 'MINOR_CHANGE', 'BREAKING', 'UNKNOWN'] satisfies CompatibilityLevel[],
    },
    { flags: '--rationale <TEXT>', description: 'why, before what was measured' },
    { flags: '--no-measure', description: 'store --level alone' },
    { flags: '--dry-run', description: 'measure and store nothing, which takes no key' },
    { flags: '--files <PATH...>', description: 'instead of a pair: compare two folders or npm tarballs, old and new' },
  ],
  example: 'git-lineage assess planner 2 3',
  runAlone: (call) => {
    assertFitting(call);
    const files = call.given.list('files');
    return files.length > 0 ? assessFiles(call, files) : null;
  },
  run: assessPair,
};
