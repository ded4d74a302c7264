/** A push to a ledger, as its hooks see it: checked before its objects are kept, then taken over as one transaction. */

import nodeFs from 'node:fs';
import { resolve } from 'node:path';
import { invalidInput, isLedgerError, quoted } from './errors.js';
import { asCommitted } from './git/as-committed.js';
import { moveCheckpoint } from './git/checkpoint-ref.js';
import { createPublisher, indexFiles } from './git/create-publisher.js';
import { DecodedObjects } from './git/decoded-objects.js';
import { DatabaseObjects } from './git/ledger-objects.js';
import { openGitStore } from './git/open-repository.js';
import { preSwapHook } from './git/pre-swap-hook.js';
import { parseCommand, procReceive } from './git/proc-receive.js';
import { quarantinedObjects } from './git/quarantine.js';
import { MalformedPacket } from './git/remote/pkt-line.js';
import { ASSESSMENTS, lazyMeasurer } from './lazy-measurer.js';
import { finishRedactions } from './ledger/finish-redactions.js';
import { Journal } from './ledger/journal.js';
import { askHookOf, type CheckedPush, checkPush, movedMeanwhile } from './ledger/receive.js';
import type { RefUpdate } from './model/journal-entry.js';
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
interface CheckPushOptions extends ReceiveOptions {
  /** The moves that are asked for: `<old> <new> <ref>`, a line each, as git gives them to `pre-receive`. */
  readonly commands: readonly string[];
  /**
   * Where git keeps the objects of the push until it is let in (`GIT_QUARANTINE_PATH`). By default they are looked for
   * in the ledger alone.
   */
  readonly objectDirectory?: string | undefined;
}

/** Both ends of the protocol that git speaks with the hook `proc-receive` (githooks(5)): version 1, in pkt-lines. */
interface ApplyPushOptions extends ReceiveOptions {
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
  const publisher = await createPublisher(store, { thread: false });
  const outcome = await publisher.adopt(from, to).finally(() => publisher.close());
  if (outcome !== 'moved') return;
  throw movedMeanwhile(from, store.journalTip());
}

/**
 * A file beside the ledger that names the push which `pre-receive` has let in last: `proc-receive`, which git runs after it, need
 * not ask the operator's hook again. It counts once, and without it the hook is asked.
 */
const LET_IN = 'let-in.json';

/** A push as it was checked, and what looks into it. */
interface LookedInto {
  readonly store: Store;
  readonly journal: Journal;
  readonly push: CheckedPush;
}

/** Asks about what a push makes active; false where there was nothing to ask. */
async function askOperator({ store, journal, push }: LookedInto): Promise<boolean> {
  return askHookOf({ journal, refs: store, hook: preSwapHook(nodeFs, store.location) }, push);
}

function nameOf({ from, to }: CheckedPush): string {
  return `${JSON.stringify({ from, to })}\n`;
}

/** True where `pre-receive` has let in this very push, and nobody has asked since. */
function takeLetIn({ store, push }: LookedInto): boolean {
  const found = Buffer.from(store.read(LET_IN) ?? []).toString('utf8') === nameOf(push);
  if (found) store.write(LET_IN, Buffer.from('{}\n'));
  return found;
}

async function withPush<T>(
  { gitdir, now = () => Date.now() / 1000 }: ReceiveOptions,
  updates: readonly RefUpdate[],
  objectDirectory: string | undefined,
  body: (looked: LookedInto) => Promise<T>,
): Promise<T> {
  const store = await openGitStore(nodeFs, resolve(gitdir));
  const pushed =
    objectDirectory === undefined ? null : quarantinedObjects(store.files, resolve(objectDirectory), store.database);
  const database = pushed ?? store.database;
  const reader = new DecodedObjects(database);
  const measurer = lazyMeasurer({}, resolve(store.location, ...ASSESSMENTS));
  const journal = new Journal({ objects: reader, refs: store, verifier: sshVerifier, files: indexFiles(store) });
  try {
    const objects = new DatabaseObjects(database);
    const parts = { journal, reader, objects, verifier: sshVerifier, measurer, now: now() };
    const push = await checkPush(parts, updates);
    return await body({ store, journal, push });
  } finally {
    await measurer.close();
    journal.close();
    pushed?.close();
    await store.close();
  }
}

function notGit(actual: string): Error {
  const issue = { path: 'input', expected: 'what git tells its hooks', actual };
  return invalidInput('INVALID_ARGUMENT', [issue], 'git runs this: see githooks(5), pre-receive and proc-receive');
}

/**
 * Says whether a push may enter a ledger: its entries continue the journal and hold by the rules of the audit, its refs are exactly those
 * that they move, what becomes active under `measuredBy: recheck` passes the gate by what is measured here, and the ledger's
 * `hooks/pre-swap` lets each activation pass, all of them within 300 s. Changes nothing in the ledger.
 *
 * @throws `AUDIT_FAILED`, `HOOK_REFUSED`, `REF_CHANGED`, `CORRUPT_OBJECT`, `NOT_A_LEDGER`, `INVALID_ARGUMENT`
 */
export async function checkReceived(options: CheckPushOptions): Promise<void> {
  const updates = options.commands.map((line) => {
    const update = parseCommand(line);
    if (update === null) throw notGit(quoted(line));
    return update;
  });
  await withPush(options, updates, options.objectDirectory, async (looked) => {
    takeLetIn(looked);
    if (await askOperator(looked)) looked.store.write(LET_IN, Buffer.from(nameOf(looked.push)));
  });
}

/**
 * Takes over a push whose objects are in the ledger, in git's proc-receive protocol: checks it again, and moves all of its refs as
 * one transaction, the journal first, or says why none moved. The hook is asked as by `checkReceived`, unless that has just let the push in. Returns what an operator should know of a push that was
 * taken, or null.
 *
 * @throws `INVALID_ARGUMENT` for what git would not say
 */
export async function applyReceived(options: ApplyPushOptions): Promise<string | null> {
  let warning: string | null = null;
  const apply = async (updates: readonly RefUpdate[]): Promise<string | null> => {
    try {
      await withPush(options, updates, undefined, async (looked) => {
        if (!takeLetIn(looked)) await askOperator(looked);
        await takeOver(looked.store, looked.push);
        await finishRedactions({ journal: looked.journal, objects: looked.store, upkeep: looked.store }).catch(
          (error: unknown) => {
            throw asCommitted(error);
          },
        );
      });
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
