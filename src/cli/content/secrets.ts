/** Files that must not get into a ledger by mistake: what is in it stays there, in every clone. */

import { basename } from 'node:path';
import { quoted } from '../complaint.js';
import type { InputIssue, ModuleFile } from '../library.js';

/** Templates, which hold no values. */
const TEMPLATE = /\.(?:example|sample|template|dist|defaults?|schema)$/i;

/**
 * PKCS #8 and its kin (RFC 7468), OpenSSH's form, PGP's: the first line and the base64 or the headers that follow, also indented or within a string, where a
 * line ends with `\\n`. The mention of a first line alone is none.
 */
const PEM_KEY =
  /-----BEGIN (?:[A-Z0-9]+ ){0,3}PRIVATE KEY(?: BLOCK)?-----(?:\s|\\[nr])+(?:[A-Za-z0-9-]+: [^\n\\]*(?:\s|\\[nr])+)*[A-Za-z0-9+/=]{16}/;

const PUTTY_KEY = /PuTTY-User-Key-File-\d:/;

/** What npm sends as credentials (npmrc, "Auth Related Configuration"), with a value of its own: `${NAME}` is read from the environment. */
const NPM_TOKEN = /^[ \t]*(?:\/\/[^\s=]*:)?_(?:authToken|auth|password)[ \t]*=[ \t]*(?!["']?\$\{)[^\s]/m;

/** Beyond this a file is no key. */
const MAX_LOOKED_AT = 1 << 20;

/** What a file gives away, or null. */
function secretIn(path: string, { data }: ModuleFile): string | null {
  const name = basename(path);
  if (/^\.env(?:\..+)?$/.test(name) && !TEMPLATE.test(name)) return 'the values of an environment';
  if (/\.(?:p12|pfx)$/i.test(name)) return 'a key store';
  if (data.length > MAX_LOOKED_AT) return null;
  const text = typeof data === 'string' ? data : Buffer.from(data).toString('latin1');
  if (name === '.npmrc' && NPM_TOKEN.test(text)) return 'a token of npm';
  return PEM_KEY.test(text) || PUTTY_KEY.test(text) ? 'a private key' : null;
}

/** What speaks against taking these files. */
export function secretIssues(files: Iterable<readonly [path: string, file: ModuleFile]>): InputIssue[] {
  return [...files].flatMap(([path, file]) => {
    const actual = file.mode === '120000' ? null : secretIn(path, file);
    return actual === null ? [] : [{ path: quoted(path), expected: 'no secret', actual }];
  });
}
