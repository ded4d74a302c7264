/** A thread of this process's own is started; where none can be, the error says what to look at. */

import { Worker, type WorkerOptions } from 'node:worker_threads';
import { LedgerError, messageOf } from './errors.js';

const HINTS: Readonly<Record<string, string>> = {
  // The thread's constructor has no other code for it; pthread_create(3): EAGAIN.
  ERR_WORKER_INIT_FAILED:
    'raise the limit of threads: TasksMax in systemd, the pids limit of the container, ulimit -u of the user',
  ERR_ACCESS_DENIED: "Node's permission model forbids threads: start the process with --allow-worker as well",
};

/** The `IO` error of a thread that was not started. */
export function threadError(name: string, cause: unknown): LedgerError<'IO'> {
  const { code } = (cause ?? {}) as { code?: unknown };
  const hint = HINTS[String(code)] ?? 'see the cause';
  const data = { operation: 'start a thread', path: '', errno: null };
  return new LedgerError('IO', `the thread "${name}" cannot be started: ${messageOf(cause)}`, data, { cause, hint });
}

/** @throws `IO` */
export function startThread(script: URL, options: WorkerOptions & { readonly name: string }): Worker {
  try {
    return new Worker(script, options);
  } catch (error) {
    throw threadError(options.name, error);
  }
}
