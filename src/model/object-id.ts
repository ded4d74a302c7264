/**
 * git's object ids: how long they are, how they are written, and which of them names no object.
 *
 * This file alone says how long an id is; the contract test `object-ids` holds that. All objects of a ledger have ids of one format, that of
 * its repository. Whoever reads a file of the repository is told which; whoever has an object's own id in hand takes it from there.
 */

import { type InputIssue, quoted } from '../errors.js';

/** A git object id: lower-case hex digits, 40 in a repository of SHA-1 objects and 64 in one of SHA-256 objects. */
export type Oid = string;

/** An object format by git's name for it, as in `git init --object-format`. */
export type ObjectFormatName = 'sha1' | 'sha256';

/** What git calls the object format of a repository (gitrepository-layout(5)): the hash that names its objects, and what follows from it. */
export interface ObjectFormat {
  /** As git names it in `extensions.objectFormat` and on the wire, and node in `createHash`. */
  readonly name: ObjectFormatName;
  /** For messages. */
  readonly title: string;
  /** Of an id in a tree, in a pack's index, and of the hash that each pack and index ends in. */
  readonly bytes: number;
  /** Of an id as text. */
  readonly digits: number;
  /** The id that names no object: where a ref is made or removed, it stands for the value that there is not. */
  readonly zero: Oid;
  /** The text of a regular expression for one id, for whoever reads an id as a part of a line. */
  readonly pattern: string;
  /** The header of a commit that holds its signature. */
  readonly signatureHeader: string;
  /** A text that is one id. */
  readonly whole: RegExp;
}

function objectFormat(name: ObjectFormatName, title: string, bytes: number, signatureHeader: string): ObjectFormat {
  const digits = bytes * 2;
  const pattern = `[0-9a-f]{${digits}}`;
  const whole = new RegExp(`^${pattern}$`);
  return Object.freeze({ name, title, bytes, digits, zero: '0'.repeat(digits), pattern, signatureHeader, whole });
}

/** The format of a ledger that is not told to have another one. */
export const SHA1 = objectFormat('sha1', 'SHA-1', 20, 'gpgsig');

export const SHA256 = objectFormat('sha256', 'SHA-256', 32, 'gpgsig-sha256');

/** The format that git gives this name; undefined for a name of none. */
export function formatNamed(name: string): ObjectFormat | undefined {
  return [SHA1, SHA256].find((format) => format.name === name);
}

/** The format that an object's id is of, by its length. */
export function formatOf(oid: Oid): ObjectFormat {
  return oid.length === SHA256.digits ? SHA256 : SHA1;
}

/** An id of either format, as a part of a line: for what is kept beside a ledger, and for what others print. */
export const ANY_OID_PATTERN = `(?:${SHA256.pattern}|${SHA1.pattern})`;

/** What an id is, for messages. */
export function expectedOid({ digits }: ObjectFormat): string {
  return `${digits} hex digits`;
}

/** True for an object id of a format, the one that names no object included. */
export function isOid(value: unknown, { whole }: ObjectFormat): value is Oid {
  return typeof value === 'string' && whole.test(value);
}

/** True for an object id of either format: where it is compared with another one then, or looked for. */
export function isAnyOid(value: unknown): value is Oid {
  return isOid(value, SHA1) || isOid(value, SHA256);
}

/** Why `value` is no object id of either format, as issues of the input at `path`; `of` says what it should be the id of. */
export function oidIssues(value: unknown, path: string, of: string): InputIssue[] {
  const expected = `the id of ${of}, ${SHA1.digits} hex digits, or ${SHA256.digits} in a ${SHA256.title} ledger`;
  return isAnyOid(value) ? [] : [{ path, expected, actual: quoted(value) }];
}

/** An id as it stands where there may be none; its inverse is `parseOidOrNone`. */
export function formatOidOrNone(oid: Oid | null, { zero }: ObjectFormat): string {
  return oid ?? zero;
}

/** An id, null where the text says that there is none, undefined where it is no id. */
export function parseOidOrNone(text: string | undefined, format: ObjectFormat): Oid | null | undefined {
  if (!isOid(text, format)) return undefined;
  return text === format.zero ? null : text;
}
