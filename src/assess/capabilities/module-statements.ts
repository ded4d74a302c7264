/** Statements that bring names into a file, and out of it. */

import ts from '../compiler.cjs';
import { exportAll, exportName } from './exports.js';
import { load, loadNamed } from './load-module.js';
import { readName, storeName } from './names.js';
import { NodeUseSite } from './use-log.js';
import { NOTHING, UNKNOWN, type Value } from './values.js';
import type { Walk } from './walk.js';

/** `import … from '…'` */
export function walkImport(walk: Walk, node: ts.ImportDeclaration): void {
  const { importClause, moduleSpecifier } = node;
  if (importClause?.phaseModifier === ts.SyntaxKind.TypeKeyword || !ts.isStringLiteral(moduleSpecifier)) return;
  const { text } = moduleSpecifier;
  const loaded = loadNamed(walk.analysis, text, walk.path, new NodeUseSite(node, text));
  const importName = (name: ts.Identifier, imported: string): void =>
    storeName(walk, name, walk.analysis.members.of(loaded, [imported], new NodeUseSite(node, `${text}: ${imported}`)));
  if (importClause?.name !== undefined) importName(importClause.name, 'default');
  const bindings = importClause?.namedBindings;
  if (bindings !== undefined && ts.isNamespaceImport(bindings)) storeName(walk, bindings.name, loaded);
  else if (bindings !== undefined) {
    for (const { isTypeOnly, name, propertyName } of bindings.elements)
      if (!isTypeOnly) importName(name, (propertyName ?? name).text);
  }
}

/** `import name = require('…')` */
export function walkImportEquals(walk: Walk, node: ts.ImportEqualsDeclaration): void {
  if (node.isTypeOnly) return;
  const { moduleReference: reference } = node;
  if (!ts.isExternalModuleReference(reference)) return;
  const specifier = walk.value(reference.expression);
  storeName(walk, node.name, load(walk.analysis, specifier, walk.path, new NodeUseSite(reference)));
}

/** `export { … }` and `export … from '…'` */
export function walkExport(walk: Walk, node: ts.ExportDeclaration): void {
  if (node.isTypeOnly) return;
  const { moduleSpecifier, exportClause } = node;
  const from = moduleSpecifier !== undefined && ts.isStringLiteral(moduleSpecifier) ? moduleSpecifier.text : null;
  const loaded = from === null ? null : loadNamed(walk.analysis, from, walk.path, new NodeUseSite(node, from));
  if (exportClause === undefined) {
    if (loaded !== null) exportAll(walk, loaded, node);
  } else if (ts.isNamespaceExport(exportClause)) {
    exportName(walk, exportClause.name.text, loaded ?? NOTHING, node);
  } else {
    for (const { isTypeOnly, name, propertyName } of exportClause.elements) {
      if (isTypeOnly) continue;
      const own = propertyName ?? name;
      const value =
        loaded !== null
          ? walk.analysis.members.of(loaded, [own.text], new NodeUseSite(node, `${from}: ${own.text}`))
          : ownName(walk, own);
      exportName(walk, name.text, value, node);
    }
  }
}

function ownName(walk: Walk, name: ts.ModuleExportName): Value {
  return ts.isIdentifier(name) ? readName(walk, name) : UNKNOWN;
}

/** `export default …` and `export = …` */
export function walkExportAssignment(walk: Walk, node: ts.ExportAssignment): void {
  exportName(walk, node.isExportEquals === true ? '=' : 'default', walk.value(node.expression), node);
}
