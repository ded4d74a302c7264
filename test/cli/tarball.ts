/** Tarballs for tests, also such as no tar would write. */

import { gzipSync } from 'node:zlib';

export interface Entry {
  readonly name: string;
  readonly type?: string;
  readonly data?: string | Buffer;
  readonly mode?: number;
  readonly link?: string;
  readonly prefix?: string;
  readonly magic?: string;
  readonly size?: number;
}

/** One header and its data, as tar writes them. */
export function block({
  name,
  type = '0',
  data = '',
  mode = 0o644,
  link = '',
  prefix = '',
  magic = 'ustar\0',
  size,
}: Entry): Buffer {
  const bytes = Buffer.from(data);
  const header = Buffer.alloc(512);
  const octal = (value: number, length: number) => value.toString(8).padStart(length - 1, '0');
  header.write(name, 0, 100);
  header.write(octal(mode, 8), 100);
  header.write(octal(size ?? bytes.length, 12), 124);
  header.write(' '.repeat(8), 148);
  header.write(type, 156);
  header.write(link, 157, 100);
  header.write(magic, 257, 'latin1');
  header.write(prefix, 345, 155);
  header.write(
    `${octal(
      header.reduce((sum, byte) => sum + byte, 0),
      7,
    )}\0`,
    148,
  );
  return Buffer.concat([header, bytes, Buffer.alloc((512 - (bytes.length % 512)) % 512)]);
}

export function tarball(...entries: Entry[]): Buffer {
  return gzipSync(Buffer.concat([...entries.map(block), Buffer.alloc(1024)]));
}

export function pax(...records: [string, string][]): Entry {
  const text = records.map(([key, value]) => {
    const rest = Buffer.byteLength(` ${key}=${value}\n`);
    let length = rest + 1;
    while (String(length).length + rest !== length) length = String(length).length + rest;
    return `${length} ${key}=${value}\n`;
  });
  return { name: 'package/PaxHeader', type: 'x', data: text.join('') };
}
