/** Which ledgers are served to git, at which address, and within which limits. */

import type { IncomingMessage, ServerResponse } from 'node:http';
import { type InputIssue, invalidInput, numberIssues, quoted } from '../errors.js';
import { hostIssues } from '../host-check.js';
import { type KnownOptions, optionIssues } from '../options-check.js';
import { servedLedgersIssues } from '../served-ledgers.js';

/** What was asked and what was answered; told when the answer has ended. */
export interface ServedRequest {
  readonly method: string;
  /** As the client sent it, with its query. */
  readonly path: string;
  /** 0 where the client had gone before it was answered. */
  readonly status: number;
  /** What git said where it failed, cut to 4096 characters, or what `handler` threw; empty otherwise. */
  readonly said: string;
}

/** One of several ledgers that are served. */
export interface ServedLedger {
  /** git clones it from `/NAME.git`: letters, digits, and `. _ ~ -`, no leading dot, no `.git` at the end. */
  readonly name: string;
  /** The ledger's bare repository. */
  readonly gitdir: string;
}

/** Which ledger is served, or which ledgers, each under a name of its own; and how. */
export type ServeOptions = (
  | { /** The ledger's bare repository. */ readonly gitdir: string }
  | { /** At least one. */ readonly ledgers: readonly ServedLedger[] }
) &
  ServeSettings;

/** At which address ledgers are served, and how many clients at once. */
export interface ServeSettings {
  /** The address to listen at; 127.0.0.1 by default, so that no other machine reaches it. */
  readonly host?: string | undefined;
  /** The port; 0, the default, is any free one. */
  readonly port?: number | undefined;
  /** How many fetches may run at once; others are asked to come back. 8 by default. */
  readonly limit?: number | undefined;
  /** How many of them may be of one address; by default two fewer, so that no client can take all places. */
  readonly clientLimit?: number | undefined;
  /**
   * Names that the server is asked by, beside those of this machine's loopback and the address that a client came to. Others are
   * refused (421): a name of somebody else's that leads here (DNS rebinding) would let their page read the ledger through a browser.
   */
  readonly hosts?: readonly string[] | undefined;
  /** How long a client may neither send nor take anything, in milliseconds; 60 s by default. */
  readonly idleTimeoutMs?: number | undefined;
  /** By when a client must have sent all of a request, in milliseconds, and its head in 10 s at most; 60 s by default. */
  readonly requestTimeoutMs?: number | undefined;
  /** How many bytes a second a client must take of what is ready for it, over ten seconds; 1,024 by default, 0 for any pace. */
  readonly minBytesPerSecond?: number | undefined;
  /** Answers other requests at the same port, before git is asked: true where it has, as `metricsHandler` does. */
  readonly handler?: ((request: IncomingMessage, response: ServerResponse) => boolean) | undefined;
  /** Told of each request when its answer has ended, whoever answered it. What it throws, or rejects with, is ignored. */
  readonly onRequest?: ((request: ServedRequest) => unknown) | undefined;
  /** @internal Where git is looked for; the PATH of this process by default. */
  readonly path?: string | undefined;
}

const KNOWN_MEMBERS: KnownOptions<ServedLedger> = { name: 'value', gitdir: 'value' };

const KNOWN_OPTIONS: KnownOptions<ServeSettings & Pick<ServedLedger, 'gitdir'> & { readonly ledgers: unknown }> = {
  gitdir: 'value',
  ledgers: 'value',
  host: 'value',
  port: 'value',
  limit: 'value',
  clientLimit: 'value',
  hosts: 'value',
  idleTimeoutMs: 'value',
  requestTimeoutMs: 'value',
  minBytesPerSecond: 'value',
  handler: 'value',
  onRequest: 'value',
  path: 'value',
};

function folderIssues({ gitdir }: Partial<ServedLedger>, at: string): InputIssue[] {
  if (typeof gitdir === 'string') return [];
  return [{ path: `${at}gitdir`, expected: 'the folder of a ledger', actual: quoted(gitdir) }];
}

/** @throws `INVALID_ARGUMENT` with every option that is not as it should be */
export function assertServeOptions(options: ServeOptions): void {
  const { handler, onRequest } = options;
  const issues = [
    ...optionIssues<Partial<ServeOptions>>(options, KNOWN_OPTIONS),
    ...('ledgers' in options
      ? servedLedgersIssues<ServedLedger>(options.ledgers, 'gitdir', KNOWN_MEMBERS, folderIssues)
      : []),
    ...numberIssues('port', options.port, 0, 65535),
    ...numberIssues('limit', options.limit, 1),
    ...numberIssues('clientLimit', options.clientLimit, 1),
    ...numberIssues('idleTimeoutMs', options.idleTimeoutMs, 1),
    ...numberIssues('requestTimeoutMs', options.requestTimeoutMs, 1),
    ...numberIssues('minBytesPerSecond', options.minBytesPerSecond, 0),
    ...hostIssues(options.hosts),
    ...Object.entries({ handler, onRequest })
      .filter(([, value]) => value !== undefined && typeof value !== 'function')
      .map(([path, value]) => ({ path, expected: 'a function', actual: quoted(value) })),
  ];
  if (issues.length > 0)
    throw invalidInput(
      'INVALID_ARGUMENT',
      issues,
      'port 0 is any free one; the ledgers are folders, each under a name of its own',
    );
}
