/** What an upgrade says of the versions before it: the SHA-256 of all their commits. */

import { sha256Hex } from '../model/content-digest.js';
import { type SealedByUpgrade, versionsSeal } from '../model/format-succession.js';
import type { EventOf } from '../model/ledger-event.js';
import type { EntryReplay } from './entry-replay.js';

/** Checks an `Upgrade:` event: the versions of the ledger are those that its signer saw. */
export async function sealVersions(replay: EntryReplay, { versionsSha256 }: EventOf<'upgrade'>): Promise<void> {
  const { projection, objects } = replay.state;
  replay.checked('versions');
  const sealed: SealedByUpgrade[] = [];
  for (const { moduleId, version, oid } of projection.versions()) {
    const { raw } = await objects.readCommit(oid);
    sealed.push({ moduleId, version, commitSha256: sha256Hex(raw) });
  }
  const found = versionsSeal(sealed);
  if (found !== versionsSha256)
    replay.wrong('versions', `the upgrade seals its versions as ${versionsSha256}; those of the ledger are ${found}`);
}
