/** What an audit has found so far, by step. */

import type { LedgerError } from '../errors.js';
import type { Oid, RefName } from '../ports/objects.js';
import { AUDIT_STEPS, type AuditProblem, type AuditStep, type AuditStepName } from './audit-report.js';

/** So many problems of a step are told; of the others only how many there are. */
const TOLD = 10;

interface StepText {
  readonly claim: string;
  readonly unit: string;
}

const TEXT: Readonly<Record<AuditStepName, StepText>> = {
  objects: { claim: 'every object is intact, and every one that is named is there', unit: 'objects' },
  journal: { claim: 'the journal is one chain, numbered, each entry as the format writes it', unit: 'entries' },
  signers: { claim: 'each entry is signed by a key that the entry before it allowed', unit: 'signatures' },
  refs: { claim: 'replaying the journal gives every ref its value, and no other', unit: 'refs' },
  versions: { claim: 'each version is well-formed: its trailer, its note and its content agree', unit: 'versions' },
  reports: { claim: 'each report is signed, in its place, and about the content that it names', unit: 'reports' },
  activations: {
    claim: 'each activation was allowed by the policy and the reports of its moment',
    unit: 'activations',
  },
  tags: { claim: 'tags and rollbacks are as the journal tells them', unit: 'changes' },
  dates: { claim: 'dates agree with the entries around them', unit: 'dates' },
  pin: { claim: 'the journal continues what was seen before', unit: 'pins' },
  witnesses: { claim: 'enough witnesses have seen the journal lately', unit: 'demands' },
  levels: { claim: 'what reports say that this engine found, it finds again', unit: 'activations' },
};

/** Where a problem is. */
export interface Place {
  readonly seq?: number | null | undefined;
  readonly oid?: Oid | null | undefined;
  readonly ref?: RefName | null | undefined;
}

interface Found {
  checked: number;
  readonly problems: AuditProblem[];
  omitted: number;
}

export class Findings {
  private readonly found = new Map<AuditStepName, Found>(
    AUDIT_STEPS.map((name) => [name, { checked: 0, problems: [], omitted: 0 }]),
  );
  /** True where a copy is known to lack objects: that one of them is not there is no problem then. */
  private readonly lacking: boolean;

  constructor(lacking = false) {
    this.lacking = lacking;
  }

  private of(step: AuditStepName): Found {
    const found = this.found.get(step);
    if (found === undefined) throw new TypeError(`no step ${step}`);
    return found;
  }

  /** So many more things were looked at. */
  checked(step: AuditStepName, count = 1): void {
    this.of(step).checked += count;
  }

  problem(step: AuditStepName, message: string, { seq = null, oid = null, ref = null }: Place = {}): void {
    const found = this.of(step);
    if (found.problems.length < TOLD) found.problems.push(Object.freeze({ message, seq, oid, ref }));
    else found.omitted += 1;
  }

  /** An object that could not be read. */
  unreadable(step: AuditStepName, error: LedgerError<'CORRUPT_OBJECT'>, place: Place = {}): void {
    if (this.lacking && error.data.fault === 'MISSING') return;
    this.problem(step, error.message, { oid: error.data.oid, ...place });
  }

  /** The first problem of the first step that has one. */
  first(): { readonly step: AuditStepName; readonly problem: AuditProblem } | null {
    for (const [step, { problems }] of this.found) if (problems[0]) return { step, problem: problems[0] };
    return null;
  }

  steps(): readonly AuditStep[] {
    return AUDIT_STEPS.map((name) => {
      const { checked, problems, omitted } = this.of(name);
      return Object.freeze({ name, ...TEXT[name], checked, problems: Object.freeze(problems), omitted });
    });
  }
}
