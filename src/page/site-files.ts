/** The files that the browser loads, as the build made them. */

import { createHash } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { promisify } from 'node:util';
import { brotliCompress, constants, gzip } from 'node:zlib';
import { builtFile } from '../built-file.js';

type SiteFileName = 'index.html' | 'page.js' | 'page.css';

const TYPES: Readonly<Record<SiteFileName, string>> = {
  'index.html': 'text/html; charset=utf-8',
  'page.js': 'text/javascript; charset=utf-8',
  'page.css': 'text/css; charset=utf-8',
};

export const SITE_FILES: readonly SiteFileName[] = ['index.html', 'page.js', 'page.css'];

interface SiteFile {
  readonly type: string;
  readonly etag: string;
  readonly plain: Buffer;
  readonly gzip: Buffer;
  readonly brotli: Buffer;
}

export function isSiteFile(name: string): name is SiteFileName {
  return Object.hasOwn(TYPES, name);
}

export function readSiteFile(name: SiteFileName | 'licenses.txt'): Promise<Buffer> {
  return readFile(builtFile(`page/site/${name}`));
}

const loaded = new Map<SiteFileName, Promise<SiteFile>>();

async function load(name: SiteFileName): Promise<SiteFile> {
  const plain = await readSiteFile(name);
  const brotliOptions = { params: { [constants.BROTLI_PARAM_QUALITY]: 9 } };
  return {
    type: TYPES[name],
    etag: `"${createHash('sha256').update(plain).digest('hex').slice(0, 32)}"`,
    plain,
    gzip: await promisify(gzip)(plain, { level: 9 }),
    brotli: await promisify(brotliCompress)(plain, brotliOptions),
  };
}

/** Reads and compresses each file once. */
export function siteFile(name: SiteFileName): Promise<SiteFile> {
  let file = loaded.get(name);
  if (file === undefined) {
    file = load(name);
    loaded.set(name, file);
    file.catch(() => loaded.delete(name));
  }
  return file;
}
