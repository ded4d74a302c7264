/** The metrics of a ledger, for a server that there is. */

/// <reference types="node" preserve="true" />

export { type MetricsHandler, type MetricsHandlerOptions, metricsHandler } from '../metrics/metrics-handler.js';
