/**
 * What was redacted, as the whole journal says it: known before its first entry is replayed, because the versions that held it come before.
 */

import { isLedgerError, LedgerError } from '../errors.js';
import { parseEntry } from '../model/journal-entry.js';
import type { EventOf } from '../model/ledger-event.js';
import { formatOf } from '../model/object-id.js';
import type { Commit, LedgerObjects, Oid } from '../ports/objects.js';

/** A blob that was taken out of the ledger, and the entry that says so. */
export interface RedactedBlob {
  readonly oid: Oid;
  /** SHA-256 of its content, in hex. */
  readonly sha256: string;
  /** The version that the entry names; every other one that held the blob has lost it too. */
  readonly moduleId: string;
  readonly version: number;
  readonly reason: string;
  readonly seq: number;
}

export type RedactEvent = EventOf<'redact'>;

export class Redactions {
  private readonly found = new Map<Oid, RedactedBlob>();

  constructor(earlier: Iterable<RedactedBlob> = []) {
    for (const blob of earlier) this.found.set(blob.oid, blob);
  }

  /** Takes over what an entry says that is still to be verified. Of two entries about a blob the earlier one counts: the other is wrong. */
  announce({ message: said, oid: entry }: Pick<Commit, 'message' | 'oid'>): void {
    // Few entries say it, and reading one takes longer than this look.
    if (!said.includes('\nRedact: ')) return;
    const text = parseEntry(said, formatOf(entry));
    for (const event of text?.events ?? []) {
      if (text === null || event.type !== 'redact') continue;
      const { oid, sha256, moduleId, version, reason } = event;
      const known = this.found.get(oid);
      if (known === undefined || known.seq > text.seq)
        this.found.set(oid, { oid, sha256, moduleId, version, reason, seq: text.seq });
    }
  }

  get(oid: Oid): RedactedBlob | null {
    return this.found.get(oid) ?? null;
  }

  all(): RedactedBlob[] {
    return [...this.found.values()].sort((a, b) => a.seq - b.seq);
  }

  /** True where a tree holds a blob that was redacted by an entry before `seq`. */
  async heldBy(objects: LedgerObjects, tree: Oid, seq: number): Promise<boolean> {
    const gone = new Set(this.all().flatMap((blob) => (blob.seq < seq ? [blob.oid] : [])));
    return gone.size > 0 && holdsOne(objects, tree, gone);
  }

  /**
   * The objects, as they are where everything that was redacted is gone: the bytes of such a blob are read by nobody, whether they are
   * still there or not, and its digest is the one that the journal names.
   */
  in(objects: LedgerObjects): LedgerObjects {
    const redacted = this.found;
    return {
      readCommit: (oid) => objects.readCommit(oid),
      readTag: (oid) => objects.readTag(oid),
      readTree: (oid) => objects.readTree(oid),
      async readBlob(oid) {
        const blob = redacted.get(oid);
        if (blob === undefined) return objects.readBlob(oid);
        const reason = `it was redacted by entry ${blob.seq}`;
        const hint = 'a file that a ledger needs for itself cannot be redacted';
        throw new LedgerError(
          'CORRUPT_OBJECT',
          `object ${oid}: ${reason}`,
          { oid, fault: 'NOT_AS_WRITTEN', reason },
          { hint },
        );
      },
      blobSha256: async (oid) => redacted.get(oid)?.sha256 ?? objects.blobSha256(oid),
    };
  }
}

/** True where a tree holds one of some blobs. A folder that cannot be read holds none. */
export async function holdsOne(
  objects: LedgerObjects,
  tree: Oid,
  wanted: ReadonlySet<Oid>,
  clean = new Set<Oid>(),
): Promise<boolean> {
  if (clean.has(tree)) return false;
  clean.add(tree);
  const entries = await objects.readTree(tree).catch((error: unknown) => {
    if (isLedgerError(error, 'CORRUPT_OBJECT')) return [];
    throw error;
  });
  for (const { mode, oid } of entries)
    if (mode === '40000' ? await holdsOne(objects, oid, wanted, clean) : wanted.has(oid)) return true;
  return false;
}
