/** What runs a version apart from its host: a thread, or a process that speaks as one. */

import type { EventEmitter } from 'node:events';
import type { ResourceLimits, TransferListItem } from 'node:worker_threads';

/**
 * Events: `message` with what it said; `messageerror` where that cannot be read; `error` with what was thrown outside of any call; `exit` with
 * how it ended.
 */
export interface Runner extends Pick<EventEmitter, 'on'> {
  /** @throws where the message cannot be cloned */
  postMessage(message: unknown, transfer?: readonly TransferListItem[]): void;
  /** Keeps the host alive, or does so no longer. */
  ref(): void;
  unref(): void;
  /** Ends it, whatever it is doing. */
  terminate(): Promise<unknown>;
  readonly resourceLimits?: ResourceLimits | undefined;
}

/** What a runner is called in messages. */
export type RunnerKind = 'worker' | 'process';
