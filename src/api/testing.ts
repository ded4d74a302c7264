/** For tests: a ledger in memory, and a signer whose key nobody keeps. */

/// <reference types="node" preserve="true" />

export { makeVersionManager } from '../init.js';
export { ephemeralSigner } from '../signing/signer.js';
