/** The value of an expression that is the same in every run: how names are put together so that nobody finds them by looking. */

import ts from '../compiler.cjs';

/** Strings, numbers and lists of them. */
type Constant = string | number | readonly Constant[];

/** Stands for the folder that the module's files are in. */
export const ROOT = '/:module:';
const ROOT_URL = `file://${ROOT}`;

const MAX_LENGTH = 100_000;

/** What names mean where an expression stands. */
export interface Lookup {
  /** What a name stands for, where it is always the same string. */
  text(name: ts.Identifier): string | undefined;
  /** True where a name means the global of that name, or the module of Node's that makes paths and URLs, or the file's `require`. */
  means(name: ts.Identifier, what: NameOrigin): boolean;
}

/** Where a function comes from whose result is known. */
type NameOrigin = 'global' | 'names' | 'require';

type Method = (self: string, args: readonly Constant[]) => Constant | undefined;

function texts(args: readonly Constant[]): string[] | null {
  return args.every((arg) => typeof arg === 'string') ? (args as string[]) : null;
}

function numbers(args: readonly Constant[]): number[] | null {
  return args.every((arg) => typeof arg === 'number') ? (args as number[]) : null;
}

function withNumbers(apply: (self: string, from?: number, to?: number) => Constant): Method {
  return (self, args) => {
    const given = numbers(args);
    return given === null ? undefined : apply(self, given[0], given[1]);
  };
}

/** Methods of strings whose result is known. */
const STRING_METHODS: Readonly<Record<string, Method>> = {
  toString: (self: string, args: readonly Constant[]) => (args.length === 0 ? self : undefined),
  valueOf: (self: string) => self,
  trim: (self) => self.trim(),
  toLowerCase: (self) => self.toLowerCase(),
  toUpperCase: (self) => self.toUpperCase(),
  concat: (self, args) => self + args.join(''),
  slice: withNumbers((self, from, to) => self.slice(from, to)),
  substring: withNumbers((self, from = 0, to) => self.substring(from, to)),
  substr: withNumbers((self, from = 0, length = self.length) => self.slice(from).slice(0, length)),
  charAt: withNumbers((self, at = 0) => self.charAt(at)),
  repeat: withNumbers((self, count = 0) => (self.length * count > MAX_LENGTH ? self : self.repeat(Math.max(0, count)))),
  split: (self, args) => {
    const by = texts(args);
    return by === null || by.length !== 1 ? undefined : self.split(by[0] ?? '');
  },
  replace: (self, args) => {
    const [what, by, ...more] = texts(args) ?? [];
    return what === undefined || by === undefined || more.length > 0 ? undefined : self.replace(what, () => by);
  },
  replaceAll: (self, args) => {
    const [what, by] = texts(args) ?? [];
    return what === undefined || by === undefined ? undefined : self.replaceAll(what, () => by);
  },
};

type ListMethod = (self: readonly Constant[], args: readonly Constant[]) => Constant | undefined;

const LIST_METHODS: Readonly<Record<string, ListMethod>> = {
  join: (self, [by = ',']) => (typeof by === 'string' ? self.join(by) : undefined),
  reverse: (self) => [...self].reverse(),
  toReversed: (self) => [...self].reverse(),
  concat: (self, args) => [...self, ...args.flat()],
  slice: (self, args) => (numbers(args) === null ? undefined : self.slice(...(numbers(args) ?? []))),
  toString: (self: readonly Constant[]) => self.join(','),
};

const ENCODINGS: ReadonlySet<string> = new Set([
  'hex',
  'base64',
  'base64url',
  'latin1',
  'binary',
  'ascii',
  'utf8',
  'utf-8',
]);

/** `Buffer.from(text, encoding)`; `encoding` is UTF-8 where it is not given. */
function decoded(args: readonly Constant[]): Buffer | null {
  const [data, encoding = 'utf8'] = args;
  if (typeof data === 'string' && typeof encoding === 'string' && ENCODINGS.has(encoding))
    return Buffer.from(data, encoding as BufferEncoding);
  const bytes = Array.isArray(data) ? numbers(data) : null;
  return bytes === null ? null : Buffer.from(bytes);
}

const FUNCTIONS: Readonly<Record<string, (args: readonly Constant[]) => Constant | undefined>> = {
  atob: ([text]) => (typeof text === 'string' ? Buffer.from(text, 'base64').toString('latin1') : undefined),
  unescape: ([text]) => (typeof text === 'string' ? unescaped(text) : undefined),
  decodeURIComponent: ([text]) => (typeof text === 'string' ? unescaped(text) : undefined),
  decodeURI: ([text]) => (typeof text === 'string' ? unescaped(text) : undefined),
  String: ([text]) => (text === undefined ? '' : String(text)),
  'String.fromCharCode': (args) => {
    const codes = numbers(args);
    return codes === null ? undefined : String.fromCharCode(...codes);
  },
  'String.fromCodePoint': (args) => {
    const codes = numbers(args);
    return codes?.every((code) => code >= 0 && code <= 0x10ffff) ? String.fromCodePoint(...codes) : undefined;
  },
  'path.join': joined,
  'path.resolve': joined,
  join: joined,
  resolve: joined,
  fileURLToPath: ([url]) => (typeof url === 'string' ? url.replace(/^file:\/\//, '') : undefined),
  'url.fileURLToPath': ([url]) => (typeof url === 'string' ? url.replace(/^file:\/\//, '') : undefined),
  'require.resolve': ([path]) => (typeof path === 'string' ? path : undefined),
  'path.dirname': ([path]) => (typeof path === 'string' ? path.replace(/\/[^/]*$/, '') : undefined),
  dirname: ([path]) => (typeof path === 'string' ? path.replace(/\/[^/]*$/, '') : undefined),
};

function unescaped(text: string): string | undefined {
  try {
    return decodeURIComponent(text);
  } catch {
    return undefined;
  }
}

/** A path below the module's folder; every other path is nobody's that is looked at. */
function joined(args: readonly Constant[]): string | undefined {
  const names = texts(args);
  if (names === null || !names[0]?.startsWith(ROOT)) return undefined;
  const parts: string[] = [];
  for (const part of names.join('/').split('/')) {
    if (part === '..') parts.pop();
    else if (part !== '' && part !== '.') parts.push(part);
  }
  return `/${parts.join('/')}`;
}

/** The values of all; undefined where one has none. */
function foldAll(nodes: readonly ts.Node[], lookup: Lookup, depth: number): Constant[] | undefined {
  const values = nodes.map((node) => fold(node, lookup, depth));
  return values.every((value) => value !== undefined) ? values : undefined;
}

function originOf(known: string): NameOrigin {
  if (known === 'require.resolve') return 'require';
  return /^(?:path\.|url\.|join$|resolve$|dirname$|fileURLToPath$)/.test(known) ? 'names' : 'global';
}

/** True where the name at which a callee begins is nobody else's: who gives it another meaning makes another text of it. */
function isMeant(callee: ts.Expression, what: NameOrigin, lookup: Lookup): boolean {
  const root = ts.isPropertyAccessExpression(callee) ? callee.expression : callee;
  return ts.isIdentifier(root) && lookup.means(root, what);
}

/** The text of a name or of a member of one; '' for all that is longer. */
export function shortText(node: ts.Node): string {
  return node.end - node.pos > 200 ? '' : node.getText();
}

function foldCall(node: ts.CallExpression, lookup: Lookup, depth: number): Constant | undefined {
  const { expression: callee } = node;
  if (!ts.isPropertyAccessExpression(callee) && !ts.isIdentifier(callee)) return undefined;
  const args = foldAll(node.arguments, lookup, depth);
  if (args === undefined) return undefined;
  const known = shortText(callee);
  if (Object.hasOwn(FUNCTIONS, known))
    return isMeant(callee, originOf(known), lookup) ? FUNCTIONS[known]?.(args) : undefined;
  if (!ts.isPropertyAccessExpression(callee)) return undefined;
  const method = callee.name.text;
  if (method === 'toString') {
    const bytes = bufferOf(callee.expression, lookup, depth);
    const [encoding = 'utf8'] = args;
    if (bytes !== null)
      return typeof encoding === 'string' && ENCODINGS.has(encoding)
        ? bytes.toString(encoding as BufferEncoding)
        : undefined;
  }
  const self = fold(callee.expression, lookup, depth);
  if (typeof self === 'string' && Object.hasOwn(STRING_METHODS, method)) return STRING_METHODS[method]?.(self, args);
  return Array.isArray(self) && Object.hasOwn(LIST_METHODS, method) ? LIST_METHODS[method]?.(self, args) : undefined;
}

function bufferOf(node: ts.Expression, lookup: Lookup, depth: number): Buffer | null {
  if (!ts.isCallExpression(node) && !ts.isNewExpression(node)) return null;
  if (!/^Buffer(?:\.from)?$/.test(shortText(node.expression)) || !isMeant(node.expression, 'global', lookup))
    return null;
  const args = foldAll(node.arguments ?? [], lookup, depth);
  return args === undefined ? null : decoded(args);
}

function foldElement(node: ts.ElementAccessExpression, lookup: Lookup, depth: number): Constant | undefined {
  const [self, at] = [fold(node.expression, lookup, depth), fold(node.argumentExpression, lookup, depth)];
  if (typeof at !== 'number') return undefined;
  return typeof self === 'string' || Array.isArray(self) ? (self[at] as Constant | undefined) : undefined;
}

function foldUrl(node: ts.NewExpression, lookup: Lookup, depth: number): string | undefined {
  if (shortText(node.expression) !== 'URL' || !isMeant(node.expression, 'global', lookup)) return undefined;
  const [path, base] = foldAll(node.arguments ?? [], lookup, depth) ?? [];
  if (typeof path !== 'string' || typeof base !== 'string' || !base.startsWith(ROOT_URL)) return undefined;
  return URL.canParse(path, base) ? decodeURI(new URL(path, base).href) : undefined;
}

const MAX_DEPTH = 200;

/** The value of an expression that never changes; undefined for every other. */
export function fold(node: ts.Node, lookup: Lookup, depth = 0): Constant | undefined {
  if (depth > MAX_DEPTH) return undefined;
  const inner = depth + 1;
  if (ts.isStringLiteralLike(node)) return node.text;
  if (ts.isNumericLiteral(node)) return Number(node.text);
  if (ts.isIdentifier(node)) return lookup.text(node);
  if (ts.isParenthesizedExpression(node) || ts.isAsExpression(node)) return fold(node.expression, lookup, inner);
  if (ts.isTemplateExpression(node)) {
    const parts = foldAll(
      node.templateSpans.map((span) => span.expression),
      lookup,
      inner,
    );
    return parts === undefined
      ? undefined
      : node.head.text + node.templateSpans.map((span, i) => `${parts[i]}${span.literal.text}`).join('');
  }
  if (ts.isBinaryExpression(node) && node.operatorToken.kind === ts.SyntaxKind.PlusToken)
    return foldSum(node, lookup, inner);
  if (ts.isArrayLiteralExpression(node)) return foldAll(node.elements, lookup, inner);
  if (ts.isCallExpression(node)) return foldCall(node, lookup, inner);
  if (ts.isNewExpression(node)) return foldUrl(node, lookup, inner);
  if (ts.isElementAccessExpression(node)) return foldElement(node, lookup, inner);
  return ts.isPropertyAccessExpression(node) ? foldMember(node, lookup, inner) : undefined;
}

function foldSum(node: ts.BinaryExpression, lookup: Lookup, depth: number): Constant | undefined {
  const [left, right] = [fold(node.left, lookup, depth), fold(node.right, lookup, depth)];
  if (left === undefined || right === undefined) return undefined;
  if (typeof left === 'number' && typeof right === 'number') return left + right;
  const text = `${left}${right}`;
  return text.length > MAX_LENGTH ? undefined : text;
}

/** `import.meta.url` and its like, and `href` of a URL. */
function foldMember(node: ts.PropertyAccessExpression, lookup: Lookup, depth: number): Constant | undefined {
  const name = node.name.text;
  if (ts.isMetaProperty(node.expression)) {
    const path = `${ROOT}/${node.getSourceFile().fileName}`;
    if (name === 'url') return `file://${path}`;
    if (name === 'filename') return path;
    return name === 'dirname' ? path.replace(/\/[^/]*$/, '') : undefined;
  }
  if (name !== 'href' && name !== 'pathname') return undefined;
  const url = fold(node.expression, lookup, depth);
  return typeof url === 'string' && url.startsWith(ROOT_URL)
    ? name === 'href'
      ? url
      : url.slice('file://'.length)
    : undefined;
}
