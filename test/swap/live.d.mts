/**
 * The types of live.mjs: those of the sources, which are there before anything is built.
 */

export {
  ephemeralSigner,
  initLedger,
  isLedgerError,
  LedgerError,
  makeVersionManager,
  openLedger,
  sshSigner,
} from '../../src/index.js';
export { contentDigest } from '../../src/model/content-digest.js';
export { normalizeFiles } from '../../src/model/module-files.js';
export { ContentCache } from '../../src/swap/content-cache.js';
export { entryPoint, impliedType } from '../../src/swap/entry-point.js';
export { HotSwapper } from '../../src/swap/hot-swapper.js';
export { importLoader } from '../../src/swap/import-loader.js';
export { Instance } from '../../src/swap/instance.js';
export { ModuleHandle } from '../../src/swap/module-handle.js';
export { ModuleRegistry } from '../../src/swap/module-registry.js';
export { withTimeLimit } from '../../src/swap/time-limit.js';
export { Turns } from '../../src/swap/turns.js';
export { workerLoader } from '../../src/swap/worker-loader.js';
