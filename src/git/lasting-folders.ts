/** Makes the names in folders last; a folder that is new lasts only once the folder above it is synced too. */

import type { SyncFiles } from './sync-files.js';

export class LastingFolders {
  private readonly files: SyncFiles;
  private readonly root: string;
  /** What each folder was when its own name was made to last: git removes empty ones, and others make them anew. */
  private readonly known = new Map<string, string>();

  /** `root` is a folder that lasts. */
  constructor(files: SyncFiles, root: string) {
    this.files = files;
    this.root = root;
  }

  private identity(folder: string): string | null {
    const stat = this.files.exactStat(folder);
    return stat === null ? null : `${stat.dev} ${stat.ino} ${stat.birthtimeNs}`;
  }

  sync(folders: readonly string[]): void {
    const wanted = new Set(folders);
    const found = new Map<string, string>();
    const seen = new Set<string>();
    for (const folder of folders) {
      for (let at = folder; at.length > this.root.length && !seen.has(at); at = at.slice(0, at.lastIndexOf('/'))) {
        seen.add(at);
        const identity = this.identity(at);
        if (identity === null || this.known.get(at) === identity) continue;
        found.set(at, identity);
        wanted.add(at.slice(0, at.lastIndexOf('/')));
      }
    }
    for (const folder of wanted) this.files.syncFolder(folder);
    for (const [folder, identity] of found) this.known.set(folder, identity);
  }
}
