/** The ledger against a model in plain arrays: random commands, and after each of them the same answers to every question. */

import fc from 'fast-check';
import { memfs } from 'memfs';
import { expect, test } from 'vitest';
import { ephemeralSigner } from '../../src/api/testing.js';
import { initLedger, isLedgerError, type Ledger, openLedger } from '../../src/index.js';
import {
  type Answer,
  type Answers,
  type Finder,
  LedgerModel,
  type Level,
  type ModuleAnswers,
  type Standing,
  type VersionWish,
} from './ledger-model.js';
import { runs } from './seed.js';

const MODULES = ['planner', '@acme/sink'];
const WINDOW = 3;

interface Real {
  readonly ledger: Ledger;
}

/** Where a module stands, in what the model knows of it. */
async function standingOf(ledger: Ledger, module: string): Promise<Standing> {
  const { activation, semver, ...standing } = await ledger.versions.summary(module);
  expect({ active: activation?.toVer ?? null, semver }).toEqual({ active: standing.active, semver: null });
  return standing;
}

async function moduleAnswers(ledger: Ledger, model: LedgerModel, module: string): Promise<ModuleAnswers> {
  const numbers = (list: readonly { version: number }[]) => list.map((v) => v.version);
  const versions: string[] = [];
  for (const v of await ledger.versions.list(module)) {
    versions.push(`${v.version} < ${v.parentVer}: ${await ledger.versions.status(module, v.version)} [${[...v.tags]}]`);
  }
  const gates: string[] = [];
  for (const [from, to] of model.pairsOf(module)) {
    const { allow, level } = await ledger.gate(module, from, to);
    gates.push(`${from}-${to}: ${allow} ${level}`);
  }
  return {
    latest: (await ledger.latestCheckpoint(module))?.version ?? null,
    standing: versions.length === 0 ? null : await standingOf(ledger, module),
    lineage: numbers(await ledger.getLineage(module)),
    full: numbers(await ledger.getLineage(module, { full: true })),
    stableTarget: (await ledger.rollbackTarget(module, 'MANUAL'))?.version ?? null,
    anyTarget: (await ledger.rollbackTarget(module, 'MANUAL', { tagFilter: null }))?.version ?? null,
    versions,
    gates,
    reports: (await ledger.reports.list(module)).length,
  };
}

/** Everything that `LedgerModel.answers` says, asked of the ledger. */
async function answersOf(ledger: Ledger, model: LedgerModel): Promise<Answers> {
  const byModule: Record<string, ModuleAnswers> = {};
  for (const module of MODULES) byModule[module] = await moduleAnswers(ledger, model, module);
  const pending = await ledger.pendingApprovals();
  return {
    modules: await ledger.versions.modules(),
    stats: await ledger.stats(),
    pending: pending.map((r) => `${r.moduleId} ${r.fromVer ?? '-'} ${r.toVer}`).sort(),
    byModule,
  };
}

async function answerOf(call: () => Promise<unknown>): Promise<Answer> {
  try {
    const value = await call();
    return typeof value === 'string' ? `ok ${value}` : 'ok';
  } catch (error) {
    if (isLedgerError(error)) return error.code;
    throw error;
  }
}

/** What a command does once it is known what the ledger holds: its name, and the same call of both. */
interface Call {
  readonly name: string;
  readonly expected: () => Answer;
  readonly actual: (ledger: Ledger) => Promise<unknown>;
}

/** One call, made of the model and of the ledger: both end the same, and then answer the same. */
class CallBoth implements fc.AsyncCommand<LedgerModel, Real> {
  private readonly plan: (model: LedgerModel) => Call;
  private made = 'not made';

  constructor(plan: (model: LedgerModel) => Call) {
    this.plan = plan;
  }

  check(): boolean {
    return true;
  }

  async run(model: LedgerModel, { ledger }: Real): Promise<void> {
    const call = this.plan(model);
    this.made = call.name;
    const { seq } = await ledger.journal.position();
    const expected = call.expected();
    const actual = await answerOf(() => call.actual(ledger));
    expect({ call: call.name, answer: actual }).toEqual({ call: call.name, answer: expected });
    if (!expected.startsWith('ok')) expect((await ledger.journal.position()).seq).toBe(seq);
    expect(await answersOf(ledger, model)).toEqual(model.answers());
  }

  toString(): string {
    return this.made;
  }
}

type Pair = readonly [from: number | null, to: number];

/** The nth of a list, or what else is given where the list is empty or `n` is null. */
function nth<T>(list: readonly T[], n: number | null, otherwise: T): T {
  return n === null ? otherwise : (list[n % Math.max(list.length, 1)] ?? otherwise);
}

const module = fc.constantFrom('planner', 'planner', 'planner', '@acme/sink');
const anyNumber = fc.integer({ min: 1, max: 7 });
const anyParent = fc.option(fc.integer({ min: 1, max: 6 }), { nil: null, freq: 4 });
/** Mostly one of those there are, sometimes any at all. */
const pick = fc.option(fc.nat({ max: 99 }), { nil: null, freq: 6 });
const tag = fc.constantFrom('stable', 'stable', 'reverted', 'golden');
const level = fc.constantFrom<Level>('BREAKING', 'BREAKING', 'COMPATIBLE', 'MINOR_CHANGE', 'UNKNOWN');

const onVersion = fc.record({ id: module, n: pick, any: anyNumber }).map(({ id, n, any }) => (model: LedgerModel) => ({
  id,
  v: nth(model.numbersOf(id), n, any),
}));

/** A pair: of a version and where it comes from, of the next version to come, or any. */
const onPair = fc.record({ id: module, n: pick, any: fc.tuple(anyParent, anyNumber) }).map(({ id, n, any }) => {
  return (model: LedgerModel) => {
    const next: Pair = [model.activeOf(id), model.highest(id) + 1];
    return { id, pair: nth<Pair>([...model.pairsOf(id), next], n, any) };
  };
});

/** Mostly the next version from the active one, sometimes any number from any parent. */
const wish: fc.Arbitrary<VersionWish> = fc.oneof(
  { weight: 3, arbitrary: fc.record({ module, checksum: fc.constantFrom('x', 'y') }) },
  {
    weight: 2,
    arbitrary: fc.record(
      { module, checksum: fc.constantFrom('x', 'y'), version: anyNumber, parent: anyParent },
      { requiredKeys: ['module', 'checksum'] },
    ),
  },
);

const given = ({ module: moduleId, version, parent, checksum }: VersionWish) => ({
  moduleId,
  version,
  parentVer: parent,
  checksum,
});

const record = wish.map(
  (w) =>
    (model: LedgerModel): Call => ({
      name: `record ${JSON.stringify(w)}`,
      expected: () => model.record(w),
      actual: (ledger) => ledger.recordCheckpoint(given(w)),
    }),
);

const stage = wish.map(
  (w) =>
    (model: LedgerModel): Call => ({
      name: `stage ${JSON.stringify(w)}`,
      expected: () => model.stage(w),
      actual: (ledger) => ledger.stage(given(w)),
    }),
);

const activate = onVersion.map((on) => (model: LedgerModel): Call => {
  const { id, v } = on(model);
  return {
    name: `activate ${id} ${v}`,
    expected: () => model.activate(id, v),
    actual: (ledger) => ledger.activate(id, v),
  };
});

const tagging = fc.tuple(onVersion, tag, fc.boolean()).map(([on, label, add]) => (model: LedgerModel): Call => {
  const { id, v } = on(model);
  return {
    name: `${add ? 'tag' : 'untag'} ${id} ${v} ${label}`,
    expected: () => (add ? model.tag(id, v, label) : model.untag(id, v, label)),
    actual: (ledger) => (add ? ledger.tag(id, v, label) : ledger.untag(id, v, label)),
  };
});

const finder = fc.oneof(
  fc.constantFrom<Finder>('hand', 'assessor', 'assessor'),
  level.map((measured): Finder => ({ measured })),
);

/** A report as a finder would make it. */
function reportBy(by: Finder): { readonly assessor?: string; readonly measuredLevel?: Level } {
  if (by === 'hand') return {};
  return by === 'assessor' ? { assessor: 'engine 1' } : { assessor: 'engine 1', measuredLevel: by.measured };
}

const assess = fc.tuple(onPair, level, finder).map(([on, said, by]) => (model: LedgerModel): Call => {
  const {
    id,
    pair: [from, to],
  } = on(model);
  return {
    name: `assess ${id} ${from} ${to} ${said} ${JSON.stringify(by)}`,
    expected: () => model.assess(id, from, to, said, by),
    actual: (ledger) =>
      ledger.assessCompatibility({ moduleId: id, fromVer: from, toVer: to, level: said, ...reportBy(by) }),
  };
});

const approve = onPair.map((on) => (model: LedgerModel): Call => {
  const {
    id,
    pair: [from, to],
  } = on(model);
  return {
    name: `approve ${id} ${from} ${to}`,
    expected: () => model.approve(id, from, to),
    actual: (ledger) => ledger.approve(id, from, to),
  };
});

const withdraw = fc.record({ id: module, n: pick, any: fc.tuple(anyParent, anyNumber) }).map(({ id, n, any }) => {
  return (model: LedgerModel): Call => {
    const [from, to] = nth<Pair>(model.approvedOf(id), n, any);
    return {
      name: `withdraw ${id} ${from} ${to}`,
      expected: () => model.withdraw(id, from, to),
      actual: (ledger) => ledger.withdraw(id, from, to),
    };
  };
});

const rollback = fc.tuple(module, fc.constantFrom('stable' as const, null)).map(([id, tagFilter]) => {
  return (model: LedgerModel): Call => ({
    name: `rollback ${id} ${tagFilter}`,
    expected: () => model.rollback(id, tagFilter),
    actual: (ledger) => ledger.rollback(id, 'HEALTH_FAILURE', { tagFilter }),
  });
});

const setPolicy = fc.record({ requireApproval: fc.boolean(), approveUnknown: fc.boolean() }).map(
  (settings) =>
    (model: LedgerModel): Call => ({
      name: `setPolicy ${JSON.stringify(settings)}`,
      expected: () => {
        Object.assign(model, settings);
        return 'ok';
      },
      actual: (ledger) => ledger.policy.set({ settings }),
    }),
);

const commands = [
  ...[record, record, record, stage, stage, activate, activate, tagging, tagging],
  ...[assess, assess, approve, withdraw, rollback, setPolicy],
].map((arbitrary) => arbitrary.map((plan) => new CallBoth(plan)));

test('random commands: the ledger answers as the model does, and a fresh instance as the old one', async () => {
  const signer = await ephemeralSigner('owner@example.org');
  await fc.assert(
    fc.asyncProperty(fc.boolean(), fc.commands(commands, { maxCommands: 60, size: 'max' }), async (strict, list) => {
      const place = { gitdir: '/ledger.git', fs: memfs().fs, signer };
      const ledger = await initLedger({ ...place, config: { maxCheckpoints: WINDOW, requireApproval: strict } });
      const model = new LedgerModel(MODULES, WINDOW);
      model.requireApproval = strict;
      await fc.asyncModelRun(() => ({ model, real: { ledger } }), list);
      const again = await openLedger(place);
      expect(await answersOf(again, model)).toEqual(model.answers());
      expect(await again.journal.position()).toEqual(await ledger.journal.position());
      expect((await again.journal.doctor()).findings).toEqual([]);
      const { outcome, steps, pin } = await again.audit();
      expect(steps.flatMap(({ name, problems }) => problems.map((p) => `${name}: ${p.message}`))).toEqual([]);
      expect([outcome, pin?.seq]).toEqual(['passed', (await again.journal.position()).seq]);
      // Whoever takes the first half on the word of that pin comes to the same end.
      const since = Math.floor((pin?.seq ?? 0) / 2);
      expect((await again.audit({ pin: pin ?? undefined, since })).outcome).toBe('passed');
    }),
    runs(60),
  );
});
