/**
 * A folder for what a command needs for a while, which goes with the command.
 *
 * A command that is killed leaves its folder behind, and the next one removes it: each holds a lock in its own, which the kernel gives back
 * however a process dies.
 */

import { rmSync } from 'node:fs';
import { access, type FileHandle, lstat, mkdir, mkdtemp, open, readdir, rm, rmdir } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Complaint, errnoOf, quoted } from './complaint.js';

const NAMES = { import: 'git-lineage-import-', clean: 'git-lineage-clean-' } as const;
/** The file in it that is locked. */
const HELD = 'held';
const CONTENT = 'content';

const SIGNALS = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const;

type TryLock = (fd: number) => boolean;

/** Null where this machine has no such locks: reading a ledger does without them, and then nobody removes what is left. */
async function loadTryLock(): Promise<TryLock | null> {
  const { nativeLocks } = await import('../native-locks.js');
  return nativeLocks().then(
    ({ tryLock }) => tryLock,
    () => null,
  );
}

/** @throws `IO` */
function noFolder(cause: unknown): never {
  const [path, errno] = [tmpdir(), errnoOf(cause)];
  const hint = 'set TMPDIR to a folder that is there, that this user may write to, and whose disk has room';
  const data = { operation: 'make a temporary folder', path, errno };
  throw new Complaint('IO', `cannot make a temporary folder in ${quoted(path)}: ${errno}`, data, hint, cause);
}

/** A new folder whose lock this process holds until it closes the file. */
async function holdNew(name: string, tryLock: TryLock | null): Promise<{ folder: string; held: FileHandle }> {
  for (;;) {
    const folder = await mkdtemp(join(tmpdir(), name)).catch(noFolder);
    const path = join(folder, HELD);
    const held = await open(path, 'wx', 0o600).catch((error: NodeJS.ErrnoException) => {
      if (error.code !== 'ENOENT') throw error;
      return null;
    });
    // Until it is locked it looks left behind, and somebody else may be removing it.
    const isOurs = held !== null && (tryLock === null || tryLock(held.fd)) && (await isThere(path));
    if (isOurs) return { folder, held };
    await held?.close();
  }
}

async function isThere(path: string): Promise<boolean> {
  return access(path).then(
    () => true,
    () => false,
  );
}

/** Removes the folders of this user that no living process holds. */
async function removeLeftBehind(tryLock: TryLock): Promise<void> {
  // A folder for temporary ones need not let anybody list it.
  for (const name of await readdir(tmpdir()).catch(() => [])) {
    if (!Object.values(NAMES).some((start) => name.startsWith(start))) continue;
    // Whoever runs at the same time may be as quick; what cannot be removed now is for the next one.
    await removeUnlessHeld(join(tmpdir(), name), tryLock).catch(() => undefined);
  }
}

async function removeUnlessHeld(folder: string, tryLock: TryLock): Promise<void> {
  const found = await lstat(folder);
  // Anybody may make a folder or a link of any name where temporary folders are.
  if (!found.isDirectory() || found.uid !== process.getuid?.()) return;
  const held = await open(join(folder, HELD), 'r+').catch(() => null);
  if (held === null) return rmdir(folder);
  try {
    // The lock is kept until all is gone: nobody begins to use it meanwhile. A child of the killed one may still write into it.
    if (tryLock(held.fd)) await rm(folder, { recursive: true, force: true, maxRetries: 3 });
  } finally {
    await held.close();
  }
}

/**
 * Runs `body` with a new folder, and removes it however that ends, an interrupt by the user included; before that, what killed commands
 * have left behind.
 */
export async function withTemporaryFolder<T>(
  purpose: keyof typeof NAMES,
  body: (folder: string) => Promise<T>,
): Promise<T> {
  const tryLock = await loadTryLock();
  if (tryLock !== null) await removeLeftBehind(tryLock);
  const { folder, held } = await holdNew(NAMES[purpose], tryLock);
  const interrupted = (signal: NodeJS.Signals): void => {
    forget();
    rmSync(folder, { recursive: true, force: true });
    // As if nobody had listened.
    process.kill(process.pid, signal);
  };
  const forget = (): void => {
    for (const signal of SIGNALS) process.off(signal, interrupted);
  };
  for (const signal of SIGNALS) process.on(signal, interrupted);
  try {
    const content = join(folder, CONTENT);
    await mkdir(content);
    return await body(content);
  } finally {
    forget();
    await rm(folder, { recursive: true, force: true });
    await held.close();
  }
}
