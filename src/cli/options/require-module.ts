/** A mistyped module is an error, not an empty answer. */

import { quoted } from '../complaint.js';
import type { Ledger, VersionCheckpoint } from '../library.js';
import type { Context } from '../verb.js';

/** The active version, or null where all are staged. Throws `NOT_FOUND` where the ledger has none of the module. */
export async function requireModule(
  context: Context,
  ledger: Ledger,
  moduleId: string,
): Promise<VersionCheckpoint | null> {
  const active = await ledger.latestCheckpoint(moduleId);
  if (active !== null || (await ledger.versions.modules()).includes(moduleId)) return active;
  const hint = 'git-lineage status lists the modules';
  const data = { kind: 'MODULE', what: moduleId } as const;
  throw new context.library.LedgerError('NOT_FOUND', `there is no module ${quoted(moduleId)}`, data, { hint });
}

/** The active version. Throws `NOT_FOUND` where there is none. */
export async function requireActive(context: Context, ledger: Ledger, moduleId: string): Promise<VersionCheckpoint> {
  const active = await requireModule(context, ledger, moduleId);
  if (active !== null) return active;
  const hint = `name a version: git-lineage log ${moduleId} --all lists them`;
  const data = { kind: 'VERSION', what: `an active version of ${moduleId}` } as const;
  throw new context.library.LedgerError('NOT_FOUND', `${moduleId} has no active version`, data, { hint });
}
