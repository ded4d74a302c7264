/** Files that are written one after another and made to last at the same time: the disk is waited for once. */

import type { FileContent, SyncFiles } from './sync-files.js';

/** Creates files whose bytes last: `SyncFiles` at once, a group once its `sync` has ended. */
export type FileMaker = Pick<SyncFiles, 'createAnew'> | SyncGroup;

export class SyncGroup {
  private readonly files: SyncFiles;
  private readonly written: { readonly path: string; readonly fd: number }[] = [];

  constructor(files: SyncFiles) {
    this.files = files;
  }

  /** As `SyncFiles.createAnew`; its bytes do not last yet. */
  createAnew(path: string, content: FileContent): void {
    this.written.push({ path, fd: this.files.createOpen(path, content) });
  }

  /** Makes the bytes of all of them last. @throws `IO` once the last of them has ended */
  async sync(): Promise<void> {
    const { files, written } = this;
    const outcomes = await Promise.allSettled(written.map(({ fd, path }) => files.syncOpen(fd, path)));
    const failed = outcomes.find((outcome) => outcome.status === 'rejected');
    if (failed !== undefined) throw failed.reason;
    // One that fails to close is closed all the same; the others are left to `abandon`.
    for (let file = written.pop(); file !== undefined; file = written.pop()) files.closeWritten(file.fd, file.path);
  }

  /** Closes what is not synced. */
  abandon(): void {
    for (const { fd } of this.written.splice(0)) this.files.close(fd);
  }
}
