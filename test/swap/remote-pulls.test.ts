/** A swapper on a copy of a ledger: what other machines have made active comes by pulling, and runs here soon after. */

import { rename } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it, onTestFinished } from 'vitest';
import type { LedgerReplicas, Replication } from '../../src/api/types.js';
import type { Ledger } from '../../src/index.js';
import { RemotePulls } from '../../src/swap/sync/remote-pulls.js';
import { cloneLedger, ephemeralSigner, initLedger, openLedger } from './live.mjs';
import { folder, MODULE, says, scene } from './scene.js';

function closed(ledger: Ledger): Ledger {
  onTestFinished(() => ledger.close());
  return ledger;
}

/** A ledger that machines write through, and what a service has of it. */
async function copies() {
  const central = join(folder(), 'central.git');
  const signer = await ephemeralSigner('ops@example.org');
  const operator = closed(await initLedger({ gitdir: central, signer }));
  await operator.recordCheckpoint({ moduleId: MODULE, tags: ['stable'] }, { files: says('one') });
  const gitdir = join(folder(), 'copy.git');
  await cloneLedger({ url: central, gitdir });
  const copy = closed(await openLedger({ gitdir, signer, remote: { url: central } }));
  return { central, operator, copy };
}

describe('a copy whose writes go through a remote', () => {
  it('follows what was made active there, without anybody pulling', async () => {
    const { operator, copy } = await copies();
    const service = await scene({ ledger: copy, followIntervalMs: 5, pullIntervalMs: 5 });
    await service.swapper.resume({ versionManager: copy });
    expect(service.say()).toBe('one');
    const followed = service.next(({ type }) => type === 'followed');
    await operator.recordCheckpoint({ moduleId: MODULE }, { files: says('two') });
    expect(await followed).toMatchObject({ moduleId: MODULE, version: 2 });
    expect(service.say()).toBe('two');
  });

  it('goes on where the remote was away for a while', async () => {
    const { central, operator, copy } = await copies();
    const service = await scene({ ledger: copy, followIntervalMs: 5, pullIntervalMs: 5 });
    await service.swapper.resume({ versionManager: copy });
    await rename(central, `${central}.away`);
    const failed = async () => (await copy.replicas.status()).failure !== null;
    await expect.poll(failed, { timeout: 60_000 }).toBe(true);
    expect(service.say()).toBe('one');
    const followed = service.next(({ type }) => type === 'followed');
    await rename(`${central}.away`, central);
    await operator.recordCheckpoint({ moduleId: MODULE }, { files: says('two') });
    await followed;
    expect(service.say()).toBe('two');
  });
});

describe('pulls', () => {
  /** Milliseconds since the Unix epoch. It stands still, however busy the machine is. */
  const NOW = 1_800_000_000_000;
  const STATUS: Replication = { remote: '/there', lastContact: null, position: null, failure: null };

  /** Counts what is asked, and resolves `times(n)` with the n-th question. */
  function replicasOf(status: () => Replication, pull: () => void = () => undefined) {
    const asked = { status: 0, pull: 0 };
    const waiting: { readonly at: number; readonly resolve: () => void }[] = [];
    const replicas = {
      status: async () => {
        asked.status += 1;
        for (const { at, resolve } of waiting) if (at <= asked.status) resolve();
        return status();
      },
      pull: async () => {
        asked.pull += 1;
        pull();
      },
    } as unknown as LedgerReplicas;
    const pulls = new RemotePulls({ replicas, intervalMs: 2, now: () => NOW });
    onTestFinished(() => pulls.close());
    const times = (at: number) => new Promise<void>((resolve) => void waiting.push({ at, resolve }));
    return { asked, times };
  }

  it('end where writes go through no remote', async () => {
    const { asked, times } = replicasOf(() => ({ ...STATUS, remote: null }));
    await times(1);
    const another = replicasOf(() => STATUS);
    await another.times(5);
    expect(asked).toEqual({ status: 1, pull: 0 });
  });

  it('are left to another process that has just brought it', async () => {
    const { asked, times } = replicasOf(() => ({ ...STATUS, lastContact: NOW / 1000 }));
    await times(3);
    expect(asked.pull).toBe(0);
  });

  it('bring what nobody brought for half the time between two', async () => {
    const { asked, times } = replicasOf(() => ({ ...STATUS, lastContact: (NOW - 1) / 1000 }));
    await times(3);
    expect(asked.pull).toBeGreaterThanOrEqual(2);
  });

  it('go on where one fails, and where the last one was in what is the future here', async () => {
    const failing = replicasOf(
      () => ({ ...STATUS, lastContact: NOW / 1000 + 3600 }),
      () => {
        throw new Error('nobody there');
      },
    );
    await failing.times(3);
    expect(failing.asked.pull).toBeGreaterThanOrEqual(2);
  });
});
