/** The life cycle of a version in a worker: its host's end, and the worker's. */

import type { ActivateContext, Lifecycle } from '../swap-ports.js';
import type { Call } from './worker-supervisor.js';

/** A flag that both ends see: 1 while calls begin on the version. */
export type CurrentFlag = Int32Array<SharedArrayBuffer>;

export function currentFlag(): CurrentFlag {
  return new Int32Array(new SharedArrayBuffer(Int32Array.BYTES_PER_ELEMENT));
}

/** What crosses of a context; the worker asks the flag, and not its host, whether the version is current. */
type SentContext = Omit<ActivateContext, 'isCurrent'>;

type Activate = (context: SentContext) => Promise<void>;

const ACTIVATE = ['lifecycle', 'activate'] as const;

export interface WorkerLifecycle extends Lifecycle {
  /** Activates the version again in a worker that has taken the place of one that ended; without effect where it was not active. */
  again(call: Call): Promise<void>;
}

/** The host's end: `declared` has the stand-ins of the module's functions. */
export function workerLifecycle(declared: Lifecycle): WorkerLifecycle {
  let active: SentContext | null = null;
  return {
    ...declared,
    async activate({ isCurrent: _, ...context }) {
      active = context;
      await (declared.activate as Activate | undefined)?.(context);
    },
    async deactivate(context) {
      active = null;
      await declared.deactivate?.(context);
    },
    async again(call) {
      if (active === null || declared.activate === undefined) return;
      await call(ACTIVATE, [{ ...active, fromVersion: null, reason: 'restart' } satisfies SentContext]);
    },
  };
}

/** The worker's end: the arguments of a call as the module is to see them. */
export function receivedArgs(
  path: readonly string[],
  args: readonly unknown[],
  isCurrent: () => boolean,
): readonly unknown[] {
  if (path.join('.') !== ACTIVATE.join('.')) return args;
  const [sent, ...rest] = args;
  return [{ ...(sent as SentContext), isCurrent }, ...rest];
}
