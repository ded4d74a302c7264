/** What ledgers answer at a scrape: each is asked once, however many metrics want to know, and counts once, however many copies of it are open. */

import type { LastAudit, LastWitnessed, LedgerJournal, LedgerTotals } from '../ledger/ledger-journal.js';
import type { LedgerReplicas, Replication } from '../ledger/ledger-replicas.js';

/** What is asked at a scrape. */
export interface Source {
  readonly journal: Pick<LedgerJournal, 'totals' | 'lastAudit' | 'lastWitnessed'>;
  readonly replicas: Pick<LedgerReplicas, 'status'>;
}

/** What one opening of a ledger answered. */
export interface Answer {
  readonly totals: LedgerTotals;
  readonly replication: Replication;
  readonly lastAudit: LastAudit | null;
  readonly witnessed: LastWitnessed | null;
}

/** What is known of the ledgers at a scrape. */
export interface Scrape {
  /** Each ledger once, however many copies of it are open: as the one that is furthest says. */
  readonly ledgers: readonly LedgerTotals[];
  readonly copies: readonly Answer[];
}

/** The answers of several copies, each ledger once. */
function scrapeOf(copies: readonly Answer[]): Scrape {
  const furthest = new Map<string, LedgerTotals>();
  for (const { totals } of copies)
    if (totals.entries > (furthest.get(totals.root)?.entries ?? -1)) furthest.set(totals.root, totals);
  return { ledgers: [...furthest.values()], copies };
}

/** The ledgers of a registry, each asked once a scrape however many metrics want to know. */
export class Ledgers {
  private readonly lastAnswers = new Map<Source, Answer | null>();
  private asking: Promise<ReadonlyMap<Source, Answer | null>> | null = null;

  add(source: Source): void {
    this.lastAnswers.set(source, null);
  }

  remove(source: Source): void {
    this.lastAnswers.delete(source);
  }

  /** Those that can be read now. */
  async current(): Promise<Scrape> {
    return scrapeOf([...(await this.ask()).values()].filter((answer) => answer !== null));
  }

  /**
   * Those that could be read now or before: a counter that falls for one scrape is a restart to Prometheus, and what it rises by after that has
   * happened again.
   */
  async known(): Promise<Scrape> {
    await this.ask();
    return scrapeOf([...this.lastAnswers.values()].filter((answer) => answer !== null));
  }

  async countUnreadable(): Promise<number> {
    return [...(await this.ask()).values()].filter((answer) => answer === null).length;
  }

  private ask(): Promise<ReadonlyMap<Source, Answer | null>> {
    this.asking ??= this.askAll().finally(() => {
      this.asking = null;
    });
    return this.asking;
  }

  private async askAll(): Promise<ReadonlyMap<Source, Answer | null>> {
    const asked = [...this.lastAnswers.keys()].map(async (source) => [source, await answerOf(source)] as const);
    const answers = new Map(await Promise.all(asked));
    for (const [source, answer] of answers)
      if (answer !== null && this.lastAnswers.has(source)) this.lastAnswers.set(source, answer);
    return answers;
  }
}

async function answerOf(source: Source): Promise<Answer | null> {
  try {
    const [totals, replication] = [await source.journal.totals(), await source.replicas.status()];
    const [lastAudit, witnessed] = [await source.journal.lastAudit(), await source.journal.lastWitnessed()];
    return { totals, replication, lastAudit, witnessed };
  } catch {
    return null;
  }
}
