/**
 * The built live side. Loaders call import(), which only Node itself does as a service would see it: so the tests of
 * src/swap run on build/, which is built before them.
 */

export { ephemeralSigner, makeVersionManager } from '../../build/api/testing.js';
export { cloneLedger, initLedger, isLedgerError, LedgerError, openLedger, sshSigner } from '../../build/index.js';
export { contentDigest } from '../../build/model/content-digest.js';
export { normalizeFiles } from '../../build/model/module-files.js';
export { ContentCache } from '../../build/swap/load/content-cache.js';
export { entryPoint, impliedType } from '../../build/swap/load/entry-point.js';
export { heldWhile } from '../../build/swap/load/held-loop.js';
export { importEntry } from '../../build/swap/load/import-entry.js';
export { importLoader } from '../../build/swap/load/import-loader.js';
export { importOrder } from '../../build/swap/load/import-order.js';
export { passesLimit } from '../../build/swap/load/loaded-versions.js';
export { preload } from '../../build/swap/load/preload.js';
export { removeTree } from '../../build/swap/load/read-only-tree.js';
export { slicedDigest } from '../../build/swap/load/sliced-digest.js';
export { Instance } from '../../build/swap/module/instance.js';
export { ModuleHandle } from '../../build/swap/module/module-handle.js';
export { ModuleSlot } from '../../build/swap/module/module-slot.js';
export { ModuleRegistry } from '../../build/swap/module-registry.js';
export { approvedGrants } from '../../build/swap/process/approved-grants.js';
export { processLoader } from '../../build/swap/process/process-loader.js';
export { Turns } from '../../build/swap/swap/turns.js';
export { HotSwapper } from '../../build/swap/swapper.js';
export { UnreportedFile } from '../../build/swap/sync/unreported-file.js';
export { withTimeLimit } from '../../build/swap/time-limit.js';
export { transfer } from '../../build/swap/worker/transfer.js';
export { workerLoader } from '../../build/swap/worker/worker-loader.js';
