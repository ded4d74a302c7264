/** Asking the assessor what a version changes, and putting its answer on record. */

import type { NormalizedFiles } from '../../model/module-files.js';
import { type CompatibilityLevel, isCompatibilityLevel, type NewReport } from '../../model/report.js';
import type { LedgerAdapter, Staged } from '../ledger/adapter.js';
import type { Source } from '../source.js';
import type { Assessor } from '../swap-ports.js';
import { withTimeLimit } from '../time-limit.js';

/** Stores what the assessor says of a pair. @throws what it throws, or where it is late or names no level */
async function ask(
  { moduleId, version: toVer }: Staged,
  fromVer: number | null,
  adapter: LedgerAdapter,
  assessor: Assessor,
): Promise<NewReport> {
  const fromFiles = fromVer === null ? null : await adapter.files(moduleId, fromVer);
  const toFiles: NormalizedFiles = (await adapter.files(moduleId, toVer)) ?? new Map();
  const answer = await assessor.assess({ moduleId, fromVer, toVer, fromFiles, toFiles });
  if (!isCompatibilityLevel(answer?.level)) throw new TypeError('it answered with no level');
  const { level, rationale, assessor: name } = answer;
  return { moduleId, fromVer, toVer, level, rationale, assessor: name };
}

/**
 * Puts on record what a version changes: by the assessor given, or by the default one, which has nothing to say of a first version. Returns
 * the level of going back, where that was measured. @throws what the assessor throws, or where it is late or names no level
 */
export async function assess(
  staged: Staged,
  fromVer: number | null,
  { adapter, settings }: Source,
  assessor: Assessor | 'default',
): Promise<CompatibilityLevel | null> {
  const { moduleId, version: toVer } = staged;
  const limit = { what: 'the assessor', limitMs: settings.assessTimeoutMs };
  if (assessor !== 'default') {
    await adapter.report(await withTimeLimit(limit, () => ask(staged, fromVer, adapter, assessor)));
    return null;
  }
  return fromVer === null ? null : withTimeLimit(limit, () => adapter.measure(moduleId, fromVer, toVer));
}
