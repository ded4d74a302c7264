/** A push to a ledger, as its hooks see it: checked before its objects are kept, then taken over as one transaction. */

import nodeFs from 'node:fs';
import { resolve } from 'node:path';
import { invalidInput, isLedgerError, LedgerError, quoted } from './errors.js';
import { moveCheckpoint } from './git/checkpoint-ref.js';
import { createPublisher, indexFiles } from './git/create-publisher.js';
import { Files } from './git/file-system.js';
import { parseCommand, procReceive } from './git/proc-receive.js';
import { quarantinedObjects } from './git/quarantine.js';
import { asCommitted } from './git/ref-moves.js';
import { MalformedPacket } from './git/remote/pkt-line.js';
import { openGitStore } from './git/repository.js';
import { Journal } from './ledger/journal.js';
import { type CheckedPush, checkPush } from './ledger/receive.js';
import type { RefUpdate } from './model/journal-entry.js';
import { JOURNAL_REF } from './model/ref-names.js';
import type { Oid } from './ports/objects.js';
import { sshVerifier } from './signing/verifier.js';

interface ReceiveOptions {
  /** The ledger that is pushed to. */
  readonly gitdir: string;
  /**
   * The time now, in seconds since the Unix epoch; the system's clock by default. No entry may be a day ahead of it.
   */
  readonly now?: (() => number) | undefined;
}

/** A push as git tells the hook `pre-receive` of it (githooks(5)). */
export interface CheckPushOptions extends ReceiveOptions {
  /** The moves that are asked for: `<old> <new> <ref>`, a line each, as git gives them to `pre-receive`. */
  readonly commands: readonly string[];
  /**
   * Where git keeps the objects of the push until it is let in (`GIT_QUARANTINE_PATH`). By default they are looked for
   * in the ledger alone.
   */
  readonly objectDirectory?: string | undefined;
}

/** Both ends of the protocol that git speaks with the hook `proc-receive` (githooks(5)): version 1, in pkt-lines. */
export interface ApplyPushOptions extends ReceiveOptions {
  /** What git says to `proc-receive`: its standard input. */
  readonly input: AsyncIterable<Uint8Array>;
  /** Takes what is said to git: its standard output. */
  readonly write: (text: string) => void;
}

type Store = Awaited<ReturnType<typeof openGitStore>>;

/** Moves the journal and every ref with it, then the checkpoint. @throws `REF_CHANGED` where somebody else has moved it meanwhile */
async function takeOver(store: Store, { from, to, checkpoint }: CheckedPush): Promise<void> {
  if (from !== to) await takeEntries(store, from, to);
  if (checkpoint === null) return;
  await moveCheckpoint(store, checkpoint).catch((error: unknown) => {
    throw from === to ? error : asCommitted(error);
  });
}

async function takeEntries(store: Store, from: Oid, to: Oid): Promise<void> {
  const publisher = createPublisher(store, { thread: false });
  const outcome = await publisher.adopt(from, to).finally(() => publisher.close());
  if (outcome !== 'moved') return;
  const data = { ref: JOURNAL_REF, expected: from, actual: store.journalTip() };
  const hint = 'git-lineage pull, then push again';
  throw new LedgerError('REF_CHANGED', `${JOURNAL_REF}: others have written meanwhile`, data, { hint });
}

async function withPush<T>(
  { gitdir, now = () => Date.now() / 1000 }: ReceiveOptions,
  updates: readonly RefUpdate[],
  objectDirectory: string | undefined,
  body: (store: Store, push: CheckedPush) => Promise<T>,
): Promise<T> {
  const store = await openGitStore(nodeFs, resolve(gitdir));
  const journal = new Journal({ objects: store, refs: store, verifier: sshVerifier, files: indexFiles(store) });
  try {
    const objects =
      objectDirectory === undefined
        ? store.objects
        : quarantinedObjects(new Files(nodeFs), resolve(objectDirectory), store.database);
    return await body(
      store,
      await checkPush({ journal, reader: store, objects, verifier: sshVerifier, now: now() }, updates),
    );
  } finally {
    journal.close();
    await store.close();
  }
}

function notGit(actual: string): Error {
  const issue = { path: 'input', expected: 'what git tells its hooks', actual };
  return invalidInput('INVALID_ARGUMENT', [issue], 'git runs this: see githooks(5), pre-receive and proc-receive');
}

/**
 * Says whether a push may enter a ledger: its entries continue the journal and hold by the rules of the audit, and its
 * refs are exactly those that they move. Changes nothing.
 *
 * @throws `AUDIT_FAILED`, `REF_CHANGED`, `CORRUPT_OBJECT`, `NOT_A_LEDGER`, `INVALID_ARGUMENT`
 */
export async function checkReceived(options: CheckPushOptions): Promise<void> {
  const updates = options.commands.map((line) => {
    const update = parseCommand(line);
    if (update === null) throw notGit(quoted(line));
    return update;
  });
  await withPush(options, updates, options.objectDirectory, async () => undefined);
}

/**
 * Takes over a push whose objects are in the ledger, in git's proc-receive protocol: checks it again, and moves all of its refs as
 * one transaction, the journal first, or says why none moved. Returns what an operator should know of a push that was
 * taken, or null.
 *
 * @throws `INVALID_ARGUMENT` for what git would not say
 */
export async function applyReceived(options: ApplyPushOptions): Promise<string | null> {
  let warning: string | null = null;
  const apply = async (updates: readonly RefUpdate[]): Promise<string | null> => {
    try {
      await withPush(options, updates, undefined, takeOver);
      return null;
    } catch (error) {
      if (!isLedgerError(error)) throw error;
      if (!error.committed) return error.code === 'REF_CHANGED' ? `fetch first: ${error.message}` : error.message;
      warning = `${error.message}; ${error.hint}`;
      return null;
    }
  };
  try {
    await procReceive(options.input, options.write, apply);
  } catch (error) {
    throw error instanceof MalformedPacket ? notGit(error.message) : error;
  }
  return warning;
}
