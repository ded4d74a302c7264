/** Plans for a ledger that are good enough for the publisher: entries whose ref moves are true, signed by nobody. */

import type { GitStore } from '../../src/git/git-store.js';
import { sha256Hex } from '../../src/model/content-digest.js';
import { type EntryText, formatEntry, parseEntry } from '../../src/model/journal-entry.js';
import type { NormalizedFiles } from '../../src/model/module-files.js';
import { SHA1 } from '../../src/model/object-id.js';
import { CHECKSUM_NOTES_REF } from '../../src/model/ref-names.js';
import { formatChecksumNote } from '../../src/model/version-commit.js';
import type { Oid } from '../../src/ports/objects.js';
import type { Plan, RefMove, StagedFiles } from '../../src/ports/publisher.js';

export function filesOf(text: string): NormalizedFiles {
  return new Map([
    ['index.js', { mode: '100644', data: Buffer.from(`export const is = ${JSON.stringify(text)};\n`) }],
    ['lib/same.js', { mode: '100644', data: Buffer.from('// always the same\n') }],
  ]);
}

/** A version of each module, on top of what the journal says now, in one entry. */
export async function planOf(
  store: GitStore,
  versions: readonly { readonly moduleId: string; readonly staged: StagedFiles }[],
): Promise<Plan> {
  const base = store.journalTip();
  const before = store.readCommit(base);
  const seq = (parseEntry(before.message, SHA1)?.seq ?? 0) + 1;
  const timestamp = 1_800_000_000 + seq;
  const identity = { name: 'ops@example.org', email: 'ops@example.org', seconds: timestamp };
  const drafts = store.drafts();
  const events: EntryText['events'][number][] = [];
  const moves = new Map<string, RefMove>();
  const notes = new Map<Oid, string>();
  for (const { moduleId, staged } of versions) {
    const branch = `refs/heads/${moduleId}`;
    const last = moves.get(branch)?.to ?? store.readRefText(branch);
    const number = [...store.listRefs(`refs/tags/${moduleId}/`).keys(), ...moves.keys()].filter((ref) =>
      ref.startsWith(`refs/tags/${moduleId}/`),
    ).length;
    const version = number + 1;
    const parents = last === null ? [] : [last];
    const commit = await drafts.commit({ tree: staged.tree, parents, identity, message: `${moduleId} v${version}\n` });
    moves.set(`refs/tags/${moduleId}/v${version}`, {
      ref: `refs/tags/${moduleId}/v${version}`,
      from: null,
      to: commit,
    });
    moves.set(branch, { ref: branch, from: moves.get(branch)?.from ?? store.readRefText(branch), to: commit });
    notes.set(commit, formatChecksumNote(staged.checksum));
    events.push({
      type: 'stage',
      moduleId,
      version,
      parentVer: version - 1 === 0 ? null : version - 1,
      checksum: staged.checksum,
    });
    events.push({ type: 'activate', moduleId, version });
  }
  const from = store.readRefText(CHECKSUM_NOTES_REF);
  const to = await drafts.notes(from, notes, { identity, message: 'Notes\n' });
  moves.set(CHECKSUM_NOTES_REF, { ref: CHECKSUM_NOTES_REF, from, to });
  const updates = [...moves.values()].map(({ ref, from, to }) => ({ ref, from, to }));
  const previousSha256 = sha256Hex(before.raw);
  const message = formatEntry(
    { format: 1, seq, previousSha256, actor: identity.name, timestamp, events, updates },
    SHA1,
  );
  const entry = await drafts.commit({ tree: before.tree, parents: [base], identity, message });
  const objects = drafts.reachable([entry, to, ...[...moves.values()].flatMap((move) => move.to ?? [])]);
  const likes = new Map(versions.map(({ moduleId }) => [moduleId, store.readRefText(`refs/heads/${moduleId}`)]));
  const files = versions.map(({ moduleId, staged }) => {
    const last = likes.get(moduleId) ?? null;
    return { id: staged.id, like: last === null ? null : store.readCommit(last).tree };
  });
  return { base, entry, moves: [...moves.values()], objects, files, index: [] };
}
