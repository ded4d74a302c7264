/** What the tests of the live side have in common: a ledger, a swapper, modules, and everything gone afterwards. */

import { mkdtempSync, readdirSync, readFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { onTestFinished } from 'vitest';
import type { PolicySettings } from '../../src/api/types.js';
import type { Ledger, VersionManager } from '../../src/index.js';
import type { LoadedModule } from '../../src/swap/swap-ports.js';
import type { SwapNotice, SwapRequest, SwapResult } from '../../src/swap/swap-types.js';
import type { HotSwapper as HotSwapperType } from '../../src/swap/swapper.js';
import type { HotSwapperOptions } from '../../src/swap/swapper-options.js';
import { HotSwapper, importLoader, makeVersionManager, removeTree } from './live.mjs';

/** A folder that is gone after the test. */
export function folder(): string {
  const path = mkdtempSync(join(tmpdir(), 'git-lineage-swap-'));
  onTestFinished(() => removeTree(path));
  return path;
}

/** The files of a module in fixtures/modules. */
export function fixture(name: string): Record<string, string> {
  const root = fileURLToPath(new URL(`../../fixtures/modules/${name}`, import.meta.url));
  const paths = readdirSync(root, { recursive: true, withFileTypes: true }).filter((e) => e.isFile());
  return Object.fromEntries(
    paths.map((e) => {
      const path = join(e.parentPath, e.name);
      return [path.slice(root.length + 1), readFileSync(path, 'utf8')];
    }),
  );
}

/** A module that says which one it is. */
export function says(word: string): Record<string, string> {
  return { 'index.mjs': `export const word = () => ${JSON.stringify(word)};\n` };
}

export interface Says {
  word(): string;
}

/** A promise that is resolved from outside. */
export function deferred<T = void>(): { readonly promise: Promise<T>; resolve(value: T): void } {
  let resolve: (value: T) => void = () => undefined;
  const promise = new Promise<T>((yes) => {
    resolve = yes;
  });
  return { promise, resolve };
}

export interface Scene {
  readonly ledger: Ledger;
  readonly swapper: HotSwapperType;
  readonly notices: SwapNotice[];
  /** What the next health checks answer. */
  health: unknown;
  /** What the validator answers. */
  opinion: unknown;
  /** Swaps in a module that says `word`, or the files given. */
  swap(files: string | SwapRequest['files'], more?: Partial<SwapRequest>): Promise<SwapResult>;
  /** What a call says now. */
  say(): string;
  /** The types of the notices so far, steps left out. */
  told(): string[];
  /** Resolves with the next notice that fits. */
  next(fits: (notice: SwapNotice) => boolean): Promise<SwapNotice>;
}

export const MODULE = 'speaker';

export interface SceneOptions extends Partial<HotSwapperOptions> {
  readonly policy?: Partial<PolicySettings> | undefined;
  readonly ledger?: Ledger | undefined;
  readonly manager?: VersionManager | undefined;
}

/** A swapper over a ledger in memory, whose validator and health check do as they are told; it assesses only if it is told to. */
export async function scene({ policy, ledger: given, manager, ...options }: SceneOptions = {}): Promise<Scene> {
  const ledger = given ?? (await makeVersionManager(policy));
  const notices: SwapNotice[] = [];
  const waiting: { fits: (notice: SwapNotice) => boolean; resolve: (notice: SwapNotice) => void }[] = [];
  const answer = (value: unknown) => (typeof value === 'function' ? value() : value);
  const made: Scene = {
    ledger,
    notices,
    health: true,
    opinion: true,
    swapper: new HotSwapper({
      validator: { validate: (request) => answer(made.opinion ?? request) },
      healthCheck: { check: () => answer(made.health) },
      healthWindowMs: 5,
      loader: importLoader({ cacheDir: folder() }),
      assessor: null,
      ...options,
      onEvent(notice) {
        notices.push(notice);
        for (const { fits, resolve } of waiting) if (fits(notice)) resolve(notice);
        options.onEvent?.(notice);
      },
    }),
    swap: (files, more = {}) =>
      made.swapper.swap(
        { moduleId: MODULE, files: typeof files === 'string' ? says(files) : files, ...more },
        { versionManager: manager ?? ledger },
      ),
    say: () => made.swapper.handle<Says>(MODULE).call(({ word }) => word()),
    told: () => notices.map((n) => n.type).filter((type) => type !== 'step'),
    next: (fits) => new Promise((resolve) => waiting.push({ fits, resolve })),
  };
  onTestFinished(() => made.swapper.close());
  return made;
}

/** A scene with a first version that runs, and is stable unless told otherwise. */
export async function liveScene(options: SceneOptions & { readonly stable?: boolean } = {}): Promise<Scene> {
  const { stable = true, ...rest } = options;
  const made = await scene(rest);
  await made.ledger.recordCheckpoint({ moduleId: MODULE, tags: stable ? ['stable'] : [] }, { files: says('one') });
  await made.swapper.resume({ versionManager: made.ledger });
  made.notices.length = 0;
  return made;
}

/** A loader whose modules are plain objects, and which remembers what was let go of. */
export function plainLoader(exportsOf: (version: number) => unknown = (version) => ({ word: () => `v${version}` })) {
  const loaded: number[] = [];
  const disposed: number[] = [];
  return {
    loaded,
    disposed,
    async load({ version }: { version: number }): Promise<LoadedModule> {
      loaded.push(version);
      return { exports: exportsOf(version), dispose: () => void disposed.push(version) };
    },
  };
}

/** A health check that says when it is first asked, and answers that question as it is told; all later ones well. */
export function heldCheck(service: Scene) {
  const [asked, checked] = [deferred(), deferred<unknown>()];
  let times = 0;
  service.health = () => {
    asked.resolve();
    times += 1;
    return times === 1 ? checked.promise : true;
  };
  return { asked, checked };
}
