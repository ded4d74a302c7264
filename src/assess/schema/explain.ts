/** Where two schemas differ, member by member, so that the finding names what an operator has to look at. */

import type { Finding } from '../../model/assessment.js';
import type { FindingCode } from '../../model/finding-codes.js';
import { type CompatibilityLevel, moreSevere } from '../../model/report.js';
import type { SchemaDirection } from '../module/json-contracts.js';
import type { Json } from '../module/manifest.js';
import {
  type ArrayBranch,
  type Branch,
  type ConstraintSource,
  itemAt,
  memberAt,
  type ObjectBranch,
} from './branches.js';
import { isDeclared, isNewlyDescribed } from './described.js';
import { articled, inside, referred, textOf } from './places.js';
import type { Included, Relations } from './relation.js';
import { levelOfRelation, OPTIONAL_ADDED, type SchemaRelation, schemaFindingOf, shown } from './schema-change.js';
import { canonicalText, type Node, siteOf } from './schema-document.js';
import { isInvalid } from './unsupported.js';

const YES: Included = { is: 'yes' };
const MAX_DEPTH = 24;
const MAX_VALUES = 20;

/** What is said of one place: its level, and the findings that tell it. */
interface Account {
  readonly level: CompatibilityLevel | null;
  readonly findings: readonly Finding[];
  /** True where a schema that it is inside of, and that refers to itself, is still being told. */
  readonly deferred?: boolean;
}

const NOTHING_TO_SAY: Account = { level: null, findings: [] };

function worst(accounts: readonly Account[]): CompatibilityLevel {
  return accounts.reduce<CompatibilityLevel>(
    (level, account) => moreSevere(level, account.level ?? 'COMPATIBLE'),
    'COMPATIBLE',
  );
}

function onlyOne<K extends Branch['kind']>(branches: readonly Branch[], kind: K): Extract<Branch, { kind: K }> | null {
  const found = branches.filter((branch): branch is Extract<Branch, { kind: K }> => branch.kind === kind);
  return found.length === 1 ? (found[0] ?? null) : null;
}

const KINDS = ['string', 'number', 'array', 'object'] as const;

/** Names the differences between two schemas. */
export class Explanation {
  readonly #relations: Relations;
  readonly #direction: SchemaDirection;
  readonly #path: string;
  readonly #seen = new Map<string, 'open' | 'told'>();

  constructor(relations: Relations, direction: SchemaDirection, path: string) {
    this.#relations = relations;
    this.#direction = direction;
    this.#path = path;
  }

  #relationOf(a: Node, b: Node): SchemaRelation {
    const back = this.#relations.included(b, a);
    if (this.#direction !== 'input') return { forth: this.#relations.included(a, b), back };
    if (this.#relations.proves(a, b)) return { forth: YES, back };
    const forth = this.#relations.included(a, b, 'sent');
    return { forth, back, undescribed: forth.is === 'yes' };
  }

  #pathOf(place: string): string {
    return place === '' ? this.#path : this.#path === '' ? place : `${this.#path}: ${place}`;
  }

  #account(
    place: string,
    level: CompatibilityLevel | null,
    code: FindingCode,
    sides: [string | null, string | null],
    message: string,
  ): Account {
    if (level === null) return NOTHING_TO_SAY;
    const [before, after] = sides;
    return { level, findings: [{ code, level, path: this.#pathOf(place), before, after, message }] };
  }

  /** What there is to say of two schemas as wholes: always something of their own level. */
  explainAll(a: Node, b: Node): readonly Finding[] {
    const { level, findings } = this.explain(a, b, '', 0);
    // A part that was told in milder surroundings may be all that was told of it.
    if (level === null || findings.some((finding) => finding.level === level)) return findings;
    return [...findings, ...this.#whole(a, b, '', this.#relationOf(a, b), level).findings];
  }

  /** What there is to say of a place and all below it. */
  explain(from: Node, to: Node, place: string, depth: number): Account {
    const [a, b] = [referred(from), referred(to)];
    const relation = this.#relationOf(a, b);
    const level = levelOfRelation(relation, this.#direction);
    if (level === null) return NOTHING_TO_SAY;
    const key = this.#relations.keyOf(a, b);
    const known = this.#seen.get(key);
    // A schema that refers to itself is told of where it first stands.
    if (known !== undefined) return { level, findings: [], deferred: known === 'open' };
    this.#seen.set(key, 'open');
    const readable = depth < MAX_DEPTH && ![...a, ...b].some(isInvalid);
    const parts = readable ? this.#parts(a, b, place, depth) : [];
    this.#seen.set(key, 'told');
    // No part is worse than the whole: what a place refuses may be refused by its surroundings already.
    const findings = parts
      .flatMap((part) => part.findings)
      .map((finding) => (moreSevere(finding.level, level) === level ? finding : { ...finding, level }));
    const covers = (accounts: readonly Account[]) => moreSevere(worst(accounts), level) === worst(accounts);
    if (covers(parts.filter((part) => part.deferred !== true))) return { level, findings };
    // Below another schema it may differ for that one's sake alone, which will be told there.
    if (depth > 0 && covers(parts)) return { level, findings, deferred: true };
    return { level, findings: [...findings, ...this.#whole(a, b, place, relation, level).findings] };
  }

  #whole(a: Node, b: Node, place: string, relation: SchemaRelation, level: CompatibilityLevel): Account {
    const { code, message } = schemaFindingOf(relation, this.#direction, level);
    const sides: [string | null, string | null] = [textOf(a), textOf(b)];
    if (level !== 'UNKNOWN') return this.#account(place, level, code, sides, message);
    if ([...a, ...b].some(isInvalid)) return this.#account(place, level, 'schema-invalid', sides, 'is no valid schema');
    const keywords = this.#undecided(a, b);
    return this.#account(place, level, code, sides, keywords === '' ? message : `${message} (${keywords})`);
  }

  /** The keywords that only one side's text has. */
  #undecided(a: Node, b: Node): string {
    const textsOf = (node: Node) =>
      new Map(this.#relations.branches(node).flatMap((branch): [string, ConstraintSource][] => [...branch.texts]));
    const [old, now] = [textsOf(a), textsOf(b)];
    const texts = [...old, ...now].filter(([text]) => old.has(text) !== now.has(text));
    const words = new Set(texts.flatMap(([, { keyword }]) => keyword ?? []));
    return [...words].slice(0, 5).join(', ');
  }

  #parts(a: Node, b: Node, place: string, depth: number): Account[] {
    const [old, now] = [this.#relations.branches(a), this.#relations.branches(b)];
    const accounts = [...this.#values(a, b, old, now, place), ...this.#kinds(a, b, old, now, place)];
    const objects = [onlyOne(old, 'object'), onlyOne(now, 'object')] as const;
    if (objects[0] !== null && objects[1] !== null)
      accounts.push(...this.#members(objects[0], objects[1], place, depth));
    const arrays = [onlyOne(old, 'array'), onlyOne(now, 'array')] as const;
    if (arrays[0] !== null && arrays[1] !== null) accounts.push(...this.#items(arrays[0], arrays[1], place, depth));
    return accounts;
  }

  /** Listed values that went or came. */
  #values(a: Node, b: Node, old: readonly Branch[], now: readonly Branch[], place: string): Account[] {
    const listed = (branches: readonly Branch[]) =>
      new Map(
        branches.flatMap((br): [string, Json][] => (br.kind === 'value' ? [[canonicalText(br.value), br.value]] : [])),
      );
    const [before, after] = [listed(old), listed(now)];
    const only = (one: ReadonlyMap<string, Json>, other: ReadonlyMap<string, Json>) =>
      [...one].filter(([text]) => !other.has(text)).slice(0, MAX_VALUES);
    const gone = only(before, after).map(([text, value]) => {
      const forth = this.#relations.included([siteOf({ const: value })], b);
      const level = levelOfRelation({ forth, back: YES }, this.#direction);
      return this.#account(
        place,
        forth.is === 'yes' ? null : level,
        'union-member-removed',
        [text, null],
        `${shown(value)} is no longer one of its values`,
      );
    });
    const come = only(after, before).map(([text, value]) => {
      const back = this.#relations.included([siteOf({ const: value })], a);
      const level = levelOfRelation({ forth: YES, back }, this.#direction);
      return this.#account(
        place,
        back.is === 'yes' ? null : level,
        'union-member-added',
        [null, text],
        `${shown(value)} is one of its values now`,
      );
    });
    return [...gone, ...come];
  }

  /** Kinds of value that went or came as a whole. */
  #kinds(a: Node, b: Node, old: readonly Branch[], now: readonly Branch[], place: string): Account[] {
    return KINDS.flatMap((kind): Account[] => {
      const [had, has] = [old.some((branch) => branch.kind === kind), now.some((branch) => branch.kind === kind)];
      if (had === has) return [];
      const of = [siteOf({ type: kind })];
      const relation = had
        ? { forth: this.#relations.included([...a, ...of], b), back: YES }
        : { forth: YES, back: this.#relations.included([...b, ...of], a) };
      const level = levelOfRelation(relation, this.#direction);
      const message = had ? `is no longer ${articled(kind)}` : `can be ${articled(kind)} now`;
      return [this.#account(place, level, 'type-changed', [textOf(a), textOf(b)], message)];
    });
  }

  #members(old: ObjectBranch, now: ObjectBranch, place: string, depth: number): Account[] {
    const keys = new Set([...old.groups, ...now.groups].flatMap((group) => [...group.properties.keys()]));
    for (const key of [...old.required, ...now.required]) keys.add(key);
    const accounts = [...keys].flatMap((key) => this.#member(old, now, key, place, depth));
    return [...accounts, ...this.#others(old, now, place)];
  }

  #member(old: ObjectBranch, now: ObjectBranch, key: string, place: string, depth: number): Account[] {
    const at = inside(place, key);
    const [had, has] = [isDeclared(old, key), isDeclared(now, key)];
    const [before, after] = [memberAt(old, key, 'atLeast'), memberAt(now, key, 'atLeast')];
    const sides: [string | null, string | null] = [had ? textOf(before) : null, has ? textOf(after) : null];
    const needs = this.#need(old, now, key, at, sides);
    if (had && has) return [...needs, this.explain(before, after, at, depth + 1)];
    if (had === has) return needs;
    const relation =
      this.#direction === 'input' && isNewlyDescribed(old, now, key)
        ? { forth: YES, back: YES, undescribed: !this.#relations.proves(before, after) }
        : this.#relationOf(before, after);
    const level = levelOfRelation(relation, this.#direction);
    const needed = needs[0]?.level ?? null;
    // That a new member is required says more than that it is new.
    if (level === null || (needed !== null && moreSevere(needed, level) === needed)) return needs;
    const { message } = schemaFindingOf(relation, this.#direction, level);
    if (had) return [...needs, this.#account(at, level, 'member-removed', sides, `no longer described; ${message}`)];
    const added = this.#direction === 'input' && level === 'MINOR_CHANGE' && !now.required.has(key);
    const words = added ? OPTIONAL_ADDED : `described now, was not; ${message}`;
    return [...needs, this.#account(at, level, 'member-added', sides, words)];
  }

  /** A member that has to be there, or has to be there no more. */
  #need(
    old: ObjectBranch,
    now: ObjectBranch,
    key: string,
    at: string,
    sides: [string | null, string | null],
  ): Account[] {
    const [had, has] = [old.required.has(key), now.required.has(key)];
    if (had === has) return [];
    const missing: Included = { is: 'no', example: {} };
    const relation = has ? { forth: missing, back: YES } : { forth: YES, back: missing };
    const level = levelOfRelation(relation, this.#direction);
    if (has) {
      const message = isDeclared(old, key) ? 'required now, was optional' : 'new and required';
      return [this.#account(at, level, 'member-required', sides, message)];
    }
    const message = isDeclared(now, key) ? 'optional now, was required' : 'no longer required';
    return [this.#account(at, level, 'member-optional', sides, message)];
  }

  /** Members of names that neither side declares. */
  #others(old: ObjectBranch, now: ObjectBranch, place: string): Account[] {
    const [before, after] = [old, now].map((branch) => branch.groups.map((group) => group.additional));
    if (before === undefined || after === undefined) return [];
    const relation = this.#relationOf(before, after);
    const level = levelOfRelation(relation, this.#direction);
    const isClosed = (node: Node) => node.some((site) => site.schema === false);
    const sides: [string | null, string | null] = [textOf(before), textOf(after)];
    if (isClosed(after) && !isClosed(before)) {
      return [this.#account(place, level, 'index-signature-removed', sides, 'members of other names are refused now')];
    }
    if (isClosed(before) && !isClosed(after)) {
      return [this.#account(place, level, 'index-signature-added', sides, 'can have members of other names now')];
    }
    if (level === null) return [];
    const { code, message } = schemaFindingOf(relation, this.#direction, level);
    return [this.#account(inside(place, '*'), level, code, sides, message)];
  }

  #items(old: ArrayBranch, now: ArrayBranch, place: string, depth: number): Account[] {
    const places = Math.min(Math.max(old.prefix.length, now.prefix.length), MAX_VALUES);
    const accounts = Array.from({ length: places }, (_, index) =>
      this.explain(itemAt(old, index), itemAt(now, index), `${place}[${index}]`, depth + 1),
    );
    return [...accounts, this.explain(old.rest, now.rest, `${place}[]`, depth + 1)];
  }
}
