/** Old code is bounded: loaded versions are counted and told, what is cached of them is removed once nobody uses it. */

import { execFileSync } from 'node:child_process';
import { existsSync, mkdirSync, readdirSync, statSync, utimesSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it, vi } from 'vitest';
import {
  ContentCache,
  contentDigest,
  importLoader,
  normalizeFiles,
  passesLimit,
  removeTree,
  workerLoader,
} from './live.mjs';
import { fixture, folder, liveScene, MODULE, plainLoader, says, scene } from './scene.js';

const DAY_MS = 24 * 3600_000;

/** As if it had been used last so many days ago. */
function age(path: string, days: number): void {
  const then = new Date(Date.now() - days * DAY_MS);
  utimesSync(path, then, then);
}

describe('loaded versions', () => {
  it('are counted by what is different in them, those that failed included', async () => {
    const made = await liveScene();
    for (const word of ['two', 'three', 'two', 'one']) await made.swap(word);
    expect(made.swapper.loadedVersions().get(MODULE)).toBe(3);
    await made.swap(fixture('throws'));
    await made.swap(fixture('throws'));
    expect(made.swapper.loadedVersions().get(MODULE)).toBe(5);
  });

  it('are counted once where loaders share a cache, and not where another has its own', async () => {
    const cacheDir = folder();
    const files = normalizeFiles(says('one'));
    const { signal } = new AbortController();
    const request = { moduleId: MODULE, version: 1, checksum: contentDigest(files), files, metadata: {}, signal };
    const [first, second, other] = [cacheDir, cacheDir, folder()].map((dir) => importLoader({ cacheDir: dir }));
    await first?.load(request);
    await second?.load(request);
    expect([first, second, other].map((loader) => loader?.countLoaded?.(MODULE))).toEqual([1, 1, 0]);
  });

  it('are told at the limit, and whenever they have doubled', async () => {
    const made = await liveScene({ loadedLimit: 2 });
    const told: (number | null)[] = [];
    for (let version = 2; version <= 9; version++) await made.swap(`word ${version}`);
    for (const notice of made.notices)
      if (notice.type === 'warning' && notice.code === 'LOADED_VERSIONS') told.push(notice.version);
    expect(told).toEqual([3, 5, 9]);
  });

  it('are none of a loader that can let go of them', async () => {
    const workers = await liveScene({ loader: workerLoader({ cacheDir: folder() }), loadedLimit: 1 });
    await workers.swap('two');
    expect(workers.swapper.loadedVersions().get(MODULE)).toBe(0);
    const plain = await scene({ loader: plainLoader() });
    await plain.swap('one');
    expect(plain.swapper.loadedVersions().get(MODULE)).toBe(0);
  });

  it.each([
    [49, 50, false],
    [50, 51, true],
    [51, 52, false],
    [99, 100, false],
    [100, 101, true],
    [200, 201, true],
    [49, 52, true],
    [50, 50, false],
  ])('from %i to %i: %o', (before, after, told) => {
    expect(passesLimit(before, after, 50)).toBe(told);
  });
});

describe('a tree', () => {
  it('is removed by several at once', async () => {
    const dir = join(folder(), 'tree');
    mkdirSync(dir);
    for (let n = 0; n < 30; n++) mkdirSync(join(dir, `${n}`, 'files'), { recursive: true });
    execFileSync('chmod', ['-R', 'a-w', dir]);
    await Promise.all([removeTree(dir), removeTree(dir), removeTree(dir)]);
    expect(existsSync(dir)).toBe(false);
  });
});

describe('the cache', () => {
  /** A cache of another process, with so many entries. */
  async function usedElsewhere(entries: number): Promise<{ readonly dir: string; readonly places: readonly string[] }> {
    const dir = folder();
    const places = Array.from({ length: entries }, (_, n) => join(dir, MODULE, `entry-${n}`));
    for (const place of places) {
      mkdirSync(join(place, 'files'), { recursive: true });
      execFileSync('chmod', ['-R', 'a-w', place]);
    }
    return { dir, places };
  }

  const left = (places: readonly string[]) => places.map((place) => existsSync(place));

  it('keeps twenty entries of a module, and of the others those that were used within a week', async () => {
    const { dir, places } = await usedElsewhere(24);
    for (const [n, place] of places.entries()) age(place, [6, 8, 200, 300][n - 20] ?? 100);
    await new ContentCache({ cacheDir: dir }).prune(MODULE);
    // The newest twenty: 20, 21, and eighteen of a hundred days.
    expect(left(places).filter(Boolean)).toHaveLength(20);
    expect(left(places.slice(20))).toEqual([true, true, false, false]);
    expect(readdirSync(dir)).toEqual([MODULE]);
  });

  it('keeps more than twenty where all were used within a week', async () => {
    const { dir, places } = await usedElsewhere(24);
    for (const place of places) age(place, 6.9);
    await new ContentCache({ cacheDir: dir }).prune(MODULE);
    expect(left(places)).toEqual(places.map(() => true));
  });

  it('keeps what this process has used, and says to others that it has', async () => {
    const { dir, places } = await usedElsewhere(24);
    for (const place of places) age(place, 8);
    const cache = new ContentCache({ cacheDir: dir });
    const files = normalizeFiles(says('used'));
    const content = { moduleId: MODULE, files, checksum: contentDigest(files), type: 'module' as const };
    const at = join(await cache.folderFor(content), '..');
    age(at, 300);
    await cache.prune(MODULE);
    expect(existsSync(at)).toBe(true);
    expect(left(places).filter(Boolean)).toHaveLength(20);
    await cache.folderFor(content);
    expect(Date.now() - statSync(at).mtimeMs).toBeLessThan(DAY_MS);
  });

  it('is looked through once an hour, however often its module is loaded', async () => {
    const { dir, places } = await usedElsewhere(24);
    const cache = new ContentCache({ cacheDir: dir });
    await cache.prune(MODULE);
    for (const place of places) age(place, 8);
    vi.useFakeTimers({ toFake: ['performance'] });
    try {
      await cache.prune(MODULE);
      expect(left(places)).toEqual(places.map(() => true));
      vi.advanceTimersByTime(2 * 3600_000);
      await cache.prune(MODULE);
      expect(left(places).filter(Boolean)).toHaveLength(20);
    } finally {
      vi.useRealTimers();
    }
  });

  it('removes what a writer that died left behind an hour ago, and nothing of other modules', async () => {
    const { dir } = await usedElsewhere(1);
    const [stale, fresh, other] = ['.unfinished-a', '.unfinished-b', 'other/entry'].map((name) => join(dir, name));
    for (const path of [stale, fresh, other]) mkdirSync(path ?? '', { recursive: true });
    age(stale ?? '', 1 / 20);
    age(fresh ?? '', 1 / 30);
    age(other ?? '', 100);
    await new ContentCache({ cacheDir: dir }).prune(MODULE);
    expect([stale, fresh, other].map((path) => existsSync(path ?? ''))).toEqual([false, true, true]);
  });

  it.each([
    ['importLoader', importLoader],
    ['workerLoader', workerLoader],
  ])('is pruned after the first load of the %s', async (_, make) => {
    const { dir, places } = await usedElsewhere(24);
    for (const place of places) age(place, 8);
    const made = await scene({ loader: make({ cacheDir: dir }) });
    await made.swap('one');
    while (left(places).filter(Boolean).length > 19) await new Promise((resolve) => setTimeout(resolve, 5));
    expect(left(places).filter(Boolean)).toHaveLength(19);
  });
});
