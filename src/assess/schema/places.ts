/** How schemas and the places in them are written in findings. */

import { isObject, member } from '../module/manifest.js';
import { shown } from './schema-change.js';
import { canonicalText, type Node } from './schema-document.js';
import { besideReference } from './unsupported.js';

const MAX_TEXT = 120;

/** References to references end after so many. */
const MAX_STEPS = 24;

/** A node as its own text, shortened. */
export function textOf(node: Node): string | null {
  const text = node.map((site) => canonicalText(site.schema)).join(' & ');
  return text.length <= MAX_TEXT ? text : `${text.slice(0, MAX_TEXT - 1)}…`;
}

/** What a node refers to, where it does nothing else. */
export function referred(node: Node): Node {
  let [site, ...others] = node;
  for (let steps = 0; steps < MAX_STEPS && site !== undefined && others.length === 0; steps++) {
    const reference =
      isObject(site.schema) && besideReference(site) === 'ignored' ? member(site.schema, '$ref') : undefined;
    const target = typeof reference === 'string' ? site.document.resolve(reference) : null;
    if (target === null) return [site];
    site = target;
  }
  return node;
}

/** The place of a member: `a.b`, `a["b c"]`. */
export function inside(place: string, key: string): string {
  const plain = /^[A-Za-z_$][\w$]*$/.test(key);
  if (!plain) return `${place}[${shown(key)}]`;
  return place === '' ? key : `${place}.${key}`;
}

/** The name of a kind in a sentence. */
export function articled(kind: string): string {
  return /^[ao]/.test(kind) ? `an ${kind}` : `a ${kind}`;
}
