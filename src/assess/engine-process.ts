/** The caller's end of an engine: one process, started when it is needed, warm between tasks, ended by any limit. */

import { type ChildProcess, fork } from 'node:child_process';
import type { Socket } from 'node:net';
import { parse } from 'node:path';
import { fileURLToPath } from 'node:url';
import { builtFile } from '../built-file.js';
import type { Assessment, AssessmentInput } from '../model/assessment.js';
import { asAnswer, asEnd, type EngineTask, firstLine, type WorkerConfig, type WorkerEnd } from './engine-protocol.js';
import { parseAssessment } from './parse-assessment.js';
import type { ReachedLimit } from './reached-limit.js';

/** What a worker may take; a worker that reaches one of them is ended. */
export interface WorkerLimits {
  /** Milliseconds for one task, the start of the process included. */
  readonly timeLimitMs: number;
  /** Megabytes of heap. */
  readonly memoryLimitMb: number;
  /** The URL of what runs in the engine's thread; the engine by default. Another one is a test's business. */
  readonly script?: URL | undefined;
  /** Milliseconds after which a worker that has nothing to do is ended. */
  readonly idleMs?: number | undefined;
  /** Milliseconds for what is only beside a verdict, once that is told. */
  readonly besideMs?: number | undefined;
  /** After so many tasks a worker is replaced by a new one, however well it is. */
  readonly maxTasks?: number | undefined;
}

/** What a task is answered with whose caller lets go of the engine. */
export const CLOSED: ReachedLimit = { limit: 'engine', words: 'the assessor was closed before the engine was done' };

/** How a task ended: with a verdict, or with the limit that ended it. */
export type Outcome = { readonly assessment: Assessment } | { readonly reached: ReachedLimit };

const IDLE_MS = 30_000;

const MAX_TASKS = 200;

const BESIDE_MS = 5_000;

/** The share of its heap that a worker may still hold after a task and go on. */
const MAX_HELD = 0.6;

/**
 * glibc raises this limit, above which it gives memory back to the system at once, to the largest block that was ever freed, unless it is told
 * one: this is what it begins with (mallopt(3)). Blocks of files and of the compiler's would stay with the process.
 */
const ALLOCATOR = { MALLOC_MMAP_THRESHOLD_: '131072' };

/** Of what a process writes to its standard error so much is kept: V8 says there why it aborts. */
const MAX_LAST_WORDS = 16_384;

/** Lets the caller's process end while this one is there. */
function release(child: ChildProcess): void {
  child.unref();
  (child.stderr as Socket | null)?.unref();
  child.channel?.unref();
}

/** Keeps the caller's process until this one has answered. */
function hold(child: ChildProcess): void {
  child.ref();
  child.channel?.ref();
}

type End = Pick<WorkerEnd, 'limit' | 'message'>;

/** What an end without an answer means. V8 says that memory ran out, and aborts; who is killed does not know by whom. */
function endOf(code: number | null, killedBy: NodeJS.Signals | null, lastWords: string): End {
  const message = `its process ended by ${killedBy ?? `exit code ${code}`}`;
  if (killedBy === 'SIGKILL')
    return {
      limit: 'engine',
      message: `${message}: somebody killed it, or the system, which does where memory runs out`,
    };
  const aborted = killedBy === 'SIGABRT' || killedBy === 'SIGTRAP' || killedBy === 'SIGILL' || code === 134;
  return { limit: aborted && /out of memory/i.test(lastWords) ? 'memory' : 'engine', message };
}

/** Reads what a process writes to its standard error; returns what it was so far. */
function lastWordsOf(child: ChildProcess): () => string {
  let text = '';
  child.stderr?.on('data', (chunk: Buffer) => {
    text = (text + chunk.toString('utf8')).slice(-MAX_LAST_WORDS);
  });
  child.stderr?.on('error', () => undefined);
  return () => text;
}

/** What is told of a task: how it ended, and before that perhaps the verdict that stands. */
interface Listener {
  readonly heard: (answer: Assessment | End, heapMb?: number) => void;
  readonly judged: (verdict: Assessment) => void;
}

/** Tells what a process says about task `id` until it is called off; its end counts once it has been heard out. */
function listen(child: ChildProcess, lastWords: () => string, id: number, { heard, judged }: Listener): () => void {
  const onMessage = (message: unknown): void => {
    const end = asEnd(message);
    const answer = asAnswer(message);
    if (end !== null) heard(end);
    else if (answer?.id !== id) return;
    else if (answer.type === 'judged') {
      const verdict = parseAssessment(answer.assessment);
      if (verdict !== null) judged(verdict);
    } else if (answer.type === 'failed') heard({ limit: 'engine', message: answer.message });
    else {
      const no: End = { limit: 'engine', message: 'it answered with no assessment' };
      heard(parseAssessment(answer.assessment) ?? no, answer.heapMb);
    }
  };
  const onExit = (code: number | null, killedBy: NodeJS.Signals | null): void => {
    const tell = (): void => heard(endOf(code, killedBy, lastWords()));
    // Its last words may still be on their way: they come before the end of the channel.
    if (child.connected) child.once('disconnect', tell);
    else tell();
  };
  const onError = (error: unknown): void => heard({ limit: 'engine', message: firstLine(error) });
  // Closed: ended, and all that it wrote was read.
  child.on('message', onMessage).on('close', onExit).on('error', onError);
  return () => void child.off('message', onMessage).off('close', onExit).off('error', onError);
}

/** An engine in a process of its own. */
export class EngineWorker {
  private readonly limits: WorkerLimits;
  private child: ChildProcess | null = null;
  private lastWords: () => string = () => '';
  private idle: NodeJS.Timeout | null = null;
  private tasks = 0;
  private nextId = 1;
  /** Answers the task under way, where there is one. */
  private giveUp: (() => void) | null = null;

  constructor(limits: WorkerLimits) {
    this.limits = limits;
  }

  /** The id of the process, or null where there is none. */
  get pid(): number | null {
    return this.child?.pid ?? null;
  }

  /**
   * Runs one task; one at a time. Whatever the engine does is an outcome.
   * @throws the signal's reason, where it is aborted: then the process is ended
   */
  async run(input: AssessmentInput, why: ReachedLimit | null, signal?: AbortSignal): Promise<Outcome> {
    signal?.throwIfAborted();
    const { timeLimitMs, memoryLimitMb, besideMs = BESIDE_MS } = this.limits;
    let child: ChildProcess;
    try {
      child = this.started();
    } catch (error) {
      return { reached: this.limitOf({ limit: 'engine', message: firstLine(error) }) };
    }
    return new Promise((resolve, reject) => {
      const id = this.nextId++;
      let over = false;
      let beside: NodeJS.Timeout | undefined;
      const finish = (recycle: boolean, settle: () => void): void => {
        if (over) return;
        over = true;
        clearTimeout(timer);
        clearTimeout(beside);
        signal?.removeEventListener('abort', onAbort);
        callOff();
        this.giveUp = null;
        this.rest(child, recycle);
        settle();
      };
      let stands: Assessment | null = null;
      const reached = (limit: ReachedLimit): void =>
        finish(true, () => resolve(stands === null ? { reached: limit } : { assessment: stands }));
      const callOff = listen(child, this.lastWords, id, {
        heard: (answer, heapMb = 0) => {
          if ('message' in answer) reached(this.limitOf(answer));
          else finish(heapMb > memoryLimitMb * MAX_HELD, () => resolve({ assessment: answer }));
        },
        judged: (verdict) => {
          stands = verdict;
          beside = setTimeout(() => reached(late), besideMs);
        },
      });
      const onAbort = (): void => finish(true, () => reject(signal?.reason));
      const late = { limit: 'time', words: `the time limit of ${timeLimitMs / 1000} s was reached` } as const;
      const timer = setTimeout(() => reached(late), timeLimitMs);
      signal?.addEventListener('abort', onAbort, { once: true });
      this.giveUp = () => reached(CLOSED);
      child.send({ type: 'task', id, input, why } satisfies EngineTask, (error) => {
        if (error !== null) reached(this.limitOf({ limit: 'engine', message: firstLine(error) }));
      });
    });
  }

  /** Ends the process, and a task under way as one that the engine did not finish. The next one starts another process. */
  end(): void {
    this.giveUp?.();
    this.stop();
  }

  private stop(): void {
    if (this.idle !== null) clearTimeout(this.idle);
    this.idle = null;
    const { child } = this;
    this.child = null;
    this.tasks = 0;
    if (child === null) return;
    child.kill('SIGKILL');
    release(child);
  }

  /** After a task: the process waits for the next one, or is ended. */
  private rest(child: ChildProcess, recycle: boolean): void {
    this.tasks += 1;
    if (child !== this.child) return;
    const { idleMs = IDLE_MS, maxTasks = MAX_TASKS } = this.limits;
    if (recycle || this.tasks >= maxTasks) {
      this.stop();
      return;
    }
    release(child);
    this.idle = setTimeout(() => this.stop(), idleMs).unref();
  }

  /** The process, started where there is none that listens. @throws where none can be started */
  private started(): ChildProcess {
    if (this.idle !== null) clearTimeout(this.idle);
    this.idle = null;
    if (this.child?.connected === true && this.child.exitCode === null && this.child.signalCode === null) {
      hold(this.child);
      return this.child;
    }
    this.stop();
    const { memoryLimitMb, script = builtFile('assess/engine-thread.js') } = this.limits;
    const config: WorkerConfig = { script: script.href, memoryLimitMb };
    const main = fileURLToPath(builtFile('assess/engine-main.js'));
    const child = fork(main, [JSON.stringify(config)], {
      // A core dump, should there be one, does not end up in the caller's folder.
      cwd: parse(main).root,
      // The caller's inspector, loaders and limits are none of the engine's.
      execArgv: [],
      env: { ...ALLOCATOR, ...process.env, NODE_OPTIONS: '' },
      serialization: 'advanced',
      stdio: ['ignore', 'ignore', 'pipe', 'ipc'],
    });
    // What goes wrong between two tasks is found by the next one.
    child.on('error', () => undefined);
    this.lastWords = lastWordsOf(child);
    this.child = child;
    return child;
  }

  private limitOf({ limit, message }: End): ReachedLimit {
    const memory = `the memory limit of ${this.limits.memoryLimitMb} MB was reached`;
    return { limit, words: limit === 'memory' ? memory : `the engine failed: ${message}` };
  }
}
