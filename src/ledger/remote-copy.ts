/**
 * A copy of this ledger on another machine, as it is read: a look at it fetches and verifies what it has, and moves nothing here. When it was
 * reached last is remembered.
 */

import { isLedgerError, LedgerError } from '../errors.js';
import { pointOf, readEntry } from '../model/entry-chain.js';
import { JOURNAL_REF } from '../model/ref-names.js';
import type { IndexFiles } from '../ports/index-file.js';
import type { Verifier } from '../ports/keys.js';
import type { Oid, RefName } from '../ports/objects.js';
import type { Remote } from '../ports/remote.js';
import type { ObjectReader, PrivateFiles, RefReader } from '../ports/repository.js';
import { Journal } from './journal.js';
import type { JournalPosition } from './ledger-journal.js';
import { randomPause } from './random-pause.js';
import { type RefState, type Relation, refState, relate } from './remote-view.js';
import { readContact, writeContact } from './replication.js';

/** A look at a remote while somebody's push moves its refs shows some before and some after: then it is looked at again. */
const LOOKS = 6;
const LOOK_PAUSE_MS = 60;

interface CopyParts {
  readonly objects: ObjectReader;
  readonly refs: RefReader;
  readonly privateFiles: PrivateFiles;
  /** Where the index is kept; null: in memory only. */
  readonly index: IndexFiles | null;
  readonly verifier: Verifier;
  readonly remote: Remote;
  readonly now: () => number;
  readonly warn: (message: string) => void;
}

/** What a look at the remote showed; null: it has no journal. */
export type RemoteView = ({ readonly tip: Oid; readonly relation: Relation } & RefState) | null;

export class RemoteCopy {
  private readonly parts: CopyParts;
  private theirs: Journal;

  constructor(parts: CopyParts) {
    this.parts = parts;
    this.theirs = this.newJournal();
  }

  private newJournal(): Journal {
    const { objects, refs, verifier, index } = this.parts;
    return new Journal({ objects, refs, verifier, files: index });
  }

  get name(): string {
    return this.parts.remote.name;
  }

  /** Remembers that, and where, the remote was seen. */
  contacted(tip: Oid | null): void {
    const { privateFiles, now } = this.parts;
    const position = tip === null ? null : pointOf(this.parts.objects, tip);
    writeContact(privateFiles, { remote: this.name, lastContact: now(), position, failure: null });
  }

  /** What the remote answers; where it cannot be reached, or lets nobody in, that is remembered. */
  async asked<T>(question: (remote: Remote) => Promise<T>): Promise<T> {
    const { remote, privateFiles, now } = this.parts;
    try {
      return await question(remote);
    } catch (error) {
      if (isLedgerError(error, 'REMOTE_UNREACHABLE') || isLedgerError(error, 'REMOTE_REFUSED')) {
        const known = readContact(privateFiles, this.name);
        writeContact(privateFiles, { ...known, remote: this.name, failure: { at: now(), reason: error.message } });
      }
      throw error;
    }
  }

  /** Fetches, and verifies what the remote has. Nothing here moves. */
  async look(ours: Oid): Promise<RemoteView> {
    const { objects, privateFiles } = this.parts;
    const known = readContact(privateFiles, this.name);
    let last: readonly string[] = [];
    /** Where refs are to be that still lag behind: nothing there may lead to these objects. */
    let missing: readonly Oid[] = [];
    for (let attempt = 0; attempt < LOOKS; attempt++) {
      const { refs } = await this.asked((remote) => remote.fetch(missing));
      const tip = refs.get(JOURNAL_REF);
      if (tip === undefined) {
        if (known?.position != null) throw this.lostJournal(known.position);
        const state = [...refs.keys()].filter((ref) => ref.startsWith('refs/heads/'));
        if (state.length > 0) throw this.notALedger(state[0] ?? '');
        this.contacted(null);
        return null;
      }
      const relation = relate(objects, ours, tip, this.name);
      const state = this.verified(tip, refs);
      const targets = [...state.lagging.values()].flatMap(({ journaled }) => journaled ?? []);
      if (state.foreign.length === 0 && targets.every((oid) => missing.includes(oid))) {
        const there = pointOf(objects, tip);
        if (known?.position != null && there.seq < known.position.seq)
          this.parts.warn(
            `${this.name} was rewound: its journal was at ${known.position.seq}, now it is at ${there.seq}`,
          );
        this.contacted(tip);
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
  private verified(tip: Oid, refs: ReadonlyMap<RefName, Oid>): RefState {
    const last = readEntry(this.parts.objects, tip).text;
    try {
      return refState(refs, this.theirs.state(tip).records, last);
    } catch (error) {
      // What was seen there before is not what is there now: whether that is allowed is decided against our own journal.
      if (!isLedgerError(error, 'REF_CHANGED')) throw error;
      this.theirs.close();
      this.theirs = this.newJournal();
      return refState(refs, this.theirs.state(tip).records, last);
    }
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
        hint: 'find out what happened to it; if it is to be filled again from here, remove what lineage/remotes.json says of it, then push',
      },
    );
  }
}
