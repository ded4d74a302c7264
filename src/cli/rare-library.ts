/** The part of the library that few verbs take, and load themselves: it reaches remotes, which most verbs do not. */

export { generateLogKey, publishCheckpoint } from '../publish-checkpoint.js';
export { applyReceived, checkReceived } from '../receive-push.js';
