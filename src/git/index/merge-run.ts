/** Merges changes into a run: blocks that they do not touch, and lines that they do not replace, are copied as they are. */

import type { RecordChange } from '../../model/sorted-records.js';
import { compareLine, keyEnd } from './block.js';
import { recordLine } from './record-line.js';
import type { Run } from './run.js';
import type { RunWriter } from './run-writer.js';

interface Change {
  readonly line: Buffer;
  readonly key: Buffer;
  readonly removes: boolean;
}

/** `changes` are in the order of their keys. With `keepRemoved` the result is changes again, not records. */
export function mergeRun(writer: RunWriter, run: Run, changes: Iterable<RecordChange>, keepRemoved: boolean): void {
  const source = changes[Symbol.iterator]();
  const read = (): Change | null => {
    const { done, value } = source.next();
    if (done === true) return null;
    const line = Buffer.from(recordLine(value));
    return { line, key: line.subarray(0, keyEnd(line, 0)), removes: value[1] === null };
  };
  let change = read();
  const write = (): void => {
    if (change !== null && (keepRemoved || !change.removes)) writer.add(change.line);
    change = read();
  };

  for (const { pointer, block, next } of run.scan()) {
    const untouched = change === null || (next !== null && Buffer.compare(change.key, next) >= 0);
    if (untouched && writer.addBlock(block.bytes, pointer.crc)) continue;
    for (let i = 0; i < block.count; i++) {
      const line = block.lineAt(i);
      while (change !== null && compareLine(line, 0, change.key) > 0) write();
      if (change !== null && compareLine(line, 0, change.key) === 0) write();
      else writer.add(line);
    }
  }
  while (change !== null) write();
}
