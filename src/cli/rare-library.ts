/** The part of the library that few verbs take, and load themselves: it makes ledgers or reaches remotes, which most verbs do not. */

export { cloneLedger } from '../clone.js';
export { fetchLedger } from '../fetch.js';
export { initLedger } from '../init.js';
export { comparePins, currentPin } from '../journal-pins.js';
export { generateLogKey, publishCheckpoint } from '../publish-checkpoint.js';
export { applyReceived, checkReceived } from '../receive-push.js';
