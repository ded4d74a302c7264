/** A new ledger: on disk, or one in memory. */

import nodeFs from 'node:fs';
import { isLedgerError, LedgerError } from './errors.js';
import { createRepository } from './git/create-repository.js';
import { GUARD_HOOKS } from './git/guard-hooks.js';
import { DEFAULT_PRE_SWAP } from './git/pre-swap-hook.js';
import { checkedSigner } from './ledger/checked-signer.js';
import { foundationPlan, requireSigner } from './ledger/found.js';
import type { Ledger } from './ledger/ledger.js';
import {
  checkFormat,
  checkInitOptions,
  checkObjectFormat,
  gitdirOf,
  type InitOptions,
  type LedgerOptions,
  systemClock,
} from './ledger-options.js';
import { SHA1 } from './model/object-id.js';
import {
  checkSettings,
  defaultSettings,
  type PolicySettings,
  type VersionManagerConfig,
} from './model/policy-settings.js';
import { ledgerOver } from './open.js';
import type { ObjectDrafts } from './ports/publisher.js';
import { ephemeralSigner } from './signing/signer.js';
import { sshVerifier } from './signing/verifier.js';

/**
 * Creates a ledger in a new or empty folder. The signer's key becomes its first admin, approver and recorder.
 * `recoveryKey` becomes a second admin, for the day when the first key is lost or stolen.
 *
 * @throws `LEDGER_EXISTS`, `INVALID_CONFIG`, `ROLE_REQUIRED`
 * @example
 * import { readFile } from 'node:fs/promises';
 * import { initLedger, sshSigner } from 'git-lineage';
 *
 * const signer = await sshSigner({ privateKey: await readFile('ops.key'), principal: 'ops@example.org' });
 * const ledger = await initLedger({ gitdir: 'modules.git', signer, config: { requireApproval: true } });
 * await ledger.recordCheckpoint({ moduleId: 'planner', tags: ['stable'] }, { files: { 'index.js': 'export const plan = 1;' } });
 * await ledger.close();
 */
export async function initLedger(options: InitOptions): Promise<Ledger> {
  checkInitOptions(options);
  const gitdir = gitdirOf(options);
  const { format = 1, recoveryKey: recovery } = options;
  checkFormat(format);
  const objectFormat = checkObjectFormat(options.objectFormat ?? SHA1.name);
  const settings = checkSettings(options.config, defaultSettings(format), format);
  const signer = checkedSigner(requireSigner(options.signer), sshVerifier);
  const timestamp = (options.now ?? systemClock)();
  const found = (drafts: ObjectDrafts) => foundationPlan(drafts, signer, { settings, format, timestamp, recovery });
  // Hooks are programs: there is no place for one in a file system of another kind.
  const hooks = (options.fs ?? nodeFs) === nodeFs ? { 'pre-swap': DEFAULT_PRE_SWAP, ...GUARD_HOOKS } : {};
  const store = await createRepository(options.fs ?? nodeFs, gitdir, found, { hooks, format, objectFormat });
  try {
    return await ledgerOver(store, options);
  } catch (error) {
    if (!isLedgerError(error)) throw error;
    const { code, message, data } = error;
    throw new LedgerError(code, message, data, { hint: 'the ledger was made: open it', cause: error, committed: true });
  }
}

/**
 * A version manager in memory, with a key of its own: for tests and trials, the same code over memfs.
 *
 * @throws `INVALID_CONFIG`
 * @example
 * const manager = await makeVersionManager({ requireApproval: true });
 * await manager.recordCheckpoint({ moduleId: 'planner', version: 1, parentVer: null, checksum: 'abc' });
 */
export async function makeVersionManager(
  config?: Partial<VersionManagerConfig & PolicySettings>,
  options: Omit<LedgerOptions, 'gitdir' | 'fs'> = {},
): Promise<Ledger> {
  const settings = checkSettings(config);
  const { memfs } = await import('memfs');
  const { fs } = memfs();
  const signer = options.signer ?? (await ephemeralSigner('memory@localhost'));
  return initLedger({ ...options, gitdir: '/ledger', fs, signer, config: settings });
}
