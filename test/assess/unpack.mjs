/** Reads an npm tarball into the files that the engine takes, with nothing but node:zlib. */

import { readFileSync } from 'node:fs';
import { gunzipSync } from 'node:zlib';

const BLOCK = 512;

/** A field of a tar header up to its first NUL. @param {Buffer} header @param {number} at @param {number} size */
function text(header, at, size) {
  const field = header.subarray(at, at + size);
  const end = field.indexOf(0);
  return field.toString('utf8', 0, end === -1 ? size : end);
}

/** The records of a pax header: `LENGTH KEY=VALUE\n`, where LENGTH counts its own bytes. @param {Buffer} data */
function paxRecords(data) {
  /** @type {Map<string, string>} */
  const records = new Map();
  for (let at = 0; at < data.length; ) {
    const space = data.indexOf(0x20, at);
    const length = Number(data.toString('latin1', at, space));
    if (space === -1 || !(length > 0)) break;
    const record = data.toString('utf8', space + 1, at + length - 1);
    const equals = record.indexOf('=');
    records.set(record.slice(0, equals), record.slice(equals + 1));
    at += length;
  }
  return records;
}

/** The name in a plain header: ustar splits a long one into prefix and name. @param {Buffer} header */
function headerName(header) {
  const name = text(header, 0, 100);
  const prefix = text(header, 257, 5) === 'ustar' ? text(header, 345, 155) : '';
  return prefix === '' ? name : `${prefix}/${name}`;
}

/**
 * The regular files of an npm tarball by path, in bytewise order of the paths. The first component is dropped: it is
 * `package` for most, and anything else for some. npm unpacks no links, so links are skipped here too.
 *
 * @param {string} path
 * @returns {import('../../src/model/module-files.js').NormalizedFiles}
 */
export function unpack(path) {
  const tar = gunzipSync(readFileSync(path));
  /** @type {Map<string, import('../../src/model/module-files.js').ModuleFile>} */
  const files = new Map();
  /** The name that a pax or GNU header gives to the entry after it. @type {string | undefined} */
  let longName;
  for (let at = 0; at + BLOCK <= tar.length; ) {
    const header = tar.subarray(at, at + BLOCK);
    if (header[0] === 0) break;
    const size = Number.parseInt(text(header, 124, 12).trim() || '0', 8);
    const kind = String.fromCharCode(header[156] ?? 0);
    const data = tar.subarray(at + BLOCK, at + BLOCK + size);
    at += BLOCK + Math.ceil(size / BLOCK) * BLOCK;
    if (kind === 'x') longName = paxRecords(data).get('path') ?? longName;
    else if (kind === 'L') longName = text(data, 0, size);
    if ('xgLK'.includes(kind)) continue;
    const name = (longName ?? headerName(header)).replace(/^\.\//, '').replace(/^[^/]*\//, '');
    longName = undefined;
    if ((kind !== '0' && kind !== '\0') || name === '' || name.endsWith('/')) continue;
    const executable = (Number.parseInt(text(header, 100, 8).trim(), 8) & 0o100) !== 0;
    files.set(name, { data: new Uint8Array(data), mode: executable ? '100755' : '100644' });
  }
  return new Map([...files].sort(([a], [b]) => Buffer.compare(Buffer.from(a), Buffer.from(b))));
}
