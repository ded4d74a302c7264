/** What becomes of things that give capabilities: what their members and calls give, and where they get out of sight. */

import type { Capability } from '../../model/capability.js';
import { formatOf } from '../module/module-format.js';
import type { ModuleTree } from '../module/module-tree.js';
import { builtinOf, type Member, type PowerfulObject } from './builtin-modules.js';
import { ROOT } from './constants.js';
import { receive, receiveFrom } from './function-receivers.js';
import { ANYTHING, globalMember, memberOf, powersOf } from './powerful-things.js';
import { ReachedFiles } from './reached-files.js';
import { bundledFiles, type ImportTarget, packageOf, resolveImport } from './resolve-import.js';
import { UseLog, type UseSite } from './use-log.js';
import {
  ANY_NUMBER,
  Cells,
  holderOf,
  instanceOf,
  NOTHING,
  one,
  onlyStrings,
  stringsOf,
  type Thing,
  UNKNOWN,
  union,
  type Value,
} from './values.js';

/** A function or class of the module, as its callers need it. */
interface KnownFunction {
  /** Lets its parameters be these. `self`: what `this` is, where the call says so. */
  bind(args: readonly Value[], self: Value | null): void;
  /** True where it does nothing with its arguments but put their members into what it returns. */
  readonly copies: boolean;
}

/** Packages of compilers' helpers that hand on what they are given: `tslib.__importStar(require('fs'))`. */
const COMPILER_HELPERS = /^(?:tslib|@babel\/runtime(?:-corejs\d)?|@swc\/helpers)$/;

/** Node's modules that make paths and URLs of texts. */
const NAMES = /^(?:node:)?(?:path(?:\/posix)?|url)$/;

/** Packages whose purpose is to load an addon. */
const ADDON_LOADERS =
  /^(?:bindings|node-gyp-build(?:-optional-packages)?|@mapbox\/node-pre-gyp|node-pre-gyp|ffi-napi|ffi|koffi|node-addon-api|prebuild-install|pkg-prebuilds|@node-rs\/helper)$/;

/** Node's modules whose classes the objects of the host are made of: `process`, its streams, sockets, servers. */
const HOST_CLASSES = /^(?:node:)?(?:events|domain|stream|_stream_\w+)$/;

/** `Error`, and what it inherits from. */
const MAKES_STACKS = /^(?:Error|constructor|prototype|Function\.prototype)$/;

/** What may be a function of somebody else, whose constructor is Function. */
const MAYBE_FUNCTIONS: ReadonlySet<Thing> = new Set(['unknown', 'computed', 'keyed', 'host-class', 'Error']);

/** The arguments of a function. */
const ARGUMENTS = 'arguments:';

const FUNCTION_LIKE: ReadonlySet<Thing> = new Set(['eval', 'createRequire', 'Module._load', 'getBuiltinModule']);

function hasPower(value: Value): boolean {
  for (const thing of value) if (powersOf(thing) !== null) return true;
  return false;
}

/** The same place in other words. */
function noted({ file, line }: UseSite, what: string): UseSite {
  return { file, line, what };
}

/** The question for a member of something, null for those whose names are not known. */
function followingKey(from: string, name: string | null): string {
  return `${from}\0${name === null ? '' : `.${name}`}`;
}

/** All of a version that its files share while they are looked at. */
export class Analysis {
  readonly tree: ModuleTree;
  readonly cells = new Cells();
  readonly uses = new UseLog();
  readonly reached = new ReachedFiles();
  readonly functions = new Map<Thing, KnownFunction>();
  /** Expressions that were looked at, each as often as it was. */
  steps = 0;
  /** What has gone out of sight since `begin`: what it leads to has as well, wherever it goes next. */
  readonly #escaped = new Set<Thing>();
  /** Functions and classes that are out of sight, and where: what they and their instances keep is looked at where a round ends, for much is put into them. */
  readonly #handedOut = new Map<Thing, UseSite>();
  #isReadByName = false;

  constructor(tree: ModuleTree) {
    this.tree = tree;
  }

  /** Forgets what was found when `reader` was last looked through: it is about to be looked through again. */
  begin(reader: string): void {
    this.cells.reader = reader;
    this.cells.outdated.delete(reader);
    this.#escaped.clear();
    this.uses.begin(reader);
  }

  /** What things do that were put away under names, where somebody reads by names that are not known. */
  endRound(): void {
    this.begin('');
    for (const thing of this.cells.lost) {
      const [, file = ''] = thing.split(':');
      this.escape(one(thing), { file, line: 1, what: 'one of many of its name' });
    }
    // What is handed out by these is handed out on the way, and comes after them.
    for (const [holder, spot] of this.#handedOut) this.#escapeHeld(holder, spot);
    if (!this.#isReadByName) return;
    for (const [cell, value] of this.cells.startingWith('s:\0')) {
      const [, file = '', line = '1', ...what] = cell.split('\0');
      this.escape(value, { file, line: Number(line), what: what.join('\0') });
    }
  }

  /** Puts a value under a name of some object, of which nobody knows which. */
  keep(name: string, value: Value, spot: UseSite): void {
    // V8 hands it who called, and what `this` was: around a file that is a function with `require` (v8.dev/docs/stack-trace-api).
    if (name === 'prepareStackTrace') this.uses.undetermined(['code'], spot);
    this.cells.add(`p:${name}`, value);
    if (hasPower(value)) {
      this.cells.add(`s:\0${spot.file}\0${spot.line}\0${spot.what}`, value);
    }
    this.open(value);
  }

  /** Puts a function by a name that is not known into what `Error` is, or inherits from: it may be `prepareStackTrace`. */
  keepUnnamed(objects: Value, value: Value, spot: UseSite): void {
    const isFunction = [...value].some((thing) => thing.startsWith('fn:'));
    const isAny = [...value].some((thing) => thing !== 'number' && !thing.startsWith('str:'));
    const isMet = (thing: Thing): boolean => (isAny && thing === 'Error') || (isFunction && MAKES_STACKS.test(thing));
    if ([...objects].some(isMet)) this.uses.undetermined(['code'], spot);
  }

  /** What a setter gets: whatever is put under its names, of any object. Null for names that are not known: what is put away goes out of sight. */
  putUnder(names: readonly string[] | null): Value {
    if (names !== null) return union(...names.map((name) => this.#keptAs(name)));
    this.#isReadByName = true;
    return UNKNOWN;
  }

  /** Functions that may be called by whoever finds them. */
  open(value: Value): void {
    for (const thing of value) if (thing.startsWith('fn:')) this.cells.add(`open:${thing}`, UNKNOWN);
  }

  // Members

  /** What the members with these names are; null for names that are not known. */
  member(value: Value, names: readonly string[] | null, spot: UseSite): Value {
    const found: Value[] = [];
    this.#questions += 1;
    try {
      for (const thing of value) {
        if (names === null) found.push(this.#anyMember(thing, spot));
        else for (const name of names) found.push(this.#namedMember(thing, name, spot));
      }
    } finally {
      this.#questions -= 1;
      if (this.#questions === 0) this.#following.clear();
    }
    return union(...found);
  }

  /** What was put under a name, of whichever object. */
  #keptAs(name: string): Value {
    return union(this.cells.get(`p:${name}`), /^\d+$/.test(name) ? this.cells.get(`p:${ANY_NUMBER}`) : NOTHING);
  }

  #named(name: string): Value {
    return union(UNKNOWN, this.#keptAs(name));
  }

  #namedMember(thing: Thing, name: string, spot: UseSite): Value {
    if (thing.startsWith('file:')) return this.exportOf(thing.slice('file:'.length), name, spot);
    if (thing.startsWith('module:') && name === 'exports') {
      const path = thing.slice('module:'.length);
      return union(one(`file:${path}`), this.cells.get(`e:${path}\0=`));
    }
    if (thing === 'helpers') return one('helpers');
    if (thing === 'host-class')
      return name === 'constructor' ? new Set(['constructor', 'host-class']) : this.#hostMember(name);
    if (thing === 'names' && name !== 'constructor') return union(one('names'), this.cells.get(`p:${name}`));
    if (thing === 'called-global' || thing === 'returned-global' || thing === 'any-object')
      return this.#memberOfThis(thing, name, spot);
    // What a function has under a name that is not known may be who called, whose arguments may be `require`.
    if (thing === 'keyed-constructor' && /^(?:arguments|caller)$/.test(name)) this.uses.undetermined(['code'], spot);
    const powers = powersOf(thing);
    if (powers !== null) return this.#powerfulMember(thing, powers, name, spot);
    if (thing.startsWith('fn:') || FUNCTION_LIKE.has(thing)) return this.#functionMember(thing, name, spot);
    return this.#objectMember(thing, name, spot);
  }

  /** A member of a class that objects of the host are made of, or of its module. */
  #hostMember(name: string): Value {
    return union(one(name === 'prototype' ? 'prototype' : 'host-class'), this.#named(name));
  }

  /** A member of a literal or an instance of the module, or of an object of which nothing is known. */
  #objectMember(thing: Thing, name: string, spot: UseSite): Value {
    if (thing.startsWith(ARGUMENTS)) return name === 'callee' ? one(thing.slice(ARGUMENTS.length)) : NOTHING;
    if (name === '__proto__') return union(one('prototype'), this.#named(name));
    if (name === 'prototype' && thing === 'Object') return one('prototype');
    if (name === 'constructor') return this.#constructorOf(thing);
    if (thing === 'maybe-global') this.#perhaps(globalMember(name), spot);
    if (thing.startsWith('obj:')) {
      const known = this.#keptAs(name);
      const inner = this.#throughOnce(followingKey(thing, name), name, this.cells.get(`spread:${thing}`), spot);
      return known.size === 0 && inner.size === 0 ? UNKNOWN : union(known, inner);
    }
    if (thing.startsWith('new:')) {
      const above = this.#throughOnce(followingKey(thing, name), name, this.#inheritedBy(thing), spot);
      return union(this.#named(name), above);
    }
    return this.#named(name);
  }

  /** What an instance inherits from that was put there: the prototype of its function, and of those that its class extends. */
  #inheritedBy(instance: Thing): Value {
    const above = [...this.cells.get(`spread:${holderOf(instance)}`)].filter((thing) => thing.startsWith('fn:'));
    return union(this.cells.get(`spread:${instance}`), new Set(above.map(instanceOf)));
  }

  #constructorOf(thing: Thing): Value {
    const holder = holderOf(thing);
    if (holder !== null && holder !== thing) return union(UNKNOWN, one(holder));
    return thing === 'self' || thing === 'maybe-global' ? UNKNOWN : one('constructor');
  }

  /** A member of `this` in a function that others call: whatever of what it may be has the name may be reached. */
  #memberOfThis(thing: Thing, name: string, spot: UseSite): Value {
    this.#perhaps(globalMember(name), spot);
    if (thing === 'any-object')
      for (const each of ['process', 'require', 'foreign-module']) this.#perhaps(memberOf(each, name), spot);
    return this.#named(name);
  }

  /** A member of a function, or of a class. */
  #functionMember(thing: Thing, name: string, spot: UseSite): Value {
    if (name === 'constructor') return one('Function');
    if (name === '__proto__') return one('Function.prototype');
    if (name === 'prototype')
      return union(this.#named(name), thing.startsWith('fn:') ? one(instanceOf(thing)) : NOTHING);
    if (name === 'arguments') this.escape(this.cells.get(`args:${thing}`), spot);
    // In sloppy code a function knows who called it, and with what: around a file that is with `require`.
    if (name === 'caller') this.uses.undetermined(['code'], spot);
    const base = this.cells.get(`spread:${thing}`);
    return union(this.#named(name), this.#throughOnce(followingKey(thing, name), name, base, spot));
  }

  #perhaps(gives: Member | null, spot: UseSite): void {
    if (gives === null) return;
    this.uses.undetermined('thing' in gives ? (powersOf(gives.thing)?.whole ?? []) : gives, spot);
  }

  #powerfulMember(thing: Thing, powers: PowerfulObject, name: string, spot: UseSite): Value {
    if (thing.startsWith('builtin:') && (name === 'default' || name === 'module.exports')) return one(thing);
    // `module.__proto__` has what `module` inherits.
    if (name === '__proto__' && !Object.hasOwn(powers.members, name)) return one(thing);
    if (name === '__lookupGetter__') return this.#anyMember(thing, spot);
    const gives = Object.hasOwn(powers.members, name) ? powers.members[name] : powers.others;
    if (gives === undefined || gives === 'undetermined') {
      this.uses.undetermined(powers.whole, spot);
      return this.#named(name);
    }
    if ('thing' in gives) return union(one(gives.thing), this.cells.get(`p:${name}`));
    this.uses.present(gives, spot);
    return this.#named(name);
  }

  #anyMember(thing: Thing, spot: UseSite): Value {
    const powers = powersOf(thing);
    if (powers !== null) {
      this.#outOfSight(thing, powers, spot);
      if (MAYBE_FUNCTIONS.has(thing)) return new Set(['computed', 'keyed']);
      return thing === 'stream' ? new Set(['computed', 'stream-class']) : one('computed');
    }
    if (thing === 'helpers') return one('helpers');
    if (thing === 'returned-global') this.uses.undetermined(ANYTHING, spot);
    if (thing.startsWith('fn:')) {
      this.escape(this.cells.get(`args:${thing}`), spot);
      return new Set(['computed', 'keyed-constructor']);
    }
    if (thing.startsWith('file:')) this.escape(one(thing), spot);
    this.#isReadByName = true;
    this.#throughOnce(followingKey(thing, null), null, this.cells.get(`spread:${thing}`), spot);
    return MAYBE_FUNCTIONS.has(thing) ? new Set(['computed', 'keyed']) : one('computed');
  }

  /** What a file of the module exports under a name. */
  exportOf(path: string, name: string, spot: UseSite): Value {
    const key = followingKey(path, name);
    // With a compiler's helpers each file may be the default of each: then most ways lead back.
    if (this.#following.has(key)) return NOTHING;
    const whole = this.cells.get(`e:${path}\0=`);
    const own = `file:${path}`;
    const inner = new Set([...whole].filter((thing) => thing !== own));
    const stars = new Set([...this.cells.get(`star:${path}`)].filter((thing) => thing !== own));
    return union(
      UNKNOWN,
      this.cells.get(`e:${path}\0${name}`),
      name === 'default' ? inner : this.#throughOnce(key, name, union(inner, stars), spot),
    );
  }

  /** Questions for members that are not answered yet, and where the outermost has led so far. */
  #questions = 0;
  #following = new Set<string>();

  /**
   * Files may export from one another in a circle and by many ways, and literals be spread into one another. Each is followed once: what it
   * gives is in the union of the outermost question then, and there are more ways than anybody can go.
   */
  #throughOnce(key: string, name: string | null, value: Value, spot: UseSite): Value {
    if (value.size === 0 || this.#following.has(key)) return NOTHING;
    this.#following.add(key);
    this.steps += value.size;
    return this.member(value, name === null ? null : [name], spot);
  }

  // Out of sight

  /** A thing goes where it cannot be followed. */
  escape(value: Value, spot: UseSite): void {
    for (const thing of value) {
      const powers = powersOf(thing);
      if (powers !== null) this.#outOfSight(thing, powers, spot);
      else if (!this.#escaped.has(thing)) this.#escapeOnce(thing, spot);
    }
  }

  /** So does all that a function, a literal or a file of the module leads to. */
  #escapeOnce(thing: Thing, spot: UseSite): void {
    this.#escaped.add(thing);
    this.steps += 1;
    if (thing.startsWith('fn:')) {
      this.cells.add(`open:${thing}`, UNKNOWN);
      this.escape(this.cells.get(`r:${thing}`), spot);
    }
    const holder = holderOf(thing);
    if (thing.startsWith('obj:')) this.#escapeHeld(thing, spot);
    else if (holder !== null) {
      if (!this.#handedOut.has(holder)) this.#handedOut.set(holder, noted(spot, spot.what));
    } else if (thing.startsWith('file:')) {
      const path = thing.slice('file:'.length);
      for (const [, exported] of this.cells.startingWith(`e:${path}\0`)) this.escape(exported, spot);
      this.escape(this.cells.get(`star:${path}`), spot);
    }
  }

  #escapeHeld(holder: Thing, spot: UseSite): void {
    for (const cell of [`in:${holder}`, `spread:${holder}`]) this.escape(this.cells.get(cell), spot);
  }

  #outOfSight(thing: Thing, { whole, others }: PowerfulObject, spot: UseSite): void {
    // Of a function of the module by a name that is not known: most are tables of functions.
    if (thing === 'keyed-constructor' || thing === 'Function.prototype') return;
    // Where nearly every member gives the same, so does the whole.
    if (others !== 'undetermined' && others.length > 0) this.uses.present(others, spot);
    else this.uses.undetermined(whole, spot);
  }

  // Loading

  /** What an import of a value gives. */
  load(specifier: Value, from: string, spot: UseSite, elsewhere = false): Value {
    const isKnown = onlyStrings(specifier) !== null;
    if (!isKnown) this.uses.present(['code'], noted(spot, `${spot.what} (an expression)`));
    const found = stringsOf(specifier).map((text) => this.loadNamed(text, from, spot, elsewhere));
    return union(isKnown ? NOTHING : UNKNOWN, ...found);
  }

  /** What an import of a string gives. `elsewhere`: by a `require` of another place. */
  loadNamed(specifier: string, from: string, spot: UseSite, elsewhere = false): Value {
    if (elsewhere && /^[./#]/.test(specifier)) {
      this.uses.undetermined(['code'], spot);
      return UNKNOWN;
    }
    return union(...resolveImport(this.tree, from, specifier).map((target) => this.#target(target, from, spot)));
  }

  #target(target: ImportTarget, from: string, spot: UseSite): Value {
    if (target.kind === 'file') return this.#file(target.path, spot);
    if (target.kind === 'bare') return this.#bare(target.specifier, from, spot);
    if (target.kind === 'url') this.uses.present(target.remote ? ['code', 'network'] : ['code'], spot);
    else this.uses.undetermined(['code'], noted(spot, `${spot.what} (names a file that is not there)`));
    return UNKNOWN;
  }

  #file(path: string, spot: UseSite): Value {
    if (path.endsWith('.node')) this.uses.present(['native'], spot);
    else if (path.endsWith('.wasm')) this.uses.present(['code'], spot);
    else if (!path.endsWith('.json')) {
      this.reached.add(path, { file: spot.file, line: spot.line });
      return union(one(`file:${path}`), this.cells.get(`e:${path}\0=`));
    }
    return UNKNOWN;
  }

  #harmless(specifier: string): Value {
    if (/^(?:node:)?console$/.test(specifier)) return one('console');
    if (HOST_CLASSES.test(specifier)) return one('host-class');
    return NAMES.test(specifier) ? one('names') : UNKNOWN;
  }

  #bare(specifier: string, from: string, spot: UseSite): Value {
    const builtin = builtinOf(specifier);
    if (builtin === 'harmless') return this.#harmless(specifier);
    if (builtin === 'unlisted') {
      this.uses.undetermined(ANYTHING, spot);
      return UNKNOWN;
    }
    if (builtin !== null) return one(builtin.name === 'process' ? 'process' : `builtin:${builtin.name}`);
    const { name } = packageOf(specifier);
    const bundled = bundledFiles(this.tree, from, specifier);
    if (bundled.length === 0 || bundled.some((path) => path.includes('node_modules/'))) {
      this.uses.present(['packages'], noted(spot, name));
    }
    if (ADDON_LOADERS.test(name)) this.uses.present(['native'], spot);
    if (bundled.length > 0) return union(...bundled.map((path) => this.#file(path, spot)));
    return COMPILER_HELPERS.test(name) ? one('helpers') : UNKNOWN;
  }

  // Calls

  /** What a call gives. `self`: what `this` is in it, null where the call does not say. */
  call(callee: Value, args: readonly Value[], self: Value | null, from: string, spot: UseSite): Value {
    const results: Value[] = [];
    for (const thing of callee) results.push(this.#callThing(thing, args, self, from, spot));
    if (callee.size === 0) this.give(args, spot);
    return union(...results);
  }

  /** Somebody who is not followed gets arguments, and calls the functions among them. */
  give(args: readonly Value[], spot: UseSite): void {
    const given = union(...args);
    this.escape(given, spot);
    receive(this.cells, given, 'called-global');
    // It may be `Object.assign` by another name.
    const [target = NOTHING, ...others] = args;
    const functions = new Set([...union(...others)].filter((thing) => holderOf(thing) !== null));
    receiveFrom(this.cells, target, functions, true);
    this.keepUnnamed(target, functions, spot);
  }

  #callThing(thing: Thing, args: readonly Value[], self: Value | null, from: string, spot: UseSite): Value {
    const [first = NOTHING] = args;
    const known = this.functions.get(thing);
    if (known !== undefined) {
      if (known.copies) return union(...args);
      known.bind(args, self);
      return this.cells.get(`r:${thing}`);
    }
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
        return this.load(first, from, spot);
      case 'require-elsewhere':
        return this.load(first, from, spot, true);
      // The `require` of this file, or of another place.
      case 'createRequire':
        return one(stringsOf(first).some((text) => text.endsWith(`${ROOT}/${from}`)) ? 'require' : 'require-elsewhere');
      case 'getBuiltinModule':
        if (onlyStrings(first) === null) this.uses.undetermined(ANYTHING, spot);
        return union(
          UNKNOWN,
          ...stringsOf(first).map((name) => this.loadNamed(`node:${name.replace(/^node:/, '')}`, from, spot)),
        );
      case 'eval':
      case 'Function':
      case 'builtin:module':
        this.uses.present(['code'], spot);
        return UNKNOWN;
      case 'constructor':
      case 'keyed-constructor':
        if (args.length > 0) this.uses.undetermined(['code'], spot);
        break;
      case 'fs.open':
        this.#open(args[1], spot);
        break;
      case 'Worker':
        this.#worker(first, from, spot);
        break;
      case 'timer':
        if (stringsOf(first).length > 0) this.uses.present(['code'], spot);
        break;
      default:
        if (thing.startsWith('builtin:') || thing === 'stream-class') this.escape(one(thing), spot);
    }
    this.give(args, spot);
    return UNKNOWN;
  }

  /** `flags` say whether a file is opened to be changed; none or a number that nobody knows. */
  #open(flags: Value | undefined, spot: UseSite): void {
    const known = flags === undefined ? ['r'] : onlyStrings(flags);
    const isFunction = flags !== undefined && [...flags].every((thing) => thing.startsWith('fn:'));
    const modes = isFunction ? ['r'] : known;
    this.uses.present(['fs-read'], spot);
    if (modes === null) this.uses.undetermined(['fs-write'], spot);
    else if (modes.some((mode) => /[wa+x]/.test(mode))) this.uses.present(['fs-write'], spot);
  }

  #worker(script: Value, from: string, spot: UseSite): void {
    this.uses.present(['worker'], spot);
    for (const text of stringsOf(script)) {
      if (/^(?:file:|\.|\/|data:|https?:)/.test(text)) this.loadNamed(text, from, spot);
      else this.uses.present(['code'], spot);
    }
    if (onlyStrings(script) === null) this.uses.undetermined(['code'], spot);
  }

  /** What `capabilities` a spot may reach. */
  undetermined(capabilities: readonly Capability[], spot: UseSite): void {
    this.uses.undetermined(capabilities, spot);
  }

  /** True where a file is read by rules under which `this` may be the global object. */
  isSloppy(path: string): boolean {
    return formatOf(this.tree, path) !== 'module';
  }
}
