/** What `this` stands for. */

import ts from '../compiler.cjs';
import { accessorsOf } from './accessors.js';
import { receiveAll } from './function-receivers.js';
import { functionId, literalId } from './own-things.js';
import { hasUseStrict, isStatic } from './syntax.js';
import { instanceOf, NOTHING, one, UNKNOWN, union, type Value } from './values.js';
import type { Walk } from './walk.js';

/** `this` where `node` stands. */
export function thisValue(walk: Walk, node: ts.Node): Value {
  const at = thisOwner(node);
  if (ts.isSourceFile(at)) return walk.isModule ? NOTHING : one(`file:${walk.path}`);
  if (isStatic(at)) return one(functionId(walk, at.parent));
  if (ts.isPropertyDeclaration(at)) {
    // A class above may have returned another object, which gets the fields.
    const made = functionId(walk, at.parent);
    return union(new Set(['self', instanceOf(made)]), walk.analysis.cells.get(`r:${made}`));
  }
  if (ts.isClassLike(at.parent)) return new Set(['self', instanceOf(functionId(walk, at.parent))]);
  const instance = union(one(instanceOf(functionId(walk, at))), literalAround(walk, at));
  const self = walk.analysis.cells.get(`this:${functionId(walk, at)}`);
  if (isStrict(walk, at))
    return union(
      one('self'),
      instance,
      new Set([...self].filter((thing) => thing !== 'global' && thing !== 'called-global')),
    );
  return union(one('maybe-global'), instance, self);
}

/** The literal that a function is written into, as its method or as a member. */
function literalAround(walk: Walk, node: ts.Node): Value {
  const around = ts.isPropertyAssignment(node.parent) ? node.parent.parent : node.parent;
  return ts.isObjectLiteralExpression(around) ? one(literalId(walk, around)) : NOTHING;
}

/** `super`, whose members are those of what a literal, or a class, has for its prototype. */
export function superValue(walk: Walk, node: ts.Node): Value {
  let at = thisOwner(node);
  while (!(ts.isClassLike(at) || ts.isObjectLiteralExpression(at) || ts.isSourceFile(at))) at = at.parent;
  const above = ts.isObjectLiteralExpression(at)
    ? one(literalId(walk, at))
    : ts.isClassLike(at)
      ? walk.analysis.cells.get(`spread:${functionId(walk, at)}`)
      : NOTHING;
  // What is inherited is got, and called, with the `this` that is here.
  receiveAll(walk.analysis.cells, accessorsOf(walk.analysis.cells, above), thisValue(walk, node));
  return above;
}

/** `new.target`, a function; of `import.meta` nothing gives anything. */
export function newTarget(walk: Walk, node: ts.MetaProperty): Value {
  const at = thisOwner(node);
  return node.keywordToken === ts.SyntaxKind.NewKeyword && ts.isFunctionLike(at) ? one(functionId(walk, at)) : UNKNOWN;
}

/** Whatever has a `this` of its own around a node: no arrow function has. */
function thisOwner(node: ts.Node): ts.Node {
  let at = node.parent;
  while (
    ts.isArrowFunction(at) ||
    !(
      ts.isFunctionLike(at) ||
      ts.isSourceFile(at) ||
      ts.isClassStaticBlockDeclaration(at) ||
      ts.isPropertyDeclaration(at)
    )
  ) {
    at = at.parent;
  }
  return at;
}

function isStrict(walk: Walk, node: ts.Node): boolean {
  if (walk.isModule) return true;
  for (let at: ts.Node | undefined = node; at !== undefined; at = at.parent) {
    if (ts.isClassLike(at)) return true;
    const body = ts.isSourceFile(at) ? at : ts.isFunctionLike(at) ? (at as ts.FunctionLikeDeclaration).body : undefined;
    if (body !== undefined && (ts.isSourceFile(body) || ts.isBlock(body)) && hasUseStrict(body)) return true;
  }
  return false;
}
