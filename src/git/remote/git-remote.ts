/** A remote over the git command line: whatever git can reach, it reaches. */

import nodeFs from 'node:fs';
import type { LedgerError } from '../../errors.js';
import { ignoringFailures } from '../../ignoring-failures.js';
import type { ObjectFormat } from '../../model/object-id.js';
import { CHECKPOINT_REF, JOURNAL_REF } from '../../model/ref-names.js';
import type { Oid, RefName } from '../../ports/objects.js';
import type { OnTransfer } from '../../ports/progress.js';
import type { RefMove } from '../../ports/publisher.js';
import type { Fetched, Remote } from '../../ports/remote.js';
import { credentialEnvironment, secretsOf } from '../../url-credentials.js';
import { objectFormatIn } from '../config.js';
import { SyncFiles } from '../sync-files.js';
import { foundGap } from './fetch-failure.js';
import { fetchIntoLedger } from './fetch-into-ledger.js';
import { type ExchangeEnd, exchange, FETCH_CONFIG } from './git-exchange.js';
import { failure } from './git-failure.js';
import { hidingSecrets } from './hide-secrets.js';
import { pushByGit } from './push-by-git.js';
import { otherObjectFormat, remoteRefused, saidBy } from './remote-error.js';
import { folderOf, parseRemoteUrl, type RemoteUrl } from './remote-url.js';

/** How long one exchange with a remote may take by default, in milliseconds. */
const REMOTE_TIMEOUT_MS = 30_000;

/** What is looked at: the namespaces of a ledger, and its checkpoint. */
const NAMESPACES = ['refs/heads/*', 'refs/tags/*', 'refs/notes/*', CHECKPOINT_REF];

/** No ref here moves by a fetch, nothing is kept of it, and nothing else begins with it. */
const FETCH_ARGUMENTS = [
  '--no-tags',
  '--no-write-fetch-head',
  '--no-auto-maintenance',
  '--no-recurse-submodules',
  '--refmap=',
  '--stdin',
  '--',
];

/** A ref as `git ls-remote` lists it. */
function refLine({ pattern }: ObjectFormat): RegExp {
  return new RegExp(`^(${pattern})\\t(refs/\\S+)$`);
}

/** The refs that git lists, one a line. */
function parseRefs(text: string, pattern: RegExp): Map<RefName, Oid> {
  const refs = new Map<RefName, Oid>();
  for (const line of text.split('\n')) {
    const match = pattern.exec(line);
    if (match?.[1] !== undefined && match[2] !== undefined && !match[2].endsWith('^{}')) refs.set(match[2], match[1]);
  }
  return refs;
}

interface GitRemoteOptions {
  /** The ledger's bare repository. */
  readonly gitdir: string;
  readonly url: string;
  /** Milliseconds for one exchange. */
  readonly timeoutMs?: number | undefined;
  /** Told how far a transfer is; what it throws is ignored. */
  readonly onTransfer?: OnTransfer | undefined;
}

/** The remote at a URL; each exchange with it is a process of git's. */
export class GitRemote implements Remote {
  readonly name: string;
  private readonly gitdir: string;
  private readonly remote: RemoteUrl;
  private readonly timeoutMs: number;
  private readonly onTransfer: OnTransfer | undefined;
  private readonly format: ObjectFormat;
  private readonly listed: RegExp;
  private readonly env: Readonly<Record<string, string>>;
  private readonly secrets: readonly string[];

  /** @throws `INVALID_ARGUMENT` */
  constructor({ gitdir, url, timeoutMs = REMOTE_TIMEOUT_MS, onTransfer }: GitRemoteOptions) {
    this.gitdir = gitdir;
    this.remote = parseRemoteUrl(url);
    this.timeoutMs = timeoutMs;
    this.onTransfer = ignoringFailures(onTransfer);
    this.format = objectFormatIn(new SyncFiles(nodeFs), gitdir);
    this.listed = refLine(this.format);
    const { address, shown, credentials } = this.remote;
    this.name = shown;
    this.env = credentials === null ? {} : credentialEnvironment(address, credentials);
    this.secrets = credentials === null ? [] : secretsOf(credentials);
  }

  fetch(also: readonly Oid[] = []): Promise<Fetched> {
    return hidingSecrets(
      () => this.secrets,
      () => this.fetchAll(also),
    );
  }

  push(edits: readonly RefMove[]): Promise<'accepted' | 'moved'> {
    const { gitdir, name, timeoutMs, onTransfer, env, format, remote } = this;
    const place = { gitdir, url: remote.address, name, timeoutMs, onTransfer, env, format, folder: folderOf(remote) };
    return hidingSecrets(
      () => this.secrets,
      () => pushByGit(place, edits),
    );
  }

  private async list(): Promise<Map<RefName, Oid>> {
    const { gitdir, timeoutMs, env, listed } = this;
    const args = ['ls-remote', '--quiet', '--', this.remote.address, ...NAMESPACES];
    const run = await exchange({ gitdir, args, timeoutMs, env });
    if (run.code !== 0) throw failure(this.name, run, timeoutMs, this.format);
    // An id of another length is one of the other object format: git lists it all the same, and would then see what is there as nothing.
    if (run.stdout.split('\n').some((line) => line !== '' && !listed.test(line)))
      throw otherObjectFormat(this.name, this.format);
    return parseRefs(run.stdout, listed);
  }

  /** The refs that have other values there than here. */
  private async differing(refs: ReadonlyMap<RefName, Oid>): Promise<RefName[]> {
    const args = ['for-each-ref', '--format=%(objectname)%09%(refname)'];
    const { stdout } = await exchange({ gitdir: this.gitdir, args, timeoutMs: this.timeoutMs });
    const here = parseRefs(stdout, this.listed);
    return [...refs].filter(([ref, oid]) => here.get(ref) !== oid).map(([ref]) => ref);
  }

  /** True where every one of these objects, and what they lead to, is here. */
  private async isComplete(tips: Iterable<Oid>): Promise<boolean> {
    const input = [...new Set(tips), ''].join('\n');
    // As git itself does after a fetch (connected.c).
    const args = ['rev-list', '--objects', '--stdin', '--not', '--all', '--quiet'];
    const { code } = await exchange({ gitdir: this.gitdir, args, input, timeoutMs: this.timeoutMs });
    return code === 0;
  }

  private async fetchAll(also: readonly Oid[]): Promise<Fetched> {
    const { gitdir, remote, timeoutMs, onTransfer, env } = this;
    // The refs are read first and their objects brought then: what moves meanwhile is the next fetch's.
    const refs = await this.list();
    const wanted = [...(await this.differing(refs)), ...also];
    if (wanted.length === 0) return { refs };
    // Quiet, git says nothing of what it receives, even where it is asked to.
    const args = ['fetch', onTransfer === undefined ? '--quiet' : '--progress', ...FETCH_ARGUMENTS, remote.address];
    // Names without a destination: no ref here moves.
    const input = wanted.map((name) => `${name}\n`).join('');
    const run = await exchange({ gitdir, args, input, timeoutMs, onTransfer, config: FETCH_CONFIG, env });
    if (await this.isComplete([...refs.values(), ...also])) return { refs };
    if (!run.late && foundGap(run.stderr)) {
      const limits = { idleTimeoutMs: timeoutMs, timeLimitMs: timeoutMs };
      return fetchIntoLedger(remote, gitdir, { ...limits, secrets: env, also, onTransfer });
    }
    throw this.fetchFailure(run, refs);
  }

  /** Why objects of its refs did not come. */
  private fetchFailure(run: ExchangeEnd, refs: ReadonlyMap<RefName, Oid>): LedgerError {
    // git ends with 128 or 1 for all of these, and tells them apart in words alone.
    if (run.code === 0 || /not our ref|upload-pack: not|couldn't find remote ref/.test(run.stderr)) {
      const at = refs.get(JOURNAL_REF) ?? 'nothing';
      return remoteRefused(
        this.name,
        `it did not send every object of its refs (its journal is at ${at})`,
        'others may be moving refs there: try again; if that does not help, run git fsck in the remote',
      );
    }
    return /fsck error|error in object|did not send all necessary|bad object|corrupt/.test(run.stderr)
      ? remoteRefused(this.name, saidBy(run.stderr), 'run git fsck --strict in the remote')
      : failure(this.name, run, this.timeoutMs, this.format);
  }
}
