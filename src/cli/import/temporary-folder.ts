/** A folder for what is fetched, which goes with the command. */

import { rmSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

const SIGNALS = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const;

/** Runs `body` with a new folder, and removes it however that ends, an interrupt by the user included. */
export async function withTemporaryFolder<T>(body: (folder: string) => Promise<T>): Promise<T> {
  const folder = await mkdtemp(join(tmpdir(), 'git-lineage-import-'));
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
    return await body(folder);
  } finally {
    forget();
    await rm(folder, { recursive: true, force: true });
  }
}
