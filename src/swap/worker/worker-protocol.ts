/**
 * What a worker and its host say to each other.
 *
 * Either end may hold what cannot be cloned: an iterable, a stream, a signal. It stays where it is, under a number of that end, and the other
 * end gets a stand-in that asks for what it needs. `of` is such a number: in what a stand-in says, one of the end that hears it; else one of
 * the end that says it.
 */

import type { PreparedContent } from '../load/prepare-content.js';
import type { Shape } from './export-shape.js';
import type { WireThrown } from './worker-errors.js';
import type { CurrentFlag } from './worker-lifecycle.js';

/** What a worker is started with. */
export interface WorkerData {
  readonly content: PreparedContent;
  readonly current: CurrentFlag;
}

/** What stands in a message for a value that cannot be cloned, or not wholly. */
export type Ref =
  | { readonly kind: 'error'; readonly error: WireThrown }
  | { readonly kind: 'signal'; readonly of: number; readonly aborted: WireThrown | null }
  | { readonly kind: 'iterable' | 'readable' | 'writable'; readonly of: number }
  | { readonly kind: 'transform'; readonly readable: number; readonly writable: number }
  | {
      readonly kind: 'response';
      readonly status: number;
      readonly statusText: string;
      readonly headers: readonly (readonly [string, string])[];
      readonly url: string;
      readonly body: number | null;
    };

/** Where the value of a reference belongs: the clone of a message keeps who is who, so `in` is the very object of its values. */
export interface ReferenceSite {
  readonly in: object;
  readonly key: string;
  readonly ref: Ref;
}

/** Values as they cross. */
export interface Packed {
  readonly values: readonly unknown[];
  readonly seats: readonly ReferenceSite[];
}

/** What has an answer; its values are the arguments, the chunk, the reason. */
export type Question =
  | { readonly type: 'call'; readonly path: readonly string[] }
  | { readonly type: 'return' | 'write' | 'close' | 'abort'; readonly of: number };

/** What has none. */
export type Note =
  /** So many values of an iterable may come. */
  | { readonly type: 'pull'; readonly of: number; readonly credits: number }
  | { readonly type: 'item' | 'end'; readonly of: number }
  | { readonly type: 'fail' | 'aborted'; readonly of: number; readonly error: WireThrown }
  /** Nobody holds the stand-in any more. */
  | { readonly type: 'release'; readonly of: number }
  /** Nobody can abort the signal any more. */
  | { readonly type: 'forget'; readonly of: number }
  | { readonly type: 'ping' }
  | { readonly type: 'pong' };

export type Message =
  | (Question & { readonly id: number; readonly packed: Packed })
  | (Note & { readonly packed: Packed | null })
  | { readonly type: 'answer'; readonly id: number; readonly packed: Packed }
  | { readonly type: 'error'; readonly id: number; readonly error: WireThrown };

/** What a worker says first. */
export type Greeting =
  | { readonly type: 'ready'; readonly shape: Shape }
  | { readonly type: 'failed'; readonly error: WireThrown };
