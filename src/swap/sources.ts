/** Where versions come from: for each version manager its adapter and its loader. */

import { join } from 'node:path';
import { invalidInput } from '../errors.js';
import type { VersionManager } from '../ledger/version-manager.js';
import type { LedgerAdapter } from './ledger/adapter.js';
import { FullLedgerAdapter } from './ledger/full-ledger-adapter.js';
import { isLedger, isOnDisk } from './ledger/is-ledger.js';
import { SevenCallAdapter } from './ledger/seven-call-adapter.js';
import { dataDirFor } from './load/data-dir.js';
import { importLoader } from './load/import-loader.js';
import type { ModuleSlot } from './module/module-slot.js';
import { OutcomeFile } from './outcomes/outcome-file.js';
import type { Source } from './source.js';
import type { Loader } from './swap-ports.js';
import type { SwapResolver } from './swap-types.js';
import type { SwapperSettings } from './swapper-options.js';

interface SourcesParts {
  readonly settings: SwapperSettings;
  /** The loader for all versions; null: for each ledger on disk one of its own. */
  readonly loader: Loader | null;
  readonly warn: Source['warn'];
  readonly checked: Source['checked'];
  /** Brings a module to what is active. */
  readonly comeUp: (slot: ModuleSlot, source: Source, manager: VersionManager) => Promise<void>;
  readonly onRunEvent: (source: Source, ...told: Parameters<Source['onRunEvent']>) => void;
}

export class Sources {
  private readonly parts: SourcesParts;
  private readonly adapters = new WeakMap<VersionManager, LedgerAdapter>();
  /** By the folder of the ledger. */
  private readonly loaders = new Map<string, Loader>();

  constructor(parts: SourcesParts) {
    this.parts = parts;
  }

  /** The source of what a manager has. @throws `INVALID_ARGUMENT` where there is no loader for it */
  of(manager: VersionManager, resolver: SwapResolver): Source {
    const { settings, warn, checked } = this.parts;
    const onRunEvent: Source['onRunEvent'] = (...told) => this.parts.onRunEvent(source, ...told);
    const source: Source = {
      adapter: this.adapterOf(manager),
      loader: this.parts.loader ?? this.defaultLoader(manager),
      settings,
      misfits: (version) => resolver.misfits(version, { versionManager: manager }),
      dataDir: (moduleId) => dataDirFor(moduleId, settings.dataDir, manager),
      outcomes: (moduleId) => (isOnDisk(manager) ? new OutcomeFile(manager.gitdir, moduleId) : null),
      warn,
      checked,
      comeUp: (slot) => this.parts.comeUp(slot, source, manager),
      onRunEvent,
    };
    return source;
  }

  /** The one adapter of a manager. */
  adapterOf(manager: VersionManager): LedgerAdapter {
    const known = this.adapters.get(manager);
    if (known !== undefined) return known;
    const adapter = isLedger(manager) ? new FullLedgerAdapter(manager) : new SevenCallAdapter(manager);
    this.adapters.set(manager, adapter);
    return adapter;
  }

  /** How many versions of a module the loaders hold for good. */
  countLoaded(moduleId: string): number {
    const { loader } = this.parts;
    const loaders = loader === null ? [...this.loaders.values()] : [loader];
    return loaders.reduce((sum, each) => sum + (each.countLoaded?.(moduleId) ?? 0), 0);
  }

  private defaultLoader(manager: VersionManager): Loader {
    // Also of a ledger that was moved away since: it says that itself.
    const known = isLedger(manager) ? this.loaders.get(manager.gitdir) : undefined;
    if (known !== undefined) return known;
    if (!isOnDisk(manager)) {
      const issue = { path: 'loader', expected: 'a loader', actual: 'none, and the version manager is not on disk' };
      throw invalidInput('INVALID_ARGUMENT', [issue], 'give new HotSwapper a loader: importLoader({ cacheDir })');
    }
    const loader = importLoader({ cacheDir: join(manager.gitdir, 'lineage', 'modules') });
    this.loaders.set(manager.gitdir, loader);
    return loader;
  }
}
