/**
 * Starts of versions that have not proven themselves: a version that takes its process down leaves one behind, and the next
 * process can count them before it imports the version again.
 *
 * A start is a file in the ledger's own folder, on which its process holds an advisory lock that the kernel gives back however the
 * process dies. No process id is asked: they mean nothing across containers.
 */

import { randomUUID } from 'node:crypto';
import { closeSync, openSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { type FileHandle, open, rename } from 'node:fs/promises';
import { join } from 'node:path';
import type { Epoch } from '../../ledger/ledger-live.js';
import type { VersionManager } from '../../ledger/version-manager.js';
import { makeFolders } from '../../make-folders.js';
import { moduleFolder } from '../../model/module-folder.js';
import { type NativeLocks, nativeLocks } from '../../native-locks.js';
import { isOnDisk } from '../ledger/is-ledger.js';

/** Starts that died count for so long, in milliseconds. */
const COUNTED_MS = 10 * 60_000;

/** So many that died are taken for the version's doing. */
export const MAX_DIED = 3;

/** What says that a version came through a health window here. */
const SURVIVED = 'survived';

/** The end of a start's name until it is whole and locked. */
const UNFINISHED = '.new';

/** One start; in JSON. */
interface StartText {
  /** In milliseconds since the Unix epoch. */
  readonly at: number;
  /** Names the kernel's run: one that ends takes every process with it, and is no version's doing. */
  readonly boot: string | null;
}

export interface Start {
  /** How many before it died in the last ten minutes; those of an earlier run of the kernel count once. */
  readonly died: number;
  /** The version is left, or the process ends as it should. */
  end(): void;
  /** The version came through its health window: its starts are of no interest any more. */
  survive(): void;
}

function bootId(): string | null {
  try {
    return readFileSync('/proc/sys/kernel/random/boot_id', 'utf8').trim();
  } catch {
    return null;
  }
}

function readStart(path: string): StartText | null {
  try {
    const { at, boot } = JSON.parse(readFileSync(path, 'utf8')) as Partial<StartText>;
    return typeof at === 'number' ? { at, boot: typeof boot === 'string' ? boot : null } : null;
  } catch {
    return null;
  }
}

export class Starts {
  private readonly folder: string;

  /** `folder` is made with the first start. */
  constructor(folder: string) {
    this.folder = folder;
  }

  private place(moduleId: string, { since }: Epoch): string {
    return join(this.folder, moduleFolder(moduleId), String(since));
  }

  /** True where the version came through a health window on this ledger. */
  hasSurvived(moduleId: string, epoch: Epoch): boolean {
    return namesIn(this.place(moduleId, epoch)).includes(SURVIVED);
  }

  /**
   * Begins a start, which outlives this process from then on; null where the folder cannot be written: then nothing is counted. Where the kernel itself
   * goes down it may be lost, so nothing waits for the disk.
   */
  async begin(moduleId: string, epoch: Epoch): Promise<Start | null> {
    const place = this.place(moduleId, epoch);
    const path = join(place, randomUUID());
    try {
      const native = await nativeLocks();
      const died = this.countDied(place, native);
      await makeFolders(place);
      const text: StartText = { at: Date.now(), boot: bootId() };
      // Whole and locked before it has its name: nobody counts it before.
      const file = await writeLocked(path, JSON.stringify(text), native);
      let ended = false;
      const end = (): void => {
        if (ended) return;
        ended = true;
        rmSync(path, { force: true });
        void file.close().catch(() => undefined);
      };
      const survive = (): void => {
        end();
        writeFileSync(join(place, SURVIVED), '');
        // Calls come first: what is known of others may be removed at any time.
        setImmediate(quiet(() => this.forgetBut(moduleId, epoch)));
      };
      return { died, end: quiet(end), survive: quiet(survive) };
    } catch {
      return null;
    }
  }

  /** Starts whose lock nobody holds; old ones are removed. */
  private countDied(place: string, native: NativeLocks): number {
    const boot = bootId();
    let died = 0;
    let earlierRuns = 0;
    for (const name of namesIn(place)) {
      if (name === SURVIVED) continue;
      const path = join(place, name);
      if (name.endsWith(UNFINISHED)) {
        removeAbandoned(path);
        continue;
      }
      const start = readStart(path);
      if (isHeld(path, native)) continue;
      if (start === null || Math.abs(Date.now() - start.at) > COUNTED_MS) rmSync(path, { force: true });
      else if (start.boot === boot) died += 1;
      else earlierRuns = 1;
    }
    return died + earlierRuns;
  }

  /** Removes what is known of other epochs of a module. */
  private forgetBut(moduleId: string, { since }: Epoch): void {
    const module = join(this.folder, moduleFolder(moduleId));
    for (const name of readdirSync(module))
      if (Number(name) < since) rmSync(join(module, name), { recursive: true, force: true });
  }
}

/** A file that is whole and locked before it has its name; the lock is held until it is closed. */
async function writeLocked(path: string, text: string, { tryLock }: NativeLocks): Promise<FileHandle> {
  const unfinished = `${path}${UNFINISHED}`;
  const file = await open(unfinished, 'wx', 0o600);
  try {
    tryLock(file.fd);
    await file.writeFile(text);
    await rename(unfinished, path);
    return file;
  } catch (error) {
    await file.close();
    rmSync(unfinished, { force: true });
    throw error;
  }
}

/** Removes what a process left that was killed while it wrote: nobody who lives takes so long. */
function removeAbandoned(path: string): void {
  const written = statSync(path, { throwIfNoEntry: false })?.mtimeMs ?? Date.now();
  if (Date.now() - written > COUNTED_MS) rmSync(path, { force: true });
}

/** None where the folder is not there, or cannot be read. */
function namesIn(folder: string): string[] {
  try {
    return readdirSync(folder);
  } catch {
    return [];
  }
}

/** True while its process lives. Asked by a lock that others may have as well: processes that count at the same time do not see each other. */
function isHeld(path: string, { tryLock }: NativeLocks): boolean {
  try {
    const fd = openSync(path, 'r+');
    try {
      return !tryLock(fd, { shared: true });
    } finally {
      closeSync(fd);
    }
  } catch {
    // Gone meanwhile: its process has ended it.
    return true;
  }
}

/** What cannot be removed any more changes nothing for whoever runs. */
function quiet(act: () => void): () => void {
  return () => {
    try {
      act();
    } catch {
      // It counts for ten minutes at most.
    }
  };
}

/** Where starts are counted of a ledger: beside it; nowhere where it is not on disk. */
export function startsBeside(manager: VersionManager): Starts | null {
  return isOnDisk(manager) ? new Starts(join(manager.gitdir, 'lineage', 'starts')) : null;
}
