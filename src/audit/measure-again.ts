/** A pair of versions measured again, from the objects of a copy and from nothing that anybody said of it. */

import { LedgerError } from '../errors.js';
import type { Assessment } from '../model/assessment.js';
import { isWorst, verdictOf } from '../model/level-in-force.js';
import { type FileMode, type NormalizedFiles, normalizeFiles } from '../model/module-files.js';
import { demandsRecheck } from '../model/policy.js';
import type { JudgedReport } from '../model/report.js';
import type { MeasuredVersion, Measurer } from '../ports/measuring.js';
import type { EntryReplay } from './entry-replay.js';
import type { LedgerState, SealedCommit } from './ledger-state.js';
import { provenFiles } from './staged.js';

/** Of a version of which the checksum alone was recorded. */
const NO_FILES: NormalizedFiles = new Map();

/**
 * A version as it is measured; null where a file of it was redacted.
 * @throws `CORRUPT_OBJECT` for files that are not what its checksum says
 */
async function measuredVersion(state: LedgerState, { commit, sealed }: SealedCommit): Promise<MeasuredVersion | null> {
  const { version, checksum, metadata } = sealed;
  const found = await provenFiles(state, commit.tree, checksum);
  if (typeof found === 'string') {
    const data = { oid: commit.oid, fault: 'NOT_AS_WRITTEN', reason: found } as const;
    const hint = 'compare the ledger with a clone';
    throw new LedgerError('CORRUPT_OBJECT', `object ${commit.oid}: ${found}`, data, { hint });
  }
  const files = new Map<string, { readonly data: Uint8Array; readonly mode: FileMode }>();
  for (const { path, mode, oid } of found) {
    if (state.redactions.get(oid) !== null) return null;
    files.set(path, { data: await state.objects.readBlob(oid), mode: mode as FileMode });
  }
  // Of content that was kept elsewhere there is nothing to read.
  return { name: `v${version}`, checksum, metadata, files: files.size === 0 ? NO_FILES : normalizeFiles(files) };
}

/**
 * Measures `to` as the successor of `from`; null where a file of either was redacted, by whatever entry: what nobody has any more, nobody
 * measures. With `needsFiles` also where either was recorded without files.
 * @throws `CORRUPT_OBJECT` for content that cannot be read, or is not what its commit says
 */
export async function measureAgain(
  state: LedgerState,
  measurer: Measurer,
  from: SealedCommit,
  to: SealedCommit,
  needsFiles = false,
): Promise<Assessment | null> {
  const before = await measuredVersion(state, from);
  const after = before === null ? null : await measuredVersion(state, to);
  if (before === null || after === null) return null;
  if (needsFiles && (before.files.size === 0 || after.files.size === 0)) return null;
  return measurer.measure(before, after);
}

/**
 * What this machine measures of a version that becomes active, where the policy of that moment has whoever takes it in measure it again;
 * else null.
 */
export async function recheckedHere(
  { state, measurer }: EntryReplay,
  to: SealedCommit,
  reports: readonly JudgedReport[],
): Promise<Assessment | null> {
  const { moduleId, parentVer } = to.sealed;
  if (measurer === null || state.policy === null || !demandsRecheck(state.policy) || parentVer === null) return null;
  const { approveCapabilities } = state.policy;
  const counted = verdictOf(reports, approveCapabilities);
  if (counted.assessed && isWorst(counted, approveCapabilities)) return null;
  const from = await state.versionNumbered(moduleId, parentVer);
  // As the writer: content without files is measured where somebody has said something of it that has to be checked.
  return from === null ? null : measureAgain(state, measurer, from, to, !counted.assessed);
}
