/** Putting a version into the ledger. */

import { invalidInput, LedgerError } from '../errors.js';
import {
  assertVersion,
  type CheckedCheckpoint,
  checkCheckpoint,
  isVersion,
  type NewCheckpoint,
} from '../model/checkpoint.js';
import { type NormalizedFiles, normalizeFiles } from '../model/module-files.js';
import { caseTwinError } from '../model/module-id.js';
import { demandsPortableNames } from '../model/policy.js';
import { unportableNames } from '../model/portable-names.js';
import { isTainted } from '../model/revocation.js';
import { REVERTED, STABLE } from '../model/tag-label.js';
import { formatVersion } from '../model/version-commit.js';
import { isStagedBy, nextNumber, numberBounds, usedNumbers } from '../model/version-numbers.js';
import type { StagedFiles } from '../ports/publisher.js';
import type { Decision } from './decision.js';
import { identityOf } from './identity.js';
import { addTag } from './tag.js';
import type { CheckpointContent } from './version-manager.js';
import type { Version } from './view.js';

/** A version to stage, checked as far as that is possible without the ledger and its content's hash. */
export interface GivenVersion {
  readonly given: CheckedCheckpoint;
  readonly files: NormalizedFiles | null;
  readonly paths: readonly string[];
}

/** A version to stage, with its content staged. */
export interface StageRequest {
  readonly given: CheckedCheckpoint;
  readonly staged: StagedFiles | null;
  /** The paths of its files. */
  readonly paths: readonly string[];
  /** The checksum of the files, or the caller's own; null where neither was given. */
  readonly checksum: string | null;
}

/** Checks a checkpoint and its content. The bytes are copied. @throws `INVALID_*` */
export function givenVersion(cp: NewCheckpoint, content?: CheckpointContent): GivenVersion {
  const given = checkCheckpoint(cp);
  if (given.tags.has(STABLE) && given.tags.has(REVERTED)) {
    const issue = { path: 'tags', expected: 'not both stable and reverted', actual: 'both' };
    throw invalidInput('INVALID_TAG', [issue], 'a reverted version is no rollback target: choose one of the two');
  }
  const files = content?.files === undefined ? null : normalizeFiles(content.files);
  return { given, files, paths: files === null ? [] : [...files.keys()] };
}

/** A version whose content has been hashed. @throws `CHECKSUM_MISMATCH` */
export function stageRequest({ given, paths }: GivenVersion, staged: StagedFiles | null): StageRequest {
  const digest = staged?.checksum ?? null;
  if (digest === null || given.checksum === undefined || given.checksum === digest)
    return { given, staged, paths, checksum: digest ?? given.checksum ?? null };
  throw new LedgerError(
    'CHECKSUM_MISMATCH',
    `${given.moduleId}: expected the checksum ${given.checksum}, the files have ${digest}`,
    { expected: given.checksum, actual: digest },
    { hint: 'leave the checksum out to have it computed, or look for what changed the files on their way' },
  );
}

/** Refuses content with a file that was redacted: it would be back. @throws `VERSION_REDACTED` */
export function refuseRedactedContent(decision: Decision, { given, staged }: StageRequest): void {
  const again = staged?.blobs.find((oid) => decision.records.redaction(oid) !== null);
  const redaction = again === undefined ? null : decision.records.redaction(again);
  if (again === undefined || redaction === null) return;
  const { moduleId, version, seq } = redaction;
  const message = `${given.moduleId}: it holds the file ${again}, which entry ${seq} took out of ${moduleId} v${version}`;
  const hint = 'take that file out of the content; what was redacted does not come back';
  throw new LedgerError('VERSION_REDACTED', message, { moduleId, version, oid: again }, { hint });
}

/** What speaks against taking an existing version for the one asked for, or null. */
function difference(
  decision: Decision,
  existing: Version,
  { given, checksum, staged }: StageRequest,
): { what: string; expected: string; actual: string } | null {
  const { tree, metadata } = decision.contentOf(existing);
  const pairs: [string, string, string | undefined][] = [
    ['checksum', existing.checksum, checksum ?? undefined],
    ['parentVer', String(existing.parentVer), given.parentVer === undefined ? undefined : String(given.parentVer)],
    ['metadata', JSON.stringify(metadata), given.metadata && JSON.stringify(given.metadata)],
    // A checksum alone tells neither whether there are files nor the name of a single one.
    ['files', `tree ${tree}`, staged === null ? undefined : `tree ${staged.tree}`],
  ];
  for (const [what, expected, actual] of pairs) {
    if (actual === undefined || actual === expected) continue;
    if (what === 'metadata' && sameRecord(metadata, given.metadata ?? {})) continue;
    return { what, expected, actual };
  }
  return null;
}

function sameRecord(a: Readonly<Record<string, string>>, b: Readonly<Record<string, string>>): boolean {
  const keys = Object.keys(a);
  return keys.length === Object.keys(b).length && keys.every((key) => a[key] === b[key]);
}

/** True where the key that staged it is not believed any more: whoever deploys the same content stages it in their own name. */
function isTaintedStage({ policy, records }: Decision, { moduleId, version, entries }: Version): boolean {
  const seq = entries.find((each) => isStagedBy(records, each, moduleId, version));
  const fingerprint = seq === undefined ? undefined : records.entry(seq)?.fingerprint;
  return seq !== undefined && fingerprint !== undefined && isTainted(policy, fingerprint, seq);
}

/**
 * The active version, or the newest of those staged from it by a key that is believed, and not reverted, where it has the content and the
 * metadata asked for; null where none has, or a number is asked for.
 */
export function findSame(decision: Decision, request: StageRequest): Version | null {
  const { moduleId, version, parentVer } = request.given;
  if (version !== undefined) return null;
  const active = decision.active(moduleId);
  if (active !== null && parentVer === undefined && difference(decision, active, request) === null) return active;
  const parent = parentVer === undefined ? (active?.version ?? null) : parentVer;
  const staged = [...decision.records.staged(moduleId)].map((number) => decision.require(moduleId, number));
  const fits = (known: Version) => known.parentVer === parent && !known.tags.includes(REVERTED);
  const same = (known: Version) => fits(known) && difference(decision, known, request) === null;
  return staged.findLast((known) => same(known) && !isTaintedStage(decision, known)) ?? null;
}

/** The version that a request repeats, or null where its number is new. @throws `VERSION_EXISTS` */
export function findRepeated(decision: Decision, request: StageRequest): Version | null {
  const { given } = request;
  const { moduleId, version } = given;
  const used = usedNumbers(decision.records, moduleId);
  const { above } = numberBounds(decision.policy, used);
  const existing = version === undefined ? null : decision.find(moduleId, version);
  if (version === undefined || (existing === null && version > above)) return null;
  const differs = existing === null ? null : difference(decision, existing, request);
  if (existing !== null && differs === null) {
    // Its content is published with whatever else is decided, so that what is damaged of it heals.
    if (request.staged !== null)
      decision.files.push({ id: request.staged.id, like: decision.contentOf(existing).tree });
    return existing;
  }
  const expected =
    differs === null ? `a number greater than ${above}, the highest used` : `its ${differs.what} ${differs.expected}`;
  const actual = differs === null ? String(version) : `${differs.what} ${differs.actual}`;
  const why = existing === null ? 'is not a number that is free' : 'exists already';
  const next = nextNumber(decision.policy, used, given.parentVer ?? null);
  throw new LedgerError(
    'VERSION_EXISTS',
    `${moduleId} v${version} ${why}: expected ${expected}, got ${actual}`,
    { moduleId, version, expected, actual },
    { hint: isVersion(next) ? `record it as another version: ${next} is the next` : spentHint(moduleId) },
  );
}

/** What to do where a module has spent the highest number that there is, which any recorder can do in a ledger of format 1. */
function spentHint(moduleId: string): string {
  return `no number is left after it: in a ledger of format 2 (git-lineage upgrade) an admin revokes the key that took it, from that entry on; or record ${moduleId} under another name`;
}

function requireChecksum({ given, checksum }: StageRequest): string {
  if (checksum !== null) return checksum;
  const issue = { path: 'checksum', expected: 'a checksum, or files to compute it from', actual: 'neither' };
  throw invalidInput('INVALID_CHECKPOINT', [issue], `give the files of ${given.moduleId}, or a checksum of your own`);
}

/** The version that a new one is made from. @throws `NOT_FOUND`, `INVALID_VERSION` */
function parentOf(decision: Decision, moduleId: string, parentVer: number | null, version: number): Version | null {
  if (parentVer === null) return null;
  if (parentVer >= version) {
    const issue = { path: 'parentVer', expected: `a version before ${version}`, actual: String(parentVer) };
    throw invalidInput('INVALID_VERSION', [issue], 'a version is made from an earlier one');
  }
  return decision.require(moduleId, parentVer);
}

/** Refuses a new name that differs from one in use by case alone. @throws `INVALID_MODULE_ID` */
export function refuseTwin(decision: Decision, moduleId: string): void {
  const twin = decision.records.caseTwin(moduleId);
  if (twin !== null) throw caseTwinError(moduleId, twin);
}

/** @throws `INVALID_FILES` for names that a checkout elsewhere would change, where the policy does not allow them */
function refuseUnportable({ policy }: Decision, paths: readonly string[]): void {
  const issues = demandsPortableNames(policy) ? unportableNames(paths) : [];
  if (issues.length === 0) return;
  const hint =
    'rename them; where no checkout is ever made on Windows or macOS, an admin can allow it: git-lineage policy set allowUnportableNames=true';
  throw invalidInput('INVALID_FILES', issues, hint);
}

/** Refuses a number that leaves too many behind it: numbers are spent for good, and there is an end to them. @throws `INVALID_VERSION` */
function refuseJump(decision: Decision, moduleId: string, version: number): void {
  const { policy } = decision;
  const { most } = numberBounds(policy, usedNumbers(decision.records, moduleId));
  if (version <= most) return;
  const highest = most - policy.maxVersionJump;
  const issue = { path: 'version', expected: `at most ${most}`, actual: String(version) };
  const hint = `the highest number of ${moduleId} by a key that is believed is ${highest}, and the policy's maxVersionJump ${policy.maxVersionJump}: count on from there`;
  throw invalidInput('INVALID_VERSION', [issue], hint);
}

/** The number of a new version: the one given, or the one that follows. @throws `INVALID_VERSION` where none is left */
export function numberOf(decision: Decision, { moduleId, version, parentVer }: StageRequest['given']): number {
  if (version !== undefined) return version;
  const from = parentVer === undefined ? (decision.module(moduleId)?.active ?? null) : parentVer;
  const used = usedNumbers(decision.records, moduleId);
  const next = nextNumber(decision.policy, used, from);
  if (isVersion(next)) return next;
  const issue = { path: 'version', expected: 'a number that is left', actual: `none after ${used.highest}` };
  throw invalidInput('INVALID_VERSION', [issue], spentHint(moduleId));
}

/** Stages a new version. */
export function stageVersion(decision: Decision, request: StageRequest): Version {
  const { given, staged } = request;
  const { moduleId, metadata = {} } = given;
  const { drafts, signer, now } = decision.base;
  const known = decision.module(moduleId);
  if (known === null) refuseTwin(decision, moduleId);
  const version = assertVersion(numberOf(decision, given));
  refuseUnportable(decision, request.paths);
  refuseJump(decision, moduleId, version);
  const parentVer = given.parentVer === undefined ? (known?.active ?? null) : given.parentVer;
  const checksum = requireChecksum(request);
  const parent = parentOf(decision, moduleId, parentVer, version);
  const timestamp = given.timestamp ?? now();
  const tree = staged?.tree ?? drafts.tree(new Map());
  const oid = drafts.commit({
    tree,
    parents: parent === null ? [] : [parent.oid],
    identity: identityOf(signer.principal, timestamp),
    message: formatVersion({ moduleId, version, checksum, timestamp, parentVer, metadata }),
  });
  if (staged !== null)
    decision.files.push({ id: staged.id, like: parent === null ? null : (parent.content?.tree ?? null) });
  const sealed = decision.policy.format === 1 ? {} : { commitSha256: decision.commitSha256Of(oid) };
  decision.add(
    { type: 'stage', moduleId, version, parentVer, ...sealed, checksum },
    { version: { oid, content: { tree, timestamp, metadata }, blobs: staged?.blobs ?? [] } },
  );
  for (const tag of given.tags) addTag(decision, moduleId, version, tag);
  return decision.require(moduleId, version);
}
