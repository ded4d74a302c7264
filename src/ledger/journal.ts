/** The journal as this process knows it: caught up on demand, every new entry verified before it counts. */

import { signerObjection } from '../audit/entry-signer.js';
import { isLedgerError, LedgerError } from '../errors.js';
import { sha256Hex } from '../model/content-digest.js';
import { type EntryText, parseEntry } from '../model/journal-entry.js';
import { type Policy, type PolicyFiles, parsePolicy, signerOf } from '../model/policy.js';
import { policySuccession } from '../model/policy-succession.js';
import { Projection, type ProjectionData } from '../model/projection.js';
import type { Verifier } from '../ports/keys.js';
import type { Commit, Oid } from '../ports/objects.js';
import type { Store } from '../ports/publishing.js';

/** The cache file's name; the number is the version of its shape. */
const CACHE = 'projection-2.json';

/** The cache is written again when it is this many entries behind, or a sixteenth of all: its cost a write stays constant. */
const CACHE_EVERY = 64;

/** What the journal says at one moment. Everything in it belongs together. */
export interface JournalState {
  readonly projection: Projection;
  readonly policy: Policy;
}

/** An entry with who signed it. */
export interface VerifiedEntry {
  readonly oid: Oid;
  readonly text: EntryText;
  readonly fingerprint: string;
}

function badEntry(oid: Oid, reason: string): LedgerError<'BAD_SIGNATURE'> {
  const what = `journal entry ${oid}`;
  return new LedgerError(
    'BAD_SIGNATURE',
    `${what} cannot be trusted: ${reason}`,
    { what, reason },
    {
      hint: 'somebody wrote to refs/heads/ledger without git-lineage: compare it with a clone of the ledger',
    },
  );
}

export class Journal {
  private readonly store: Store;
  private readonly verifier: Verifier;
  private projection = new Projection();
  private policy: Policy | null = null;
  private cachedSeq = -1;
  private loaded = false;
  /** True while nothing but the cache says that the last entry known was there. */
  private onlyCached = false;
  private running: Promise<unknown> = Promise.resolve();
  private readers = 0;
  private drained: (() => void) | null = null;
  private onEntry: ((oid: Oid, text: EntryText, judgedBy: Policy, projection: Projection) => void) | null = null;

  constructor(store: Store, verifier: Verifier) {
    this.store = store;
    this.verifier = verifier;
  }

  /**
   * Runs `body` on what the journal says now, or (with `tip`) at least up to that entry. The state does not change
   * while `body` runs: new entries wait for the readers that are under way. Calls must not be nested.
   */
  async read<T>(body: (state: JournalState) => Promise<T>, tip?: Oid): Promise<T> {
    const entered = this.running.then(() => this.enter(tip));
    this.running = entered.catch(() => undefined);
    const state = await entered;
    try {
      return await body(state);
    } finally {
      this.readers -= 1;
      if (this.readers === 0) this.drained?.();
    }
  }

  private async enter(tip: Oid | undefined): Promise<JournalState> {
    const target = tip ?? (await this.store.journalTip());
    if (!this.loaded) await this.loadCache();
    if (this.projection.tip !== target) {
      if (this.readers > 0) {
        await new Promise<void>((resolve) => {
          this.drained = resolve;
        });
        this.drained = null;
      }
      await this.catchUpFromCache(target);
    }
    this.onlyCached = false;
    if (this.policy === null) throw badEntry(this.projection.tip, 'it states no policy');
    this.readers += 1;
    return { projection: this.projection, policy: this.policy };
  }

  private async loadCache(): Promise<void> {
    this.loaded = true;
    try {
      const bytes = await this.store.readCache(CACHE);
      if (bytes === null) return;
      const projection = Projection.fromData(JSON.parse(Buffer.from(bytes).toString('utf8')) as ProjectionData);
      const commit = await this.store.readCommit(projection.tip);
      if (sha256Hex(commit.raw) !== projection.tipSha256) return;
      this.policy = await this.policyOf(commit);
      this.projection = projection;
      this.cachedSeq = projection.seq;
      this.onlyCached = true;
    } catch {
      // A cache: whatever is wrong with it, the journal itself says the same and is read instead.
      this.projection = new Projection();
      this.policy = null;
    }
  }

  private async saveCache(): Promise<void> {
    const behind = this.projection.seq - this.cachedSeq;
    if (behind < Math.max(CACHE_EVERY, this.projection.seq / 16)) return;
    this.cachedSeq = this.projection.seq;
    // A reader may have no permission to write here, and need none.
    await this.store.writeCache(CACHE, Buffer.from(JSON.stringify(this.projection.toData()))).catch(() => undefined);
  }

  /** The policy that an entry's tree states. */
  private async policyOf(commit: Commit): Promise<Policy> {
    const files = await this.policyFiles(commit);
    const policy = parsePolicy(files);
    if (policy === null)
      throw badEntry(commit.oid, 'its policy.json and allowed_signers are not as git-lineage writes them');
    return policy;
  }

  private async policyFiles(commit: Commit): Promise<PolicyFiles> {
    const files = await this.store.readFiles(commit.tree);
    const text = (name: string) => Buffer.from(files.get(name)?.data ?? new Uint8Array()).toString('utf8');
    return { policyJson: text('policy.json'), allowedSigners: text('allowed_signers') };
  }

  /**
   * Catches up; where the journal does not continue what only the cache knew, from the journal's root. The cache can
   * outlive entries that a power cut took, so it is no witness; what this process itself has seen is.
   */
  private async catchUpFromCache(tip: Oid): Promise<void> {
    try {
      await this.catchUp(tip);
    } catch (error) {
      if (!this.onlyCached || !isLedgerError(error, 'REF_CHANGED')) throw error;
      this.projection = new Projection();
      this.policy = null;
      this.cachedSeq = Number.NEGATIVE_INFINITY;
      await this.catchUp(tip);
    }
  }

  private async catchUp(tip: Oid): Promise<void> {
    const waiting: Commit[] = [];
    for (let oid: Oid | undefined = tip; oid !== undefined && oid !== this.projection.tip; ) {
      const commit: Commit = await this.store.readCommit(oid);
      const seq = parseEntry(commit.message)?.seq;
      if (seq === undefined) throw badEntry(oid, 'it is not written as the format says');
      if (seq <= this.projection.seq) throw this.rewound(tip);
      waiting.push(commit);
      oid = commit.parents[0];
    }
    if (waiting.length > 0 && waiting.at(-1)?.parents.length === 0 && this.projection.seq >= 0) throw this.rewound(tip);
    for (const commit of waiting.reverse()) await this.append(commit);
    await this.saveCache();
  }

  private rewound(tip: Oid): LedgerError<'REF_CHANGED'> {
    const expected = this.projection.tip;
    const message = `the journal was rewound or forked: entry ${this.projection.seq} (${expected}) is not in its history any more`;
    return new LedgerError(
      'REF_CHANGED',
      message,
      { ref: 'refs/heads/ledger', expected, actual: tip },
      {
        hint: `find out who moved refs/heads/ledger; git update-ref refs/heads/ledger ${expected} puts it back`,
      },
    );
  }

  private async append(commit: Commit): Promise<void> {
    const text = parseEntry(commit.message);
    if (text === null) throw badEntry(commit.oid, 'it is not written as the format says');
    const objection = this.projection.objection(text, commit.parents);
    if (objection !== null) throw badEntry(commit.oid, objection);
    // An entry is judged by the policy of the one before it; the root vouches for itself.
    const judge = this.policy ?? (await this.policyOf(commit));
    const fingerprint = this.verify(commit, text, judge);
    const next = text.events.some((e) => e.type === 'policy' || e.type === 'init')
      ? await this.newPolicy(commit, text)
      : judge;
    const unfit = next === judge ? null : policySuccession(judge, next, text.seq);
    if (unfit !== null) throw badEntry(commit.oid, `its policy cannot follow the one before: ${unfit}`);
    this.projection.apply(text, commit.oid, sha256Hex(commit.raw), fingerprint);
    const contradiction = this.projection.contradiction(text);
    if (contradiction !== null) {
      // What was applied cannot be taken back: start over from the root next time.
      this.projection = new Projection();
      this.policy = null;
      throw badEntry(commit.oid, contradiction);
    }
    this.policy = next;
    this.onEntry?.(commit.oid, text, judge, this.projection);
  }

  private async newPolicy(commit: Commit, text: EntryText): Promise<Policy> {
    const files = await this.policyFiles(commit);
    const stated = text.events.findLast((e) => e.type === 'policy');
    const matches =
      sha256Hex(files.policyJson) === stated?.policySha256 && sha256Hex(files.allowedSigners) === stated.signersSha256;
    if (!matches) throw badEntry(commit.oid, 'its files are not those that its Policy line names');
    return this.policyOf(commit);
  }

  /** Who signed an entry, having checked that this key could, for every event in it. */
  private verify(commit: Commit, text: EntryText, policy: Policy): string {
    const what = `journal entry ${commit.oid}`;
    if (commit.signature === null) throw badEntry(commit.oid, 'it is not signed');
    const { fingerprint } = this.verifier.verify(commit.payload, commit.signature, what);
    const signer = signerOf(policy, fingerprint);
    if (signer === undefined) {
      throw new LedgerError(
        'UNTRUSTED_SIGNER',
        `${what} is signed by ${fingerprint}, which the ledger does not know`,
        { fingerprint, what },
        {
          hint: 'compare the ledger with a clone: an entry was added from outside',
        },
      );
    }
    const objection = signerObjection(signer, text);
    if (objection !== null) throw badEntry(commit.oid, objection);
    return fingerprint;
  }

  /** The last entry that this process or the cache has seen; null where neither has seen one. Whether it is still there is not asked. */
  known(): Promise<{ readonly seq: number; readonly oid: Oid } | null> {
    const asked = this.running.then(async () => {
      if (!this.loaded) await this.loadCache();
      return this.projection.seq < 0 ? null : { seq: this.projection.seq, oid: this.projection.tip };
    });
    this.running = asked.catch(() => undefined);
    return asked;
  }

  /**
   * What the first entries of `chain`, a journal's oids from its first one on, say as far as they verify, and why the
   * next one does not. Nothing is cached, and the state that readers share stays as it is.
   */
  async verified(chain: readonly Oid[]): Promise<{ state: JournalState | null; objection: string | null }> {
    const past = new Journal(this.store, this.verifier);
    let good = 0;
    let objection: string | null = null;
    try {
      for (; good < chain.length; good++) await past.append(await this.store.readCommit(chain[good] ?? ''));
    } catch (error) {
      if (isLedgerError(error, 'IO')) throw error;
      objection = error instanceof Error ? error.message : String(error);
    }
    // An entry that contradicts itself is noticed once it was applied: what was before it is read again.
    if (objection !== null && past.projection.seq !== good - 1)
      return { state: (await this.verified(chain.slice(0, good))).state, objection };
    return { state: past.policy === null ? null : { projection: past.projection, policy: past.policy }, objection };
  }

  /**
   * What the journal said when `tip` was its last entry, verified from the first entry on. `onEntry` is told of each entry
   * with the policy by which it was judged and what the journal said with it.
   */
  async stateAt(
    tip: Oid,
    onEntry?: (oid: Oid, text: EntryText, judgedBy: Policy, projection: Projection) => void,
  ): Promise<JournalState> {
    const past = new Journal(this.store, this.verifier);
    past.onEntry = onEntry ?? null;
    // Not a state to be cached.
    past.cachedSeq = Number.POSITIVE_INFINITY;
    await past.catchUp(tip);
    if (past.policy === null) throw badEntry(tip, 'it states no policy');
    return { projection: past.projection, policy: past.policy };
  }

  /** One entry, for showing. */
  async entry(oid: Oid): Promise<VerifiedEntry & { readonly parent: Oid | null }> {
    const commit = await this.store.readCommit(oid);
    const text = parseEntry(commit.message);
    if (text === null || commit.signature === null) throw badEntry(oid, 'it is not written as the format says');
    const { fingerprint } = this.verifier.verify(commit.payload, commit.signature, `journal entry ${oid}`);
    return { oid, text, fingerprint, parent: commit.parents[0] ?? null };
  }
}
