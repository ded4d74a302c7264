/**
 * The journal of a copy, replayed from its first entry to its tip. Entries are read, and their signatures verified, ahead of their turn: the
 * next ones while those before them are replayed.
 */

import { isLedgerError } from '../errors.js';
import { JOURNAL_REF } from '../model/ref-names.js';
import type { Evidence } from '../ports/evidence.js';
import type { Verifier } from '../ports/keys.js';
import type { Commit, Oid } from '../ports/objects.js';
import type { Signature } from './entry-replay.js';
import type { Findings } from './findings.js';
import type { LedgerState } from './ledger-state.js';
import type { Redactions } from './redactions.js';
import { Replay, type Replayed } from './replay-entries.js';

/** So many entries are read, and their signatures verified, ahead of the one that is replayed. */
const AHEAD = 64;

/** An entry that was read before its turn, with what is known of its signature by then. */
interface Ahead {
  readonly commit: Commit;
  readonly signature: Signature | undefined;
}

/** The progress is told this often: in entries. */
const TELL_EVERY = 256;

interface JournalParts {
  readonly evidence: Evidence;
  readonly verifier: Verifier;
  readonly findings: Findings;
  readonly redactions: Redactions;
  /** Entries up to this number are taken on trust; undefined: none. */
  readonly since: number | undefined;
  /** Told of each entry that was replayed. */
  readonly note: (replayed: Replayed) => void;
  readonly tell: (done: number, total: number) => void;
}

export class JournalReplay {
  private readonly parts: JournalParts;

  constructor(parts: JournalParts) {
    this.parts = parts;
  }

  /** The entries from the first to the tip, or null where the chain cannot be followed to its beginning. */
  private async chain(tip: Oid): Promise<Oid[] | null> {
    const chain: Oid[] = [];
    const known = new Set<Oid>();
    for (let oid: Oid | undefined = tip; oid !== undefined; ) {
      if (known.has(oid)) throw new TypeError(`a commit that is its own ancestor: ${oid}`);
      known.add(oid);
      chain.push(oid);
      try {
        const commit: Commit = await this.parts.evidence.readCommit(oid);
        this.parts.redactions.announce(commit);
        [oid] = commit.parents;
      } catch (error) {
        if (!isLedgerError(error, 'CORRUPT_OBJECT')) throw error;
        this.parts.findings.unreadable('journal', error, { ref: JOURNAL_REF });
        return null;
      }
    }
    return chain.reverse();
  }

  /** False where it could not be followed to its end. */
  async run(state: LedgerState, tip: Oid): Promise<boolean> {
    if (tip === '') {
      this.parts.findings.problem('journal', `${JOURNAL_REF} is not there, or no object id`, { ref: JOURNAL_REF });
      return false;
    }
    const chain = await this.chain(tip);
    if (chain === null) return false;
    const replay = new Replay(state, this.parts.verifier, this.parts.findings);
    const ahead = this.readingAhead(replay, chain);
    for (const [i, oid] of chain.entries()) {
      if (i % TELL_EVERY === 0) this.parts.tell(i, chain.length);
      const replayed = await this.one(replay, i, await ahead(i));
      if (replayed === null) {
        const left = chain.length - i - 1;
        if (left > 0 && this.parts.evidence.gaps.length === 0)
          this.parts.findings.problem('journal', `${left} entries after it were not replayed`, { oid });
        return false;
      }
      this.parts.note(replayed);
    }
    this.parts.tell(chain.length, chain.length);
    return true;
  }

  private isTrusted(index: number): boolean {
    const { since } = this.parts;
    return since !== undefined && index <= since;
  }

  /**
   * Reads the next entries and has their signatures verified while the ones before are replayed; returns one entry, or
   * null where it cannot be read.
   */
  private readingAhead(replay: Replay, chain: readonly Oid[]): (index: number) => Promise<Ahead | null> {
    const under = new Map<number, Ahead>();
    let next = 0;
    return async (index) => {
      for (; next < Math.min(chain.length, index + AHEAD); next++) {
        const commit = await this.readEntry(chain[next] ?? '');
        if (commit === null) continue;
        const signature = this.isTrusted(next) ? undefined : replay.signature(commit);
        signature?.catch(() => undefined);
        under.set(next, { commit, signature });
        if (signature !== undefined) await replay.verifyAhead(commit);
      }
      const ahead = under.get(index) ?? null;
      under.delete(index);
      return ahead;
    };
  }

  private async readEntry(oid: Oid): Promise<Commit | null> {
    try {
      return await this.parts.evidence.readCommit(oid);
    } catch (error) {
      if (!isLedgerError(error, 'CORRUPT_OBJECT')) throw error;
      this.parts.findings.unreadable('journal', error, { ref: JOURNAL_REF });
      return null;
    }
  }

  private async one(replay: Replay, index: number, ahead: Ahead | null): Promise<Replayed | null> {
    if (ahead === null) return null;
    try {
      return await replay.entry(ahead.commit, this.isTrusted(index), ahead.signature);
    } catch (error) {
      // A file of the policy: without it nobody knows whose signatures count.
      if (!isLedgerError(error, 'CORRUPT_OBJECT')) throw error;
      this.parts.findings.unreadable('journal', error);
      return null;
    }
  }
}
