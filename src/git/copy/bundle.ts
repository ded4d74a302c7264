/** The header of a bundle (gitformat-bundle(5)), versions 2 and 3: its refs, what it takes for granted, where its pack begins. */

import { formatNamed, isOid, type ObjectFormat, SHA1 } from '../../model/object-id.js';
import type { Oid, RefName } from '../../ports/objects.js';
import type { FileHandle } from '../file-system.js';

const SIGNATURE = /^# v([0-9]+) git bundle\n/;
/** No zero byte: to git the name would end there. */
const REF_LINE = /^([0-9a-f]+) (\S[^\0]*)$/;
const PREREQUISITE_LINE = /^-([0-9a-f]+)(?: .*)?$/;
const STEP = 64 * 1024;

/** Some million refs. */
const MAX_HEADER_BYTES = 256 * 1024 * 1024;

export interface BundleHeader {
  readonly refs: ReadonlyMap<RefName, Oid>;
  /** Commits that whoever unpacks it must have already. */
  readonly prerequisites: readonly Oid[];
  /** True where objects were left out by a filter. */
  readonly filtered: boolean;
  /** The format of every id in it: SHA-1 where it does not say. */
  readonly format: ObjectFormat;
  readonly packAt: number;
}

/** What is in a bundle that this cannot read, by its name. */
export class UnknownBundle extends Error {
  override readonly name = 'UnknownBundle';
}

/** True where the first bytes of a file are a bundle's. */
export async function isBundle(file: FileHandle): Promise<boolean> {
  const start = Buffer.alloc(32);
  await file.read(start, 0, start.length, 0);
  return SIGNATURE.test(start.toString('latin1'));
}

async function readHeader(file: FileHandle): Promise<Buffer> {
  const parts: Buffer[] = [];
  for (let at = 0; at < MAX_HEADER_BYTES; ) {
    const buffer = Buffer.alloc(STEP);
    const { bytesRead } = await file.read(buffer, 0, STEP, at);
    if (bytesRead === 0) break;
    const before = parts.at(-1);
    // The blank line may be cut by two reads.
    const ends = before?.at(-1) === 0x0a && buffer[0] === 0x0a;
    parts.push(buffer.subarray(0, bytesRead));
    at += bytesRead;
    if (ends || buffer.subarray(0, bytesRead).includes('\n\n')) break;
  }
  const bytes = Buffer.concat(parts);
  const end = bytes.indexOf('\n\n');
  if (end === -1) throw new Error('its header has no end');
  return bytes.subarray(0, end + 2);
}

interface Parts {
  readonly refs: Map<RefName, Oid>;
  readonly prerequisites: Oid[];
  filtered: boolean;
  format: ObjectFormat;
}

/** A line without the white space at its end, which git takes away (`strbuf_rtrim` in its bundle.c). */
function withoutEnd(line: string): string {
  let end = line.length;
  while (end > 0 && ' \t\r'.includes(line.charAt(end - 1))) end -= 1;
  return line.slice(0, end);
}

function takeCapability(line: string, parts: Parts): void {
  const named = /^@object-format=(\S+)$/.exec(line)?.[1];
  const format = named === undefined ? undefined : formatNamed(named);
  if (line.startsWith('@filter=')) parts.filtered = true;
  else if (format === undefined) throw new UnknownBundle(`the bundle capability ${line.slice(1, 80)}`);
  else parts.format = format;
}

function takeLine(line: string, parts: Parts): void {
  const prerequisite = PREREQUISITE_LINE.exec(line)?.[1];
  if (isOid(prerequisite, parts.format)) {
    parts.prerequisites.push(prerequisite);
    return;
  }
  const [, oid, ref] = REF_LINE.exec(line) ?? [];
  if (!isOid(oid, parts.format) || ref === undefined) throw new Error('a line of its header is malformed');
  // HEAD comes along with --all; it is no ref of the ledger's.
  if (!ref.startsWith('refs/')) return;
  const known = parts.refs.get(ref);
  parts.refs.set(ref, known === undefined || known === oid ? oid : '');
}

/** Reads a bundle's header. @throws {@link UnknownBundle} for one of another kind, an Error for a malformed one */
export async function readBundleHeader(file: FileHandle): Promise<BundleHeader> {
  const header = await readHeader(file);
  const [first = '', ...lines] = header.toString('utf8').slice(0, -2).split('\n');
  const version = SIGNATURE.exec(`${first}\n`)?.[1];
  if (version !== '2' && version !== '3') throw new UnknownBundle(`a bundle of version ${version ?? 'unknown'}`);
  const parts: Parts = { refs: new Map(), prerequisites: [], filtered: false, format: SHA1 };
  for (const line of lines.map(withoutEnd)) {
    if (version === '3' && line.startsWith('@')) takeCapability(line, parts);
    else takeLine(line, parts);
  }
  return { ...parts, packAt: header.length };
}
