/** Types in the language's notation: for people, and to tell types apart that cannot be computed. */

import ts from '../compiler.cjs';

const MAX_SHOWN = 120;

/** A conditional type whose type parameters stand for something, which may be as large as one likes. */
function isFilledConditional(type: ts.Type): boolean {
  return (type.flags & ts.TypeFlags.Conditional) !== 0 && (type as { readonly mapper?: unknown }).mapper !== undefined;
}

/** What TypeScript leaves out of a type that is too long or too deep to print; not a rest or a spread. */
const ELIDED = /\.\.\.(?![\p{ID_Start}$_[({])|\/\*elided\*\//u;

/** At most so much of a type as fits beside a sentence. */
export function shortened(text: string): string {
  const line = text.replace(/\s+/g, ' ');
  // Not between the halves of a surrogate pair.
  return line.length <= MAX_SHOWN ? line : `${line.slice(0, MAX_SHOWN - 1).replace(/[\uD800-\uDBFF]$/, '')}…`;
}

export class TypeTexts {
  private readonly checker: ts.TypeChecker;
  private readonly texts = new Map<ts.Type, string>();

  constructor(checker: ts.TypeChecker) {
    this.checker = checker;
  }

  /**
   * True where the two read the same, whichever version each is of. Of types that cannot be computed that is all there
   * is to compare; what the names in them stand for is compared where it is declared.
   */
  readAlike(a: ts.Type, b: ts.Type): boolean {
    // TypeScript prints some conditional types for minutes, however little of it is asked for.
    if (isFilledConditional(a) || isFilledConditional(b)) return false;
    const [before, after] = [this.text(a), this.text(b)];
    return before === after && !ELIDED.test(before);
  }

  private text(type: ts.Type): string {
    let text = this.texts.get(type);
    if (text === undefined) {
      // Not in full: some types print for as long as one lets them. What is cut short is taken for another.
      const flags = ts.TypeFormatFlags.InTypeAlias | ts.TypeFormatFlags.UseFullyQualifiedType;
      text = this.checker.typeToString(type, undefined, flags).replace(/import\("[^"]*"\)\.?/g, '');
      this.texts.set(type, text);
    }
    return text;
  }

  /** In one line, shortened. */
  show(type: ts.Type): string {
    const flags =
      ts.TypeFormatFlags.UseAliasDefinedOutsideCurrentScope |
      ts.TypeFormatFlags.WriteArrowStyleSignature |
      ts.TypeFormatFlags.OmitParameterModifiers;
    // A namespace that contains itself has no end.
    if (type.symbol?.flags & ts.SymbolFlags.ValueModule)
      return `typeof ${type.symbol.name.replace(/^".*"$/, 'module')}`;
    return shortened(this.checker.typeToString(type, undefined, flags));
  }
}
