/** The approved list of a tool server: the active version of its module, read again whenever the journal has moved. */

import { LedgerError } from '../errors.js';
import type { Ledger } from '../ledger/ledger.js';
import { descriptionOf, type ServerDescription } from './canonical-form.js';

export interface Approved {
  readonly version: number;
  readonly checksum: string;
  readonly description: ServerDescription;
}

export class ApprovedList {
  private readonly ledger: Ledger;
  private readonly moduleId: string;
  private tip = '';
  private known: Approved | null = null;
  private reading: Promise<Approved | null> | null = null;

  constructor(ledger: Ledger, moduleId: string) {
    this.ledger = ledger;
    this.moduleId = moduleId;
  }

  /**
   * What is approved now; null where the module has no active version. The journal's tip is all that is looked at where nothing happened.
   * @throws what reading throws, `INVALID_FILES` where the active version is no list of tools: then nothing counts as approved
   */
  async now(): Promise<Approved | null> {
    this.reading ??= this.read().finally(() => {
      this.reading = null;
    });
    return this.reading;
  }

  private async read(): Promise<Approved | null> {
    const { oid } = await this.ledger.journal.position();
    if (oid === this.tip) return this.known;
    const active = await this.ledger.latestCheckpoint(this.moduleId);
    if (active === null) this.known = null;
    else if (active.version !== this.known?.version) this.known = await this.load(active.version, active.checksum);
    this.tip = oid;
    return this.known;
  }

  private async load(version: number, checksum: string): Promise<Approved> {
    const description = descriptionOf(await this.ledger.readFiles(this.moduleId, version));
    if (!('fault' in description)) return { version, checksum, description };
    const { fault } = description;
    const name = `${this.moduleId} v${version}`;
    const issues = [{ path: name, expected: 'the list of a tool server, as a guard stages it', actual: fault }];
    throw new LedgerError(
      'INVALID_FILES',
      `${name} is no list of a tool server: ${fault}`,
      { issues },
      { hint: 'keep each tool server in a module of its own, and nothing else in that' },
    );
  }
}
