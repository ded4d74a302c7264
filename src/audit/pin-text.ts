/** A pin as a file: what an auditor keeps between two audits, or is given with a fingerprint by somebody trusted. */

import { type InputIssue, invalidInput, quoted } from '../errors.js';
import { expectedOid, formatOf, isAnyOid, isOid, oidIssues } from '../model/object-id.js';
import type { Pin } from './audit-report.js';

const FINGERPRINT = /^SHA256:[A-Za-z0-9+/]{43}$/;

/** The text of a pin file: JSON, one member a line. */
export function formatPin({ root, trust, seq, oid }: Pin): string {
  return `${JSON.stringify({ root, trust, seq, oid }, null, 2)}\n`;
}

function parsed(text: string): Readonly<Record<string, unknown>> {
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === 'object' && value !== null ? (value as Record<string, unknown>) : {};
  } catch {
    return {};
  }
}

/** A pin is of one ledger, whose ids are of one format. */
function otherFormat(root: unknown, oid: unknown): InputIssue[] {
  if (!isAnyOid(root) || !isAnyOid(oid) || isOid(oid, formatOf(root))) return [];
  return [{ path: 'pin.oid', expected: `${expectedOid(formatOf(root))}, as pin.root`, actual: quoted(oid) }];
}

/** Reads a pin file. @throws `INVALID_ARGUMENT` with everything that is wrong with it */
export function parsePin(text: string): Pin {
  const { root, trust, seq, oid } = parsed(text);
  const rules: [string, unknown, string, boolean][] = [
    ['trust', trust, 'a fingerprint, SHA256:…', typeof trust === 'string' && FINGERPRINT.test(trust)],
    ['seq', seq, 'the number of an entry', Number.isSafeInteger(seq) && Number(seq) >= 0],
  ];
  const issues = [
    ...oidIssues(root, 'pin.root', 'the first entry'),
    ...rules
      .filter(([, , , right]) => !right)
      .map(([path, value, expected]) => ({ path: `pin.${path}`, expected, actual: quoted(value) })),
    ...oidIssues(oid, 'pin.oid', 'that entry'),
    ...otherFormat(root, oid),
  ];
  if (issues.length > 0)
    throw invalidInput('INVALID_ARGUMENT', issues, 'a pin file is what git-lineage audit --pin FILE writes');
  return Object.freeze({ root: String(root), trust: String(trust), seq: Number(seq), oid: String(oid) });
}
