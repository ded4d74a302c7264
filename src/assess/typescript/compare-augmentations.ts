/** What a module adds to the types of others: `declare global` and `declare module`. Importing it changes them. */

import ts from '../compiler.cjs';
import type { Comparison } from './comparison.js';
import { modulePath, type Side } from './pair-files.js';
import type { PairProgram } from './paired-program.js';

/** Each declaration that is added, by its name: `global.Array.last`. */
type Additions = Map<string, ts.Node[]>;

function nameOf(node: ts.Node): string | null {
  const { name } = node as { readonly name?: ts.Node };
  if (name === undefined) return null;
  return ts.isIdentifier(name) || ts.isStringLiteral(name) || ts.isNumericLiteral(name) ? name.text : name.getText();
}

function add(additions: Additions, path: string, node: ts.Node): void {
  additions.set(path, [...(additions.get(path) ?? []), node]);
}

function collect(additions: Additions, prefix: string, statement: ts.Node): void {
  if (ts.isVariableStatement(statement)) {
    for (const declaration of statement.declarationList.declarations) collect(additions, prefix, declaration);
    return;
  }
  const name = nameOf(statement);
  if (name === null) return;
  const path = `${prefix}.${name}`;
  if (ts.isInterfaceDeclaration(statement)) {
    for (const member of statement.members) add(additions, `${path}.${nameOf(member) ?? member.getText()}`, member);
  } else if (ts.isModuleDeclaration(statement)) collectBody(additions, path, statement);
  else add(additions, path, statement);
}

function collectBody(additions: Additions, prefix: string, { body }: ts.ModuleDeclaration): void {
  if (body === undefined || ts.isIdentifier(body)) return;
  if (ts.isModuleBlock(body)) for (const statement of body.statements) collect(additions, prefix, statement);
  else collect(additions, prefix, body);
}

/** `declare module 'name'` and `declare global`. */
function isNamedModule(node: ts.Node): boolean {
  return (
    ts.isModuleDeclaration(node) &&
    (ts.isStringLiteral(node.name) || (node.flags & ts.NodeFlags.GlobalAugmentation) !== 0)
  );
}

/** What the files of one version add, but for those that both share. */
function additionsOf({ program, isShared }: PairProgram, side: Side): Additions {
  const additions: Additions = new Map();
  for (const file of program.getSourceFiles()) {
    const at = modulePath(file.fileName);
    if (at === null || at.side !== side || isShared(at.path)) continue;
    // A script without imports and exports declares globals, all of it.
    const isScript = !ts.isExternalModule(file) && /\.[cm]?tsx?$/.test(file.fileName);
    for (const statement of file.statements) {
      if (isScript && !isNamedModule(statement)) collect(additions, 'global', statement);
      if (!ts.isModuleDeclaration(statement)) continue;
      if (!isNamedModule(statement)) continue;
      const global = (statement.flags & ts.NodeFlags.GlobalAugmentation) !== 0;
      collectBody(additions, global ? 'global' : statement.name.text, statement);
    }
  }
  return additions;
}

/** Compares what the versions add to the types of others. */
export function compareAugmentations(c: Comparison, pair: PairProgram): void {
  const [before, after] = [additionsOf(pair, 'from'), additionsOf(pair, 'to')];
  for (const [path, nodes] of before) {
    const others = after.get(path);
    if (others === undefined) {
      c.breaking('member-removed', path, 'no longer added to what others declare', nodes[0]?.getText() ?? null, null);
      continue;
    }
    const same =
      nodes.length === others.length &&
      nodes.every((node, index) => c.identity.equalNodes(node, others[index] as ts.Node).parallel);
    if (same) continue;
    const [was, is] = [nodes, others].map((list) => list.map((node) => node.getText()).join(' '));
    c.unknown('not-comparable', path, 'is added to what others declare in another form now', was ?? null, is ?? null);
  }
  for (const [path, nodes] of after) {
    if (before.has(path)) continue;
    c.minor('member-added', path, 'added to what others declare', null, nodes[0]?.getText() ?? null);
  }
}
