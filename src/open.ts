/** Where the rooms meet: a ledger on disk, a new one, one in memory. */

import nodeFs from 'node:fs';
import { resolve } from 'node:path';
import type { AuditQuestion } from './audit/audit-question.js';
import { auditLedger } from './audit-copy.js';
import { isLedgerError, LedgerError } from './errors.js';
import { createPublisher, indexFiles } from './git/create-publisher.js';
import type { GitStore } from './git/git-store.js';
import { GUARD_HOOKS } from './git/guard-hooks.js';
import { createRepository, openGitStore } from './git/open-repository.js';
import { DEFAULT_PRE_SWAP, preSwapHook } from './git/pre-swap-hook.js';
import type { RemotePlace } from './git/remote/open-remote.js';
import { replicationRemote } from './git/remote-setting.js';
import { ignoringFailures } from './ignoring-failures.js';
import { ASSESSMENTS, lazyMeasurer } from './lazy-measurer.js';
import { checkedSigner } from './ledger/checked-signer.js';
import { foundationPlan, requireSigner } from './ledger/found.js';
import { GitLedger } from './ledger/git-ledger.js';
import type { Ledger, LedgerNotice } from './ledger/ledger.js';
import { LedgerAccess } from './ledger/ledger-access.js';
import {
  checkFormat,
  checkInitOptions,
  checkLedgerOptions,
  checkObjectFormat,
  checkRemoteOptions,
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
import { notInstalled } from './optional-package.js';
import type { Measurer } from './ports/measuring.js';
import type { ObjectDrafts } from './ports/publisher.js';
import type { Remote } from './ports/remote.js';
import { ephemeralSigner } from './signing/signer.js';
import { sshVerifier } from './signing/verifier.js';

function same(remote: Remote): Remote {
  return remote;
}

/** Verdicts are kept in the ledger's private folder, where that is on disk, and in memory. */
function measurerOf(store: GitStore, { fs = nodeFs, assessor = {} }: LedgerOptions): Measurer {
  return lazyMeasurer(assessor, fs === nodeFs ? resolve(store.location, ...ASSESSMENTS) : undefined);
}

/** Who writes, and where the index is kept. */
async function writing(store: GitStore, { thread = true }: LedgerOptions) {
  return {
    publisher: await createPublisher(store, { thread }),
    drafts: () => store.drafts(),
    index: indexFiles(store),
  };
}

/** What reaches a remote is loaded with the first one. */
async function remoteAt(place: RemotePlace, name: string): Promise<Remote> {
  const { remoteAt: reach } = await import('./git/remote/open-remote.js');
  return reach(place, name);
}

async function ledgerOver(store: GitStore, options: LedgerOptions): Promise<Ledger> {
  const place = {
    fs: options.fs ?? nodeFs,
    gitdir: store.location,
    timeoutMs: options.remote?.timeoutMs,
    onTransfer: options.onTransfer,
  };
  checkRemoteOptions(options.remote);
  const named = options.remote?.url ?? replicationRemote(place.fs, place.gitdir);
  if (options.assessor !== undefined) (await import('./assess/assessor.js')).checkLimits(options.assessor);
  const observer =
    options.registry === undefined
      ? null
      : (await import('./metrics/ledger-metrics.js').catch(notInstalled('registry', 'prom-client'))).metricsObserver(
          options.registry,
        );
  // The transaction is committed: an observer cannot make it fail.
  const observers = [observer?.observe, options.onEvent].map((observe) => ignoringFailures<LedgerNotice>(observe));
  const notify = (notice: LedgerNotice): void => {
    for (const observe of observers) observe?.(notice);
  };
  const parts = {
    location: store.location,
    objects: store,
    audited: store.objects,
    refs: store,
    privateFiles: store,
    upkeep: store,
    ...(await writing(store, options)),
    hook: preSwapHook(options.fs ?? nodeFs, store.location),
    measurer: measurerOf(store, options),
    verifier: sshVerifier,
    signer: options.signer ?? null,
    now: options.now ?? systemClock,
    notify,
    remote: named === null ? null : await remoteAt(place, named),
    remoteAt: async (name: string) => (options.between ?? same)(await remoteAt(place, name)),
    audit: (question: AuditQuestion) =>
      auditLedger({
        ...question,
        ...{ path: store.location, fs: options.fs, now: options.now, remember: true, assessor: options.assessor },
      }),
  };
  const access = new LedgerAccess(parts);
  await access.open(options.onProgress);
  const ledger = new GitLedger(access, (closing) => observer?.detach(closing));
  observer?.attach(ledger);
  return ledger;
}

/**
 * Opens a ledger.
 *
 * @throws `NOT_A_LEDGER`, `UNSUPPORTED_REPOSITORY`, `INVALID_ARGUMENT`
 * @example
 * import { openLedger } from 'git-lineage';
 *
 * const ledger = await openLedger({ gitdir: 'modules.git' }); // without a signer: to read
 * for (const moduleId of await ledger.versions.modules()) {
 *   const active = await ledger.latestCheckpoint(moduleId);
 *   console.log(moduleId, active?.version, [...(active?.tags ?? [])]);
 * }
 * await ledger.close();
 */
export async function openLedger(options: LedgerOptions): Promise<Ledger> {
  checkLedgerOptions(options);
  return ledgerOver(await openGitStore(options.fs ?? nodeFs, gitdirOf(options)), options);
}

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
