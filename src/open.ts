/** Where the rooms meet: a ledger that is there. */

import nodeFs from 'node:fs';
import { resolve } from 'node:path';
import type { AuditQuestion } from './audit/audit-question.js';
import { auditLedger } from './audit-copy.js';
import { createPublisher, indexFiles } from './git/create-publisher.js';
import type { GitStore } from './git/git-store.js';
import { openGitStore } from './git/open-repository.js';
import { preSwapHook } from './git/pre-swap-hook.js';
import type { RemotePlace } from './git/remote/open-remote.js';
import { replicationRemote } from './git/remote-setting.js';
import { ignoringFailures } from './ignoring-failures.js';
import { ASSESSMENTS, lazyMeasurer } from './lazy-measurer.js';
import { GitLedger } from './ledger/git-ledger.js';
import type { Ledger, LedgerNotice } from './ledger/ledger.js';
import { LedgerAccess } from './ledger/ledger-access.js';
import { checkLedgerOptions, checkRemoteOptions, gitdirOf, type LedgerOptions, systemClock } from './ledger-options.js';
import { notInstalled } from './optional-package.js';
import type { Measurer } from './ports/measuring.js';
import type { Remote } from './ports/remote.js';
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

/** The ledger over a store that is open. */
export async function ledgerOver(store: GitStore, options: LedgerOptions): Promise<Ledger> {
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
  // A service that signs loads what writes now: its first write may be a rollback, after the package was replaced on disk.
  if (options.signer !== undefined && options.thread !== false) await access.writer();
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
