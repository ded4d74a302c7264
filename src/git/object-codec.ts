/**
 * Git objects as bytes: trees, commits and annotated tags, encoded and parsed strictly.
 *
 * isomorphic-git is not used for this: it reads no SSH signature from a commit or tag, lets a line feed in a name
 * forge a header, and accepts duplicate tree entries.
 */

import { createHash } from 'node:crypto';
import { LedgerError, quoted } from '../errors.js';
import { formatOf, isOid, type ObjectFormat } from '../model/object-id.js';
import type { AnnotatedTag, Commit, Identity, ObjectType, Oid, TreeEntry } from '../ports/objects.js';

export type { ObjectType } from '../ports/objects.js';

export interface GitObject {
  readonly type: ObjectType;
  readonly data: Uint8Array;
}

const FOLDER_MODE = '40000';
const TREE_MODES = new Set(['100644', '100755', '120000', FOLDER_MODE]);
const OBJECT_TYPES: readonly ObjectType[] = ['blob', 'tree', 'commit', 'tag'];
const BEGIN_SIGNATURE = '-----BEGIN SSH SIGNATURE-----';

export type HashObject = (object: GitObject, format: ObjectFormat) => Oid;

/** The id of an object: the hash over its type, length and content. */
export function hashObject(object: GitObject, { name }: ObjectFormat): Oid {
  return createHash(name).update(`${object.type} ${object.data.length}\0`).update(object.data).digest('hex');
}

export function isFolder(entry: TreeEntry): boolean {
  return entry.mode === FOLDER_MODE;
}

function corrupt(oid: Oid, reason: string): LedgerError<'CORRUPT_OBJECT'> {
  const hint = 'run git fsck; restore the object from a clone or a backup of the ledger';
  return new LedgerError(
    'CORRUPT_OBJECT',
    `object ${oid} is not as the ledger writes it: ${reason}`,
    { oid, fault: 'NOT_AS_WRITTEN', reason },
    { hint },
  );
}

/** Git sorts a folder as if its name ended in "/". */
function inTreeOrder(a: TreeEntry, b: TreeEntry): number {
  const key = (entry: TreeEntry) => Buffer.from(isFolder(entry) ? `${entry.name}/` : entry.name, 'utf8');
  return Buffer.compare(key(a), key(b));
}

/** Names of which none begins as another does, of two digits or the rest of an id, have the order of their text. */
const DIGITS = /^[0-9a-f]+$/;

function isFanOut(entries: readonly TreeEntry[]): boolean {
  const length = entries[0]?.name.length ?? 0;
  return entries.every(({ name }) => name.length === length && DIGITS.test(name));
}

/** Entries as they follow each other in a tree. */
export function sortedTree(entries: readonly TreeEntry[]): TreeEntry[] {
  const byText = (a: TreeEntry, b: TreeEntry) => (a.name < b.name ? -1 : a.name > b.name ? 1 : 0);
  return [...entries].sort(isFanOut(entries) ? byText : inTreeOrder);
}

/** The bytes of a tree of sorted entries. */
export function encodeTree(sorted: readonly TreeEntry[]): Uint8Array {
  const idBytes = formatOf(sorted[0]?.oid ?? '').bytes;
  const lengthOf = ({ mode, name }: TreeEntry) => mode.length + Buffer.byteLength(name) + 2 + idBytes;
  const bytes = Buffer.allocUnsafe(sorted.reduce((sum, entry) => sum + lengthOf(entry), 0));
  let at = 0;
  for (const { mode, name, oid } of sorted) {
    at += bytes.write(`${mode} ${name}\0`, at, 'utf8');
    at += bytes.write(oid, at, 'hex');
  }
  return bytes;
}

/** The entries of a tree; what it names has ids of the format that its own is of. */
export function decodeTree(oid: Oid, data: Uint8Array): TreeEntry[] {
  const idBytes = formatOf(oid).bytes;
  const bytes = Buffer.from(data.buffer, data.byteOffset, data.byteLength);
  const entries: TreeEntry[] = [];
  for (let at = 0; at < bytes.length; ) {
    const space = bytes.indexOf(0x20, at);
    const zero = bytes.indexOf(0, space);
    const end = zero + 1 + idBytes;
    if (space === -1 || zero === -1 || end > bytes.length) throw corrupt(oid, 'a tree entry is cut short');
    const mode = bytes.toString('latin1', at, space);
    if (!TREE_MODES.has(mode)) throw corrupt(oid, `a tree entry has the mode ${mode}`);
    entries.push({
      mode,
      name: bytes.toString('utf8', space + 1, zero),
      oid: bytes.toString('hex', zero + 1, end),
    });
    at = end;
  }
  return entries;
}

/** Git's own rule for names and addresses (ident.c), stricter: no control characters at all. */
const IDENTITY_PART = /^[^<>\u0000-\u001f\u007f]+$/;

function encodeIdentity(identity: Identity): string {
  const whole = Number.isSafeInteger(identity.seconds) && identity.seconds >= 0;
  if (!IDENTITY_PART.test(identity.name) || !IDENTITY_PART.test(identity.email) || !whole) {
    const issue = {
      path: 'identity',
      expected: 'a name and address without <, > and control characters',
      actual: JSON.stringify(identity),
    };
    throw new LedgerError('INVALID_PRINCIPAL', issue.expected, { issues: [issue] }, { hint: 'use a mail address' });
  }
  return `${identity.name} <${identity.email}> ${identity.seconds} +0000`;
}

function decodeIdentity(oid: Oid, value: string | undefined): Identity {
  const match = /^([^<>\n]*) <([^<>\n]*)> ([0-9]{1,15}) [+-][0-9]{4}$/.exec(value ?? '');
  const [, name, email, seconds] = match ?? [];
  if (name === undefined || email === undefined) throw corrupt(oid, 'an author, committer or tagger line is malformed');
  return { name, email, seconds: Number(seconds) };
}

interface CommitParts {
  readonly tree: Oid;
  readonly parents: readonly Oid[];
  readonly identity: Identity;
  readonly message: string;
}

/** A commit's content; its author is its committer. With a signature, as git writes it: the header for it, last. */
export function encodeCommit(parts: CommitParts, signature: string | null): Uint8Array {
  const who = encodeIdentity(parts.identity);
  const { signatureHeader } = formatOf(parts.tree);
  const lines = [
    `tree ${parts.tree}`,
    ...parts.parents.map((parent) => `parent ${parent}`),
    `author ${who}`,
    `committer ${who}`,
    ...(signature === null ? [] : [`${signatureHeader} ${signature.trimEnd().replaceAll('\n', '\n ')}`]),
  ];
  return Buffer.from(`${lines.join('\n')}\n\n${parts.message}`, 'utf8');
}

/** `name value` lines up to the blank line; a line that begins with a space goes on the one before. */
function decodeHeaders(oid: Oid, text: string): { headers: [string, string][]; message: string; headerEnd: number } {
  const end = text.indexOf('\n\n');
  if (end === -1) throw corrupt(oid, 'there is no blank line after its headers');
  const headers: [string, string][] = [];
  for (const line of text.slice(0, end).split('\n')) {
    const last = headers.at(-1);
    if (line.startsWith(' ') && last !== undefined) last[1] += `\n${line.slice(1)}`;
    else {
      const space = line.indexOf(' ');
      if (space < 1) throw corrupt(oid, 'a header line is malformed');
      headers.push([line.slice(0, space), line.slice(space + 1)]);
    }
  }
  return { headers, message: text.slice(end + 2), headerEnd: end };
}

/** UTF-8 read exactly: bytes that are no UTF-8 are refused, so that text and bytes can stand for one another. */
function exactText(oid: Oid, data: Uint8Array): string {
  try {
    return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(data);
  } catch {
    throw corrupt(oid, 'its text is not UTF-8');
  }
}

function oidOf(oid: Oid, value: string | undefined): Oid {
  if (!isOid(value, formatOf(oid))) throw corrupt(oid, 'an object id is malformed');
  return value;
}

export function decodeCommit(oid: Oid, data: Uint8Array): Commit {
  const text = exactText(oid, data);
  const { headers, message, headerEnd } = decodeHeaders(oid, text);
  const names = headers.map(([name]) => name).join(' ');
  const { signatureHeader } = formatOf(oid);
  const signed = names.endsWith(` ${signatureHeader}`);
  const unsigned = signed ? names.slice(0, -signatureHeader.length - 1) : names;
  if (!/^tree( parent)* author committer$/.test(unsigned)) throw corrupt(oid, `its headers are: ${names}`);
  const headerOf = (name: string) => headers.find(([n]) => n === name)?.[1];
  const signature = headerOf(signatureHeader) ?? null;
  const signatureStart = signature === null ? -1 : text.indexOf(`\n${signatureHeader} `);
  const payload =
    signature === null ? data : Buffer.from(text.slice(0, signatureStart) + text.slice(headerEnd), 'utf8');
  return {
    oid,
    tree: oidOf(oid, headerOf('tree')),
    parents: headers.filter(([name]) => name === 'parent').map(([, value]) => oidOf(oid, value)),
    author: decodeIdentity(oid, headerOf('author')),
    committer: decodeIdentity(oid, headerOf('committer')),
    message,
    signature: signature === null ? null : `${signature}\n`,
    payload,
    raw: data,
  };
}

interface TagParts {
  readonly object: Oid;
  readonly objectType: ObjectType;
  readonly name: string;
  readonly identity: Identity;
  readonly message: string;
}

/** What a tag's signature covers; the tag itself is this and the signature after it. */
export function encodeTagPayload(parts: TagParts): Uint8Array {
  const headers = `object ${parts.object}\ntype ${parts.objectType}\ntag ${parts.name}\ntagger ${encodeIdentity(parts.identity)}`;
  return Buffer.from(`${headers}\n\n${parts.message}`, 'utf8');
}

/** Where the signature of a tag starts: the last line that begins with the marker (gpg-interface.c, parse_signed_buffer). */
function signatureStart(text: string): number {
  const at = text.lastIndexOf(`\n${BEGIN_SIGNATURE}`);
  return at === -1 ? -1 : at + 1;
}

export function decodeTag(oid: Oid, data: Uint8Array): AnnotatedTag {
  const text = exactText(oid, data);
  const start = signatureStart(text);
  const payloadText = start === -1 ? text : text.slice(0, start);
  const { headers, message } = decodeHeaders(oid, payloadText);
  const names = headers.map(([name]) => name).join(' ');
  if (names !== 'object type tag tagger') throw corrupt(oid, `its headers are: ${names}`);
  const [object, type, name, tagger] = headers.map(([, value]) => value);
  const objectType = OBJECT_TYPES.find((known) => known === type);
  if (objectType === undefined) throw corrupt(oid, `it is a tag of a ${quoted(type)}`);
  return {
    oid,
    object: oidOf(oid, object),
    objectType,
    name: name ?? '',
    tagger: decodeIdentity(oid, tagger),
    message,
    signature: start === -1 ? null : text.slice(start),
    payload: Buffer.from(payloadText, 'utf8'),
  };
}

/** Every object that an object names. */
export function referencesOf(oid: Oid, { type, data }: GitObject): Oid[] {
  if (type === 'tree') return decodeTree(oid, data).map((entry) => entry.oid);
  if (type === 'tag') return [decodeTag(oid, data).object];
  if (type === 'blob') return [];
  const { tree, parents } = decodeCommit(oid, data);
  return [tree, ...parents];
}
