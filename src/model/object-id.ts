/**
 * git's object ids: how long they are, how they are written, and which of them names no object.
 *
 * This file alone says how long an id is; the contract test `object-ids` holds that. A ledger is a repository of SHA-1 objects, so
 * the others name `SHA1`: wherever that name stands, a repository of another format would have to say its own.
 */

import { type InputIssue, quoted } from '../errors.js';

/** A git object id: 40 lower-case hex digits. */
export type Oid = string;

/** What git calls the object format of a repository (gitrepository-layout(5)): the hash that names its objects, and what follows from it. */
interface ObjectFormat {
  /** As git names it in `extensions.objectFormat` and on the wire, and node in `createHash`. */
  readonly name: 'sha1' | 'sha256';
  /** Of an id in a tree, in a pack's index, and of the hash that each pack and index ends in. */
  readonly bytes: number;
  /** Of an id as text. */
  readonly digits: number;
  /** The id that names no object: where a ref is made or removed, it stands for the value that there is not. */
  readonly zero: Oid;
  /** The text of a regular expression for one id, for whoever reads an id as a part of a line. */
  readonly pattern: string;
}

function objectFormat(name: ObjectFormat['name'], bytes: number): ObjectFormat {
  const digits = bytes * 2;
  return Object.freeze({ name, bytes, digits, zero: '0'.repeat(digits), pattern: `[0-9a-f]{${digits}}` });
}

/** The format of every ledger. */
export const SHA1 = objectFormat('sha1', 20);

/** An id of either format that git has: what is kept beside a ledger has room for both. */
export const ANY_OID_PATTERN = `(?:${SHA1.pattern}|${objectFormat('sha256', 32).pattern})`;

/** What an id is, for messages. */
export const EXPECTED_OID = `${SHA1.digits} hex digits`;

const OID = new RegExp(`^${SHA1.pattern}$`);

/** True for an object id, the one that names no object included. */
export function isOid(value: unknown): value is Oid {
  return typeof value === 'string' && OID.test(value);
}

/** Why `value` is no object id, as issues of the input at `path`; `of` says what it should be the id of. */
export function oidIssues(value: unknown, path: string, of: string): InputIssue[] {
  return isOid(value) ? [] : [{ path, expected: `the id of ${of}, ${EXPECTED_OID}`, actual: quoted(value) }];
}

/** An id as it stands where there may be none; its inverse is `parseOidOrNone`. */
export function formatOidOrNone(oid: Oid | null): string {
  return oid ?? SHA1.zero;
}

/** An id, null where the text says that there is none, undefined where it is no id. */
export function parseOidOrNone(text: string | undefined): Oid | null | undefined {
  if (!isOid(text)) return undefined;
  return text === SHA1.zero ? null : text;
}
