/** Why `gate --changed` allows or refuses what is about to be committed: codes that `docs/guide/hook.md` documents. */

import type { GateNoteCode, GateRefusalCode, Reason } from '../library.js';

/** What git's index, or the folder on disk, has at a module's path that no ledger can hold. */
export type UnfitCode =
  /** A name or a link that a ledger does not take. */
  | 'INVALID_FILES'
  /** A name that is not UTF-8. */
  | 'NOT_UTF8'
  /** A merge conflict that is not resolved. */
  | 'MERGE_CONFLICT'
  /** Another repository: its files are not in this one. */
  | 'SUBMODULE'
  /** The path itself is a symbolic link. */
  | 'SYMBOLIC_LINK';

type ChangeCode =
  | GateRefusalCode
  | GateNoteCode
  | UnfitCode
  /** No version of the module is active: there is nothing to break. */
  | 'NOTHING_ACTIVE'
  /** The path is empty. */
  | 'NO_FILES'
  /** The ledger has no version with this content: it was measured against the active one. */
  | 'MEASURED'
  /** A version with this content is staged, and nobody assessed it: it was measured against the active one. */
  | 'NOT_ASSESSED'
  /** What the assessor found; of a BREAKING level the text names the exports. */
  | 'RATIONALE';

export type ChangeReason = Reason<ChangeCode>;
