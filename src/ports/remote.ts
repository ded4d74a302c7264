/** A copy of the ledger on another machine: its refs move all or none, each from its expected value. */

import type { Oid, RefName } from './objects.js';
import type { RefMove } from './publisher.js';

/** What a remote has, its objects being in our object database now. */
export interface Fetched {
  /** Every ref that the remote advertised. */
  readonly refs: ReadonlyMap<RefName, Oid>;
}

/** A copy of the ledger on another machine. */
export interface Remote {
  /** For messages: its URL without credentials. */
  readonly name: string;
  /**
   * Brings every object of the remote's refs here, and those that `also` names, with all that they lead to; moves no ref.
   * @throws `REMOTE_UNREACHABLE`, `REMOTE_REFUSED`
   */
  fetch(also?: readonly Oid[]): Promise<Fetched>;
  /**
   * Moves refs there, all or none, each only from its expected old value.
   *
   * @returns `moved` where one of them has another value by now; nothing changed then.
   * @throws `REMOTE_REFUSED` where the remote did not want them; `REMOTE_UNREACHABLE` where its answer did not come:
   * it may have moved them all the same
   */
  push(edits: readonly RefMove[]): Promise<'accepted' | 'moved'>;
}
