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
