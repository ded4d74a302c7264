/** What a ledger is opened or made with, and the checks of it. */

import { resolve } from 'node:path';
import type { Registry } from 'prom-client';
import { invalidInput, quoted } from './errors.js';
import type { FileSystem } from './git/file-system.js';
import type { RecoveryKey } from './ledger/found.js';
import type { LedgerNotice } from './ledger/ledger.js';
import type { AssessorLimits } from './model/assessment.js';
import type { LedgerFormat } from './model/ledger-event.js';
import { formatNamed, type ObjectFormat, type ObjectFormatName } from './model/object-id.js';
import type { PolicySettings } from './model/policy-settings.js';
import { type KnownOptions, optionsCheck } from './options-check.js';
import type { Signer } from './ports/keys.js';
import type { OnTransfer } from './ports/progress.js';
import type { Remote } from './ports/remote.js';

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

export const checkLedgerOptions = optionsCheck<LedgerOptions>('LedgerOptions', LEDGER_OPTIONS);

export const checkInitOptions = optionsCheck<InitOptions>('InitOptions', {
  ...LEDGER_OPTIONS,
  config: 'value',
  format: 'value',
  objectFormat: 'value',
  recoveryKey: 'value',
});

export const checkRemoteOptions = optionsCheck<RemoteOptions>('RemoteOptions', { url: 'value', timeoutMs: 'value' });

/** The time now, in seconds since the Unix epoch. */
export function systemClock(): number {
  return Date.now() / 1000;
}

/** Where a repository is, absolute in the file system of this machine. @throws `INVALID_ARGUMENT` */
export function gitdirOf(options: Pick<LedgerOptions, 'gitdir' | 'fs'>): string {
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

export function checkFormat(format: unknown): void {
  if (format === 1 || format === 2) return;
  const issue = { path: 'format', expected: '1 or 2', actual: quoted(format) };
  throw invalidInput('INVALID_ARGUMENT', [issue], 'see InitOptions');
}

export function checkObjectFormat(name: unknown): ObjectFormat {
  const format = typeof name === 'string' ? formatNamed(name) : undefined;
  if (format !== undefined) return format;
  const issue = { path: 'objectFormat', expected: 'sha1 or sha256', actual: quoted(name) };
  throw invalidInput('INVALID_ARGUMENT', [issue], 'see InitOptions');
}
