/** Making a version callable: its bytes from the ledger, through the loader, in time. */

import { LedgerError, quoted } from '../../errors.js';
import type { NormalizedFiles } from '../../model/module-files.js';
import type { Staged } from '../ledger/adapter.js';
import { Instance } from '../module/instance.js';
import { lifecycleOf } from '../module/lifecycle.js';
import type { Source } from '../source.js';
import type { LoadedModule, RunEvent } from '../swap-ports.js';
import { withTimeLimit } from '../time-limit.js';
import { passesLimit } from './loaded-versions.js';

function isLoaded(value: unknown): value is LoadedModule {
  return typeof value === 'object' && value !== null && 'exports' in value;
}

function heldText(versions: number): string {
  return `${versions} versions of it were imported here, and Node never lets go of one: drain and restart the process, or use a workerLoader`;
}

/** Runs a load, and tells where the versions that the process holds for good come to be more than the limit. */
async function counted<T>(version: Staged, { loader, settings, warn }: Source, load: () => Promise<T>): Promise<T> {
  const count = (): number => loader.countLoaded?.(version.moduleId) ?? 0;
  const before = count();
  try {
    return await load();
  } finally {
    const after = count();
    if (passesLimit(before, after, settings.loadedLimit)) warn(version, 'LOADED_VERSIONS', heldText(after));
  }
}

/** A result that nobody waits for any more. */
function discard(loaded: unknown): void {
  if (isLoaded(loaded)) new Promise<void>((resolve) => resolve(loaded.dispose?.())).catch(() => undefined);
}

/**
 * Loads a version. `known`: its files, where they are at hand and were staged as this version just now; the loader holds them against
 * its checksum all the same. @throws `NOT_FOUND` where it has no files; what the loader throws; `TIME_LIMIT`
 */
export async function bringUp(
  version: Staged,
  source: Source,
  known: NormalizedFiles | null = null,
): Promise<Instance> {
  const { adapter, loader, settings, warn } = source;
  const { moduleId, version: number, checksum, metadata } = version;
  const name = `${moduleId} v${number}`;
  const files = known ?? (await adapter.files(moduleId, number));
  if (files === null) {
    const hint = 'swap in a version with files: one that was recorded with a checksum alone cannot run';
    const data = { kind: 'CONTENT', what: `the files of ${name}` } as const;
    throw new LedgerError('NOT_FOUND', `${name} has no files`, data, { hint });
  }
  const limit = { what: `loading ${name}`, limitMs: settings.loadTimeoutMs, onLate: discard };
  let instance: Instance | null = null;
  // Before there is an instance, the loader tells what goes wrong by its answer.
  const onRunEvent = (event: RunEvent): void => {
    instance?.told(event);
    if (instance !== null) source.onRunEvent(instance, event);
  };
  const loaded: unknown = await counted(version, source, () =>
    withTimeLimit<unknown>(limit, (signal) =>
      loader.load({
        moduleId,
        version: number,
        checksum,
        files,
        metadata,
        signal,
        onRunEvent,
        warn: (code, message) => warn({ moduleId, version: number }, code, message),
      }),
    ),
  );
  if (!isLoaded(loaded)) throw new TypeError(`the loader answered with ${quoted(loaded)}, not with { exports }`);
  try {
    instance = new Instance({
      moduleId,
      version: number,
      checksum,
      loaded,
      lifecycle: lifecycleOf(loaded),
      judge: settings.judge,
    });
    return instance;
  } catch (error) {
    discard(loaded);
    throw error;
  }
}
