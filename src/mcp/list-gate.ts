/** The gate for what a client lists and calls: what is approved by the ledger now, held against what the server offers now. */

import { messageOf } from '../errors.js';
import type { Approved, ApprovedList } from './approved-list.js';
import { ITEM_KINDS, type ItemKind, type ItemText } from './canonical-form.js';
import type { GuardNotice } from './guard-types.js';
import type { Offer, OfferedList } from './offered-list.js';
import type { Change, StagedChanges } from './staged-changes.js';
import { type Refusal, refusalOf, remedyText, shownOf } from './tool-verdict.js';

/** A refusal waits so long for the assessor, which says what command it takes; the next one knows it. */
const ASSESSMENT_WAIT_MS = 10_000;

interface ListGateParts {
  readonly moduleId: string;
  readonly approvedList: ApprovedList;
  readonly offered: OfferedList;
  readonly changes: StagedChanges;
  /** Whether a list that differs may become active by itself. */
  readonly mayBecomeActive: boolean;
  readonly tell: (notice: GuardNotice) => void;
  /** The list that a client sees is not the one that it was given last. */
  readonly onChanged: (kind: ItemKind) => void;
}

interface ListState {
  readonly approved: Approved | null;
  readonly offer: Offer;
}

/** The list that a client is to see, or why there is none. */
type Listing = { readonly items: readonly ItemText[] } | { readonly refusal: Refusal };

function textOf(items: readonly ItemText[]): string {
  return items.join('\n');
}

export class ListGate {
  private readonly parts: ListGateParts;
  /** What the client was given last, or told that it has changed to; of a kind that it never asked for, nothing. */
  private readonly given = new Map<ItemKind, string>();
  private settled: { readonly of: ListState; readonly change: Promise<Change | null> } | null = null;
  private told: ListState | null = null;
  private toldVersion: number | null | undefined;
  private toldFault = '';

  constructor(parts: ListGateParts) {
    this.parts = parts;
  }

  /** What the client may see of a kind now. */
  async listing(kind: ItemKind): Promise<Listing> {
    const state = await this.look();
    if ('refusal' in state) return state;
    const { approved, offer } = state;
    if ('fault' in offer) {
      const refusal = refusalOf(kind, '', approved, offer);
      if (refusal !== null) return { refusal };
    }
    const items = [...shownOf(approved, offer)[kind].values()];
    this.given.set(kind, textOf(items));
    return { items };
  }

  /** Why this may not be called now; null where it may. */
  async refusal(kind: ItemKind, name: string): Promise<Refusal | null> {
    const state = await this.look();
    const refusal = 'refusal' in state ? state.refusal : refusalOf(kind, name, state.approved, state.offer);
    if (refusal === null) return null;
    const change = 'refusal' in state ? null : await this.knownChange(state);
    const approved = 'refusal' in state ? null : state.approved;
    const message = `${refusal.message}${remedyText(this.parts.moduleId, approved, change)}`;
    this.parts.tell({ type: 'refused', kind, name, code: refusal.code, message });
    return { ...refusal, message };
  }

  /** What the ledger says now, against what the server offered last: a client that calls nothing is told of a rollback as well. */
  async followLedger(): Promise<void> {
    const last = this.settled?.of;
    if (last === undefined) return;
    // What cannot be read is refused at the next call.
    const approved = await this.parts.approvedList.now().catch(() => last.approved);
    if (approved === last.approved) return;
    const state = { approved, offer: last.offer };
    void this.settle(state);
    this.tellWhatIsNew(state);
  }

  /** Looks at both lists, and sees to what has changed. */
  async look(): Promise<ListState | { readonly refusal: Refusal }> {
    const { approvedList, offered, mayBecomeActive } = this.parts;
    try {
      const offer = await offered.now();
      let state: ListState = { approved: await approvedList.now(), offer };
      const change = this.settle(state);
      if (state.approved === null || mayBecomeActive) {
        await change;
        state = { approved: await approvedList.now(), offer };
      }
      this.tellWhatIsNew(state);
      return state;
    } catch (error) {
      return { refusal: { code: 'LEDGER_UNREADABLE', message: `the ledger cannot be read: ${messageOf(error)}` } };
    }
  }

  /** Stages what is offered, where it is not what is approved. The same pair is looked at once. */
  private settle(state: ListState): Promise<Change | null> {
    const { approved, offer } = state;
    const { of } = this.settled ?? {};
    if (this.settled !== null && of?.offer === offer && of.approved === approved) return this.settled.change;
    const change = 'fault' in offer ? Promise.resolve(null) : this.parts.changes.of(offer, approved);
    this.settled = { of: state, change };
    return change;
  }

  private async knownChange(state: ListState): Promise<Change | null> {
    let timer: NodeJS.Timeout | undefined;
    const wait = new Promise<null>((resolve) => {
      timer = setTimeout(resolve, ASSESSMENT_WAIT_MS, null);
    });
    const change = await Promise.race([this.settle(state), wait]);
    clearTimeout(timer);
    return change;
  }

  private tellWhatIsNew({ approved, offer }: ListState): void {
    const { tell, onChanged } = this.parts;
    if (this.told?.approved === approved && this.told.offer === offer) return;
    this.told = { approved, offer };
    const version = approved?.version ?? null;
    if (version !== this.toldVersion) tell({ type: 'approved', version });
    this.toldVersion = version;
    const fault = 'fault' in offer ? offer.fault : '';
    if (fault !== '' && fault !== this.toldFault) tell({ type: 'list-rejected', message: fault });
    this.toldFault = fault;
    const shown = shownOf(approved, offer);
    for (const kind of ITEM_KINDS) {
      const text = textOf([...shown[kind].values()]);
      if (!this.given.has(kind) || this.given.get(kind) === text) continue;
      this.given.set(kind, text);
      onChanged(kind);
    }
  }
}
