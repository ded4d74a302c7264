/**
 * The process that an engine runs in: keeps its limits, so that whatever the engine does ends here.
 *
 * V8 answers some ways of running out of memory (a Map or a Set that grows without end) by ending the process, also where
 * they happen in a thread with a limit of its own: so the engine has a process to itself. It has a thread of that process,
 * because a thread can be given a deeper stack, and because this one must stay free to watch.
 */

import { Worker } from 'node:worker_threads';
import { collectGarbage } from './collect-garbage.js';
import { asAnswer, type EngineTask, firstLine, type WorkerConfig, type WorkerEnd } from './engine-protocol.js';

/** Checkers recurse deeply. It is address space, used only where it is needed. */
const STACK_MB = 32;

/** What the process may hold beside the engine's heap: code, the files themselves, buffers. */
const BESIDE_THE_HEAP_MB = 768;

const WATCH_MS = 100;

/** Node's own pool of small buffers is far smaller, and cannot be handed over. */
const LARGE_BUFFER_BYTES = 2 ** 20;

function die(): void {
  process.kill(process.pid, 'SIGKILL');
}

let ended = false;

/** Says why, then ends the process; without delay where nobody listens any more. */
function end(limit: WorkerEnd['limit'], message: string): void {
  if (ended) return;
  ended = true;
  if (!process.connected) die();
  process.send?.({ type: 'ended', limit, message } satisfies WorkerEnd, die);
}

function isLarge({ byteLength }: ArrayBuffer): boolean {
  return byteLength > LARGE_BUFFER_BYTES;
}

/** The memory that the files of a task are in, to be handed over and not copied. Small files may be in what other buffers share. */
function buffersOf({ input }: EngineTask): ArrayBuffer[] {
  const files = [input.fromFiles, input.toFiles].flatMap((version) => [...version.values()]);
  const buffers = new Set(files.map(({ data }) => data.buffer));
  return [...buffers].filter((buffer) => buffer instanceof ArrayBuffer).filter(isLarge);
}

function start({ script, memoryLimitMb }: WorkerConfig): void {
  const engine = new Worker(new URL(script), {
    resourceLimits: { maxOldGenerationSizeMb: memoryLimitMb, stackSizeMb: STACK_MB },
  });
  engine.on('message', (message: unknown) => {
    const answer = asAnswer(message);
    if (answer === null) end('engine', 'it answered with something that is no answer');
    else if (!ended) process.send?.(answer);
  });
  engine.on('messageerror', (error) => end('engine', firstLine(error)));
  let failure: (Error & { readonly code?: string }) | null = null;
  engine.on('error', (error) => {
    failure = error;
  });
  // It comes after every message; 'error' may overtake those that the engine sent before it failed.
  engine.on('exit', (code) => {
    if (failure === null) end('engine', `it ended with exit code ${code}`);
    else end(failure.code === 'ERR_WORKER_OUT_OF_MEMORY' ? 'memory' : 'engine', firstLine(failure));
  });
  process.on('message', (task: EngineTask) => {
    const buffers = buffersOf(task);
    engine.postMessage(task, buffers);
    // What it arrived in is as large again, and nothing else happens in this thread that would make V8 collect it.
    if (buffers.length > 0) setImmediate(collectGarbage);
  });
  // Buffers and flattened strings are in no heap.
  setInterval(() => {
    const held = process.memoryUsage.rss() / 2 ** 20;
    if (held > memoryLimitMb + BESIDE_THE_HEAP_MB) end('memory', `it held ${Math.round(held)} MB`);
  }, WATCH_MS).unref();
}

// Whoever asked is gone: nobody is left to end an engine that never would. They may have gone before this line was reached.
process.on('disconnect', die);
if (!process.connected) die();
// A Ctrl-C in a terminal is meant for the caller, who then ends this process, or does not.
process.on('SIGINT', () => undefined);
try {
  start(JSON.parse(process.argv[2] ?? '') as WorkerConfig);
} catch (error) {
  end('engine', firstLine(error));
}
