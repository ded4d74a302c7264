/**
 * The one who writes, in a thread of its own, so that the caller's event loop never waits for a disk.
 *
 * A thread that ends without an answer leaves one question: whether the journal moved. Only the journal answers it; nothing is
 * repeated on a guess.
 */

import nodeFs from 'node:fs';
import type { Worker } from 'node:worker_threads';
import { builtFile } from '../built-file.js';
import { LedgerError } from '../errors.js';
import type { NormalizedFiles } from '../model/module-files.js';
import type { IndexPosition } from '../ports/index-file.js';
import type { Oid } from '../ports/objects.js';
import type { Adopted, Plan, Published, Publisher, StagedFiles } from '../ports/publisher.js';
import { startThread } from '../start-thread.js';
import { entriesBetween } from './adopted-entries.js';
import {
  type DiskReply,
  type DiskRequest,
  type DiskThreadData,
  handedOver,
  receivedError,
  type SentError,
} from './disk-protocol.js';
import { IndexFolderWriter } from './index/index-writer.js';
import { keepIndex } from './inline-publisher.js';
import { recover } from './recover.js';
import { fileObjects, identify, notHeld } from './staged-files.js';
import type { WritePlace } from './write-place.js';
import { withWriterLock } from './writer-lock.js';

/** So many bytes at most are with the thread and not hashed yet: a transaction does not wait behind all that was staged. */
const BYTES_IN_FLIGHT = 64 * 1024 * 1024;

/** Content of up to so many bytes and files is hashed here as well: a question to the thread and its answer would take longer. */
const SMALL_CONTENT = 64 * 1024;
const FEW_FILES = 64;

function threadEnded(why: string, details: { committed?: boolean; cause?: unknown } = {}): LedgerError<'IO'> {
  const hint = details.committed
    ? 'the transaction is committed and will be completed by the next write; do not repeat it'
    : 'nothing was committed: try again; where it ends every time, open the ledger anew';
  const data = { operation: 'publish', path: '', errno: null };
  return new LedgerError('IO', `the thread that writes ended: ${why}`, data, { hint, ...details });
}

/** Node gives each thread 48 MB for what was made last, most of it garbage here; with this much it is looked through more often. */
const YOUNG_MB = 6;

/** A question of the caller's that is not answered yet. */
interface Call {
  readonly resolve: (value: unknown) => void;
  readonly reject: (error: unknown) => void;
  readonly confirm?: (() => Promise<void>) | undefined;
  /** What the journal will hold where this has happened, and what the answer is then. */
  readonly leadsTo?: { readonly from: Oid | null; readonly tip: Oid; readonly adopts: boolean } | undefined;
  happens: boolean;
  confirmed: boolean;
  /** How the caller's word on the transaction ended: its error, or null while there is none. */
  confirming: Promise<void> | null;
  refusal: { readonly error: unknown } | null;
}

/** What is asked before it has the number of its call. */
type Ask<T> = T extends { readonly call: number } ? Omit<T, 'call'> : never;

interface DiskThreadOptions {
  /** The folder of the index; none by default. */
  readonly indexFolder?: string | undefined;
  /** What runs in the thread. Another one is a test's business. */
  readonly script?: URL | undefined;
  /** @internal For that script. */
  readonly data?: object | undefined;
}

export class DiskThread implements Publisher {
  private readonly place: WritePlace;
  private readonly index: IndexFolderWriter | null;
  private readonly options: DiskThreadOptions;
  private readonly calls = new Map<number, Call>();
  /** Content that this thread holds: another does not. */
  private readonly held = new Set<number>();
  private worker: Worker | null = null;
  /** Content that went with a thread, or that none took, until its caller lets go of it; and the error of a plan with it. */
  private readonly lost = new Map<number, unknown>();
  private lastCall = 0;
  private bytes = 0;
  private readonly waiting: (() => void)[] = [];
  /** Transactions whose outcome is looked for in the journal. */
  private readonly settling = new Set<Promise<void>>();

  constructor(place: WritePlace, options: DiskThreadOptions = {}) {
    const { indexFolder = null } = options;
    this.place = place;
    this.index = indexFolder === null ? null : new IndexFolderWriter(nodeFs, indexFolder);
    this.options = options;
  }

  async stageFiles(files: NormalizedFiles): Promise<StagedFiles> {
    let size = 0;
    for (const { data } of files.values()) size += data.length;
    if (this.bytes > 0 && this.bytes + size > BYTES_IN_FLIGHT)
      await new Promise<void>((resolve) => this.waiting.push(resolve));
    const known =
      size > SMALL_CONTENT || files.size > FEW_FILES
        ? null
        : identify(files, fileObjects(files, this.place.reader.format));
    const { transfer, ...given } = handedOver(files);
    this.bytes += size;
    const staged = this.ask({ ask: 'stage', ...given }, {}, transfer).finally(() => {
      this.bytes -= size;
      this.waiting.shift()?.();
    }) as Promise<StagedFiles>;
    const id = this.lastCall;
    this.held.add(id);
    if (known === null) {
      // What the thread could not stage it does not hold.
      staged.catch(() => this.held.delete(id));
      return staged;
    }
    // The caller goes on with what is known, and learns with the plan why the thread has no such content.
    staged.catch((error: unknown) => {
      if (this.held.delete(id)) this.lost.set(id, error);
    });
    return { id, ...known };
  }

  releaseFiles(ids: readonly number[]): void {
    for (const id of ids) {
      this.held.delete(id);
      this.lost.delete(id);
    }
    this.worker?.postMessage({ ask: 'release', call: 0, ids } satisfies DiskRequest);
  }

  async publish(plan: Plan, confirm?: () => Promise<void>): Promise<Published | 'moved'> {
    for (const { id } of plan.files) {
      if (this.held.has(id)) continue;
      throw this.lost.get(id) ?? notHeld(id);
    }
    const leadsTo = { from: plan.base, tip: plan.entry, adopts: false };
    const moved = movable(plan);
    const ask = { ask: 'publish', plan: moved.plan, confirms: confirm !== undefined } as const;
    const outcome = (await this.ask(ask, { confirm, leadsTo }, moved.transfer)) as Published | 'moved';
    if (outcome !== 'moved') {
      for (const { id } of plan.files) this.held.delete(id);
      this.place.reader.database.rememberPlanned(plan.objects);
    }
    return outcome;
  }

  /** The records are in this thread, and so the index is written here. */
  keepIndex(position: IndexPosition, records: () => Iterable<readonly [key: string, value: string]>): Promise<boolean> {
    return keepIndex(this.place, this.index, position, records);
  }

  adopt(from: Oid, tip: Oid): Promise<Adopted | 'moved'> {
    return this.ask({ ask: 'adopt', from, tip }, { leadsTo: { from, tip, adopts: true } }) as Promise<
      Adopted | 'moved'
    >;
  }

  async reserve(): Promise<void> {
    await this.ask({ ask: 'reserve' });
  }

  async unreserve(): Promise<void> {
    if (this.worker !== null) await this.ask({ ask: 'unreserve' });
  }

  async close(): Promise<void> {
    while (this.settling.size > 0) await Promise.all(this.settling);
    const { worker } = this;
    if (worker !== null) {
      await this.ask({ ask: 'close' }).catch(() => undefined);
      if (this.worker === worker) this.worker = null;
      this.held.clear();
      await worker.terminate();
      while (this.settling.size > 0) await Promise.all(this.settling);
    }
    // It may be open without a thread: where that ended, and the index was written anew here.
    this.index?.close();
  }

  /** Ends the thread at once, whatever it is doing; the next call starts another. */
  async stop(): Promise<void> {
    await this.worker?.terminate();
  }

  private ask(
    request: Ask<DiskRequest>,
    { confirm, leadsTo }: Pick<Call, 'confirm' | 'leadsTo'> = {},
    transfer: ArrayBuffer[] = [],
  ): Promise<unknown> {
    return new Promise((resolve, reject) => {
      const call = ++this.lastCall;
      const state = { happens: false, confirmed: false, confirming: null, refusal: null };
      const worker = this.started();
      this.calls.set(call, { resolve, reject, confirm, leadsTo, ...state });
      worker.ref();
      try {
        worker.postMessage({ ...request, call }, transfer);
      } catch (error) {
        this.end(call)?.reject(error);
      }
    });
  }

  /** The answered call, or undefined where it was answered already. */
  private end(call: number): Call | undefined {
    const found = this.calls.get(call);
    this.calls.delete(call);
    if (this.calls.size === 0) this.worker?.unref();
    return found;
  }

  private started(): Worker {
    if (this.worker !== null) return this.worker;
    const { script = builtFile('git/disk-thread-main.js'), data, indexFolder = null } = this.options;
    const workerData: DiskThreadData = { gitdir: this.place.gitdir, indexFolder, ...data };
    const resourceLimits = { maxYoungGenerationSizeMb: YOUNG_MB };
    const worker = startThread(script, { workerData, execArgv: [], resourceLimits, name: 'git-lineage disk' });
    let why: unknown = null;
    worker.on('message', (reply: DiskReply) => this.hear(worker, reply));
    worker.on('error', (error) => {
      why = error;
    });
    worker.on('exit', (code) => this.lose(worker, why, code));
    worker.unref();
    this.worker = worker;
    return worker;
  }

  private hear(worker: Worker, reply: DiskReply): void {
    const call = this.calls.get(reply.call);
    if (call === undefined) return;
    if (reply.say === 'happens') call.happens = true;
    else if (reply.say === 'ready') call.confirming = this.confirm(worker, reply.call, call);
    else if (reply.say === 'done') this.end(reply.call)?.resolve(reply.value);
    else this.end(reply.call)?.reject(failure(call, reply.error));
  }

  private async confirm(worker: Worker, number: number, call: Call): Promise<void> {
    try {
      await call.confirm?.();
      call.confirmed = true;
    } catch (error) {
      call.refusal = { error };
    }
    worker.postMessage({ ask: call.refusal === null ? 'go' : 'stop', call: number } satisfies DiskRequest);
  }

  /** A thread has ended: what it had not answered is settled by what the journal says. */
  private lose(worker: Worker, error: unknown, code: number): void {
    const why = error instanceof Error ? error.message : `exit code ${code}`;
    if (this.worker === worker) {
      this.worker = null;
      const gone = threadEnded(`${why}; the content that was staged went with it`);
      for (const id of this.held) this.lost.set(id, gone);
      this.held.clear();
    }
    const lost = [...this.calls.values()];
    this.calls.clear();
    for (const call of lost) {
      const settled = this.settle(call, why, error).catch(call.reject);
      this.settling.add(settled);
      void settled.then(() => this.settling.delete(settled));
    }
  }

  private async settle(call: Call, why: string, cause: unknown): Promise<void> {
    await call.confirming;
    if (call.refusal !== null) throw call.refusal.error;
    if (call.happens && call.leadsTo !== undefined) {
      const happened = await this.outcome(call.leadsTo);
      if (happened !== null) return call.resolve(happened);
    }
    throw threadEnded(why, { cause, committed: call.confirmed });
  }

  /** What the answer would have been where the journal has come to `tip`; null where it has not. */
  private outcome({ from, tip, adopts }: NonNullable<Call['leadsTo']>): Promise<Published | Adopted | null> {
    const { place } = this;
    const { reader } = place;
    return withWriterLock(place.files, place.lockFile, () => {
      const now = reader.journalTip();
      // Others may have written since, and have completed it before they did.
      if (now === from || entriesBetween(reader, tip, now) === null) return null;
      place.completed = null;
      if (now === tip) recover(place, tip);
      const entries = from === null ? [] : (entriesBetween(reader, from, tip) ?? []);
      return adopts ? { entries: entries.length, replaced: [] } : { index: 'absent' };
    });
  }
}

function failure(call: Call, error: SentError): unknown {
  return call.refusal === null ? receivedError(error) : call.refusal.error;
}

/** A plan whose bytes are in one block that is moved: a small Buffer would take the whole of its backing store along. */
function movable(plan: Plan): { readonly plan: Plan; readonly transfer: ArrayBuffer[] } {
  const together = new Uint8Array(plan.objects.reduce((sum, { data }) => sum + data.length, 0));
  let at = 0;
  const objects = plan.objects.map(({ oid, type, data }) => {
    const moved = together.subarray(at, at + data.length);
    moved.set(data);
    at += data.length;
    return { oid, type, data: moved };
  });
  return { plan: { ...plan, objects }, transfer: [together.buffer] };
}
