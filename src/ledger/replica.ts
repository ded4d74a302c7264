/** This ledger and its copy on another machine: what one has and the other lacks goes over, forward only, or not at all. */

import { verifyEntries } from '../audit/verify-entries.js';
import { LedgerError } from '../errors.js';
import { parseEntry } from '../model/journal-entry.js';
import { JOURNAL_REF } from '../model/ref-names.js';
import type { Verifier } from '../ports/keys.js';
import type { Commit, Oid, RefName } from '../ports/objects.js';
import type { RefEdit, Store } from '../ports/publishing.js';
import type { Remote } from '../ports/remote.js';
import type { JournalPosition, LedgerNotice, ReplicationResult } from './contract.js';
import { Journal } from './journal.js';
import { randomPause } from './random-pause.js';
import { type RefState, type Relation, refState, relate } from './remote-view.js';
import { readContact, writeContact } from './replication.js';

/** A look at a remote while somebody's push moves its refs shows some before and some after: then it is looked at again. */
const LOOKS = 6;
const LOOK_PAUSE_MS = 60;

/** So often a journal may move under a push before it gives up. */
const ROUNDS = 30;

/** The most writers that one waits for. */
const MAX_PRESSURE = 4;

/** So many refs go in one push: more would not fit on a command line. */
const MAX_EDITS = 4000;

export interface ReplicaParts {
  readonly store: Store;
  readonly verifier: Verifier;
  /** Our own journal. */
  readonly journal: Journal;
  readonly remote: Remote;
  readonly now: () => number;
  readonly notify: (notice: LedgerNotice) => void;
}

/** What a look at the remote showed; null: it has no journal. */
type Look = ({ readonly tip: Oid; readonly relation: Relation } & RefState) | null;

/** What goes over. */
export interface Direction {
  readonly pull: boolean;
  readonly push: boolean;
  /** True where a remote that has nothing may be given everything. */
  readonly first: boolean;
}

export class Replica {
  private readonly parts: ReplicaParts;
  private theirs: Journal;
  /** Refs there that the entry `tip` has not moved yet: the next push moves them too. */
  private unfinished: { readonly tip: Oid; readonly lagging: ReadonlyMap<RefName, Oid | null> } | null = null;
  private running: Promise<unknown> = Promise.resolve();
  /** How many others seem to write there at the same time; below 1: nobody. */
  private pressure = 0;
  /** How long an offer took that was taken, in milliseconds. */
  private lastOfferMs = 100;

  constructor(parts: ReplicaParts) {
    this.parts = parts;
    this.theirs = new Journal(parts.store, parts.verifier);
  }

  get name(): string {
    return this.parts.remote.name;
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
  async offer(tip: Oid, entry: Oid, edits: readonly RefEdit[]): Promise<'accepted' | 'moved'> {
    const began = performance.now();
    const answer = await this.parts.remote.push(this.onTop(tip, entry, edits));
    this.pressure = answer === 'moved' ? Math.min(MAX_PRESSURE, this.pressure + 1) : this.pressure * 0.7;
    if (answer === 'accepted') {
      this.lastOfferMs = performance.now() - began;
      this.unfinished = null;
      // What is taken is taken, whatever becomes of the note about it.
      await this.contacted(entry).catch(() => undefined);
    }
    return answer;
  }

  /**
   * Where others write too: waits a while, as long as all of them would need one after the other at most, then looks
   * what they did. Winners wait like losers, so that each gets its turn. True where it looked.
   */
  async queue(): Promise<boolean> {
    if (this.pressure < 1) return false;
    await randomPause(this.pressure * this.lastOfferMs);
    await this.sync({ pull: true, push: true, first: false });
    return true;
  }

  private onTop(tip: Oid, entry: Oid, edits: readonly RefEdit[]): RefEdit[] {
    const lagging = this.unfinished?.tip === tip ? this.unfinished.lagging : new Map<RefName, Oid | null>();
    const moved = new Set(edits.map(({ ref }) => ref));
    const all = edits.map(({ ref, from, to }) => ({
      ref,
      from: lagging.has(ref) ? (lagging.get(ref) ?? null) : from,
      to,
    }));
    for (const [ref, from] of lagging) {
      if (!moved.has(ref)) all.push({ ref, from, to: this.journaled.get(ref) ?? null });
    }
    return [{ ref: JOURNAL_REF, from: tip, to: entry }, ...all];
  }

  /** Values of the lagging refs by the remote's journal. */
  private journaled: ReadonlyMap<RefName, Oid> = new Map();

  private async exchange(direction: Direction): Promise<ReplicationResult> {
    const done = { adopted: 0, pushed: 0 };
    for (let round = 0; round < ROUNDS; round++) {
      const ours = await this.parts.store.journalTip();
      const look = await this.look(ours);
      const behind = await this.settleOn(look, ours, direction, done);
      if (behind !== null) return this.result(done, behind);
      await randomPause(LOOK_PAUSE_MS * (1 + round));
    }
    throw new LedgerError(
      'REF_CHANGED',
      `${this.name}: its refs kept moving through ${ROUNDS} attempts`,
      { ref: JOURNAL_REF, expected: null, actual: null },
      { hint: 'try again; if nobody writes there, look for *.lock files that a killed git left in the remote' },
    );
  }

  /** Does what is to be done about a look: how many entries the remote is ahead then, or null where it moved meanwhile. */
  private async settleOn(
    look: Look,
    ours: Oid,
    { pull, push, first }: Direction,
    done: { adopted: number; pushed: number },
  ): Promise<number | null> {
    if (look?.relation.kind === 'equal') return 0;
    if (look?.relation.kind === 'behind') {
      const { commits } = look.relation;
      if (!pull) return commits.length;
      const adopted = await this.adopt(ours, look.tip, commits);
      done.adopted += adopted ?? 0;
      return adopted === null ? null : 0;
    }
    if (look === null && !first) throw this.nothingThere();
    if (!push) return -(look?.relation.commits.length ?? 0);
    const commits = look?.relation.commits ?? (await this.whole(ours));
    if ((await this.upload(commits, look)) === 'moved') return null;
    done.pushed += commits.length;
    return 0;
  }

  /** Holds new entries against the audit's rules, then adopts them; null where our journal moved meanwhile. */
  private async adopt(from: Oid, to: Oid, commits: readonly Commit[]): Promise<number | null> {
    const { store, verifier, journal } = this.parts;
    const base = await journal.read(async ({ projection, policy }) =>
      projection.tip === from ? { projection: projection.copy(), policy } : null,
    );
    if (base === null) return null;
    const entries = commits.map(({ oid }) => oid);
    await verifyEntries(store.objects, verifier, base, entries);
    const adoption = await store.adopt(to);
    for (const { ref } of adoption.replaced)
      this.warn(`${ref} had been changed here behind the ledger's back; it has its journaled value again`);
    return adoption.entries;
  }

  private warn(message: string): void {
    this.parts.notify({ type: 'warning', moduleId: 'ledger', code: 'REF_REPLACED', message });
  }

  private async result(done: { adopted: number; pushed: number }, behind: number): Promise<ReplicationResult> {
    const oid = await this.parts.store.journalTip();
    const position = await this.positionOf(oid);
    return { remote: this.name, ...done, behind: Math.max(0, behind), ahead: Math.max(0, -behind), position };
  }

  private async positionOf(oid: Oid): Promise<JournalPosition> {
    return { seq: parseEntry((await this.parts.store.readCommit(oid)).message)?.seq ?? -1, oid };
  }

  /** Remembers that, and where, the remote was seen. */
  private async contacted(tip: Oid | null): Promise<void> {
    const { store, now } = this.parts;
    const position = tip === null ? null : await this.positionOf(tip);
    await writeContact(store, { remote: this.name, lastContact: now(), position, failure: null });
  }

  /** Fetches, and verifies what the remote has. Nothing here moves. */
  private async look(ours: Oid): Promise<Look> {
    const { remote, store, now } = this.parts;
    const known = await readContact(store, this.name);
    let last: readonly string[] = [];
    /** Where refs are to be that still lag behind: nothing there may lead to these objects. */
    let missing: readonly Oid[] = [];
    for (let attempt = 0; attempt < LOOKS; attempt++) {
      const { refs } = await remote.fetch(missing).catch(async (error: unknown) => {
        const reason = error instanceof Error ? error.message : String(error);
        await writeContact(store, { ...known, remote: this.name, failure: { at: now(), reason } });
        throw error;
      });
      const tip = refs.get(JOURNAL_REF);
      if (tip === undefined) {
        if (known?.position != null) throw this.lostJournal(known.position);
        const state = [...refs.keys()].filter((ref) => ref.startsWith('refs/heads/'));
        if (state.length > 0) throw this.notALedger(state[0] ?? '');
        await this.contacted(null);
        return null;
      }
      const relation = await relate(store, ours, tip, this.name);
      const state = await this.verified(tip, refs);
      const targets = [...state.lagging.keys()].flatMap((ref) => this.journaled.get(ref) ?? []);
      if (state.foreign.length === 0 && targets.every((oid) => missing.includes(oid))) {
        const there = await this.positionOf(tip);
        if (known?.position != null && there.seq < known.position.seq)
          this.warn(`${this.name} was rewound: its journal was at ${known.position.seq}, now it is at ${there.seq}`);
        await this.contacted(tip);
        this.unfinished = state.lagging.size === 0 ? null : { tip, lagging: state.lagging };
        return { tip, relation, ...state };
      }
      last = state.foreign;
      missing = attempt > 0 ? targets : [];
      await randomPause(LOOK_PAUSE_MS * 2 ** attempt);
    }
    throw new LedgerError(
      'AUDIT_FAILED',
      `${this.name} has refs that its journal does not account for: ${last.join('; ')}`,
      { step: 'refs', problems: last },
      {
        hint: 'somebody changed them without git-lineage: put the journaled values back there with git update-ref, then try again',
      },
    );
  }

  /** Verifies the remote's journal up to `tip`, and holds its refs against it. */
  private async verified(tip: Oid, refs: ReadonlyMap<RefName, Oid>): Promise<RefState> {
    const { store, verifier } = this.parts;
    const last = parseEntry((await store.readCommit(tip)).message);
    if (last === null) throw new TypeError(`${tip} is no entry`);
    const compare = () =>
      this.theirs.read(async ({ projection }) => {
        const state = refState(refs, projection, last);
        this.journaled = new Map(
          [...state.lagging.keys()].flatMap((ref) => {
            const value = projection.refs.get(ref);
            return value === undefined ? [] : [[ref, value] as const];
          }),
        );
        return state;
      }, tip);
    try {
      return await compare();
    } catch (error) {
      // What was seen there before is not what is there now: whether that is allowed is decided against our own journal.
      if (!(error instanceof LedgerError) || error.code !== 'REF_CHANGED') throw error;
      this.theirs = new Journal(store, verifier);
      return compare();
    }
  }

  /** Every entry of our journal. */
  private async whole(tip: Oid): Promise<Commit[]> {
    const commits: Commit[] = [];
    for (let oid: Oid | undefined = tip; oid !== undefined; ) {
      const commit: Commit = await this.parts.store.readCommit(oid);
      commits.push(commit);
      oid = commit.parents[0];
    }
    return commits.reverse();
  }

  /** Pushes entries of ours: in one go, or (too many for that) entry by entry in a few, each of them whole. */
  private async upload(commits: readonly Commit[], look: Look): Promise<'accepted' | 'moved'> {
    let from = look?.tip ?? null;
    let lagging = look?.lagging ?? new Map<RefName, Oid | null>();
    let net = new Map<RefName, RefEdit>();
    const send = async (to: Oid): Promise<'accepted' | 'moved'> => {
      for (const [ref, value] of lagging)
        if (!net.has(ref)) net.set(ref, { ref, from: value, to: this.journaled.get(ref) ?? null });
      const answer = await this.parts.remote.push([{ ref: JOURNAL_REF, from, to }, ...net.values()]);
      if (answer === 'accepted') await this.contacted(to);
      [from, net, lagging] = [to, new Map(), new Map()];
      return answer;
    };
    for (const [i, commit] of commits.entries()) {
      for (const { ref, from: old, to } of parseEntry(commit.message)?.updates ?? []) {
        const first = lagging.has(ref) ? (lagging.get(ref) ?? null) : old;
        const before = net.get(ref);
        net.set(ref, { ref, from: before === undefined ? first : before.from, to });
      }
      const last = i === commits.length - 1;
      if ((last || net.size >= MAX_EDITS) && (await send(commit.oid)) === 'moved') return 'moved';
    }
    this.unfinished = null;
    return 'accepted';
  }

  private nothingThere(): LedgerError<'REMOTE_REFUSED'> {
    const reason = 'it has no journal yet';
    const hint = 'git-lineage push uploads this ledger there';
    return new LedgerError('REMOTE_REFUSED', `${this.name}: ${reason}`, { remote: this.name, reason }, { hint });
  }

  private notALedger(ref: RefName): LedgerError<'REMOTE_REFUSED'> {
    const reason = `it is no ledger, and not empty: it has ${ref}`;
    const hint = 'give the URL of a ledger or of an empty bare repository';
    return new LedgerError('REMOTE_REFUSED', `${this.name}: ${reason}`, { remote: this.name, reason }, { hint });
  }

  private lostJournal({ seq, oid }: JournalPosition): LedgerError<'PIN_MISMATCH'> {
    return new LedgerError(
      'PIN_MISMATCH',
      `${this.name} had a journal, at entry ${seq} (${oid}), and has none now`,
      { expected: oid, actual: 'nothing' },
      {
        hint: 'find out what happened to it; if it is to be filled again from here, remove lineage/remote.json, then push',
      },
    );
  }
}
