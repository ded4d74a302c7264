/** A remote over the git command line: whatever git can reach, it reaches. */

import nodeFs from 'node:fs';
import { ignoringFailures } from '../../ignoring-failures.js';
import type { ObjectFormat } from '../../model/object-id.js';
import { CHECKPOINT_REF, JOURNAL_REF } from '../../model/ref-names.js';
import type { Oid, RefName } from '../../ports/objects.js';
import type { OnTransfer } from '../../ports/progress.js';
import type { Fetched, Remote } from '../../ports/remote.js';
import { credentialEnvironment, secretsOf } from '../../url-credentials.js';
import { objectFormatIn } from '../config.js';
import { SyncFiles } from '../sync-files.js';
import { foundGap } from './fetch-failure.js';
import { fetchIntoLedger } from './fetch-into-ledger.js';
import { exchange, FETCH_CONFIG } from './git-exchange.js';
import { failure } from './git-failure.js';
import { hidingSecrets } from './hide-secrets.js';
import { pushByGit } from './push-by-git.js';
import { otherObjectFormat, remoteRefused, saidBy } from './remote-error.js';
import { folderOf, parseRemoteUrl } from './remote-url.js';

/** How long one exchange with a remote may take by default, in milliseconds. */
const REMOTE_TIMEOUT_MS = 30_000;

/** What is looked at: the namespaces of a ledger, and its checkpoint. */
const NAMESPACES = ['refs/heads/*', 'refs/tags/*', 'refs/notes/*', CHECKPOINT_REF];

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

/** The remote at a URL. @throws `INVALID_ARGUMENT` */
export function gitRemote({ gitdir, url: given, timeoutMs = REMOTE_TIMEOUT_MS, ...options }: GitRemoteOptions): Remote {
  const onTransfer = ignoringFailures(options.onTransfer);
  const remote = parseRemoteUrl(given);
  const format = objectFormatIn(new SyncFiles(nodeFs), gitdir);
  const listed = refLine(format);
  const { address: url, shown: name, credentials } = remote;
  const env = credentials === null ? {} : credentialEnvironment(url, credentials);
  const secrets = credentials === null ? [] : secretsOf(credentials);

  const list = async (): Promise<Map<RefName, Oid>> => {
    const run = await exchange({ gitdir, args: ['ls-remote', '--quiet', '--', url, ...NAMESPACES], timeoutMs, env });
    if (run.code !== 0) throw failure(name, run, timeoutMs, format);
    // An id of another length is one of the other object format: git lists it all the same, and would then see what is there as nothing.
    if (run.stdout.split('\n').some((line) => line !== '' && !listed.test(line))) throw otherObjectFormat(name, format);
    return parseRefs(run.stdout, listed);
  };

  /** The refs that have other values there than here. */
  const differing = async (refs: ReadonlyMap<RefName, Oid>): Promise<RefName[]> => {
    const args = ['for-each-ref', '--format=%(objectname)%09%(refname)'];
    const { stdout } = await exchange({ gitdir, args, timeoutMs });
    const here = parseRefs(stdout, listed);
    return [...refs].filter(([ref, oid]) => here.get(ref) !== oid).map(([ref]) => ref);
  };

  /** True where every one of these objects, and what they lead to, is here. */
  const complete = async (tips: Iterable<Oid>): Promise<boolean> => {
    const input = [...new Set(tips), ''].join('\n');
    // As git itself does after a fetch (connected.c).
    const args = ['rev-list', '--objects', '--stdin', '--not', '--all', '--quiet'];
    const { code } = await exchange({ gitdir, args, input, timeoutMs });
    return code === 0;
  };

  const fetch = async (also: readonly Oid[]): Promise<Fetched> => {
    // The refs are read first and their objects brought then: what moves meanwhile is the next fetch's.
    const refs = await list();
    const wanted = [...(await differing(refs)), ...also];
    if (wanted.length === 0) return { refs };
    const args = [
      'fetch',
      // Quiet, git says nothing of what it receives, even where it is asked to.
      onTransfer === undefined ? '--quiet' : '--progress',
      '--no-tags',
      '--no-write-fetch-head',
      '--no-auto-maintenance',
      '--no-recurse-submodules',
      '--refmap=',
      '--stdin',
      '--',
      url,
    ];
    // Names without a destination: no ref here moves.
    const input = wanted.map((name) => `${name}\n`).join('');
    const run = await exchange({ gitdir, args, input, timeoutMs, onTransfer, config: FETCH_CONFIG, env });
    if (await complete([...refs.values(), ...also])) return { refs };
    if (!run.late && foundGap(run.stderr)) {
      const limits = { idleTimeoutMs: timeoutMs, timeLimitMs: timeoutMs };
      return fetchIntoLedger(remote, gitdir, { ...limits, secrets: env, also, onTransfer });
    }
    // git ends with 128 or 1 for all of these, and tells them apart in words alone.
    if (run.code === 0 || /not our ref|upload-pack: not|couldn't find remote ref/.test(run.stderr)) {
      const at = refs.get(JOURNAL_REF) ?? 'nothing';
      throw remoteRefused(
        name,
        `it did not send every object of its refs (its journal is at ${at})`,
        'others may be moving refs there: try again; if that does not help, run git fsck in the remote',
      );
    }
    throw /fsck error|error in object|did not send all necessary|bad object|corrupt/.test(run.stderr)
      ? remoteRefused(name, saidBy(run.stderr), 'run git fsck --strict in the remote')
      : failure(name, run, timeoutMs, format);
  };

  return {
    name,
    fetch: (also = []) =>
      hidingSecrets(
        () => secrets,
        () => fetch(also),
      ),
    push: (edits) =>
      hidingSecrets(
        () => secrets,
        () => pushByGit({ gitdir, url, name, timeoutMs, onTransfer, env, format, folder: folderOf(remote) }, edits),
      ),
  };
}
