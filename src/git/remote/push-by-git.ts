/** Moving refs on a remote, all or none, each from its expected value: `git push --atomic --force-with-lease`. */

import { LedgerError } from '../../errors.js';
import { ANY_OID_PATTERN, type ObjectFormat } from '../../model/object-id.js';
import type { OnTransfer } from '../../ports/progress.js';
import type { RefMove } from '../../ports/publisher.js';
import { type ExchangeEnd, exchange } from './git-exchange.js';
import { failure } from './git-failure.js';
import { giveObjects, withOurObjects } from './give-redacted.js';
import { remoteRefused, saidBy } from './remote-error.js';

interface PushTarget {
  readonly gitdir: string;
  readonly url: string;
  /** The format of our ids. */
  readonly format: ObjectFormat;
  /** For messages. */
  readonly name: string;
  readonly timeoutMs: number;
  readonly onTransfer?: OnTransfer | undefined;
  /** Where the remote is a folder of this machine, that. */
  readonly folder: string | null;
  /** What git needs to know who we are. */
  readonly env: Readonly<Record<string, string>>;
}

/** One line of `git push --porcelain`. */
interface RefStatus {
  readonly flag: string;
  readonly ref: string;
  readonly summary: string;
}

function parseStatus(stdout: string): RefStatus[] {
  return stdout.split('\n').flatMap((line) => {
    const match = /^([ +*=!-])\t[^\t]*:([^\t:]+)\t(.*)$/.exec(line);
    const [, flag, ref, summary] = match ?? [];
    return flag === undefined || ref === undefined || summary === undefined ? [] : [{ flag, ref, summary }];
  });
}

/**
 * Of a rejected ref git's porcelain gives a flag and a summary in words; there is no code to read.
 *
 * What says that a ref has another value, or that another push is under way: found by our git from what the remote
 * advertised, or by the remote's own while it locked the refs.
 */
const MOVED = new RegExp(
  'stale info|fetch first|needs force|already exists|failed to update ref|failed to lock|cannot lock ref|incorrect old value|' +
    `atomic transaction failure|is at ${ANY_OID_PATTERN} but expected`,
  'i',
);

/** Our own `pre-receive` gives the code: others have written there while it looked into this push. */
const MOVED_THERE = /^remote:\s*error: REF_CHANGED: /m;

/** Of an atomic push, what goes along with the ref that failed. */
const ALONG = /atomic push fail|atomic transaction|transaction failed/i;

/** Rejections that somebody decided: a hook, a setting, a permission. */
function refusalOf(statuses: readonly RefStatus[], stderr: string): string | null {
  const rejected = statuses.filter(({ flag }) => flag === '!');
  const decided = rejected.filter(({ summary }) => !MOVED.test(summary) && !ALONG.test(summary));
  if (decided.length === 0 || MOVED_THERE.test(stderr)) return null;
  const first = decided[0] ?? { ref: '', summary: '' };
  const said = stderr.split('\n').filter((line) => line.startsWith('remote:'));
  const words = said.map((line) => line.slice('remote:'.length).trim()).filter((line) => line !== '');
  return saidBy([`${first.ref} ${first.summary}`, ...words].join('\n'));
}

function hintFor(refusal: string): string {
  if (!refusal.includes('non-fast-forward')) return 'nothing was moved there: see what the remote says';
  return 'a rollback moves a branch back: in the remote, git config receive.denyNonFastForwards false; hooks/pre-receive guards it better';
}

function lost({ name, timeoutMs, format }: PushTarget, run: ExchangeEnd): LedgerError {
  const error = failure(name, run, timeoutMs, format);
  if (error.code !== 'REMOTE_UNREACHABLE') return error;
  const outcome = run.sent ? 'unknown' : 'nothing';
  const hint = run.sent ? 'whether the remote took it is not known: git-lineage sync tells' : error.hint;
  return new LedgerError('REMOTE_UNREACHABLE', error.message, { ...error.data, outcome }, { hint });
}

/** What our own git prints where it is to send what is missing on purpose. It has told the remote nothing then that it could act on. */
const MISSING_HERE = new RegExp(`^fatal: could not fetch ${ANY_OID_PATTERN} from promisor remote$`, 'm');

function noneTaken(name: string): LedgerError<'REMOTE_REFUSED'> {
  return remoteRefused(
    name,
    'files were redacted from versions that it has not got, and git sends and takes only what is whole',
    'have the other machine fetch them: git-lineage clone there where nothing is yet, else git-lineage pull, from git-lineage serve, ssh or a path',
  );
}

/** Runs a push; where git cannot send what the remote lacks, puts it there first. */
async function runPush(target: PushTarget, moves: readonly RefMove[], args: readonly string[]): Promise<ExchangeEnd> {
  const { gitdir, folder, name, timeoutMs, format, onTransfer, env } = target;
  const [verb = '', ...rest] = args;
  const run = await exchange({ gitdir, args, timeoutMs, onTransfer, env });
  if (run.late || !MISSING_HERE.test(run.stderr)) return run;
  if (folder === null) throw noneTaken(name);
  const tips = moves.flatMap(({ to }) => to ?? []);
  await giveObjects({ gitdir, folder, name, timeoutMs, format }, tips);
  return exchange({ gitdir, args: [verb, withOurObjects(gitdir), ...rest], timeoutMs, onTransfer, env });
}

/**
 * Pushes. Objects are named by their ids, so that what moves here meanwhile does not matter; an edit that does not move
 * its ref is left out. The remote compares each expected value again under its own locks.
 */
export async function pushByGit(target: PushTarget, edits: readonly RefMove[]): Promise<'accepted' | 'moved'> {
  const { url, name, onTransfer } = target;
  const moves = edits.filter(({ from, to }) => from !== to);
  if (moves.length === 0) return 'accepted';
  const args = [
    'push',
    '--atomic',
    '--porcelain',
    ...(onTransfer === undefined ? [] : ['--progress']),
    '--no-verify',
    '--no-follow-tags',
    '--no-signed',
    '--recurse-submodules=no',
    ...moves.map(({ ref, from }) => `--force-with-lease=${ref}:${from ?? ''}`),
    '--',
    url,
    ...moves.map(({ ref, to }) => `${to ?? ''}:${ref}`),
  ];
  const run = await runPush(target, moves, args);
  const statuses = parseStatus(run.stdout);
  const rejected = statuses.some(({ flag }) => flag === '!');
  const refusal = refusalOf(statuses, run.stderr);
  if (refusal !== null) {
    if (!run.late && !/unexpected disconnect|remote failed to report status|hung up/.test(refusal + run.stderr))
      throw remoteRefused(name, refusal, hintFor(refusal));
    throw lost(target, run);
  }
  if (rejected) return 'moved';
  if (run.code !== 0 || statuses.length < moves.length) {
    if (/does not support (--atomic|atomic)/.test(run.stderr))
      throw remoteRefused(
        name,
        saidBy(run.stderr),
        'a ledger needs a remote that moves refs all or none: use another host',
      );
    throw lost(target, run);
  }
  // Somebody has moved a ref to the very value that we ask for: whether all the others are there, a fetch tells.
  return statuses.some(({ flag }) => flag === '=') ? 'moved' : 'accepted';
}
