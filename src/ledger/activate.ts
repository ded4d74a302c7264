/** Making a version active: the only way there is, and it leads through the gate. */

import { LedgerError, reasonText } from '../errors.js';
import type { Verdict } from '../model/gate.js';
import { demandsRecheck } from '../model/policy.js';
import { toPrintableText } from '../model/printable.js';
import { REVERTED } from '../model/tag-label.js';
import type { Decision } from './decision.js';
import { takeMeasured } from './measure-first.js';
import { refuseRedacted } from './refuse-redacted.js';
import type { Version } from './view.js';

/** So much of what was measured stands in a refusal. */
const MAX_MEASURED_BYTES = 500;

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

/** A refusal says what was measured where no report in the ledger does: that of a version recorded in one step goes with it. */
function measuredText(decision: Decision, { moduleId, version, parentVer }: Version): string {
  if (decision.base.before.version(moduleId, version) !== null) return '';
  const found = decision.reports({ moduleId, fromVer: parentVer, toVer: version }).at(-1)?.rationale ?? '';
  const line = found.replace(/\s*\n\s*/g, ' ');
  return line === '' ? '' : `: ${toPrintableText(line, MAX_MEASURED_BYTES)}`;
}

/** What is to be measured before an operator signs, as the beginning of a hint. */
function measuring(decision: Decision, { moduleId, version, parentVer }: Version, { level }: Verdict): string {
  const stage = decision.base.before.version(moduleId, version) === null ? 'stage it, ' : '';
  const assess = `git-lineage assess ${moduleId} ${parentVer ?? '-'} ${version}`;
  if (decision.policy.measuredBy === 'assessor' && level === 'UNKNOWN')
    return `${stage}run ${assess} with a key that has the role assessor, or let`;
  return stage === '' ? 'let' : `${stage}run ${assess}, and let`;
}

function gateRefusal(
  decision: Decision,
  candidate: Version,
  verdict: Verdict & { readonly allow: false },
): LedgerError {
  const { moduleId, version, parentVer } = candidate;
  refuseRedacted(candidate);
  const from = parentVer === null ? 'nothing' : `v${parentVer}`;
  const message = `${moduleId} v${version} may not replace ${from}: ${reasonText(verdict.reasons)}`;
  if (verdict.reasons.some(({ code }) => code === 'REVERTED')) {
    const hint = `clear it with: git-lineage ${clearing(decision, candidate)}; or record other content`;
    return new LedgerError('VERSION_REVERTED', message, { moduleId, version }, { hint });
  }
  const data = { moduleId, version, fromVer: parentVer, level: verdict.level, reasons: verdict.reasons };
  const pair = `${moduleId} ${parentVer ?? '-'} ${version}`;
  return new LedgerError('APPROVAL_REQUIRED', message + measuredText(decision, candidate), data, {
    hint: `${measuring(decision, candidate, verdict)} an operator sign: git-lineage approve ${pair}`,
  });
}

/** Stands for the gate's answer on a pair that is to be measured first. */
const NOT_MEASURED: Verdict = { allow: true, level: 'UNKNOWN', reasons: [] };

/**
 * What the gate says of a candidate as the successor of the active version. The pair is measured first, unless the answer does not depend
 * on it. What the gate lets pass is a question to the operator's hook.
 */
export function askGate(decision: Decision, candidate: Version): Verdict {
  const { moduleId, version, parentVer, checksum, tags, redacted } = candidate;
  const isReverted = tags.includes(REVERTED) || decision.revertedTwin(moduleId, version) !== null;
  const measured = isReverted || redacted !== undefined ? 'none' : takeMeasured(decision, candidate);
  if (measured === 'missing') return NOT_MEASURED;
  const own = typeof measured !== 'string' && demandsRecheck(decision.policy) ? measured : null;
  const verdict = decision.gate(moduleId, parentVer, version, own);
  if (verdict.allow) decision.questions.push({ moduleId, fromVer: parentVer, toVer: version, checksum, verdict });
  return verdict;
}

/** Makes a version active. @throws `NOT_ACTIVE`, `VERSION_REVERTED`, `VERSION_REDACTED`, `APPROVAL_REQUIRED` */
export function activateVersion(decision: Decision, candidate: Version): void {
  const { moduleId, version, parentVer } = candidate;
  if (decision.module(moduleId)?.active === version) return;
  requireActiveParent(decision, moduleId, version, parentVer);
  const verdict = askGate(decision, candidate);
  if (!verdict.allow) throw gateRefusal(decision, candidate, verdict);
  decision.add({ type: 'activate', moduleId, version });
  // A first version replaces nothing, so there is nothing to warn of.
  if (verdict.level === 'UNKNOWN' && parentVer !== null) {
    for (const { code, message } of verdict.reasons)
      decision.notices.push({ type: 'warning', moduleId, code, message: `v${version}: ${message}` });
  }
}
