/** The ledger: every call that writes, each put together from one use case, over the calls that read. */

import type { AuditQuestion, AuditReport } from '../audit/contract.js';
import { invalidInput, quoted } from '../errors.js';
import { assertVersion, type NewCheckpoint, type VersionCheckpoint } from '../model/checkpoint.js';
import { sha256Hex } from '../model/content-digest.js';
import type { ModuleFiles } from '../model/module-files.js';
import { assertModuleId } from '../model/module-id.js';
import { changePolicy, formatPolicy, type Policy, type PolicyChange } from '../model/policy.js';
import { type CompatibilityLevel, checkReport, type NewReport, type StoredReport } from '../model/report.js';
import { assertRevocable } from '../model/revocation.js';
import type { RollbackReason } from '../model/rollback-target.js';
import { assertTag } from '../model/tag-label.js';
import type { SwapHook } from '../ports/hook.js';
import type { Signer, Verifier } from '../ports/keys.js';
import type { Measurement, Measurer } from '../ports/measuring.js';
import type { Store } from '../ports/publishing.js';
import type { Remote } from '../ports/remote.js';
import { activateVersion } from './activate.js';
import { addFinding, approve, assess, type PairDecision, withdraw } from './assess.js';
import { assertBreakGlassReason, breakGlass } from './break-glass.js';
import { checkedSigner } from './checked-signer.js';
import type {
  AssessOptions,
  BreakGlassOptions,
  CheckpointContent,
  DoctorOptions,
  DoctorReport,
  Ledger,
  LedgerNotice,
  MeasureOptions,
  NewContent,
  RationaleOptions,
  Replication,
  ReplicationResult,
  RollbackOptions,
} from './contract.js';
import { examine } from './doctor.js';
import { LedgerReads } from './ledger-reads.js';
import { measuredReport, newContent, versionContent } from './measure.js';
import { withPermits } from './permits.js';
import { record, recordAll, stage } from './record.js';
import { Replicas } from './replicas.js';
import { restoreForeign, rollback } from './rollback.js';
import { assertReason, checkTagFilter } from './rollback-target.js';
import { stageRequest } from './stage.js';
import { addTag, removeTag } from './tag.js';
import { type Operation, Writer } from './writer.js';

export interface LedgerParts {
  readonly store: Store;
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
  private readonly hook: SwapHook;
  private readonly measurer: Measurer;
  private readonly auditor: LedgerParts['audit'];
  private readonly writer: Writer;
  private readonly replicas: Replicas;
  private readonly onClose: (ledger: GitLedger) => void;

  constructor(parts: LedgerParts, onClose: (ledger: GitLedger) => void = () => undefined) {
    const { store, verifier, now, notify } = parts;
    super(store, verifier);
    const signer = parts.signer === null ? null : checkedSigner(parts.signer, verifier);
    this.hook = parts.hook;
    this.measurer = parts.measurer;
    this.auditor = parts.audit;
    this.replicas = new Replicas({ ...parts, journal: this.journal });
    const { replica } = this.replicas;
    this.writer = new Writer({ store, journal: this.journal, reader: this.reader, signer, now, notify, replica });
    this.onClose = onClose;
  }

  private write<T>(needs: Parameters<Writer['run']>[0], operation: Operation<T>): Promise<T> {
    this.assertOpen();
    return this.writer.run(needs, operation);
  }

  /** A write that may make versions active: each of them only if the operator's hook lets it pass. */
  private activating<T>(needs: Parameters<Writer['run']>[0], operation: Operation<T>): Promise<T> {
    return withPermits(this.hook, (permit, settle) =>
      this.write(needs, async (draft, context) => {
        const result = await operation(draft, { ...context, permit });
        await settle();
        return result;
      }),
    );
  }

  async recordCheckpoint(cp: NewCheckpoint, content?: CheckpointContent): Promise<VersionCheckpoint> {
    const request = stageRequest(cp, content);
    return this.activating(['stage', 'activate'], (draft, context) => record(draft, request, context));
  }

  async recordCheckpoints(
    list: readonly { readonly checkpoint: NewCheckpoint; readonly files?: ModuleFiles | undefined }[],
  ): Promise<readonly VersionCheckpoint[]> {
    if (!Array.isArray(list)) {
      const issue = { path: 'list', expected: 'an array of { checkpoint, files? }', actual: quoted(list) };
      throw invalidInput('INVALID_ARGUMENT', [issue], 'for a single version use recordCheckpoint');
    }
    const requests = list.map((item) => stageRequest(item?.checkpoint, { files: item?.files }));
    if (requests.length === 0) return [];
    return this.activating(['stage', 'activate'], (draft, context) => recordAll(draft, requests, context));
  }

  async stage(cp: NewCheckpoint, content?: CheckpointContent): Promise<VersionCheckpoint> {
    const request = stageRequest(cp, content);
    return this.write(['stage'], (draft, context) => stage(draft, request, context));
  }

  async activate(moduleId: string, version: number): Promise<VersionCheckpoint> {
    assertModuleId(moduleId);
    assertVersion(version);
    return this.activating(['activate'], async (draft, context) => {
      const commit = await draft.require(moduleId, version);
      await activateVersion(draft, commit, context);
      return draft.checkpoint(commit);
    });
  }

  async breakGlass(moduleId: string, version: number, options: BreakGlassOptions): Promise<VersionCheckpoint> {
    assertModuleId(moduleId);
    assertVersion(version);
    const reason = assertBreakGlassReason(options?.reason);
    return this.write(['break-glass'], (draft) => breakGlass(draft, moduleId, version, reason));
  }

  async tag(moduleId: string, version: number, tag: string): Promise<void> {
    assertModuleId(moduleId);
    assertVersion(version);
    assertTag(tag);
    return this.write(['tag'], async (draft) => addTag(draft, await draft.require(moduleId, version), tag));
  }

  async untag(moduleId: string, version: number, tag: string): Promise<void> {
    assertModuleId(moduleId);
    assertVersion(version);
    assertTag(tag);
    return this.write(['untag'], async (draft) => removeTag(draft, await draft.require(moduleId, version), tag));
  }

  async assessCompatibility(report: NewReport): Promise<CompatibilityLevel> {
    const checked = checkReport(report);
    return this.write(['report'], (draft, context) => assess(draft, checked, context));
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
    const [from, found] = await this.read(async (view) => [
      fromVer === null ? null : await view.require(moduleId, fromVer),
      toVer === null ? null : await view.require(moduleId, toVer),
    ]);
    const before = from === null ? null : await versionContent(this.store, from);
    const after = content ?? (found === null ? null : await versionContent(this.store, found));
    if (after === null) throw new TypeError('neither a version nor content');
    return this.measurer.measure(before, after, options?.signal);
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
    const report = checkReport(measuredReport({ moduleId, fromVer, toVer }, measured, level ?? null, rationale));
    return this.write(['report'], (draft, context) => addFinding(draft, report, context));
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
    return this.write(['approve'], (draft, context) => approve(draft, pair, context));
  }

  async withdraw(
    moduleId: string,
    fromVer: number | null,
    toVer: number,
    options?: RationaleOptions,
  ): Promise<StoredReport> {
    const pair = GitLedger.pairOf(moduleId, fromVer, toVer, options);
    return this.write(['withdraw'], (draft, context) => withdraw(draft, pair, context));
  }

  async rollback(moduleId: string, reason: RollbackReason, options?: RollbackOptions): Promise<VersionCheckpoint> {
    assertModuleId(moduleId);
    const to = options?.to === undefined ? undefined : assertVersion(options.to, 'to');
    const request = { moduleId, reason: assertReason(reason), to, filter: checkTagFilter(options?.tagFilter) };
    return this.write(['rollback'], (draft) => rollback(draft, request));
  }

  async setPolicy(change: PolicyChange): Promise<Policy> {
    return this.write(['policy'], async (draft, { signer }) => {
      const policy = changePolicy(draft.policy, change);
      assertRevocable(draft.policy, policy, { seq: draft.projection.seq + 1, by: signer.publicKey.fingerprint });
      const [before, files] = [formatPolicy(draft.policy), formatPolicy(policy)];
      if (before.policyJson === files.policyJson && before.allowedSigners === files.allowedSigners) return policy;
      draft.newPolicy = policy;
      // One entry states one policy: the hashes of an earlier change in the same transaction give way to these.
      draft.events.push({
        type: 'policy',
        policySha256: sha256Hex(files.policyJson),
        signersSha256: sha256Hex(files.allowedSigners),
      });
      return policy;
    });
  }

  async audit(question?: AuditQuestion): Promise<AuditReport> {
    this.assertOpen();
    return this.auditor(question ?? {});
  }

  async doctor(options?: DoctorOptions): Promise<DoctorReport> {
    this.assertOpen();
    const { store, journal, writer } = this;
    const restoreRefs = (refs: readonly string[]) => this.write(['restored'], (draft) => restoreForeign(draft, refs));
    const restoreJournal = (good: string, found: string | null) => writer.restoreJournal(good, found);
    return examine({ store, journal, restoreRefs, restoreJournal }, options ?? {});
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
    await this.measurer.close();
    await this.writer.settle();
    await this.store.close();
  }
}
