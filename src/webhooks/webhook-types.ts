/** What a webhook tells, and how it is set up. */

import type { Registry } from 'prom-client';
import type { Ledger, LedgerNotice } from '../ledger/ledger.js';
import type { LedgerJournal } from '../ledger/ledger-journal.js';
import type { SwapNotice } from '../swap/swap-types.js';

export type WebhookEventType = 'rollback' | 'refusal' | 'break-glass' | 'pending';

/** What webhooks can tell. */
export const WebhookEventType = Object.freeze({
  /** A version was left for an earlier one, by whomever. */
  rollback: 'rollback',
  /** A write was refused in this process, or a swap failed before its version was live. */
  refusal: 'refusal',
  /** A version became active past the gate. */
  'break-glass': 'break-glass',
  /** A version waits for an operator: its level, or a capability that it gains, needs an approval by the policy. */
  pending: 'pending',
} as const satisfies { readonly [T in WebhookEventType]: T });

/** The body of a webhook, version 1. New fields may come; none changes its meaning or goes. */
export interface WebhookEvent {
  readonly schema: 1;
  /** The same in each delivery of an event, whoever delivers it: also the header `webhook-id`. */
  readonly id: string;
  readonly type: WebhookEventType;
  /** When it happened, as ISO 8601 in UTC. */
  readonly timestamp: string;
  /** One sentence for people. */
  readonly text: string;
  readonly data: {
    /** Null where a refusal is about no module. */
    readonly module: string | null;
    /** The version that was left, or would be replaced; null where there is none, or it is not known. */
    readonly fromVersion: number | null;
    readonly toVersion: number | null;
    /** The reason of a rollback or of breaking the glass, or why something was refused; null of what waits. */
    readonly reason: string | null;
    /** The code of an error that was refused with, or the step that a swap failed in; else null. */
    readonly code: string | null;
    /** The principal whose key signed the entry; null for a refusal. */
    readonly actor: string | null;
    /** The journal's entry; null for a refusal. */
    readonly entry: { readonly seq: number; readonly oid: string } | null;
    /** The oid of the ledger's first entry; null for a refusal. */
    readonly ledger: string | null;
  };
}

/** The body that is sent: the event itself, a message of Slack, or a list of alerts for Alertmanager (API v2). */
export type WebhookPayload = 'standard' | 'slack' | 'alertmanager';

/** What went wrong with telling; nothing that is secret is in it. */
export type WebhookProblem =
  /** An attempt failed and is repeated, with growing pauses. Told once until one succeeds. */
  | { readonly type: 'retrying'; readonly id: string; readonly message: string }
  /** An event that the receiver refused, or that could not be delivered for `giveUpAfterMs`. It is not sent again. */
  | { readonly type: 'failed'; readonly id: string; readonly attempts: number; readonly message: string }
  /** A refusal that was not delivered, because too many wait, or because `close` did not wait longer. */
  | { readonly type: 'dropped'; readonly id: string; readonly message: string }
  /** The receiver answered 410: nothing more is sent. */
  | { readonly type: 'disabled'; readonly message: string }
  /** The journal could not be read, or how far it was told could not be kept; tried again. Told once until it is well again. */
  | { readonly type: 'not-followed'; readonly message: string }
  /** The registry cannot hold the metrics. */
  | { readonly type: 'not-counted'; readonly message: string };

/** One destination: where events are sent, which, in what body, and for how long. */
export interface WebhookOptions {
  /**
   * Where events are POSTed: https, or http on this machine. User and password in it are sent as basic authentication. The whole of it
   * may be secret: messages and metrics name its host alone.
   */
  readonly url: string;
  /**
   * `whsec_` and 24 to 64 random bytes in base64. While one is replaced by another: both, each signs. Needed where the payload is
   * `standard`; neither Slack nor Alertmanager looks at signatures.
   */
  readonly secret?: string | readonly string[] | undefined;
  /** Which events are told; all by default. */
  readonly events?: readonly WebhookEventType[] | undefined;
  /** `standard` by default. */
  readonly payload?: WebhookPayload | undefined;
  /** True: http to other machines as well, which anybody on the way can read. */
  readonly allowHttp?: boolean | undefined;
  /** Milliseconds for one attempt; 10 s by default. */
  readonly timeoutMs?: number | undefined;
  /** Milliseconds for which an event is tried again; 24 h by default. */
  readonly giveUpAfterMs?: number | undefined;
  /** How many refusals may wait; 100 by default. The oldest is dropped for the newest. What the journal holds waits there. */
  readonly maxQueued?: number | undefined;
  /** Where the `asm_webhook_*` metrics are registered, if anywhere; they are there when `follow` resolves. */
  readonly registry?: Registry | undefined;
  /** Told what goes wrong; what it throws is ignored. */
  readonly onProblem?: ((problem: WebhookProblem) => void) | undefined;
  /** @internal The time in milliseconds, a pause and chance, for tests. */
  readonly clock?: WebhookClock | undefined;
}

/** Time, and waiting. */
export interface WebhookClock {
  /** Milliseconds since the Unix epoch. */
  now(): number;
  /** Resolves after so many milliseconds, or once the signal is aborted. */
  pause(ms: number, signal: AbortSignal): Promise<void>;
  /** From 0 to less than 1. */
  random(): number;
}

/** How a ledger is followed. */
export interface FollowOptions {
  /**
   * A file that remembers how far the journal was told, so that a restart neither loses nor repeats: one for each destination. Without it
   * telling begins where the journal stands now. Processes that share it tell each event once, but for those that two of them are
   * telling at the same moment.
   */
  readonly positionFile?: string | undefined;
  /** Milliseconds between two looks at the journal; 1 s by default. What `onEvent` is told of is looked at at once. */
  readonly intervalMs?: number | undefined;
}

/** What became of the events of one destination since it was made. */
export interface WebhookStatus {
  /** Events that the receiver has taken. */
  readonly delivered: number;
  /** Events that were given up. */
  readonly failed: number;
  /** Refusals that were dropped. */
  readonly dropped: number;
  /** Events that wait or are under way. */
  readonly queued: number;
  /** True once the receiver has answered 410. */
  readonly disabled: boolean;
  /** Why the last attempt failed; null where none has, or one has succeeded since. */
  readonly failure: string | null;
}

/** One destination. Nothing of it holds up a transaction or a swap, or throws into it. */
export interface Webhooks {
  /** For `onEvent` of a ledger and of a swapper: queues refusals, and looks at the journal where a transaction was committed. */
  readonly onEvent: (notice: LedgerNotice | SwapNotice) => void;
  /**
   * Tells what is written to a ledger from now on, or since the position that was remembered, by any process. Resolves once that is known.
   * @throws `INVALID_ARGUMENT`, `PIN_MISMATCH` where the position is of another journal, `IO`, and what the ledger throws when read
   */
  follow(ledger: FollowedLedger, options?: FollowOptions): Promise<void>;
  /** Looks at the journal once more and waits for what is queued: true where all of it is settled within so many milliseconds (10 s). */
  flush(timeoutMs?: number): Promise<boolean>;
  /** Flushes for so many milliseconds (5 s), and ends. What the journal holds is told after the next start; refusals are dropped. */
  close(timeoutMs?: number): Promise<void>;
  /** What became of events so far, as of now. */
  status(): WebhookStatus;
}

/** What is asked of a ledger that is followed. */
export interface FollowedLedger extends Pick<Ledger, 'history' | 'pendingApprovals'> {
  readonly journal: Pick<LedgerJournal, 'position' | 'root'>;
}
