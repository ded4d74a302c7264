/** A ledger in which everything that somebody may write tries to become markup, and a page that shows it. */

import { onTestFinished } from 'vitest';
import { type PageHandlerOptions, servePage } from '../../src/api/server.js';
import { makeVersionManager } from '../../src/api/testing.js';
import type { PageAddress } from '../../src/page/serve-page.js';

export const SCRIPT = '<script>window.taken = 1</script>';
export const IMAGE = '"><img src=x onerror="window.taken = 1">';
/** Turns the text after it round. */
export const OVERRIDE = 'right\u202eleft';

/** `planner`: five versions, of which the third was rolled back, a BREAKING one that waits, and files of every kind. */
export async function hostileLedger() {
  const ledger = await makeVersionManager();
  onTestFinished(() => ledger.close());
  const record = (n: number, files: Readonly<Record<string, string | Uint8Array>>, tags: readonly string[] = []) =>
    ledger.recordCheckpoint(
      { moduleId: 'planner', tags, metadata: { semver: `1.${n}.0`, [SCRIPT]: IMAGE } },
      { files },
    );
  await record(1, { 'index.js': 'export const plan = 1;\n' }, ['stable']);
  await record(2, { 'index.js': 'export const plan = 2;\n' });
  await record(3, { 'index.js': 'export const plan = 3;\n' });
  await ledger.rollback('planner', 'HEALTH_FAILURE');
  await record(4, {
    'index.js': 'export const plan = 4;\n',
    'page.html': `${SCRIPT}\n${IMAGE}\n${OVERRIDE}\n`,
    'zero.txt': 'a\0b',
    'bytes.bin': new Uint8Array([0xff, 0xfe, 0xfd]),
    'large.txt': 'x'.repeat(300_000),
  });
  await ledger.stage({ moduleId: 'planner', metadata: { semver: SCRIPT } }, { files: { 'index.js': 'export {};\n' } });
  await ledger.setPolicy({ settings: { requireApproval: true } });
  const level = 'BREAKING';
  await ledger.assessCompatibility({
    moduleId: 'planner',
    fromVer: 4,
    toVer: 5,
    level,
    rationale: `${SCRIPT}${IMAGE}`,
  });
  await ledger.stage({ moduleId: '@acme/router', checksum: IMAGE });
  return ledger;
}

export async function hostilePage(options: Partial<PageHandlerOptions & PageAddress> = {}) {
  const ledger = await hostileLedger();
  const server = await servePage({ ledger, pollMs: 5, ...options });
  onTestFinished(() => server.close());
  return { ledger, server };
}
