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

/** The copies of a ledger elsewhere, by a URL, by the name of a remote in the repository's config, or by default the remote that writes go through. */
export interface LedgerReplicas {
  /**
   * Brings entries from a remote (a URL, the name of one in the repository's config, or by default the remote that writes
   * go through). Each is verified before a ref moves here; they are adopted all or none.
   * @throws `JOURNAL_FORKED` where neither journal continues the other, `AUDIT_FAILED`, `BAD_SIGNATURE`,
   * `UNTRUSTED_SIGNER`: nothing has moved then; `REMOTE_UNREACHABLE`, `REMOTE_REFUSED`, `INVALID_ARGUMENT`
   */
  pull(remote?: string): Promise<ReplicationResult>;
  /**
   * Sends a remote the entries that it lacks, all or none; an empty repository gets the whole ledger.
   * @throws as `pull`, and `PIN_MISMATCH` where the remote has lost the journal that it had
   */
  push(remote?: string): Promise<ReplicationResult>;
  /** Pulls, and pushes what is left. @throws as `push` */
  sync(remote?: string): Promise<ReplicationResult>;
  /** The remote that writes go through, and how old the view of it is. Asks nobody. */
  status(): Promise<Replication>;
}
