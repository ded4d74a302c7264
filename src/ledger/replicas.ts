/** The remotes of a ledger: the one that writes go through, and whichever else is named. */

import { invalidInput } from '../errors.js';
import type { Remote } from '../ports/remote.js';
import type { Replication, ReplicationResult } from './ledger-replicas.js';
import { type Direction, Replica, type ReplicaParts } from './replica.js';
import { readContact } from './replication.js';

interface ReplicasParts extends Omit<ReplicaParts, 'remote'> {
  readonly remote: Remote | null;
  readonly remoteAt: (name: string) => Promise<Remote>;
}

export class Replicas {
  /** Null where writes are this ledger's own. */
  readonly replica: Replica | null;
  private readonly parts: ReplicasParts;

  constructor(parts: ReplicasParts) {
    this.parts = parts;
    this.replica = parts.remote === null ? null : new Replica({ ...parts, remote: parts.remote });
  }

  private async named(name: string | undefined): Promise<Replica> {
    if (name !== undefined) return new Replica({ ...this.parts, remote: await this.parts.remoteAt(name) });
    if (this.replica !== null) return this.replica;
    const issue = {
      path: 'remote',
      expected: 'a URL or the name of a remote',
      actual: 'nothing, and writes go through none',
    };
    throw invalidInput('INVALID_ARGUMENT', [issue], 'name one, or set it for good with: git-lineage remote URL');
  }

  async sync(name: string | undefined, direction: Direction): Promise<ReplicationResult> {
    return (await this.named(name)).sync(direction);
  }

  state(): Replication {
    const remote = this.replica?.name ?? null;
    const contact = remote === null ? null : readContact(this.parts.privateFiles, remote);
    return contact ?? { remote, lastContact: null, position: null, failure: null };
  }
}
