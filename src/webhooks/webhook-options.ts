/** The options of webhooks, checked all at once. */

import { setTimeout } from 'node:timers/promises';
import type { Registry } from 'prom-client';
import { type InputIssue, invalidInput, numberIssues, quoted } from '../errors.js';
import { isLoopback } from '../loopback.js';
import { type KnownOptions, optionIssues } from '../options-check.js';
import type { Destination } from './delivery.js';
import { PAYLOADS } from './payload.js';
import { SECRET_SHAPE, secretKey } from './webhook-signature.js';
import {
  type FollowedLedger,
  type FollowOptions,
  type WebhookClock,
  WebhookEventType,
  type WebhookOptions,
} from './webhook-types.js';

const HINT =
  'https, or http on this machine, goes to a receiver; a secret is `whsec_` and the output of: openssl rand -base64 32';
const HTTP_HINT = 'anybody on the way can read http: where that does no harm, give allowHttp (--allow-http)';

export interface WebhookSettings {
  readonly destination: Destination;
  readonly wanted: ReadonlySet<WebhookEventType>;
  readonly maxQueued: number;
  readonly clock: WebhookClock;
}

const SYSTEM_CLOCK: WebhookClock = {
  now: Date.now,
  random: Math.random,
  // A process that has nothing else to do may end. A pause that is broken off is over.
  pause: (ms, signal) => setTimeout(ms, undefined, { ref: false, signal }).catch(() => undefined),
};

/** The URL is not in what is said of it: it may be secret as a whole. */
function urlIssue(given: unknown, allowHttp: boolean): InputIssue | null {
  const expected = 'an https URL, or http on this machine';
  const issue = (actual: string): InputIssue => ({ path: 'url', expected, actual });
  if (typeof given !== 'string') return issue(quoted(given));
  const url = URL.canParse(given) ? new URL(given) : null;
  if (url === null) return issue('what is no URL');
  try {
    authorizationOf(url);
  } catch {
    return issue('a user or password with a percent sign that escapes nothing');
  }
  if (url.protocol === 'https:') return null;
  if (url.protocol !== 'http:') return issue(`the scheme ${quoted(url.protocol)}`);
  return allowHttp || isLoopback(url.hostname) ? null : issue(`http to ${quoted(url.hostname)}`);
}

function choiceIssues(path: string, given: readonly unknown[], known: readonly string[]): InputIssue[] {
  return given
    .filter((value) => typeof value !== 'string' || !known.includes(value))
    .map((value) => ({ path, expected: known.join(', '), actual: quoted(value) }));
}

function secretsOf({ secret, payload = 'standard' }: WebhookOptions): readonly unknown[] {
  if (secret === undefined) return payload === 'standard' ? [undefined] : [];
  return Array.isArray(secret) && secret.length > 0 ? secret : [secret];
}

/** The header of the user and password in a URL; null where it has none. @throws URIError where their percent signs escape nothing */
function authorizationOf({ username, password }: URL): string | null {
  if (username === '' && password === '') return null;
  const pair = `${decodeURIComponent(username)}:${decodeURIComponent(password)}`;
  return `Basic ${Buffer.from(pair).toString('base64')}`;
}

const KNOWN_OPTIONS: KnownOptions<WebhookOptions> = {
  url: 'value',
  secret: 'value',
  events: 'value',
  payload: 'value',
  allowHttp: 'flag',
  timeoutMs: 'value',
  giveUpAfterMs: 'value',
  maxQueued: 'value',
  registry: 'value',
  onProblem: 'value',
  clock: 'value',
};

/** @throws `INVALID_ARGUMENT` with every option that is not as it should be */
export function webhookSettings(options: WebhookOptions): WebhookSettings {
  const given: WebhookOptions = typeof options === 'object' && options !== null ? options : { url: '' };
  const { events = Object.values(WebhookEventType), payload = 'standard', registry, onProblem } = given;
  const keys = secretsOf(given).map(secretKey);
  const url = urlIssue(given.url, given.allowHttp === true);
  const takesHttp = url !== null && urlIssue(given.url, true) === null;
  const issues: InputIssue[] = [
    ...optionIssues(given, KNOWN_OPTIONS),
    ...(url === null ? [] : [url]),
    // A secret is no part of a message, whatever is wrong with it.
    ...(keys.includes(null) ? [{ path: 'secret', expected: SECRET_SHAPE, actual: 'something else' }] : []),
    ...choiceIssues('events', Array.isArray(events) ? events : [events], Object.values(WebhookEventType)),
    ...choiceIssues('payload', [payload], PAYLOADS),
    ...numberIssues('timeoutMs', given.timeoutMs, 1),
    ...numberIssues('giveUpAfterMs', given.giveUpAfterMs, 0),
    ...numberIssues('maxQueued', given.maxQueued, 1),
  ];
  if (registry !== undefined && typeof (registry as Partial<Registry> | null)?.registerMetric !== 'function')
    issues.push({ path: 'registry', expected: 'a Registry of prom-client', actual: quoted(registry) });
  if (onProblem !== undefined && typeof onProblem !== 'function')
    issues.push({ path: 'onProblem', expected: 'a function', actual: quoted(onProblem) });
  if (issues.length > 0) throw invalidInput('INVALID_ARGUMENT', issues, takesHttp ? HTTP_HINT : HINT);
  const to = new URL(given.url);
  const authorization = authorizationOf(to);
  to.username = '';
  to.password = '';
  return {
    destination: {
      url: to,
      authorization,
      keys: keys.filter((key) => key !== null),
      payload,
      timeoutMs: given.timeoutMs ?? 10_000,
      giveUpAfterMs: given.giveUpAfterMs ?? 86_400_000,
    },
    wanted: new Set(events),
    maxQueued: given.maxQueued ?? 100,
    clock: given.clock ?? SYSTEM_CLOCK,
  };
}

/** @throws `INVALID_ARGUMENT` */
export function assertFollow(ledger: unknown, options: FollowOptions): void {
  const { positionFile, intervalMs } = options;
  const known = { positionFile: 'value', intervalMs: 'value' } as const;
  const issues = [...optionIssues(options, known), ...numberIssues('intervalMs', intervalMs, 1)];
  const { history, pendingApprovals, journal } = (ledger ?? {}) as Partial<FollowedLedger>;
  const calls: unknown[] = [history, pendingApprovals, journal?.position, journal?.root];
  if (!calls.every((call) => typeof call === 'function'))
    issues.push({ path: 'ledger', expected: 'a Ledger', actual: quoted(ledger) });
  if (positionFile !== undefined && (typeof positionFile !== 'string' || positionFile === ''))
    issues.push({ path: 'positionFile', expected: 'the path of a file', actual: quoted(positionFile) });
  if (issues.length > 0)
    throw invalidInput(
      'INVALID_ARGUMENT',
      issues,
      'the position is kept in a file, and asked for anew each intervalMs',
    );
}
