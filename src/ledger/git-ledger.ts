/** The ledger: every call that writes, each put together from one use case, over the calls that read. */

import type { AuditQuestion, AuditReport } from '../audit/audit-report.js';
import { invalidInput, quoted } from '../errors.js';
import { assertVersion, type NewCheckpoint, type VersionCheckpoint } from '../model/checkpoint.js';
import type { MisdatedEntries } from '../model/clock.js';
import type { EventType } from '../model/journal-entry.js';
import { copiedFiles, type ModuleFiles, type NormalizedFiles } from '../model/module-files.js';
import { assertModuleId } from '../model/module-id.js';
import type { Policy, PolicyChange } from '../model/policy.js';
import { type CompatibilityLevel, checkReport, type NewReport, type StoredReport } from '../model/report.js';
import type { RollbackReason } from '../model/rollback-target.js';
import { assertTag } from '../model/tag-label.js';
import type { SwapHook } from '../ports/hook.js';
import type { IndexFiles } from '../ports/index-file.js';
import type { Signer, Verifier } from '../ports/keys.js';
import type { Measurement, Measurer } from '../ports/measuring.js';
import type { LedgerObjects, Oid } from '../ports/objects.js';
import type { ObjectDrafts, Publisher, StagedFiles } from '../ports/publisher.js';
import type { Remote } from '../ports/remote.js';
import type { ObjectReader, PrivateFiles, RefReader } from '../ports/repository.js';
import type { Upkeep } from '../ports/upkeep.js';
import { activateVersion } from './activate.js';
import { countersign } from './admin-act.js';
import { assertBreakGlassReason, breakGlass } from './break-glass.js';
import { checkedSigner } from './checked-signer.js';
import { newDecision } from './decide.js';
import type { Decision } from './decision.js';
import { examine } from './doctor.js';
import { assertEpoch, markFailed, markHealthy, requireEpoch } from './epoch.js';
import { assertReason, checkTagFilter } from './find-rollback-target.js';
import { finishRedactions } from './finish-redactions.js';
import { Journal, type OnProgress } from './journal.js';
import { readLastAudit } from './last-audit.js';
import { lastWitnessed } from './last-witnessed.js';
import type {
  AssessOptions,
  ExpectOptions,
  Ledger,
  LedgerNotice,
  RationaleOptions,
  RollbackOptions,
  StageOptions,
  WithdrawOptions,
} from './ledger.js';
import type { DoctorOptions, DoctorReport, LastAudit, LastWitnessed } from './ledger-journal.js';
import type { BreakGlassOptions, Epoch, MarkFailedOptions, Permit } from './ledger-live.js';
import type { AdminAct, CountersignOptions } from './ledger-policy.js';
import { LedgerReads } from './ledger-reads.js';
import type { Replication, ReplicationResult } from './ledger-replicas.js';
import type { MeasureOptions, NewContent } from './ledger-reports.js';
import type { Redaction, RedactOptions } from './ledger-versions.js';
import { measuredReport, measuredVersion, measurePair, newContent } from './measure.js';
import { measuresFirst } from './measure-first.js';
import { declareMisdated } from './misdated.js';
import { permit } from './permit.js';
import { record, stage } from './record.js';
import { checkRedactRequest, notRemoved, plannedRedaction, redact } from './redact.js';
import { refuseRedacted } from './refuse-redacted.js';
import { Replicas } from './replicas.js';
import { addFinding, approve, assess, type PairDecision, withdraw, withdrawReports } from './reports.js';
import { restoreForeign, rollback } from './rollback.js';
import { setPolicy } from './set-policy.js';
import { type GivenVersion, givenVersion, type StageRequest, stageRequest } from './stage.js';
import { addTag, removeTag } from './tag.js';
import { hashVersions, upgrade } from './upgrade.js';
import type { CheckpointContent } from './version-manager.js';
import { Writer } from './writer.js';

interface LedgerParts {
  /** Where the ledger is, for messages. */
  readonly location: string;
  readonly objects: ObjectReader;
  /** The same, as the audit reads them. */
  readonly audited: LedgerObjects;
  readonly refs: RefReader;
  readonly privateFiles: PrivateFiles;
  readonly upkeep: Upkeep;
  readonly publisher: Publisher;
  /** A place for the objects of one plan. */
  readonly drafts: () => ObjectDrafts;
  /** Where the index is kept; null: in memory only. */
  readonly index: IndexFiles | null;
  readonly verifier: Verifier;
  readonly signer: Signer | null;
  /** The operator's say before each activation. */
  readonly hook: SwapHook;
  /** Says what a version changes. */
  readonly measurer: Measurer;
  readonly now: () => number;
  readonly notify: (notice: LedgerNotice) => void;
  /** The remote that every write goes through; null: writes are this ledger's own. */
  readonly remote: Remote | null;
  /** The remote that a URL or a name of the repository's config stands for. @throws `INVALID_ARGUMENT`, `NOT_FOUND` */
  readonly remoteAt: (name: string) => Promise<Remote>;
  /** Reads this ledger as an auditor does: from its bytes, past everything that is cached. */
  readonly audit: (question: AuditQuestion) => Promise<AuditReport>;
}

export class GitLedger extends LedgerReads implements Ledger {
  private readonly parts: LedgerParts;
  private readonly writer: Writer;
  private readonly replicas: Replicas;
  private readonly onClose: (ledger: GitLedger) => void;

  constructor(parts: LedgerParts, onClose: (ledger: GitLedger) => void = () => undefined) {
    const { location, objects, refs, verifier } = parts;
    const journal = new Journal({ objects, refs, verifier, files: parts.index });
    super({ location, objects, verifier, journal });
    this.parts = parts;
    const signer = parts.signer === null ? null : checkedSigner(parts.signer, verifier);
    this.replicas = new Replicas({ ...parts, journal, finishRedactions: () => this.finishRedactions() });
    this.writer = new Writer({ ...parts, journal, signer, replica: this.replicas.replica });
    this.onClose = onClose;
  }

  /** Catches up with the journal, however far that is. */
  async open(onProgress?: OnProgress): Promise<void> {
    await this.journal.open(onProgress);
    await this.writer.keepIndex();
    // Whoever only reads, or has a disk that is full, reads all the same: doctor says what is left.
    // A journal that does not verify is not asked: what it was seen to say would bear witness for it.
    if (this.journal.position !== null) await this.finishRedactions().catch(() => undefined);
  }

  private write<T>(needs: readonly EventType[], decide: (decision: Decision) => T): Promise<T> {
    this.assertOpen();
    return this.writer.run({ needs, decide });
  }

  /** A write of versions: decided when the content of all of them has been hashed. */
  private async writeVersions<T>(
    needs: readonly EventType[],
    given: readonly GivenVersion[],
    decide: (decision: Decision, requests: readonly StageRequest[]) => T,
  ): Promise<T> {
    this.assertOpen();
    const { publisher } = this.parts;
    const staged: StagedFiles[] = [];
    const contents = new Map<Oid, NormalizedFiles>();
    let requests: StageRequest[] = [];
    const isMeasured = needs.includes('activate') && this.read(({ policy }) => measuresFirst(policy));
    const stageAll = given.map(async (version) => {
      // The publisher takes the bytes away: what is to be measured is kept here as well.
      const kept = version.files === null || !isMeasured ? null : copiedFiles(version.files);
      const files = version.files === null ? null : await publisher.stageFiles(version.files);
      if (files !== null) staged.push(files);
      if (files !== null && kept !== null) contents.set(files.tree, kept);
      return stageRequest(version, files);
    });
    const ready = Promise.all(stageAll).then((all) => {
      requests = all;
    });
    try {
      return await this.writer.run({ needs, decide: (decision) => decide(decision, requests), contents }, ready);
    } finally {
      await Promise.allSettled(stageAll);
      publisher.releaseFiles(staged.map(({ id }) => id));
    }
  }

  async recordCheckpoint(cp: NewCheckpoint, content?: CheckpointContent): Promise<VersionCheckpoint> {
    const given = givenVersion(cp, content);
    const [recorded] = await this.writeVersions(['stage', 'activate'], [given], recordAll);
    if (recorded === undefined) throw new TypeError('a record without a version');
    return recorded;
  }

  async recordCheckpoints(
    list: readonly { readonly checkpoint: NewCheckpoint; readonly files?: ModuleFiles | undefined }[],
  ): Promise<readonly VersionCheckpoint[]> {
    if (!Array.isArray(list)) {
      const issue = { path: 'list', expected: 'an array of { checkpoint, files? }', actual: quoted(list) };
      throw invalidInput('INVALID_ARGUMENT', [issue], 'for a single version use recordCheckpoint');
    }
    const given = list.map((item) => givenVersion(item?.checkpoint, { files: item?.files }));
    if (given.length === 0) return [];
    return this.writeVersions(['stage', 'activate'], given, recordAll);
  }

  async stage(cp: NewCheckpoint, content?: CheckpointContent, options?: StageOptions): Promise<VersionCheckpoint> {
    const given = givenVersion(cp, content);
    const reuse = options?.reuse === true;
    const [staged] = await this.writeVersions(['stage'], [given], (decision, requests) =>
      requests.map((request) => stage(decision, request, reuse)),
    );
    if (staged === undefined) throw new TypeError('a stage without a version');
    return staged;
  }

  async activate(moduleId: string, version: number, options?: ExpectOptions): Promise<VersionCheckpoint> {
    assertModuleId(moduleId);
    assertVersion(version);
    const expect = options?.expect === undefined ? undefined : assertEpoch(options.expect);
    return this.write(['activate'], (decision) => {
      // Active already: an acknowledgement that was lost, or another process that was faster with the same.
      const done = decision.module(moduleId)?.active === version;
      if (expect !== undefined && !done) requireEpoch(decision, moduleId, expect);
      activateVersion(decision, decision.require(moduleId, version));
      return decision.checkpoint(decision.require(moduleId, version));
    });
  }

  async permit(moduleId: string, version: number): Promise<Permit> {
    assertModuleId(moduleId);
    assertVersion(version);
    this.assertOpen();
    const { replica } = this.replicas;
    return permit({ ...this.parts, journal: this.journal, replica }, moduleId, version);
  }

  async breakGlass(moduleId: string, version: number, options: BreakGlassOptions): Promise<VersionCheckpoint> {
    assertModuleId(moduleId);
    assertVersion(version);
    const reason = assertBreakGlassReason(options?.reason);
    return this.write(['break-glass'], (decision) => breakGlass(decision, moduleId, version, reason));
  }

  async tag(moduleId: string, version: number, tag: string): Promise<void> {
    assertModuleId(moduleId);
    assertVersion(version);
    assertTag(tag);
    return this.write(['tag'], (decision) => addTag(decision, moduleId, version, tag));
  }

  async untag(moduleId: string, version: number, tag: string): Promise<void> {
    assertModuleId(moduleId);
    assertVersion(version);
    assertTag(tag);
    return this.write(['untag'], (decision) => removeTag(decision, moduleId, version, tag));
  }

  async markHealthy(moduleId: string, expect: Epoch): Promise<boolean> {
    assertModuleId(moduleId);
    const epoch = assertEpoch(expect);
    return this.write(['tag'], (decision) => markHealthy(decision, moduleId, epoch));
  }

  async markFailed(moduleId: string, version: number, options?: MarkFailedOptions): Promise<boolean> {
    assertModuleId(moduleId);
    assertVersion(version);
    const since = options?.since;
    if (since !== undefined && !(Number.isSafeInteger(since) && since >= 0)) {
      const issue = { path: 'since', expected: 'the number of an entry', actual: quoted(since) };
      throw invalidInput(
        'INVALID_ARGUMENT',
        [issue],
        'give the entry since which the version was watched, or leave it out',
      );
    }
    return this.write(['tag'], (decision) => {
      const { entries } = decision.require(moduleId, version);
      return markFailed(decision, moduleId, version, since ?? entries[0] ?? 0);
    });
  }

  async assessCompatibility(report: NewReport): Promise<CompatibilityLevel> {
    const checked = checkReport(report);
    return this.write(['report'], (decision) => assess(decision, checked));
  }

  async measure(
    moduleId: string,
    fromVer: number | null,
    to: number | NewContent,
    options?: MeasureOptions,
  ): Promise<Measurement> {
    const toVer = typeof to === 'number' ? to : null;
    // The rules of a pair are those of its reports; content that has no number yet comes after every version.
    checkReport({ moduleId, fromVer, toVer: toVer ?? Number.MAX_SAFE_INTEGER, level: 'UNKNOWN' });
    const content = typeof to === 'number' ? null : newContent(to);
    const [before, found] = this.read((view) =>
      [fromVer, toVer].map((number) => {
        if (number === null) return null;
        const version = view.require(moduleId, number);
        refuseRedacted(version);
        return measuredVersion(this.objects, view.checkpoint(version), view.contentOf(version).tree);
      }),
    );
    const after = content ?? found ?? null;
    if (after === null) throw new TypeError('neither a version nor content');
    const { format } = await this.policy();
    return measurePair(this.parts.measurer, [before ?? null, after], format, options?.signal);
  }

  async assess(
    moduleId: string,
    fromVer: number | null,
    toVer: number,
    options?: AssessOptions,
  ): Promise<StoredReport> {
    const { level, rationale, signal } = options ?? {};
    checkReport({ moduleId, fromVer, toVer, level: level ?? 'UNKNOWN', rationale });
    const measured = await this.measure(moduleId, fromVer, toVer, { signal });
    const { format } = await this.policy();
    const pair = { moduleId, fromVer, toVer };
    const report = checkReport(measuredReport(pair, measured, format, level ?? null, rationale));
    return this.write(['report'], (decision) => addFinding(decision, report));
  }

  /** A pair as given to approve or withdraw. The rules of a report's fields are those of `checkReport`. */
  private static pairOf(
    moduleId: string,
    fromVer: number | null,
    toVer: number,
    options?: RationaleOptions,
  ): PairDecision {
    const { rationale } = checkReport({ moduleId, fromVer, toVer, level: 'UNKNOWN', rationale: options?.rationale });
    return { moduleId, fromVer, toVer, rationale };
  }

  async approve(
    moduleId: string,
    fromVer: number | null,
    toVer: number,
    options?: RationaleOptions,
  ): Promise<StoredReport> {
    const pair = GitLedger.pairOf(moduleId, fromVer, toVer, options);
    return this.write(['approve'], (decision) => approve(decision, pair));
  }

  async withdraw(
    moduleId: string,
    fromVer: number | null,
    toVer: number,
    options?: WithdrawOptions,
  ): Promise<StoredReport> {
    const pair = GitLedger.pairOf(moduleId, fromVer, toVer, options);
    const act = options?.reports === true ? withdrawReports : withdraw;
    return this.write(['withdraw'], (decision) => act(decision, pair));
  }

  async rollback(moduleId: string, reason: RollbackReason, options?: RollbackOptions): Promise<VersionCheckpoint> {
    assertModuleId(moduleId);
    const to = options?.to === undefined ? undefined : assertVersion(options.to, 'to');
    const expect = options?.expect === undefined ? undefined : assertEpoch(options.expect);
    const filter = checkTagFilter(options?.tagFilter);
    const request = { moduleId, reason: assertReason(reason), to, filter, expect };
    return this.write(['rollback'], (decision) => rollback(decision, request));
  }

  async setPolicy(change: PolicyChange, options: CountersignOptions = {}): Promise<Policy> {
    const { verifier } = this.parts;
    return this.write(['policy'], (decision) => setPolicy(decision, change, options, verifier));
  }

  async upgrade({ onProgress }: Parameters<Ledger['upgrade']>[0] = {}): Promise<Policy> {
    this.assertOpen();
    const { objects, upkeep } = this.parts;
    const state = this.journal.state();
    if (state.policy.format === 2) return state.policy;
    const hashes = await hashVersions(objects, state, onProgress);
    // Before the entry is there: whoever does not know the format must not meet it unwarned.
    await upkeep.requireFormat(2);
    return this.write(['upgrade', 'policy', 'clock'], (decision) => upgrade(decision, hashes));
  }

  async declareMisdated(options: CountersignOptions = {}): Promise<MisdatedEntries> {
    const { verifier } = this.parts;
    return this.write(['clock'], (decision) => declareMisdated(decision, options, verifier));
  }

  async redact(moduleId: string, version: number, path: string, options: RedactOptions): Promise<Redaction> {
    assertModuleId(moduleId);
    assertVersion(version);
    const request = checkRedactRequest(moduleId, version, path, options?.reason);
    this.assertOpen();
    const { parts } = this;
    if (options.dryRun === true)
      return plannedRedaction(newDecision(this.journal.state(), parts, parts.drafts()), request);
    const redaction = await this.write(['redact'], (decision) => redact(decision, request, options, parts));
    await this.finishRedactions().catch((error: unknown) => {
      throw notRemoved(error);
    });
    return redaction;
  }

  /** Removes what was redacted and is here still, and tells git what is missing on purpose. */
  private finishRedactions(): Promise<void> {
    return finishRedactions({ ...this.parts, journal: this.journal });
  }

  async countersign(act: AdminAct): Promise<string> {
    this.assertOpen();
    const { signer, verifier } = this.parts;
    const decision = newDecision(this.journal.state(), this.parts, this.parts.drafts());
    return countersign(decision, act, signer === null ? null : checkedSigner(signer, verifier));
  }

  async audit(question?: AuditQuestion): Promise<AuditReport> {
    this.assertOpen();
    return this.parts.audit(question ?? {});
  }

  async lastAudit(): Promise<LastAudit | null> {
    this.assertOpen();
    return readLastAudit(this.parts.privateFiles);
  }

  async lastWitnessed(): Promise<LastWitnessed | null> {
    this.assertOpen();
    return lastWitnessed(this.parts);
  }

  async doctor(options?: DoctorOptions): Promise<DoctorReport> {
    this.assertOpen();
    const { parts, journal, writer } = this;
    const restoreRefs = (refs: readonly string[]) =>
      this.write(['restored'], (decision) => restoreForeign(decision, refs));
    return examine(
      { ...parts, journal, restoreRefs, restoreJournal: (good, found) => writer.restoreJournal(good, found) },
      options ?? {},
    );
  }

  async pull(remote?: string): Promise<ReplicationResult> {
    this.assertOpen();
    return this.replicas.sync(remote, { pull: true, push: false, first: false });
  }

  async push(remote?: string): Promise<ReplicationResult> {
    this.assertOpen();
    return this.replicas.sync(remote, { pull: false, push: true, first: true });
  }

  async sync(remote?: string): Promise<ReplicationResult> {
    this.assertOpen();
    return this.replicas.sync(remote, { pull: true, push: true, first: true });
  }

  async replication(): Promise<Replication> {
    this.assertOpen();
    return this.replicas.state();
  }

  async close(): Promise<void> {
    if (this.closed) return;
    this.closed = true;
    this.onClose(this);
    // Writes under way may wait for a measurement, and one that is cut short would count as UNKNOWN.
    await this.writer.settle();
    await this.parts.measurer.close();
    await this.parts.publisher.close();
    this.journal.close();
  }
}

/** Records versions in order, all or none. */
function recordAll(decision: Decision, requests: readonly StageRequest[]): VersionCheckpoint[] {
  return requests.map((request) => record(decision, request));
}
