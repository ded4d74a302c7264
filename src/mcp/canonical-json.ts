/** JSON in the one form that RFC 8785 (JCS) gives a value: what is the same value has the same bytes. */

import { isJsonObject, type Json } from './json-reader.js';

/** Strings and numbers are written by ECMAScript's own rules; null where RFC 8785 has no form: a lone surrogate, a number beyond IEEE 754. */
export function canonicalJson(value: Json): string | null {
  if (typeof value === 'number') return Number.isFinite(value) ? JSON.stringify(value) : null;
  if (typeof value === 'string') return value.isWellFormed() ? JSON.stringify(value) : null;
  if (value === null || typeof value === 'boolean') return String(value);
  const parts: string[] = [];
  if (!isJsonObject(value)) {
    for (const element of value) {
      const text = canonicalJson(element);
      if (text === null) return null;
      parts.push(text);
    }
    return `[${parts.join(',')}]`;
  }
  // Sorted by UTF-16 code units, as RFC 8785 section 3.2.3 asks and as sort() compares.
  for (const name of Object.keys(value).sort()) {
    const member = value[name];
    const [key, text] = [canonicalJson(name), member === undefined ? null : canonicalJson(member)];
    if (key === null || text === null) return null;
    parts.push(`${key}:${text}`);
  }
  return `{${parts.join(',')}}`;
}
