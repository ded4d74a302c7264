/** The one who writes, in the thread that it is called in. */

import type { ModuleFile, NormalizedFiles } from '../model/module-files.js';
import type { IndexEntry } from '../ports/index-file.js';
import type { Oid } from '../ports/objects.js';
import type { Adopted, Plan, Publisher, StagedFiles } from '../ports/publisher.js';
import { adopt } from './adopt.js';
import { publish } from './publish.js';
import type { RepositoryReader } from './repository-reader.js';
import { StagedContent } from './staged-files.js';
import { WritePlace } from './write-place.js';
import { takeWriterLock } from './writer-lock.js';

/** Puts what a transaction changed into the index at rest. */
export type AppendIndex = (entries: readonly IndexEntry[]) => void;

/** What is told of a transaction while it runs; the end of the call says how it ended. */
export interface Progress {
  /** Just before the journal moves. */
  readonly happens?: () => void;
  /** All of it lasts; tidying up follows. */
  readonly lasts?: () => void;
}

/** The same files with bytes of their own: the caller's may change. */
export function ownBytes(files: NormalizedFiles): NormalizedFiles {
  return new Map(
    [...files].map(([path, { mode, data }]): [string, ModuleFile] => [path, { mode, data: new Uint8Array(data) }]),
  );
}

export class InlinePublisher implements Publisher {
  private readonly place: WritePlace;
  private readonly content: StagedContent;
  private readonly appendIndex: AppendIndex;
  /** Ends the turn as the only writer that was reserved. */
  private reserved: (() => void) | null = null;
  private readonly running = new Set<Promise<unknown>>();

  constructor(place: WritePlace, appendIndex: AppendIndex = () => undefined) {
    this.place = place;
    this.content = new StagedContent(place.reader.database);
    this.appendIndex = appendIndex;
  }

  async stageFiles(files: NormalizedFiles): Promise<StagedFiles> {
    return this.content.stage(ownBytes(files));
  }

  /** @internal As `stageFiles`, of bytes that are ours, under an id that the caller chose. */
  stageOwn(files: NormalizedFiles, id: number): StagedFiles {
    return this.content.stage(files, id);
  }

  releaseFiles(ids: readonly number[]): void {
    this.content.release(ids);
  }

  publish(plan: Plan, confirm?: () => Promise<void>, progress: Progress = {}): Promise<'published' | 'moved'> {
    return this.counted(async () => {
      // Hashed and deflated before the lock is taken, which others may wait for.
      const { pack, oids } = this.content.packOf(plan);
      const release = await this.lock();
      try {
        const lasts = (): void => {
          this.content.release(plan.files.map(({ id }) => id));
          this.appendIndex(plan.index);
          progress.lasts?.();
        };
        return await publish(this.place, plan, { pack, oids, confirm, happens: progress.happens, lasts });
      } finally {
        release();
      }
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
    await this.unreserve();
    this.place.completed = null;
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

/** A publisher over a repository, in whatever thread it is made. */
export function inlinePublisher(reader: RepositoryReader, place = new WritePlace(reader)): InlinePublisher {
  return new InlinePublisher(place);
}
