/** This ledger and its copy on another machine: what one has and the other lacks goes over, forward only, or not at all. */

import { LedgerError, messageOf } from '../errors.js';
import { type ChainEntry, newestFirst, pointOf } from '../model/entry-chain.js';
import { JOURNAL_REF } from '../model/ref-names.js';
import type { IndexFiles } from '../ports/index-file.js';
import type { Verifier } from '../ports/keys.js';
import type { Measurer } from '../ports/measuring.js';
import type { Commit, LedgerObjects, Oid, RefName } from '../ports/objects.js';
import type { Publisher, RefMove } from '../ports/publisher.js';
import type { Remote } from '../ports/remote.js';
import type { ObjectReader, PrivateFiles, RefReader } from '../ports/repository.js';
import type { Journal } from './journal.js';
import { journalMoved } from './journal-moved.js';
import type { LedgerNotice } from './ledger.js';
import type { JournalPosition } from './ledger-journal.js';
import type { ReplicationResult } from './ledger-replicas.js';
import { pause, randomPause } from './random-pause.js';
import { RemoteCopy, type RemoteView } from './remote-copy.js';
import type { RefState } from './remote-view.js';
import { verifiedState } from './verified-state.js';
import { WriteStreak } from './write-streak.js';

/** So often a journal may move under a push before it gives up. */
const ROUNDS = 30;
const ROUND_PAUSE_MS = 60;

/** The most writers that one waits for. */
const MAX_PRESSURE = 4;

/** So many refs go in one push: more would not fit on a command line. */
const MAX_EDITS = 4000;

interface ReplicaParts {
  readonly objects: ObjectReader;
  /** The same, as the audit reads them. */
  readonly audited: LedgerObjects;
  readonly refs: RefReader;
  readonly privateFiles: PrivateFiles;
  readonly publisher: Publisher;
  /** Where the index is kept; null: in memory only. */
  readonly index: IndexFiles | null;
  readonly verifier: Verifier;
  readonly measurer: Measurer;
  /** Removes what adopted entries have redacted. */
  readonly finishRedactions: () => Promise<void>;
  /** Our own journal. */
  readonly journal: Journal;
  readonly remote: Remote;
  readonly now: () => number;
  readonly notify: (notice: LedgerNotice) => void;
}

/** What goes over. */
interface Direction {
  readonly pull: boolean;
  readonly push: boolean;
  /** True where a remote that has nothing may be given everything. */
  readonly first: boolean;
}

/** Where an exchange has led to: how many entries the remote is ahead, and where our journal stands. */
interface Settled {
  readonly behind: number;
  readonly position: JournalPosition;
}

/** The last of some entries, of which there are any. */
function lastOf(entries: readonly ChainEntry<Commit>[]): JournalPosition {
  const last = entries.at(-1);
  if (last === undefined) throw new TypeError('an exchange of no entries');
  return { seq: last.text.seq, oid: last.oid };
}

export class Replica {
  private readonly parts: ReplicaParts;
  private readonly copy: RemoteCopy;
  /** Refs there that the entry `tip` has not moved yet: the next push moves them too. */
  private unfinished: { readonly tip: Oid; readonly lagging: RefState['lagging'] } | null = null;
  private running: Promise<unknown> = Promise.resolve();
  /** How many others seem to write there at the same time; below 1: nobody. */
  private pressure = 0;
  /** How long an offer took that was taken, in milliseconds. */
  private lastOfferMs = 100;
  private readonly streak = new WriteStreak(() => performance.now());

  constructor(parts: ReplicaParts) {
    this.parts = parts;
    this.copy = new RemoteCopy({ ...parts, warn: (message) => this.warn(message) });
  }

  get name(): string {
    return this.copy.name;
  }

  /**
   * Brings both to the same journal, as far as the direction says. Every new entry is verified before a ref moves here.
   * @throws `JOURNAL_FORKED`, `AUDIT_FAILED`, `BAD_SIGNATURE`, `UNTRUSTED_SIGNER`, `REMOTE_REFUSED`, `REMOTE_UNREACHABLE`
   */
  sync(direction: Direction): Promise<ReplicationResult> {
    const mine = this.running.then(() => this.exchange(direction));
    this.running = mine.catch(() => undefined);
    return mine;
  }

  /**
   * Asks the remote to take one new entry, the refs that it moves, and whatever the entry before has left unmoved there.
   * The remote's journal is compared with `tip` by the remote itself.
   */
  async offer(tip: Oid, entry: Oid, edits: readonly RefMove[]): Promise<'accepted' | 'moved'> {
    const began = performance.now();
    const answer = await this.copy.asked((remote) => remote.push(this.onTop(tip, entry, edits)));
    this.pressure = answer === 'moved' ? Math.min(MAX_PRESSURE, this.pressure + 1) : this.pressure * 0.7;
    if (answer === 'accepted') {
      this.lastOfferMs = performance.now() - began;
      this.streak.taken();
      this.unfinished = null;
      // What is taken is taken, whatever becomes of the note about it.
      this.copy.contacted(entry);
    }
    return answer;
  }

  /**
   * Where others write too: waits a while, as long as all of them would need one after the other at most, then looks
   * what they did. Winners wait like losers, so that each gets its turn; who always wins, now and then. True where it looked.
   */
  async queue(): Promise<boolean> {
    if (this.pressure < 1) {
      const ms = this.streak.beginWrite(this.lastOfferMs);
      if (ms > 0) await pause(ms);
      return false;
    }
    await randomPause(this.pressure * this.lastOfferMs);
    await this.sync({ pull: true, push: true, first: false });
    return true;
  }

  private onTop(tip: Oid, entry: Oid, edits: readonly RefMove[]): RefMove[] {
    const lagging: RefState['lagging'] = this.unfinished?.tip === tip ? this.unfinished.lagging : new Map();
    const moved = new Set(edits.map(({ ref }) => ref));
    const all: RefMove[] = edits.map(({ ref, from, to }) => {
      const late = lagging.get(ref);
      return { ref, from: late === undefined ? from : late.actual, to };
    });
    for (const [ref, { actual, journaled }] of lagging)
      if (!moved.has(ref)) all.push({ ref, from: actual, to: journaled });
    return [{ ref: JOURNAL_REF, from: tip, to: entry }, ...all];
  }

  private async exchange(direction: Direction): Promise<ReplicationResult> {
    const done = { adopted: 0, pushed: 0 };
    for (let round = 0; round < ROUNDS; round++) {
      const ours = this.parts.refs.journalTip();
      const look = await this.copy.look(ours);
      if (look !== null) this.unfinished = look.lagging.size === 0 ? null : { tip: look.tip, lagging: look.lagging };
      const settled = await this.settleOn(look, ours, direction, done);
      if (settled !== null) return this.result(done, settled);
      await randomPause(ROUND_PAUSE_MS * (1 + round));
    }
    throw journalMoved(
      `${this.name}: its refs kept moving through ${ROUNDS} attempts`,
      'try again; if nobody writes there, look for *.lock files that a killed git left in the remote',
    );
  }

  /**
   * Does what is to be done about a look; null where the remote moved meanwhile. Where it has led to is known before: nothing that was done is to be
   * reported as failed because of a file that cannot be read afterwards.
   */
  private async settleOn(
    look: RemoteView,
    ours: Oid,
    { pull, push, first }: Direction,
    done: { adopted: number; pushed: number },
  ): Promise<Settled | null> {
    if (look?.relation.kind === 'equal') return { behind: 0, position: pointOf(this.parts.objects, ours) };
    if (look?.relation.kind === 'behind') {
      const { entries } = look.relation;
      if (!pull) return { behind: entries.length, position: pointOf(this.parts.objects, ours) };
      const adopted = await this.adopt(ours, look.tip, entries);
      done.adopted += adopted ?? 0;
      return adopted === null ? null : { behind: 0, position: lastOf(entries) };
    }
    if (look === null && !first) throw this.nothingThere();
    if (!push) return { behind: -(look?.relation.entries.length ?? 0), position: pointOf(this.parts.objects, ours) };
    const entries = look?.relation.entries ?? [...newestFirst(this.parts.objects, ours)].reverse();
    if ((await this.upload(entries, look)) === 'moved') return null;
    done.pushed += entries.length;
    return { behind: 0, position: lastOf(entries) };
  }

  /** Holds new entries against the audit's rules, then adopts them; null where our journal moved meanwhile. */
  private async adopt(from: Oid, to: Oid, entries: readonly ChainEntry<Commit>[]): Promise<number | null> {
    const { audited, journal, publisher } = this.parts;
    const state = journal.state();
    if (state.records.head()?.tip !== from) return null;
    // Whoever has no remote loads nothing of the audit.
    const { verifyEntries } = await import('../audit/verify-entries.js');
    await verifyEntries(
      audited,
      this.parts,
      verifiedState(state),
      entries.map(({ oid }) => oid),
      this.parts.now(),
    );
    if (journal.position?.tip !== from) return null;
    const adoption = await publisher.adopt(from, to);
    if (adoption === 'moved') return null;
    for (const { ref } of adoption.replaced)
      this.warn(`${ref} had been changed here behind the ledger's back; it has its journaled value again`);
    const redacts = entries.some(({ text }) => text.events.some(({ type }) => type === 'redact'));
    // The entries stand: what cannot be removed now is removed when the ledger is opened next.
    if (redacts) await this.parts.finishRedactions().catch((error: unknown) => this.warn(messageOf(error)));
    return adoption.entries;
  }

  private warn(message: string): void {
    this.parts.notify({ type: 'warning', moduleId: 'ledger', code: 'REF_REPLACED', message });
  }

  private result(done: { adopted: number; pushed: number }, { behind, position }: Settled): ReplicationResult {
    return { remote: this.name, ...done, behind: Math.max(0, behind), ahead: Math.max(0, -behind), position };
  }

  /** Pushes entries of ours: in one go, or (too many for that) entry by entry in a few, each of them whole. */
  private async upload(entries: readonly ChainEntry<Commit>[], look: RemoteView): Promise<'accepted' | 'moved'> {
    let from = look?.tip ?? null;
    let lagging: RefState['lagging'] = look?.lagging ?? new Map();
    let net = new Map<RefName, RefMove>();
    const send = async (to: Oid): Promise<'accepted' | 'moved'> => {
      for (const [ref, { actual, journaled }] of lagging)
        if (!net.has(ref)) net.set(ref, { ref, from: actual, to: journaled });
      const moves = [{ ref: JOURNAL_REF, from, to }, ...net.values()];
      const answer = await this.copy.asked((remote) => remote.push(moves));
      if (answer === 'accepted') this.copy.contacted(to);
      [from, net, lagging] = [to, new Map(), new Map()];
      return answer;
    };
    for (const [i, { oid, text }] of entries.entries()) {
      for (const { ref, from: old, to } of text.updates) {
        const late = lagging.get(ref);
        const before = net.get(ref);
        net.set(ref, { ref, from: before === undefined ? (late === undefined ? old : late.actual) : before.from, to });
      }
      const last = i === entries.length - 1;
      if ((last || net.size >= MAX_EDITS) && (await send(oid)) === 'moved') return 'moved';
    }
    this.unfinished = null;
    return 'accepted';
  }

  private nothingThere(): LedgerError<'REMOTE_REFUSED'> {
    const reason = 'it has no journal yet';
    const hint = 'git-lineage push uploads this ledger there';
    return new LedgerError('REMOTE_REFUSED', `${this.name}: ${reason}`, { remote: this.name, reason }, { hint });
  }
}
