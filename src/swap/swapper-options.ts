/** What a hot swapper is made with: ports, time limits, guards. */

import type { Registry } from 'prom-client';
import { type InputIssue, invalidInput, quoted } from '../errors.js';
import type { VersionManager } from '../ledger/version-manager.js';
import { type KnownOptions, optionIssues } from '../options-check.js';
import type { CallJudge } from './health/call-counts.js';
import { callJudge, type LiveHealthOptions } from './health/call-judge.js';
import { managerIssues } from './ledger/is-ledger.js';
import { isMs, MAX_MS, msFrom } from './milliseconds.js';
import { registryIssues } from './observe/metric-shapes.js';
import type { Assessor, HealthCheck, Loader, Validator } from './swap-ports.js';
import type { SwapNotice, SwapResolver } from './swap-types.js';

/** All times are in milliseconds. */
export interface HotSwapperOptions {
  /** Where versions are recorded, staged and gone back to, unless a call names another one; with a `Ledger` more than the seven calls is used. */
  readonly versionManager?: VersionManager | undefined;
  /** Asked before a swap whether the version fits what depends on it, unless a call names another one; by default nobody is. */
  readonly resolver?: SwapResolver | undefined;
  /** Looks at each candidate before it goes live. */
  readonly validator: Validator;
  /** Asked while the health window is open, beside what the calls say (`liveHealth`). */
  readonly healthCheck?: HealthCheck | undefined;
  /** How long a new version is watched before the swap is answered; 0 asks the health check once. */
  readonly healthWindowMs: number;
  /** Between two health checks; a tenth of the window by default, at least 10 ms. */
  readonly healthIntervalMs?: number | undefined;
  /** The time of one health check; one that takes longer rolls back with the reason TIMEOUT. 5 s by default. */
  readonly healthTimeoutMs?: number | undefined;
  /**
   * How often the health check must speak against the version: `limit` of the last `of` answers, 2 of 3 by default. The last answer of
   * the window counts alone.
   */
  readonly healthFailures?: { readonly limit: number; readonly of: number } | undefined;
  /**
   * While the health window is open the calls through handles are held against those of the version before: too many that fail, or are
   * slow, and the version is rolled back. On by default; false: not. See docs/guide/swap.md.
   */
  readonly liveHealth?: false | LiveHealthOptions | undefined;
  /** Makes versions callable. By default an `importLoader` with its cache in the ledger's folder, which must be on disk. */
  readonly loader?: Loader | undefined;
  /** Where modules keep data, a folder for each; by default `lineage/data` in a ledger on disk. See `HotSwapper.dataDir`. */
  readonly dataDir?: string | undefined;
  /**
   * Says what a version changes. By default it is measured by its files, as `Ledger.assess` does; with null nothing is, and
   * the reports in the ledger are all that is known; under `requireApproval` the ledger measures what nobody assessed.
   */
  readonly assessor?: Assessor | null | undefined;
  /** True: a BREAKING version is refused, approved or not. */
  readonly rejectBreaking?: boolean | undefined;
  /** How many modules are swapped at the same time; 4 by default. */
  readonly limit?: number | undefined;
  /**
   * 20 s by default: longer than the default assessor's limit on work takes on an idle machine. What the default assessor finds
   * later is stored all the same; what an `assessor` of your own says later is dropped.
   */
  readonly assessTimeoutMs?: number | undefined;
  /** 10 s by default. */
  readonly loadTimeoutMs?: number | undefined;
  /** 10 s by default. */
  readonly validateTimeoutMs?: number | undefined;
  /** The time of a version's `lifecycle.activate`; 10 s by default. */
  readonly activateTimeoutMs?: number | undefined;
  /** The time of `lifecycle.giveState`, and of `lifecycle.takeState`; 2 s by default. */
  readonly stateTimeoutMs?: number | undefined;
  /** How long calls may go on after their version was replaced, before it is let go of all the same; 30 s by default. */
  readonly drainLimitMs?: number | undefined;
  /**
   * Between two looks at the ledger's journal, for what other processes and operators made active: 250 by default, 0 not to
   * follow. Processes spread their looks by a fifth.
   */
  readonly followIntervalMs?: number | undefined;
  /**
   * Between two pulls of what other machines have written, where the ledger's writes go through a remote: 1 s by default, 0 not to pull.
   * Nothing is pulled where nothing is followed.
   */
  readonly pullIntervalMs?: number | undefined;
  /**
   * So many versions of a module may be imported by this process before a warning says so (`LOADED_VERSIONS`), and again whenever
   * they have doubled; 50 by default. Node never lets go of them: a version of 3 MB holds 16 MB of heap.
   */
  readonly loadedLimit?: number | undefined;
  /**
   * After so many rollbacks of a module in a row, by whichever process, it is swapped no more, until somebody speaks on it in the ledger; 3
   * by default. Going back is not limited.
   */
  readonly maxRollbacks?: number | undefined;
  /** Told what happens as it happens; what it throws is ignored. */
  readonly onEvent?: ((notice: SwapNotice) => void) | undefined;
  /**
   * Where the `asm_swap_*` metrics are registered, if anywhere; those of the name that are there, by another swapper or another
   * copy of this package, are shared. The `asm_version_*` are the ledger's own.
   */
  readonly registry?: Registry | undefined;
}

/** The options with every default in place. */
export interface SwapperSettings {
  readonly validator: Validator;
  readonly healthCheck: HealthCheck | null;
  readonly assessor: Assessor | 'default' | null;
  readonly dataDir: string | null;
  readonly rejectBreaking: boolean;
  readonly healthWindowMs: number;
  readonly healthIntervalMs: number;
  readonly healthTimeoutMs: number;
  readonly healthFailures: { readonly limit: number; readonly of: number };
  /** Null where calls are not judged; else when a call without an answer counts as failed, in milliseconds. */
  readonly callTimeoutMs: number | null;
  readonly judge: CallJudge;
  readonly assessTimeoutMs: number;
  readonly loadTimeoutMs: number;
  readonly validateTimeoutMs: number;
  readonly activateTimeoutMs: number;
  readonly stateTimeoutMs: number;
  readonly drainLimitMs: number;
  readonly followIntervalMs: number;
  readonly pullIntervalMs: number;
  readonly loadedLimit: number;
  readonly maxRollbacks: number;
  readonly limit: number;
}

const LEAST = {
  healthWindowMs: 0,
  healthIntervalMs: 1,
  healthTimeoutMs: 1,
  assessTimeoutMs: 1,
  loadTimeoutMs: 1,
  validateTimeoutMs: 1,
  activateTimeoutMs: 1,
  stateTimeoutMs: 1,
  drainLimitMs: 0,
  followIntervalMs: 0,
  pullIntervalMs: 0,
  loadedLimit: 1,
  maxRollbacks: 1,
  limit: 1,
} as const;

const PORTS = {
  ...{ validator: 'validate', healthCheck: 'check', loader: 'load', assessor: 'assess' },
  resolver: 'misfits',
} as const;

function portIssues(options: HotSwapperOptions): InputIssue[] {
  const issues: InputIssue[] = [];
  for (const [name, method] of Object.entries(PORTS)) {
    const port: unknown = options[name as keyof typeof PORTS];
    if (port === undefined && name !== 'validator') continue;
    if (port === null && name === 'assessor') continue;
    const ok = typeof port === 'object' && port !== null && typeof Reflect.get(port, method) === 'function';
    if (!ok) issues.push({ path: name, expected: `an object with the method ${method}`, actual: quoted(port) });
  }
  return issues;
}

function timeIssues(options: HotSwapperOptions): InputIssue[] {
  const issues: InputIssue[] = [];
  for (const [path, least] of Object.entries(LEAST)) {
    const value = options[path as keyof typeof LEAST];
    if (value === undefined && path !== 'healthWindowMs') continue;
    const whole = path === 'limit' || path === 'maxRollbacks' || path === 'loadedLimit';
    const ok = isMs(value, least) && (!whole || Number.isInteger(value));
    const expected = whole ? `an integer from ${least} to ${MAX_MS}` : msFrom(least);
    if (!ok) issues.push({ path, expected, actual: quoted(value) });
  }
  return issues;
}

function failureIssues(given: HotSwapperOptions['healthFailures']): InputIssue[] {
  if (given === undefined) return [];
  const { limit, of } = given ?? {};
  const ok = Number.isInteger(limit) && Number.isInteger(of) && limit >= 1 && limit <= of;
  if (ok) return [];
  return [{ path: 'healthFailures', expected: '{ limit, of }, integers, 1 <= limit <= of', actual: quoted(given) }];
}

const LIVE_HEALTH_OPTIONS: KnownOptions<LiveHealthOptions> = {
  isFailure: 'value',
  isFailedAnswer: 'value',
  callTimeoutMs: 'value',
};

function liveHealthIssues(given: HotSwapperOptions['liveHealth']): InputIssue[] {
  if (given === undefined || given === false) return [];
  if (typeof given !== 'object' || given === null)
    return [{ path: 'liveHealth', expected: 'false, or an object', actual: quoted(given) }];
  const { callTimeoutMs } = given;
  const issues = optionIssues(given, LIVE_HEALTH_OPTIONS);
  for (const name of ['isFailure', 'isFailedAnswer'] as const) {
    const value: unknown = given[name];
    if (value !== undefined && typeof value !== 'function')
      issues.push({ path: `liveHealth.${name}`, expected: 'a function', actual: quoted(value) });
  }
  if (callTimeoutMs !== undefined && !isMs(callTimeoutMs, 1))
    issues.push({
      path: 'liveHealth.callTimeoutMs',
      expected: msFrom(1),
      actual: quoted(callTimeoutMs),
    });
  return issues;
}

function folderIssues(dataDir: unknown): InputIssue[] {
  if (dataDir === undefined || (typeof dataDir === 'string' && dataDir !== '')) return [];
  return [{ path: 'dataDir', expected: 'the path of a folder', actual: quoted(dataDir) }];
}

const HINT =
  'for example { validator: { validate: () => true }, healthWindowMs: 10_000 }; HotSwapperOptions has them all';

const SWAPPER_OPTIONS: KnownOptions<HotSwapperOptions> = {
  versionManager: 'value',
  resolver: 'value',
  validator: 'value',
  healthCheck: 'value',
  healthWindowMs: 'value',
  healthIntervalMs: 'value',
  healthTimeoutMs: 'value',
  healthFailures: 'value',
  liveHealth: 'value',
  loader: 'value',
  dataDir: 'value',
  assessor: 'value',
  rejectBreaking: 'flag',
  limit: 'value',
  assessTimeoutMs: 'value',
  loadTimeoutMs: 'value',
  validateTimeoutMs: 'value',
  activateTimeoutMs: 'value',
  stateTimeoutMs: 'value',
  drainLimitMs: 'value',
  followIntervalMs: 'value',
  pullIntervalMs: 'value',
  loadedLimit: 'value',
  maxRollbacks: 'value',
  onEvent: 'value',
  registry: 'value',
};

/** Checks the options, all at once. @throws `INVALID_ARGUMENT` */
export function swapperSettings(options: HotSwapperOptions): SwapperSettings {
  const given = typeof options === 'object' && options !== null ? options : ({} as HotSwapperOptions);
  const issues = [
    ...optionIssues(given, SWAPPER_OPTIONS),
    ...(given.versionManager === undefined ? [] : managerIssues(given.versionManager)),
    ...portIssues(given),
    ...timeIssues(given),
    ...failureIssues(given.healthFailures),
    ...liveHealthIssues(given.liveHealth),
    ...folderIssues(given.dataDir),
    ...registryIssues(given.registry),
  ];
  if (issues.length > 0) throw invalidInput('INVALID_ARGUMENT', issues, HINT);
  const { validator, healthWindowMs } = given;
  return {
    validator,
    healthCheck: given.healthCheck ?? null,
    assessor: given.assessor === undefined ? 'default' : given.assessor,
    dataDir: given.dataDir ?? null,
    rejectBreaking: given.rejectBreaking === true,
    healthWindowMs,
    healthIntervalMs: given.healthIntervalMs ?? Math.max(10, healthWindowMs / 10),
    healthTimeoutMs: given.healthTimeoutMs ?? 5_000,
    healthFailures: given.healthFailures ?? { limit: 2, of: 3 },
    callTimeoutMs: given.liveHealth === false ? null : (given.liveHealth?.callTimeoutMs ?? 30_000),
    judge: callJudge(given.liveHealth === false ? {} : given.liveHealth),
    assessTimeoutMs: given.assessTimeoutMs ?? 20_000,
    loadTimeoutMs: given.loadTimeoutMs ?? 10_000,
    validateTimeoutMs: given.validateTimeoutMs ?? 10_000,
    activateTimeoutMs: given.activateTimeoutMs ?? 10_000,
    stateTimeoutMs: given.stateTimeoutMs ?? 2_000,
    drainLimitMs: given.drainLimitMs ?? 30_000,
    followIntervalMs: given.followIntervalMs ?? 250,
    pullIntervalMs: given.pullIntervalMs ?? 1000,
    loadedLimit: given.loadedLimit ?? 50,
    maxRollbacks: given.maxRollbacks ?? 3,
    limit: given.limit ?? 4,
  };
}
