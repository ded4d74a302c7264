/** Names of a module in code that is written for a reader: an identifier, or a string that says nothing but itself. */

import { printableJsonString } from '../../model/printable.js';

const IDENTIFIER = /^[\p{ID_Start}$_][\p{ID_Continue}$]*$/u;

/** What may stand between single quotes as it is. */
const PLAIN = /^[\w ./@:#-]*$/;

export function isIdentifier(name: string): boolean {
  return IDENTIFIER.test(name);
}

/** A string literal: hidden characters, quotes and line ends of it are spelled out. */
export function literal(text: string): string {
  return PLAIN.test(text) ? `'${text}'` : printableJsonString(text);
}

/** A key in an object's type: as it is, or quoted. */
export function keyOf(name: string): string {
  return isIdentifier(name) ? name : literal(name);
}

/** The rest of an expression that reads a member: `.size`, `['a b']`. */
export function memberOf(name: string): string {
  return isIdentifier(name) ? `.${name}` : `[${literal(name)}]`;
}
