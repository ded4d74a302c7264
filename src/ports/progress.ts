/** How far a long task is: told to whoever asked for it, who cannot make the task fail. */

/**
 * What is being done for a transfer.
 *
 * | phase | who does it |
 * |---|---|
 * | `counting` | the sender finds the objects that the other side lacks |
 * | `compressing` | the sender packs them |
 * | `receiving`, `sending` | they go over |
 * | `unpacking` | git on the side that takes them works out the differences |
 * | `checking` | this process inflates and hashes what it received |
 */
export type TransferPhase = 'counting' | 'compressing' | 'receiving' | 'sending' | 'unpacking' | 'checking';

/** How far a transfer is. Numbers that a remote gives are its own word. */
export interface TransferProgress {
  readonly phase: TransferPhase;
  /** Objects; null where they can be told apart only once all are here, as it is over http. */
  readonly done: number | null;
  /** Objects in all; null where that is not known yet. */
  readonly total: number | null;
  /** Bytes that have gone over in this phase; null where nothing says so. */
  readonly bytes: number | null;
}

/** Told how far a transfer is. What it throws, or its promise rejects with, is ignored. */
export type OnTransfer = (progress: TransferProgress) => void;
