/**
 * What a witness has cosigned last, of each log: on disk before anybody is told. A witness that forgets would cosign a fork, so a
 * state that is lost is never begun anew with the same key.
 */

import { type FileHandle, lstat, open, readFile } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { writeDurable } from '../../durable-file.js';
import { errnoOf, invalidInput, LedgerError, messageOf } from '../../errors.js';
import { makeFolders } from '../../make-folders.js';
import { nativeLocks } from '../../native-locks.js';
import { optionsCheck } from '../../options-check.js';
import { parseHash } from '../format/log-checkpoint.js';
import type { TreeHead } from '../format/merkle-tree.js';
import { generateNoteKey } from '../format/note-key.js';

const STATE = 'state.json';
const LOCK = 'lock';
const FORMAT = 1;

const LOST =
  'put the state back if it is only elsewhere, and never from a backup, which forgets what was cosigned since; if it is lost, make a new witness, with a new key: git-lineage witness --init';

function failure(operation: string, path: string, cause: unknown, hint: string): LedgerError<'IO'> {
  const data = { operation, path, errno: errnoOf(cause) };
  const message = `cannot ${operation} the state of a witness at ${path}: ${messageOf(cause)}`;
  return new LedgerError('IO', message, data, { hint, cause });
}

interface StateText {
  readonly key: string;
  readonly heads: ReadonlyMap<string, TreeHead>;
}

function formatState({ key, heads }: StateText): string {
  const logs = [...heads].map(([origin, { size, root }]) => [
    origin,
    { size, root: Buffer.from(root).toString('base64') },
  ]);
  return `${JSON.stringify({ format: FORMAT, key, logs: Object.fromEntries(logs) }, null, 2)}\n`;
}

/** The strict inverse: a state that was changed by hand is none. */
function parseState(text: string): StateText | null {
  try {
    const { key, logs } = JSON.parse(text) as { key: string; logs: Record<string, { size: number; root: string }> };
    const heads = new Map<string, TreeHead>();
    for (const [origin, { size, root }] of Object.entries(logs)) {
      const hash = parseHash(root);
      if (hash === null || !Number.isSafeInteger(size) || size < 0) return null;
      heads.set(origin, { size, root: hash });
    }
    const state = { key, heads };
    return formatState(state) === text ? state : null;
  } catch {
    return null;
  }
}

async function isThere(path: string): Promise<boolean> {
  try {
    await lstat(path);
    return true;
  } catch (error) {
    if (errnoOf(error) === 'ENOENT') return false;
    throw error;
  }
}

/** Holds a state for this process alone, until the file is closed. @throws `IO` where another process has it */
async function takeLock(folder: string): Promise<FileHandle> {
  const path = join(folder, LOCK);
  const native = await nativeLocks();
  const file = await open(path, 'a+', 0o600);
  if (native.tryLock(file.fd)) return file;
  await file.close();
  const hint = `a witness answers from one process: find the other one with: fuser ${path}`;
  throw failure('lock', folder, new Error('another process has it'), hint);
}

/** Where a witness keeps its state and its key. */
export interface WitnessPlace {
  /** The folder of the state: on a disk of this machine, and in no backup. */
  readonly stateDir: string;
  /** The file of the private key. */
  readonly keyFile: string;
}

const checkNewWitness = optionsCheck<WitnessPlace & { readonly name: string }>('WitnessPlace', {
  stateDir: 'value',
  keyFile: 'value',
  name: 'value',
});

/**
 * Makes a new witness: a new key, and a state in which nothing was cosigned. Answers with the public key.
 *
 * @throws `INVALID_CONFIG` where there is a state or a key already: that key may have cosigned what a new state does not know.
 * `INVALID_KEY` for a name that is none, `INVALID_ARGUMENT`, `IO`
 */
export async function initWitness(place: WitnessPlace & { readonly name: string }): Promise<string> {
  checkNewWitness(place);
  const { stateDir, keyFile, name } = place;
  const folder = resolve(stateDir);
  const { privateKey, publicKey } = generateNoteKey(name, 'witness');
  let lock: FileHandle | null = null;
  try {
    await makeFolders(folder, 0o700);
    lock = await takeLock(folder);
    const [state, key] = [join(folder, STATE), resolve(keyFile)];
    const issues = [];
    for (const [path, file] of [
      ['stateDir', state],
      ['keyFile', key],
    ] as const)
      if (await isThere(file)) issues.push({ path, expected: 'nothing there yet', actual: file });
    if (issues.length > 0) throw invalidInput('INVALID_CONFIG', issues, 'a new witness has a new state and a new key');
    await writeDurable(key, privateKey);
    await writeDurable(state, formatState({ key: publicKey, heads: new Map() }));
    return publicKey;
  } catch (error) {
    if (error instanceof LedgerError) throw error;
    throw failure('make', folder, error, 'check both folders, and that they can be written to');
  } finally {
    await lock?.close();
  }
}

/** The state of a witness that runs: this process alone has it. */
export class WitnessState {
  private readonly path: string;
  private readonly key: string;
  private readonly lock: FileHandle;
  private heads: ReadonlyMap<string, TreeHead>;

  private constructor(path: string, { key, heads }: StateText, lock: FileHandle) {
    this.path = path;
    this.key = key;
    this.heads = heads;
    this.lock = lock;
  }

  /**
   * Opens the state that `initWitness` made for this key.
   *
   * @throws `NOT_FOUND` where there is none, `INVALID_CONFIG` where it is another key's, `IO` where it cannot be read, is not as it
   * was written, or another process has it
   */
  static async open(stateDir: string, key: string): Promise<WitnessState> {
    const folder = resolve(stateDir);
    const path = join(folder, STATE);
    if (!(await isThere(path)))
      throw new LedgerError(
        'NOT_FOUND',
        `there is no state of a witness: ${path}`,
        { kind: 'FILE', what: path },
        { hint: LOST },
      );
    const lock = await takeLock(folder);
    try {
      const text = await readFile(path, 'utf8').catch((error: unknown) => {
        throw failure('read', path, error, LOST);
      });
      const state = parseState(text);
      if (state === null) throw failure('read', path, new Error('it is not as it was written'), LOST);
      if (state.key !== key) {
        const issue = { path: 'keyFile', expected: `the private key of ${state.key}`, actual: `that of ${key}` };
        throw invalidInput('INVALID_CONFIG', [issue], 'give the key that was made with this state');
      }
      return new WitnessState(path, state, lock);
    } catch (error) {
      await lock.close();
      throw error;
    }
  }

  /** What was cosigned last; undefined where nothing was. */
  latest(origin: string): TreeHead | undefined {
    return this.heads.get(origin);
  }

  /** Remembers a checkpoint; it is durable when this resolves. @throws `IO`; then it must not be cosigned */
  async remember(origin: string, { size, root }: TreeHead): Promise<void> {
    const heads = new Map(this.heads).set(origin, { size, root });
    try {
      await writeDurable(this.path, formatState({ key: this.key, heads }));
    } catch (error) {
      throw failure('write', this.path, error, 'free some disk space, or check the folder');
    }
    this.heads = heads;
  }

  async close(): Promise<void> {
    await this.lock.close();
  }
}
