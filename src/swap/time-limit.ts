/** Time limits: a signal for those who listen, an answer in time for those who wait, and late results ignored. */

import { LedgerError } from '../errors.js';

/** What a limit rejects with. */
function timeLimitError(what: string, limitMs: number): LedgerError<'TIME_LIMIT'> {
  const hint = 'what is late goes on, and its result is ignored: find out what it waits for, or raise the limit';
  return new LedgerError('TIME_LIMIT', `${what} took longer than ${limitMs} ms`, { what, limitMs }, { hint });
}

interface TimeLimit<T> {
  /** What is limited, for the message. */
  readonly what: string;
  readonly limitMs: number;
  /** Aborts the work before its time, as `stopped.reason` says. */
  readonly stopped?: AbortSignal | undefined;
  /** Is given a result that came after the limit, to let go of it. */
  readonly onLate?: ((value: T) => void) | undefined;
}

/**
 * Runs `body` and answers as it does, or rejects when the time is up, whichever comes first; a throw is a rejection.
 * The signal that `body` is given is aborted with the rejection's error.
 */
export function withTimeLimit<T>(limit: TimeLimit<T>, body: (signal: AbortSignal) => Promise<T> | T): Promise<T> {
  const { what, limitMs, stopped, onLate } = limit;
  const controller = new AbortController();
  return new Promise<T>((resolve, reject) => {
    let over = false;
    const end = (): boolean => {
      if (over) return false;
      over = true;
      clearTimeout(timer);
      stopped?.removeEventListener('abort', onStop);
      return true;
    };
    const giveUp = (error: unknown): void => {
      if (!end()) return;
      reject(error);
      controller.abort(error);
    };
    const onStop = (): void => giveUp(stopped?.reason);
    const timer = setTimeout(() => giveUp(timeLimitError(what, limitMs)), limitMs);
    stopped?.addEventListener('abort', onStop, { once: true });
    if (stopped?.aborted) return onStop();
    new Promise<T>((settle) => settle(body(controller.signal))).then(
      (value) => {
        if (end()) resolve(value);
        else onLate?.(value);
      },
      (error: unknown) => {
        if (end()) reject(error);
      },
    );
  });
}

/** Resolves after `ms`, or as soon as the signal is aborted: the caller looks at the signal. */
export function pause(ms: number, signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    if (signal.aborted) return resolve();
    const done = (): void => {
      clearTimeout(timer);
      signal.removeEventListener('abort', done);
      resolve();
    };
    const timer = setTimeout(done, ms);
    signal.addEventListener('abort', done, { once: true });
  });
}
