/** Places for replication tests: a ledger, bare repositories as remotes, and nodes that share one. */

import { cpSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { onTestFinished } from 'vitest';
import { initLedger, type Ledger, type LedgerOptions, openLedger } from '../../src/index.js';
import { library } from '../crash/library.js';
import { git } from '../crash/real-git.mjs';
import { operator } from '../crash/scenarios.mjs';

/** A new folder, gone after the test. */
export function folder(): string {
  const dir = mkdtempSync(join(tmpdir(), 'git-lineage-remote-'));
  onTestFinished(() => rmSync(dir, { recursive: true, force: true }));
  return dir;
}

export function opened(ledger: Ledger): Ledger {
  onTestFinished(() => ledger.close());
  return ledger;
}

/** An empty bare repository. */
export async function bareRepository(dir: string, name = 'remote.git'): Promise<string> {
  await git(dir, ['init', '--quiet', '--bare', '--initial-branch=ledger', name]);
  return join(dir, name);
}

export interface Scene {
  readonly dir: string;
  /** The bare repository that all nodes share; it holds a ledger. */
  readonly remote: string;
  /** A new copy of the ledger that writes through the remote, or through another way to it. */
  node(name: string, options?: Partial<LedgerOptions>): Promise<Ledger>;
}

/** A ledger in a bare repository, and what makes nodes of it. */
export async function scene(options: Partial<LedgerOptions> = {}): Promise<Scene> {
  const dir = folder();
  const remote = await bareRepository(dir);
  const signer = await operator(library);
  const seed = join(dir, 'seed.git');
  const founder = await initLedger({ gitdir: seed, signer, ...options });
  await founder.replicas.push(remote);
  await founder.close();
  return {
    dir,
    remote,
    async node(name, more = {}) {
      const gitdir = join(dir, `${name}.git`);
      cpSync(seed, gitdir, { recursive: true });
      return opened(await openLedger({ gitdir, signer, remote: { url: remote }, ...options, ...more }));
    },
  };
}
