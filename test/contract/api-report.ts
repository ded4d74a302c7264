/** The surface of one entry as text, declaration by declaration, for a review to read. */

import ts from 'typescript';

const OPTIONS: ts.CompilerOptions = {
  target: ts.ScriptTarget.ES2023,
  module: ts.ModuleKind.NodeNext,
  moduleResolution: ts.ModuleResolutionKind.NodeNext,
  skipLibCheck: true,
  types: ['node'],
};

/** What a declaration says, without its comments. */
function printed(node: ts.Node): string {
  const printer = ts.createPrinter({ removeComments: true });
  const whole = ts.isVariableDeclaration(node) ? node.parent.parent : node;
  return printer.printNode(ts.EmitHint.Unspecified, whole, whole.getSourceFile()).replace(/^export declare /, '');
}

/**
 * @param entry the declarations of an entry (`.d.ts`)
 * @returns its exports by name, each as it is declared
 */
export function apiReport(entry: string): string {
  const program = ts.createProgram([entry], OPTIONS);
  const checker = program.getTypeChecker();
  const source = program.getSourceFile(entry);
  const module = source === undefined ? undefined : checker.getSymbolAtLocation(source);
  if (module === undefined) throw new TypeError(`${entry} exports nothing: build it first`);
  const names = checker.getExportsOfModule(module).sort((a, b) => (a.name < b.name ? -1 : 1));
  const parts = names.map((symbol) => {
    const meant = symbol.flags & ts.SymbolFlags.Alias ? checker.getAliasedSymbol(symbol) : symbol;
    const declared = (meant.declarations ?? []).map(printed).join('\n');
    return `// ${symbol.name}\n${declared}`;
  });
  return `${parts.join('\n\n')}\n`;
}
