/** Files that are written one after another and made to last at the same time: the disk is waited for once. */

import type { FileContent, SyncFiles } from './sync-files.js';

/** Creates files whose bytes last: `SyncFiles` at once, a group once its `sync` has ended. */
export type FileMaker = Pick<SyncFiles, 'createAnew'> | SyncGroup;

/**
 * So long a sync waits for others' work in Node's threads, in milliseconds: names that are looked up and not found, hashes of passwords. A
 * rollback is not to wait for the name server.
 */
const PATIENCE_MS = 25;

interface Written {
  readonly path: string;
  readonly fd: number;
  /** Its sync, once that is asked for; it never rejects. */
  ended?: Promise<void>;
  failure?: unknown;
}

export class SyncGroup {
  private readonly files: SyncFiles;
  private readonly written: Written[] = [];
  /** Those whose sync was asked for and has not ended. */
  private readonly waiting = new Set<Written>();

  constructor(files: SyncFiles) {
    this.files = files;
  }

  /** As `SyncFiles.createAnew`; its bytes do not last yet. */
  createAnew(path: string, content: FileContent): void {
    this.written.push({ path, fd: this.files.createOpen(path, content) });
  }

  /** Makes the bytes of all of them last. @throws `IO` */
  async sync(): Promise<void> {
    const { files, written } = this;
    if (files.overdue === 0) await this.syncAtOnce();
    else for (const { fd, path } of written) files.syncNow(fd, path);
    for (let file = written.pop(); file !== undefined; file = written.pop()) {
      // One that fails to close is closed all the same; the others are left to `abandon`.
      if (!this.closesLater(file)) files.closeWritten(file.fd, file.path);
    }
  }

  private async syncAtOnce(): Promise<void> {
    const { files, waiting, written } = this;
    for (const file of written) {
      waiting.add(file);
      file.ended = files.syncOpen(file.fd, file.path).then(
        () => void waiting.delete(file),
        (error: unknown) => {
          file.failure = error;
          waiting.delete(file);
        },
      );
    }
    if (!(await endsWithin(Promise.all(written.map(({ ended }) => ended)), PATIENCE_MS))) {
      for (const { ended } of waiting) {
        files.overdue++;
        void ended?.then(() => files.overdue--);
      }
      // By descriptors of their own, which tell of a write that failed unless the late one has told it.
      for (const { path } of waiting) files.syncFile(path);
      // Then that one is heard now.
      await new Promise((resolve) => setImmediate(resolve));
    }
    const failed = written.find(({ failure }) => failure !== undefined);
    if (failed !== undefined) throw failed.failure;
  }

  /** Closes what is not synced. */
  abandon(): void {
    for (const file of this.written.splice(0)) if (!this.closesLater(file)) this.files.close(file.fd);
  }

  /** A descriptor is another file's once it is closed: that of a sync which has not ended stays open until then. */
  private closesLater(file: Written): boolean {
    if (!this.waiting.has(file)) return false;
    void file.ended?.then(() => this.files.close(file.fd));
    return true;
  }
}

/** True where it ends in so many milliseconds. */
async function endsWithin(all: Promise<unknown>, ms: number): Promise<boolean> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<boolean>((resolve) => {
    timer = setTimeout(resolve, ms, false);
  });
  try {
    return await Promise.race([all.then(() => true), late]);
  } finally {
    clearTimeout(timer);
  }
}
