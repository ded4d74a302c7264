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
import type { Measurement } from '../ports/measuring.js';
import type { Oid } from '../ports/objects.js';
import type { StagedFiles } from '../ports/publisher.js';
import { activateVersion } from './activate.js';
import { countersign } from './admin-act.js';
import { assertBreakGlassReason, breakGlass } from './break-glass.js';
import { checkedSigner } from './checked-signer.js';
import { newDecision } from './decide.js';
import type { Decision } from './decision.js';
import { examine } from './doctor.js';
import { assertEpoch, markFailed, markHealthy, requireEpoch } from './epoch.js';
import { assertReason, checkTagFilter } from './find-rollback-target.js';
import { readLastAudit } from './last-audit.js';
import { lastWitnessed } from './last-witnessed.js';
import type {
  AssessOptions,
  ExpectOptions,
  Ledger,
  RationaleOptions,
  RollbackOptions,
  StageOptions,
  WithdrawOptions,
} from './ledger.js';
import type { LedgerAccess } from './ledger-access.js';
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

export class GitLedger extends LedgerReads implements Ledger {
  private readonly replicas: Replicas;
  private readonly onClose: (ledger: GitLedger) => void;

  /** @param onClose told once, as soon as the ledger is to be closed */
  constructor(access: LedgerAccess, onClose: (ledger: GitLedger) => void = () => undefined) {
    super(access);
    this.replicas = new Replicas(access);
    this.onClose = onClose;
  }

  /** A write of versions: decided when the content of all of them has been hashed. */
  private async writeVersions<T>(
    needs: readonly EventType[],
    given: readonly GivenVersion[],
    decide: (decision: Decision, requests: readonly StageRequest[]) => T,
  ): Promise<T> {
    const { access } = this;
    access.assertOpen();
    const { publisher } = access.parts;
    const staged: StagedFiles[] = [];
    const contents = new Map<Oid, NormalizedFiles>();
    let requests: StageRequest[] = [];
    const isMeasured = needs.includes('activate') && access.read(({ policy }) => measuresFirst(policy));
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
      return await access.writer.run({ needs, decide: (decision) => decide(decision, requests), contents }, ready);
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
    return this.access.write(['activate'], (decision) => {
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
    this.access.assertOpen();
    const { parts, journal, replica } = this.access;
    return permit({ ...parts, journal, replica }, moduleId, version);
  }

  async breakGlass(moduleId: string, version: number, options: BreakGlassOptions): Promise<VersionCheckpoint> {
    assertModuleId(moduleId);
    assertVersion(version);
    const reason = assertBreakGlassReason(options?.reason);
    return this.access.write(['break-glass'], (decision) => breakGlass(decision, moduleId, version, reason));
  }

  async tag(moduleId: string, version: number, tag: string): Promise<void> {
    assertModuleId(moduleId);
    assertVersion(version);
    assertTag(tag);
    return this.access.write(['tag'], (decision) => addTag(decision, moduleId, version, tag));
  }

  async untag(moduleId: string, version: number, tag: string): Promise<void> {
    assertModuleId(moduleId);
    assertVersion(version);
    assertTag(tag);
    return this.access.write(['untag'], (decision) => removeTag(decision, moduleId, version, tag));
  }

  async markHealthy(moduleId: string, expect: Epoch): Promise<boolean> {
    assertModuleId(moduleId);
    const epoch = assertEpoch(expect);
    return this.access.write(['tag'], (decision) => markHealthy(decision, moduleId, epoch));
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
    return this.access.write(['tag'], (decision) => {
      const { entries } = decision.require(moduleId, version);
      return markFailed(decision, moduleId, version, since ?? entries[0] ?? 0);
    });
  }

  async assessCompatibility(report: NewReport): Promise<CompatibilityLevel> {
    const checked = checkReport(report);
    return this.access.write(['report'], (decision) => assess(decision, checked));
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
    const [before, found] = this.access.read((view) =>
      [fromVer, toVer].map((number) => {
        if (number === null) return null;
        const version = view.require(moduleId, number);
        refuseRedacted(version);
        return measuredVersion(this.access.parts.objects, view.checkpoint(version), view.contentOf(version).tree);
      }),
    );
    const after = content ?? found ?? null;
    if (after === null) throw new TypeError('neither a version nor content');
    const { format } = await this.policy();
    return measurePair(this.access.parts.measurer, [before ?? null, after], format, options?.signal);
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
    return this.access.write(['report'], (decision) => addFinding(decision, report));
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
    return this.access.write(['approve'], (decision) => approve(decision, pair));
  }

  async withdraw(
    moduleId: string,
    fromVer: number | null,
    toVer: number,
    options?: WithdrawOptions,
  ): Promise<StoredReport> {
    const pair = GitLedger.pairOf(moduleId, fromVer, toVer, options);
    const act = options?.reports === true ? withdrawReports : withdraw;
    return this.access.write(['withdraw'], (decision) => act(decision, pair));
  }

  async rollback(moduleId: string, reason: RollbackReason, options?: RollbackOptions): Promise<VersionCheckpoint> {
    assertModuleId(moduleId);
    const to = options?.to === undefined ? undefined : assertVersion(options.to, 'to');
    const expect = options?.expect === undefined ? undefined : assertEpoch(options.expect);
    const filter = checkTagFilter(options?.tagFilter);
    const request = { moduleId, reason: assertReason(reason), to, filter, expect };
    return this.access.write(['rollback'], (decision) => rollback(decision, request));
  }

  async setPolicy(change: PolicyChange, options: CountersignOptions = {}): Promise<Policy> {
    const { verifier } = this.access.parts;
    return this.access.write(['policy'], (decision) => setPolicy(decision, change, options, verifier));
  }

  async upgrade({ onProgress }: Parameters<Ledger['upgrade']>[0] = {}): Promise<Policy> {
    this.access.assertOpen();
    const { objects, upkeep } = this.access.parts;
    const state = this.access.journal.state();
    if (state.policy.format === 2) return state.policy;
    const hashes = await hashVersions(objects, state, onProgress);
    // Before the entry is there: whoever does not know the format must not meet it unwarned.
    await upkeep.requireFormat(2);
    return this.access.write(['upgrade', 'policy', 'clock'], (decision) => upgrade(decision, hashes));
  }

  async declareMisdated(options: CountersignOptions = {}): Promise<MisdatedEntries> {
    const { verifier } = this.access.parts;
    return this.access.write(['clock'], (decision) => declareMisdated(decision, options, verifier));
  }

  async redact(moduleId: string, version: number, path: string, options: RedactOptions): Promise<Redaction> {
    assertModuleId(moduleId);
    assertVersion(version);
    const request = checkRedactRequest(moduleId, version, path, options?.reason);
    this.access.assertOpen();
    const { parts, journal } = this.access;
    if (options.dryRun === true) return plannedRedaction(newDecision(journal.state(), parts, parts.drafts()), request);
    const redaction = await this.access.write(['redact'], (decision) => redact(decision, request, options, parts));
    await this.access.finishRedactions().catch((error: unknown) => {
      throw notRemoved(error);
    });
    return redaction;
  }

  async countersign(act: AdminAct): Promise<string> {
    this.access.assertOpen();
    const { parts, journal } = this.access;
    const { signer, verifier } = parts;
    const decision = newDecision(journal.state(), parts, parts.drafts());
    return countersign(decision, act, signer === null ? null : checkedSigner(signer, verifier));
  }

  async audit(question?: AuditQuestion): Promise<AuditReport> {
    this.access.assertOpen();
    return this.access.parts.audit(question ?? {});
  }

  async lastAudit(): Promise<LastAudit | null> {
    this.access.assertOpen();
    return readLastAudit(this.access.parts.privateFiles);
  }

  async lastWitnessed(): Promise<LastWitnessed | null> {
    this.access.assertOpen();
    return lastWitnessed(this.access.parts);
  }

  async doctor(options?: DoctorOptions): Promise<DoctorReport> {
    this.access.assertOpen();
    const { parts, journal, writer } = this.access;
    const restoreRefs = (refs: readonly string[]) =>
      this.access.write(['restored'], (decision) => restoreForeign(decision, refs));
    return examine(
      { ...parts, journal, restoreRefs, restoreJournal: (good, found) => writer.restoreJournal(good, found) },
      options ?? {},
    );
  }

  async pull(remote?: string): Promise<ReplicationResult> {
    return this.replicas.exchange(remote, { pull: true, push: false, first: false });
  }

  async push(remote?: string): Promise<ReplicationResult> {
    return this.replicas.exchange(remote, { pull: false, push: true, first: true });
  }

  async sync(remote?: string): Promise<ReplicationResult> {
    return this.replicas.exchange(remote, { pull: true, push: true, first: true });
  }

  async replication(): Promise<Replication> {
    return this.replicas.state();
  }

  async close(): Promise<void> {
    if (this.access.isClosed) return;
    this.onClose(this);
    await this.access.close();
  }
}

/** Records versions in order, all or none. */
function recordAll(decision: Decision, requests: readonly StageRequest[]): VersionCheckpoint[] {
  return requests.map((request) => record(decision, request));
}
