/**
 * The first 512 bytes of a run: what it is of, which run it lies on, how long the file is, and where its top block is.
 *
 * A run is an immutable file of sorted records in blocks of some 4 KiB: the base holds all records, the middle holds
 * changes of them. Blocks of inner levels are of the same form, with the key that a block starts with and its pointer.
 */

import { crc32 } from 'node:zlib';
import { ANY_OID_PATTERN } from '../../model/object-id.js';
import { RECORDS_SCHEMA } from '../../model/record-types.js';
import type { IndexPosition } from '../../ports/index-file.js';
import type { Pointer } from './block.js';

/**
 * The form of all files of the index and of the records in them: whoever changes either takes another number. It is in the
 * files' names too, so that two versions of the package live side by side.
 */
export const SCHEMA = RECORDS_SCHEMA;

export const HEADER_BYTES = 512;

export interface RunHeader {
  /** Made at random for each run, so that nothing is taken for a change of a run that it was not made on. */
  readonly id: string;
  /** The id of the run that this one holds changes of; null for a base. */
  readonly on: string | null;
  readonly position: IndexPosition;
  /** Bytes in the file. */
  readonly size: number;
  /** Inner levels: with none the top block holds records. */
  readonly levels: number;
  /** Null where there are no records. */
  readonly top: Pointer | null;
}

const FORM = new RegExp(
  `^git-lineage index run ${SCHEMA}\nid ([0-9a-f]{32})\non ([0-9a-f]{32}|-)\nroot (${ANY_OID_PATTERN})\nseq (\\d{1,15})\n` +
    `tip (${ANY_OID_PATTERN})\nsha256 ([0-9a-f]{64})\nsize (\\d{1,15})\nlevels (\\d{1,2})\n` +
    'top (?:(\\d{1,15}) (\\d{1,15}) (\\d{1,10})|-)\ncrc (\\d{1,10})\n +\n$',
);

export function formatHeader(header: RunHeader): Buffer {
  const { id, on, position, size, levels, top } = header;
  const text =
    `git-lineage index run ${SCHEMA}\nid ${id}\non ${on ?? '-'}\nroot ${position.root}\nseq ${position.seq}\n` +
    `tip ${position.tip}\nsha256 ${position.tipSha256}\nsize ${size}\nlevels ${levels}\n` +
    `top ${top === null ? '-' : `${top.offset} ${top.length} ${top.crc}`}\n`;
  return Buffer.from(`${`${text}crc ${crc32(text)}\n`.padEnd(HEADER_BYTES - 1)}\n`);
}

/** Null for anything that is not exactly a header. */
export function parseHeader(bytes: Uint8Array): RunHeader | null {
  const text = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString('latin1');
  const found = text.length === HEADER_BYTES ? FORM.exec(text) : null;
  if (found === null) return null;
  const [, id, on, root, seq, tip, tipSha256, size, levels, offset, length, crc, own] = found as unknown as string[];
  if (crc32(text.slice(0, text.lastIndexOf('crc '))) !== Number(own)) return null;
  return {
    id: id as string,
    on: on === '-' ? null : (on as string),
    position: { root: root as string, seq: Number(seq), tip: tip as string, tipSha256: tipSha256 as string },
    size: Number(size),
    levels: Number(levels),
    top: offset === undefined ? null : { offset: Number(offset), length: Number(length), crc: Number(crc) },
  };
}
