/**
 * What the language's own library declares, by name, and which of it a program can see: what the program names, what that names, and what the
 * checker asks for by itself. The rest need not be read: parsing the library is most of what the first assessment of a process takes.
 */

/** All of the library, or the names whose declarations are. */
export type Seen = ReadonlySet<string> | 'everything';

/** A declaration at the top of a library file, from its first word to the next one's. */
interface LibraryDeclaration {
  readonly name: string;
  readonly start: number;
  readonly end: number;
  /** True for a variable or function: as a type it is named behind `typeof` alone. */
  readonly isValue: boolean;
}

/** In these files nothing but a declaration begins a line with such a word; test/assess holds that against their syntax. */
const HEAD =
  /^(?:export |declare |abstract )*(interface|type|class|enum|namespace|module|var|let|const|function) +([\w$]+)/gm;
const VALUE = /^(?:var|let|const|function)$/;

/** A module adds to the library in a way of its own: it is one declaration, which is seen always. */
const MODULE = /^export \{\};$/m;
const SEEN_ALWAYS = '';

/** The declarations of a library file, in their order. */
export function declarationsOf(text: string): LibraryDeclaration[] {
  if (MODULE.test(text)) return [{ name: SEEN_ALWAYS, start: 0, end: text.length, isValue: false }];
  const heads = [...text.matchAll(HEAD)];
  return heads.map((head, i) => ({
    name: head[2] ?? '',
    start: head.index,
    end: heads[i + 1]?.index ?? text.length,
    isValue: VALUE.test(head[1] ?? ''),
  }));
}

/** A file of the library, with what it declares. */
export interface LibraryText {
  readonly text: string;
  readonly declarations: readonly LibraryDeclaration[];
}

/** The text without the declarations that are not seen. What stands before the first one are references to other files. */
export function textSeen({ text, declarations }: LibraryText, seen: Seen): string {
  if (seen === 'everything') return text;
  const kept = declarations.filter(({ name }) => seen.has(name));
  const head = text.slice(0, declarations[0]?.start ?? text.length);
  return head + kept.map(({ start, end }) => text.slice(start, end)).join('');
}

/** Stands for all globals at once. */
const GLOBAL_OBJECT = 'globalThis';

/** A word of a declaration; or a comment or string, in which words name nothing; or the object of all globals where one of them is asked of it. */
const WORD = new RegExp(
  [
    /\/\*[\s\S]*?\*\/|\/\/[^\n]*|"[^"\n]*"|'[^'\n]*'/,
    /\bglobalThis\.|\btypeof globalThis extends \{(?= Symbol: \{)/,
    /(typeof +)?\b[A-Za-z_$][\w$]*/,
  ]
    .map(({ source }) => source)
    .join('|'),
  'g',
);

/**
 * What the checker looks up by itself, whatever a program names: the arguments of its `getGlobalType` and the like, which test/assess
 * holds this against.
 */
export const CHECKER_NAMES: readonly string[] = (
  'Array AsyncDisposable AsyncGenerator AsyncIterable AsyncIterableIterator AsyncIterator AsyncIteratorObject Awaited BigInt Boolean ' +
  'CallableFunction ClassAccessorDecoratorContext ClassAccessorDecoratorResult ClassAccessorDecoratorTarget ClassDecoratorContext ' +
  'ClassFieldDecoratorContext ClassGetterDecoratorContext ClassMethodDecoratorContext ClassSetterDecoratorContext Disposable Extract ' +
  'Function Generator IArguments ImportAttributes ImportCallOptions ImportMeta Iterable IterableIterator Iterator IteratorObject ' +
  'IteratorReturnResult IteratorYieldResult NaN NewableFunction NoInfer NonNullable Number Object Omit Promise PromiseConstructorLike ' +
  'PromiseLike ReadonlyArray Record RegExp String Symbol SymbolConstructor TemplateStringsArray ThisType TypedPropertyDescriptor'
).split(' ');

/**
 * Before the checker can print `typeof Symbol.iterator`, it makes the types of all globals up to `Symbol`. The work of a pair is counted in types,
 * and must not depend on what was read: test/assess holds this against the library.
 */
export const BEFORE_SYMBOL: readonly string[] =
  'Infinity decodeURI decodeURIComponent encodeURI encodeURIComponent escape eval isFinite isNaN parseFloat parseInt unescape'.split(
    ' ',
  );

/** Small, and named by so many modules that an engine's next pair would read the file again for them. */
const OFTEN_NAMED =
  'ConstructorParameters Error ErrorConstructor Exclude InstanceType Map Parameters Partial Pick Readonly ReadonlyMap ReadonlySet Required ReturnType Set WeakMap WeakSet'.split(
    ' ',
  );

/** The declarations of some library files together. */
export class LibraryIndex {
  private readonly declarations = new Map<string, { readonly text: string; readonly at: LibraryDeclaration }[]>();
  private readonly values = new Set<string>();
  /** What the declarations of a name name, once it was asked for. */
  private readonly named = new Map<string, readonly string[]>();

  constructor(files: Iterable<LibraryText>) {
    const others = new Set<string>();
    for (const { text, declarations } of files) {
      for (const at of declarations) {
        const known = this.declarations.get(at.name);
        if (known === undefined) this.declarations.set(at.name, [{ text, at }]);
        else known.push({ text, at });
        (at.isValue ? this.values : others).add(at.name);
      }
    }
    for (const name of others) this.values.delete(name);
  }

  /** True for a name that a library file declares, and for the one of all globals together. */
  has(name: string): boolean {
    return name === GLOBAL_OBJECT || this.declarations.has(name);
  }

  /** True for the name of a variable or function that is no type's name as well. */
  isValue(name: string): boolean {
    return this.values.has(name);
  }

  /** What a program can see that names `names`. */
  seenBy(names: Iterable<string>): Seen {
    const seen = new Set<string>();
    const queue: string[] = [];
    const see = (name: string): void => {
      if (seen.has(name) || !this.has(name)) return;
      seen.add(name);
      queue.push(name);
    };
    for (const list of [[SEEN_ALWAYS], CHECKER_NAMES, BEFORE_SYMBOL, OFTEN_NAMED, names])
      for (const name of list) see(name);
    for (let name = queue.pop(); name !== undefined; name = queue.pop()) {
      if (name === GLOBAL_OBJECT) return 'everything';
      for (const next of this.namedBy(name)) see(next);
    }
    return seen;
  }

  /** What the declarations of a name name in turn. */
  namedBy(name: string): readonly string[] {
    const known = this.named.get(name);
    if (known !== undefined) return known;
    const found = new Set<string>();
    for (const { text, at } of this.declarations.get(name) ?? []) {
      for (const [match, typeOf] of text.slice(at.start, at.end).matchAll(WORD)) {
        const word = typeOf === undefined ? match : match.slice(typeOf.length);
        if (typeOf !== undefined || !this.values.has(word)) found.add(word);
      }
    }
    const list = [...found].filter((word) => this.has(word));
    this.named.set(name, list);
    return list;
  }
}
