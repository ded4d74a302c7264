/**
 * What was thrown, as it crosses between threads.
 *
 * Structured clone keeps the name, message, stack and cause of a built-in error, and loses `code`, fields of one's own, the errors of an
 * AggregateError and what a DOMException is. So errors are written out as a list in which they name each other by number: safe against
 * cycles, and the same error twice is the same error again.
 */

import { isNativeError } from 'node:util/types';
import { quoted } from '../../errors.js';
import { isCloneable } from './is-cloneable.js';

/** A value of an error, or one thrown: an error of the list, or what structured clone takes. */
type WireValue = { readonly error: number } | { readonly value: unknown };

interface WireError {
  /** The built-in class that it is, or extends. */
  readonly kind: BuiltIn;
  readonly name: string;
  readonly message: string;
  readonly stack: string | undefined;
  readonly fields: readonly (readonly [name: string, value: WireValue])[];
  readonly cause: WireValue | null;
  readonly errors: readonly WireValue[] | null;
}

export interface WireThrown {
  readonly list: readonly WireError[];
  readonly thrown: WireValue;
}

/** The most specific first: each is looked for by `instanceof`. */
const BUILT_IN = {
  AggregateError,
  DOMException,
  EvalError,
  RangeError,
  ReferenceError,
  SyntaxError,
  TypeError,
  URIError,
  Error,
} as const;

type BuiltIn = keyof typeof BUILT_IN;

/** Errors beyond this count in one chain cross as their text. */
const MAX_ERRORS = 100;

/** What is written out by itself. */
const OWN = new Set(['name', 'message', 'stack', 'cause', 'errors']);

export function isError(value: unknown): value is Error {
  return value instanceof Error || isNativeError(value) || value instanceof DOMException;
}

/** A property as text; a getter that throws gives none. */
function textOf(error: Error, property: 'name' | 'message' | 'stack'): string | undefined {
  try {
    const value: unknown = error[property];
    return value === undefined ? undefined : String(value);
  } catch {
    return undefined;
  }
}

/** Undefined where a getter throws. */
function propertyOf(error: object, property: string): unknown {
  try {
    return (error as Record<string, unknown>)[property];
  } catch {
    return undefined;
  }
}

function kindOf(error: Error): BuiltIn {
  const kinds = Object.keys(BUILT_IN) as BuiltIn[];
  // One of another realm is an instance of none.
  return kinds.find((kind) => error instanceof BUILT_IN[kind]) ?? 'Error';
}

class ErrorWriter {
  readonly list: WireError[] = [];
  private readonly seen = new Map<Error, number>();

  /** Null for what cannot cross. */
  write(value: unknown): WireValue | null {
    if (!isError(value)) return isCloneable(value) ? { value } : null;
    const known = this.seen.get(value);
    if (known !== undefined) return { error: known };
    if (this.seen.size >= MAX_ERRORS) return { value: `${textOf(value, 'name')}: ${textOf(value, 'message')}` };
    const at = this.seen.size;
    this.seen.set(value, at);
    this.list[at] = this.writeError(value);
    return { error: at };
  }

  private writeError(error: Error): WireError {
    const errors = propertyOf(error, 'errors');
    const kind = kindOf(error);
    return {
      kind,
      name: textOf(error, 'name') ?? 'Error',
      message: textOf(error, 'message') ?? '',
      stack: textOf(error, 'stack'),
      fields: this.writeFields(error),
      cause: Object.hasOwn(error, 'cause') ? this.write(propertyOf(error, 'cause')) : null,
      errors: kind === 'AggregateError' && Array.isArray(errors) ? errors.map((e) => this.write(e) ?? GONE) : null,
    };
  }

  private writeFields(error: Error): (readonly [string, WireValue])[] {
    const fields: (readonly [string, WireValue])[] = [];
    for (const name of Object.keys(error)) {
      if (OWN.has(name)) continue;
      const value = propertyOf(error, name);
      const written = value === undefined ? null : this.write(value);
      if (written !== null) fields.push([name, written]);
    }
    return fields;
  }
}

/** Stands in a list for what cannot cross. */
const GONE: WireValue = { value: undefined };

/** What was thrown, ready to cross; what cannot be cloned crosses as an error that says what it was. */
export function toWire(thrown: unknown): WireThrown {
  const writer = new ErrorWriter();
  const written =
    writer.write(thrown) ?? writer.write(new Error(`what was thrown cannot be cloned: ${quoted(thrown)}`));
  return { list: writer.list, thrown: written ?? GONE };
}

/** The class's own constructor sets what its instances need inside. */
function make({ kind, message, name }: WireError): Error {
  if (kind === 'AggregateError') return new AggregateError([], message);
  return kind === 'DOMException' ? new DOMException(message, name) : new BUILT_IN[kind](message);
}

function define(error: Error, name: string, value: unknown, enumerable = false): void {
  Object.defineProperty(error, name, { value, enumerable, writable: true, configurable: true });
}

/** What was thrown, as an error of this thread, or a value. */
export function fromWire({ list, thrown }: WireThrown): unknown {
  const made = list.map(make);
  const read = (wire: WireValue): unknown => ('error' in wire ? made[wire.error] : wire.value);
  for (const [at, { name, stack, fields, cause, errors }] of list.entries()) {
    const error = made[at] as Error;
    if (error.name !== name) define(error, 'name', name);
    if (stack !== undefined) define(error, 'stack', stack);
    if (cause !== null) define(error, 'cause', read(cause));
    if (errors !== null) define(error, 'errors', errors.map(read));
    for (const [field, value] of fields) define(error, field, read(value), true);
  }
  return read(thrown);
}
