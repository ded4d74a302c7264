/** A guard hook in a repository is ours, of an earlier release of ours, somebody's own, or not there; only ours are written. */

import { constants } from 'node:fs';
import { access } from 'node:fs/promises';
import { sha256Hex } from '../model/content-digest.js';
import type { Finding } from '../ports/upkeep.js';
import { EARLIER_GUARDS, GUARD_HOOKS } from './guard-hooks.js';
import type { SyncFiles } from './sync-files.js';

/**
 * | state | what stands in the hook's place |
 * |---|---|
 * | `installed` | the hook of this release |
 * | `outdated` | the hook of an earlier release: it works, and this release has a better one |
 * | `not-executable` | a hook of ours that git passes over |
 * | `own` | a hook of somebody's own, which is left alone |
 * | `missing` | nothing |
 */
export type GuardState = 'installed' | 'outdated' | 'missing' | 'not-executable' | 'own';

/** A hook that guards a ledger against plain git, and what stands in its place now. */
export interface GuardHook {
  /** As githooks(5) has it: `pre-receive`, `proc-receive` or `reference-transaction`. */
  readonly name: string;
  /** The file that git would run, below `hooks` in the ledger. */
  readonly path: string;
  readonly state: GuardState;
}

async function stateOf(files: SyncFiles, path: string, name: string, script: string): Promise<GuardState> {
  if (files.stat(path) === null) return 'missing';
  const text = files.readText(path);
  const current = text === script;
  if (!current && (text === null || EARLIER_GUARDS[name]?.includes(sha256Hex(text)) !== true)) return 'own';
  return access(path, constants.X_OK).then(
    () => (current ? 'installed' : 'outdated'),
    () => 'not-executable',
  );
}

/** The guard hooks of the repository in `gitdir`. */
export async function readGuards(files: SyncFiles, gitdir: string): Promise<readonly GuardHook[]> {
  const found: GuardHook[] = [];
  for (const [name, script] of Object.entries(GUARD_HOOKS)) {
    const path = `${gitdir}/hooks/${name}`;
    found.push({ name, path, state: await stateOf(files, path, name, script) });
  }
  return found;
}

/** Puts this release's scripts in the place of these hooks, each by rename. */
export async function writeGuards(files: SyncFiles, gitdir: string, hooks: readonly GuardHook[]): Promise<void> {
  if (hooks.length === 0) return;
  files.makeFolder(`${gitdir}/hooks`);
  for (const { name, path } of hooks) {
    const temporary = `${path}.${process.pid}.new`;
    files.remove(temporary);
    files.create(temporary, Buffer.from(GUARD_HOOKS[name] ?? ''), { sync: true, mode: 0o755 });
    files.rename(temporary, path);
  }
  files.syncFolder(`${gitdir}/hooks`);
}

/** True for a hook of ours that git runs. */
export function gitRuns({ state }: GuardHook): boolean {
  return state === 'installed' || state === 'outdated';
}

/** The guard hooks of earlier releases. */
export function guardFindings(gitdir: string, hooks: readonly GuardHook[]): Finding[] {
  return hooks
    .filter(({ state }) => state === 'outdated')
    .map(({ name }) => ({
      kind: 'outdated-guard',
      where: `hooks/${name}`,
      detail: 'the guard hook of an earlier release of git-lineage',
      mendable: true,
      remedy: `git-lineage doctor --restore, or: git-lineage hooks guard --ledger ${gitdir}`,
    }));
}
