/** What imports give, by the module or the file that they name. */

import type { Analysis } from './analysis.js';
import { builtinOf } from './builtin-modules.js';
import { ANYTHING } from './powerful-things.js';
import { bundledFiles, type ImportTarget, packageOf, resolveImport } from './resolve-import.js';
import { otherWords, type UseSite } from './use-log.js';
import { NOTHING, one, onlyStrings, stringsOf, UNKNOWN, union, type Value } from './values.js';

/** Packages of compilers' helpers that hand on what they are given: `tslib.__importStar(require('fs'))`. */
const COMPILER_HELPERS = /^(?:tslib|@babel\/runtime(?:-corejs\d)?|@swc\/helpers)$/;

/** Node's modules that make paths and URLs of texts. */
const NAMES = /^(?:node:)?(?:path(?:\/posix)?|url)$/;

/** Packages whose purpose is to load an addon. */
const ADDON_LOADERS =
  /^(?:bindings|node-gyp-build(?:-optional-packages)?|@mapbox\/node-pre-gyp|node-pre-gyp|ffi-napi|ffi|koffi|node-addon-api|prebuild-install|pkg-prebuilds|@node-rs\/helper)$/;

/** Node's modules whose classes the objects of the host are made of: `process`, its streams, sockets, servers. */
const HOST_CLASSES = /^(?:node:)?(?:events|domain|stream|_stream_\w+)$/;

/** What an import of a value gives. */
export function load(analysis: Analysis, specifier: Value, from: string, spot: UseSite, elsewhere = false): Value {
  const isKnown = onlyStrings(specifier) !== null;
  if (!isKnown) analysis.uses.present(['code'], otherWords(spot, `${spot.what} (an expression)`));
  const found = stringsOf(specifier).map((text) => loadNamed(analysis, text, from, spot, elsewhere));
  return union(isKnown ? NOTHING : UNKNOWN, ...found);
}

/** What an import of a string gives. `elsewhere`: by a `require` of another place. */
export function loadNamed(
  analysis: Analysis,
  specifier: string,
  from: string,
  spot: UseSite,
  elsewhere = false,
): Value {
  if (elsewhere && /^[./#]/.test(specifier)) {
    analysis.uses.undetermined(['code'], spot);
    return UNKNOWN;
  }
  const targets = resolveImport(analysis.tree, from, specifier);
  return union(...targets.map((target) => loadTarget(analysis, target, from, spot)));
}

/** What `process.getBuiltinModule` gives. */
export function loadBuiltin(analysis: Analysis, name: Value, from: string, spot: UseSite): Value {
  if (onlyStrings(name) === null) analysis.uses.undetermined(ANYTHING, spot);
  const specifiers = stringsOf(name).map((text) => `node:${text.replace(/^node:/, '')}`);
  return union(UNKNOWN, ...specifiers.map((specifier) => loadNamed(analysis, specifier, from, spot)));
}

function loadTarget(analysis: Analysis, target: ImportTarget, from: string, spot: UseSite): Value {
  if (target.kind === 'file') return loadFile(analysis, target.path, spot);
  if (target.kind === 'bare') return loadBare(analysis, target.specifier, from, spot);
  if (target.kind === 'url') analysis.uses.present(target.remote ? ['code', 'network'] : ['code'], spot);
  else analysis.uses.undetermined(['code'], otherWords(spot, `${spot.what} (names a file that is not there)`));
  return UNKNOWN;
}

function loadFile({ uses, reached, cells }: Analysis, path: string, spot: UseSite): Value {
  if (path.endsWith('.node')) uses.present(['native'], spot);
  else if (path.endsWith('.wasm')) uses.present(['code'], spot);
  else if (!path.endsWith('.json')) {
    reached.add(path, { file: spot.file, line: spot.line });
    return union(one(`file:${path}`), cells.get(`e:${path}\0=`));
  }
  return UNKNOWN;
}

function loadBare(analysis: Analysis, specifier: string, from: string, spot: UseSite): Value {
  const { uses } = analysis;
  const builtin = builtinOf(specifier);
  if (builtin === 'harmless') return harmlessModule(specifier);
  if (builtin === 'unlisted') {
    uses.undetermined(ANYTHING, spot);
    return UNKNOWN;
  }
  if (builtin !== null) return one(builtin.name === 'process' ? 'process' : `builtin:${builtin.name}`);
  const { name } = packageOf(specifier);
  const bundled = bundledFiles(analysis.tree, from, specifier);
  if (bundled.length === 0 || bundled.some((path) => path.includes('node_modules/'))) {
    uses.present(['packages'], otherWords(spot, name));
  }
  if (ADDON_LOADERS.test(name)) uses.present(['native'], spot);
  if (bundled.length > 0) return union(...bundled.map((path) => loadFile(analysis, path, spot)));
  return COMPILER_HELPERS.test(name) ? one('helpers') : UNKNOWN;
}

function harmlessModule(specifier: string): Value {
  if (/^(?:node:)?console$/.test(specifier)) return one('console');
  if (HOST_CLASSES.test(specifier)) return one('host-class');
  return NAMES.test(specifier) ? one('names') : UNKNOWN;
}
