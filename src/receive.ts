/** A push to a ledger, as its hooks see it: checked before its objects are kept, then taken over as one transaction. */

import nodeFs from 'node:fs';
import { resolve } from 'node:path';
import { Files } from './git/file-system.js';
import { QuarantinedObjects } from './git/quarantine.js';
import { openGitStore } from './git/repository.js';
import { Journal } from './ledger/journal.js';
import { checkPush } from './ledger/receive.js';
import type { RefUpdate } from './model/journal-entry.js';
import { sshVerifier } from './signing/verifier.js';
import type { Adoption } from './store.js';

export interface PushOptions {
  /** The ledger that is pushed to. */
  readonly gitdir: string;
  /** The moves that are asked for; null is "no such ref". */
  readonly updates: readonly RefUpdate[];
  /** Where git keeps the objects of the push until it is let in (`GIT_OBJECT_DIRECTORY` of a pre-receive hook). */
  readonly objectDirectory?: string | undefined;
  /** The time now, in seconds since the Unix epoch. */
  readonly now?: (() => number) | undefined;
}

async function withPush<T>(
  { gitdir, updates, objectDirectory, now = () => Date.now() / 1000 }: PushOptions,
  body: (store: Awaited<ReturnType<typeof openGitStore>>, tip: string) => Promise<T>,
): Promise<T> {
  const store = await openGitStore(nodeFs, resolve(gitdir));
  try {
    const objects =
      objectDirectory === undefined
        ? store.objects
        : new QuarantinedObjects(new Files(nodeFs), resolve(objectDirectory), store.objects);
    const journal = new Journal(store, sshVerifier);
    return await body(store, await checkPush({ journal, objects, verifier: sshVerifier, now: now() }, updates));
  } finally {
    await store.close();
  }
}

/**
 * Says whether a push may enter a ledger: its entries continue the journal and hold by the rules of the audit, and its
 * refs are exactly those that they move. Changes nothing.
 *
 * @throws `AUDIT_FAILED`, `REF_CHANGED`, `CORRUPT_OBJECT`, `NOT_A_LEDGER`
 */
export async function checkReceived(options: PushOptions): Promise<void> {
  await withPush(options, async () => undefined);
}

/**
 * Takes over a push whose objects are in the ledger: checks it again, and moves all of its refs as one transaction, the
 * journal first.
 *
 * @throws as `checkReceived`, and `REF_LOCKED`, `IO`
 */
export async function applyReceived(options: PushOptions): Promise<Adoption> {
  return withPush(options, (store, tip) => store.adopt(tip));
}
