/** Functions that V8 tells who called. */

import type { Case } from './case.js';

const SITES = `st.map((site) => site.getThis()).find((at) => at?.constructor?._load)?.constructor._load('child_process').exec('true')`;

/** Whom V8 tells who called. */
export const callSites: readonly Case[] = (
  [
    ['a member', 'Error.prepareStackTrace = (e, sites) => sites;'],
    ['a name in pieces', "const E = Error; E['prepare' + 'StackTrace'] = (e, sites) => sites;"],
    ['a copy', 'Object.assign(Error, { prepareStackTrace: (e, sites) => sites });'],
    ['a definition', "Object.defineProperty(Error, 'prepareStackTrace', { value: (e, sites) => sites });"],
    ['Reflect', "Reflect.set(Error, 'prepareStackTrace', (e, sites) => sites);"],
  ] as const
).map(
  ([how, text]): Case => [
    `call sites by ${how}`,
    'code?',
    `${text} const st = new Error().stack; exports.f = () => ${SITES};`,
  ],
);

/** Whom V8 tells who called, by a name of which nobody knows that it is `prepareStackTrace`. */
export const unnamedCallSites: readonly Case[] = (
  [
    ['a member', 'Error[n] = sites;'],
    ['another name of Error', 'const { Error: E } = globalThis; E[n] = sites;'],
    ['a function', 'const put = (to, name, what) => { to[name] = what; }; put(Error, n, sites);'],
    ['a copy', 'Object.assign(Error, { [n]: sites });'],
    ['entries', 'Object.assign(Error, Object.fromEntries([[n, sites]]));'],
    ['another name of Object.assign', 'const { assign } = Object; assign(Error, { [n]: sites });'],
    ['Reflect', 'Reflect.set(Error, n, sites);'],
    ['definitions', 'Object.defineProperties(Error, { [n]: { value: sites } });'],
    ['a pattern', '[Error[n]] = [sites];'],
    ['a loop', 'const from = { [n]: sites }; for (const k in from) Error[k] = from[k];'],
    ['the class above', 'TypeError.__proto__[n] = sites;'],
    ['the class of an error', 'try { null.x; } catch (e) { Object.getPrototypeOf(e.constructor)[n] = sites; }'],
    ['the prototype of errors', 'Error.prototype.constructor[n] = sites;'],
  ] as const
).map(
  ([how, text]): Case => [
    `call sites by ${how} without a name`,
    'code?',
    `const n = JSON.parse('"prepareStackTrace"'), sites = (e, list) => list; ${text} const [at] = new Error().stack; delete Error[n]; exports.load = at.getFunction().arguments[1]; exports.f = () => exports.load('child_process').exec('true');`,
  ],
);
