/** Three ledgers in one page. */

import { onTestFinished } from 'vitest';
import { servePage } from '../../src/api/server.js';
import { makeVersionManager } from '../../src/api/testing.js';
import { hostileLedger } from './hostile-ledger.js';

/** A ledger that is well, one that wants to be markup, and one that cannot be read. */
export async function front() {
  const [calm, hostile] = [await makeVersionManager(), await hostileLedger()];
  onTestFinished(() => calm.close());
  await calm.recordCheckpoint({ moduleId: 'index' }, { files: { 'index.js': 'export {};\n' } });
  const broken = await makeVersionManager();
  await broken.close();
  const ledgers = [
    { name: 'calm', ledger: calm },
    { name: 'hostile', ledger: hostile, processes: () => [{ name: 'web-1', at: null, running: [] }] },
    { name: 'broken', ledger: broken },
  ];
  const server = await servePage({ ledgers, pollMs: 5 });
  onTestFinished(() => server.close());
  // biome-ignore lint/suspicious/noExplicitAny: shapes are what these tests check
  const json = async (path: string): Promise<any> => (await fetch(new URL(path, server.url))).json();
  return { calm, hostile, server, json };
}
