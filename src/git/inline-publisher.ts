/** The one who writes, in the thread that it is called in. */

import { isLedgerError } from '../errors.js';
import type { NormalizedFiles } from '../model/module-files.js';
import { JOURNAL_REF } from '../model/ref-names.js';
import type { IndexEntry, IndexPosition, IndexWriter } from '../ports/index-file.js';
import type { Oid } from '../ports/objects.js';
import type { Adopted, Plan, Published, Publisher, StagedFiles } from '../ports/publisher.js';
import { adopt } from './adopt.js';
import { PackMerger } from './merge-packs.js';
import { publish } from './publish.js';
import { StagedContent } from './staged-files.js';
import type { WritePlace } from './write-place.js';
import { takeWriterLock } from './writer-lock.js';

/** What is told of a transaction while it runs; the end of the call says how it ended. */
interface Progress {
  /** Just before the journal moves. */
  readonly happens?: () => void;
  /** All of it lasts; tidying up follows. */
  readonly lasts?: (published: Published) => void;
}

export class InlinePublisher implements Publisher {
  private readonly place: WritePlace;
  private readonly content: StagedContent;
  private readonly index: IndexWriter | null;
  /** How the index took the last transaction: told with the next one, which does not wait for it. */
  private indexed: Published['index'] = 'written';
  /** Ends the turn as the only writer that was reserved. */
  private reserved: (() => void) | null = null;
  private readonly running = new Set<Promise<unknown>>();
  /** A transaction waits for it only where packs are written faster than they are merged. */
  private readonly merger: PackMerger;

  /** `index` null: the index is in memory only. */
  constructor(place: WritePlace, index: IndexWriter | null = null) {
    this.place = place;
    this.merger = new PackMerger(place);
    this.content = new StagedContent(place.reader.database);
    this.index = index;
  }

  async stageFiles(files: NormalizedFiles): Promise<StagedFiles> {
    return this.content.stage(files);
  }

  /** @internal As `stageFiles`, under an id that the caller chose. */
  stageAs(files: NormalizedFiles, id: number): StagedFiles {
    return this.content.stage(files, id);
  }

  releaseFiles(ids: readonly number[]): void {
    this.content.release(ids);
  }

  publish(plan: Plan, confirm?: () => Promise<void>, progress: Progress = {}): Promise<Published | 'moved'> {
    return this.counted(async () => {
      // Hashed and deflated before the lock is taken, which others may wait for.
      const { pack, oids } = this.content.packOf(plan);
      // A merge ends under the writer lock: who has it already would wait for themselves.
      if (this.reserved === null) await this.merger.pace();
      const release = await this.lock();
      try {
        const published: Published = { index: this.indexed };
        const lasts = (): void => progress.lasts?.(published);
        if ((await publish(this.place, plan, { pack, oids, confirm, happens: progress.happens, lasts })) === 'moved')
          return 'moved';
        this.content.published(plan.files.map(({ id }) => id));
        this.append(plan.index);
        return published;
      } finally {
        release();
        void this.merger.merge();
      }
    });
  }

  /** The index is a cache: where it cannot be written, the transaction stands all the same. */
  private append(entries: readonly IndexEntry[]): void {
    if (this.index === null || entries.length === 0) return;
    try {
      this.indexed = this.index.append(entries);
    } catch (error) {
      if (!isLedgerError(error)) throw error;
      this.indexed = 'absent';
    }
  }

  keepIndex(position: IndexPosition, records: () => Iterable<readonly [key: string, value: string]>): Promise<boolean> {
    return this.counted(async () => {
      const kept = await keepIndex(this.place, this.index, position, records);
      if (kept) this.indexed = 'written';
      return kept;
    });
  }

  adopt(from: Oid, tip: Oid, progress: Progress = {}): Promise<Adopted | 'moved'> {
    return this.counted(async () => {
      const release = await this.lock();
      try {
        return adopt(this.place, from, tip, progress.happens);
      } finally {
        release();
      }
    });
  }

  reserve(): Promise<void> {
    return this.counted(async () => {
      if (this.reserved === null) this.reserved = await takeWriterLock(this.place.files, this.place.lockFile);
    });
  }

  async unreserve(): Promise<void> {
    this.reserved?.();
    this.reserved = null;
  }

  async close(): Promise<void> {
    while (this.running.size > 0) await Promise.allSettled(this.running);
    // A merge ends under the writer lock.
    await this.unreserve();
    await this.merger.close();
    this.place.completed = null;
    this.index?.close();
  }

  /** The lock that was reserved, or a new one. */
  private async lock(): Promise<() => void> {
    const { reserved } = this;
    this.reserved = null;
    return reserved ?? takeWriterLock(this.place.files, this.place.lockFile);
  }

  private counted<T>(body: () => Promise<T>): Promise<T> {
    const running = body();
    this.running.add(running);
    const done = (): void => void this.running.delete(running);
    running.then(done, done);
    return running;
  }
}

/** How long our own last transaction may take to tidy up, in milliseconds. */
const TIDYING_MS = 500;

/** Writes the index anew where the journal is still at `position`. It waits for no other writer's turn. @throws `REF_LOCKED` */
export async function keepIndex(
  { reader, files, lockFile }: WritePlace,
  index: IndexWriter | null,
  position: IndexPosition,
  records: () => Iterable<readonly [key: string, value: string]>,
): Promise<boolean> {
  if (index === null) return true;
  const release = await takeWriterLock(files, lockFile, TIDYING_MS);
  try {
    return reader.readRefText(JOURNAL_REF) === position.tip && index.rebuild(position, records()) === 'written';
  } finally {
    release();
  }
}
