/** Judging pairs of versions by their files: each pair once, in a process that can be ended, within limits that hold. */

import { invalidInput, quoted } from '../errors.js';
import type { Assessment, AssessmentInput, AssessorLimits } from '../model/assessment.js';
import { optionsCheck } from '../options-check.js';
import { AssessmentCache, type CacheFolder, type PairKey, pairKey } from './cache.js';
import { cacheFolder } from './cache-folder.js';
import { borrowEngine, type Engine, releaseEngine } from './engine-pool.js';
import { ASSESSOR } from './engine-version.js';
import { verdictOfParts } from './verdict.js';

/** What an assessor may take, and what it keeps. */
export interface AssessorOptions extends AssessorLimits {
  /** A folder in which verdicts outlive the process. Deleting it loses nothing. */
  readonly cacheDir?: string | undefined;
  /** False: nothing is kept, each pair is judged anew. */
  readonly cache?: boolean | undefined;
}

/** What ends an assessment early. */
export interface AssessOptions {
  /** Ends the wait; and the work, where nobody else waits for the same. */
  readonly signal?: AbortSignal | undefined;
}

/** Says what a version changes for those who call it, from its files alone. Nothing of them is executed. */
export interface FileAssessor {
  /**
   * Judges `toFiles` as a replacement of `fromFiles`. Whatever the files are, there is an answer within the limits: where
   * one of them is reached, `limit` says which, and the level is what could be said without it.
   * @throws `INVALID_ARGUMENT` where the input is none or the assessor was closed; the signal's reason where it is aborted
   */
  assessFiles(input: AssessmentInput, options?: AssessOptions): Promise<Assessment>;
  /** Lets go of the process and of what is kept in memory. Pairs under way are answered with what is known. */
  close(): Promise<void>;
}

const DEFAULT_TIME_MS = 60_000;
const DEFAULT_MEMORY_MB = 1_024;

/** Node's timers fire at once beyond this. */
const MAX_MS = 2 ** 31 - 1;
/** Below this the engine cannot even start. */
const LEAST_MB = 16;
const MOST_MB = 2 ** 20;

/** The limits with every default in place. @throws `INVALID_ARGUMENT` with each that is not as it should be */
export function checkLimits(limits: AssessorLimits): { readonly timeLimitMs: number; readonly memoryLimitMb: number } {
  const { timeLimitMs, memoryLimitMb } = limits;
  const settings = { timeLimitMs: timeLimitMs ?? DEFAULT_TIME_MS, memoryLimitMb: memoryLimitMb ?? DEFAULT_MEMORY_MB };
  const ranges = { timeLimitMs: [1, MAX_MS], memoryLimitMb: [LEAST_MB, MOST_MB] } as const;
  const issues = (['timeLimitMs', 'memoryLimitMb'] as const).flatMap((path) => {
    const [least, most] = ranges[path];
    const value: unknown = settings[path];
    const ok = typeof value === 'number' && value >= least && value <= most;
    return ok ? [] : [{ path, expected: `a number from ${least} to ${most}`, actual: quoted(value) }];
  });
  if (issues.length > 0) throw invalidInput('INVALID_ARGUMENT', issues, 'see AssessorOptions');
  return settings;
}

function assertInput(input: AssessmentInput): void {
  const issues = (['fromFiles', 'toFiles'] as const).flatMap((path) => {
    const files: unknown = input?.[path];
    return files instanceof Map
      ? []
      : [{ path, expected: 'files as normalizeFiles returns them', actual: quoted(files) }];
  });
  if (issues.length > 0) throw invalidInput('INVALID_ARGUMENT', issues, 'see AssessmentInput');
}

/** Callers that wait for the same pair. */
interface Flight {
  readonly answer: Promise<Assessment>;
  readonly stop: AbortController;
  waiting: number;
}

/** The promise, or the signal's reason as soon as it is aborted. */
function unlessAborted<T>(promise: Promise<T>, signal: AbortSignal | undefined): Promise<T> {
  if (signal === undefined) return promise;
  return new Promise((resolve, reject) => {
    const stop = (): void => reject(signal.reason);
    if (signal.aborted) return stop();
    signal.addEventListener('abort', stop, { once: true });
    promise.then(resolve, reject).finally(() => signal.removeEventListener('abort', stop));
  });
}

class CachingAssessor implements FileAssessor {
  private readonly engine: Engine;
  private readonly cache: AssessmentCache | null;
  private readonly flights = new Map<string, Flight>();
  private closed = false;

  constructor(engine: Engine, cache: AssessmentCache | null) {
    this.engine = engine;
    this.cache = cache;
  }

  async assessFiles(input: AssessmentInput, { signal }: AssessOptions = {}): Promise<Assessment> {
    assertInput(input);
    if (this.closed) {
      const issue = { path: 'assessor', expected: 'an open assessor', actual: 'one that was closed' };
      throw invalidInput('INVALID_ARGUMENT', [issue], 'make a new one with createAssessor');
    }
    signal?.throwIfAborted();
    const key = pairKey(input);
    if (key.same) return sameFiles;
    const flight = this.flights.get(key.name) ?? this.takeOff(key, input);
    flight.waiting += 1;
    try {
      return await unlessAborted(flight.answer, signal);
    } finally {
      flight.waiting -= 1;
      if (flight.waiting === 0) this.land(key, flight);
    }
  }

  async close(): Promise<void> {
    if (this.closed) return;
    this.closed = true;
    releaseEngine(this.engine);
  }

  private takeOff(key: PairKey, input: AssessmentInput): Flight {
    const stop = new AbortController();
    const answer = this.judge(key, input, stop.signal);
    answer.catch(() => undefined);
    const flight = { answer, stop, waiting: 0 };
    this.flights.set(key.name, flight);
    return flight;
  }

  /** Nobody waits any more: an answer that has not come yet is not wanted. */
  private land(key: PairKey, flight: Flight): void {
    if (this.flights.get(key.name) === flight) this.flights.delete(key.name);
    flight.stop.abort();
  }

  private async judge({ name }: PairKey, input: AssessmentInput, signal: AbortSignal): Promise<Assessment> {
    const known = await this.cache?.get(name);
    if (known !== null && known !== undefined) return known;
    const assessment = await this.engine.assess(input, signal);
    await this.cache?.put(name, assessment);
    return assessment;
  }
}

/** The verdict on a version that changes nothing. */
export const sameFiles: Assessment = Object.freeze({
  ...verdictOfParts([], ASSESSOR),
  rationale: 'Drop-in: the files are the same.',
});

/** @internal The same as `createAssessor`, with a folder of whatever kind. */
function assessorOver(folder: CacheFolder | null, options: AssessorOptions = {}): FileAssessor {
  const engine = borrowEngine({ ...checkLimits(options), script: options.script });
  return new CachingAssessor(engine, options.cache === false ? null : new AssessmentCache(folder));
}

const checkOptions = optionsCheck<AssessorOptions>('AssessorOptions', {
  timeLimitMs: 'value',
  memoryLimitMb: 'value',
  script: 'value',
  cacheDir: 'value',
  cache: 'flag',
});

/**
 * An assessor that needs no ledger: files in, a verdict out.
 *
 * The engine runs in a process of its own, started with the first pair that is not known yet, shared by all assessors with
 * the same limits, and ended when it has had nothing to do for half a minute. It never keeps this process alive.
 * @throws `INVALID_ARGUMENT`
 * @example
 * const assessor = createAssessor();
 * const { level, rationale } = await assessor.assessFiles({
 *   fromFiles: normalizeFiles({ 'index.js': before }),
 *   toFiles: normalizeFiles({ 'index.js': after }),
 * });
 */
export function createAssessor(options: AssessorOptions = {}): FileAssessor {
  checkOptions(options);
  return assessorOver(options.cacheDir === undefined ? null : cacheFolder(options.cacheDir), options);
}

let shared: FileAssessor | null = null;

/** The assessor of whoever has none of its own: made with the first call, never closed, kept in memory alone. */
export function sharedAssessor(): FileAssessor {
  shared ??= createAssessor();
  return shared;
}
