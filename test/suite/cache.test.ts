/** The cache of the journal: what it may say, and what it may not. */

import nodeFs from 'node:fs';
import { expect, test } from 'vitest';
import { onEachBackend } from './backends.js';
import { refusal } from './expectations.js';

onEachBackend('the cache of the journal', (backend) => {
  test('is no witness against a journal that a power cut took back; the process that saw it is', async () => {
    const place = await backend.init();
    for (let i = 1; i <= 70; i++) await place.ledger.recordCheckpoint({ moduleId: 'planner', checksum: String(i) });
    // A fresh reader has nothing but what the cache and the journal say.
    expect((await (await place.open()).position()).seq).toBe(70);
    const oids = new Map<number, string>();
    for await (const { seq, oid } of place.ledger.history()) oids.set(seq, oid);
    const { promises } = (place.fs ?? nodeFs) as typeof nodeFs;
    expect(await promises.readdir(`${place.gitdir}/lineage`)).toContain('projection-2.json');
    await promises.writeFile(`${place.gitdir}/refs/heads/ledger`, `${oids.get(40)}\n`);

    const reopened = await place.open();
    expect((await reopened.position()).seq).toBe(40);
    expect((await reopened.latestCheckpoint('planner'))?.version).toBe(40);
    const error = await refusal(() => place.ledger.position(), 'REF_CHANGED');
    expect(error.data).toMatchObject({ expected: oids.get(70), actual: oids.get(40) });
  });

  test('may be damaged or gone', async () => {
    const place = await backend.init();
    for (let i = 1; i <= 70; i++) await place.ledger.recordCheckpoint({ moduleId: 'planner', checksum: String(i) });
    const { promises } = (place.fs ?? nodeFs) as typeof nodeFs;
    for (const text of ['', '{', '{"seq":1}', 'null']) {
      await promises.writeFile(`${place.gitdir}/lineage/projection-2.json`, text);
      expect((await (await place.open()).latestCheckpoint('planner'))?.version).toBe(70);
    }
  });
});
