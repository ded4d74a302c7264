/** Coming up on the active version: counted before it is imported where it has not proven itself, and watched once it runs. */

import { messageOf } from '../../errors.js';
import type { Ledger } from '../../ledger/ledger.js';
import type { VersionCheckpoint } from '../../model/checkpoint.js';
import type { CompatibilityLevel } from '../../model/report.js';
import { STABLE } from '../../model/tag-label.js';
import { requireActive } from '../ledger/require-active.js';
import type { ModuleSlot } from '../module/module-slot.js';
import type { Source } from '../source.js';
import { rollBack, telling } from '../swap/roll-back.js';
import { LiveWatch } from '../swap/watch-live.js';
import type { SwapNotice } from '../swap-types.js';
import { catchUp, ready, reportRollback } from './catch-up.js';
import { MAX_DIED, type Starts } from './starts.js';

interface ComingUp {
  readonly slot: ModuleSlot;
  readonly source: Source;
  readonly emit: (notice: SwapNotice) => void;
  /** Null where starts cannot be counted: the ledger is not on disk. */
  readonly starts: Starts | null;
  readonly closing: () => boolean;
}

/** A version that came up and has its health window to come through. */
interface WatchedVersion {
  readonly checkpoint: VersionCheckpoint;
  readonly watch: LiveWatch;
}

/**
 * Loads what is active, unless it runs already; a version that took its process down too often is rolled back instead, before it
 * is imported. Answers with the version that is to be watched, or null.
 * @throws `NOT_FOUND` where nothing is active; what `bringUp` throws; what the ledger throws when read
 */
export async function comeUp(coming: ComingUp): Promise<WatchedVersion | null> {
  const { slot, source, emit, starts, closing } = coming;
  const { moduleId } = slot;
  const { adapter } = source;
  if (await staysLeft(coming)) return null;
  const checkpoint = await requireActive(moduleId, adapter);
  const { version } = checkpoint;
  const epoch = await adapter.epoch(moduleId);
  const before = slot.current;
  // Another version became active while this one was brought up, and callers are there: it is to be looked at as well.
  const movedOn = (): boolean => slot.current !== before && slot.current?.version !== version;
  const isWatched = slot.runs(version) && slot.current?.watched === true;
  const known = isWatched || epoch?.version !== version || !adapter.hasContent || checkpoint.tags.has(STABLE);
  if (known || starts?.hasSurvived(moduleId, epoch) === true) {
    slot.retire(await catchUp(slot, source, emit));
    return movedOn() ? comeUp(coming) : null;
  }
  const start = (await starts?.begin(moduleId, epoch)) ?? null;
  let watched = false;
  try {
    const level = await levelOf(checkpoint, source);
    if (start !== null && start.died >= MAX_DIED) {
      const message = `v${version} took ${start.died} processes down in ten minutes, before its health window had ended`;
      emit({ type: 'warning', moduleId, version, code: 'CRASH_LOOP', message });
      const back = await rollBack({ slot, source, emit, reason: 'HEALTH_FAILURE', from: epoch, level, before: null });
      if (back.restored !== null) return null;
    }
    const replaced = await catchUp(slot, source, emit);
    slot.retire(replaced);
    if (movedOn()) return comeUp(coming);
    const instance = slot.current;
    if (instance?.version !== version || slot.window?.instance === instance) return null;
    const watch = new LiveWatch({
      slot,
      source,
      emit,
      instance,
      level,
      fromVer: checkpoint.parentVer,
      before: null,
      replaced,
      closing: closing(),
      starts,
      start,
    });
    watched = true;
    return { checkpoint, watch };
  } finally {
    // What did not load has not crashed.
    if (!watched) start?.end();
  }
}

/**
 * True where a version that this host has left is still active in the ledger, which cannot be told: then what was gone back to runs. Of a
 * process that has ended, the rollback is found on disk.
 * @throws what hinders the ledger, where another version runs already
 */
async function staysLeft({ slot, source, emit }: ComingUp): Promise<boolean> {
  const { moduleId } = slot;
  const kept = slot.unreported === null && slot.current === null ? (slot.unreportedFile?.read() ?? null) : null;
  const target = kept === null ? null : await source.adapter.version(moduleId, kept.to);
  if (kept !== null && target !== null) slot.unreported = { ...kept, to: target, telling: null };
  try {
    await reportRollback(slot, source.adapter, emit);
    return false;
  } catch (error) {
    const { unreported } = slot;
    if (unreported === null || slot.current !== null) throw error;
    const { from, to } = unreported;
    slot.switchTo(await ready(to, { slot, source, emit }));
    emit({ type: 'resumed', moduleId, version: to.version });
    const message = `the ledger has v${from.version} active, which was left, and cannot be told yet: ${messageOf(error)}; it is told as soon as it can be, or by ${telling(moduleId, to.version)}`;
    emit({ type: 'warning', moduleId, version: to.version, code: 'ROLLBACK_NOT_JOURNALED', message });
    return true;
  }
}

/** The level by which the version became active: the policy may keep a BREAKING one. */
export async function levelOf(
  { moduleId, version, parentVer }: VersionCheckpoint,
  { adapter }: Source,
): Promise<CompatibilityLevel> {
  return (await adapter.gate(moduleId, parentVer, version)).level;
}

/** The modules that have an active version. */
export async function activeModules(ledger: Ledger): Promise<string[]> {
  const found: string[] = [];
  for (const moduleId of await ledger.versions.modules()) {
    if ((await ledger.latestCheckpoint(moduleId)) !== null) found.push(moduleId);
  }
  return found;
}
