/** Functions that may be made of text by a member whose name is not known: `x[a]('…')` is Function where x is one and a is `constructor`. */

import ts from '../compiler.cjs';
import { parsed } from '../names/syntax-walk.js';
import { NodeUseSite } from './use-log.js';
import type { Thing, Value } from './values.js';
import type { Walk } from './walk.js';

/** True for an argument of which a function could be made that does something: no number, no function, and no single word. */
function mayBeCode(thing: Thing): boolean {
  return thing !== 'number' && !thing.startsWith('fn:') && !/^str:[\w$]*$/.test(thing);
}

/** Without one of these a text calls nothing, gives nothing and changes nothing. */
const DOES_SOMETHING = /[(`=]|\+\+|--|\.\.\.|\b(?:return|throw|yield|await|of|new|delete)\b/;

/** True for a text of the module's own that is the body of a function. */
function isOwnCode(thing: Thing): boolean {
  const text = thing.slice('str:'.length);
  if (!thing.startsWith('str:') || !DOES_SOMETHING.test(text)) return false;
  // TypeScript knows no comments of HTML.
  return /<!--|-->/.test(text) || parsed('made.js', `async function* made() {\n${text}\n}`)?.wellFormed !== false;
}

/**
 * Says it where what is called may make a function of what it is given, and somebody takes that. A list or an object that the module writes
 * out has no such member; and a function that nobody takes is never called. `isDirect`: the member is called where it is read. Most that
 * are called later are functions of tables that callers fill, which get what callers give: there only code that the module has itself counts.
 */
export function noteMade(walk: Walk, node: ts.Node, target: Value, args: readonly Value[], isDirect = false): void {
  if (!target.has('keyed') || ts.isExpressionStatement(node.parent)) return;
  const isText = isDirect ? mayBeCode : isOwnCode;
  if (args.some((arg) => [...arg].some(isText))) walk.analysis.uses.undetermined(['code'], new NodeUseSite(node));
}
