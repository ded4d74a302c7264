/** Syntax trees without a checker: bounded, and without recursion of our own. */

import ts from '../compiler.cjs';

/** Beyond this many characters a parse takes longer than a fallback may. */
export const MAX_PARSED = 1_200_000;

/** A parsed file, and whether its parser was content. */
export interface ParsedFile {
  readonly file: ts.SourceFile;
  readonly wellFormed: boolean;
}

const KINDS: readonly (readonly [RegExp, ts.ScriptKind])[] = [
  [/\.tsx$/, ts.ScriptKind.TSX],
  [/\.[cm]?ts$/, ts.ScriptKind.TS],
];

/** Nobody reads the trees of comments, which are a tenth of the memory. */
const PARSING: ts.CreateSourceFileOptions = {
  languageVersion: ts.ScriptTarget.ESNext,
  jsDocParsingMode: ts.JSDocParsingMode.ParseNone,
};

/** Parses a file; null where it is too large, or nested so deep that the parser gives up. */
export function parsed(path: string, text: string, most = MAX_PARSED): ParsedFile | null {
  if (text.length > most) return null;
  const kind = KINDS.find(([ending]) => ending.test(path))?.[1] ?? ts.ScriptKind.JS;
  try {
    const file = ts.createSourceFile(path, text, PARSING, true, kind);
    // Not in the public types, and the only place where a parser without a program says what it stumbled over.
    const { parseDiagnostics } = file as unknown as { readonly parseDiagnostics?: readonly unknown[] };
    return { file, wellFormed: (parseDiagnostics ?? []).length === 0 };
  } catch {
    return null;
  }
}

/** A node and every one below it, in no particular order, but for the ones that `skip` says and what is below those. */
export function* descendants(root: ts.Node, skip: (node: ts.Node) => boolean = () => false): Generator<ts.Node> {
  const pending: ts.Node[] = [root];
  for (let node = pending.pop(); node !== undefined; node = pending.pop()) {
    if (skip(node)) continue;
    yield node;
    ts.forEachChild(node, (child) => {
      pending.push(child);
    });
  }
}

/** The text of a string literal; null for any other expression. */
export function literalText(node: ts.Node | undefined): string | null {
  return node !== undefined && ts.isStringLiteralLike(node) ? node.text : null;
}

/** The argument of `require('…')`; null for any other expression. */
export function requiredPath(node: ts.Node): string | null {
  if (!ts.isCallExpression(node) || node.arguments.length !== 1) return null;
  return ts.isIdentifier(node.expression) && node.expression.text === 'require' ? literalText(node.arguments[0]) : null;
}
