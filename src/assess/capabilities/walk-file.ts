/** One file, looked through: what each expression may stand for, and what is done with it. Nothing is run. */

import ts from '../compiler.cjs';
import type { ParsedFile } from '../names/syntax-walk.js';
import type { Analysis } from './analysis.js';
import { fold, type Lookup, ROOT } from './constants.js';
import { copiesMembers } from './copying-functions.js';
import { ANYTHING, globalMember } from './powerful-things.js';
import { declaredNames, Scopes } from './scopes.js';
import {
  hasUseStrict,
  isCallable,
  isConstantKind,
  isDefault,
  isExported,
  isStatic,
  isSymbol,
  nameOf,
  withoutParentheses,
} from './syntax.js';
import { NodeSpot, type Spot } from './use-log.js';
import { NOTHING, one, onlyStrings, stringsOf, stringValue, type Thing, UNKNOWN, union, type Value } from './values.js';

const NUMBER = one('number');

/** The name of elements whose number is not known. */
const ANY_NUMBER = '#';

/** Arguments that a list of unknown length may stand for. */
const MAX_SPREAD = 16;

/** More strings than this are made by nobody who names something. */
const MAX_SUMS = 32;
const { SyntaxKind } = ts;

/** A function, a class, or what stands in the place of one. */
type Callable = ts.FunctionLikeDeclaration | ts.ClassLikeDeclaration;

const COMPARISONS: ReadonlySet<ts.SyntaxKind> = new Set([
  SyntaxKind.EqualsEqualsToken,
  SyntaxKind.EqualsEqualsEqualsToken,
  SyntaxKind.ExclamationEqualsToken,
  SyntaxKind.ExclamationEqualsEqualsToken,
  SyntaxKind.InstanceOfKeyword,
  SyntaxKind.InKeyword,
  SyntaxKind.LessThanToken,
  SyntaxKind.GreaterThanToken,
  SyntaxKind.LessThanEqualsToken,
  SyntaxKind.GreaterThanEqualsToken,
]);

const EITHER: ReadonlySet<ts.SyntaxKind> = new Set([
  SyntaxKind.BarBarToken,
  SyntaxKind.AmpersandAmpersandToken,
  SyntaxKind.QuestionQuestionToken,
]);

/** Methods of lists that hand each element to a function. */
const EACH = /^(?:forEach|map|flatMap|filter|find|findLast|some|every|findIndex)$/;
/** Methods of lists that give elements, or a list of them. */
const ELEMENTS = /^(?:pop|shift|at|slice|concat|reverse|values|filter|find|flat)$/;

/** Functions of Object that look at an object, and hand nothing of it on. */
const LOOKS = /^(?:keys|getOwnPropertyNames|getOwnPropertySymbols|hasOwn|is|isFrozen|isSealed|isExtensible)$/;
/** Functions of Object whose result has what their arguments have. */
const SAME = /^(?:assign|freeze|seal|create|preventExtensions|setPrototypeOf|fromEntries)$/;

/** One file of a version. */
export class FileWalk {
  readonly #analysis: Analysis;
  readonly #path: string;
  readonly #file: ts.SourceFile;
  readonly #scopes: Scopes;
  readonly #isModule: boolean;
  #memo = new Map<ts.Node, Value>();

  constructor(analysis: Analysis, path: string, { file }: ParsedFile) {
    this.#analysis = analysis;
    this.#path = path;
    this.#file = file;
    this.#scopes = new Scopes(path, file);
    this.#isModule = !analysis.isSloppy(path);
  }

  /** Looks through the whole file once. */
  walk(): void {
    this.#memo = new Map();
    for (const statement of this.#file.statements) this.#visit(statement);
  }

  #spot(node: ts.Node, what?: string): Spot {
    return new NodeSpot(node, what);
  }

  // Statements

  #visit = (node: ts.Node): void => {
    if (ts.isTypeNode(node) || ts.isInterfaceDeclaration(node) || ts.isTypeAliasDeclaration(node)) return;
    if (ts.isExpression(node) && !ts.isBindingElement(node)) {
      this.#value(node);
      return;
    }
    if (ts.isVariableDeclaration(node)) this.#variable(node);
    else if (ts.isFunctionDeclaration(node) || ts.isClassDeclaration(node)) this.#declaration(node);
    else if (ts.isImportDeclaration(node)) this.#import(node);
    else if (ts.isImportEqualsDeclaration(node)) this.#importEquals(node);
    else if (ts.isExportDeclaration(node)) this.#exportFrom(node);
    else if (ts.isExportAssignment(node))
      this.#export(node.isExportEquals === true ? '=' : 'default', this.#value(node.expression), node);
    else if (ts.isReturnStatement(node)) this.#return(node);
    else if (ts.isForOfStatement(node) || ts.isForInStatement(node)) this.#forEach(node);
    else if (ts.isThrowStatement(node)) this.#escape(this.#value(node.expression), node);
    else if (ts.isWithStatement(node)) this.#with(node);
    else ts.forEachChild(node, this.#visit);
  };

  #variable(node: ts.VariableDeclaration): void {
    const value = node.initializer === undefined ? NOTHING : this.#named(node.initializer, node.name);
    this.#bind(node.name, value);
    const statement = node.parent.parent;
    if (!ts.isVariableStatement(statement) || !isExported(statement)) return;
    for (const name of declaredNames(node.name)) this.#export(name.text, this.#read(name), node);
  }

  /** A value that gets a name with its declaration. */
  #named(node: ts.Expression, name: ts.BindingName): Value {
    const inner = withoutParentheses(node);
    if (ts.isIdentifier(name) && isCallable(inner)) this.#function(inner, name.text);
    return this.#value(node);
  }

  #declaration(node: ts.FunctionDeclaration | ts.ClassDeclaration): void {
    const value = this.#function(node, node.name?.text ?? null);
    if (node.name !== undefined) this.#store(node.name, value);
    if (isExported(node)) this.#export(isDefault(node) ? 'default' : (node.name?.text ?? 'default'), value, node);
  }

  #import(node: ts.ImportDeclaration): void {
    const { importClause, moduleSpecifier } = node;
    if (importClause?.phaseModifier === SyntaxKind.TypeKeyword || !ts.isStringLiteral(moduleSpecifier)) return;
    const loaded = this.#analysis.loadNamed(moduleSpecifier.text, this.#path, this.#spot(node, moduleSpecifier.text));
    if (importClause?.name !== undefined) this.#importName(importClause.name, 'default', loaded, node);
    const bindings = importClause?.namedBindings;
    if (bindings !== undefined && ts.isNamespaceImport(bindings)) this.#store(bindings.name, loaded);
    else if (bindings !== undefined) {
      for (const { isTypeOnly, name, propertyName } of bindings.elements)
        if (!isTypeOnly) this.#importName(name, (propertyName ?? name).text, loaded, node);
    }
  }

  #importName(name: ts.Identifier, imported: string, loaded: Value, node: ts.ImportDeclaration): void {
    const spot = this.#spot(node, `${(node.moduleSpecifier as ts.StringLiteral).text}: ${imported}`);
    this.#store(name, this.#analysis.member(loaded, [imported], spot));
  }

  #importEquals(node: ts.ImportEqualsDeclaration): void {
    if (node.isTypeOnly) return;
    const { moduleReference: reference } = node;
    if (!ts.isExternalModuleReference(reference)) return;
    this.#store(node.name, this.#analysis.load(this.#value(reference.expression), this.#path, this.#spot(reference)));
  }

  #exportFrom(node: ts.ExportDeclaration): void {
    if (node.isTypeOnly) return;
    const { moduleSpecifier, exportClause } = node;
    const from = moduleSpecifier !== undefined && ts.isStringLiteral(moduleSpecifier) ? moduleSpecifier.text : null;
    const loaded = from === null ? null : this.#analysis.loadNamed(from, this.#path, this.#spot(node, from));
    if (exportClause === undefined) {
      if (loaded !== null) this.#exportAll(loaded, node);
    } else if (ts.isNamespaceExport(exportClause)) {
      this.#export(exportClause.name.text, loaded ?? NOTHING, node);
    } else {
      for (const { isTypeOnly, name, propertyName } of exportClause.elements) {
        if (isTypeOnly) continue;
        const own = propertyName ?? name;
        const value =
          loaded !== null
            ? this.#analysis.member(loaded, [own.text], this.#spot(node, `${from}: ${own.text}`))
            : ts.isIdentifier(own)
              ? this.#read(own)
              : UNKNOWN;
        this.#export(name.text, value, node);
      }
    }
  }

  #exportAll(value: Value, node: ts.Node): void {
    this.#analysis.cells.add(`star:${this.#path}`, value);
    if (this.#analysis.reached.isEntry(this.#path)) this.#escape(value, node);
  }

  #export(name: string, value: Value, node: ts.Node): void {
    this.#exportOf(this.#path, name, value, node);
  }

  #exportOf(path: string, name: string, value: Value, node: ts.Node): void {
    this.#analysis.cells.add(`e:${path}\0${name}`, value);
    if (this.#analysis.reached.isEntry(path))
      this.#escape(new Set([...value].filter((thing) => thing !== `file:${path}`)), node);
  }

  #return(node: ts.ReturnStatement): void {
    const value = node.expression === undefined ? NOTHING : this.#value(node.expression);
    let at: ts.Node = node.parent;
    while (!ts.isFunctionLike(at) && !ts.isSourceFile(at)) at = at.parent;
    if (!ts.isSourceFile(at)) this.#returns(at, value);
  }

  #returns(node: ts.Node, value: Value): void {
    this.#analysis.cells.add(`r:${this.#idOf(node)}`, value);
    // What a getter gives is read as a member.
    if (ts.isGetAccessorDeclaration(node)) this.#keep(nameOf(node.name), value, node);
  }

  #forEach(node: ts.ForOfStatement | ts.ForInStatement): void {
    const list = this.#value(node.expression);
    const each = ts.isForInStatement(node) ? UNKNOWN : this.#elements(list, node.expression);
    if (ts.isVariableDeclarationList(node.initializer)) {
      for (const { name } of node.initializer.declarations) this.#bind(name, each);
    } else this.#assign(node.initializer, each);
    this.#visit(node.statement);
  }

  /** What a list has in it. */
  #elements(list: Value, node: ts.Node): Value {
    const cells = [...list]
      .filter((thing) => thing.startsWith('obj:'))
      .map((thing) => this.#analysis.cells.get(`in:${thing}`));
    const others = new Set([...list].filter((thing) => !thing.startsWith('obj:')));
    if (others.size > 0) this.#escape(others, node);
    const unknown = union(UNKNOWN, this.#analysis.cells.get(`p:${ANY_NUMBER}`));
    return union(...cells, others.size > 0 || list.size === 0 ? unknown : NOTHING);
  }

  #with(node: ts.WithStatement): void {
    this.#escape(this.#value(node.expression), node);
    this.#analysis.undetermined(['code'], this.#spot(node, 'with'));
    this.#visit(node.statement);
  }

  // Names

  /** Lets the names of a pattern be what a value gives them. */
  #bind(name: ts.BindingName, value: Value): void {
    if (ts.isIdentifier(name)) {
      this.#store(name, value);
      return;
    }
    name.elements.forEach((element, at) => {
      if (ts.isOmittedExpression(element)) return;
      const names = ts.isObjectBindingPattern(name) ? this.#propertyNames(element) : [String(at)];
      const own =
        element.dotDotDotToken !== undefined ? value : this.#analysis.member(value, names, this.#spot(element));
      const other = element.initializer === undefined ? NOTHING : this.#named(element.initializer, element.name);
      this.#bind(element.name, union(own, other));
    });
  }

  #propertyNames({ propertyName, name }: ts.BindingElement): readonly string[] | null {
    if (propertyName === undefined) return ts.isIdentifier(name) ? [name.text] : null;
    return ts.isComputedPropertyName(propertyName)
      ? onlyStrings(this.#value(propertyName.expression))
      : [nameOf(propertyName)];
  }

  #store(name: ts.Identifier, value: Value): void {
    const binding = this.#scopes.resolve(name, name.text);
    if (binding !== null) this.#analysis.cells.add(binding, value);
    else if (name.text === 'exports' && !this.#isModule) this.#export('=', value, name);
    else {
      // Whoever takes the place of a global function meets what others give it.
      this.#global(name);
      this.#keep(name.text, value, name);
    }
  }

  #read(node: ts.Identifier): Value {
    const binding = this.#scopes.resolve(node, node.text);
    return binding === null ? this.#global(node) : this.#analysis.cells.get(binding);
  }

  #global(node: ts.Identifier): Value {
    const { text } = node;
    if (text === 'undefined' || text === 'NaN' || text === 'Infinity') return NOTHING;
    if (text === 'require') return one('require');
    if (text === 'module') return one(`module:${this.#path}`);
    if (text === 'exports' && !this.#isModule)
      return union(one(`file:${this.#path}`), this.#analysis.cells.get(`e:${this.#path}\0=`));
    if (text === '__filename') return stringValue(`${ROOT}/${this.#path}`);
    if (text === '__dirname') return stringValue(`${ROOT}/${this.#path}`.replace(/\/[^/]*$/, ''));
    if (text === 'arguments') return this.#arguments(node);
    const gives = globalMember(text);
    if (gives === null) return union(UNKNOWN, this.#analysis.cells.get(`p:${text}`));
    if ('thing' in gives) return one(gives.thing);
    this.#analysis.uses.present(gives, this.#spot(node));
    return UNKNOWN;
  }

  /** Once a function has asked for `arguments`, what it is called with goes out of sight there. */
  #arguments(node: ts.Node): Value {
    let at = node.parent;
    while (at !== undefined && (ts.isArrowFunction(at) || !ts.isFunctionLike(at))) at = at.parent;
    if (at !== undefined) this.#escape(this.#analysis.cells.get(`args:${this.#idOf(at)}`), node);
    return UNKNOWN;
  }

  #keep(name: string | null, value: Value, node: ts.Node): void {
    if (name === null) this.#escape(value, node);
    else this.#analysis.keep(name, value, this.#spot(node));
  }

  #escape(value: Value, node: ts.Node): void {
    this.#analysis.escape(value, this.#spot(node));
  }

  // Expressions

  #value(node: ts.Expression): Value {
    const known = this.#memo.get(node);
    if (known !== undefined) return known;
    this.#analysis.steps += 1;
    const value = this.#evaluate(node);
    this.#memo.set(node, value);
    return value;
  }

  readonly #lookup: Lookup = {
    text: (name) => {
      const [text, ...more] = onlyStrings(this.#read(name)) ?? [];
      return more.length === 0 ? text : undefined;
    },
    means: (name, what) => {
      const binding = this.#scopes.resolve(name, name.text);
      if (what === 'global') return binding === null && this.#analysis.cells.get(`p:${name.text}`).size === 0;
      const value = binding === null ? this.#global(name) : this.#analysis.cells.get(binding);
      return value.size === 1 && value.has(what);
    },
  };

  #constant(node: ts.Expression): Value | null {
    const value = fold(node, this.#lookup);
    if (typeof value === 'number') return NUMBER;
    return typeof value === 'string' ? stringValue(value) : null;
  }

  #evaluate(node: ts.Expression): Value {
    if (ts.isIdentifier(node)) return this.#read(node);
    if (ts.isStringLiteralLike(node)) return stringValue(node.text);
    if (ts.isNumericLiteral(node)) return NUMBER;
    if (isCallable(node)) return this.#function(node, null);
    if (ts.isPropertyAccessExpression(node) || ts.isElementAccessExpression(node)) return this.#access(node);
    if (ts.isCallExpression(node) || ts.isNewExpression(node)) return this.#call(node);
    if (ts.isBinaryExpression(node)) return this.#binary(node);
    if (ts.isConditionalExpression(node)) {
      this.#value(node.condition);
      return union(this.#value(node.whenTrue), this.#value(node.whenFalse));
    }
    if (ts.isObjectLiteralExpression(node)) return this.#object(node);
    if (ts.isArrayLiteralExpression(node)) return this.#array(node);
    if (node.kind === SyntaxKind.ThisKeyword) return this.#this(node);
    return this.#wrapped(node);
  }

  /** Expressions that have one other inside. */
  #wrapped(node: ts.Expression): Value {
    if (
      ts.isParenthesizedExpression(node) ||
      ts.isAsExpression(node) ||
      ts.isSatisfiesExpression(node) ||
      ts.isNonNullExpression(node) ||
      ts.isTypeAssertionExpression(node) ||
      ts.isAwaitExpression(node)
    )
      return this.#value(node.expression);
    const operated = this.#operation(node);
    if (operated !== null) return operated;
    if (ts.isTemplateExpression(node)) {
      for (const { expression } of node.templateSpans) this.#value(expression);
      return this.#constant(node) ?? UNKNOWN;
    }
    if (ts.isTaggedTemplateExpression(node)) return this.#tagged(node);
    if (ts.isYieldExpression(node)) {
      if (node.expression !== undefined) this.#escape(this.#value(node.expression), node);
      return UNKNOWN;
    }
    if (isConstantKind(node)) return UNKNOWN;
    // Whatever else there is: what is inside goes where it cannot be followed.
    ts.forEachChild(node, (child) => {
      if (ts.isExpression(child)) this.#escape(this.#value(child), child);
      else this.#visit(child);
    });
    return UNKNOWN;
  }

  /** Operators with one operand; null for every other expression. */
  #operation(node: ts.Expression): Value | null {
    if (ts.isTypeOfExpression(node)) {
      // Whether a name is there is asked before it is used.
      const asked = withoutParentheses(node.expression);
      if (ts.isPropertyAccessExpression(asked)) this.#value(asked.expression);
      else if (!ts.isIdentifier(asked)) this.#value(asked);
      return UNKNOWN;
    }
    if (ts.isDeleteExpression(node)) {
      const target = withoutParentheses(node.expression);
      if (ts.isElementAccessExpression(target)) this.#parts(target);
      else if (ts.isPropertyAccessExpression(target)) this.#value(target.expression);
      return UNKNOWN;
    }
    if (ts.isVoidExpression(node)) {
      this.#value(node.expression);
      return NOTHING;
    }
    if (ts.isPrefixUnaryExpression(node) || ts.isPostfixUnaryExpression(node)) {
      this.#value(node.operand);
      const counts = [SyntaxKind.PlusPlusToken, SyntaxKind.MinusMinusToken].includes(node.operator);
      if (counts) this.#assign(node.operand, NUMBER);
      return node.operator === SyntaxKind.ExclamationToken ? UNKNOWN : NUMBER;
    }
    return null;
  }

  #parts({ expression, argumentExpression }: ts.ElementAccessExpression): void {
    this.#value(expression);
    this.#value(argumentExpression);
  }

  #access(node: ts.PropertyAccessExpression | ts.ElementAccessExpression): Value {
    const self = this.#value(node.expression);
    if (ts.isPropertyAccessExpression(node)) {
      if (ts.isMetaProperty(node.expression)) return this.#constant(node) ?? UNKNOWN;
      return this.#analysis.member(self, [node.name.text], this.#spot(node));
    }
    const constant = this.#constant(node);
    const key = this.#value(node.argumentExpression);
    if (constant !== null) return constant;
    return this.#keyed(self, key, node);
  }

  #isSymbol(node: ts.Expression): boolean {
    return (
      isSymbol(node) && this.#scopes.resolve(node, 'Symbol') === null && this.#analysis.cells.get('p:Symbol').size === 0
    );
  }

  #keyed(self: Value, key: Value, node: ts.ElementAccessExpression): Value {
    const argument = withoutParentheses(node.argumentExpression);
    if (this.#isSymbol(argument)) return UNKNOWN;
    if (key.size > 0 && [...key].every((thing) => thing === 'number')) return this.#numbered(self, node);
    return this.#analysis.member(self, onlyStrings(key), this.#spot(node));
  }

  /** An element by its number, which is the name of nothing that gives anything. */
  #numbered(self: Value, node: ts.ElementAccessExpression): Value {
    const at = fold(node.argumentExpression, this.#lookup);
    const own = new Set([...self].filter((thing) => thing.startsWith('obj:')));
    const modules = new Set([...self].filter((thing) => thing === 'foreign-module'));
    const { cells } = this.#analysis;
    const kept = union(UNKNOWN, modules, cells.get(`p:${ANY_NUMBER}`));
    if (typeof at === 'number') return union(kept, this.#analysis.member(own, [String(at)], this.#spot(node)));
    return union(kept, ...[...own].map((thing) => cells.get(`in:${thing}`)));
  }

  #binary(node: ts.BinaryExpression): Value {
    const { kind } = node.operatorToken;
    if (kind >= SyntaxKind.FirstAssignment && kind <= SyntaxKind.LastAssignment) return this.#assignment(node);
    if (EITHER.has(kind)) return union(this.#value(node.left), this.#value(node.right));
    const left = this.#operand(node.left, kind);
    const right = this.#operand(node.right, kind);
    if (kind === SyntaxKind.CommaToken) return right;
    if (COMPARISONS.has(kind)) return UNKNOWN;
    if (kind !== SyntaxKind.PlusToken) return NUMBER;
    if (isNumber(left) && isNumber(right)) return NUMBER;
    return this.#sum(node, left, right);
  }

  /** A name that is only compared is not used. */
  #operand(node: ts.Expression, kind: ts.SyntaxKind): Value {
    return COMPARISONS.has(kind) && ts.isIdentifier(node) ? UNKNOWN : this.#value(node);
  }

  #sum(node: ts.BinaryExpression, left: Value, right: Value): Value {
    const [before, after] = [onlyStrings(left), onlyStrings(right)];
    if (before === null || after === null) return this.#constant(node) ?? UNKNOWN;
    if (before.length * after.length > MAX_SUMS) return UNKNOWN;
    return union(...before.flatMap((a) => after.map((b) => stringValue(a + b))));
  }

  #assignment(node: ts.BinaryExpression): Value {
    const { left, right } = node;
    const { kind } = node.operatorToken;
    if (kind === SyntaxKind.EqualsToken) {
      const copied = this.#copied(left, right);
      if (copied !== null) return copied;
      const value = ts.isIdentifier(left) ? this.#named(right, left) : this.#value(right);
      this.#assign(left, value);
      return value;
    }
    const value = this.#value(right);
    const before = this.#value(left);
    if (kind === SyntaxKind.PlusEqualsToken) {
      const sum = isNumber(value) && isNumber(before) ? NUMBER : this.#sum(node, before, value);
      this.#assign(left, before.size === 0 ? UNKNOWN : sum);
      return sum;
    }
    const isLogical = kind >= SyntaxKind.BarBarEqualsToken && kind <= SyntaxKind.QuestionQuestionEqualsToken;
    this.#assign(left, isLogical ? value : NUMBER);
    return isLogical ? union(value, before) : NUMBER;
  }

  /** `to[key] = from[key]` makes of one what the other is. */
  #copied(left: ts.Expression, right: ts.Expression): Value | null {
    const from = withoutParentheses(right);
    if (!ts.isElementAccessExpression(left) || !ts.isElementAccessExpression(from)) return null;
    const [key, same] = [left.argumentExpression, from.argumentExpression];
    if (!ts.isIdentifier(key) || !ts.isIdentifier(same) || key.text !== same.text) return null;
    const value = this.#value(from.expression);
    const target = this.#value(left.expression);
    if (target.has(`file:${this.#path}`)) this.#exportAll(value, left);
    else if (ts.isIdentifier(left.expression)) this.#store(left.expression, value);
    else this.#escape(value, left);
    this.#value(key);
    return UNKNOWN;
  }

  /** Puts a value where an expression says. */
  #assign(target: ts.Node, value: Value): void {
    if (ts.isIdentifier(target)) this.#store(target, value);
    else if (ts.isParenthesizedExpression(target) || ts.isAsExpression(target) || ts.isNonNullExpression(target))
      this.#assign(target.expression, value);
    else if (ts.isPropertyAccessExpression(target)) this.#put(target, [target.name.text], value);
    else if (ts.isElementAccessExpression(target)) {
      const key = this.#value(target.argumentExpression);
      const isNumbered = key.size > 0 && [...key].every((thing) => thing === 'number');
      this.#put(target, isNumbered ? [ANY_NUMBER] : onlyStrings(key), value);
    } else if (ts.isObjectLiteralExpression(target)) {
      for (const property of target.properties) this.#assignProperty(property, value);
    } else if (ts.isArrayLiteralExpression(target)) {
      target.elements.forEach((element, at) => {
        if (ts.isSpreadElement(element)) this.#assign(element.expression, value);
        else if (!ts.isOmittedExpression(element))
          this.#assign(element, this.#analysis.member(value, [String(at)], this.#spot(element)));
      });
    } else if (ts.isBinaryExpression(target)) {
      this.#assign(target.left, union(value, this.#value(target.right)));
    }
  }

  #assignProperty(property: ts.ObjectLiteralElementLike, value: Value): void {
    const member = (names: readonly string[] | null): Value =>
      this.#analysis.member(value, names, this.#spot(property));
    if (ts.isShorthandPropertyAssignment(property)) this.#assign(property.name, member([property.name.text]));
    else if (ts.isPropertyAssignment(property)) {
      const { name } = property;
      const names = ts.isComputedPropertyName(name) ? onlyStrings(this.#value(name.expression)) : [nameOf(name)];
      this.#assign(property.initializer, member(names));
    } else if (ts.isSpreadAssignment(property)) this.#assign(property.expression, value);
  }

  #put(
    target: ts.PropertyAccessExpression | ts.ElementAccessExpression,
    names: readonly string[] | null,
    value: Value,
  ): void {
    const self = this.#value(target.expression);
    if (names?.includes('__proto__') === true) this.#escape(value, target);
    for (const thing of self) {
      if (thing.startsWith('file:') && names !== null) {
        for (const name of names) this.#exportOf(thing.slice('file:'.length), name, value, target);
      } else if (thing === `module:${this.#path}` && names?.includes('exports') === true)
        this.#export('=', value, target);
      else if (names === null) this.#escape(value, target);
      else {
        this.#inside(thing, value);
        for (const name of names) this.#keep(name, value, target);
      }
    }
    if (self.size === 0) for (const name of names ?? [null]) this.#keep(name, value, target);
    // Taking the place of what gives something is to reach it.
    const replaced = new Set(
      [...self].filter((thing) => !thing.startsWith('file:') && !thing.startsWith('module:') && thing !== 'Object'),
    );
    if (names !== null && replaced.size > 0) this.#analysis.member(replaced, names, this.#spot(target));
    else if (names === null)
      this.#analysis.member(
        new Set([...replaced].filter((thing) => !/^(?:fn|obj):|^(?:computed|unknown)$/.test(thing))),
        null,
        this.#spot(target),
      );
  }

  #inside(thing: Thing, value: Value): void {
    if (thing.startsWith('obj:')) this.#analysis.cells.add(`in:${thing}`, value);
  }

  // Literals

  #object(node: ts.ObjectLiteralExpression): Value {
    const thing = `obj:${this.#path}:${node.pos}`;
    for (const property of node.properties) {
      if (ts.isSpreadAssignment(property)) {
        this.#analysis.cells.add(`spread:${thing}`, this.#value(property.expression));
        continue;
      }
      const name = property.name === undefined ? null : this.#propertyName(property.name);
      const value = this.#propertyValue(property);
      if (name === '__proto__') this.#analysis.cells.add(`spread:${thing}`, value);
      this.#inside(thing, value);
      this.#keep(name, value, property);
    }
    return one(thing);
  }

  #propertyName(name: ts.PropertyName): string | null {
    if (!ts.isComputedPropertyName(name)) return nameOf(name);
    const [text, ...more] = onlyStrings(this.#value(name.expression)) ?? [];
    return more.length === 0 ? (text ?? null) : null;
  }

  #propertyValue(property: Exclude<ts.ObjectLiteralElementLike, ts.SpreadAssignment>): Value {
    if (ts.isPropertyAssignment(property)) return this.#value(property.initializer);
    if (ts.isShorthandPropertyAssignment(property)) return this.#read(property.name);
    const value = this.#function(property, null);
    return ts.isGetAccessorDeclaration(property) ? this.#analysis.cells.get(`r:${this.#idOf(property)}`) : value;
  }

  #array(node: ts.ArrayLiteralExpression): Value {
    const thing = `obj:${this.#path}:${node.pos}`;
    node.elements.forEach((element, at) => {
      if (ts.isOmittedExpression(element)) return;
      const value = ts.isSpreadElement(element)
        ? this.#elements(this.#value(element.expression), element)
        : this.#value(element);
      this.#inside(thing, value);
      this.#keep(String(at), value, element);
    });
    return one(thing);
  }

  // Functions

  #idOf(node: ts.Node): Thing {
    return `fn:${this.#path}:${node.pos}:${node.kind}`;
  }

  #function(node: Callable, name: string | null): Value {
    const id = this.#idOf(node);
    if (this.#memo.has(node)) return one(id);
    this.#memo.set(node, one(id));
    const parameters = ts.isClassLike(node)
      ? (node.members.find(ts.isConstructorDeclaration)?.parameters ?? [])
      : node.parameters;
    this.#analysis.functions.set(id, {
      bind: (args, self) => this.#bindArguments(id, parameters, args, self),
      copies: copiesMembers(node, node.name !== undefined && ts.isIdentifier(node.name) ? node.name.text : name),
    });
    if (ts.isClassLike(node)) this.#class(node);
    else this.#body(node, id);
    const own = node.name;
    if ((ts.isFunctionExpression(node) || ts.isClassExpression(node)) && own !== undefined && ts.isIdentifier(own))
      this.#store(own, one(id));
    return one(id);
  }

  #body(node: ts.FunctionLikeDeclaration, id: Thing): void {
    const isOpen = this.#analysis.cells.get(`open:${id}`).size > 0;
    for (const parameter of node.parameters) {
      const other = parameter.initializer === undefined ? NOTHING : this.#value(parameter.initializer);
      this.#bind(parameter.name, union(other, isOpen ? UNKNOWN : NOTHING));
    }
    const { body } = node;
    if (body === undefined) return;
    if (ts.isBlock(body)) this.#visit(body);
    else this.#returns(node, this.#value(body));
  }

  #class(node: ts.ClassLikeDeclaration): void {
    for (const { expression } of (node.heritageClauses ?? []).flatMap(({ types }) => types)) {
      if (this.#value(expression).has('Function')) this.#analysis.uses.present(['code'], this.#spot(expression));
    }
    for (const member of node.members) {
      if (ts.isClassStaticBlockDeclaration(member)) this.#visit(member.body);
      else if (ts.isPropertyDeclaration(member)) {
        const value = member.initializer === undefined ? NOTHING : this.#value(member.initializer);
        if (member.initializer !== undefined) this.#keep(this.#propertyName(member.name), value, member);
      } else if (ts.isMethodDeclaration(member) || ts.isAccessor(member)) {
        const value = this.#function(member, null);
        this.#keep(this.#propertyName(member.name), value, member);
      } else if (ts.isConstructorDeclaration(member)) {
        const id = this.#idOf(member);
        if (this.#analysis.cells.get(`open:${this.#idOf(node)}`).size > 0)
          this.#analysis.cells.add(`open:${id}`, UNKNOWN);
        this.#body(member, id);
      }
    }
  }

  #bindArguments(
    id: Thing,
    parameters: readonly ts.ParameterDeclaration[],
    args: readonly Value[],
    self: Value | null,
  ): void {
    parameters.forEach((parameter, at) => {
      if (parameter.dotDotDotToken === undefined) this.#bind(parameter.name, args[at] ?? NOTHING);
      else {
        const rest = union(...args.slice(at));
        this.#escape(rest, parameter);
        this.#bind(parameter.name, UNKNOWN);
      }
    });
    this.#analysis.cells.add(`args:${id}`, union(...args));
    if (self !== null) this.#analysis.cells.add(`this:${id}`, self);
  }

  #this(node: ts.Node): Value {
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
    if (ts.isSourceFile(at)) return this.#isModule ? NOTHING : one(`file:${this.#path}`);
    if (isStatic(at)) return one(this.#idOf(at.parent));
    if (ts.isPropertyDeclaration(at) || ts.isClassLike(at.parent)) return one('self');
    const self = this.#analysis.cells.get(`this:${this.#idOf(at)}`);
    if (this.#isStrict(at)) return union(one('self'), new Set([...self].filter((thing) => thing !== 'global')));
    return union(one('maybe-global'), self);
  }

  #isStrict(node: ts.Node): boolean {
    if (this.#isModule) return true;
    for (let at: ts.Node | undefined = node; at !== undefined; at = at.parent) {
      if (ts.isClassLike(at)) return true;
      const body = ts.isSourceFile(at)
        ? at
        : ts.isFunctionLike(at)
          ? (at as ts.FunctionLikeDeclaration).body
          : undefined;
      if (body !== undefined && (ts.isSourceFile(body) || ts.isBlock(body)) && hasUseStrict(body)) return true;
    }
    return false;
  }

  // Calls

  #argumentsOf(node: ts.CallExpression | ts.NewExpression): Value[] {
    const given: readonly ts.Expression[] = node.arguments ?? [];
    const values = given.map((argument) =>
      ts.isSpreadElement(argument) ? this.#elements(this.#value(argument.expression), argument) : this.#value(argument),
    );
    return given.some(ts.isSpreadElement) ? anyOf(union(...values)) : values;
  }

  #call(node: ts.CallExpression | ts.NewExpression): Value {
    const callee = withoutParentheses(node.expression);
    const spot = this.#spot(node);
    if (callee.kind === SyntaxKind.ImportKeyword) {
      const [specifier = NOTHING] = this.#argumentsOf(node);
      return this.#analysis.load(specifier, this.#path, spot);
    }
    if (callee.kind === SyntaxKind.SuperKeyword) {
      for (const value of this.#argumentsOf(node)) this.#escape(value, node);
      return UNKNOWN;
    }
    if (ts.isPropertyAccessExpression(callee)) {
      const special = this.#methodCall(node, callee, spot);
      if (special !== null) return special;
    }
    const target = this.#value(callee);
    if (this.#isTwiceComputed(callee)) this.#analysis.undetermined(['code'], spot);
    const args = this.#argumentsOf(node);
    const constant = this.#constant(node);
    if (constant !== null) return constant;
    if (target.has('createRequire')) return this.#createRequire(node, args);
    // Called by itself, a function of sloppy code has the global object for `this`.
    const isPlain =
      !ts.isNewExpression(node) && !ts.isPropertyAccessExpression(callee) && !ts.isElementAccessExpression(callee);
    const result = this.#analysis.call(target, args, isPlain ? one('global') : null, this.#path, spot);
    this.#afterCall(node, target, args);
    return ts.isNewExpression(node) ? union(UNKNOWN, result) : result;
  }

  /** `x[a][b](…)` is Function where the names are `at` and `constructor`: code that hides what it does looks like this. */
  #isTwiceComputed(callee: ts.Expression): boolean {
    const isComputed = (node: ts.Expression): node is ts.ElementAccessExpression => {
      if (!ts.isElementAccessExpression(node) || this.#isSymbol(node.argumentExpression)) return false;
      const key = this.#value(node.argumentExpression);
      return onlyStrings(key) === null && !isNumber(key);
    };
    return isComputed(callee) && isComputed(withoutParentheses(callee.expression));
  }

  /** What some functions do beside what they give. */
  #afterCall(node: ts.CallExpression | ts.NewExpression, target: Value, args: readonly Value[]): void {
    if (target.has('Worker') && /\beval\s*:\s*(?!false\b)/.test(node.getText(this.#file)))
      this.#analysis.uses.present(['code'], this.#spot(node));
    const copies = [...target].some(
      (thing) => thing === 'helpers' || this.#analysis.functions.get(thing)?.copies === true,
    );
    if (copies && args.some((arg) => arg.has(`file:${this.#path}`))) {
      const others = args.map((arg) => new Set([...arg].filter((thing) => thing !== `file:${this.#path}`)));
      this.#exportAll(union(...others), node);
    }
  }

  #createRequire(node: ts.CallExpression | ts.NewExpression, args: readonly Value[]): Value {
    const [place = NOTHING] = args;
    const here = stringsOf(place).some((text) => text.endsWith(`${ROOT}/${this.#path}`));
    this.#value(node.expression);
    return one(here ? 'require' : 'require-elsewhere');
  }

  /** Methods that are known by their name and by what they are called on; null for every other call. */
  #methodCall(
    node: ts.CallExpression | ts.NewExpression,
    callee: ts.PropertyAccessExpression,
    spot: Spot,
  ): Value | null {
    const self = this.#value(callee.expression);
    const name = callee.name.text;
    if ((self.has('Object') || self.has('Reflect')) && name !== 'constructor') return this.#ofObject(node, name, spot);
    if (name === 'call' || name === 'apply' || name === 'bind') return this.#indirect(node, callee, name, self, spot);
    if (name === 'then' || name === 'catch' || name === 'finally') return this.#settled(node, self);
    const lists = new Set([...self].filter((thing) => thing.startsWith('obj:')));
    if (lists.size === 0 || !(EACH.test(name) || ELEMENTS.test(name))) return null;
    const constant = this.#constant(node);
    if (constant !== null) return constant;
    const elements = this.#elements(lists, node);
    const args = this.#argumentsOf(node);
    const each = EACH.test(name) ? args.slice(0, 1) : [];
    const found = each.map((value) => this.#analysis.call(value, [elements, NUMBER, UNKNOWN], null, this.#path, spot));
    for (const value of args.slice(each.length)) this.#escape(value, node);
    if (name !== 'forEach') this.#escape(union(...found), node);
    return ELEMENTS.test(name) ? union(UNKNOWN, lists, elements) : UNKNOWN;
  }

  /** `import('fs').then((fs) => …)`: a promise of the module's own is taken for what it promises. */
  #settled(node: ts.CallExpression | ts.NewExpression, self: Value): Value {
    const args = this.#argumentsOf(node);
    const found = args.map((value) => this.#analysis.call(value, [self], null, this.#path, this.#spot(node)));
    for (const value of args)
      for (const thing of value) if (thing.startsWith('fn:')) this.#analysis.cells.add(`open:${thing}`, UNKNOWN);
    return union(UNKNOWN, self, ...found);
  }

  #indirect(
    node: ts.CallExpression | ts.NewExpression,
    callee: ts.PropertyAccessExpression,
    how: string,
    target: Value,
    spot: Spot,
  ): Value {
    const [self = UNKNOWN, ...given] = this.#argumentsOf(node);
    const isNobody = self.size === 0 || node.arguments?.[0]?.kind === SyntaxKind.NullKeyword;
    const method = withoutParentheses(callee.expression);
    const owner = ts.isPropertyAccessExpression(method) ? this.#value(method.expression) : NOTHING;
    if (![...target].every((thing) => thing.startsWith('fn:'))) {
      this.#escape(new Set([...self].filter((thing) => !owner.has(thing))), node);
    }
    const args = how === 'apply' ? given.flatMap((list) => anyOf(this.#elements(list, node))) : given;
    // What is bound to nothing but its `this` is what it was.
    const functions = new Set(
      [...target].filter((thing) => how !== 'bind' || args.length > 0 || thing.startsWith('fn:')),
    );
    const called = this.#analysis.call(functions, args, isNobody ? one('global') : self, this.#path, spot);
    if (how !== 'bind') return called;
    const isOwn = [...target].some((thing) => thing.startsWith('fn:'));
    return isOwn || args.length === 0 ? union(target, called) : union(UNKNOWN, called);
  }

  #ofObject(node: ts.CallExpression | ts.NewExpression, name: string, spot: Spot): Value {
    const args = this.#argumentsOf(node);
    const [first = NOTHING, second = NOTHING, third = NOTHING] = args;
    if (LOOKS.test(name)) return UNKNOWN;
    if (SAME.test(name)) return this.#copiedInto(node, args);
    if (name === 'get') return this.#analysis.member(first, onlyStrings(second), spot);
    if (name === 'getOwnPropertyDescriptor') return this.#described(first, second, spot);
    if (name === 'getPrototypeOf')
      return [...first].some((thing) => thing.startsWith('fn:')) ? one('Function.prototype') : union(UNKNOWN, first);
    if (name === 'defineProperty' || name === 'defineProperties')
      return this.#defined(node, first, second, third, spot);
    if (name === 'apply' || name === 'construct') {
      const list = name === 'apply' ? third : second;
      return this.#analysis.call(first, anyOf(this.#elements(list, node)), one('global'), this.#path, spot);
    }
    for (const value of args) this.#escape(value, node);
    return UNKNOWN;
  }

  /** `Object.assign(to, …)` and its like: what is returned, and the first argument, have what the others have. */
  #copiedInto(node: ts.CallExpression | ts.NewExpression, args: readonly Value[]): Value {
    const [to = NOTHING, ...others] = args;
    const target = node.arguments?.[0];
    if (to.has(`file:${this.#path}`)) this.#exportAll(union(...others), node);
    else if (target !== undefined && ts.isIdentifier(target)) this.#store(target, union(...args));
    else if (to.size > 0 && [...to].every((thing) => thing.startsWith('obj:'))) {
      for (const thing of to) this.#analysis.cells.add(`spread:${thing}`, union(...others));
    } else this.#escape(union(...others), node);
    return union(...args, UNKNOWN);
  }

  #described(self: Value, key: Value, spot: Spot): Value {
    const value = this.#analysis.member(self, onlyStrings(key), spot);
    for (const name of ['value', 'get']) this.#analysis.keep(name, value, spot);
    return UNKNOWN;
  }

  /** `Object.defineProperty(exports, 'name', { get() { … } })`. */
  #defined(node: ts.Node, self: Value, key: Value, descriptor: Value, spot: Spot): Value {
    const returned = [...this.#analysis.member(descriptor, ['get'], spot)].map((thing) =>
      this.#analysis.cells.get(`r:${thing}`),
    );
    const value = union(...returned, this.#analysis.member(descriptor, ['value'], spot));
    const names = onlyStrings(key);
    for (const thing of self) {
      if (!thing.startsWith('file:')) continue;
      if (names === null) this.#escape(value, node);
      else for (const name of names) this.#exportOf(thing.slice('file:'.length), name, value, node);
    }
    for (const name of names ?? []) this.#analysis.keep(name, value, spot);
    return self;
  }

  #tagged(node: ts.TaggedTemplateExpression): Value {
    const args = ts.isTemplateExpression(node.template)
      ? node.template.templateSpans.map(({ expression }) => this.#value(expression))
      : [];
    return this.#analysis.call(this.#value(node.tag), [UNKNOWN, ...args], one('global'), this.#path, this.#spot(node));
  }
}

/** Arguments of which each may be what the list has. */
function anyOf(value: Value): Value[] {
  return Array.from({ length: MAX_SPREAD }, () => value);
}

function isNumber(value: Value): boolean {
  return value.size > 0 && [...value].every((thing) => thing === 'number');
}

/** Every capability that a file may use that nobody could read. */
export function unreadable(analysis: Analysis, path: string, why: string): void {
  analysis.undetermined(ANYTHING, { file: path, line: 1, what: why });
}
