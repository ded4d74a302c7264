/** Engines shared by all assessors of this process that have the same limits: one worker each, one task after another. */

import type { Assessment, AssessmentInput } from '../model/assessment.js';
import { CLOSED, EngineWorker, type WorkerLimits } from './engine-process.js';
import { limitVerdict, type ReachedLimit } from './reached-limit.js';

/** What comparing names may take: enough for any module whose files may be read at all. */
const NAMES_TIME_MS = 10_000;
const NAMES_MEMORY_MB = 256;

/** More bytes than these, both versions together, are not handed to an engine. */
export const MAX_BYTES = 256 * 2 ** 20;

function bytesOf({ fromFiles, toFiles }: AssessmentInput): number {
  let sum = 0;
  for (const files of [fromFiles, toFiles]) for (const { data } of files.values()) sum += data.byteLength;
  return sum;
}

/** An engine, and whoever waits for it. */
export class Engine {
  readonly limits: WorkerLimits;
  private readonly worker: EngineWorker;
  private tail: Promise<unknown> = Promise.resolve();
  users = 0;

  constructor(limits: WorkerLimits) {
    this.limits = limits;
    this.worker = new EngineWorker(limits);
  }

  /** The id of the warm process, or null. */
  get pid(): number | null {
    return this.worker.pid;
  }

  /**
   * The verdict on a pair, in its turn: the engine's, else by names, else UNKNOWN. Never rejects because of the files.
   * @throws the signal's reason, where it is aborted
   */
  assess(input: AssessmentInput, signal?: AbortSignal): Promise<Assessment> {
    const turn = this.tail.then(() => this.judge(input, signal));
    this.tail = turn.catch(() => undefined);
    return turn;
  }

  /** Ends the process; a task under way ends with what can be said without it. */
  end(): void {
    this.worker.end();
  }

  private async judge(input: AssessmentInput, signal: AbortSignal | undefined): Promise<Assessment> {
    if (this.users === 0) return limitVerdict(CLOSED);
    const bytes = bytesOf(input);
    if (bytes > MAX_BYTES) {
      const size = `${Math.ceil(bytes / 2 ** 20)} MB`;
      const words = `the files of both versions are ${size}, and at most ${MAX_BYTES / 2 ** 20} MB are read`;
      return limitVerdict({ limit: 'memory', words });
    }
    const outcome = await this.worker.run(input, null, signal);
    if ('assessment' in outcome) return outcome.assessment;
    return this.users === 0 ? limitVerdict(CLOSED) : this.byNames(input, outcome.reached, signal);
  }

  /** Compares names, in a worker of its own with little to spend. */
  private async byNames(
    input: AssessmentInput,
    why: ReachedLimit,
    signal: AbortSignal | undefined,
  ): Promise<Assessment> {
    const worker = new EngineWorker({
      timeLimitMs: NAMES_TIME_MS,
      memoryLimitMb: Math.min(NAMES_MEMORY_MB, this.limits.memoryLimitMb),
      script: this.limits.script,
    });
    try {
      const outcome = await worker.run(input, why, signal);
      return 'assessment' in outcome ? outcome.assessment : limitVerdict(why);
    } finally {
      worker.end();
    }
  }
}

const engines = new Map<string, Engine>();

function nameOf({ timeLimitMs, memoryLimitMb, script }: WorkerLimits): string {
  return JSON.stringify([timeLimitMs, memoryLimitMb, script?.href ?? null]);
}

/** The engine with these limits, shared with whoever else wants one; to be given back by `releaseEngine`. */
export function borrowEngine(limits: WorkerLimits): Engine {
  const name = nameOf(limits);
  const engine = engines.get(name) ?? new Engine(limits);
  engines.set(name, engine);
  engine.users += 1;
  return engine;
}

/** Gives an engine back; after the last one its process is ended. */
export function releaseEngine(engine: Engine): void {
  engine.users -= 1;
  if (engine.users > 0) return;
  engines.delete(nameOf(engine.limits));
  engine.end();
}
