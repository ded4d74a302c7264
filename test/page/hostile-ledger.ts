/** A ledger in which everything that somebody may write tries to become markup, and a page that shows it. */

import { onTestFinished } from 'vitest';
import { type PageHandlerOptions, servePage } from '../../src/api/server.js';
import { makeVersionManager } from '../../src/api/testing.js';
import type { PageAddress } from '../../src/page/serve-page.js';
import { fillHostile } from './hostile-content.mjs';

export async function hostileLedger() {
  const ledger = await makeVersionManager();
  onTestFinished(() => ledger.close());
  await fillHostile(ledger);
  return ledger;
}

export async function hostilePage(options: Partial<PageHandlerOptions & PageAddress> = {}) {
  const ledger = await hostileLedger();
  const server = await servePage({ ledger, pollMs: 5, ...options });
  onTestFinished(() => server.close());
  return { ledger, server };
}
