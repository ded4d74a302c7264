/**
 * The metrics of ledgers, in a Prometheus registry of the caller's. Names and labels do not change: dashboards and alerts of users name them.
 *
 * Totals are those of the journal, asked at each scrape: every process tells the same, a restart forgets nothing, and what the command line did
 * counts. What one process alone knows (how long its transactions took, what it was refused) is counted there.
 */

import { Counter, Gauge, Histogram, type Registry } from 'prom-client';
import { ERROR_CODES, isLedgerError, VERIFICATION_CODES } from '../errors.js';
import type { LedgerNotice } from '../ledger/ledger.js';
import type { LedgerTotals, ModuleTotals } from '../ledger/ledger-journal.js';
import { type Answer, Ledgers, type Scrape, type Source } from './scrape.js';

type Labels = Readonly<Record<string, string>>;
type Sample = readonly [labels: Labels, value: number];

interface CollectedMetric {
  readonly type: 'counter' | 'gauge';
  readonly help: string;
  readonly labelNames?: readonly string[];
  /** The samples of a ledger, of one of its modules (the label module_id is added), or of each copy that is open. */
  readonly ofLedger?: (totals: LedgerTotals) => Iterable<Sample>;
  readonly ofModule?: (module: ModuleTotals) => Iterable<Sample>;
  readonly ofCopy?: (answer: Answer) => Iterable<Sample>;
  /** What two samples of the same labels come to: their sum, unless this is given. */
  readonly merge?: (one: number, other: number) => number;
}

const MODULE = ['module_id'] as const;

/** A label that somebody wrote may be this long. */
const MAX_LABEL = 64;

const COLLECTED: Readonly<Record<string, CollectedMetric>> = {
  asm_version_checkpoints_total: {
    type: 'counter',
    help: 'Versions that became active, by the journal.',
    labelNames: MODULE,
    ofModule: ({ activations }) => [[{}, activations]],
  },
  asm_version_rollbacks_total: {
    type: 'counter',
    help: 'Rollbacks by reason, by the journal.',
    labelNames: [...MODULE, 'reason'],
    ofModule: ({ rollbacks }) => Object.entries(rollbacks).map(([reason, count]) => [{ reason }, count]),
  },
  asm_version_breaking_changes_total: {
    type: 'counter',
    help: 'Pairs of versions assessed BREAKING, each counted once, by the journal.',
    labelNames: MODULE,
    ofModule: ({ breakingChanges }) => [[{}, breakingChanges]],
  },
  asm_version_break_glass_total: {
    type: 'counter',
    help: 'Versions made active past the gate, by the journal.',
    labelNames: MODULE,
    ofModule: ({ brokenGlass }) => [[{}, brokenGlass]],
  },
  asm_version_lineage_depth: {
    type: 'gauge',
    help: 'Versions of the active lineage, up to maxCheckpoints.',
    labelNames: MODULE,
    ofModule: ({ lineageDepth }) => [[{}, lineageDepth]],
    merge: Math.max,
  },
  asm_version_active_info: {
    type: 'gauge',
    help: '1 for the active version of each module, by the ledger.',
    labelNames: [...MODULE, 'version', 'semver'],
    ofModule: ({ active, semver }) =>
      active === null ? [] : [[{ version: String(active), semver: (semver ?? '').slice(0, MAX_LABEL) }, 1]],
    merge: Math.max,
  },
  asm_version_pending_approvals: {
    type: 'gauge',
    help: 'Pairs of versions that wait for an operator.',
    ofLedger: ({ pendingApprovals }) => [[{}, pendingApprovals]],
  },
  asm_version_oldest_pending_seconds: {
    type: 'gauge',
    help: 'How long the oldest of the pairs that wait for an operator has waited; 0 where none waits.',
    ofLedger: ({ oldestPendingAt }) => [[{}, oldestPendingAt === null ? 0 : secondsSince(oldestPendingAt)]],
    merge: Math.max,
  },
  asm_version_journal_entries: {
    type: 'gauge',
    help: 'Entries of the journal.',
    ofLedger: ({ entries }) => [[{}, entries]],
  },
  asm_version_remote_view_seconds: {
    type: 'gauge',
    help: 'How long ago the remote that a ledger writes through answered last; none where it has no remote.',
    labelNames: ['remote'],
    ofCopy: ({ replication: { remote, lastContact } }) =>
      remote === null
        ? []
        : [[{ remote }, lastContact === null ? Number.POSITIVE_INFINITY : secondsSince(lastContact)]],
    merge: Math.max,
  },
  asm_version_remote_unreachable: {
    type: 'gauge',
    help: '1 where the last attempt to reach the remote failed.',
    labelNames: ['remote'],
    ofCopy: ({ replication: { remote, failure } }) => (remote === null ? [] : [[{ remote }, failure === null ? 0 : 1]]),
    merge: Math.max,
  },
  asm_version_last_audit_timestamp_seconds: {
    type: 'gauge',
    help: 'When the ledger was audited last where it lies, since the Unix epoch; none where that is not known.',
    ofCopy: ({ lastAudit }) => (lastAudit === null ? [] : [[{}, lastAudit.at]]),
    merge: Math.min,
  },
  asm_version_last_audit_passed: {
    type: 'gauge',
    help: '1 where the last audit of the ledger passed, 0 where it failed or could not see all.',
    ofCopy: ({ lastAudit }) => (lastAudit === null ? [] : [[{}, lastAudit.outcome === 'passed' ? 1 : 0]]),
    merge: Math.min,
  },
  asm_version_last_witnessed_timestamp_seconds: {
    type: 'gauge',
    help: 'When witnesses cosigned the checkpoint of the ledger last, since the Unix epoch; none where there is no such checkpoint.',
    ofCopy: ({ witnessed }) => (witnessed === null ? [] : [[{}, witnessed.at]]),
    merge: Math.min,
  },
};

function secondsSince(time: number): number {
  return Math.max(0, Date.now() / 1000 - time);
}

/** The samples of all ledgers, those of the same labels merged. */
function samplesOf({ ofLedger, ofModule, ofCopy, merge = sum }: CollectedMetric, scrape: Scrape): Iterable<Sample> {
  const found = new Map<string, Sample>();
  const add = (labels: Labels, value: number): void => {
    const key = JSON.stringify(labels);
    const known = found.get(key)?.[1];
    found.set(key, [labels, known === undefined ? value : merge(known, value)]);
  };
  for (const totals of scrape.ledgers) {
    for (const [labels, value] of ofLedger?.(totals) ?? []) add(labels, value);
    for (const module of totals.modules)
      for (const [labels, value] of ofModule?.(module) ?? []) add({ module_id: module.moduleId, ...labels }, value);
  }
  for (const answer of scrape.copies) for (const [labels, value] of ofCopy?.(answer) ?? []) add(labels, value);
  return found.values();
}

function sum(one: number, other: number): number {
  return one + other;
}

/** Registers what is asked at a scrape. A ledger that cannot be read is told as such; the gauges do without it. */
function registerCollected(registry: Registry, ledgers: Ledgers): void {
  for (const [name, metric] of Object.entries(COLLECTED)) {
    const { type, help, labelNames = [] } = metric;
    const shape = { name, help, labelNames: [...labelNames], registers: [registry] };
    if (type === 'counter') {
      const counter = new Counter({
        ...shape,
        async collect() {
          const scrape = await ledgers.known();
          counter.reset();
          for (const [labels, value] of samplesOf(metric, scrape)) counter.inc(labels, value);
        },
      });
    } else {
      const gauge = new Gauge({
        ...shape,
        async collect() {
          const scrape = await ledgers.current();
          gauge.reset();
          // One without labels is 0 after that, and not gone.
          if (labelNames.length === 0) gauge.remove();
          for (const [labels, value] of samplesOf(metric, scrape)) gauge.set(labels, value);
        },
      });
    }
  }
  const unreadable = new Gauge({
    name: 'asm_version_unreadable_ledgers',
    help: 'Ledgers that could not be read and verified at this scrape: gauges do without them, counters tell what they told last.',
    registers: [registry],
    async collect() {
      unreadable.set(await ledgers.countUnreadable());
    },
  });
}

/** In seconds: a transaction takes some milliseconds here, and as long as a remote's word takes elsewhere. */
const BUCKETS = [0.002, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30];

/** Registers what this process counts. */
function registerCounted(registry: Registry) {
  const registers = [registry];
  const refusals = new Counter({
    name: 'asm_version_refusals_total',
    help: 'Writes of this process that came to nothing, by the code of the error.',
    labelNames: ['code'],
    registers,
  });
  for (const code of ERROR_CODES) refusals.inc({ code }, 0);
  const stranded = new Counter({
    name: 'asm_version_no_target_rollbacks_total',
    help: 'Rollbacks of this process that had no version to go back to.',
    registers,
  });
  const unverified = new Counter({
    name: 'asm_version_verification_failures_total',
    help: 'Reads, pulls and pushes of this process that met what does not verify, by the code of the error.',
    labelNames: ['code'],
    registers,
  });
  for (const code of VERIFICATION_CODES) unverified.inc({ code }, 0);
  const transactions = new Histogram({
    name: 'asm_version_transaction_seconds',
    help: 'Transactions of this process: from the decision to the disk, and to the remote where there is one.',
    buckets: BUCKETS,
    registers,
  });
  const retries = new Counter({
    name: 'asm_version_transaction_retries_total',
    help: 'Transactions of this process that were decided again, because somebody else was faster.',
    registers,
  });
  return { refusals, stranded, unverified, transactions, retries };
}

interface Registered {
  readonly ledgers: Ledgers;
  readonly counted: ReturnType<typeof registerCounted>;
}

/** Several ledgers may share a registry: they share its metrics. */
const registered = new WeakMap<Registry, Registered>();

function registeredIn(registry: Registry): Registered {
  const known = registered.get(registry);
  if (known !== undefined) return known;
  const ledgers = new Ledgers();
  registerCollected(registry, ledgers);
  const made = { ledgers, counted: registerCounted(registry) };
  registered.set(registry, made);
  return made;
}

/** Counts what a ledger's notices say, and asks the ledger at each scrape. */
export interface MetricsObserver {
  observe(notice: LedgerNotice): void;
  /** From now on this ledger is asked too. */
  attach(source: Source): void;
  detach(source: Source): void;
}

/** The observer that keeps these metrics of `registry`. */
export function metricsObserver(registry: Registry): MetricsObserver {
  const { ledgers, counted } = registeredIn(registry);
  return {
    observe(notice) {
      if (notice.type === 'refused') {
        counted.refusals.inc({ code: notice.code });
        const { error } = notice;
        if (isLedgerError(error, 'NOT_FOUND') && error.data.kind === 'ROLLBACK_TARGET') counted.stranded.inc();
      }
      if (notice.type === 'unverified') counted.unverified.inc({ code: notice.code });
      if (notice.type !== 'committed') return;
      counted.transactions.observe(notice.durationMs / 1000);
      counted.retries.inc(notice.retries);
    },
    attach: (source) => void ledgers.add(source),
    detach: (source) => void ledgers.remove(source),
  };
}
