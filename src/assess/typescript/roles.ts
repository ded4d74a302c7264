/** What callers do with a type: receive its values, supply them, or both. */

/** A set of roles, as bits. */
export type Role = 0 | 1 | 2 | 3;

/** Callers are handed values of the type: the new type must fit where the old one was. */
export const RECEIVED: Role = 1;
/** Callers hand values of the type in: the old type must fit where the new one is. */
export const SUPPLIED: Role = 2;
export const BOTH: Role = 3;

/** The role of a parameter in a function of this role: what callers supply to a function that they receive. */
export function flipped(role: Role): Role {
  return (((role & 1) << 1) | ((role & 2) >> 1)) as Role;
}

export function joined(a: Role, b: Role): Role {
  return (a | b) as Role;
}

export function isReceived(role: Role): boolean {
  return (role & RECEIVED) !== 0;
}

export function isSupplied(role: Role): boolean {
  return (role & SUPPLIED) !== 0;
}

/**
 * The part of a type that callers meet: all of it; its keys alone (`keyof T`); the names of its members, which they write; each of its members, as
 * a type mapped over it has them, whatever is under them there; or what is under a key (`T[K]`).
 */
export type Part = 'whole' | 'keys' | 'names' | 'each' | 'values';

export const PARTS: readonly Part[] = ['whole', 'keys', 'names', 'each', 'values'];

/** In which roles callers meet each part of a type. */
export type Uses = Readonly<Record<Part, Role>>;

export const UNUSED: Uses = { whole: 0, keys: 0, names: 0, each: 0, values: 0 };

export function withUse(uses: Uses, part: Part, role: Role): Uses {
  return { ...uses, [part]: joined(uses[part], role) };
}

/** The roles of what fills in a type parameter: `used` inside of what callers meet in `role`. */
export function composed(used: Role, role: Role): Role {
  return joined(isReceived(used) ? role : 0, isSupplied(used) ? flipped(role) : 0);
}

export function composedUses(uses: Uses, role: Role): Uses {
  const of = (part: Part): Role => composed(uses[part], role);
  return { whole: of('whole'), keys: of('keys'), names: of('names'), each: of('each'), values: of('values') };
}

/** True where callers meet a part of a type by itself, whether they meet the whole as well or not. */
export function isInPart({ keys, names, each, values }: Uses): boolean {
  return (keys | names | each | values) !== 0;
}
