/** The folders of several ledgers that a verb is given, each under the name that it has below the address where it is served. */

import { basename, resolve } from 'node:path';
import { invalidArgument, quoted } from '../complaint.js';
import type { Context } from '../verb.js';

/** A ledger, and the name that it is served by. */
export interface NamedFolder {
  readonly name: string;
  readonly gitdir: string;
}

/** `NAME=DIR`, or a folder, whose name without `.git` is the name. */
function namedFolder(text: string, cwd: string): NamedFolder {
  const [, name, dir] = /^([\w.~-]+)=(.+)$/s.exec(text) ?? [];
  const gitdir = resolve(cwd, dir ?? text);
  return { name: name ?? basename(gitdir).replace(/\.git$/, ''), gitdir };
}

/** The folders that `verb` is given as DIR, each under a name that no other has. */
export function foldersGiven({ io, given }: Context, verb: string): readonly NamedFolder[] {
  const folders = given.list('DIR').map((text) => namedFolder(text, io.cwd));
  for (const [i, { name, gitdir }] of folders.entries()) {
    const same = folders.findIndex((other) => other.name === name);
    if (same === i) continue;
    const hint = `name one of them: git-lineage ${verb} ${quoted(`NAME=${gitdir}`)}`;
    throw invalidArgument('DIR', 'ledgers of different names', `two that are called ${name}`, hint);
  }
  return folders;
}
