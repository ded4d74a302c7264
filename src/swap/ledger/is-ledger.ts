/** Telling a ledger from a manager that has the seven calls alone. */

import { statSync } from 'node:fs';
import { join } from 'node:path';
import { type InputIssue, invalidInput, quoted } from '../../errors.js';
import type { Ledger } from '../../ledger/ledger.js';
import type { VersionManager } from '../../ledger/version-manager.js';

const SEVEN = [
  'recordCheckpoint',
  'getLineage',
  'latestCheckpoint',
  'rollbackTarget',
  'assessCompatibility',
  'pendingApprovals',
  'stats',
] as const;
/** What the live side asks of a ledger beyond them, by the groups of its calls. */
const BEYOND = {
  versions: ['get', 'list', 'modules', 'revertedLike', 'status', 'summary'],
  reports: ['list'],
  live: ['epoch', 'permit', 'markHealthy', 'markFailed'],
  policy: ['get'],
  journal: ['position'],
} as const;
const BEYOND_ON_TOP = [
  'stage',
  'activate',
  'tag',
  'untag',
  'assess',
  'gate',
  'rollback',
  'readFiles',
  'history',
] as const;

function has(value: unknown, methods: readonly string[]): boolean {
  if (typeof value !== 'object' || value === null) return false;
  return methods.every((method) => typeof (value as Record<string, unknown>)[method] === 'function');
}

/** True where a version manager can do all that the live side asks of a ledger. */
export function isLedger(manager: VersionManager): manager is Ledger {
  if (!has(manager, SEVEN) || !has(manager, BEYOND_ON_TOP)) return false;
  const groups = manager as unknown as Record<string, unknown>;
  return Object.entries(BEYOND).every(([group, methods]) => has(groups[group], methods));
}

/** What is wrong with a version manager that was given. */
export function managerIssues(manager: unknown): InputIssue[] {
  if (has(manager, SEVEN)) return [];
  return [{ path: 'versionManager', expected: `an object with ${SEVEN.join(', ')}`, actual: quoted(manager) }];
}

/** Throws `INVALID_ARGUMENT` where there is no version manager. */
export function assertManager(manager: VersionManager | undefined): VersionManager {
  const issues = managerIssues(manager);
  if (manager !== undefined && issues.length === 0) return manager;
  throw invalidInput(
    'INVALID_ARGUMENT',
    issues,
    'give the ledger to the swapper: new HotSwapper({ versionManager: ledger, … })',
  );
}

/** The same, for what only a ledger can answer. */
export function assertLedger(given: VersionManager | undefined): Ledger {
  const manager = assertManager(given);
  if (isLedger(manager)) return manager;
  const issue = { path: 'versionManager', expected: 'a Ledger', actual: 'a manager with the seven calls alone' };
  throw invalidInput('INVALID_ARGUMENT', [issue], 'open one with openLedger');
}

/** True where a ledger is a repository on this machine's disk, and not in memory. */
export function isOnDisk(manager: VersionManager): manager is Ledger {
  if (!isLedger(manager) || typeof manager.gitdir !== 'string') return false;
  return statSync(join(manager.gitdir, 'HEAD'), { throwIfNoEntry: false })?.isFile() === true;
}
