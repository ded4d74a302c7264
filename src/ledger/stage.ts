/** Putting a version into the ledger. */

import { invalidInput, LedgerError } from '../errors.js';
import { assertVersion, type CheckedCheckpoint, checkCheckpoint, type NewCheckpoint } from '../model/checkpoint.js';
import { contentDigest } from '../model/content-digest.js';
import { type NormalizedFiles, normalizeFiles } from '../model/module-files.js';
import { caseTwin, caseTwinError } from '../model/module-id.js';
import { REVERTED, STABLE } from '../model/tag-label.js';
import { formatVersion, type SealedVersion } from '../model/version-commit.js';
import type { CheckpointContent } from './contract.js';
import type { Draft } from './draft.js';
import type { VersionCommit } from './reader.js';
import { addTag } from './tag.js';
import { type Context, identityOf } from './writer.js';

/** A version to stage, checked as far as that is possible without the ledger. */
export interface StageRequest {
  readonly given: CheckedCheckpoint;
  readonly files: NormalizedFiles | null;
  /** The checksum of the files, or the caller's own; null where neither was given. */
  readonly checksum: string | null;
}

/** Checks a checkpoint and its content. @throws `INVALID_*`, `CHECKSUM_MISMATCH` */
export function stageRequest(cp: NewCheckpoint, content?: CheckpointContent): StageRequest {
  const given = checkCheckpoint(cp);
  if (given.tags.has(STABLE) && given.tags.has(REVERTED)) {
    const issue = { path: 'tags', expected: 'not both stable and reverted', actual: 'both' };
    throw invalidInput('INVALID_TAG', [issue], 'a reverted version is no rollback target: choose one of the two');
  }
  const files = content?.files === undefined ? null : normalizeFiles(content.files);
  const digest = files === null ? null : contentDigest(files);
  if (digest !== null && given.checksum !== undefined && given.checksum !== digest) {
    const message = `${given.moduleId}: expected the checksum ${given.checksum}, the files have ${digest}`;
    throw new LedgerError(
      'CHECKSUM_MISMATCH',
      message,
      { expected: given.checksum, actual: digest },
      {
        hint: 'leave the checksum out to have it computed, or look for what changed the files on their way',
      },
    );
  }
  return { given, files, checksum: digest ?? given.checksum ?? null };
}

/** What speaks against taking an existing version for the one asked for, or null. */
function difference(
  existing: SealedVersion,
  { given, checksum }: StageRequest,
): { what: string; expected: string; actual: string } | null {
  const pairs: [string, string, string | undefined][] = [
    ['checksum', existing.checksum, checksum ?? undefined],
    ['parentVer', String(existing.parentVer), given.parentVer === undefined ? undefined : String(given.parentVer)],
    ['metadata', JSON.stringify(existing.metadata), given.metadata && JSON.stringify(given.metadata)],
  ];
  for (const [what, expected, actual] of pairs) {
    if (actual === undefined || actual === expected) continue;
    if (what === 'metadata' && sameRecord(existing.metadata, given.metadata ?? {})) continue;
    return { what, expected, actual };
  }
  return null;
}

/** The same, for the files too: a checksum alone tells neither whether there are files nor the name of a single one. */
async function differenceFrom(draft: Draft, existing: VersionCommit, request: StageRequest) {
  const found = difference(existing.sealed, request);
  if (found !== null || request.files === null) return found;
  const tree = await draft.transaction.stageFiles(request.files, existing.tree);
  return tree === existing.tree ? null : { what: 'files', expected: `tree ${existing.tree}`, actual: `tree ${tree}` };
}

function sameRecord(a: Readonly<Record<string, string>>, b: Readonly<Record<string, string>>): boolean {
  const keys = Object.keys(a);
  return keys.length === Object.keys(b).length && keys.every((key) => a[key] === b[key]);
}

/** The version that a request repeats, or null where its number is new. @throws `VERSION_EXISTS` */
export async function findRepeated(draft: Draft, request: StageRequest): Promise<VersionCommit | null> {
  const { moduleId, version } = request.given;
  const highest = draft.module(moduleId)?.highest ?? 0;
  if (version === undefined || version > highest) return null;
  const existing = await draft.find(moduleId, version);
  const differs = existing === null ? null : await differenceFrom(draft, existing, request);
  if (existing !== null && differs === null) return existing;
  const expected =
    differs === null ? `a number greater than ${highest}, the highest used` : `its ${differs.what} ${differs.expected}`;
  const actual = differs === null ? String(version) : `${differs.what} ${differs.actual}`;
  const message = `${moduleId} v${version} exists already: expected ${expected}, got ${actual}`;
  throw new LedgerError(
    'VERSION_EXISTS',
    message,
    { moduleId, version, expected, actual },
    {
      hint: `record it as another version: ${highest + 1} is the next`,
    },
  );
}

function requireChecksum({ given, checksum }: StageRequest): string {
  if (checksum !== null) return checksum;
  const issue = { path: 'checksum', expected: 'a checksum, or files to compute it from', actual: 'neither' };
  throw invalidInput('INVALID_CHECKPOINT', [issue], `give the files of ${given.moduleId}, or a checksum of your own`);
}

/** The commit of the version that a new one is made from. @throws `NOT_FOUND`, `INVALID_VERSION` */
async function parentOf(
  draft: Draft,
  moduleId: string,
  parentVer: number | null,
  version: number,
): Promise<VersionCommit | null> {
  if (parentVer === null) return null;
  if (parentVer >= version) {
    const issue = { path: 'parentVer', expected: `a version before ${version}`, actual: String(parentVer) };
    throw invalidInput('INVALID_VERSION', [issue], 'a version is made from an earlier one');
  }
  return draft.require(moduleId, parentVer);
}

/** Refuses a new name that differs from one in use by case alone. @throws `INVALID_MODULE_ID` */
export function refuseTwin(draft: Draft, moduleId: string): void {
  const twin = caseTwin(moduleId, draft.takenNames());
  if (twin !== null) throw caseTwinError(moduleId, twin);
}

/** Stages a new version. Throws before it changes the draft, or changes it wholly. */
export async function stageVersion(draft: Draft, request: StageRequest, context: Context): Promise<VersionCommit> {
  const { given, files } = request;
  const { moduleId } = given;
  const known = draft.module(moduleId);
  if (known === null) refuseTwin(draft, moduleId);
  const version = assertVersion(given.version ?? (known?.highest ?? 0) + 1);
  const parentVer = given.parentVer === undefined ? (known?.active ?? null) : given.parentVer;
  const checksum = requireChecksum(request);
  const parent = await parentOf(draft, moduleId, parentVer, version);
  const timestamp = given.timestamp ?? context.now();
  const sealed: SealedVersion = Object.freeze({
    moduleId,
    version,
    checksum,
    timestamp,
    parentVer,
    metadata: given.metadata ?? Object.freeze({}),
  });
  const tree = await draft.transaction.stageFiles(files ?? new Map(), parent?.tree);
  const oid = await draft.transaction.stageCommit({
    tree,
    parents: parent === null ? [] : [parent.oid],
    identity: identityOf(context.signer.principal, timestamp),
    message: formatVersion(sealed),
  });
  const commit = { oid, sealed, tree, parent: parent?.oid ?? null };
  draft.addVersion(commit);
  for (const tag of given.tags) await addTag(draft, commit, tag);
  return commit;
}
