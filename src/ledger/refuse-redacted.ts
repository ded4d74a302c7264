/** What a redaction has left of a version: everything but files, and a refusal that says which. */

import { LedgerError } from '../errors.js';
import type { Oid } from '../ports/objects.js';
import type { Version } from './view.js';

const HINT = 'its digest stays in the journal: git-lineage history names the entry; use another version';

/** The error for a version of which a file is asked for that was taken out of the ledger. */
export function redactedError(
  { moduleId, version }: Pick<Version, 'moduleId' | 'version'>,
  oid: Oid,
  path?: string,
): LedgerError<'VERSION_REDACTED'> {
  const what = path === undefined ? 'a file of it' : JSON.stringify(path);
  const message = `${moduleId} v${version} was redacted: ${what} (${oid}) is not in the ledger any more`;
  const data = { moduleId, version, oid, ...(path === undefined ? {} : { path }) };
  return new LedgerError('VERSION_REDACTED', message, data, { hint: HINT });
}

/** @throws `VERSION_REDACTED` for a version that nothing can be done with any more */
export function refuseRedacted(version: Pick<Version, 'moduleId' | 'version' | 'redacted'>): void {
  const [oid] = version.redacted ?? [];
  if (oid !== undefined) throw redactedError(version, oid);
}
