/** Outcomes that somebody reports of a version which does not run behind a handle: a skill, a tool, a module elsewhere. */

import { type InputIssue, invalidInput, isLedgerError, messageOf, quoted } from '../../errors.js';
import type { Ledger } from '../../ledger/ledger.js';
import type { ModuleSummary } from '../../ledger/ledger-versions.js';
import type { VersionCheckpoint } from '../../model/checkpoint.js';
import { versionIssues } from '../../model/checkpoint.js';
import { moduleIdIssues } from '../../model/module-id.js';
import { type KnownOptions, optionIssues } from '../../options-check.js';
import type { Share } from '../health/cusum.js';
import { isOnDisk } from '../ledger/is-ledger.js';
import { type ActiveVersion, withOutcomes } from './judge-outcomes.js';
import { OutcomeFile } from './outcome-file.js';

/** How a use of a version ended. */
export interface Outcome {
  readonly moduleId: string;
  readonly version: number;
  readonly outcome: 'ok' | 'failed';
  /** For how many it counts, from 1 to 1000; 1 by default. */
  readonly weight?: number | undefined;
}

/** A version that was found to fail more often than the one before it. */
export interface SickVersion {
  readonly moduleId: string;
  readonly version: number;
  /** The numbers that decided: `outcomes: 16 of 36 failed (44.4%), 1.0% of those of v1`. They are a tag of the version. */
  readonly summary: string;
  /** What is active instead. Null where it was not rolled back. */
  readonly restored: VersionCheckpoint | null;
  /** Why it was not; null where it was. */
  readonly stayed: string | null;
}

/** Which ledger outcomes are about, and how often they are written down. */
export interface OutcomeRecorderOptions {
  /** A ledger on disk, opened with a key that may roll back; without one, what is found is told and nothing done. */
  readonly ledger: Ledger;
  /** How long outcomes are gathered before they are written and judged, in milliseconds; 1000 by default. */
  readonly everyMs?: number | undefined;
  /** Told of each version that was found sick. */
  readonly onSick?: ((found: SickVersion) => void) | undefined;
  /** Told where outcomes could not be written, or a rollback failed; they are kept, and tried again. */
  readonly onError?: ((error: unknown) => void) | undefined;
}

const EVERY_MS = 1000;
const MAX_WEIGHT = 1000;

const KNOWN_OPTIONS: KnownOptions<OutcomeRecorderOptions> = {
  ledger: 'value',
  everyMs: 'value',
  onSick: 'value',
  onError: 'value',
};

function assertOutcome({ moduleId, version, outcome, weight = 1 }: Outcome): void {
  const issues: InputIssue[] = [...moduleIdIssues(moduleId), ...versionIssues(version, 'version')];
  if (outcome !== 'ok' && outcome !== 'failed')
    issues.push({ path: 'outcome', expected: 'ok or failed', actual: quoted(outcome) });
  if (!(Number.isInteger(weight) && weight >= 1 && weight <= MAX_WEIGHT))
    issues.push({ path: 'weight', expected: `an integer from 1 to ${MAX_WEIGHT}`, actual: quoted(weight) });
  if (issues.length > 0)
    throw invalidInput(
      'INVALID_ARGUMENT',
      issues,
      `say ok or failed of one version; the weight is how many uses it stands for, up to ${MAX_WEIGHT}`,
    );
}

function activeOf({ active, activation }: ModuleSummary): ActiveVersion | null {
  if (active === null || activation === null) return null;
  return { version: active, since: activation.seq, before: activation.fromVer };
}

/** Gathers outcomes, and judges versions by them; made by `outcomeRecorder`. */
export class OutcomeRecorder {
  private readonly options: OutcomeRecorderOptions;
  private waiting = new Map<string, Map<number, Share>>();
  private timer: NodeJS.Timeout | null = null;
  private flushing: Promise<unknown> = Promise.resolve();

  constructor(options: OutcomeRecorderOptions) {
    this.options = options;
  }

  /**
   * Takes note of an outcome; it is written and judged with others, within `everyMs`. The process does not stay alive for that: `close` writes
   * what is left.
   * @throws `INVALID_ARGUMENT`
   */
  report(outcome: Outcome): void {
    assertOutcome(outcome);
    this.note(outcome.moduleId, outcome.version, { bad: outcome.outcome === 'failed' ? 1 : 0, of: 1 }, outcome.weight);
    this.flushLater();
  }

  /**
   * Writes and judges what was reported, and rolls back what fails more often than the version before it: with the reason `HEALTH_FAILURE`,
   * and the numbers as a tag of the version.
   * @throws `NOT_FOUND` for a version that is not in the ledger; `IO`. Outcomes that were not written are kept
   */
  flush(): Promise<readonly SickVersion[]> {
    if (this.timer !== null) clearTimeout(this.timer);
    this.timer = null;
    const flushed = this.flushing.then(() => this.writeAll());
    this.flushing = flushed.catch(() => undefined);
    return flushed;
  }

  /** Writes what is left. */
  async close(): Promise<void> {
    await this.flush();
  }

  /** What could not be written is tried again after as long. */
  private flushLater(): void {
    const flush = async (): Promise<void> => {
      await this.flush().catch((error: unknown) => this.options.onError?.(error));
      if (this.waiting.size > 0) this.flushLater();
    };
    this.timer ??= setTimeout(() => void flush(), this.options.everyMs ?? EVERY_MS).unref();
  }

  private note(moduleId: string, version: number, { bad, of }: Share, weight = 1): void {
    const module = this.waiting.get(moduleId) ?? new Map<number, Share>();
    const known = module.get(version) ?? { bad: 0, of: 0 };
    module.set(version, { bad: known.bad + weight * bad, of: known.of + weight * of });
    this.waiting.set(moduleId, module);
  }

  private async writeAll(): Promise<readonly SickVersion[]> {
    const taken = this.waiting;
    this.waiting = new Map();
    const sick: SickVersion[] = [];
    const failures: unknown[] = [];
    for (const [moduleId, versions] of taken)
      for (const [version, share] of versions)
        try {
          const found = await this.write(moduleId, version, share);
          if (found !== null) sick.push(found);
        } catch (error) {
          // Of a version that is not there nothing will ever be written.
          if (!isLedgerError(error, 'NOT_FOUND')) this.note(moduleId, version, share);
          failures.push(error);
        }
    for (const found of sick) this.options.onSick?.(found);
    if (failures.length > 0) throw failures[0];
    return sick;
  }

  private async write(moduleId: string, version: number, share: Share): Promise<SickVersion | null> {
    const { ledger } = this.options;
    await ledger.versions.get(moduleId, version);
    const active = activeOf(await ledger.versions.summary(moduleId));
    const file = new OutcomeFile(ledger.gitdir, moduleId);
    const summary = await file.change((before) => withOutcomes(before, version, share, active));
    return summary === null || active === null ? null : this.goBack(moduleId, active, summary);
  }

  /** As a swap does: a BREAKING version is left to an operator where the policy says so. */
  private async mustStay(moduleId: string, version: number): Promise<boolean> {
    const { ledger } = this.options;
    if ((await ledger.policy.get()).autoRollbackOnBreaking) return false;
    const { parentVer } = await ledger.versions.get(moduleId, version);
    return (await ledger.gate(moduleId, parentVer, version)).level === 'BREAKING';
  }

  /** What was said stays in the journal with the rollback; where there is no way back, it is told and the version stays. */
  private async goBack(moduleId: string, active: ActiveVersion, summary: string): Promise<SickVersion> {
    const { ledger } = this.options;
    const { version, since } = active;
    const found = { moduleId, version, summary };
    let restored: VersionCheckpoint;
    try {
      if (await this.mustStay(moduleId, version))
        return { ...found, restored: null, stayed: 'the policy keeps a BREAKING version (autoRollbackOnBreaking)' };
      restored = await ledger.rollback(moduleId, 'HEALTH_FAILURE', { expect: { version, since } });
    } catch (error) {
      return { ...found, restored: null, stayed: messageOf(error) };
    }
    // It is gone, whether its tag can be written or not.
    await ledger.tag(moduleId, version, summary).catch((error: unknown) => this.options.onError?.(error));
    return { ...found, restored, stayed: null };
  }
}

/**
 * Counts how uses of versions ended, over processes and restarts, beside a ledger on disk, and holds the active version against the one before
 * it by the test that judges live calls: one that fails more often is rolled back. No outcome is an entry of the journal; the numbers that
 * decided are.
 * @throws `INVALID_ARGUMENT`
 * @example
 * const outcomes = outcomeRecorder({ ledger });
 * outcomes.report({ moduleId: 'summarise', version: 4, outcome: 'failed' });
 */
export function outcomeRecorder(options: OutcomeRecorderOptions): OutcomeRecorder {
  const { ledger, everyMs }: Partial<OutcomeRecorderOptions> = options ?? {};
  const issues = optionIssues(options ?? {}, KNOWN_OPTIONS);
  if (ledger === undefined || !isOnDisk(ledger))
    issues.push({ path: 'ledger', expected: 'an open ledger on disk', actual: quoted(ledger) });
  if (everyMs !== undefined && !(Number.isFinite(everyMs) && everyMs >= 0))
    issues.push({ path: 'everyMs', expected: 'milliseconds, 0 or more', actual: quoted(everyMs) });
  if (issues.length > 0) throw invalidInput('INVALID_ARGUMENT', issues, 'for example { ledger, everyMs: 1000 }');
  return new OutcomeRecorder(options);
}
