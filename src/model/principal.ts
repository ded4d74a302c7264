/** Names of people and services that sign. */

import { type InputIssue, invalidInput, quoted } from '../errors.js';

const PRINCIPAL = /^[A-Za-z0-9][A-Za-z0-9._+@-]{0,127}$/;

/** True where `value` could be a principal. */
export function isPrincipal(value: unknown): value is string {
  return typeof value === 'string' && PRINCIPAL.test(value) && value !== 'auto';
}

export function principalIssues(value: unknown, path = 'principal'): InputIssue[] {
  if (isPrincipal(value)) return [];
  const expected = '1 to 128 letters, digits and ". _ + @ -", starting with a letter or digit, and not "auto"';
  return [{ path, expected, actual: quoted(value) }];
}

/**
 * Returns `value` if it can be a principal, else throws `INVALID_PRINCIPAL`. The grammar is the part of an
 * allowed_signers principal (ssh-keygen(1), ALLOWED SIGNERS) that has no patterns, quotes or lists, and that may
 * stand in a git identity.
 */
export function assertPrincipal(value: unknown): string {
  const issues = principalIssues(value);
  if (issues.length > 0)
    throw invalidInput('INVALID_PRINCIPAL', issues, 'use a mail address or a login name, e.g. ops@example.org');
  return value as string;
}
