/**
 * The built live side. Loaders call import(), which only Node itself does as a service would see it: so the tests of
 * src/swap run on dist/, which is built before them.
 */

export {
  ephemeralSigner,
  initLedger,
  isLedgerError,
  LedgerError,
  makeVersionManager,
  openLedger,
  sshSigner,
} from '../../dist/index.js';
export { contentDigest } from '../../dist/model/content-digest.js';
export { normalizeFiles } from '../../dist/model/module-files.js';
export { ContentCache } from '../../dist/swap/content-cache.js';
export { entryPoint, impliedType } from '../../dist/swap/entry-point.js';
export { HotSwapper } from '../../dist/swap/hot-swapper.js';
export { importLoader } from '../../dist/swap/import-loader.js';
export { Instance } from '../../dist/swap/instance.js';
export { ModuleHandle } from '../../dist/swap/module-handle.js';
export { ModuleRegistry } from '../../dist/swap/module-registry.js';
export { withTimeLimit } from '../../dist/swap/time-limit.js';
export { Turns } from '../../dist/swap/turns.js';
export { workerLoader } from '../../dist/swap/worker-loader.js';
