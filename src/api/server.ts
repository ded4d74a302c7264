/** What serves a ledger to others: git remotes, the page, webhooks, witnesses, the guards of a repository that is pushed to. */

/// <reference types="node" preserve="true" />

export type { GuardHook, GuardState } from '../git/guards.js';
export { type LedgerServer, serveLedger } from '../git/serve-ledger.js';
export type { ServedLedger, ServedRequest, ServeOptions, ServeSettings } from '../git/serve-options.js';
export { guardHooks, installGuards, removeGuards } from '../install-guards.js';
export { type LedgersHandlerOptions, ledgersHandler, type ShownLedger } from '../page/ledgers-handler.js';
export { type PageHandler, type PageHandlerOptions, type ProcessReport, pageHandler } from '../page/page-handler.js';
export { processesByMetrics } from '../page/processes-by-metrics.js';
export { type PageAddress, type PageServer, type ServePageOptions, servePage } from '../page/serve-page.js';
export { type WriteReportOptions, type WrittenReport, writeReport } from '../page/write-report.js';
export { type AlertmanagerAlert, alertmanagerAlerts, type SlackMessage, slackMessage } from '../webhooks/payload.js';
export {
  type FollowedLedger,
  type FollowOptions,
  type WebhookEvent,
  WebhookEventType,
  type WebhookOptions,
  type WebhookPayload,
  type WebhookProblem,
  type WebhookStatus,
  type Webhooks,
} from '../webhooks/webhook-types.js';
export { webhooks } from '../webhooks/webhooks.js';
export {
  type ServeWitnessOptions,
  serveWitness,
  type WitnessedRequest,
  type WitnessServer,
} from '../witness/server/serve-witness.js';
export { initWitness, type WitnessPlace } from '../witness/server/witness-state.js';
