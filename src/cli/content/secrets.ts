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

/** The length of what follows, as DER has it: in one byte, or in the one or two after it. */
const LENGTH = '(?:[\\x00-\\x7f]|\\x81[^]|\\x82[^]{2})';

/**
 * The same without its armour (DER), by how it begins: a version and what the key is for (RFC 5208, 5958), or a version and the numbers of an
 * RSA key (RFC 8017), or the 32, 48 or 66 bytes of an EC key (RFC 5915), or how it is encrypted (RFC 8018).
 */
const DER_KEY = new RegExp(
  `^0${LENGTH}(?:${[
    `\\x02\\x01[\\x00\\x01]0${LENGTH}\\x06`,
    `\\x02\\x01\\x00\\x02${LENGTH}`,
    '\\x02\\x01\\x01\\x04[\\x20\\x30\\x42]',
    `0${LENGTH}\\x06\\x09\\x2a\\x86\\x48\\x86\\xf7\\x0d\\x01\\x05`,
  ].join('|')})`,
);

/** A private key among JSON Web Keys (RFC 7517; RFC 7518, section 6), also as a program has it: its type, and the secret part as base64url. */
const JWK_TYPE = /["']?\bkty["']?\s*:\s*["'](?:RSA|EC|OKP|oct)["']/;
const JWK_SECRET = /["']?\b[dk]["']?\s*:\s*["'][\w-]{16,}["']/;

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
  const text = textOf(typeof data === 'string' ? Buffer.from(data) : data);
  if (name === '.npmrc' && NPM_TOKEN.test(text)) return 'a token of npm';
  return isPrivateKey(text) ? 'a private key' : null;
}

function isPrivateKey(text: string): boolean {
  if (JWK_TYPE.test(text) && JWK_SECRET.test(text)) return true;
  return PEM_KEY.test(text) || PUTTY_KEY.test(text) || DER_KEY.test(text);
}

/** A character for each byte; for each two in UTF-16, which editors on Windows write. */
function textOf(data: Uint8Array): string {
  const bytes = Buffer.from(data.buffer, data.byteOffset, data.byteLength);
  if (bytes[0] === 0xff && bytes[1] === 0xfe) return bytes.toString('utf16le');
  if (bytes[0] === 0xfe && bytes[1] === 0xff)
    return Buffer.from(bytes.subarray(0, bytes.length & ~1))
      .swap16()
      .toString('utf16le');
  return bytes.toString('latin1');
}

/** What speaks against taking these files. */
export function secretIssues(files: Iterable<readonly [path: string, file: ModuleFile]>): InputIssue[] {
  return [...files].flatMap(([path, file]) => {
    const actual = file.mode === '120000' ? null : secretIn(path, file);
    return actual === null ? [] : [{ path: quoted(path), expected: 'no secret', actual }];
  });
}
