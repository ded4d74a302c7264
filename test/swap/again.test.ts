/** Swapped again: what failed to load for a passing reason, what waits for an approval, what is there already. */

import { mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { Counter, Gauge, Histogram, Registry } from 'prom-client';
import { describe, expect, it } from 'vitest';
import { HotSwapper, importLoader } from './live.mjs';
import { fixture, folder, liveScene, MODULE, says, scene } from './scene.js';

/** Modules that need what is not there yet: a file of the host, at the import or deeper down. */
function needing(path: string, kind: 'esm' | 'inner' | 'cjs'): Record<string, string> {
  const read = `readFileSync(${JSON.stringify(path)}, 'utf8')`;
  const esm = `import { readFileSync } from 'node:fs';\nconst text = ${read};\nexport const word = () => text;\n`;
  if (kind === 'esm') return { 'index.mjs': esm };
  if (kind === 'inner') return { 'index.mjs': "export { word } from './inner.mjs';\n", 'inner.mjs': esm };
  const cjs = `const { readFileSync } = require('node:fs');\nconst text = ${read};\nexports.word = () => text;\n`;
  return { 'index.cjs': "module.exports = require('./inner.cjs');\n", 'inner.cjs': cjs };
}

describe('a version that does not load today', () => {
  it.each(['esm', 'inner', 'cjs'] as const)('loads in the same process once it can: %s', async (kind) => {
    const made = await liveScene();
    const path = join(folder(), 'database');
    const files = needing(path, kind);
    for (let attempt = 0; attempt < 2; attempt++)
      expect(await made.swap(files)).toMatchObject({ phase: 'FAILED', step: 'load', toVer: 2 });
    expect(await made.ledger.versions.status(MODULE, 2)).toBe('STAGED');
    writeFileSync(path, 'up again');
    expect(await made.swap(files)).toMatchObject({ phase: 'COMMITTED', toVer: 2 });
    expect(made.say()).toBe('up again');
  });

  it('loads once the package that it needs is installed', async () => {
    const nodeModules = join(folder(), 'node_modules');
    mkdirSync(nodeModules);
    const made = await liveScene({ loader: importLoader({ cacheDir: folder(), nodeModules }) });
    const files = { 'index.mjs': "export { word } from 'later';\n" };
    expect(await made.swap(files)).toMatchObject({ phase: 'FAILED', step: 'load' });
    mkdirSync(join(nodeModules, 'later'));
    writeFileSync(join(nodeModules, 'later', 'package.json'), '{ "type": "module", "exports": "./index.js" }');
    writeFileSync(join(nodeModules, 'later', 'index.js'), "export const word = () => 'installed';\n");
    expect(await made.swap(files)).toMatchObject({ phase: 'COMMITTED' });
    expect(made.say()).toBe('installed');
  });

  it('is gone back to in the same process once it can be, though it could not be at first', async () => {
    const path = join(folder(), 'database');
    writeFileSync(path, 'the first');
    const { ledger, ...one } = await scene({ healthWindowMs: 0 });
    await one.swap(needing(path, 'esm'));
    await one.swap('two');
    // A process that has never run the first one.
    const made = await scene({ ledger, healthWindowMs: 0 });
    await made.swapper.resume({ versionManager: ledger });
    await ledger.untag(MODULE, 2, 'stable');
    rmSync(path);
    made.health = false;
    expect(await made.swap('three')).toMatchObject({ stayed: 'NOT_LOADABLE', rollbackTarget: { version: 1 } });
    expect(await ledger.versions.status(MODULE, 1)).toBe('ARCHIVED');
    writeFileSync(path, 'up again');
    const back = await made.swapper.rollback(MODULE, 'HEALTH_FAILURE', { versionManager: ledger });
    expect(back).toMatchObject({ stayed: null, restored: { version: 1 } });
    expect(made.say()).toBe('up again');
  });

  it('is tried five times in a process, then said to need a restart', async () => {
    const made = await liveScene();
    for (let attempt = 0; attempt < 5; attempt++)
      expect((await made.swap(fixture('throws'))).reason).toContain('not today');
    expect((await made.swap(fixture('throws'))).reason).toContain('failed to load 5 times');
    expect(await made.ledger.versions.status(MODULE, 2)).toBe('STAGED');
  });

  it('loads the second time where only its time was up', async () => {
    const path = join(folder(), 'slow');
    const slow = `import { existsSync } from 'node:fs';\nif (!existsSync(${JSON.stringify(path)})) await new Promise(() => undefined);\n`;
    const files = { 'index.mjs': `${slow}export const word = () => 'in time';\n` };
    const loader = importLoader({ cacheDir: folder() });
    const made = await scene({ loader, loadTimeoutMs: 100 });
    expect(await made.swap(files)).toMatchObject({ phase: 'FAILED', step: 'load' });
    writeFileSync(path, '');
    // The same loader; the second attempt may take the time that it takes.
    const patient = await scene({ ledger: made.ledger, loader });
    expect(await patient.swap(files)).toMatchObject({ phase: 'COMMITTED' });
    expect(patient.say()).toBe('in time');
  });
});

describe('the same build', () => {
  it('that is active is no new version, whoever deploys it', async () => {
    const made = await liveScene();
    expect(await made.swap('one')).toMatchObject({ phase: 'COMMITTED', step: 'commit', fromVer: 1, toVer: 1 });
    const others = await Promise.all([1, 2].map(() => scene({ ledger: made.ledger })));
    const results = await Promise.all(others.map((other) => other.swap('two')));
    expect(results.map(({ phase, toVer }) => [phase, toVer])).toEqual([
      ['COMMITTED', 2],
      ['COMMITTED', 2],
    ]);
    expect(others.map((other) => other.say())).toEqual(['two', 'two']);
    expect(await made.ledger.versions.list(MODULE)).toHaveLength(2);
  });

  it('with other metadata is one', async () => {
    const made = await liveScene();
    expect(await made.swap('one', { metadata: { build: '8' } })).toMatchObject({ toVer: 2 });
    expect(await made.swap('one', { metadata: { build: '8' } })).toMatchObject({ toVer: 2, step: 'commit' });
  });

  it('that was refused goes live under its number once it is approved', async () => {
    const made = await liveScene({
      policy: { requireApproval: true },
      assessor: { assess: async () => ({ level: 'BREAKING' as const, rationale: 'word is gone' }) },
    });
    expect(await made.swap('two')).toMatchObject({ phase: 'FAILED', step: 'gate', toVer: 2 });
    await made.ledger.approve(MODULE, 1, 2);
    expect(await made.swap('two')).toMatchObject({ phase: 'COMMITTED', toVer: 2 });
    expect(await made.ledger.versions.list(MODULE)).toHaveLength(2);
  });

  it('is swapped to by its number as well', async () => {
    const made = await liveScene();
    await made.ledger.stage({ moduleId: MODULE }, { files: says('two') });
    const context = { versionManager: made.ledger };
    expect(await made.swapper.swapTo(MODULE, 2, context)).toMatchObject({ phase: 'COMMITTED', toVer: 2 });
    expect(made.say()).toBe('two');
    await expect(made.swapper.swapTo(MODULE, 9, context)).rejects.toMatchObject({ code: 'NOT_FOUND' });
    await expect(made.swapper.swapTo(MODULE, 0, context)).rejects.toMatchObject({ code: 'INVALID_VERSION' });
  });

  it('that was staged from a version that is active no more is not taken', async () => {
    const made = await liveScene();
    await made.ledger.stage({ moduleId: MODULE }, { files: says('three') });
    await made.swap('two', { version: 3 });
    expect(await made.swap('three')).toMatchObject({ phase: 'COMMITTED', fromVer: 3, toVer: 4 });
  });
});

describe('a registry', () => {
  const options = { validator: { validate: () => true }, healthWindowMs: 0 };

  it('that holds the metrics already, by another copy of this package, is shared', async () => {
    const registry = new Registry();
    const registers = [registry];
    new Counter({ name: 'asm_swap_total', help: 'x', labelNames: ['module_id', 'phase', 'reason'], registers });
    new Histogram({ name: 'asm_swap_duration_seconds', help: 'x', labelNames: ['module_id'], registers });
    const made = await liveScene({ registry });
    expect(await made.swap('two')).toMatchObject({ phase: 'COMMITTED' });
    expect(await registry.metrics()).toContain(`asm_swap_total{module_id="${MODULE}",phase="COMMITTED",reason=""} 1`);
  });

  it('that holds something else of the name is refused before anything runs', () => {
    const registry = new Registry();
    new Gauge({ name: 'asm_swap_total', help: 'x', registers: [registry] });
    expect(() => new HotSwapper({ ...options, registry })).toThrow(/registry\.asm_swap_total/);
    expect(() => new HotSwapper({ ...options, registry: {} as Registry })).toThrow(/Registry of prom-client/);
  });

  it('that fails makes no swap fail', async () => {
    const registry = new Registry();
    const made = await liveScene({ registry });
    registry.getSingleMetric = () => {
      throw new Error('not today');
    };
    expect(await made.swap('two')).toMatchObject({ phase: 'COMMITTED' });
    expect(await made.swap('three')).toMatchObject({ phase: 'COMMITTED' });
    const told = made.notices.filter((notice) => notice.type === 'warning' && notice.code === 'NOT_COUNTED');
    expect(told).toEqual([expect.objectContaining({ message: 'it could not be counted: not today' })]);
  });
});
