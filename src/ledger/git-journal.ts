/** Questions about the journal as a whole, and putting right what is wrong with it. */

import type { MisdatedEntries } from '../model/clock.js';
import { checkMoment, ledgerAt } from './at.js';
import { checkCountersignOptions, checkDoctorOptions } from './known-options.js';
import { readLastAudit } from './last-audit.js';
import { lastWitnessed } from './last-witnessed.js';
import type { LedgerAccess } from './ledger-access.js';
import type {
  DoctorOptions,
  DoctorReport,
  JournalPosition,
  LastAudit,
  LastWitnessed,
  LedgerJournal,
  LedgerMoment,
  LedgerTotals,
  Moment,
} from './ledger-journal.js';
import type { CountersignOptions } from './ledger-policy.js';
import { declareMisdated } from './misdated.js';
import { restoreForeign } from './rollback.js';
import { totalsOf } from './totals.js';

export class GitJournal implements LedgerJournal {
  private readonly access: LedgerAccess;

  constructor(access: LedgerAccess) {
    this.access = access;
  }

  async position(): Promise<JournalPosition> {
    this.access.assertOpen();
    // Services ask for it on and on, to see what others have written.
    await this.access.journal.catchUpInTurns();
    return this.access.read(({ records }) => {
      const head = records.head();
      return { seq: head?.seq ?? -1, oid: head?.tip ?? '' };
    });
  }

  async root(): Promise<string> {
    return this.access.read(({ records }) => records.head()?.root ?? '');
  }

  async at(moment: Moment): Promise<LedgerMoment> {
    const checked = checkMoment(moment);
    return this.access.read((view) => ledgerAt(view, checked));
  }

  async totals(): Promise<LedgerTotals> {
    return this.access.read(totalsOf);
  }

  async lastAudit(): Promise<LastAudit | null> {
    this.access.assertOpen();
    return readLastAudit(this.access.parts.privateFiles);
  }

  async lastWitnessed(): Promise<LastWitnessed | null> {
    this.access.assertOpen();
    return lastWitnessed(this.access.parts);
  }

  async doctor(options?: DoctorOptions): Promise<DoctorReport> {
    this.access.assertOpen();
    checkDoctorOptions(options);
    const { parts, journal } = this.access;
    const { examine } = await import('./doctor.js');
    const restoreRefs = (refs: readonly string[]) =>
      this.access.write(['restored'], (decision) => restoreForeign(decision, refs));
    return examine(
      {
        ...parts,
        journal,
        restoreRefs,
        restoreJournal: async (good, found) => (await this.access.writer()).restoreJournal(good, found),
      },
      options ?? {},
    );
  }

  async declareMisdated(options: CountersignOptions = {}): Promise<MisdatedEntries> {
    checkCountersignOptions(options);
    const { verifier } = this.access.parts;
    return this.access.write(['clock'], (decision) => declareMisdated(decision, options, verifier));
  }
}
