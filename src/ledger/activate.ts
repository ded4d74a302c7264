/** Making a version active: the only way there is, and it leads through the gate. */

import { LedgerError, reasonText } from '../errors.js';
import type { Draft } from './draft.js';
import type { VersionCommit } from './reader.js';
import type { Context } from './writer.js';

function notActive(
  moduleId: string,
  version: number,
  parentVer: number | null,
  active: number | null,
): LedgerError<'NOT_ACTIVE'> {
  const name = (v: number | null) => (v === null ? 'no version' : `v${v}`);
  const message = `${moduleId} v${version} is made from ${name(parentVer)}, but the active version is ${name(active)}`;
  return new LedgerError(
    'NOT_ACTIVE',
    message,
    { moduleId, version, expected: parentVer, actual: active },
    {
      hint: 'another version became active meanwhile: make this one from it, and record it under the next number',
    },
  );
}

/** The conflict of a new version whose parent is not the active one. */
export function requireActiveParent(draft: Draft, moduleId: string, version: number, parentVer: number | null): void {
  const active = draft.module(moduleId)?.active ?? null;
  if (active !== parentVer) throw notActive(moduleId, version, parentVer, active);
}

/** Makes a version active. @throws `NOT_ACTIVE`, `VERSION_REVERTED`, `APPROVAL_REQUIRED` */
export async function activateVersion(draft: Draft, commit: VersionCommit, context: Context): Promise<void> {
  const { moduleId, version, parentVer } = commit.sealed;
  if (draft.module(moduleId)?.active === version) return;
  requireActiveParent(draft, moduleId, version, parentVer);
  const verdict = await draft.gate(moduleId, parentVer, version);
  if (!verdict.allow) {
    const reason = reasonText(verdict.reasons);
    const message = `${moduleId} v${version} may not replace ${parentVer === null ? 'nothing' : `v${parentVer}`}: ${reason}`;
    if (verdict.reasons.some(({ code }) => code === 'REVERTED')) {
      throw new LedgerError(
        'VERSION_REVERTED',
        message,
        { moduleId, version },
        {
          hint: `clear it with: git-lineage tag ${moduleId}@${version} stable; or record a new version`,
        },
      );
    }
    const data = { moduleId, version, fromVer: parentVer, level: verdict.level, reasons: verdict.reasons };
    throw new LedgerError('APPROVAL_REQUIRED', message, data, {
      hint: `stage it, and let an operator sign: git-lineage approve ${moduleId} ${parentVer ?? '-'} ${version}`,
    });
  }
  context.permit({ moduleId, fromVer: parentVer, toVer: version, checksum: commit.sealed.checksum, verdict });
  draft.setActive(commit.sealed, commit.oid);
  draft.events.push({ type: 'activate', moduleId, version });
  // A first version replaces nothing, so there is nothing to warn of.
  if (verdict.level === 'UNKNOWN' && parentVer !== null) {
    for (const { code, message } of verdict.reasons)
      context.announce({ type: 'warning', moduleId, code, message: `v${version}: ${message}` });
  }
}
