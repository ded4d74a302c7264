/** Arguments and results as they cross: cloned, but for what cannot be, which is replaced by references. */

import type { TransferListItem } from 'node:worker_threads';
import { invalidInput } from '../../errors.js';
import { type GlobalClass, isOfGlobalClass } from '../global-class.js';
import { transferOf } from './transfer.js';
import { isError } from './worker-errors.js';
import type { Packed, Ref, ReferenceSite } from './worker-protocol.js';

/** How deep plain objects and arrays are looked into, from an argument or a result on. */
const MAX_DEPTH = 4;

export type Kind = Ref['kind'];

interface Packing {
  readonly packed: Packed;
  readonly transfer: readonly TransferListItem[];
}

type Container = Record<string, unknown>;

/** What structured clone would make an empty object of, and what to send in its place. */
const REFUSED: readonly (readonly [name: GlobalClass, hint: string])[] = [
  ['Request', 'pass { url, method, headers: [...headers], body }'],
  ['Headers', 'pass [...headers]'],
  ['FormData', 'pass [...form]'],
  ['URLSearchParams', 'pass its text'],
  ['URL', 'pass its href'],
];

function isContainer(value: object): value is Container {
  if (Symbol.asyncIterator in value) return false;
  if (Array.isArray(value)) return true;
  const prototype: unknown = Object.getPrototypeOf(value);
  return prototype === Object.prototype || prototype === null;
}

/** How a value crosses by reference; null for what structured clone takes, or refuses. */
function kindOf(value: object): Kind | null {
  if (isError(value)) return 'error';
  if (value instanceof AbortSignal) return 'signal';
  if (value instanceof ReadableStream) return 'readable';
  if (value instanceof WritableStream) return 'writable';
  if (value instanceof TransformStream) return 'transform';
  if (isOfGlobalClass(value, 'Response')) return 'response';
  return Symbol.asyncIterator in value ? 'iterable' : null;
}

function assertClones(value: object): void {
  const found = REFUSED.find(([refused]) => isOfGlobalClass(value, refused));
  if (found === undefined) return;
  const [name, hint] = found;
  const issue = { path: 'an argument or a result', expected: 'what can cross between threads', actual: `a ${name}` };
  throw invalidInput('INVALID_ARGUMENT', [issue], hint);
}

function isObject(value: unknown): value is object {
  return typeof value === 'object' && value !== null;
}

/** What is found in values before anything is copied. */
class Survey {
  /** The list of values, and the plain objects and arrays in it, each once. */
  readonly containers: Container[];
  readonly transfer = new Set<TransferListItem>();
  hasReferences = false;

  constructor(values: readonly unknown[]) {
    this.containers = [values as unknown as Container];
    const seen = new Set<object>();
    let layer: readonly Container[] = this.containers;
    for (let depth = 0; depth <= MAX_DEPTH && layer.length > 0; depth++) {
      const next: Container[] = [];
      for (const container of layer)
        for (const value of Object.values(container)) {
          if (!isObject(value) || seen.has(value)) continue;
          seen.add(value);
          if (this.note(value)) next.push(value);
        }
      if (depth < MAX_DEPTH) this.containers.push(...next);
      layer = next;
    }
  }

  /** True where it is to be looked into. */
  private note(value: object): value is Container {
    for (const item of transferOf(value)) this.transfer.add(item);
    if (isContainer(value)) return true;
    if (kindOf(value) !== null) this.hasReferences = true;
    // It cannot be cloned, only moved.
    else if (value instanceof MessagePort) this.transfer.add(value);
    else assertClones(value);
    return false;
  }
}

function put(target: object, key: string, value: unknown): void {
  // Not by assignment: a key may be `__proto__`.
  Object.defineProperty(target, key, { value, enumerable: true, configurable: true, writable: true });
}

/** A copy of each container, with what is found in it replaced. */
function replace(containers: readonly Container[], refOf: (kind: Kind, value: object) => Ref): Packed {
  const copies = new Map<object, Container>();
  for (const container of containers)
    copies.set(container, (Array.isArray(container) ? container.slice() : { ...container }) as Container);
  const seats: ReferenceSite[] = [];
  for (const copy of copies.values())
    for (const [key, value] of Object.entries(copy)) {
      if (!isObject(value)) continue;
      const kind = isContainer(value) ? null : kindOf(value);
      if (kind !== null) {
        put(copy, key, undefined);
        seats.push({ in: copy, key, ref: refOf(kind, value) });
      } else if (copies.has(value)) put(copy, key, copies.get(value));
    }
  return { values: copies.get(containers[0] as Container) as unknown as unknown[], seats };
}

/**
 * Values ready to be posted; `refOf` keeps what stays here and names it.
 * @throws `INVALID_ARGUMENT` for what would arrive as an empty object; what `refOf` throws
 */
export function pack(values: readonly unknown[], refOf: (kind: Kind, value: object) => Ref): Packing {
  if (!values.some(isObject)) return { packed: { values, seats: [] }, transfer: [] };
  const { containers, hasReferences, transfer } = new Survey(values);
  const packed = hasReferences ? replace(containers, refOf) : { values, seats: [] };
  return { packed, transfer: [...transfer] };
}

/** The values of a message, with the stand-ins in their places. */
export function unpack({ values, seats }: Packed, standInOf: (ref: Ref) => unknown): readonly unknown[] {
  for (const { in: container, key, ref } of seats) put(container, key, standInOf(ref));
  return values;
}
