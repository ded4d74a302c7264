/** Where the rooms meet: a ledger on disk, a new one, one in memory. */

import nodeFs from 'node:fs';
import { resolve } from 'node:path';
import type { Registry } from 'prom-client';
import type { AuditQuestion, AuditReport } from './audit/audit-report.js';
import { invalidInput, isLedgerError, LedgerError, quoted } from './errors.js';
import { createPublisher, indexFiles } from './git/create-publisher.js';
import type { FileSystem } from './git/file-system.js';
import type { GitStore } from './git/git-store.js';
import { GUARD_HOOKS } from './git/guard-hooks.js';
import { createRepository, openGitStore } from './git/open-repository.js';
import { DEFAULT_PRE_SWAP, preSwapHook } from './git/pre-swap-hook.js';
import type { RemotePlace } from './git/remote/open-remote.js';
import { replicationRemote } from './git/remote-setting.js';
import { ignoringFailures } from './ignoring-failures.js';
import { ASSESSMENTS, lazyMeasurer } from './lazy-measurer.js';
import { checkedSigner } from './ledger/checked-signer.js';
import { foundationPlan, type RecoveryKey, requireSigner } from './ledger/found.js';
import { GitLedger } from './ledger/git-ledger.js';
import { AUDIT_QUESTION } from './ledger/known-options.js';
import { writeLastAudit } from './ledger/last-audit.js';
import type { Ledger, LedgerNotice } from './ledger/ledger.js';
import { LedgerAccess } from './ledger/ledger-access.js';
import type { AssessorLimits } from './model/assessment.js';
import type { LedgerFormat } from './model/journal-entry.js';
import { formatNamed, type ObjectFormat, type ObjectFormatName, SHA1 } from './model/object-id.js';
import {
  checkSettings,
  defaultSettings,
  type PolicySettings,
  type VersionManagerConfig,
} from './model/policy-settings.js';
import { notInstalled } from './optional-package.js';
import { type KnownOptions, optionsCheck } from './options-check.js';
import type { Signer } from './ports/keys.js';
import type { Measurer } from './ports/measuring.js';
import type { OnTransfer } from './ports/progress.js';
import type { ObjectDrafts } from './ports/publisher.js';
import type { Remote } from './ports/remote.js';
import { ephemeralSigner } from './signing/signer.js';
import { sshVerifier } from './signing/verifier.js';

/** Where a ledger is, who signs what is written to it, which remote its writes go through, and who is told of them. */
export interface LedgerOptions {
  /** The ledger's bare repository. */
  readonly gitdir: string;
  /** Where it lives; node:fs by default. memfs works as well. */
  readonly fs?: FileSystem | undefined;
  /** Who writes. Without one the ledger can be read only. */
  readonly signer?: Signer | undefined;
  /** The time now, in seconds since the Unix epoch; the system's clock by default. */
  readonly now?: (() => number) | undefined;
  /** Where the `asm_version_*` metrics are registered, if anywhere. */
  readonly registry?: Registry | undefined;
  /** Told of each committed transaction and of warnings; what it throws is ignored. */
  readonly onEvent?: ((notice: LedgerNotice) => void) | undefined;
  /**
   * False: this process writes in the thread that it is called in, as the command line does. By default (true) a thread of its own
   * does, started with the first write, so that an event loop never waits for a disk.
   */
  readonly thread?: boolean | undefined;
  /** Told how many of the journal's entries have been verified, where the index is missing or far behind. */
  readonly onProgress?: ((done: number, total: number) => void) | undefined;
  /** Told how far a transfer to or from a remote is; what it throws is ignored. */
  readonly onTransfer?: OnTransfer | undefined;
  /** The limits of `assess` and `reports.preview`. */
  readonly assessor?: AssessorLimits | undefined;
  /**
   * The copy elsewhere that every write goes through: its journal is the commit point, and who can't reach it can't
   * write. By default the one that `lineage.remote` names in the repository's config, if any.
   */
  readonly remote?: RemoteOptions | undefined;
  /** @internal Stands between this ledger and a remote that it is told to pull from or push to. */
  readonly between?: ((remote: Remote) => Remote) | undefined;
}

/** The remote that writes go through, and how long it is waited for. */
export interface RemoteOptions {
  /**
   * `https://…`, `ssh://…`, `git://…`, `file://…`, `user@host:path`, a path, or a name of the repository's config; by
   * default as `LedgerOptions.remote`.
   */
  readonly url?: string | undefined;
  /** Milliseconds for one exchange; 30 s by default. */
  readonly timeoutMs?: number | undefined;
}

/** The options of a ledger that is new, with the policy that its first entry states. */
export type InitOptions = LedgerOptions & {
  /**
   * Settings of the policy. By default `maxCheckpoints` is 20, `requiredApprovals` 1, `autoRollbackOnBreaking` and
   * `promoteStable` are true, `requireApproval` and `approveUnknown` false; in format 2 `approveCapabilities` is
   * `process`, `network`, `code`, `native`, `install`.
   */
  readonly config?: Partial<PolicySettings> | undefined;
  /** The format that the ledger is written in; by default 1, which release 0.1.0 reads too. */
  readonly format?: LedgerFormat | undefined;
  /** How git names the objects: by SHA-1, or by SHA-256. All copies of a ledger have one, for good; `sha1` by default. */
  readonly objectFormat?: ObjectFormatName | undefined;
  /** The public half of a key kept offline: an admin from the first entry on that signs nothing else, and in format 2 the one root. */
  readonly recoveryKey?: RecoveryKey | undefined;
};

const LEDGER_OPTIONS: KnownOptions<LedgerOptions> = {
  gitdir: 'value',
  fs: 'value',
  signer: 'value',
  now: 'value',
  registry: 'value',
  onEvent: 'value',
  thread: 'flag',
  onProgress: 'value',
  onTransfer: 'value',
  assessor: 'value',
  remote: 'value',
  between: 'value',
};

const checkLedgerOptions = optionsCheck<LedgerOptions>('LedgerOptions', LEDGER_OPTIONS);

const checkInitOptions = optionsCheck<InitOptions>('InitOptions', {
  ...LEDGER_OPTIONS,
  config: 'value',
  format: 'value',
  objectFormat: 'value',
  recoveryKey: 'value',
});

const checkRemoteOptions = optionsCheck<RemoteOptions>('RemoteOptions', { url: 'value', timeoutMs: 'value' });

function same(remote: Remote): Remote {
  return remote;
}

function systemClock(): number {
  return Date.now() / 1000;
}

function gitdirOf(options: LedgerOptions): string {
  const { gitdir, fs } = options;
  if (typeof gitdir !== 'string' || gitdir === '' || gitdir.includes('\0')) {
    throw invalidInput(
      'INVALID_ARGUMENT',
      [{ path: 'gitdir', expected: 'the path of a folder', actual: quoted(gitdir) }],
      'see LedgerOptions',
    );
  }
  return fs === undefined ? resolve(gitdir) : gitdir.replace(/(?<=.)\/+$/, '');
}

/** Verdicts are kept in the ledger's private folder, where that is on disk, and in memory. */
function measurerOf(store: GitStore, { fs = nodeFs, assessor = {} }: LedgerOptions): Measurer {
  return lazyMeasurer(assessor, fs === nodeFs ? resolve(store.location, ...ASSESSMENTS) : undefined);
}

/** Who writes, and where the index is kept. */
function writing(store: GitStore, { thread = true }: LedgerOptions) {
  return { publisher: createPublisher(store, { thread }), drafts: () => store.drafts(), index: indexFiles(store) };
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
  const named = options.remote?.url ?? (await replicationRemote(place.fs, place.gitdir));
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
    ...writing(store, options),
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

const checkAuditOptions = optionsCheck<AuditOptions>('AuditOptions', {
  ...AUDIT_QUESTION,
  path: 'value',
  fs: 'value',
  now: 'value',
  remember: 'flag',
  assessor: 'value',
});

/** A ledger that is too broken to be opened has its report all the same. */
async function rememberAudit(fs: FileSystem, gitdir: string, report: AuditReport, at: number): Promise<void> {
  const store = await openGitStore(fs, gitdir).catch(() => null);
  if (store === null) return;
  try {
    writeLastAudit(store, report, at);
  } finally {
    await store.close();
  }
}

/** Which copy is audited, and what is asked of it. */
export interface AuditOptions extends AuditQuestion {
  /** A ledger, a mirror, a plain clone (its work tree), or a bundle file. */
  readonly path: string;
  /** Where it lives; node:fs by default. */
  readonly fs?: FileSystem | undefined;
  /**
   * The auditor's time, in seconds since the Unix epoch: no entry may be a day ahead of it. The system's clock by
   * default.
   */
  readonly now?: (() => number) | undefined;
  /**
   * True: how it ended is kept beside the ledger for `lastAudit` and the metrics, where it is one that may be written to, and nothing
   * was asked that depends on who asks (`trust`, `pin`, `since`, `witnesses`, `remeasure`). False by default.
   */
  readonly remember?: boolean | undefined;
  /** The limits of measuring again. */
  readonly assessor?: AssessorLimits | undefined;
}

/**
 * Audits a copy of a ledger: proves, or shows where it cannot be proven, which version ran when, why it was allowed, who
 * approved it. Nothing in the copy is believed, and nothing of it executed; with a fingerprint or a pin, it is also the ledger that
 * was meant. Whatever is wrong is in the report.
 *
 * @throws `NOT_A_LEDGER`, `UNSUPPORTED_REPOSITORY`, `INVALID_ARGUMENT`
 * @example
 * const { outcome, steps } = await auditLedger({ path: 'modules.git', trust: 'SHA256:…' });
 */
export async function auditLedger(options: AuditOptions): Promise<AuditReport> {
  checkAuditOptions(options);
  const { path, fs = nodeFs, now = systemClock, remember = false, assessor = {}, ...question } = options;
  const [{ openEvidence }, { auditEvidence }] = await Promise.all([
    import('./git/copy/open-evidence.js'),
    import('./audit/audit-ledger.js'),
  ]);
  const gitdir = gitdirOf({ gitdir: path, fs: options.fs });
  const evidence = await openEvidence(fs, gitdir);
  const measurer = lazyMeasurer(assessor, undefined);
  try {
    const report = await auditEvidence(evidence, { verifier: sshVerifier, measurer }, question, now());
    const { trust, pin, since, witnesses, remeasure } = question;
    const isPlain = [trust, pin, since, witnesses, remeasure].every((asked) => asked === undefined);
    if (remember && isPlain && report.kind === 'ledger') await rememberAudit(fs, gitdir, report, now());
    return report;
  } finally {
    await measurer.close();
    await evidence.close();
  }
}

function checkFormat(format: unknown): void {
  if (format === 1 || format === 2) return;
  const issue = { path: 'format', expected: '1 or 2', actual: quoted(format) };
  throw invalidInput('INVALID_ARGUMENT', [issue], 'see InitOptions');
}

function checkObjectFormat(name: unknown): ObjectFormat {
  const format = typeof name === 'string' ? formatNamed(name) : undefined;
  if (format !== undefined) return format;
  const issue = { path: 'objectFormat', expected: 'sha1 or sha256', actual: quoted(name) };
  throw invalidInput('INVALID_ARGUMENT', [issue], 'see InitOptions');
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
