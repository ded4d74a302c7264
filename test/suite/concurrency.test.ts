/** Many writers at once: in one process, in several instances, on one module and on many. */

import { expect, test } from 'vitest';
import { isLedgerError } from '../../src/index.js';
import { onEachBackend } from './backends.js';
import { collected, numbers } from './expectations.js';

const TWENTY = Array.from({ length: 20 }, (_, i) => i + 1);

onEachBackend('concurrency', (backend) => {
  test('20 records of one module at once make one lineage of 20', async () => {
    const place = await backend.init();
    const { ledger } = place;
    const recorded = await Promise.all(
      TWENTY.map((n) => ledger.recordCheckpoint({ moduleId: 'planner' }, { files: { 'index.js': `module ${n}` } })),
    );
    expect(numbers(recorded)).toEqual(TWENTY);
    for (const reader of [ledger, await place.open()]) {
      const lineage = await reader.getLineage('planner');
      expect(numbers(lineage)).toEqual(TWENTY);
      expect(lineage.map((v) => v.parentVer)).toEqual([null, ...TWENTY.slice(0, -1)]);
      for (const n of TWENTY) {
        const file = (await reader.readFiles('planner', n)).get('index.js');
        expect(Buffer.from(file?.data ?? []).toString()).toBe(`module ${n}`);
      }
      expect((await reader.journal.doctor()).findings).toEqual([]);
    }
  });

  test('20 records of different modules at once all arrive', async () => {
    const place = await backend.init();
    await Promise.all(TWENTY.map((n) => place.ledger.recordCheckpoint({ moduleId: `module-${n}`, checksum: `c${n}` })));
    const reader = await place.open();
    expect(await reader.stats()).toMatchObject({ trackedModules: 20, totalCheckpoints: 20 });
    for (const n of TWENTY) expect((await reader.latestCheckpoint(`module-${n}`))?.checksum).toBe(`c${n}`);
    expect((await reader.journal.doctor()).findings).toEqual([]);
  });

  test('of 20 that want the same number with different content, one gets it', async () => {
    const { ledger } = await backend.init();
    const outcomes = await Promise.allSettled(
      TWENTY.map((n) =>
        ledger.recordCheckpoint({ moduleId: 'planner', version: 1, parentVer: null, checksum: `c${n}` }),
      ),
    );
    expect(outcomes.filter((o) => o.status === 'fulfilled')).toHaveLength(1);
    const codes = outcomes.flatMap((o) => (o.status === 'rejected' && isLedgerError(o.reason) ? [o.reason.code] : []));
    expect(codes).toEqual(Array.from({ length: 19 }, () => 'VERSION_EXISTS'));
    expect(numbers(await ledger.versions.list('planner'))).toEqual([1]);
  });

  test('a call that fails does not spoil those that share its transaction', async () => {
    const { ledger } = await backend.init();
    const { seq } = await ledger.journal.position();
    const outcomes = await Promise.allSettled([
      ledger.recordCheckpoint({ moduleId: 'planner', checksum: 'a' }),
      ledger.recordCheckpoint({ moduleId: 'planner', version: 9, parentVer: 4, checksum: 'b' }),
      ledger.tag('planner', 1, 'stable'),
      ledger.activate('nobody', 1),
      ledger.recordCheckpoint({ moduleId: 'planner', checksum: 'c' }),
    ]);
    expect(outcomes.map((o) => o.status)).toEqual(['fulfilled', 'rejected', 'fulfilled', 'rejected', 'fulfilled']);
    expect(numbers(await ledger.getLineage('planner'))).toEqual([1, 2]);
    expect((await ledger.rollbackTarget('planner', 'MANUAL'))?.version).toBe(1);
    expect((await ledger.journal.position()).seq).toBe(seq + 1);
  });

  test('several instances over one ledger see each other, and lose nothing', async () => {
    const place = await backend.init();
    const instances = [place.ledger, await place.open(), await place.open()];
    await Promise.all(
      TWENTY.map(async (n) => {
        const ledger = instances[n % instances.length];
        await ledger?.recordCheckpoint({ moduleId: 'planner', checksum: `c${n}` });
      }),
    );
    for (const ledger of instances) {
      const lineage = await ledger.getLineage('planner');
      expect(numbers(lineage)).toEqual(TWENTY);
      expect(new Set(lineage.map((v) => v.checksum)).size).toBe(20);
    }
    const entries = await collected(place.ledger.history());
    expect(entries.map((e) => e.seq)).toEqual(Array.from({ length: entries.length }, (_, i) => entries.length - 1 - i));
  });

  test('a role that is given in the same moment counts from the next transaction on', async () => {
    const place = await backend.init();
    const { ledger, owner } = place;
    const signer = (roles: ('admin' | 'recorder')[]) => ({
      principal: owner.principal,
      publicKey: owner.publicKey,
      roles,
    });
    await ledger.policy.set({ signers: [signer(['admin'])] });
    const [, recorded] = await Promise.all([
      ledger.policy.set({ signers: [signer(['admin', 'recorder'])] }),
      ledger.recordCheckpoint({ moduleId: 'planner', checksum: 'a' }),
    ]);
    expect(recorded.version).toBe(1);
    expect(await (await place.open()).latestCheckpoint('planner')).toEqual(recorded);
  });

  test('reads during writes see whole transactions', async () => {
    const { ledger } = await backend.init();
    const pair = (n: number) => [
      { checkpoint: { moduleId: 'left', version: n, checksum: `c${n}` } },
      { checkpoint: { moduleId: 'right', version: n, checksum: `c${n}` } },
    ];
    const writing = (async () => {
      for (const n of TWENTY) await ledger.recordCheckpoints(pair(n));
    })();
    let done = false;
    void writing.finally(() => {
      done = true;
    });
    while (!done) {
      const { totalCheckpoints } = await ledger.stats();
      expect(totalCheckpoints % 2).toBe(0);
      await new Promise((resolve) => setImmediate(resolve));
    }
    await writing;
    expect((await ledger.stats()).totalCheckpoints).toBe(40);
  });
});
