/** The active version of a module, where one is needed. */

import { LedgerError } from '../../errors.js';
import type { VersionCheckpoint } from '../../model/checkpoint.js';
import type { LedgerAdapter } from './adapter.js';

/** @throws `NOT_FOUND` where the module has none */
export async function requireActive(moduleId: string, adapter: LedgerAdapter): Promise<VersionCheckpoint> {
  const active = await adapter.active(moduleId);
  if (active !== null) return active;
  const data = { kind: 'VERSION', what: `an active version of ${moduleId}` } as const;
  throw new LedgerError('NOT_FOUND', `${moduleId} has no active version`, data, { hint: 'swap a first version in' });
}
