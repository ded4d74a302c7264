/**
 * Keeps a version's worker running: one that ends on its own is started again after a pause, a few times, as OTP's supervisors
 * do with an intensity and a period.
 *
 * A new worker imports the version anew: what the one before had in memory is lost. Calls that waited are rejected and never repeated: nobody
 * knows how much of them was done.
 */

import { type LedgerError, messageOf } from '../../errors.js';
import type { RunEvent } from '../swap-ports.js';
import { withTimeLimit } from '../time-limit.js';
import type { Shape } from './export-shape.js';
import type { RunnerKind } from './runner.js';
import {
  type ConnectionParts,
  reasonOf,
  type WorkerConnection,
  type WorkerEnd,
  workerError,
} from './worker-connection.js';

/** The pauses before the first, second and third restart of a period, in milliseconds; after those it gives up. */
const PAUSES_MS = [100, 500, 2000] as const;

/** Restarts count for so long, in milliseconds. */
const PERIOD_MS = 5 * 60_000;

/** How long a restarted worker may take to import its version and to activate it, in milliseconds. */
const START_LIMIT_MS = 30_000;

/** Calls a function of the exports. */
export type Call = (path: readonly string[], args: readonly unknown[]) => Promise<unknown>;

interface SupervisorParts {
  /** The version, for messages. */
  readonly name: string;
  readonly kind: RunnerKind;
  /** Makes sure, before a restart, that the files of the version are there. */
  readonly prepare: () => Promise<unknown>;
  readonly connect: (events: Pick<ConnectionParts, 'onEnd' | 'onUnresponsive'>) => WorkerConnection;
  readonly onRunEvent: (event: RunEvent) => void;
  /** What is done in a worker that was started again, before it takes other calls; the version is not called again where it throws. */
  readonly onRestart: (call: Call) => Promise<void>;
}

export class WorkerSupervisor {
  private readonly parts: SupervisorParts;
  private connection: WorkerConnection;
  /** Why there is no worker to call, and what is done about it. */
  private outage: { readonly reason: string; readonly restartAt: number | null } | null = null;
  /** When it was restarted in this period, by `performance.now()`. */
  private restarts: number[] = [];
  private timer: NodeJS.Timeout | null = null;
  private started = false;
  private disposed = false;

  constructor(parts: SupervisorParts) {
    this.parts = parts;
    this.connection = this.connect();
  }

  /** The shape of the exports, once the version was imported for the first time; where that fails, nothing is restarted. */
  async shape(): Promise<Shape> {
    const shape = await this.connection.shape();
    this.started = true;
    return shape;
  }

  /** Calls a function of the exports on the worker that runs; rejects with `IO` where there is none. */
  call(path: readonly string[], args: readonly unknown[]): Promise<unknown> {
    if (this.outage === null) return this.connection.call(path, args);
    return Promise.reject(this.notNow(this.outage.reason, this.outage.restartAt));
  }

  /** Ends the worker, whatever it is doing, and starts no other. */
  async dispose(): Promise<void> {
    this.disposed = true;
    if (this.timer !== null) clearTimeout(this.timer);
    this.outage = null;
    await this.connection.terminate();
  }

  private connect(): WorkerConnection {
    return this.parts.connect({
      onEnd: (end) => this.ended(end),
      onUnresponsive: (forMs) => this.parts.onRunEvent({ type: 'unresponsive', forMs: Math.round(forMs) }),
    });
  }

  private notNow(reason: string, restartAt: number | null): LedgerError<'IO'> {
    const left = restartAt === null ? null : Math.max(0, Math.round(restartAt - performance.now()));
    return workerError(this.parts.kind, reason, this.parts.name, hintOf(left));
  }

  /** Says what calls that waited are to be told. */
  private ended({ reason, inFlight }: WorkerEnd): string {
    if (this.disposed || !this.started) return GIVEN_UP;
    const now = performance.now();
    this.restarts = this.restarts.filter((at) => now - at < PERIOD_MS);
    const restartInMs = PAUSES_MS[this.restarts.length] ?? null;
    this.outage = { reason, restartAt: restartInMs === null ? null : now + restartInMs };
    this.parts.onRunEvent({ type: 'ended', reason, restartInMs, inFlight });
    if (restartInMs === null) this.parts.onRunEvent({ type: 'gave-up', reason: this.tooOften(reason) });
    // Whoever was told may have let go of it.
    else if (!this.disposed) this.timer = setTimeout(() => void this.restart(), restartInMs).unref();
    return hintOf(restartInMs);
  }

  private tooOften(reason: string): string {
    return `${reason}, after ${this.restarts.length} restarts within ${PERIOD_MS / 60_000} minutes`;
  }

  /** Never rejects. */
  private async restart(): Promise<void> {
    this.restarts.push(performance.now());
    let connection: WorkerConnection | null = null;
    try {
      await this.parts.prepare();
      if (this.disposed) return;
      connection = this.connect();
      this.connection = connection;
      await this.bringUp(connection);
      this.outage = null;
      this.parts.onRunEvent({ type: 'restarted', restarts: this.restarts.length });
    } catch (error) {
      const what = `did not start again: ${messageOf(error)}`;
      // Where the worker ended, that was told already.
      if (connection !== null) connection.fail(what, error);
      else this.ended({ reason: reasonOf(this.parts.kind, this.parts.name, what), cause: error, inFlight: 0 });
    }
  }

  /** Imports the version, and activates it again. */
  private async bringUp(connection: WorkerConnection): Promise<void> {
    const limit = { what: `starting ${this.parts.name}`, limitMs: START_LIMIT_MS };
    await withTimeLimit(limit, async () => {
      await connection.shape();
      await this.parts.onRestart((path, args) => connection.call(path, args));
    });
  }
}

const GIVEN_UP = 'swap in a version that does not end its worker, or call resume, which loads this one anew';

function hintOf(restartInMs: number | null): string {
  return restartInMs === null
    ? GIVEN_UP
    : `it restarts in ${restartInMs} ms; a call that was under way is not repeated`;
}
