/** Judging two versions as a ledger has them: with files or without, or one that replaces nothing. */

import type { Assessment, Finding } from '../model/assessment.js';
import { UNTOLD_CHANGE } from '../model/capability.js';
import type { NormalizedFiles } from '../model/module-files.js';
import { type AssessOptions, type FileAssessor, sameFiles } from './assessor.js';
import { ASSESSOR } from './engine-version.js';
import { verdictOfParts } from './verdict.js';

/** A version as a ledger has it. */
export interface VersionContent {
  /** As an operator would name it: `v3`. */
  readonly name: string;
  readonly checksum: string;
  /** Empty where only a checksum was recorded. */
  readonly files: NormalizedFiles;
  readonly metadata: Readonly<Record<string, string>>;
}

const FIRST: Assessment = Object.freeze({
  ...verdictOfParts([], ASSESSOR),
  rationale: 'First version: nothing that callers use could break.',
});

function opaque(name: string): Finding {
  const message = `${name} was recorded without files: there is nothing to compare`;
  return { code: 'opaque', level: 'UNKNOWN', path: '', before: null, after: null, message };
}

/** Judges `to` as a replacement of `from`, or (null) of nothing. Starts an engine only where there is something to compare. */
export async function measureVersions(
  assessor: FileAssessor,
  from: VersionContent | null,
  to: VersionContent,
  options?: AssessOptions,
): Promise<Assessment> {
  if (from === null) return FIRST;
  const without = [from, to].filter(({ files }) => files.size === 0);
  if (without.length > 0 && from.checksum === to.checksum) return sameFiles;
  if (without.length > 0) {
    const findings = without.map(({ name }) => opaque(name));
    return verdictOfParts([{ findings, notes: [] }], ASSESSOR, null, UNTOLD_CHANGE);
  }
  return assessor.assessFiles(
    { fromFiles: from.files, toFiles: to.files, fromMetadata: from.metadata, toMetadata: to.metadata },
    options,
  );
}
