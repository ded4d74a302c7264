/** What a key may sign. */

import type { EventType, LedgerFormat } from './ledger-event.js';

export type Role = 'root' | 'admin' | 'approver' | 'recorder' | 'assessor';

/**
 * What a key may sign: `admin` the policy, but for the root keys and the thresholds, which `root` alone may change; `approver` approvals;
 * `recorder` versions, tags and reports; `assessor` reports. `root` and `assessor` are of format 2.
 */
export const Role = Object.freeze({
  ROOT: 'root',
  ADMIN: 'admin',
  APPROVER: 'approver',
  RECORDER: 'recorder',
  ASSESSOR: 'assessor',
} as const);
export const ROLES: readonly Role[] = ['root', 'admin', 'approver', 'recorder', 'assessor'];
export const ROLES_SINCE_2: readonly Role[] = ['root', 'assessor'];

export function isRole(value: unknown): value is Role {
  return ROLES.some((role) => role === value);
}

const ADMINS: readonly Role[] = ['admin', 'root'];

/** Which roles may sign an event; one of them is enough. Going back is open to every key that still has any role. */
const SIGNED_BY: Readonly<Record<EventType, readonly Role[]>> = {
  init: ['admin'],
  upgrade: ['admin'],
  stage: ['recorder'],
  activate: ['recorder'],
  tag: ['recorder'],
  untag: ['recorder'],
  report: ['recorder', 'approver', 'assessor'],
  approve: ['approver'],
  withdraw: ['approver'],
  rollback: ROLES,
  'break-glass': ['approver'],
  policy: ADMINS,
  clock: ADMINS,
  redact: ADMINS,
  countersigned: ADMINS,
  restored: ROLES,
};

/** The roles of which a signer needs one to write an event of this type, of those that a format has. */
export function rolesFor(event: EventType, format: LedgerFormat): readonly Role[] {
  return format === 1 ? SIGNED_BY[event].filter((role) => !ROLES_SINCE_2.includes(role)) : SIGNED_BY[event];
}
