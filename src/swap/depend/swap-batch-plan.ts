/** What a batch would do: the version that each module gets, the order, and every reason not to begin. */

import { type InputIssue, invalidInput, quoted, type Reason } from '../../errors.js';
import type { VersionManager } from '../../ledger/version-manager.js';
import { versionIssues } from '../../model/checkpoint.js';
import { normalizeFiles } from '../../model/module-files.js';
import { moduleIdIssues } from '../../model/module-id.js';
import { isLedger } from '../ledger/is-ledger.js';
import type { BatchRefusalCode } from '../swap/swap-codes.js';
import type { SwapRequest } from '../swap-types.js';
import type { DependencyVersion } from './dependency-declaration.js';
import type { Resolution } from './dependency-resolution.js';
import type { DependencyResolver } from './dependency-resolver.js';

/** One module of a batch. */
export interface BatchMember {
  readonly request: SwapRequest;
  readonly candidate: DependencyVersion;
}

type BatchRefusal = Reason<BatchRefusalCode>;

interface BatchPlan {
  /** In the order of the swaps; those that cannot be ordered are left out. */
  readonly members: readonly BatchMember[];
  /** Why the batch must not begin; none where it may. */
  readonly aborted: readonly BatchRefusal[];
}

function metadataIssues(metadata: unknown, path: string): InputIssue[] {
  if (metadata === undefined) return [];
  const record = typeof metadata === 'object' && metadata !== null && !Array.isArray(metadata);
  if (record && Object.values(metadata).every((value) => typeof value === 'string')) return [];
  return [{ path, expected: 'an object of strings', actual: quoted(metadata) }];
}

/** Throws with everything that is wrong with the requests themselves. @throws `INVALID_ARGUMENT`, `INVALID_FILES` */
function checkRequests(requests: readonly SwapRequest[]): void {
  const hint = 'give an array of { moduleId, files, version?, metadata? }, one for each module';
  if (!Array.isArray(requests)) {
    const issue = { path: 'requests', expected: 'an array of swap requests', actual: quoted(requests) };
    throw invalidInput('INVALID_ARGUMENT', [issue], hint);
  }
  const issues: InputIssue[] = [];
  const seen = new Set<string>();
  for (const [i, request] of (requests as readonly (SwapRequest | null | undefined)[]).entries()) {
    issues.push(...moduleIdIssues(request?.moduleId, `requests[${i}].moduleId`));
    if (request?.version !== undefined) issues.push(...versionIssues(request.version, `requests[${i}].version`));
    issues.push(...metadataIssues(request?.metadata, `requests[${i}].metadata`));
    const moduleId = String(request?.moduleId);
    if (seen.has(moduleId)) {
      const expected = 'each module once in a batch';
      issues.push({ path: `requests[${i}].moduleId`, expected, actual: `${quoted(moduleId)} again` });
    }
    seen.add(moduleId);
  }
  if (issues.length > 0) throw invalidInput('INVALID_ARGUMENT', issues, hint);
  for (const { files } of requests) normalizeFiles(files);
}

/**
 * The version that a request would become. A ledger knows the next number, and the metadata of a version that is staged
 * already; with the seven calls alone the number after the active one is a guess, which the swapper corrects.
 */
async function memberOf(request: SwapRequest, manager: VersionManager): Promise<BatchMember> {
  const { moduleId } = request;
  if (!isLedger(manager)) {
    const version = request.version ?? ((await manager.latestCheckpoint(moduleId))?.version ?? 0) + 1;
    return { request, candidate: { moduleId, version, metadata: request.metadata ?? {} } };
  }
  const versions = await manager.versions.list(moduleId);
  const version = request.version ?? (versions.at(-1)?.version ?? 0) + 1;
  const metadata = request.metadata ?? versions.find((known) => known.version === version)?.metadata ?? {};
  return { request: { ...request, version }, candidate: { moduleId, version, metadata } };
}

/** Why the gate would refuse a version that is staged already; of one that is not, nothing is known yet. */
async function gateReasons({ candidate }: BatchMember, manager: VersionManager): Promise<readonly BatchRefusal[]> {
  if (!isLedger(manager)) return [];
  const { moduleId, version } = candidate;
  const versions = await manager.versions.list(moduleId);
  const active = await manager.latestCheckpoint(moduleId);
  if (active?.version === version || !versions.some((known) => known.version === version)) return [];
  const verdict = await manager.gate(moduleId, active?.version ?? null, version);
  if (verdict.allow) return [];
  return verdict.reasons.map(({ code, message }) => ({ code, message: `${moduleId} v${version}: ${message}` }));
}

function orderReasons({ cycle, missing }: Resolution): BatchRefusal[] {
  const reasons: BatchRefusal[] = [];
  if (cycle !== null) reasons.push({ code: 'CYCLE', message: `there is no order: ${cycle.join(' needs ')}` });
  if (missing.length > 0) {
    reasons.push({ code: 'MISSING', message: `the batch needs what has no active version: ${missing.join(', ')}` });
  }
  return reasons;
}

/** Asks the version manager everything that can be known before the first swap. */
export async function planBatch(
  requests: readonly SwapRequest[],
  versionManager: VersionManager,
  resolver: DependencyResolver,
): Promise<BatchPlan> {
  checkRequests(requests);
  const members = new Map<string, BatchMember>();
  for (const request of requests) members.set(request.moduleId, await memberOf(request, versionManager));
  const batch = [...members.values()].map((member) => member.candidate);
  const context = { versionManager, batch };
  const resolution = await resolver.resolve(members.keys(), context);
  const misfits = await resolver.misfitsOfBatch(batch, context);
  const aborted: BatchRefusal[] = misfits.map((message) => ({ code: 'MISFIT', message }));
  aborted.push(...orderReasons(resolution));
  for (const member of members.values()) aborted.push(...(await gateReasons(member, versionManager)));
  return { members: resolution.order.flatMap((moduleId) => members.get(moduleId) ?? []), aborted };
}
