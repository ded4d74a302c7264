/** What calls of things do, and what they give. */

import type { Analysis } from './analysis.js';
import { ROOT } from './constants.js';
import { receive, receiveFrom } from './function-receivers.js';
import { load, loadBuiltin, loadNamed } from './load-module.js';
import type { UseLog, UseSite } from './use-log.js';
import { holderOf, NOTHING, one, onlyStrings, stringsOf, type Thing, UNKNOWN, union, type Value } from './values.js';

/** Where a call stands. */
interface CallSite {
  /** What `this` is in it, null where the call does not say. */
  readonly self: Value | null;
  /** The file that it is in. */
  readonly from: string;
  readonly spot: UseSite;
}

/** What a call gives. */
export function call(analysis: Analysis, callee: Value, args: readonly Value[], site: CallSite): Value {
  const results: Value[] = [];
  for (const thing of callee) results.push(callThing(analysis, thing, args, site));
  if (callee.size === 0) give(analysis, args, site.spot);
  return union(...results);
}

/** Somebody who is not followed gets arguments, and calls the functions among them. */
export function give({ cells, escaped, kept }: Analysis, args: readonly Value[], spot: UseSite): void {
  const given = union(...args);
  escaped.add(given, spot);
  receive(cells, given, 'called-global');
  // It may be `Object.assign` by another name.
  const [target = NOTHING, ...others] = args;
  const functions = new Set([...union(...others)].filter((thing) => holderOf(thing) !== null));
  receiveFrom(cells, target, functions, true);
  kept.putUnnamed(target, functions, spot);
}

function callThing(analysis: Analysis, thing: Thing, args: readonly Value[], site: CallSite): Value {
  const known = analysis.functions.get(thing);
  if (known !== undefined) {
    if (known.copies) return union(...args);
    known.bind(args, site.self);
    return analysis.cells.get(`r:${thing}`);
  }
  const result = resultOfHost(analysis, thing, args, site);
  if (result !== null) return result;
  noteHostCall(analysis, thing, args, site);
  give(analysis, args, site.spot);
  return UNKNOWN;
}

/** What a function of the host gives of which that is known; null for any other, which gets its arguments. */
function resultOfHost(
  analysis: Analysis,
  thing: Thing,
  args: readonly Value[],
  { from, spot }: CallSite,
): Value | null {
  const [first = NOTHING] = args;
  switch (thing) {
    case 'helpers':
      return union(...args);
    // Nobody calls these: it is the getter that the global object has for one of them.
    case 'process':
    case 'global':
    case 'stream':
      return one(thing);
    case 'require':
    case 'Module._load':
      return load(analysis, first, from, spot);
    case 'require-elsewhere':
      return load(analysis, first, from, spot, true);
    // The `require` of this file, or of another place.
    case 'createRequire':
      return one(stringsOf(first).some((text) => text.endsWith(`${ROOT}/${from}`)) ? 'require' : 'require-elsewhere');
    case 'getBuiltinModule':
      return loadBuiltin(analysis, first, from, spot);
    case 'eval':
    case 'Function':
    case 'builtin:module':
      analysis.uses.present(['code'], spot);
      return UNKNOWN;
    default:
      return null;
  }
}

/** Notes what a call of a function of the host does. */
function noteHostCall(analysis: Analysis, thing: Thing, args: readonly Value[], { from, spot }: CallSite): void {
  const { uses } = analysis;
  const [first = NOTHING] = args;
  switch (thing) {
    case 'constructor':
    case 'keyed-constructor':
      if (args.length > 0) uses.undetermined(['code'], spot);
      break;
    case 'fs.open':
      openFile(uses, args[1], spot);
      break;
    case 'Worker':
      startWorker(analysis, first, from, spot);
      break;
    case 'timer':
      if (stringsOf(first).length > 0) uses.present(['code'], spot);
      break;
    default:
      if (thing.startsWith('builtin:') || thing === 'stream-class') analysis.escaped.add(one(thing), spot);
  }
}

/** `flags` say whether a file is opened to be changed; none or a number that nobody knows. */
function openFile(uses: UseLog, flags: Value | undefined, spot: UseSite): void {
  const known = flags === undefined ? ['r'] : onlyStrings(flags);
  const isFunction = flags !== undefined && [...flags].every((thing) => thing.startsWith('fn:'));
  const modes = isFunction ? ['r'] : known;
  uses.present(['fs-read'], spot);
  if (modes === null) uses.undetermined(['fs-write'], spot);
  else if (modes.some((mode) => /[wa+x]/.test(mode))) uses.present(['fs-write'], spot);
}

function startWorker(analysis: Analysis, script: Value, from: string, spot: UseSite): void {
  const { uses } = analysis;
  uses.present(['worker'], spot);
  for (const text of stringsOf(script)) {
    if (/^(?:file:|\.|\/|data:|https?:)/.test(text)) loadNamed(analysis, text, from, spot);
    else uses.present(['code'], spot);
  }
  if (onlyStrings(script) === null) uses.undetermined(['code'], spot);
}
