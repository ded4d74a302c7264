/** What was told of the versions of a module, on disk beside the ledger: counts, and the evidence against the active one. */

import { statSync } from 'node:fs';
import { open, readFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { makeFolder, writeDurable } from '../../durable-file.js';
import { errnoOf, LedgerError, messageOf } from '../../errors.js';
import { moduleFolder } from '../../model/module-folder.js';
import { nativeLocks } from '../../native-locks.js';
import type { Evidence, Share } from '../health/cusum.js';

/** Of one version. */
export interface OutcomeCounts extends Share {
  /** The last of them, up to some thousand: what the next version is held against. */
  readonly recent: Share;
}

/** The time of a version as the active one, and what speaks against it. */
interface Judged extends Evidence {
  readonly version: number;
  /** The number of the entry that made it active. */
  readonly since: number;
  /** What had been told of it before that. */
  readonly from: Share;
}

export interface OutcomeRecord {
  readonly versions: ReadonlyMap<number, OutcomeCounts>;
  readonly judged: Judged | null;
}

/** Versions of which counts are kept, the highest. */
const KEPT_VERSIONS = 100;
const LOCK_MS = 10;
const LOCK_ATTEMPTS = 1000;

function isCount(value: unknown): value is number {
  return typeof value === 'number' && value >= 0 && value <= Number.MAX_SAFE_INTEGER;
}

function isShare(value: unknown): value is Share {
  const { bad, of } = (value ?? {}) as Partial<Share>;
  return isCount(bad) && isCount(of) && bad <= of;
}

/** What a file says; nothing where it is not as it was written: counts begin anew then. */
function parsed(text: string): OutcomeRecord {
  const empty: OutcomeRecord = { versions: new Map(), judged: null };
  let value: { readonly versions?: unknown; readonly judged?: Partial<Judged> | null };
  try {
    value = JSON.parse(text);
  } catch {
    return empty;
  }
  const entries = Object.entries((value?.versions ?? {}) as Record<string, OutcomeCounts>);
  if (!entries.every(([, told]) => isShare(told) && isShare(told.recent))) return empty;
  const { version, since, sum, bad, from } = value?.judged ?? {};
  const isJudged = [version, since, sum, bad].every(isCount) && isShare(from);
  return {
    versions: new Map(entries.map(([number, told]) => [Number(number), told])),
    judged: isJudged ? (value?.judged as Judged) : null,
  };
}

export class OutcomeFile {
  private readonly path: string;

  /** Of a module in the ledger at `gitdir`. */
  constructor(gitdir: string, moduleId: string) {
    this.path = join(gitdir, 'lineage', 'outcomes', `${moduleFolder(moduleId)}.json`);
  }

  async read(): Promise<OutcomeRecord> {
    try {
      return parsed(await readFile(this.path, 'utf8'));
    } catch (error) {
      if (errnoOf(error) === 'ENOENT') return parsed('');
      throw this.failure('read', error);
    }
  }

  /**
   * Another text each time that the file was written; '' where there is none, or something else has its name. It is asked for ten times a
   * second: a look takes some microseconds, and to wake a thread for it a hundred times as long.
   */
  stamp(): string {
    try {
      const found = statSync(this.path, { bigint: true, throwIfNoEntry: false });
      // What somebody else put there may have no end.
      return found?.isFile() ? `${found.ino} ${found.size} ${found.mtimeNs}` : '';
    } catch {
      return '';
    }
  }

  /** Changes what is there, while no other process does. @throws `IO`; then it is as it was */
  async change<T>(body: (before: OutcomeRecord) => { readonly after: OutcomeRecord; readonly answer: T }): Promise<T> {
    const native = await nativeLocks();
    await makeFolder(dirname(this.path));
    const lock = await open(`${this.path}.lock`, 'a');
    try {
      for (let attempt = 0; !native.tryLock(lock.fd); attempt++) {
        if (attempt === LOCK_ATTEMPTS) throw new Error('another process holds its lock');
        await pause(LOCK_MS);
      }
      const { after, answer } = body(await this.read());
      const kept = [...after.versions].sort(([a], [b]) => b - a).slice(0, KEPT_VERSIONS);
      await writeDurable(this.path, JSON.stringify({ versions: Object.fromEntries(kept), judged: after.judged }));
      return answer;
    } catch (error) {
      throw error instanceof LedgerError ? error : this.failure('write', error);
    } finally {
      await lock.close();
    }
  }

  private failure(operation: string, cause: unknown): LedgerError<'IO'> {
    const hint = 'check the file and its folder; without the file, counts begin anew';
    const message = `cannot ${operation} what was told of a module: ${messageOf(cause)}`;
    return new LedgerError('IO', message, { operation, path: this.path, errno: errnoOf(cause) }, { hint, cause });
  }
}
