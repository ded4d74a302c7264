/** How the exports of a version in a worker are described to its host, where they cannot be sent. */

import { isCloneable } from './is-cloneable.js';

/** The shape of an export: functions are called from afar, objects are looked into, all else is sent as it is. */
export type Shape =
  | { readonly kind: 'function'; readonly members: Members }
  | { readonly kind: 'object'; readonly members: Members }
  | { readonly kind: 'value'; readonly value: unknown };

export type Members = readonly (readonly [name: string, shape: Shape])[];

/** True for what `describe` makes: a module may say something else in its place. */
export function isShape(value: unknown): value is Shape {
  const { kind, members } = (value ?? {}) as { readonly kind?: unknown; readonly members?: unknown };
  if (kind === 'value') return true;
  if ((kind !== 'function' && kind !== 'object') || !Array.isArray(members)) return false;
  return members.every(
    (member: unknown) => Array.isArray(member) && typeof member[0] === 'string' && isShape(member[1]),
  );
}

/** How deep objects among the exports are looked into. */
const MAX_DEPTH = 4;

function membersOf(value: object, depth: number): Members {
  const found: [string, Shape][] = [];
  for (const name of Object.keys(value)) {
    const shape = describe((value as Record<string, unknown>)[name], depth + 1);
    if (shape !== null) found.push([name, shape]);
  }
  return found;
}

/** The shape of a value; null for what can be neither called nor sent. */
export function describe(value: unknown, depth = 0): Shape | null {
  if (typeof value === 'function') {
    return { kind: 'function', members: depth < MAX_DEPTH ? membersOf(value, depth) : [] };
  }
  const isNamespace = depth === 0 && typeof value === 'object' && value !== null;
  if (!isNamespace && isCloneable(value)) return { kind: 'value', value };
  if (typeof value !== 'object' || value === null || depth >= MAX_DEPTH) return null;
  return { kind: 'object', members: membersOf(value, depth) };
}
