/** What a version reaches that the one before does not, and the other way round: told beside the level, which it leaves alone. */

import type { AssessmentInput, Finding, PartialAssessment } from '../../model/assessment.js';
import { type Capability, type CapabilityChange, compareReach } from '../../model/capability.js';
import type { CapabilityReport, CapabilityUse } from './capability-report.js';
import { knownCapabilities } from './known-reports.js';

/** Beyond this many places a note names the first alone. */
const MAX_NAMED = 3;

/** A use of a capability as an operator reads it: `http.get in lib/send.js:3, by index.js:1`. */
function placeOf({ what, file, line, chain }: CapabilityUse): string {
  const by = chain.map((place) => `${place.file}:${place.line}`).join(', ');
  return `${what} in ${file}:${line}${by === '' ? '' : `, by ${by}`}`;
}

/** The use that shows a capability best; of code also what is undetermined, which counts as it. */
export function useOf({ uses }: CapabilityReport, capability: Capability): CapabilityUse | undefined {
  const own = uses.filter((use) => use.capability === capability);
  return own[0] ?? (capability === 'code' ? uses.find(({ reach }) => reach === 'undetermined') : undefined);
}

function added(capability: Capability, now: CapabilityReport): Finding {
  const use = useOf(now, capability);
  const where = use === undefined ? '' : `: ${placeOf(use)}`;
  const perhaps = now.reach[capability] === 'present' ? 'is reached now' : 'may be reached now, which nobody can tell';
  return {
    code: 'capability-added',
    level: 'COMPATIBLE',
    path: capability,
    before: null,
    after: use?.what ?? null,
    message: `${perhaps}${where}`,
  };
}

function removed(capability: Capability, old: CapabilityReport): Finding {
  const before = useOf(old, capability)?.what ?? null;
  return {
    code: 'capability-removed',
    level: 'COMPATIBLE',
    path: capability,
    before,
    after: null,
    message: 'is not reached any more',
  };
}

/** The sentences for an operator: one for what came, one for what went. */
function notesOn({ added: came, removed: went }: CapabilityChange, now: CapabilityReport): string[] {
  const places = came
    .slice(0, MAX_NAMED)
    .flatMap((name) => useOf(now, name) ?? [])
    .map(placeOf);
  const gained = came.length === 0 ? [] : [`reaches ${came.join(', ')}, which it did not before: ${places.join('; ')}`];
  return went.length === 0 ? gained : [...gained, `no longer reaches ${went.join(', ')}`];
}

/** The change of what is reached, and what is told of it. */
interface CapabilityComparison extends PartialAssessment {
  readonly change: CapabilityChange;
}

/** Compares what two versions reach. */
export function compareCapabilities(input: AssessmentInput): CapabilityComparison {
  const old = knownCapabilities(input.fromFiles, input.fromMetadata);
  const now = knownCapabilities(input.toFiles, input.toMetadata);
  const change = compareReach(old.reach, now.reach);
  const findings = [
    ...change.added.map((name) => added(name, now)),
    ...change.removed.map((name) => removed(name, old)),
  ];
  return { change, findings, notes: notesOn(change, now) };
}
