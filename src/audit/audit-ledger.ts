/**
 * The audit: reads a copy of a ledger from its objects up, believes nothing in it, and says step by step what it made sure
 * of. It writes nothing, starts no program, and reads no configuration but what tells one kind of repository from another.
 */

import { firstAhead } from '../model/clock.js';
import { entrySubject } from '../model/entry-subject.js';
import { gitSeconds } from '../model/journal-entry.js';
import { DEFAULT_SETTINGS } from '../model/policy-settings.js';
import { CHECKPOINT_REF, JOURNAL_REF } from '../model/ref-names.js';
import type { Evidence, Gap, ObjectScan } from '../ports/evidence.js';
import type { Verifier } from '../ports/keys.js';
import type { Measurer } from '../ports/measuring.js';
import type { Oid, RefName } from '../ports/objects.js';
import type { ActivatedPair } from './activated-pair.js';
import { type AuditQuestion, checkQuestion } from './audit-question.js';
import type { AuditedRedaction, AuditReport, AuditStepName, Pin, Remeasured, Taint } from './audit-report.js';
import { compareRefs } from './compare-refs.js';
import { Findings } from './findings.js';
import { LedgerState } from './ledger-state.js';
import { checkPin } from './pin.js';
import { Projection } from './projection.js';
import { Redactions } from './redactions.js';
import { remeasure } from './remeasure.js';
import type { Replayed } from './replay-entries.js';
import { JournalReplay } from './replay-journal.js';
import { checkpointFault, readCheckpoint, type WitnessAnswer, witnessAnswer } from './witnesses.js';

/** How often a working ledger is looked at again, until its journal has not moved meanwhile. */
const MAX_LOOKS = 20;

/** An entry that was replayed, as far as it is remembered. */
interface Seen {
  readonly seq: number;
  readonly oid: Oid;
  readonly fingerprint: string | null;
  readonly subject: string;
}

/** The refs of one moment: those of a working ledger may move while they are read. */
async function settledRefs(evidence: Evidence): Promise<ReadonlyMap<RefName, Oid>> {
  // A transaction moves the journal first: while that stood still, the others could only follow its last entry.
  for (let look = 1; ; look++) {
    const before = await evidence.readTip();
    const refs = await evidence.readRefs();
    if (look === MAX_LOOKS || ((await evidence.readTip()) === before && refs.get(JOURNAL_REF) === before)) return refs;
  }
}

interface AuditParts {
  readonly verifier: Verifier;
  /** Keeps nothing of the copy's: what a copy says that was measured is what is in question. */
  readonly measurer: Measurer;
}

class Audit {
  readonly findings: Findings;
  private readonly evidence: Evidence;
  private readonly verifier: Verifier;
  private readonly measurer: Measurer;
  private readonly question: AuditQuestion;
  private readonly now: number;
  private readonly seen: Seen[] = [];
  /** What became active and is to be measured again. */
  private readonly activated: ActivatedPair[] = [];
  private readonly gaps: Gap[];
  private readonly redactions = new Redactions();
  /** The SHA-256 of each entry that was replayed. */
  private readonly leaves: Uint8Array[] = [];

  constructor(evidence: Evidence, { verifier, measurer }: AuditParts, question: AuditQuestion, now: number) {
    this.evidence = evidence;
    this.verifier = verifier;
    this.measurer = measurer;
    this.question = question;
    this.now = now;
    this.gaps = [...evidence.gaps];
    this.findings = new Findings(evidence.gaps.length > 0);
  }

  private tell(step: AuditStepName, done: number, total: number): void {
    this.question.onProgress?.({ step, done, total });
  }

  async run(): Promise<AuditReport> {
    const { evidence, findings } = this;
    const refs = await settledRefs(evidence);
    const tip = refs.get(JOURNAL_REF) ?? '';
    const missing = await this.scan(refs);
    const state = new LedgerState(
      evidence,
      { projection: new Projection(), policy: null, tree: null, redactions: this.redactions },
      this.question.since === undefined,
    );
    const whole = await this.replay(state, tip);
    const redacted = await this.missing(missing);
    this.dates(state);
    const inFlight = whole ? await this.refs(state, refs) : [];
    for (const { where, reason } of await evidence.refFaults()) findings.problem('refs', `${where}: ${reason}`);
    const pin = this.pin(whole ? state : null);
    const witnesses = await this.witnesses(refs, whole ? state : null);
    const remeasured = await this.remeasure(state);
    const damaged = findings.steps().some(({ problems }) => problems.length > 0);
    return Object.freeze({
      outcome: damaged ? 'failed' : this.gaps.length > 0 ? 'incomplete' : 'passed',
      location: evidence.location,
      kind: evidence.kind,
      pin,
      trusted: this.question.trust !== undefined || this.question.pin !== undefined,
      since: this.question.since ?? null,
      steps: findings.steps(),
      gaps: this.gaps,
      inFlight: evidence.kind === 'ledger' ? inFlight : [],
      tainted: this.tainted(state),
      misdated: Object.freeze([...state.projection.misdated]),
      redacted: Object.freeze(redacted),
      ...witnesses,
      remeasured,
      timestamp: state.projection.seq === -1 ? null : state.projection.timestamp,
    });
  }

  /** Returns what is named and not there. */
  private async scan(refs: ReadonlyMap<RefName, Oid>): Promise<ObjectScan['missing']> {
    const roots = [...refs.values()].filter((oid) => oid !== '');
    const scan = await this.evidence.scan(roots, (done, total) => this.tell('objects', done, total));
    this.findings.checked('objects', scan.objects);
    for (const { where, oid, reason } of scan.damaged) this.findings.problem('objects', `${where}: ${reason}`, { oid });
    return scan.missing;
  }

  /** What is missing was redacted, or is a problem. Returns what was redacted. */
  private async missing(missing: ObjectScan['missing']): Promise<readonly AuditedRedaction[]> {
    for (const { oid, wantedBy } of missing)
      if (this.redactions.get(oid) === null)
        this.findings.problem('objects', `${oid} is missing; ${wantedBy} names it`, { oid });
    // A partial clone lacks what it lacks by the way it was made, and misses nothing: so the objects themselves are asked.
    const told = this.redactions.all().map(async (blob) => {
      const gone = !(await this.evidence.isHere(blob.oid));
      return Object.freeze({ ...blob, gone });
    });
    return Promise.all(told);
  }

  /** Replays the journal; false where it could not be followed to its end. */
  private replay(state: LedgerState, tip: Oid): Promise<boolean> {
    const { evidence, verifier, findings, redactions, question } = this;
    const note = (replayed: Replayed) => {
      this.note(replayed);
      this.leaves.push(Buffer.from(state.projection.tipSha256 ?? '', 'hex'));
    };
    const tell = (done: number, total: number) => this.tell('journal', done, total);
    const replay = new JournalReplay({ evidence, verifier, findings, redactions, since: question.since, note, tell });
    return replay.run(state, tip);
  }

  private note({ oid, text, fingerprint, judged }: Replayed): void {
    const asked = this.question.remeasure;
    if (asked !== undefined)
      this.activated.push(
        ...judged.filter(({ fromVer, approved }) => fromVer !== null && (asked === 'all' || !approved)),
      );
    this.seen.push({ seq: text.seq, oid, fingerprint, subject: entrySubject(text.events) });
  }

  /** The levels of what became active, measured again where that is asked. */
  private async remeasure(state: LedgerState): Promise<Remeasured | null> {
    if (this.question.remeasure === undefined) return null;
    const tell = (done: number, total: number) => this.tell('levels', done, total);
    return remeasure(state, this.measurer, this.findings, this.activated, tell);
  }

  /** No entry is dated ahead of the auditor's clock, but for those of which admins say that they are misdated. */
  private dates({ projection, policy }: LedgerState): void {
    const latest = this.now + (policy ?? DEFAULT_SETTINGS).clockTolerance;
    const ahead = firstAhead(projection.dated, projection.misdated, latest);
    if (ahead === null) return;
    const message = `its Timestamp ${ahead.timestamp} is in the future: it is ${gitSeconds(this.now)} now`;
    this.findings.problem('dates', message, { seq: ahead.seq, oid: this.seen[ahead.seq]?.oid ?? null });
  }

  private async refs(state: LedgerState, refs: ReadonlyMap<RefName, Oid>): Promise<readonly RefName[]> {
    const { evidence, findings } = this;
    const last = state.projection.seq === -1 ? null : await evidence.readCommit(state.projection.tip);
    const compared = compareRefs(evidence, state.projection.movedRefs(), last, refs);
    findings.checked('refs', state.projection.moved.size);
    for (const { ref, message } of compared.problems)
      findings.problem('refs', message, { ref: evidence.localName(ref), oid: refs.get(ref) ?? null });
    this.gaps.push(...compared.gaps);
    return compared.lagging;
  }

  /** What stands at the checkpoint's ref, and what its witnesses say of this journal. */
  private async witnesses(refs: ReadonlyMap<RefName, Oid>, state: LedgerState | null): Promise<WitnessAnswer> {
    const { evidence, findings, question, leaves } = this;
    const oid = refs.get(CHECKPOINT_REF);
    const checkpoint = oid === undefined ? null : await readCheckpoint(evidence, oid);
    const place = { ref: CHECKPOINT_REF, oid: oid ?? null };
    const fault = oid === undefined || state === null ? null : checkpointFault(checkpoint, leaves);
    if (fault !== null) findings.problem('refs', fault, place);
    if (question.witnesses === undefined || state === null) return { witnessed: null, notWitnessed: null };
    findings.checked('witnesses');
    const { message, ...answer } = witnessAnswer(
      { checkpoint, leaves, now: this.now, policyLogKey: state.policy?.logKey },
      question.witnesses,
    );
    if (message !== null) findings.problem('witnesses', message, place);
    return answer;
  }

  private pin(state: LedgerState | null): Pin | null {
    const [root] = this.seen;
    const last = this.seen.at(-1);
    const { trust, pin } = this.question;
    if (trust !== undefined || pin !== undefined) this.findings.checked('pin');
    const found = state === null || root === undefined || last === undefined ? null : { root, last };
    // Where the first entries were taken on trust, the root's key is the pin's.
    const key = found?.root.fingerprint ?? (this.question.since === undefined ? null : (pin?.trust ?? null));
    const entryAt = (seq: number) => this.seen[seq]?.oid ?? null;
    for (const problem of checkPin({ trust, pin, root: root?.oid ?? null, key, last: last ?? null, entryAt }))
      this.findings.problem('pin', problem.message, problem);
    if (found === null || key === null) return null;
    return Object.freeze({ root: found.root.oid, trust: key, seq: found.last.seq, oid: found.last.oid });
  }

  /** What the keys that are revoked now signed from there on. */
  private tainted({ policy }: LedgerState): readonly Taint[] {
    const revoked = new Map(
      (policy?.signers ?? []).flatMap((s) => (s.revokedFrom === null ? [] : [[s.publicKey.fingerprint, s] as const])),
    );
    return this.seen.flatMap(({ seq, oid, fingerprint, subject }) => {
      const signer = fingerprint === null ? undefined : revoked.get(fingerprint);
      if (signer?.revokedFrom == null || fingerprint === null || seq < signer.revokedFrom) return [];
      return [{ seq, oid, fingerprint, principal: signer.principal, what: subject }];
    });
  }
}

/**
 * Audits a copy. `now` is the auditor's time in seconds since the Unix epoch.
 *
 * @throws `INVALID_ARGUMENT` for a question that is none; what is wrong with the copy is in the report
 */
export async function auditEvidence(
  evidence: Evidence,
  parts: AuditParts,
  question: AuditQuestion,
  now: number,
): Promise<AuditReport> {
  checkQuestion(question);
  return new Audit(evidence, parts, question, now).run();
}
