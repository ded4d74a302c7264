/** Where a ledger may live: every behavioural test runs on each of these. */

import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { memfs } from 'memfs';
import { describe, onTestFinished } from 'vitest';
import { ephemeralSigner } from '../../src/api/testing.js';
import type { FileSystem, PolicySettings } from '../../src/api/types.js';
import {
  type InitOptions,
  initLedger,
  type Ledger,
  type LedgerOptions,
  openLedger,
  type Signer,
} from '../../src/index.js';

/** A place that holds one ledger, and may be opened again and again. */
export interface Place {
  readonly gitdir: string;
  /** Undefined is node:fs. */
  readonly fs: FileSystem | undefined;
  /** Admin, approver and recorder. */
  readonly owner: Signer;
  /** The ledger that was created here. */
  readonly ledger: Ledger;
  /** Another instance over the same files; by the owner unless another signer is given. */
  open(options?: Partial<LedgerOptions>): Promise<Ledger>;
}

export interface Backend {
  readonly name: string;
  /** A new ledger, gone after the test. */
  init(config?: Partial<PolicySettings>, options?: Partial<InitOptions>): Promise<Place>;
}

async function placeAt(
  gitdir: string,
  fs: FileSystem | undefined,
  config: Partial<PolicySettings> | undefined,
  options: Partial<InitOptions>,
): Promise<Place> {
  const owner = options.signer ?? (await ephemeralSigner('owner@example.org'));
  const ledger = await initLedger({ fs, signer: owner, config, ...options, gitdir });
  onTestFinished(() => ledger.close());
  const open = async (more: Partial<LedgerOptions> = {}): Promise<Ledger> => {
    const opened = await openLedger({ gitdir, fs, signer: owner, ...more });
    onTestFinished(() => opened.close());
    return opened;
  };
  return { gitdir, fs, owner, ledger, open };
}

export const BACKENDS: readonly Backend[] = [
  {
    name: 'memfs',
    init: (config, options = {}) => placeAt('/ledger.git', memfs().fs, config, options),
  },
  {
    name: 'disk',
    async init(config, options = {}) {
      const folder = await mkdtemp(join(tmpdir(), 'git-lineage-suite-'));
      onTestFinished(() => rm(folder, { recursive: true, force: true }));
      return placeAt(join(folder, 'ledger.git'), undefined, config, options);
    },
  },
];

/** Runs a suite on every backend. */
export function onEachBackend(topic: string, suite: (backend: Backend) => void): void {
  describe.each(BACKENDS)(`${topic} on $name`, (backend) => {
    suite(backend);
  });
}

/** A new ledger on a backend, where nothing but the ledger matters. */
export async function newLedger(backend: Backend, config?: Partial<PolicySettings>): Promise<Ledger> {
  return (await backend.init(config)).ledger;
}
