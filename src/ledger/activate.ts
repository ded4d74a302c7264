/** Making a version active: the only way there is, and it leads through the gate. */

import { LedgerError, reasonText } from '../errors.js';
import { REVERTED } from '../model/tag-label.js';
import type { Decision } from './decision.js';
import type { Version } from './view.js';

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

/** The conflict of a version whose parent is not the active one. */
export function requireActiveParent(
  decision: Decision,
  moduleId: string,
  version: number,
  parentVer: number | null,
): void {
  const active = decision.module(moduleId)?.active ?? null;
  if (active !== parentVer) throw notActive(moduleId, version, parentVer, active);
}

/** The command by which an operator says that a version, or the content that it shares with another, is not bad after all. */
function clearing(decision: Decision, { moduleId, version, tags }: Version): string {
  const twin = tags.includes(REVERTED) ? null : decision.revertedTwin(moduleId, version);
  return twin === null ? `tag ${moduleId}@${version} stable` : `untag ${moduleId}@${twin} reverted`;
}

/** Makes a version active. @throws `NOT_ACTIVE`, `VERSION_REVERTED`, `APPROVAL_REQUIRED` */
export function activateVersion(decision: Decision, candidate: Version): void {
  const { moduleId, version, parentVer, checksum } = candidate;
  if (decision.module(moduleId)?.active === version) return;
  requireActiveParent(decision, moduleId, version, parentVer);
  const verdict = decision.gate(moduleId, parentVer, version);
  if (!verdict.allow) {
    const from = parentVer === null ? 'nothing' : `v${parentVer}`;
    const message = `${moduleId} v${version} may not replace ${from}: ${reasonText(verdict.reasons)}`;
    if (verdict.reasons.some(({ code }) => code === 'REVERTED')) {
      throw new LedgerError(
        'VERSION_REVERTED',
        message,
        { moduleId, version },
        { hint: `clear it with: git-lineage ${clearing(decision, candidate)}; or record other content` },
      );
    }
    const data = { moduleId, version, fromVer: parentVer, level: verdict.level, reasons: verdict.reasons };
    throw new LedgerError('APPROVAL_REQUIRED', message, data, {
      hint: `stage it, and let an operator sign: git-lineage approve ${moduleId} ${parentVer ?? '-'} ${version}`,
    });
  }
  decision.questions.push({ moduleId, fromVer: parentVer, toVer: version, checksum, verdict });
  decision.add({ type: 'activate', moduleId, version });
  // A first version replaces nothing, so there is nothing to warn of.
  if (verdict.level === 'UNKNOWN' && parentVer !== null) {
    for (const { code, message } of verdict.reasons)
      decision.notices.push({ type: 'warning', moduleId, code, message: `v${version}: ${message}` });
  }
}
