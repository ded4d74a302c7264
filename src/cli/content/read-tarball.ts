/** The content of a module from an npm tarball, as npm would unpack it: gzip, and tar with the extensions of POSIX and GNU. */

import { promisify } from 'node:util';
import { gunzip } from 'node:zlib';
import { type Complaint, invalid, quoted } from '../complaint.js';
import type { FileMode, ModuleFile } from '../library.js';

const unzip = promisify(gunzip);

/** A tarball that unpacks to more is not unpacked. */
const MAX_UNPACKED = 256 * 2 ** 20;

const BLOCK = 512;
const HINT = 'give a tarball as `npm pack` makes it, or a folder';

function unfit(file: string, expected: string, actual: string): Complaint {
  return invalid('INVALID_FILES', [{ path: quoted(file), expected, actual }], HINT);
}

/** One entry of an archive, its name and link as the extensions before it say. */
interface TarEntry {
  readonly name: string;
  /** The type flag; the empty string is `0`, a file. */
  readonly type: string;
  readonly mode: number;
  readonly link: string;
  readonly data: Uint8Array;
}

function text(bytes: Uint8Array): string {
  const end = bytes.indexOf(0);
  return Buffer.from(end < 0 ? bytes : bytes.subarray(0, end)).toString('utf8');
}

/** A number in octal digits, or (GNU, where they do not suffice) in big-endian binary; NaN where it is neither. */
function numberIn(field: Uint8Array): number {
  if (((field[0] ?? 0) & 0x80) === 0) {
    const digits = text(field).trim();
    return /^[0-7]*$/.test(digits) ? Number.parseInt(digits || '0', 8) : Number.NaN;
  }
  let value = (field[0] ?? 0) & 0x7f;
  for (const byte of field.subarray(1)) value = value * 256 + byte;
  return value;
}

function isEmpty(block: Uint8Array): boolean {
  return block.every((byte) => byte === 0);
}

/** The sum of a header's bytes, its own field counted as spaces. */
function isIntact(header: Uint8Array): boolean {
  let sum = 0;
  for (const [at, byte] of header.entries()) sum += at >= 148 && at < 156 ? 0x20 : byte;
  return sum === numberIn(header.subarray(148, 156));
}

/** The records of a POSIX extended header: `LENGTH KEY=VALUE\n`, the length counting all of it. */
function paxRecords(data: Uint8Array): Map<string, string> | null {
  const records = new Map<string, string>();
  for (let at = 0; at < data.length; ) {
    const space = data.indexOf(0x20, at);
    const length = Number(Buffer.from(data.subarray(at, Math.max(at, space))).toString('latin1'));
    if (!Number.isSafeInteger(length) || length <= space - at + 1 || at + length > data.length) return null;
    const record = Buffer.from(data.subarray(space + 1, at + length - 1)).toString('utf8');
    const equals = record.indexOf('=');
    if (equals < 1 || data[at + length - 1] !== 0x0a) return null;
    records.set(record.slice(0, equals), record.slice(equals + 1));
    at += length;
  }
  return records;
}

/** What the headers before an entry say of it. */
class Extensions {
  private name: string | null = null;
  private link: string | null = null;
  private bytes: number | null = null;

  /** Takes an extension; false where it cannot be read. One for the whole archive says nothing that is needed. */
  take(type: string, data: Uint8Array): boolean {
    if (type === 'L') this.name = text(data);
    else if (type === 'K') this.link = text(data);
    else if (type === 'x') {
      const records = paxRecords(data);
      if (records === null) return false;
      this.name = records.get('path') ?? this.name;
      this.link = records.get('linkpath') ?? this.link;
      const size = records.get('size');
      if (size !== undefined) this.bytes = Number(size);
    }
    return true;
  }

  size(header: Uint8Array): number {
    return this.bytes ?? numberIn(header.subarray(124, 136));
  }

  /** The entry, for which they have been: the next one has its own. */
  entry(header: Uint8Array, type: string, data: Uint8Array): TarEntry {
    const posix = text(header.subarray(257, 262)) === 'ustar' && header[262] === 0;
    const prefix = posix ? text(header.subarray(345, 500)) : '';
    const short = text(header.subarray(0, 100));
    const entry: TarEntry = {
      name: this.name ?? (prefix === '' ? short : `${prefix}/${short}`),
      type,
      mode: numberIn(header.subarray(100, 108)),
      link: this.link ?? text(header.subarray(157, 257)),
      data,
    };
    this.name = null;
    this.link = null;
    this.bytes = null;
    return entry;
  }
}

/** The entries of an archive, extensions applied. @throws `INVALID_FILES` */
function* entriesOf(archive: Uint8Array, file: string): Generator<TarEntry> {
  const extensions = new Extensions();
  for (let at = 0; at < archive.length; ) {
    const header = archive.subarray(at, at + BLOCK);
    if (isEmpty(header)) return;
    if (header.length < BLOCK || !isIntact(header)) throw unfit(file, 'a tar archive', `none at byte ${at}`);
    const type = text(header.subarray(156, 157));
    const size = 'xgLK'.includes(type) && type !== '' ? numberIn(header.subarray(124, 136)) : extensions.size(header);
    const begin = at + BLOCK;
    if (!Number.isSafeInteger(size) || size < 0 || begin + size > archive.length) {
      throw unfit(file, 'a whole tar archive', `one that ends within the entry at byte ${at}`);
    }
    const data = archive.subarray(begin, begin + size);
    at = begin + Math.ceil(size / BLOCK) * BLOCK;
    if (type !== '' && 'xgLK'.includes(type)) {
      if (!extensions.take(type, data)) throw unfit(file, 'a tar archive', 'an extended header that cannot be read');
      continue;
    }
    yield extensions.entry(header, type, data);
  }
}

/** The parts of an entry's path. @throws `INVALID_FILES` for one that leads out of the archive */
function partsOf(name: string, file: string): string[] {
  const parts = name.split('/').filter((part) => part !== '' && part !== '.');
  if (name.startsWith('/') || parts.includes('..')) {
    throw unfit(file, 'paths inside the archive', quoted(name));
  }
  return parts;
}

/** The archive's own folder is the current one (`tar -C folder .`): npm's unpacking takes off this `.`, and no folder of the module. */
function isOfCurrentFolder({ name, type }: TarEntry): boolean {
  return type !== '5' && /^(?:\.\/+)+[^/]+$/.test(name);
}

function modeOf(type: string, mode: number): FileMode {
  if (type === '2') return '120000';
  return (mode & 0o100) === 0 ? '100644' : '100755';
}

function isGzip(bytes: Uint8Array): boolean {
  return bytes[0] === 0x1f && bytes[1] === 0x8b;
}

/** True of a tarball, compressed as npm's are or not: npm takes both. */
export function isTarball(bytes: Uint8Array): boolean {
  return isGzip(bytes) || (text(bytes.subarray(257, 262)) === 'ustar' && isIntact(bytes.subarray(0, BLOCK)));
}

/** The archive in a tarball. @throws `INVALID_FILES` */
async function unpacked(bytes: Uint8Array, file: string): Promise<Uint8Array> {
  const large = () => unfit(file, `at most ${MAX_UNPACKED / 2 ** 20} MB unpacked`, 'more');
  if (!isGzip(bytes) && isTarball(bytes)) {
    if (bytes.length > MAX_UNPACKED) throw large();
    return bytes;
  }
  return unzip(bytes, { maxOutputLength: MAX_UNPACKED }).catch((error: NodeJS.ErrnoException) => {
    throw error.code === 'ERR_BUFFER_TOO_LARGE' ? large() : unfit(file, 'gzip', error.message);
  });
}

/**
 * The files of a tarball, without the archive's own folder, whatever it is called. Links stay links (whether they stay inside is for the
 * library to say); what is neither a file, a link nor a folder is refused, and so are absolute paths and `..`. A file beside that folder is
 * left out, as by npm, of a package alone.
 * @param file its name, for messages
 * @throws `INVALID_FILES`
 */
export async function readTarball(bytes: Uint8Array, file: string): Promise<ReadonlyMap<string, ModuleFile>> {
  const entries = [...entriesOf(await unpacked(bytes, file), file)];
  const own = entries.some(isOfCurrentFolder) ? 0 : 1;
  const files = new Map<string, ModuleFile>();
  let beside: string | null = null;
  for (const { name, type, mode, link, data } of entries) {
    const path = partsOf(name, file).slice(own).join('/');
    if (type === '5') continue;
    if (path === '') {
      beside ??= name;
      continue;
    }
    if (type !== '' && !'027'.includes(type)) {
      throw unfit(file, 'files, folders and symbolic links', `${quoted(name)} of type ${quoted(type)}`);
    }
    files.set(path, { data: type === '2' ? Buffer.from(link) : data, mode: modeOf(type, mode) });
  }
  if (beside !== null && !files.has('package.json'))
    throw unfit(file, 'all files in one folder, such as package/', `${quoted(beside)} beside it`);
  return files;
}
