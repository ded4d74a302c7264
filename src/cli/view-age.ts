/** How old the view of a replicated ledger is, in words. */

import type { Ledger, Replication } from '../index.js';

function ago(seconds: number): string {
  if (seconds < 1) return 'of now';
  const units: [number, string][] = [
    [86_400, 'days'],
    [3600, 'h'],
    [60, 'min'],
    [1, 's'],
  ];
  const [size, name] = units.find(([unit]) => seconds >= unit) ?? [1, 's'];
  return `of ${Math.floor(seconds / size)} ${name} ago`;
}

/** `view of 3 min ago: remote unreachable`; null where the ledger has no remote. `now` is in seconds. */
export function viewLine({ remote, lastContact, failure }: Replication, now: number): string | null {
  if (remote === null) return null;
  if (lastContact === null) return `view of this ledger alone: ${remote} was never reached`;
  const state = failure === null ? '' : `: remote unreachable since, ${failure.reason}`;
  return `view ${ago(now - lastContact)}${state}`;
}

/** A view as young as this is not worth a word, in seconds. */
const FRESH = 60;

/** The same as a warning, where what is shown may have been overtaken. */
export async function viewWarnings(ledger: Ledger): Promise<string[]> {
  const replication = await ledger.replication();
  const now = Date.now() / 1000;
  const line = viewLine(replication, now);
  const fresh = replication.failure === null && now - (replication.lastContact ?? 0) < FRESH;
  return line === null || fresh ? [] : [line];
}
