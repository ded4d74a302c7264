/**
 * The types of live.mjs: those of the sources, which are there before anything is built.
 */

export { ephemeralSigner, makeVersionManager } from '../../src/api/testing.js';
export { cloneLedger, initLedger, isLedgerError, LedgerError, openLedger, sshSigner } from '../../src/index.js';
export { contentDigest } from '../../src/model/content-digest.js';
export { normalizeFiles } from '../../src/model/module-files.js';
export { ContentCache } from '../../src/swap/load/content-cache.js';
export { entryPoint, impliedType } from '../../src/swap/load/entry-point.js';
export { heldWhile } from '../../src/swap/load/held-loop.js';
export { importEntry } from '../../src/swap/load/import-entry.js';
export { importLoader } from '../../src/swap/load/import-loader.js';
export { importOrder } from '../../src/swap/load/import-order.js';
export { passesLimit } from '../../src/swap/load/loaded-versions.js';
export { preload } from '../../src/swap/load/preload.js';
export { removeTree } from '../../src/swap/load/read-only-tree.js';
export { slicedDigest } from '../../src/swap/load/sliced-digest.js';
export { Instance } from '../../src/swap/module/instance.js';
export { ModuleHandle } from '../../src/swap/module/module-handle.js';
export { ModuleSlot } from '../../src/swap/module/module-slot.js';
export { ModuleRegistry } from '../../src/swap/module-registry.js';
export { approvedGrants } from '../../src/swap/process/approved-grants.js';
export { processLoader } from '../../src/swap/process/process-loader.js';
export { Turns } from '../../src/swap/swap/turns.js';
export { HotSwapper } from '../../src/swap/swapper.js';
export type { HotSwapperOptions } from '../../src/swap/swapper-options.js';
export { UnreportedFile } from '../../src/swap/sync/unreported-file.js';
export { withTimeLimit } from '../../src/swap/time-limit.js';
export { transfer } from '../../src/swap/worker/transfer.js';
export { workerLoader } from '../../src/swap/worker/worker-loader.js';
