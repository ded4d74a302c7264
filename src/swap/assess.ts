/** Asking the assessor what a version changes, and putting its answer on record. */

import type { NormalizedFiles } from '../model/module-files.js';
import { isCompatibilityLevel } from '../model/report.js';
import type { Staged } from './book.js';
import type { Source } from './bring-up.js';
import type { Assessor } from './contract.js';
import { withTimeLimit } from './time-limit.js';

/** Stores the assessor's report on a pair. @throws what the assessor throws, or where it is late or names no level */
export async function assess(
  { moduleId, version: toVer }: Staged,
  fromVer: number | null,
  { book, settings }: Source,
  assessor: Assessor,
): Promise<void> {
  const fromFiles = fromVer === null ? null : await book.files(moduleId, fromVer);
  const toFiles: NormalizedFiles = (await book.files(moduleId, toVer)) ?? new Map();
  const limit = { what: 'the assessor', limitMs: settings.assessTimeoutMs };
  const answer = await withTimeLimit(limit, () => assessor.assess({ moduleId, fromVer, toVer, fromFiles, toFiles }));
  if (!isCompatibilityLevel(answer?.level)) throw new TypeError('it answered with no level');
  const { level, rationale, assessor: name } = answer;
  await book.report({ moduleId, fromVer, toVer, level, rationale, assessor: name });
}
