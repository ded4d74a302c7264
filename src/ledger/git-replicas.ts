/** The remotes of a ledger: the one that writes go through, and whichever else is named. */

import { invalidInput } from '../errors.js';
import type { LedgerAccess } from './ledger-access.js';
import type { LedgerReplicas, Replication, ReplicationResult } from './ledger-replicas.js';
import type { Replica } from './replica.js';
import { readContact } from './replication.js';

export class GitReplicas implements LedgerReplicas {
  private readonly access: LedgerAccess;

  constructor(access: LedgerAccess) {
    this.access = access;
  }

  pull(remote?: string): Promise<ReplicationResult> {
    return this.replicate(remote, { pull: true, push: false, first: false });
  }

  push(remote?: string): Promise<ReplicationResult> {
    return this.replicate(remote, { pull: false, push: true, first: true });
  }

  sync(remote?: string): Promise<ReplicationResult> {
    return this.replicate(remote, { pull: true, push: true, first: true });
  }

  async status(): Promise<Replication> {
    this.access.assertOpen();
    const { parts } = this.access;
    const remote = parts.remote?.name ?? null;
    const contact = remote === null ? null : readContact(parts.privateFiles, remote);
    return contact ?? { remote, lastContact: null, position: null, failure: null };
  }

  private async replicate(remote: string | undefined, how: Parameters<Replica['sync']>[0]): Promise<ReplicationResult> {
    const replica = await this.replicaOf(remote);
    try {
      return await replica.sync(how);
    } catch (error) {
      this.access.tellUnverified(error);
      throw error;
    }
  }

  /** That of the remote that is named, or else of the one that writes go through. */
  private async replicaOf(name: string | undefined): Promise<Replica> {
    const { access } = this;
    access.assertOpen();
    if (name !== undefined) return access.replicaAt(await access.parts.remoteAt(name));
    const through = await access.replica();
    if (through !== null) return through;
    const issue = {
      path: 'remote',
      expected: 'a URL or the name of a remote',
      actual: 'nothing, and writes go through none',
    };
    throw invalidInput('INVALID_ARGUMENT', [issue], 'name one, or set it for good with: git-lineage remote URL');
  }
}
