/**
 * A manager with the seven calls alone, as a swap uses it: what it cannot remember, this process does.
 *
 * It holds no files, so a version can be gone back to only if it ran in this process before, and it has no call for a
 * rollback: the process goes back, the manager goes on to name the version that was left.
 */

import type { Epoch } from '../../ledger/ledger-live.js';
import type { VersionManager } from '../../ledger/version-manager.js';
import type { VersionCheckpoint } from '../../model/checkpoint.js';
import { ASSESSED_UNKNOWN, NO_REPORT } from '../../model/gate.js';
import type { NormalizedFiles } from '../../model/module-files.js';
import { toPrintableText } from '../../model/printable.js';
import {
  type CompatibilityLevel,
  type CompatibilityReport,
  MAX_RATIONALE_BYTES,
  type NewReport,
} from '../../model/report.js';
import type { RollbackReason } from '../../model/rollback-target.js';
import type {
  GateAnswer,
  LedgerAdapter,
  LiveEpoch,
  PermitAnswer,
  Staged,
  Succession,
  VersionToStage,
} from './adapter.js';

/** The contents kept of each module, newest last. */
const KEPT_CONTENTS = 20;
/** The failed versions remembered of each module. */
const KEPT_FAILURES = 100;

interface Memory {
  readonly contents: Map<number, VersionToStage>;
  /** Version → checksum. */
  readonly failed: Map<number, string>;
  /** Since the last healthy version. */
  rollbacks: number;
  /** The last assessed pair, as `from-to`, with the level in force for it. */
  assessed: { readonly pair: string; readonly level: CompatibilityLevel; readonly report: CompatibilityReport } | null;
}

function keep<V>(map: Map<number, V>, key: number, value: V, most: number): void {
  map.delete(key);
  map.set(key, value);
  for (const oldest of map.keys()) {
    if (map.size <= most) return;
    map.delete(oldest);
  }
}

export class SevenCallAdapter implements LedgerAdapter {
  readonly hasContent = false;
  readonly wayPastLimit = 'call resetRollbacks';
  private readonly manager: VersionManager;
  private readonly memories = new Map<string, Memory>();

  constructor(manager: VersionManager) {
    this.manager = manager;
  }

  active(moduleId: string): Promise<VersionCheckpoint | null> {
    return this.manager.latestCheckpoint(moduleId);
  }

  /** It has no journal: a number stands for the time since when its version is active. */
  async epoch(moduleId: string): Promise<Epoch | null> {
    const active = await this.active(moduleId);
    return active === null ? null : { version: active.version, since: active.version };
  }

  async successionOf(moduleId: string): Promise<Succession> {
    return { active: await this.active(moduleId), rolledBack: null };
  }

  async failedBefore(moduleId: string, checksum: string): Promise<number | null> {
    return [...this.memory(moduleId).failed].findLast(([, failed]) => failed === checksum)?.[0] ?? null;
  }

  async stage(given: VersionToStage): Promise<Staged> {
    const { moduleId, checksum, metadata = {} } = given;
    const { contents, failed } = this.memory(moduleId);
    const highest = Math.max(0, given.from?.version ?? 0, ...contents.keys(), ...failed.keys());
    const version = given.version ?? highest + 1;
    keep(contents, version, given, KEPT_CONTENTS);
    return { moduleId, version, checksum, metadata };
  }

  async files(moduleId: string, version: number): Promise<NormalizedFiles | null> {
    return this.memory(moduleId).contents.get(version)?.files ?? null;
  }

  async report(report: NewReport): Promise<void> {
    const level = await this.manager.assessCompatibility(report);
    const { moduleId, fromVer, toVer, rationale = '' } = report;
    this.memory(moduleId).assessed = {
      pair: `${fromVer}-${toVer}`,
      level,
      report: { moduleId, fromVer, toVer, level: report.level, rationale, approvedBy: 'auto' },
    };
  }

  async measure(moduleId: string, fromVer: number, toVer: number): Promise<null> {
    const { contents } = this.memory(moduleId);
    const [from, to] = [contents.get(fromVer), contents.get(toVer)];
    if (from === undefined || to === undefined) return null;
    // Loaded with the first pair: whoever has an assessor of their own needs none of it.
    const { sharedAssessor } = await import('../../assess/assessor.js');
    const { level, rationale, assessor } = await sharedAssessor().assessFiles({
      fromFiles: from.files,
      toFiles: to.files,
      fromMetadata: from.metadata,
      toMetadata: to.metadata,
    });
    await this.report({
      moduleId,
      fromVer,
      toVer,
      level,
      rationale: toPrintableText(rationale, MAX_RATIONALE_BYTES),
      assessor,
    });
    return null;
  }

  /** A pair that waits for an operator is refused; what nobody assessed in this swap is UNKNOWN. */
  async gate(moduleId: string, fromVer: number | null, toVer: number): Promise<GateAnswer> {
    const pending = (await this.manager.pendingApprovals()).find(
      (r) => r.moduleId === moduleId && r.fromVer === fromVer && r.toVer === toVer,
    );
    if (pending !== undefined) {
      const message = `${pending.level} needs the approval of an operator`;
      return { allow: false, level: pending.level, reasons: [{ code: 'APPROVAL_MISSING', message }], report: pending };
    }
    const { assessed } = this.memory(moduleId);
    if (assessed?.pair !== `${fromVer}-${toVer}`) {
      return { allow: true, level: 'UNKNOWN', reasons: [NO_REPORT], report: null };
    }
    const reasons = assessed.level === 'UNKNOWN' ? [ASSESSED_UNKNOWN] : [];
    return { allow: true, level: assessed.level, reasons, report: assessed.report };
  }

  async revert({ moduleId, version, checksum }: Staged): Promise<void> {
    keep(this.memory(moduleId).failed, version, checksum, KEPT_FAILURES);
  }

  /** It has no place for it. */
  async explain(): Promise<void> {}

  permit({ moduleId, version }: Staged, from: VersionCheckpoint | null): Promise<PermitAnswer> {
    return this.gate(moduleId, from?.version ?? null, version);
  }

  async commit({ moduleId, version, checksum, metadata }: Staged): Promise<VersionCheckpoint> {
    const content = this.memory(moduleId).contents.get(version);
    const parentVer = content?.from?.version ?? null;
    return this.manager.recordCheckpoint(
      { moduleId, version, parentVer, checksum, metadata },
      { files: content?.files },
    );
  }

  async rollsBackBreaking(): Promise<boolean> {
    return true;
  }

  /** What the manager names; where that was left already, the nearest version before it that was not. */
  async target(moduleId: string, reason: RollbackReason, from: number): Promise<VersionCheckpoint | null> {
    const named = await this.manager.rollbackTarget(moduleId, reason);
    const { failed } = this.memory(moduleId);
    const fits = (v: VersionCheckpoint): boolean => v.version < from && !failed.has(v.version);
    if (named === null || fits(named)) return named;
    const lineage = await this.manager.getLineage(moduleId, { full: true });
    return lineage.findLast((v) => v.version < named.version && fits(v)) ?? null;
  }

  async namedTarget(moduleId: string, to: number, from: number): Promise<VersionCheckpoint | null> {
    return to < from ? this.version(moduleId, to) : null;
  }

  async version(moduleId: string, version: number): Promise<VersionCheckpoint | null> {
    const lineage = await this.manager.getLineage(moduleId, { full: true });
    return lineage.find((v) => v.version === version) ?? null;
  }

  async rollBack(moduleId: string, reason: RollbackReason, from: LiveEpoch, to: VersionCheckpoint): Promise<void> {
    const memory = this.memory(moduleId);
    const { contents, failed } = memory;
    if (reason !== 'MANUAL') memory.rollbacks += 1;
    keep(failed, from.version, contents.get(from.version)?.checksum ?? '', KEPT_FAILURES);
    const again = contents.get(to.version);
    if (again !== undefined) keep(contents, to.version, again, KEPT_CONTENTS);
  }

  /** There is no call for it. */
  async promote(moduleId: string): Promise<boolean> {
    this.memory(moduleId).rollbacks = 0;
    return false;
  }

  async rollbacksInARow(moduleId: string): Promise<number> {
    return this.memory(moduleId).rollbacks;
  }

  forgive(moduleId: string): void {
    const memory = this.memory(moduleId);
    memory.failed.clear();
    memory.rollbacks = 0;
  }

  private memory(moduleId: string): Memory {
    const known = this.memories.get(moduleId) ?? {
      contents: new Map(),
      failed: new Map(),
      rollbacks: 0,
      assessed: null,
    };
    this.memories.set(moduleId, known);
    return known;
  }
}
