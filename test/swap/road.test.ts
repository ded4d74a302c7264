/** The road of a swap: each phase, each step, each refusal. */

import { rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { ephemeralSigner, importLoader, initLedger, isLedgerError } from './live.mjs';
import { deferred, fixture, folder, liveScene, MODULE, plainLoader, says, scene } from './scene.js';

describe('a swap that goes well', () => {
  it('goes live, is recorded, and answers with all that it knows', async () => {
    const { swap, ledger, say, notices } = await liveScene();
    await ledger.assessCompatibility({
      moduleId: MODULE,
      fromVer: 1,
      toVer: 2,
      level: 'MINOR_CHANGE',
      rationale: 'a word more',
    });
    const result = await swap('two', { metadata: { build: '7' } });
    expect(result).toMatchObject({
      phase: 'COMMITTED',
      step: 'health',
      fromVer: 1,
      toVer: 2,
      level: 'MINOR_CHANGE',
      report: { level: 'MINOR_CHANGE', rationale: 'a word more' },
      checkpoint: { version: 2, parentVer: 1, metadata: { build: '7' } },
      rollbackReason: null,
      rollbackTarget: null,
      restored: null,
      stayed: null,
      error: null,
    });
    expect(result.durationMs).toBeGreaterThan(0);
    expect(say()).toBe('two');
    expect((await ledger.latestCheckpoint(MODULE))?.version).toBe(2);
    expect(await ledger.versions.status(MODULE, 1)).toBe('ARCHIVED');
    expect(notices.flatMap((n) => (n.type === 'step' ? n.step : n.type))).toEqual([
      ...['stage', 'gate', 'load', 'validate', 'commit', 'committed', 'health', 'healthy', 'promoted', 'drained'],
    ]);
  });

  it('swaps a first version in, without a warning', async () => {
    const { swap, told, say } = await scene();
    expect(await swap('one')).toMatchObject({ phase: 'COMMITTED', fromVer: null, toVer: 1, level: 'UNKNOWN' });
    expect(told()).toEqual(['committed', 'healthy', 'promoted']);
    expect(say()).toBe('one');
  });

  it('proceeds where nobody assessed the pair, with a warning', async () => {
    const { swap, notices } = await liveScene();
    expect(await swap('two')).toMatchObject({ phase: 'COMMITTED', level: 'UNKNOWN', report: null });
    const warnings = notices.filter((n) => n.type === 'warning');
    expect(warnings).toMatchObject([{ version: 2, code: 'NO_REPORT', message: expect.stringContaining('UNKNOWN') }]);
  });

  it('answers COMMITTED for a version that is active already, and loads nothing', async () => {
    const loader = plainLoader();
    const { swap } = await liveScene({ loader });
    expect(await swap('one', { version: 1 })).toMatchObject({ phase: 'COMMITTED', step: 'commit', toVer: 1 });
    expect(loader.loaded).toEqual([1]);
  });

  it('makes a healthy version stable where the policy says so, and only then', async () => {
    const { swap, ledger } = await liveScene({ policy: { promoteStable: false } });
    await swap('two');
    expect((await ledger.latestCheckpoint(MODULE))?.tags.has('stable')).toBe(false);
    await ledger.policy.set({ settings: { promoteStable: true } });
    await swap('three');
    expect((await ledger.latestCheckpoint(MODULE))?.tags.has('stable')).toBe(true);
  });

  it('is COMMITTED with a warning where the healthy version cannot be tagged', async () => {
    const { swap, ledger, notices } = await liveScene();
    await ledger.policy.set({ settings: { promoteStable: true } });
    ledger.live.markHealthy = () => Promise.reject(new Error('no room'));
    expect(await swap('two')).toMatchObject({ phase: 'COMMITTED' });
    expect(notices.filter((n) => n.type === 'warning').at(-1)).toMatchObject({
      message: expect.stringContaining('no room'),
    });
  });

  it('goes on where only the acknowledgement of the record was lost', async () => {
    const { swap, ledger, say } = await liveScene();
    const record = ledger.recordCheckpoint.bind(ledger);
    ledger.recordCheckpoint = async (...args) => {
      await record(...args);
      throw new Error('connection lost');
    };
    expect(await swap('two')).toMatchObject({ phase: 'COMMITTED', checkpoint: { version: 2 } });
    expect(say()).toBe('two');
  });
});

describe('assessment', () => {
  const assess = async () => ({ level: 'BREAKING' as const, rationale: 'word() is gone', assessor: 'test 1' });

  it('asks the assessor with both contents, and stores its report', async () => {
    const asked: unknown[] = [];
    const made = await scene({
      assessor: {
        async assess(request) {
          asked.push({ ...request, fromFiles: request.fromFiles?.size ?? null, toFiles: request.toFiles.size });
          return { level: 'COMPATIBLE', rationale: 'same' };
        },
      },
    });
    await made.swap('one');
    expect(await made.swap('two')).toMatchObject({
      level: 'COMPATIBLE',
      report: { rationale: 'same', approvedBy: 'auto' },
    });
    expect(asked).toEqual([
      { moduleId: MODULE, fromVer: null, toVer: 1, fromFiles: null, toFiles: 1 },
      { moduleId: MODULE, fromVer: 1, toVer: 2, fromFiles: 1, toFiles: 1 },
    ]);
    expect(await made.ledger.reports.list(MODULE, 1, 2)).toHaveLength(1);
  });

  it.each([
    ['throws', () => Promise.reject(new Error('out of paper'))],
    ['answers with garbage', () => Promise.resolve({ level: 'GREAT' })],
    ['answers with nothing', () => Promise.resolve(undefined)],
    ['never answers', () => new Promise(() => undefined)],
  ])('keeps what was known before where the assessor %s', async (_, answer) => {
    const made = await scene({ assessor: { assess: answer as never }, assessTimeoutMs: 20 });
    await made.swap('one');
    expect(await made.swap('two')).toMatchObject({ phase: 'COMMITTED', level: 'UNKNOWN' });
    expect(made.notices.filter((n) => n.type === 'warning' && n.code === 'ASSESSOR_FAILED')).toHaveLength(2);
    expect(await made.ledger.reports.list(MODULE)).toEqual([]);
  });

  it('warns where going back would break callers, in a ledger of format 2', async () => {
    const gitdir = join(folder(), 'ledger.git');
    const ledger = await initLedger({ gitdir, signer: await ephemeralSigner('dev@example.org'), format: 2 });
    const made = await scene({ ledger, assessor: undefined, assessTimeoutMs: 300_000 });
    const exporting = (names: readonly string[]) => ({
      'index.mjs': names.map((name) => `export const ${name} = 1;\n`).join(''),
    });
    await made.swap(exporting(['plan']));
    expect(await made.swap(exporting(['plan', 'more']))).toMatchObject({ phase: 'COMMITTED', level: 'MINOR_CHANGE' });
    const warned = made.notices.filter((n) => n.type === 'warning' && n.code === 'RETURN_BREAKS');
    expect(warned).toMatchObject([{ message: 'going back to v1 would break callers' }]);
    await ledger.close();
  });

  it('refuses a BREAKING swap under rejectBreaking, approved or not, and leaves it STAGED', async () => {
    const made = await scene({ rejectBreaking: true });
    await made.swap('one');
    await made.ledger.stage({ moduleId: MODULE, version: 2 }, { files: says('two') });
    await made.ledger.assessCompatibility({ moduleId: MODULE, fromVer: 1, toVer: 2, level: 'BREAKING' });
    await made.ledger.approve(MODULE, 1, 2);
    expect(await made.swap('two', { version: 2 })).toMatchObject({ phase: 'FAILED', step: 'gate', level: 'BREAKING' });
    expect(await made.ledger.versions.status(MODULE, 2)).toBe('STAGED');
    expect(made.say()).toBe('one');
  });

  it('blocks what is BREAKING until it is approved; the same swap then goes through', async () => {
    const made = await scene({ policy: { requireApproval: true } });
    await made.swap('one');
    const staged = await made.ledger.stage({ moduleId: MODULE }, { files: says('two') });
    await made.ledger.assessCompatibility({ moduleId: MODULE, fromVer: 1, toVer: 2, ...(await assess()) });
    const refused = await made.swap('two', { version: staged.version });
    expect(refused).toMatchObject({ phase: 'FAILED', step: 'gate', level: 'BREAKING', checkpoint: null });
    expect(refused.refusals).toEqual([
      { code: 'APPROVAL_MISSING', message: 'BREAKING needs the approval of an operator' },
    ]);
    expect(refused.reason).toBe('BREAKING needs the approval of an operator');
    expect(await made.ledger.versions.status(MODULE, 2)).toBe('STAGED');
    await made.ledger.approve(MODULE, 1, 2);
    expect(await made.swap('two', { version: 2 })).toMatchObject({
      phase: 'COMMITTED',
      level: 'BREAKING',
      report: { approvedBy: 'memory@localhost' },
    });
  });
});

describe('refusals: the version was never live, the active one was not touched', () => {
  it.each([
    ['answers false', false, /false/],
    ['answers with a reason', 'word() is gone', /word\(\) is gone/],
    ['answers with an empty reason', '', /empty/],
    ['answers with garbage', { well: true }, /neither true/],
    ['answers with a number', 1, /neither true/],
    [
      'throws',
      () => {
        throw new Error('cannot look');
      },
      /cannot look/,
    ],
    ['rejects', () => Promise.reject(new Error('cannot look')), /cannot look/],
    [
      'throws what is no error',
      () => {
        throw undefined;
      },
      /undefined/,
    ],
    ['hangs', () => new Promise(() => undefined), /longer than 20 ms/],
  ])('a validator that %s', async (does, opinion, reason) => {
    const loader = plainLoader();
    const made = await liveScene({ validateTimeoutMs: 20, loader });
    made.opinion = opinion;
    const result = await made.swap('two');
    expect(result).toMatchObject({ phase: 'FAILED', step: 'validate', toVer: 2, checkpoint: null });
    expect(result.refusals.map(({ code }) => code)).toEqual(['NOT_VALID']);
    expect(result.reason).toMatch(reason);
    // Silence says nothing of the version.
    expect(await made.ledger.versions.status(MODULE, 2)).toBe(does === 'hangs' ? 'STAGED' : 'REVERTED');
    expect((await made.ledger.latestCheckpoint(MODULE))?.version).toBe(1);
    expect(made.say()).toBe('v1');
    expect(loader.disposed).toEqual([2]);
  });

  it('a module that throws while it loads', async () => {
    const made = await liveScene();
    const result = await made.swap(fixture('throws'));
    expect(result).toMatchObject({ phase: 'FAILED', step: 'load', toVer: 2 });
    expect(result.error).toBeInstanceOf(Error);
    expect(await made.ledger.versions.status(MODULE, 2)).toBe('STAGED');
    expect(made.say()).toBe('one');
  });

  it('a module whose import never ends', async () => {
    // Nothing else is loaded here that the limit could cut off on a busy machine.
    const made = await scene({ loadTimeoutMs: 50 });
    const result = await made.swap(fixture('never-imports'));
    expect(result).toMatchObject({ phase: 'FAILED', step: 'load', toVer: 1 });
    expect(result.error).toBeInstanceOf(Error);
    expect(await made.ledger.versions.status(MODULE, 1)).toBe('STAGED');
  });

  it('a module without an entry', async () => {
    const made = await liveScene();
    expect(await made.swap({ 'a.txt': '1', 'b.txt': '2' })).toMatchObject({ phase: 'FAILED', step: 'load' });
    expect(await made.ledger.versions.status(MODULE, 2)).toBe('STAGED');
  });

  it.each([null, 5, {}])('a loader that answers with %j', async (answer) => {
    let count = 0;
    const first = { exports: { word: () => 'one' } };
    const made = await liveScene({ loader: { load: async () => (count++ === 0 ? first : (answer as never)) } });
    expect(await made.swap('two')).toMatchObject({ phase: 'FAILED', step: 'load' });
    expect(made.say()).toBe('one');
  });

  it('aborts a loader that is late, and lets go of what it brings after all', async () => {
    const late = deferred();
    const gone = deferred<number>();
    let aborted = false;
    const made = await scene({
      loadTimeoutMs: 20,
      loader: {
        async load({ signal, version }) {
          signal.addEventListener('abort', () => {
            aborted = true;
            late.resolve();
          });
          await late.promise;
          return { exports: {}, dispose: () => gone.resolve(version) };
        },
      },
    });
    expect(await made.swap('one')).toMatchObject({ phase: 'FAILED', step: 'load' });
    expect(aborted).toBe(true);
    expect(await gone.promise).toBe(1);
    expect(await made.ledger.latestCheckpoint(MODULE)).toBeNull();
  });

  it('keeps a candidate STAGED where the disk failed, and not the version', async () => {
    const cacheDir = folder();
    const made = await liveScene({ loader: importLoader({ cacheDir }) });
    rmSync(join(cacheDir, MODULE), { recursive: true });
    writeFileSync(join(cacheDir, MODULE), '');
    const result = await made.swap('two');
    expect(result).toMatchObject({ phase: 'FAILED', step: 'load' });
    expect(isLedgerError(result.error, 'IO')).toBe(true);
    expect(await made.ledger.versions.status(MODULE, 2)).toBe('STAGED');
  });

  it('does not read back from the ledger what it has just put there', async () => {
    const made = await liveScene();
    made.ledger.readFiles = () => Promise.reject(new Error('read'));
    expect(await made.swap('two')).toMatchObject({ phase: 'COMMITTED' });
  });

  it('files that a ledger cannot hold', async () => {
    const made = await liveScene();
    const result = await made.swap({ '../escape.js': '' });
    expect(result).toMatchObject({ phase: 'FAILED', step: 'stage', toVer: null });
    expect(isLedgerError(result.error, 'INVALID_FILES')).toBe(true);
  });

  it('a number that is taken', async () => {
    const made = await liveScene();
    const result = await made.swap('two', { version: 1 });
    expect(result).toMatchObject({ phase: 'FAILED', step: 'stage' });
    expect(isLedgerError(result.error, 'VERSION_EXISTS')).toBe(true);
  });

  it('a version that was made from another one than the active', async () => {
    const made = await liveScene();
    await made.ledger.stage({ moduleId: MODULE, version: 2 }, { files: says('two') });
    await made.swap('three');
    expect(await made.swap('two', { version: 2 })).toMatchObject({ phase: 'FAILED', step: 'gate', fromVer: 3 });
    expect(made.say()).toBe('three');
  });

  it('a version that becomes forbidden between the gate and the commit: it stays STAGED', async () => {
    const made = await liveScene({ policy: { requireApproval: true } });
    made.opinion = async () => {
      await made.ledger.assessCompatibility({ moduleId: MODULE, fromVer: 1, toVer: 2, level: 'BREAKING' });
      return true;
    };
    const result = await made.swap('two');
    expect(result).toMatchObject({ phase: 'FAILED', step: 'commit', checkpoint: null });
    expect(isLedgerError(result.error, 'APPROVAL_REQUIRED')).toBe(true);
    expect(result.refusals).toMatchObject([{ code: 'APPROVAL_MISSING' }]);
    expect(await made.ledger.versions.status(MODULE, 2)).toBe('STAGED');
    expect(made.say()).toBe('one');
  });

  it('a version that somebody reverts, or replaces what it was made from, between the gate and the commit', async () => {
    const made = await liveScene();
    made.opinion = async () => {
      await made.ledger.tag(MODULE, 2, 'reverted');
      return true;
    };
    expect(await made.swap('two')).toMatchObject({ step: 'commit', refusals: [{ code: 'REVERTED' }] });
    made.opinion = async () => {
      await made.ledger.recordCheckpoint({ moduleId: MODULE }, { files: says('another') });
      return true;
    };
    expect(await made.swap('three')).toMatchObject({ step: 'commit', refusals: [{ code: 'OTHER_ACTIVE' }] });
  });

  it('a version that does not fit what depends on it', async () => {
    const made = await liveScene();
    const resolver = { misfits: async () => ['reader needs speaker <2'] };
    const request = { moduleId: MODULE, files: says('two') };
    const result = await made.swapper.swap(request, { versionManager: made.ledger, resolver });
    expect(result).toMatchObject({ phase: 'FAILED', step: 'gate', reason: 'reader needs speaker <2' });
    expect(result.refusals).toEqual([{ code: 'MISFIT', message: 'reader needs speaker <2' }]);
    expect(await made.ledger.versions.status(MODULE, 2)).toBe('STAGED');
  });

  it('a resolver that throws', async () => {
    const made = await liveScene();
    const resolver = { misfits: () => Promise.reject(new Error('lost the graph')) };
    const request = { moduleId: MODULE, files: says('two') };
    const result = await made.swapper.swap(request, { versionManager: made.ledger, resolver });
    expect(result).toMatchObject({ phase: 'FAILED', step: 'gate', reason: 'lost the graph', refusals: [] });
  });
});

describe('what is no swap at all', () => {
  it('throws for a call that is wrong in itself', async () => {
    const made = await scene();
    const files = says('one');
    const codeOf = (promise: Promise<unknown>) =>
      promise.then(
        () => null,
        (e: { code?: string }) => e.code,
      );
    expect(await codeOf(made.swapper.swap({ moduleId: '../x', files }, { versionManager: made.ledger }))).toBe(
      'INVALID_MODULE_ID',
    );
    expect(await codeOf(made.swapper.swap({ moduleId: MODULE, files }, {} as never))).toBe('INVALID_ARGUMENT');
    expect(await codeOf(made.swapper.swap(undefined as never, { versionManager: made.ledger }))).toBe(
      'INVALID_MODULE_ID',
    );
    expect(await codeOf(made.swapper.rollback(MODULE, 'BORED' as never, { versionManager: made.ledger }))).toBe(
      'INVALID_ARGUMENT',
    );
    expect(await codeOf(made.swapper.rollback(MODULE, 'MANUAL', { versionManager: made.ledger }))).toBe('NOT_FOUND');
  });
});
