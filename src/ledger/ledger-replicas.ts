/** A ledger and its copies elsewhere. */

import type { JournalPosition } from './ledger-journal.js';

/** What an exchange with a remote came to. */
export interface ReplicationResult {
  /** Its URL, without credentials. */
  readonly remote: string;
  /** Entries that are new here. */
  readonly adopted: number;
  /** Entries that are new there. */
  readonly pushed: number;
  /** Entries there that are not here: of a `push`, which brings nothing. */
  readonly behind: number;
  /** Entries here that are not there: of a `pull`, which sends nothing. */
  readonly ahead: number;
  /** Where the journal stands here now. */
  readonly position: JournalPosition;
}

/** How this ledger stands to the remote that every write goes through. */
export interface Replication {
  /** Its URL, without credentials; null: writes are this ledger's own. */
  readonly remote: string | null;
  /** When the remote last answered, in seconds since the Unix epoch; null: never, or it is not remembered. */
  readonly lastContact: number | null;
  /** Where its journal stood then; null: it had none. */
  readonly position: JournalPosition | null;
  /** Set where the last attempt to reach it failed. */
  readonly failure: { readonly at: number; readonly reason: string } | null;
}
