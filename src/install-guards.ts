/** The hooks that guard a ledger against plain git: whether they are there, putting them there, taking them away. */

import nodeFs from 'node:fs';
import { resolve } from 'node:path';
import { invalidInput } from './errors.js';
import { CONFIG, mendConfig, unsetConfig } from './git/config.js';
import { GUARD_HOOKS, guardSettings } from './git/guard-hooks.js';
import { type GuardHook, readGuards, writeGuards } from './git/guards.js';
import { openGitStore } from './git/open-repository.js';
import { SyncFiles } from './git/sync-files.js';

const SETTINGS = guardSettings(Object.keys(GUARD_HOOKS));

async function opened(gitdir: string): Promise<{ files: SyncFiles; folder: string }> {
  // Whether it is a ledger is for the store to say.
  const store = await openGitStore(nodeFs, resolve(gitdir));
  await store.close();
  return { files: new SyncFiles(nodeFs), folder: store.location };
}

/** The guard hooks of a ledger. @throws `NOT_A_LEDGER` */
export async function guardHooks(gitdir: string): Promise<readonly GuardHook[]> {
  const { files, folder } = await opened(gitdir);
  return readGuards(files, folder);
}

/**
 * Installs the guard hooks and the settings that belong to them, and replaces those of earlier releases; all of them, or none
 * where one of somebody's own is in the way.
 *
 * @throws `INVALID_CONFIG`, `NOT_A_LEDGER`, `IO`
 */
export async function installGuards(gitdir: string): Promise<readonly GuardHook[]> {
  const { files, folder } = await opened(gitdir);
  const hooks = await readGuards(files, folder);
  const issues = hooks
    .filter(({ state }) => state === 'own')
    .map(({ path }) => ({ path, expected: 'no hook, or that of git-lineage', actual: 'a hook of another kind' }));
  if (issues.length > 0)
    throw invalidInput('INVALID_CONFIG', issues, 'move it away; what it does can be called from a post-receive hook');
  await writeGuards(files, folder, hooks);
  mendConfig(files, folder, [...CONFIG, ...SETTINGS]);
  return readGuards(files, folder);
}

/** Takes the guard hooks away; hooks of somebody's own stay. @throws `NOT_A_LEDGER`, `IO` */
export async function removeGuards(gitdir: string): Promise<readonly GuardHook[]> {
  const { files, folder } = await opened(gitdir);
  unsetConfig(files, folder, SETTINGS);
  for (const { path, state } of await readGuards(files, folder)) if (state !== 'own') files.remove(path);
  return readGuards(files, folder);
}
