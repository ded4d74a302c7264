/** The slots of all modules in one swapper: each is made where its module is named first, and stays with one version manager. */

import { join } from 'node:path';
import { invalidInput } from '../../errors.js';
import type { VersionManager } from '../../ledger/version-manager.js';
import { assertModuleId } from '../../model/module-id.js';
import type { LedgerAdapter } from '../ledger/adapter.js';
import { isOnDisk } from '../ledger/is-ledger.js';
import type { SwapNotice } from '../swap-types.js';
import { UnreportedFile } from '../sync/unreported-file.js';
import { ModuleSlot } from './module-slot.js';

interface SlotsParts {
  readonly drainLimitMs: number;
  readonly emit: (notice: SwapNotice) => void;
  /** Is told of a module that is named for the first time. */
  readonly added: (moduleId: string) => void;
  /** True from the moment on in which the swapper closes. */
  readonly closing: () => boolean;
}

export class ModuleSlots {
  private readonly parts: SlotsParts;
  private readonly slots = new Map<string, ModuleSlot>();

  constructor(parts: SlotsParts) {
    this.parts = parts;
  }

  all(): Iterable<ModuleSlot> {
    return this.slots.values();
  }

  moduleIds(): Iterable<string> {
    return this.slots.keys();
  }

  /** The slot of a module. @throws `INVALID_MODULE_ID` */
  of(moduleId: string): ModuleSlot {
    const known = this.slots.get(moduleId);
    if (known !== undefined) return known;
    const { drainLimitMs, emit, added, closing } = this.parts;
    const slot = new ModuleSlot(assertModuleId(moduleId), drainLimitMs, emit);
    slot.closed = closing();
    this.slots.set(moduleId, slot);
    added(moduleId);
    return slot;
  }

  /** The slot of a module for what a manager has. @throws `INVALID_ARGUMENT` where the first call was with another manager */
  bind(moduleId: string, manager: VersionManager, adapter: LedgerAdapter): ModuleSlot {
    const slot = this.of(moduleId);
    slot.adapter ??= adapter;
    if (slot.adapter !== adapter) {
      const expected = `the version manager that ${moduleId} was swapped, rolled back or resumed with first`;
      const issue = { path: 'versionManager', expected, actual: 'another one' };
      throw invalidInput('INVALID_ARGUMENT', [issue], 'use one ledger for a module, or another HotSwapper');
    }
    if (isOnDisk(manager)) slot.unreportedFile ??= new UnreportedFile(join(manager.gitdir, 'lineage'), moduleId);
    return slot;
  }
}
