/** A mistyped module is an error, not an empty answer. */

import type { Ledger, LedgerError, VersionCheckpoint } from '../index.js';
import { quoted } from './complaint.js';
import type { Context } from './verb.js';

function notFound({ library }: Context, message: string, what: string, hint: string): LedgerError {
  return new library.LedgerError('NOT_FOUND', message, { what }, { hint });
}

/** The active version, or null where all are staged. Throws `NOT_FOUND` where the ledger has none of the module. */
export async function requireModule(
  context: Context,
  ledger: Ledger,
  moduleId: string,
): Promise<VersionCheckpoint | null> {
  const active = await ledger.latestCheckpoint(moduleId);
  if (active !== null || (await ledger.modules()).includes(moduleId)) return active;
  const hint = 'git-lineage status lists the modules';
  throw notFound(context, `there is no module ${quoted(moduleId)}`, moduleId, hint);
}

/** The active version. Throws `NOT_FOUND` where there is none. */
export async function requireActive(context: Context, ledger: Ledger, moduleId: string): Promise<VersionCheckpoint> {
  const active = await requireModule(context, ledger, moduleId);
  if (active !== null) return active;
  const hint = `name a version: git-lineage log ${moduleId} --all lists them`;
  throw notFound(context, `${moduleId} has no active version`, `an active version of ${moduleId}`, hint);
}
