/** How old the view of a replicated ledger is, in words. */

import type { Ledger, Replication } from '../library.js';
import { relativeTime } from './show-version.js';

/** `view of 3 minutes ago: remote unreachable`; null where the ledger has no remote. `now` is in seconds. */
export function viewLine({ remote, lastContact, failure }: Replication, now: number): string | null {
  if (remote === null) return null;
  if (lastContact === null) return `view of this ledger alone: ${remote} was never reached`;
  const state = failure === null ? '' : `: remote unreachable since, ${failure.reason}`;
  return `view of ${relativeTime(lastContact, now)}${state}`;
}

/** A view as young as this is not worth a word, in seconds. */
const FRESH = 60;

/** The same as a warning, where what is shown may have been overtaken. */
export async function viewWarnings(ledger: Ledger): Promise<string[]> {
  const replication = await ledger.replicas.status();
  const now = Date.now() / 1000;
  const line = viewLine(replication, now);
  const fresh = replication.failure === null && now - (replication.lastContact ?? 0) < FRESH;
  return line === null || fresh ? [] : [line];
}
