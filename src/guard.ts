/** The hooks that guard a ledger against plain git: whether they are there, putting them there, taking them away. */

import nodeFs, { constants } from 'node:fs';
import { access } from 'node:fs/promises';
import { resolve } from 'node:path';
import { invalidInput } from './errors.js';
import { CONFIG, mendConfig, unsetConfig } from './git/config.js';
import { Files } from './git/file-system.js';
import { GUARD_HOOKS, GUARD_SETTINGS } from './git/guard-hooks.js';
import { openGitStore } from './git/repository.js';

/** `own`: a hook of somebody's own stands in its place, and is left alone. */
export type GuardState = 'installed' | 'missing' | 'not-executable' | 'own';

export interface GuardHook {
  readonly name: string;
  readonly path: string;
  readonly state: GuardState;
}

async function stateOf(files: Files, path: string, script: string): Promise<GuardState> {
  if ((await files.stat(path)) === null) return 'missing';
  if ((await files.readText(path)) !== script) return 'own';
  return access(path, constants.X_OK).then(
    () => 'installed',
    () => 'not-executable',
  );
}

async function opened(gitdir: string): Promise<{ files: Files; folder: string }> {
  // Whether it is a ledger is for the store to say.
  const store = await openGitStore(nodeFs, resolve(gitdir));
  await store.close();
  return { files: new Files(nodeFs), folder: store.location };
}

/** The guard hooks of a ledger. @throws `NOT_A_LEDGER` */
export async function guardHooks(gitdir: string): Promise<readonly GuardHook[]> {
  const { files, folder } = await opened(gitdir);
  const found: GuardHook[] = [];
  for (const [name, script] of Object.entries(GUARD_HOOKS)) {
    const path = `${folder}/hooks/${name}`;
    found.push({ name, path, state: await stateOf(files, path, script) });
  }
  return found;
}

/**
 * Installs the guard hooks and the settings that belong to them; all of them, or none where one of somebody's own is in the way.
 *
 * @throws `INVALID_CONFIG`, `NOT_A_LEDGER`, `IO`
 */
export async function installGuards(gitdir: string): Promise<readonly GuardHook[]> {
  const { files, folder } = await opened(gitdir);
  const issues = (await guardHooks(gitdir))
    .filter(({ state }) => state === 'own')
    .map(({ path }) => ({ path, expected: 'no hook, or that of git-lineage', actual: 'a hook of another kind' }));
  if (issues.length > 0)
    throw invalidInput('INVALID_CONFIG', issues, 'move it away; what it does can be called from a post-receive hook');
  await files.makeFolder(`${folder}/hooks`);
  for (const [name, script] of Object.entries(GUARD_HOOKS)) {
    const path = `${folder}/hooks/${name}`;
    const temporary = `${path}.${process.pid}.new`;
    await files.remove(temporary);
    await files.create(temporary, Buffer.from(script), { sync: true, mode: 0o755 });
    await files.rename(temporary, path);
  }
  await files.syncFolder(`${folder}/hooks`);
  await mendConfig(files, folder, [...CONFIG, ...GUARD_SETTINGS]);
  return guardHooks(gitdir);
}

/** Takes the guard hooks away; hooks of somebody's own stay. @throws `NOT_A_LEDGER`, `IO` */
export async function removeGuards(gitdir: string): Promise<readonly GuardHook[]> {
  const { files, folder } = await opened(gitdir);
  await unsetConfig(files, folder, GUARD_SETTINGS);
  for (const { path, state } of await guardHooks(gitdir)) if (state !== 'own') await files.remove(path);
  return guardHooks(gitdir);
}
