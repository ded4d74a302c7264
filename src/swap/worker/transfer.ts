/** Moving memory between threads instead of copying it. */

import type { TransferListItem } from 'node:worker_threads';
import { invalidInput, quoted } from '../../errors.js';

/**
 * Names what of a value is moved. A symbol of the process, so that a module marks its results without this package:
 * `result[Symbol.for('git-lineage.transfer')] = [buffer]`.
 */
const TRANSFER = Symbol.for('git-lineage.transfer');

/**
 * Marks a value, so that what `list` names is moved to the other thread instead of copied when the value is an argument or a
 * result of a version in a worker, or stands in one; afterwards it is empty here. An import loader takes no notice.
 *
 * A module needs no import for it: `value[Symbol.for('git-lineage.transfer')] = list` does the same.
 * @throws `INVALID_ARGUMENT` where the value is no object, or the list is none
 * @example
 * const scaled = await handle.call((images) => images.scale(transfer(pixels, [pixels.buffer])));
 */
export function transfer<T extends object>(value: T, list: readonly TransferListItem[]): T {
  const isObject = typeof value === 'object' && value !== null && Object.isExtensible(value);
  const issue = isObject
    ? { path: 'list', expected: 'a list of ArrayBuffers and ports', actual: quoted(list) }
    : { path: 'value', expected: 'an object that can be marked', actual: quoted(value) };
  if (!isObject || !Array.isArray(list))
    throw invalidInput('INVALID_ARGUMENT', [issue], 'transfer(bytes, [bytes.buffer])');
  return Object.defineProperty(value, TRANSFER, { value: [...list], configurable: true, writable: true });
}

/** What a value says is to be moved with it. */
export function transferOf(value: object): readonly TransferListItem[] {
  const list: unknown = (value as { readonly [TRANSFER]?: unknown })[TRANSFER];
  return Array.isArray(list) ? list : [];
}
