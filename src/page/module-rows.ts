/** Every module now and at an earlier moment, a row each. */

import { basename } from 'node:path';
import { setImmediate } from 'node:timers/promises';
import type { Ledger } from '../ledger/ledger.js';
import type { Activation, JournalPosition, LedgerJournal, ModuleMoment, Moment } from '../ledger/ledger-journal.js';
import type { LedgerLive } from '../ledger/ledger-live.js';
import type { LedgerReplicas } from '../ledger/ledger-replicas.js';
import type { LedgerReports } from '../ledger/ledger-reports.js';
import type { LedgerVersions } from '../ledger/ledger-versions.js';
import type { VersionCheckpoint } from '../model/checkpoint.js';
import type { ActivationJson, ModuleRow, MomentAnswer, OverviewAnswer, OverviewRow, ProcessJson } from './answers.js';
import { cut, shortReport } from './json-reply.js';

/** What of a ledger the page reads. Nothing that writes. */
export interface PageLedger
  extends Pick<Ledger, 'gitdir' | 'latestCheckpoint' | 'pendingApprovals' | 'readFiles' | 'history'> {
  readonly versions: Pick<LedgerVersions, 'modules' | 'summary' | 'log' | 'get' | 'proof' | 'diff' | 'listFiles'>;
  readonly reports: Pick<LedgerReports, 'list'>;
  readonly live: Pick<LedgerLive, 'explainRollback'>;
  readonly replicas: Pick<LedgerReplicas, 'status'>;
  readonly journal: Pick<LedgerJournal, 'root' | 'position' | 'at' | 'lastAudit'>;
}

/** So many pending reports are told of in the overview. */
const MAX_PENDING = 100;
const MAX_SEMVER = 64;
/** So many modules are looked up in one turn. */
const TURN = 25;

function shortSemver(semver: string | null | undefined): string | null {
  return semver == null ? null : cut(semver, MAX_SEMVER);
}

function semverOf(version: VersionCheckpoint | null): string | null {
  return shortSemver(version?.metadata['semver']);
}

function activationJson(activation: Activation): ActivationJson {
  const { type, seq, actor, timestamp, fromVer, reason, approvers, verdict } = activation;
  return { type, seq, actor, timestamp, fromVer, reason, approvers, level: verdict?.level ?? null };
}

function rowOf({ moduleId, active, stable, activation }: ModuleMoment): ModuleRow {
  return {
    moduleId,
    active: active?.version ?? null,
    semver: semverOf(active),
    stable: stable?.version ?? null,
    stableSemver: semverOf(stable),
    activation: activation === null ? null : activationJson(activation),
  };
}

/** @throws `NOT_FOUND`, `INVALID_ARGUMENT` */
export async function momentAnswer(ledger: PageLedger, moment: Moment): Promise<MomentAnswer> {
  const { seq, oid, timestamp, modules } = await ledger.journal.at(moment);
  return { seq, oid, timestamp, modules: modules.map(rowOf) };
}

async function rowNow(ledger: PageLedger, moduleId: string): Promise<OverviewRow> {
  const { active, semver, activation, stable, highest, staged, pending } = await ledger.versions.summary(moduleId);
  return {
    moduleId,
    active,
    semver: shortSemver(semver),
    stable,
    stableSemver: stable === null ? null : semverOf(await ledger.versions.get(moduleId, stable)),
    activation: activation === null ? null : activationJson(activation),
    highest,
    staged: staged.length,
    pending,
  };
}

/** When an entry was written. */
async function timeOf(ledger: PageLedger, seq: number): Promise<number> {
  for await (const { timestamp } of ledger.history({ before: seq + 1, limit: 1 })) return timestamp;
  throw new TypeError(`there is no entry ${seq}`);
}

/** What of the overview depends on the journal alone. */
type JournaledOverview = Pick<OverviewAnswer, 'name' | 'root' | 'position' | 'timestamp' | 'modules' | 'pending'>;

async function journaledOverview(ledger: PageLedger, tip: JournalPosition): Promise<JournaledOverview> {
  const rows: OverviewRow[] = [];
  for (const moduleId of await ledger.versions.modules()) {
    rows.push(await rowNow(ledger, moduleId));
    // Look-ups wait for nothing: other requests have their turn here.
    if (rows.length % TURN === 0) await setImmediate();
  }
  const pending = await ledger.pendingApprovals();
  return {
    name: basename(ledger.gitdir),
    root: await ledger.journal.root(),
    position: tip,
    timestamp: await timeOf(ledger, tip.seq),
    modules: rows,
    pending: pending.slice(0, MAX_PENDING).map(shortReport),
  };
}

/** The last overview of each ledger: every open page asks for it when the journal has moved. */
const overviews = new WeakMap<PageLedger, { readonly tip: string; readonly answer: Promise<JournaledOverview> }>();

export async function overviewAnswer(
  ledger: PageLedger,
  processes: readonly ProcessJson[] | null,
): Promise<Omit<OverviewAnswer, 'front'>> {
  const tip = await ledger.journal.position();
  let known = overviews.get(ledger);
  if (known?.tip !== tip.oid) {
    const asked = { tip: tip.oid, answer: journaledOverview(ledger, tip) };
    overviews.set(ledger, asked);
    // What failed is asked again, unless the journal has moved on meanwhile.
    asked.answer.catch(() => {
      if (overviews.get(ledger) === asked) overviews.delete(ledger);
    });
    known = asked;
  }
  return {
    ...(await known.answer),
    lastAudit: await ledger.journal.lastAudit(),
    replication: await ledger.replicas.status(),
    processes,
  };
}
