/** The remotes of a ledger: the one that writes go through, and whichever else is named. */

import { invalidInput } from '../errors.js';
import type { LedgerAccess } from './ledger-access.js';
import type { Replication, ReplicationResult } from './ledger-replicas.js';
import type { Direction, Replica } from './replica.js';
import { readContact } from './replication.js';

export class Replicas {
  private readonly access: LedgerAccess;

  constructor(access: LedgerAccess) {
    this.access = access;
  }

  async exchange(name: string | undefined, direction: Direction): Promise<ReplicationResult> {
    this.access.assertOpen();
    return (await this.named(name)).sync(direction);
  }

  state(): Replication {
    this.access.assertOpen();
    const { parts, replica } = this.access;
    const remote = replica?.name ?? null;
    const contact = remote === null ? null : readContact(parts.privateFiles, remote);
    return contact ?? { remote, lastContact: null, position: null, failure: null };
  }

  private async named(name: string | undefined): Promise<Replica> {
    const { access } = this;
    if (name !== undefined) return access.replicaAt(await access.parts.remoteAt(name));
    if (access.replica !== null) return access.replica;
    const issue = {
      path: 'remote',
      expected: 'a URL or the name of a remote',
      actual: 'nothing, and writes go through none',
    };
    throw invalidInput('INVALID_ARGUMENT', [issue], 'name one, or set it for good with: git-lineage remote URL');
  }
}
