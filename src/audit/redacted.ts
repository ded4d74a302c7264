/** A file that an entry takes out of the ledger. */

import { branchRef, versionRef } from '../model/ref-names.js';
import type { EntryReplay } from './entry-replay.js';
import { holdsOne, type RedactEvent } from './redactions.js';
import { provenFiles } from './staged.js';

/**
 * Checks a `Redact:` event: the version holds the blob, no active version does, and with the digest that the event names the version's
 * files have the checksum that they always had. So the digest is proven without the bytes.
 */
export async function redactBlob(replay: EntryReplay, { moduleId, version, oid, sha256 }: RedactEvent): Promise<void> {
  const { state, entry } = replay;
  const { objects, redactions } = state;
  const name = `redaction of ${oid}`;
  const place = { oid, ref: versionRef(moduleId, version) };
  replay.checked('versions');
  const first = redactions.get(oid);
  if (first === null || first.seq !== entry.text.seq || first.sha256 !== sha256)
    return replay.wrong('versions', `${name}: it was redacted before`, place);
  const found = await state.versionNumbered(moduleId, version);
  if (found === null)
    return replay.wrong(
      'versions',
      `${name}: ${moduleId} v${version} is not in the ledger, or not written as a version`,
      place,
    );
  if (!(await holdsOne(objects, found.commit.tree, new Set([oid]))))
    return replay.wrong('versions', `${name}: ${moduleId} v${version} does not hold it`, place);
  const files = await provenFiles(state, found.commit.tree, found.sealed.checksum);
  if (typeof files === 'string') replay.wrong('versions', `${name}, of ${moduleId} v${version}: ${files}`, place);
  const clean = new Set<string>();
  for (const id of new Set(state.names())) {
    const active = state.module(id)?.active ?? null;
    const running = active === null ? null : await state.versionNumbered(id, active);
    if (running !== null && (await holdsOne(objects, running.commit.tree, new Set([oid]), clean)))
      replay.wrong('versions', `${name}: the active version of ${id}, v${active}, holds it`, {
        oid,
        ref: branchRef(id),
      });
  }
}
