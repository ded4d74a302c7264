/** What every step of the live side is given of its surroundings. */

import type { LedgerAdapter, Staged } from './ledger/adapter.js';
import type { Instance } from './module/instance.js';
import type { ModuleSlot } from './module/module-slot.js';
import type { OutcomeFile } from './outcomes/outcome-file.js';
import type { SwapWarningCode } from './swap/swap-codes.js';
import type { Loader, RunEvent, VersionKey } from './swap-ports.js';
import type { SwapperSettings } from './swapper-options.js';

/** Where versions come from and how long they may take. */
export interface Source {
  readonly adapter: LedgerAdapter;
  readonly loader: Loader;
  readonly settings: SwapperSettings;
  /** A module's folder for files of its own, made if need be; null where the ledger is not on disk. */
  readonly dataDir: (moduleId: string) => Promise<string | null>;
  /** Where outcomes of a module's versions are counted; null where the ledger is not on disk. */
  readonly outcomes: (moduleId: string) => OutcomeFile | null;
  /** Why a version does not fit what depends on it, and what it depends on, as the active versions declare it. */
  readonly misfits: (version: Staged) => Promise<readonly string[]>;
  /** Tells a warning about a version. */
  readonly warn: (version: VersionKey, code: SwapWarningCode, message: string) => void;
  /** Told how each health check went. */
  readonly checked: (moduleId: string, well: boolean) => void;
  /**
   * Brings a module to what is active, and watches it there unless it has proven itself.
   * @throws `NOT_FOUND` where nothing is active; what hinders it from being loaded
   */
  readonly comeUp: (slot: ModuleSlot) => Promise<void>;
  /** Told how a version runs after it was loaded. */
  readonly onRunEvent: (instance: Instance, event: RunEvent) => void;
}
