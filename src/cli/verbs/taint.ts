/** What a key signed from the entry on from which it is not believed any more, and what of that is still in force. */

import type { JournalEntry, Ledger, LedgerEvent } from '../library.js';

/** An active version that would not be the active one, or not be the same, without what the key signed. */
interface TaintedVersion {
  readonly moduleId: string;
  readonly version: number;
  /** The entries that staged it, approved it, tagged it stable, or made it active. */
  readonly entries: readonly number[];
}

/** An approval that nobody had withdrawn, and that counts at the gate no more. */
interface TaintedApproval {
  readonly moduleId: string;
  readonly fromVer: number | null;
  readonly toVer: number;
  /** The number of the report. */
  readonly seq: number;
}

export interface Taint {
  /** Oldest first. */
  readonly entries: readonly JournalEntry[];
  readonly active: readonly TaintedVersion[];
  readonly approvals: readonly TaintedApproval[];
}

/** The version that an event puts into the ledger, into force, or vouches for. */
function versionOf(event: LedgerEvent): { moduleId: string; version: number } | null {
  switch (event.type) {
    case 'stage':
    case 'activate':
      return { moduleId: event.moduleId, version: event.version };
    case 'tag':
      return event.tag === 'stable' ? { moduleId: event.moduleId, version: event.version } : null;
    case 'approve':
    case 'rollback':
    case 'break-glass':
      return { moduleId: event.moduleId, version: event.toVer };
    default:
      return null;
  }
}

async function lostApprovals(ledger: Ledger, entries: readonly JournalEntry[]): Promise<TaintedApproval[]> {
  const lost: TaintedApproval[] = [];
  for (const event of entries.flatMap((entry) => entry.events)) {
    if (event.type !== 'approve') continue;
    const { moduleId, fromVer, toVer, seq } = event;
    const reports = await ledger.reports.list(moduleId, fromVer, toVer);
    if (!reports.some((report) => report.withdraws === seq)) lost.push({ moduleId, fromVer, toVer, seq });
  }
  return lost;
}

async function activeVersions(ledger: Ledger, entries: readonly JournalEntry[]): Promise<TaintedVersion[]> {
  const found = new Map<string, Map<number, Set<number>>>();
  for (const { seq, events } of entries) {
    for (const touched of events.map(versionOf)) {
      if (touched === null) continue;
      const versions = found.get(touched.moduleId) ?? new Map<number, Set<number>>();
      found.set(touched.moduleId, versions);
      versions.set(touched.version, (versions.get(touched.version) ?? new Set<number>()).add(seq));
    }
  }
  const active: TaintedVersion[] = [];
  for (const [moduleId, versions] of found) {
    const version = (await ledger.latestCheckpoint(moduleId))?.version;
    const by = version === undefined ? undefined : versions.get(version);
    if (version !== undefined && by !== undefined) active.push({ moduleId, version, entries: [...by] });
  }
  return active;
}

/** What the key with this fingerprint signed in the entry `from` and in later ones. */
export async function taintOf(ledger: Ledger, fingerprint: string, from: number): Promise<Taint> {
  const entries: JournalEntry[] = [];
  for await (const entry of ledger.history({ since: from - 1 })) {
    if (entry.fingerprint === fingerprint) entries.unshift(entry);
  }
  return {
    entries,
    active: await activeVersions(ledger, entries),
    approvals: await lostApprovals(ledger, entries),
  };
}
