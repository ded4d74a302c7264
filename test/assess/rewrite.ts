/** Ways to write a module otherwise that none of its callers can see. */

import ts from 'typescript';

/** The text files of a module by path. */
export type Texts = ReadonlyMap<string, string>;

/** A rewriting; null where it would change nothing, or more than it should. */
export type Rewrite = (files: Texts) => Texts | null;

const DECLARATION = /\.d\.[cm]?ts$/;
const TYPESCRIPT = /\.[cm]?tsx?$/;
const CODE = /\.[cm]?[jt]sx?$/;

function parse(path: string, text: string): ts.SourceFile {
  return ts.createSourceFile(path, text, ts.ScriptTarget.ESNext, true);
}

/** Rewrites each file whose path fits; null where that leaves all as they were. */
function eachFile(pattern: RegExp, rewrite: (path: string, text: string) => string): Rewrite {
  return (files) => {
    const rewritten = new Map(
      [...files].map(([path, text]) => [path, pattern.test(path) ? rewrite(path, text) : text]),
    );
    return [...files].some(([path, text]) => rewritten.get(path) !== text) ? rewritten : null;
  };
}

/** Inserts texts at positions. */
function spliced(
  text: string,
  edits: readonly { readonly at: number; readonly end?: number; readonly put: string }[],
): string {
  let result = text;
  for (const { at, end = at, put } of [...edits].sort((a, b) => b.at - a.at)) {
    result = `${result.slice(0, at)}${put}${result.slice(end)}`;
  }
  return result;
}

function nodesOf(root: ts.Node): ts.Node[] {
  const found: ts.Node[] = [];
  const visit = (node: ts.Node): void => {
    found.push(node);
    ts.forEachChild(node, visit);
  };
  visit(root);
  return found;
}

/** Prints what a visitor makes of a file's nodes, bottom up. */
function transformed(path: string, text: string, change: (node: ts.Node) => ts.Node): string {
  const file = parse(path, text);
  let changed = false;
  const { transformed: results } = ts.transform(file, [
    (context) => (root) => {
      const visit = (node: ts.Node): ts.Node => {
        const inner = ts.visitEachChild(node, visit, context);
        const outer = change(inner);
        if (outer !== inner) changed = true;
        return outer;
      };
      return ts.visitEachChild(root, visit, context);
    },
  ]);
  const [result] = results;
  return changed && result !== undefined ? ts.createPrinter().printFile(result) : text;
}

function isStatementOrMember(node: ts.Node): boolean {
  return ts.isStatement(node) || ts.isTypeElement(node) || ts.isClassElement(node) || ts.isEnumMember(node);
}

/** Comments before every statement and member, and at the end. */
const comments = eachFile(TYPESCRIPT, (path, text) => {
  const nodes = nodesOf(parse(path, text)).filter((node) => isStatementOrMember(node) && !ts.isBlock(node));
  const starts = [...new Set(nodes.map((node) => node.getStart()))];
  const put = '/* export declare const ghost: 1; import "./ghost.js" */ ';
  return `${spliced(
    text,
    starts.map((at) => ({ at, put })),
  )}\n// export declare const ghost: 1;\n`;
});

function declaredName(statement: ts.Statement): string | null {
  const { name } = statement as { readonly name?: ts.Node };
  return name === undefined ? null : name.getText();
}

/** The last statement first. Not where several declare one name: of overloads and merged interfaces the order counts. */
const statements = eachFile(DECLARATION, (path, text) => {
  const file = parse(path, text);
  const names = file.statements.flatMap((statement) => declaredName(statement) ?? []);
  if (new Set(names).size < names.length || /^\s*\/\/\//m.test(text) || file.statements.length < 2) return text;
  // A signature without a name, `export default function (): void`, could be an overload of another one.
  if (file.statements.filter((s) => ts.isFunctionDeclaration(s) && s.name === undefined).length > 1) return text;
  return `${[...file.statements]
    .reverse()
    .map((statement) => statement.getFullText())
    .join('\n')}\n`;
});

/** The signature that a name inside it is a parameter of. */
function hasParameter(from: ts.Node, name: string): boolean {
  for (let node: ts.Node | undefined = from; node !== undefined; node = node.parent) {
    if (!ts.isFunctionLike(node)) continue;
    if (node.parameters.some((parameter) => ts.isIdentifier(parameter.name) && parameter.name.text === name))
      return true;
  }
  return false;
}

/** Other names for parameters, and for what mentions them. */
const parameters = eachFile(DECLARATION, (path, text) => {
  const edits = nodesOf(parse(path, text)).flatMap((node) => {
    if (!ts.isIdentifier(node) || node.text === 'this') return [];
    const { parent } = node;
    const declares = ts.isParameter(parent) && parent.name === node;
    const mentions =
      (ts.isTypePredicateNode(parent) && parent.parameterName === node) ||
      (ts.isTypeQueryNode(parent) && parent.exprName === node);
    return declares || (mentions && hasParameter(node, node.text)) ? [{ at: node.getEnd(), put: '_renamed' }] : [];
  });
  return spliced(text, edits);
});

/** True where members may stand in any order: none of them shares its name with another, or has none. */
function areApart(members: ts.NodeArray<ts.TypeElement> | ts.NodeArray<ts.ClassElement>): boolean {
  const names = members.map((member) => {
    if (ts.isCallSignatureDeclaration(member)) return '()';
    if (ts.isConstructSignatureDeclaration(member) || ts.isConstructorDeclaration(member)) return 'new ()';
    const { name } = member;
    if (name === undefined) return `[] ${member.kind}`;
    return ts.isComputedPropertyName(name) ? ts.SyntaxKind[name.expression.kind] + String(name.pos) : name.text;
  });
  return new Set(names).size === names.length;
}

/** The last member first, of interfaces, object types and classes. */
const members = eachFile(DECLARATION, (path, text) =>
  transformed(path, text, (node) => {
    const { factory } = ts;
    if (ts.isInterfaceDeclaration(node) && node.members.length > 1 && areApart(node.members)) {
      const { modifiers, name, typeParameters, heritageClauses } = node;
      const reversed = [...node.members].reverse();
      return factory.updateInterfaceDeclaration(node, modifiers, name, typeParameters, heritageClauses, reversed);
    }
    if (ts.isTypeLiteralNode(node) && node.members.length > 1 && areApart(node.members)) {
      return factory.updateTypeLiteralNode(node, factory.createNodeArray([...node.members].reverse()));
    }
    if (ts.isClassDeclaration(node) && node.members.length > 1 && areApart(node.members)) {
      const { modifiers, name, typeParameters, heritageClauses } = node;
      const reversed = [...node.members].reverse();
      return factory.updateClassDeclaration(node, modifiers, name, typeParameters, heritageClauses, reversed);
    }
    return node;
  }),
);

/** The last of a union's types first. */
const unions = eachFile(TYPESCRIPT, (path, text) =>
  transformed(path, text, (node) =>
    ts.isUnionTypeNode(node)
      ? ts.factory.updateUnionTypeNode(node, ts.factory.createNodeArray([...node.types].reverse()))
      : node,
  ),
);

/** True where a new file is a new entry. */
function offersEveryFile(files: Texts): boolean {
  return files.get('package.json')?.includes('*') === true;
}

/** Everything in a file of its own, which the old one passes on. Not `export =`, of which nothing can be passed on so. */
const moved: Rewrite = (files) => {
  if (offersEveryFile(files)) return null;
  const rewritten = new Map(files);
  for (const [path, text] of files) {
    const [, stem, kind] = /^(index)\.d\.([cm]?)ts$/.exec(path) ?? [];
    const file = parse(path, text);
    if (stem === undefined || kind === undefined || !ts.isExternalModule(file)) continue;
    if (/\bexport\s*=|\bdeclare\s+(?:module|global)\b|^\s*\/\/\//m.test(text)) continue;
    const hasDefault = /\bexport\s+default\b|\bas\s+default\b|\{\s*default\s*[,}]/.test(text);
    rewritten.set(`moved-away.d.${kind}ts`, text);
    const from = `'./moved-away.${kind}js'`;
    rewritten.set(path, `export * from ${from};\n${hasDefault ? `export { default } from ${from};\n` : ''}`);
  }
  return rewritten.size === files.size ? null : rewritten;
};

/** What every version of the library and every file knows by these names. */
const EVERYWHERE = new Set([
  'Array',
  'ReadonlyArray',
  'Promise',
  'Map',
  'Set',
  'Date',
  'Error',
  'RegExp',
  'Uint8Array',
  'Record',
  'Partial',
]);

/** True for a type that means the same in another file: no names but its own and the library's. */
function isPortable(type: ts.TypeNode): boolean {
  return nodesOf(type).every((node) => {
    if (ts.isTypeReferenceNode(node)) return ts.isIdentifier(node.typeName) && EVERYWHERE.has(node.typeName.text);
    const bound =
      ts.isTypeQueryNode(node) ||
      ts.isThisTypeNode(node) ||
      ts.isTypePredicateNode(node) ||
      ts.isImportTypeNode(node) ||
      ts.isComputedPropertyName(node) ||
      ts.isTypeOperatorNode(node) ||
      ts.isInferTypeNode(node);
    return !bound && !(ts.isFunctionLike(node) && (node.typeParameters?.length ?? 0) > 0);
  });
}

/** True for a literal that stands for a parameter: TypeScript tries an overload that has one before those that have none. */
function isLiteralOfParameter(type: ts.TypeNode): boolean {
  return ts.isLiteralTypeNode(type) && ts.isParameter(type.parent);
}

/** Types of parameters, results and properties under a name of their own, in a file beside the old one. */
const aliased: Rewrite = (files) => {
  if (offersEveryFile(files)) return null;
  const rewritten = new Map(files);
  for (const [path, text] of files) {
    const [, stem, kind] = /^(.*)\.d\.([cm]?)ts$/.exec(path) ?? [];
    const file = parse(path, text);
    if (stem === undefined || kind === undefined || !ts.isExternalModule(file) || /^\s*\/\/\//m.test(text)) continue;
    const aliases: string[] = [];
    const edits = nodesOf(file).flatMap((node) => {
      if (!ts.isParameter(node) && !ts.isPropertySignature(node) && !ts.isFunctionDeclaration(node)) return [];
      const { type } = node;
      if (type === undefined || !isPortable(type) || isInAType(node)) return [];
      if (isLiteralOfParameter(type)) return [];
      aliases.push(type.getText());
      return [{ at: type.getStart(), end: type.getEnd(), put: `Alias${aliases.length - 1}` }];
    });
    if (aliases.length === 0) continue;
    const names = aliases.map((_, index) => `Alias${index}`).join(', ');
    const from = `./${stem.slice(stem.lastIndexOf('/') + 1)}-aliases.${kind}js`;
    rewritten.set(path, `import type { ${names} } from '${from}';\n${spliced(text, edits)}`);
    const declarations = aliases.map((type, index) => `export type Alias${index} = ${type};\n`);
    rewritten.set(`${stem}-aliases.d.${kind}ts`, declarations.join(''));
  }
  return rewritten.size === files.size ? null : rewritten;
};

/** True inside a type that may itself be given a name: one edit must not be inside another. */
function isInAType(node: ts.Node): boolean {
  for (let at = node.parent; !ts.isSourceFile(at); at = at.parent) if (ts.isTypeNode(at)) return true;
  return false;
}

const lineEnds = eachFile(/\.[cm]?[jt]sx?$|\.json$/, (_, text) => text.replace(/\r?\n/g, '\r\n'));

const byteOrderMark = eachFile(CODE, (_, text) => `\ufeff${text}`);

export const REWRITES: Readonly<Record<string, Rewrite>> = {
  'comments are added': comments,
  'statements are reordered': statements,
  'parameters are renamed': parameters,
  'members are reordered': members,
  'union members are reordered': unions,
  'declarations move to another file': moved,
  'types get a name': aliased,
  'lines end in CRLF': lineEnds,
  'files begin with a byte order mark': byteOrderMark,
};
