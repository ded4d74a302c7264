/**
 * Turns drafts into transactions: operations that wait at the same time share one journal entry, in the order they
 * came, each of them whole or not at all.
 */

import { invalidInput, isLedgerError, LedgerError } from '../errors.js';
import { timestampIssues } from '../model/checkpoint.js';
import {
  type EntryText,
  type EventType,
  formatEntry,
  gitSeconds,
  notesMessage,
  parseEntry,
} from '../model/journal-entry.js';
import { formatPolicy, type Policy, rolesFor, signerOf } from '../model/policy.js';
import { CHECKSUM_NOTES_REF, JOURNAL_REF, TAG_NOTES_REF } from '../model/ref-names.js';
import { formatTags } from '../model/tag-label.js';
import { formatChecksumNote } from '../model/version-commit.js';
import type { SwapQuestion } from '../ports/hook.js';
import type { Signer } from '../ports/keys.js';
import type { Identity, Oid } from '../ports/objects.js';
import type { RefEdit, Staging, Store, Transaction } from '../ports/publishing.js';
import type { LedgerNotice } from './contract.js';
import { Draft } from './draft.js';
import type { Journal, JournalState } from './journal.js';
import { journalTree } from './journal-tree.js';
import type { Reader } from './reader.js';
import type { Replica } from './replica.js';
import { type Attempt, type Offer, offerTo, throughRemote } from './through-remote.js';

/** What an operation may use beside its draft. */
export interface Context {
  readonly signer: Signer;
  readonly now: () => number;
  /** Has the operator's hook asked about a swap; the operation fails where it has not been, or refused. */
  readonly permit: (question: SwapQuestion) => void;
  /** Tells observers, once the transaction is committed. */
  readonly announce: (notice: LedgerNotice) => void;
}

/** Decides on a draft, under the writer lock: throws before it changes anything, or changes it and returns its result. */
export type Operation<T> = (draft: Draft, context: Context) => Promise<T>;

interface Waiting {
  readonly needs: readonly EventType[];
  readonly run: Operation<unknown>;
  readonly resolve: (value: unknown) => void;
  readonly reject: (error: unknown) => void;
}

/** So many operations share one transaction at most: a bound on what is held in memory and under the lock. */
const MAX_BATCH = 256;

export function identityOf(principal: string, timestamp: number): Identity {
  return { name: principal, email: principal, seconds: gitSeconds(timestamp) };
}

/** The time by the clock given, or `INVALID_ARGUMENT` where it shows none that the journal could hold. */
export function checkedTime(timestamp: number): number {
  const issues = timestampIssues(timestamp, 'now()');
  if (issues.length > 0) throw invalidInput('INVALID_ARGUMENT', issues, 'the clock counts seconds: Date.now() / 1000');
  return timestamp;
}

/**
 * A clock that never goes back, neither within a transaction nor behind the entry before it: a journal tells its dates in
 * its order, whatever a machine's clock was set to meanwhile.
 */
function steadyClock(now: () => number, last: number): () => number {
  let latest = last;
  return () => {
    latest = Math.max(latest, now());
    return latest;
  };
}

export interface WriterParts {
  readonly store: Store;
  readonly journal: Journal;
  readonly reader: Reader;
  readonly signer: Signer | null;
  readonly now: () => number;
  readonly notify: (notice: LedgerNotice) => void;
  /** The copy elsewhere whose journal is the commit point; null: our own is. */
  readonly replica: Replica | null;
}

/** Runs a body as the only writer of this ledger. */
type Exclusive = (body: (transaction: Transaction) => Promise<void>) => Promise<void>;

export class Writer {
  private readonly parts: WriterParts;
  private readonly queue: Waiting[] = [];
  private running: Promise<void> | null = null;

  constructor(parts: WriterParts) {
    this.parts = { ...parts, now: () => checkedTime(parts.now()) };
  }

  /** Runs an operation that will write events of the types `needs`, in a transaction that others may share. */
  run<T>(needs: readonly EventType[], operation: Operation<T>): Promise<T> {
    return new Promise<T>((resolve, reject) => {
      this.queue.push({ needs, run: operation, resolve: resolve as (value: unknown) => void, reject });
      this.running ??= this.drain();
    });
  }

  /** Puts the journal back to `good`, its last entry that can be trusted, in place of `found`, and says so on top of it. */
  restoreJournal(good: Oid, found: Oid | null): Promise<void> {
    const foreign = found === '' ? null : found;
    const run: Operation<void> = async (draft) =>
      void draft.events.push({ type: 'restored', ref: JOURNAL_REF, foreign });
    return new Promise<void>((resolve, reject) => {
      const waiting: Waiting = { needs: ['restored'], run, resolve: () => resolve(), reject };
      this.transact([waiting], (body) => this.parts.store.restoreJournal(good, found, body)).then(
        (tell) => tell(),
        (error: unknown) => reject(asLedgerError(error)),
      );
    });
  }

  /** Waits for everything that was asked for. */
  async settle(): Promise<void> {
    while (this.running !== null) await this.running;
  }

  /** A change of policy ends its batch: an entry is judged by the policy before it, so what follows needs its own. */
  private nextBatch(): Waiting[] {
    const change = this.queue.findIndex(({ needs }) => needs.includes('policy'));
    return this.queue.splice(0, change === -1 ? MAX_BATCH : Math.min(change + 1, MAX_BATCH));
  }

  private async drain(): Promise<void> {
    // Calls of the same turn of the event loop go into the same transaction.
    await Promise.resolve();
    while (this.queue.length > 0) await this.settleBatch(this.nextBatch());
    // In the same turn as the look at the queue: whoever comes later starts anew.
    this.running = null;
  }

  private async settleBatch(batch: readonly Waiting[]): Promise<void> {
    try {
      (await this.transact(batch))();
    } catch (error) {
      // A ref that somebody else holds or changed concerns one module: the others must not fail with it.
      const alone = batch.length > 1 && isLedgerError(error) && error.retryable;
      if (alone) for (const waiting of batch) await this.settleBatch([waiting]);
      else for (const { reject } of batch) reject(asLedgerError(error));
    }
  }

  /** Runs a batch; returns what tells its callers how it ended. `within` is what makes it the only writer. */
  private async transact(batch: readonly Waiting[], within?: Exclusive): Promise<() => void> {
    const { store, journal, replica } = this.parts;
    const trusted = (tip: Oid) => journal.read(async () => undefined, tip);
    const exclusive: Exclusive = within ?? ((body) => store.transact(body, trusted));
    if (replica !== null && within === undefined)
      return throughRemote({
        store,
        replica,
        attempt: (offer) => this.attempt(batch, exclusive, offer),
        reject: (error) => {
          for (const waiting of batch) waiting.reject(error);
        },
      });
    const offer = replica === null ? null : offerTo(replica);
    const attempt = await this.attempt(batch, exclusive, offer);
    if (attempt.failure !== null && !attempt.failure.committed) throw attempt.failure;
    return () => attempt.settle(attempt.failure);
  }

  /** Decides a batch and publishes it. Never rejects: what went wrong is in the answer. */
  private async attempt(batch: readonly Waiting[], exclusive: Exclusive, offer: Offer | null): Promise<Attempt> {
    const { journal, reader, now } = this.parts;
    const notices: LedgerNotice[] = [];
    const outcomes: ((failure: LedgerError | null) => void)[] = [];
    let refused = true;
    let tip: Oid | null = null;
    let entry: Oid | null = null;
    const decide = async (transaction: Transaction, state: JournalState) => {
      tip = transaction.tip;
      const draft = new Draft({ transaction, state, reader });
      const clock = steadyClock(now, state.projection.timestamp);
      for (const waiting of batch) {
        const announced: LedgerNotice[] = [];
        const fork = draft.fork();
        try {
          const signer = this.signerFor(waiting.needs, draft.policy);
          const announce = (notice: LedgerNotice) => announced.push(notice);
          const value = await waiting.run(fork, { signer, now: clock, announce, permit: unasked });
          draft.merge(fork);
          refused = false;
          notices.push(...announced);
          outcomes.push((failure) => (failure === null ? waiting.resolve(value) : waiting.reject(failure)));
        } catch (error) {
          outcomes.push(() => waiting.reject(asLedgerError(error)));
        }
      }
      if (draft.events.length === 0) return;
      const told = (notice: LedgerNotice & { readonly type: 'committed' }) => {
        notices.unshift(notice);
        entry = notice.oid;
      };
      await this.publish(transaction, draft, clock(), told, offer);
    };
    const failure = await exclusive((transaction) =>
      journal.read((state) => decide(transaction, state), transaction.tip),
    ).then(
      () => null,
      (error: unknown) => asLedgerError(error),
    );
    // Where nothing happened, what was decided, refusals included, was decided on versions that are not there.
    const settle = (ended: LedgerError | null): void => {
      for (const notice of notices) this.parts.notify(notice);
      for (const outcome of outcomes) outcome(ended);
    };
    return { tip, entry, refused, failure, settle };
  }

  /** The signer, having checked that its key may sign such events. */
  private signerFor(needs: readonly EventType[], policy: Policy): Signer {
    const { signer } = this.parts;
    const roles = [...new Set(needs.flatMap((type) => rolesFor(type)))];
    const known = signer === null ? undefined : signerOf(policy, signer.publicKey.fingerprint);
    if (signer === null) {
      throw new LedgerError(
        'ROLE_REQUIRED',
        `this takes a key with the role ${roles.join(' or ')}, and no key was given`,
        { roles, fingerprint: null },
        {
          hint: 'give one: --key FILE, GIT_LINEAGE_KEY or git config user.signingKey; in the library, the option signer',
        },
      );
    }
    const { fingerprint } = signer.publicKey;
    if (known === undefined) {
      const what = `a transaction by ${signer.principal}`;
      throw new LedgerError(
        'UNTRUSTED_SIGNER',
        `the ledger does not know the key ${fingerprint}`,
        { fingerprint, what },
        {
          hint: 'an admin adds it with: git-lineage signers add PRINCIPAL KEY.pub --role recorder',
        },
      );
    }
    const missing = needs.find((type) => !rolesFor(type).some((role) => known.roles.includes(role)));
    if (missing !== undefined) {
      const wanted = rolesFor(missing);
      const idle = known.revokedFrom === null ? 'is retired' : `is revoked from entry ${known.revokedFrom} on`;
      const has = known.roles.length === 0 ? idle : `has the role ${known.roles.join(', ')}`;
      throw new LedgerError(
        'ROLE_REQUIRED',
        `this takes the role ${wanted.join(' or ')}; the key of ${known.principal} ${has}`,
        { roles: wanted, fingerprint },
        {
          hint: `use another key, or let an admin run: git-lineage signers add ${known.principal} KEY.pub --role ${wanted[0] ?? 'recorder'}`,
        },
      );
    }
    if (known.principal !== signer.principal) {
      const what = `a transaction by ${signer.principal}`;
      throw new LedgerError(
        'UNTRUSTED_SIGNER',
        `the key ${fingerprint} belongs to ${known.principal}, not to ${signer.principal}`,
        { fingerprint, what },
        {
          hint: `open the ledger with the principal ${known.principal}`,
        },
      );
    }
    return signer;
  }

  private async publish(
    transaction: Transaction,
    draft: Draft,
    timestamp: number,
    told: (notice: LedgerNotice & { readonly type: 'committed' }) => void,
    offer: Offer | null,
  ): Promise<void> {
    const { signer, store } = this.parts;
    if (signer === null) throw new TypeError('a transaction without a signer');
    const { projection } = draft;
    const identity = identityOf(signer.principal, timestamp);
    await stageNotes(transaction, draft, identity);
    const moved = [...draft.moves].filter(
      ([ref, to]) => (projection.refs.get(ref) ?? null) !== to || draft.restored.has(ref),
    );
    const edits: RefEdit[] = moved.map(([ref, to]) => ({
      ref,
      from: projection.refs.get(ref) ?? null,
      to,
      ...(draft.restored.has(ref) ? { replaces: draft.restored.get(ref) ?? null } : {}),
    }));
    const text: EntryText = {
      seq: projection.seq + 1,
      previousSha256: projection.tipSha256,
      actor: signer.principal,
      timestamp,
      events: draft.events,
      updates: edits.map(({ ref, from, to }) => ({ ref, from, to })),
    };
    // Only a Policy event changes the tree, so that whoever reads the journal need not look at the others.
    const tree =
      draft.newPolicy === null
        ? (await store.readCommit(transaction.tip)).tree
        : await transaction.stageFiles(journalTree(formatPolicy(draft.newPolicy)));
    const entry = await stageEntry(transaction, tree, text, transaction.tip, signer);
    told({ type: 'committed', seq: text.seq, oid: entry, events: draft.events });
    const confirm = offer === null ? {} : { confirm: () => offer(transaction.tip, entry, edits) };
    await transaction.publish({ entry, edits, ...confirm });
  }
}

/** The journal entry of a transaction; `tree` holds the policy that is in force from it on. */
export async function stageEntry(
  staging: Staging,
  tree: Oid,
  text: EntryText,
  parent: Oid | null,
  signer: Signer,
): Promise<Oid> {
  const identity = identityOf(text.actor, text.timestamp);
  const message = formatEntry(text);
  // Nothing may enter the journal that its readers would refuse: it could never be taken out again.
  if (parseEntry(message) === null) throw new TypeError(`a journal entry that cannot be read back: ${message}`);
  const draft = { tree, parents: parent === null ? [] : [parent], identity, message };
  return staging.stageCommit(draft, signer);
}

async function stageNotes(transaction: Transaction, draft: Draft, identity: Identity): Promise<void> {
  const message = notesMessage(draft.events);
  const kinds: [string, Map<Oid, string | null>][] = [
    [CHECKSUM_NOTES_REF, new Map([...draft.checksums].map(([oid, checksum]) => [oid, formatChecksumNote(checksum)]))],
    [TAG_NOTES_REF, new Map([...draft.tags].map(([oid, tags]) => [oid, formatTags(tags)]))],
  ];
  for (const [ref, changes] of kinds) {
    if (changes.size > 0)
      draft.moves.set(ref, await transaction.stageNotes(draft.ref(ref), changes, { identity, message }));
  }
}

/** Nothing becomes active unless its operation has seen to the hook. */
function unasked(): never {
  throw new TypeError('an activation without withPermits');
}

/** Every rejection is a `LedgerError`: what is none of ours is a failure of storage. */
function asLedgerError(error: unknown): LedgerError {
  if (isLedgerError(error)) return error;
  const message = error instanceof Error ? error.message : String(error);
  return new LedgerError(
    'IO',
    message,
    { operation: 'write', path: '', errno: null },
    { cause: error, hint: 'see the cause' },
  );
}
