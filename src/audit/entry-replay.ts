/** One entry as its events are replayed: what they have said so far of refs and notes, and what is wrong with it. */

import type { LedgerError } from '../errors.js';
import type { EntryText, RefUpdate } from '../model/journal-entry.js';
import type { PolicySigner } from '../model/policy.js';
import type { PublicKey } from '../model/public-key.js';
import type { Measurer } from '../ports/measuring.js';
import type { AnnotatedTag, Oid, RefName } from '../ports/objects.js';
import type { ActivatedPair } from './activated-pair.js';
import type { AuditStepName } from './audit-report.js';
import type { Findings, Place } from './findings.js';
import type { LedgerState } from './ledger-state.js';

/** An entry that can be read, with who signed it where that is known. */
export interface ReadEntry {
  readonly oid: Oid;
  readonly text: EntryText;
  readonly signer: PolicySigner | null;
}

/** The key that made a signature, or what is wrong with it; null for none. */
export type Signature = Promise<PublicKey | LedgerError<'BAD_SIGNATURE'> | null>;

export class EntryReplay {
  readonly state: LedgerState;
  /** What is known of a report's signature. */
  readonly signatureOf: (tag: AnnotatedTag) => Signature;
  readonly entry: ReadEntry;
  /** The entry's own moves, by ref. */
  readonly updates: ReadonlyMap<RefName, RefUpdate>;
  /** Where the events say that refs go. */
  readonly claims = new Map<RefName, Oid | null>();
  /** Notes that the events say are set. */
  readonly checksums = new Map<Oid, string>();
  readonly tags = new Map<Oid, ReadonlySet<string>>();
  readonly judged: ActivatedPair[] = [];
  /** What measures an activation that is taken in; null where none is. */
  readonly measurer: Measurer | null;
  private readonly findings: Findings;

  constructor(
    entry: ReadEntry,
    state: LedgerState,
    signatureOf: EntryReplay['signatureOf'],
    findings: Findings,
    measurer: Measurer | null,
  ) {
    this.measurer = measurer;
    this.entry = entry;
    this.state = state;
    this.signatureOf = signatureOf;
    this.findings = findings;
    this.updates = new Map(entry.text.updates.map((update) => [update.ref, update]));
  }

  checked(step: AuditStepName, count = 1): void {
    this.findings.checked(step, count);
  }

  wrong(step: AuditStepName, message: string, place: Place = {}): void {
    const { oid, text } = this.entry;
    this.findings.problem(step, message, { seq: text.seq, oid, ...place });
  }

  unreadable(step: AuditStepName, error: LedgerError<'CORRUPT_OBJECT'>): void {
    this.findings.unreadable(step, error, { seq: this.entry.text.seq });
  }

  /** An event says that a ref goes to `to`; of several, the last one counts. */
  claim(ref: RefName, to: Oid | null): void {
    this.claims.set(ref, to);
    this.state.move(ref, to);
  }

  /** Where the entry moves a ref that an event says is new; null, and a problem, where it does not or the ref is not new. */
  created(step: AuditStepName, ref: RefName): Oid | null {
    const to = this.updates.get(ref)?.to ?? null;
    const before = this.state.ref(ref);
    if (to === null) this.wrong(step, `its event creates ${ref}, its Ref-Update lines do not`, { ref });
    else if (before !== null) this.wrong(step, `it creates ${ref}, which was at ${before}`, { ref });
    this.claim(ref, to);
    return before === null ? to : null;
  }

  async tagsOf(oid: Oid): Promise<ReadonlySet<string>> {
    return this.tags.get(oid) ?? this.state.tagsOf(oid);
  }
}

export function versionName(version: number | null): string {
  return version === null ? 'no version' : `v${version}`;
}
