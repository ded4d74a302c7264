/** A file of the index is read only where it and its folder are ours and nobody else can write to them. */

import nodeFs from 'node:fs';
import { isOursAlone } from '../../own-file.js';
import { type IndexFileStat, type IndexFileSystem, statOrNull } from './index-file-system.js';

/** True where other users may reach the folder: it is one that the kernel knows, on a system that has users. */
function isShared(fs: IndexFileSystem, folder: string, stat: IndexFileStat): boolean {
  if (process.geteuid === undefined) return false;
  if ((fs as unknown) === nodeFs) return true;
  try {
    const known = nodeFs.lstatSync(folder);
    return Number(known.ino) === Number(stat.ino) && Number(known.dev) === Number(stat.dev);
  } catch {
    return false;
  }
}

/**
 * The folder of this user's index among the ledger's own files: `index` is whose who wrote first, and another user, who may not believe
 * it, keeps one beside it.
 */
export function ownIndexFolder(fs: IndexFileSystem, lineage: string): string {
  const shared = `${lineage}/index`;
  const user = process.geteuid?.();
  const stat = statOrNull(fs, shared);
  return user === undefined || stat === null || Number(stat.uid) === user ? shared : `${shared}-${user}`;
}

/** Opens files of one folder for who trusts what is in them. */
export class OwnFiles {
  readonly fs: IndexFileSystem;
  readonly folder: string;
  readonly #shared: boolean;

  private constructor(fs: IndexFileSystem, folder: string, shared: boolean) {
    this.fs = fs;
    this.folder = folder;
    this.#shared = shared;
  }

  /** Null where the folder is not there, is a link, belongs to somebody else or is writable by others. */
  static in(fs: IndexFileSystem, folder: string): OwnFiles | null {
    const stat = statOrNull(fs, folder);
    if (stat === null || !stat.isDirectory()) return null;
    const shared = isShared(fs, folder, stat);
    return shared && !isOursAlone(stat) ? null : new OwnFiles(fs, folder, shared);
  }

  path(name: string): string {
    return `${this.folder}/${name}`;
  }

  /** Null where nothing has this name. */
  inode(name: string): number | null {
    const stat = statOrNull(this.fs, this.path(name));
    return stat === null ? null : Number(stat.ino);
  }

  /** The descriptor of a file and its size; null where it cannot be opened, is a link or no file, or is not ours alone. */
  open(name: string, access: 'r' | 'r+'): { readonly fd: number; readonly stat: IndexFileStat } | null {
    // Looked at before it is opened: opening a FIFO waits, and a link leads elsewhere.
    const seen = statOrNull(this.fs, this.path(name));
    if (seen === null || !this.#isTrusted(seen)) return null;
    let fd: number;
    try {
      fd = this.fs.openSync(this.path(name), access);
    } catch {
      return null;
    }
    try {
      const stat = this.fs.fstatSync(fd);
      if (this.#isTrusted(stat)) return { fd, stat };
    } catch {
      // As below.
    }
    this.fs.closeSync(fd);
    return null;
  }

  #isTrusted(stat: IndexFileStat): boolean {
    return stat.isFile() && (!this.#shared || isOursAlone(stat));
  }
}
