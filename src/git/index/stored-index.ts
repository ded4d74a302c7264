/** The index as it was when it was opened: a base, changes on it, and nothing that is written later. */

import { LayeredRecords, type SortedChanges } from '../../model/sorted-records.js';
import type { IndexFiles, IndexPosition, StoredIndex } from '../../ports/index-file.js';
import type { IndexFileSystem } from './index-file-system.js';
import { areCurrent, endOf, openParts, type Runs } from './index-parts.js';
import { OwnFiles } from './own-files.js';
import { TailChanges } from './tail.js';

class OpenIndex extends LayeredRecords implements StoredIndex {
  readonly position: IndexPosition;
  readonly #files: OwnFiles;
  readonly #runs: Runs;

  constructor(files: OwnFiles, runs: Runs, layers: readonly SortedChanges[], position: IndexPosition) {
    super(layers);
    this.position = position;
    this.#files = files;
    this.#runs = runs;
  }

  outdated(): boolean {
    return !areCurrent(this.#files, this.#runs);
  }

  close(): void {
    this.#runs.base.close();
    this.#runs.middle?.close();
  }
}

/** The index in a folder, for who reads it. */
export class IndexFolder implements IndexFiles {
  readonly #fs: IndexFileSystem;
  readonly #folder: string;

  /** The files need not be there. */
  constructor(fs: IndexFileSystem, folder: string) {
    this.#fs = fs;
    this.#folder = folder;
  }

  open(): StoredIndex | null {
    const files = OwnFiles.in(this.#fs, this.#folder);
    const parts = files === null ? null : openParts(files, 'r');
    if (files === null || parts === null) return null;
    const { base, middle, tail } = parts;
    const layers: SortedChanges[] = middle === null ? [base] : [middle, base];
    if (tail !== null) {
      files.fs.closeSync(tail.fd);
      if (tail.entries.length > 0) layers.unshift(new TailChanges(tail.bytes, tail.entries));
    }
    return new OpenIndex(files, parts, layers, endOf(parts));
  }
}
