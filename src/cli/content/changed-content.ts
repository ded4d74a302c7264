/** Content that is about to be committed, and the versions that have it. */

import { type IndexedModule, isSameButForFilters } from '../git/git-clean.js';
import type { Ledger, NormalizedFiles, VersionCheckpoint } from '../library.js';
import type { Context } from '../verb.js';

/** The content of a module, and which version has the same. */
export class ChangedContent {
  readonly files: NormalizedFiles;
  private readonly context: Context;
  private readonly ledger: Ledger;
  private readonly indexed: IndexedModule | null;
  private readonly checksum: string;

  /** `indexed` null: it was read from the disk, as `record` reads it. */
  constructor(context: Context, ledger: Ledger, files: NormalizedFiles, indexed: IndexedModule | null) {
    this.context = context;
    this.ledger = ledger;
    this.files = files;
    this.indexed = indexed;
    this.checksum = context.library.contentDigest(files);
  }

  /** True where a version has this content, or would have it once git's filters have been at it. */
  async isOf({ moduleId, version, checksum }: VersionCheckpoint): Promise<boolean> {
    if (checksum === this.checksum) return true;
    if (this.indexed === null) return false;
    const { isLedgerError } = this.context.library;
    try {
      return await isSameButForFilters(this.indexed, await this.ledger.readFiles(moduleId, version));
    } catch (error) {
      // What cannot be read cannot be compared.
      if (isLedgerError(error, 'CORRUPT_OBJECT') || isLedgerError(error, 'CHECKSUM_MISMATCH')) return false;
      throw error;
    }
  }
}

/** The versions with some content that have a say in whether it may replace the active one. */
export async function versionsWith(
  content: ChangedContent,
  ledger: Ledger,
  moduleId: string,
  active: VersionCheckpoint | null,
): Promise<readonly VersionCheckpoint[]> {
  const found: VersionCheckpoint[] = [];
  for (const version of await ledger.versions.list(moduleId)) {
    const counts = version.tags.has('reverted') || (active !== null && version.parentVer === active.version);
    if (counts && (await content.isOf(version))) found.push(version);
  }
  return found;
}
