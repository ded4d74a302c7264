/** Writes the index after the journal has moved: a record at the end of the tail, and now and then a new run. */

import { errnoOf, isLedgerError } from '../../errors.js';
import { makeFoldersSync } from '../../make-folders.js';
import { DamagedIndex, type IndexEntry, type IndexPosition, type IndexWriter } from '../../ports/index-file.js';
import { ioError } from '../file-system.js';
import { createFile, type IndexFileSystem, readAt, writeAt } from './index-file-system.js';
import { areCurrent, type IndexParts, openParts, TAIL, upperRun } from './index-parts.js';
import { OwnFiles } from './own-files.js';
import { checkPosition } from './record-line.js';
import { mergeTail, removeFile, unfinished, writeBase } from './replace-run.js';
import { readTail, TAIL_HEADER_BYTES, TailChanges, type TailEntry, tailHeader, tailRecord } from './tail.js';

/** A longer tail is merged, so that opening an index takes some milliseconds at most, however large it is. */
const LONGEST_TAIL = 256 * 1024;

/** What the writer knows of the files between two calls; held against them before it is used. */
interface State {
  readonly files: OwnFiles;
  readonly parts: IndexParts;
  /** Null until the tail's first record is written. */
  tail: { readonly fd: number; readonly ino: number } | null;
  /** The tail's whole records. */
  entries: TailEntry[];
  /** Where the tail's record of a tip ends; that of the run's own tip is the tail's header. */
  readonly ends: Map<string, number>;
  /** Where the tail's whole records end. */
  end: number;
}

/** Where entries continue the index: where the tail is to end before them, and which of them are not in it. */
interface Continuation {
  readonly cut: number;
  readonly missing: readonly IndexEntry[];
}

function closeState({ files, parts, tail }: State): void {
  parts.base.close();
  parts.middle?.close();
  if (tail !== null) files.fs.closeSync(tail.fd);
}

function continuation({ parts, ends }: State, entries: readonly IndexEntry[]): Continuation | null {
  const { root } = parts.base.header.position;
  if (entries.some(({ position }) => position.root !== root)) return null;
  for (let i = entries.length - 1; i >= 0; i--) {
    const cut = ends.get(entries[i]?.position.tip ?? '');
    if (cut !== undefined) return { cut, missing: entries.slice(i + 1) };
  }
  const cut = ends.get(entries[0]?.after ?? '');
  return cut === undefined ? null : { cut, missing: entries };
}

/** The index in a folder, for the ledger's one writer. */
export class IndexFolderWriter implements IndexWriter {
  readonly #fs: IndexFileSystem;
  readonly #folder: string;
  readonly #longestTail: number;
  #state: State | null = null;
  /** A tail of up to this many bytes is not merged: more than the usual after a merge that failed. */
  #patience: number;

  constructor(fs: IndexFileSystem, folder: string, longestTail = LONGEST_TAIL) {
    this.#fs = fs;
    this.#folder = folder;
    this.#longestTail = longestTail;
    this.#patience = longestTail;
  }

  append(entries: readonly IndexEntry[]): 'written' | 'absent' {
    if (entries.length === 0) return 'written';
    return this.#guarded(() => {
      const state = this.#current();
      const place = state === null ? null : continuation(state, entries);
      if (state === null || place === null || !this.#extend(state, place)) return 'absent';
      if (state.end > this.#patience) this.#merge(state);
      return 'written';
    }, 'absent');
  }

  rebuild(position: IndexPosition, records: Iterable<readonly [key: string, value: string]>): 'written' | 'refused' {
    checkPosition(position);
    return this.#guarded(() => {
      this.close();
      this.#patience = this.#longestTail;
      makeFoldersSync(this.#folder, 0o700, this.#fs);
      const files = OwnFiles.in(this.#fs, this.#folder);
      if (files === null) return 'refused';
      writeBase(files, position, records);
      removeFile(files, TAIL);
      return 'written';
    }, 'refused');
  }

  close(): void {
    const state = this.#state;
    this.#state = null;
    if (state !== null) closeState(state);
  }

  /** After a failure nothing that is known of the files counts any more. */
  #guarded<T>(body: () => T, damaged: T): T {
    try {
      return body();
    } catch (error) {
      this.close();
      if (error instanceof DamagedIndex) return damaged;
      if (isLedgerError(error) || errnoOf(error) === null) throw error;
      throw ioError('write the index in', this.#folder, error);
    }
  }

  #current(): State | null {
    const known = this.#state;
    if (known !== null && this.#isCurrent(known)) return known;
    this.close();
    const files = OwnFiles.in(this.#fs, this.#folder);
    const parts = files === null ? null : openParts(files, 'r+');
    if (files === null || parts === null) return null;
    const { tail } = parts;
    const ends = new Map([[upperRun(parts).header.position.tip, TAIL_HEADER_BYTES]]);
    this.#state = { files, parts, tail, entries: [], ends, end: TAIL_HEADER_BYTES };
    this.#learn(this.#state, tail?.entries ?? []);
    return this.#state;
  }

  /** True where the files are those that are open; what another process has added to the tail is read. */
  #isCurrent(state: State): boolean {
    const { files, parts, tail } = state;
    if (!areCurrent(files, parts) || files.inode(TAIL) !== (tail?.ino ?? null)) return false;
    if (tail === null) return true;
    return Number(files.fs.fstatSync(tail.fd).size) === state.end;
  }

  #learn(state: State, entries: readonly TailEntry[]): void {
    for (const entry of entries) {
      state.entries.push(entry);
      state.ends.set(entry.position.tip, entry.end);
      state.end = entry.end;
    }
  }

  /**
   * Adds what is missing where the tail is to end; false where that does not continue it. A tail that is longer is
   * replaced: nobody reads a mixture of both.
   */
  #extend(state: State, { cut, missing }: Continuation): boolean {
    const { files, parts } = state;
    const kept = state.entries.filter(({ end }) => end <= cut);
    const records = Buffer.concat(missing.map(tailRecord));
    const added = readTail(records, 0, kept.at(-1)?.position ?? upperRun(parts).header.position);
    if (added.length < missing.length) return false;

    const tail = state.tail;
    if (tail !== null && Number(files.fs.fstatSync(tail.fd).size) === cut) {
      writeAt(files.fs, tail.fd, records, cut);
    } else if (tail !== null) {
      state.tail = this.#newTail(files, Buffer.concat([readAt(files.fs, tail.fd, 0, cut), records]));
      files.fs.closeSync(tail.fd);
    } else if (missing.length > 0) {
      state.tail = this.#newTail(files, Buffer.concat([tailHeader(upperRun(parts).header.id), records]));
    }
    for (const { position, end } of state.entries) if (end > cut) state.ends.delete(position.tip);
    state.entries = kept;
    state.end = cut;
    const moved = added.map(({ position, changes, end }) => ({ position, changes: changes + cut, end: end + cut }));
    this.#learn(state, moved);
    return true;
  }

  #newTail(files: OwnFiles, bytes: Buffer): { readonly fd: number; readonly ino: number } {
    const path = files.path(unfinished(TAIL));
    const fd = createFile(files.fs, path);
    try {
      writeAt(files.fs, fd, bytes, 0);
      files.fs.renameSync(path, files.path(TAIL));
      return { fd, ino: Number(files.fs.fstatSync(fd).ino) };
    } catch (error) {
      files.fs.closeSync(fd);
      throw error;
    }
  }

  /** The tail that is left behind names a run that is no longer there. */
  #merge(state: State): void {
    const { files, parts, tail, entries, end } = state;
    const last = entries.at(-1);
    if (tail === null || last === undefined) return;
    const bytes = readAt(files.fs, tail.fd, 0, end);
    // A merge that fails is not tried again with each entry.
    this.#patience = 2 * end;
    mergeTail(files, parts, new TailChanges(bytes, entries), end, last.position);
    this.#patience = this.#longestTail;
    this.close();
  }
}
