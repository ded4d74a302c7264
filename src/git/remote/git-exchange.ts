/** One exchange with a remote by the git command line, bounded in time; of a push it is known whether anything was asked for. */

import { type ChildProcess, spawn } from 'node:child_process';
import { gitEnvironment, QUIET_SETTINGS } from '../../git-environment.js';
import { ANY_OID_PATTERN } from '../../model/object-id.js';
import type { OnTransfer } from '../../ports/progress.js';
import { endGroup } from '../end-group.js';
import { DEFAULT_FETCH_LIMITS } from './fetch-limits.js';
import { progressReader, withoutProgress } from './progress-lines.js';

/** Nothing but the refs that are asked for goes along. */
const SETTINGS = [...QUIET_SETTINGS, 'submodule.recurse=false', 'push.followTags=false', 'push.gpgSign=false'];

/** Settings for a fetch: what comes is in packs that last and holds nothing malformed. */
export const FETCH_CONFIG = [
  'fetch.unpackLimit=1',
  'fetch.fsckObjects=true',
  'fetch.writeCommitGraph=false',
  'core.fsync=committed,reference',
];

const MAX_ERRORS = 64 * 1024;

/** What git may print of a remote's refs: as much as a clone takes of them. */
const MAX_PRINTED = DEFAULT_FETCH_LIMITS.refBytes;

/** How long what git printed may take to arrive after its end, in milliseconds. */
const PIPE_GRACE_MS = 250;

export interface Exchange {
  /** The ledger's bare repository. */
  readonly gitdir: string;
  readonly args: readonly string[];
  readonly input?: string | undefined;
  /** Milliseconds after which git is killed with all that it started. */
  readonly timeoutMs: number;
  /** Characters that it may print, before it is killed likewise; 256 Mi by default. */
  readonly maxPrinted?: number | undefined;
  /** Told how far git says that the transfer is: for `args` that ask for its progress. */
  readonly onTransfer?: OnTransfer | undefined;
  /** More settings, `key=value`. */
  readonly config?: readonly string[] | undefined;
  /** More of an environment: what no other user may see, who sees arguments and settings. */
  readonly env?: Readonly<Record<string, string>> | undefined;
}

/** How it ended. */
export interface ExchangeEnd {
  /** Null where git was killed, or there is none. */
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
  /** True where time was up. */
  readonly late: boolean;
  /** True where it printed more than it may. */
  readonly excess: boolean;
  /** True where there is no git on this machine. */
  readonly missing: boolean;
  /** True where the other side was told to move a ref. */
  readonly sent: boolean;
}

function environment(): NodeJS.ProcessEnv {
  return {
    ...gitEnvironment(),
    GIT_TERMINAL_PROMPT: '0',
    GCM_INTERACTIVE: 'never',
    SSH_ASKPASS_REQUIRE: 'never',
    // What goes over the wire, line by line, packs left out: on the descriptor that `spawn` adds below.
    GIT_TRACE_PACKET: '3',
  };
}

/** A line of that trace in which a push tells the other side to move a ref. */
const COMMAND = new RegExp(`> ${ANY_OID_PATTERN} ${ANY_OID_PATTERN} refs/`);

/** Starts git in a group of its own, so that a time-out ends what it started as well. */
function start({ gitdir, args, config = [], env = {} }: Exchange): ChildProcess {
  const settings = [...SETTINGS, ...config].flatMap((setting) => ['-c', setting]);
  return spawn('git', [...settings, `--git-dir=${gitdir}`, ...args], {
    cwd: gitdir,
    detached: true,
    env: { ...environment(), ...env },
    stdio: ['pipe', 'pipe', 'pipe', 'pipe'],
  });
}

/** What git has printed so far, and what it told the other side; git is ended where it prints too much. */
class Output {
  private readonly printed: string[] = [];
  private length = 0;
  private errors = '';
  private trace = '';
  private sent = false;
  private readonly maxPrinted: number;
  private readonly onTransfer: OnTransfer | undefined;

  constructor(child: ChildProcess, { maxPrinted = MAX_PRINTED, onTransfer }: Exchange) {
    this.maxPrinted = maxPrinted;
    this.onTransfer = onTransfer;
    child.stdout?.setEncoding('utf8').on('data', (text: string) => {
      this.length += text.length;
      if (this.excess) endGroup(child.pid);
      else this.printed.push(text);
    });
    const readProgress = onTransfer === undefined ? undefined : progressReader(onTransfer);
    child.stderr?.setEncoding('utf8').on('data', (text: string) => {
      this.complain(text);
      readProgress?.(text);
    });
    const wire = child.stdio[3] as NodeJS.ReadableStream | null | undefined;
    wire?.setEncoding('latin1').on('data', (text: string) => this.readWire(text));
  }

  private get excess(): boolean {
    return this.length > this.maxPrinted;
  }

  complain(text: string): void {
    this.errors = (this.errors + text).slice(-MAX_ERRORS);
  }

  private readWire(text: string): void {
    this.trace += text;
    this.sent ||= COMMAND.test(this.trace);
    // A line may come in two parts; its beginning is all that matters.
    this.trace = this.trace.slice(this.trace.lastIndexOf('\n') + 1);
  }

  soFar(): Pick<ExchangeEnd, 'stdout' | 'stderr' | 'excess' | 'sent'> {
    const { excess, sent } = this;
    const stderr = this.onTransfer === undefined ? this.errors : withoutProgress(this.errors);
    return { stdout: this.printed.join(''), stderr, excess, sent };
  }
}

/** Runs git to its end, or to the end of its time. Never rejects: how it ended is the answer. */
export function exchange(options: Exchange): Promise<ExchangeEnd> {
  return new Promise((resolve) => {
    const child = start(options);
    const output = new Output(child, options);
    let [late, done] = [false, false];
    const timer = setTimeout(() => {
      late = true;
      endGroup(child.pid);
    }, options.timeoutMs);
    child.stdin?.on('error', () => undefined).end(options.input ?? '');
    let grace: NodeJS.Timeout | undefined;
    const end = (code: number | null, missing = false): void => {
      if (done) return;
      done = true;
      clearTimeout(timer);
      clearTimeout(grace);
      resolve({ code, late, missing, ...output.soFar() });
    };
    child.on('error', (error: NodeJS.ErrnoException) => {
      output.complain(error.message);
      end(null, error.code === 'ENOENT');
    });
    child.on('close', (code) => end(code));
    // What git started may outlive it, and hold the pipes, and with them this process, for ever.
    child.on('exit', (code) => {
      grace = setTimeout(() => {
        endGroup(child.pid);
        for (const stream of child.stdio) stream?.destroy();
        end(code);
      }, PIPE_GRACE_MS);
    });
  });
}
