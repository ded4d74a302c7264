/** A new run takes its name when all of it lasts; until then nothing has changed. */

import { randomBytes } from 'node:crypto';
import type { RecordChange } from '../../model/sorted-records.js';
import { mergedRange, type SortedChanges } from '../../model/sorted-records.js';
import type { IndexPosition } from '../../ports/index-file.js';
import { compareLine } from './block.js';
import { createFile } from './index-file-system.js';
import { BASE, type IndexParts, MIDDLE } from './index-parts.js';
import { mergeRun } from './merge-run.js';
import type { OwnFiles } from './own-files.js';
import { outOfOrder, recordLine } from './record-line.js';
import { RunWriter } from './run-writer.js';

/** The name that a file has while it is written. Only the ledger's one writer uses it, so one name is enough. */
export function unfinished(name: string): string {
  return `${name}.new`;
}

export function removeFile(files: OwnFiles, name: string): void {
  if (files.inode(name) !== null) files.fs.unlinkSync(files.path(name));
}

function writeRun(
  files: OwnFiles,
  name: string,
  on: string | null,
  position: IndexPosition,
  fill: (writer: RunWriter) => void,
): void {
  const { fs } = files;
  const path = files.path(unfinished(name));
  const fd = createFile(fs, path);
  try {
    try {
      const writer = new RunWriter(fs, fd);
      fill(writer);
      writer.finish(randomBytes(16).toString('hex'), on, position);
    } finally {
      fs.closeSync(fd);
    }
    fs.renameSync(path, files.path(name));
  } catch (error) {
    // What is left of it is removed by the next one of its name, if not here.
    try {
      fs.unlinkSync(path);
    } catch {}
    throw error;
  }
}

/** Makes a base of all records there are at `position`. A middle and a tail that stay behind belong to no run. */
export function writeBase(
  files: OwnFiles,
  position: IndexPosition,
  records: Iterable<readonly [key: string, value: string]>,
): void {
  writeRun(files, BASE, null, position, (writer) => {
    let before: Buffer | null = null;
    for (const record of records) {
      const line = Buffer.from(recordLine(record));
      if (before !== null && compareLine(line, 0, before) <= 0) throw outOfOrder(record[0]);
      before = line.subarray(0, Buffer.byteLength(record[0]));
      writer.add(line);
    }
  });
  removeFile(files, MIDDLE);
}

/** The middle is merged into the base when it is past this part of it. */
const MIDDLE_PART = 16;

/**
 * Makes a new run of the upper one and `changes`, those of its tail: a new middle, so that a large base is not written
 * again for a few changes; a new base where the middle would be too large.
 */
export function mergeTail(
  files: OwnFiles,
  parts: IndexParts,
  changes: SortedChanges,
  tailBytes: number,
  position: IndexPosition,
): void {
  const { base, middle } = parts;
  if (((middle?.header.size ?? 0) + tailBytes) * MIDDLE_PART > base.header.size) {
    const all: Iterable<RecordChange> = mergedRange(middle === null ? [changes] : [changes, middle], '', null);
    writeRun(files, BASE, null, position, (writer) => mergeRun(writer, base, all, false));
    removeFile(files, MIDDLE);
    return;
  }
  writeRun(files, MIDDLE, base.header.id, position, (writer) => {
    if (middle !== null) mergeRun(writer, middle, changes.range('', null), true);
    else for (const change of changes.range('', null)) writer.add(Buffer.from(recordLine(change)));
  });
}
