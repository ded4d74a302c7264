/** A rollback that the ledger does not know of, on disk: a process that starts again must not come up on what was left. */

import { readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { writeDurableSync } from '../../durable-file.js';
import { isVersion } from '../../model/checkpoint.js';
import { moduleFolder } from '../../model/module-folder.js';
import { isRollbackReason, type RollbackReason } from '../../model/rollback-target.js';
import type { LiveEpoch } from '../ledger/adapter.js';

/** What is kept, in JSON. */
interface KeptRollback {
  readonly reason: RollbackReason;
  /** The epoch that was left. */
  readonly from: LiveEpoch;
  /** The version that was gone back to. */
  readonly to: number;
}

function parsed(text: string): KeptRollback | null {
  const { reason, from, to } = JSON.parse(text) as Partial<KeptRollback>;
  const since = from?.since ?? null;
  if (!isRollbackReason(reason) || !isVersion(from?.version) || !isVersion(to)) return null;
  if (since !== null && !Number.isSafeInteger(since)) return null;
  return { reason, from: { version: from.version, since }, to };
}

export class UnreportedFile {
  private readonly path: string;

  /** `folder` is the ledger's own, beside the repository's objects. */
  constructor(folder: string, moduleId: string) {
    this.path = join(folder, 'unreported', `${moduleFolder(moduleId)}.json`);
  }

  /** Null where there is none, or it cannot be read. */
  read(): KeptRollback | null {
    try {
      return parsed(readFileSync(this.path, 'utf8'));
    } catch {
      return null;
    }
  }

  /** Durable when this returns, where the disk can be written; else the file is as it was. */
  keep(rollback: KeptRollback): void {
    try {
      writeDurableSync(this.path, JSON.stringify(rollback));
    } catch {
      // Only this process knows.
    }
  }

  /** The ledger knows, or somebody else has moved on. What another process has kept since then, of a later epoch, stays. */
  forget({ version, since }: LiveEpoch): void {
    try {
      const { from } = this.read() ?? {};
      if (from !== undefined && (from.version !== version || from.since !== since)) return;
      rmSync(this.path, { force: true });
    } catch {
      // What stays is held against the ledger at the next start: it is without effect once the epoch is over.
    }
  }
}
