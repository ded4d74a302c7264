/** What the language and its hosts give to every file without an import. */

import { CAPABILITIES, type Capability } from '../../model/capability.js';
import { builtinObject, type Member, type PowerfulObject } from './builtin-modules.js';

/** All that code can reach while it runs; the other capabilities are what files say of themselves. */
export const ANYTHING: readonly Capability[] = CAPABILITIES.filter((name) => name !== 'install' && name !== 'packages');

const NONE: readonly Capability[] = [];
const CODE: readonly Capability[] = ['code'];
const NETWORK: readonly Capability[] = ['network'];
/** What `net.Socket`, `tty.WriteStream`, `fs.ReadStream` and `fs.WriteStream` give. */
const STREAM_CLASSES: readonly Capability[] = ['network', 'fs-read', 'fs-write'];

function named(members: string, gives: Member): Record<string, Member> {
  return Object.fromEntries(members.split(' ').map((name) => [name, gives]));
}

/** The global names that give something; `@@name` is what stands under `Symbol.for('name')`. */
const GLOBALS: Readonly<Record<string, Member>> = {
  ...named('globalThis global window self frames top parent', { thing: 'global' }),
  ...named('fetch WebSocket EventSource XMLHttpRequest WebTransport RTCPeerConnection', NETWORK),
  // Who asks for an address by way of fetch, once somebody did.
  ...named('@@undici.globalDispatcher.1 @@undici.globalDispatcher.2', NETWORK),
  process: { thing: 'process' },
  console: { thing: 'console' },
  eval: { thing: 'eval' },
  Function: { thing: 'Function' },
  Reflect: { thing: 'Reflect' },
  Object: { thing: 'Object' },
  ...named('Error EvalError RangeError ReferenceError SyntaxError TypeError URIError', { thing: 'Error' }),
  Worker: { thing: 'Worker' },
  SharedWorker: ['worker'],
  WebAssembly: CODE,
  ShadowRealm: CODE,
  importScripts: ['code', 'network'],
  navigator: { thing: 'navigator' },
  document: { thing: 'document' },
  Deno: { thing: 'host' },
  Bun: { thing: 'host' },
  ...named('setTimeout setInterval', { thing: 'timer' }),
};

const PROCESS: PowerfulObject = {
  whole: ['process', 'environment', 'native', 'code'],
  members: {
    env: ['environment'],
    loadEnvFile: ['environment', 'fs-read'],
    report: ['environment', 'fs-write'],
    ...named('kill _kill _debugProcess _debugEnd _startProfilerIdleNotifier execve', ['process']),
    ...named('setuid setgid seteuid setegid setgroups initgroups', ['process']),
    ...named('binding _linkedBinding dlopen', ['native']),
    getBuiltinModule: { thing: 'getBuiltinModule' },
    mainModule: { thing: 'foreign-module' },
    default: { thing: 'process' },
    ...named('_getActiveHandles _getActiveRequests', NETWORK),
    ...named('stdin stdout stderr openStdin', { thing: 'stream' }),
    ...named('_events _eventsCount _maxListeners _exiting _rawDebug _tickCallback _fatalException', NONE),
  },
  others: NONE,
};

const OBJECTS: Readonly<Record<string, PowerfulObject>> = {
  global: { whole: ANYTHING, members: GLOBALS, others: NONE },
  /** `this` in a function that all objects have: any of them. */
  'any-object': { whole: ANYTHING, members: {}, others: NONE },
  /** What objects inherit from that the module has not made: nothing is reached by it, but who puts a function there meets them all. */
  prototype: { whole: NONE, members: { constructor: { thing: 'constructor' } }, others: NONE },
  /** `this` in sloppy code that somebody else calls: the global object where they say nothing of it. */
  'called-global': { whole: ANYTHING, members: {}, others: NONE },
  process: PROCESS,
  /** It gives nothing by itself, but who makes its stacks is told who called. */
  Error: { whole: NONE, members: { constructor: { thing: 'Function' } }, others: NONE },
  console: { whole: NONE, members: named('_stdout _stderr', { thing: 'stream' }), others: NONE },
  /** A terminal, a socket or a file, whatever Node was started with: whoever has its class opens others. To hand on the stream itself is to let it be written. */
  stream: {
    whole: NONE,
    members: named('constructor __proto__ connect _handle', { thing: 'stream-class' }),
    others: NONE,
  },
  'stream-class': { whole: STREAM_CLASSES, members: {}, others: 'undetermined' },
  navigator: {
    whole: ['network', 'code', 'worker'],
    members: { sendBeacon: NETWORK, serviceWorker: ['code', 'worker'] },
    others: NONE,
  },
  /** A page can be made to load and run anything through the elements that are added to it. */
  document: {
    whole: ['network', 'code'],
    members: named('cookie title hidden visibilityState readyState compatMode documentMode activeElement', NONE),
    others: 'undetermined',
  },
  host: { whole: ANYTHING, members: {}, others: 'undetermined' },
  require: {
    whole: CODE,
    members: {
      ...named('resolve name length', NONE),
      extensions: CODE,
      main: { thing: 'foreign-module' },
      cache: { thing: 'require.cache' },
      constructor: { thing: 'Function' },
    },
    others: 'undetermined',
  },
  /** What other modules export is in it, and may be replaced. */
  'require.cache': { whole: CODE, members: {}, others: 'undetermined' },
  'foreign-module': {
    whole: CODE,
    members: {
      ...named('id filename path paths loaded exports', NONE),
      ...named('parent children', { thing: 'foreign-module' }),
      require: { thing: 'require' },
      constructor: { thing: 'builtin:module' },
      ...named('_compile load', CODE),
    },
    others: NONE,
  },
  Function: {
    whole: CODE,
    members: {
      prototype: { thing: 'Function.prototype' },
      constructor: { thing: 'Function' },
      ...named('name length', NONE),
    },
    others: NONE,
  },
  'Function.prototype': { whole: CODE, members: { constructor: { thing: 'Function' } }, others: NONE },
  'function-heir': { whole: NONE, members: { constructor: { thing: 'Function' } }, others: NONE },
  /** Of a function of the module, or of a value that may be one. */
  eval: { whole: CODE, members: { constructor: { thing: 'Function' } }, others: NONE },
  constructor: {
    whole: CODE,
    members: { constructor: { thing: 'Function' }, prototype: { thing: 'prototype' } },
    others: NONE,
  },
  'keyed-constructor': { whole: CODE, members: { constructor: { thing: 'Function' } }, others: NONE },
  'fs.open': { whole: ['fs-read', 'fs-write'], members: {}, others: NONE },
  Worker: { whole: ['worker'], members: { prototype: ['worker'] }, others: ['worker'] },
  createRequire: { whole: CODE, members: { constructor: { thing: 'Function' } }, others: NONE },
  getBuiltinModule: { whole: ANYTHING, members: { constructor: { thing: 'Function' } }, others: NONE },
  'Module._load': { whole: CODE, members: {}, others: NONE },
};

/** The powers of a thing; null where it has none by itself. */
export function powersOf(thing: string): PowerfulObject | null {
  if (thing === 'unknown' || thing.startsWith('fn:') || thing.startsWith('str:') || thing.startsWith('obj:'))
    return null;
  if (thing.startsWith('builtin:')) {
    const name = thing.slice('builtin:'.length);
    return name === 'process' ? PROCESS : builtinObject(name);
  }
  if (thing.startsWith('module:')) return OBJECTS['foreign-module'] ?? null;
  if (thing === 'require-elsewhere') return OBJECTS['require'] ?? null;
  return Object.hasOwn(OBJECTS, thing) ? (OBJECTS[thing] ?? null) : null;
}

/** What a member of a thing gives; null where it gives nothing by its own name. */
export function memberOf(thing: string, name: string): Member | null {
  const members = powersOf(thing)?.members ?? {};
  return Object.hasOwn(members, name) ? (members[name] ?? null) : null;
}

/** What a global name gives; null where it gives nothing. */
export function globalMember(name: string): Member | null {
  return memberOf('global', name);
}
