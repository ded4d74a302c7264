/**
 * A forger's bench over one repository: objects and refs written past every check, with files alone or with plain git.
 * Nothing here asks the ledger.
 */

import { execFileSync } from 'node:child_process';
import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { deflateSync } from 'node:zlib';
import { decodeTree, encodeTree, hashObject, type ObjectType, sortedTree } from '../../src/git/object-codec.js';
import { SHA1 } from '../../src/model/object-id.js';
import type { Signer } from '../../src/ports/keys.js';
import type { Oid, RefName, TreeEntry } from '../../src/ports/objects.js';
import { GIT_ENVIRONMENT } from '../crash/real-git.mjs';
import { ForgedEntry } from './forged-entry.js';

/** Runs git with no hook of the repository, and gives what it wrote to stdout. */
export function gitBytes(dir: string, args: readonly string[], input: string | Uint8Array = ''): Buffer {
  return execFileSync('git', ['-C', dir, '-c', 'core.hooksPath=/dev/null', ...args], {
    env: GIT_ENVIRONMENT,
    input,
    maxBuffer: 1 << 26,
    stdio: ['pipe', 'pipe', 'ignore'],
  });
}

export class Forge {
  readonly gitdir: string;
  private readonly known = new Map<Oid, Buffer>();

  constructor(gitdir: string) {
    this.gitdir = gitdir;
  }

  /** Removes the repository. */
  discard(): void {
    rmSync(this.gitdir, { recursive: true, force: true });
  }

  path(...parts: string[]): string {
    return join(this.gitdir, ...parts);
  }

  /** Plain git, as anybody could use it. */
  git(args: readonly string[], input: string | Uint8Array = ''): string {
    return gitBytes(this.gitdir, args, input).toString('utf8').trimEnd();
  }

  /** Writes a file of the repository, whatever stood there. */
  file(path: string, content: string | Uint8Array): void {
    mkdirSync(dirname(this.path(path)), { recursive: true });
    rmSync(this.path(path), { force: true });
    writeFileSync(this.path(path), content);
  }

  /** Changes the bytes of a file, as a hex editor does. */
  edit(path: string, change: (bytes: Buffer) => Buffer): void {
    this.file(path, change(readFileSync(this.path(path))));
  }

  // Objects ------------------------------------------------------------------------------------------------------

  loosePath(oid: Oid): string {
    return `objects/${oid.slice(0, 2)}/${oid.slice(2)}`;
  }

  /** An object under the name that it hashes to, whatever is in it. */
  write(type: ObjectType, content: string | Uint8Array): Oid {
    const data = typeof content === 'string' ? Buffer.from(content, 'utf8') : Buffer.from(content);
    const oid = hashObject({ type, data }, SHA1);
    this.writeAs(oid, type, data);
    this.known.set(oid, data);
    return oid;
  }

  /** An object under a name of one's choice. */
  writeAs(oid: Oid, type: ObjectType, data: Uint8Array): void {
    this.file(this.loosePath(oid), deflateSync(Buffer.concat([Buffer.from(`${type} ${data.length}\0`), data])));
  }

  read(oid: Oid): Buffer {
    const known = this.known.get(oid);
    if (known !== undefined) return known;
    const answer = gitBytes(this.gitdir, ['--no-replace-objects', 'cat-file', '--batch'], `${oid}\n`);
    const data = answer.subarray(answer.indexOf(0x0a) + 1, -1);
    this.known.set(oid, data);
    return data;
  }

  text(oid: Oid): string {
    return this.read(oid).toString('utf8');
  }

  readTree(oid: Oid): TreeEntry[] {
    return decodeTree(oid, this.read(oid));
  }

  tree(entries: readonly TreeEntry[]): Oid {
    return this.write('tree', encodeTree(sortedTree(entries)));
  }

  treeOf(commit: Oid): Oid {
    return this.text(commit).slice(5, 45);
  }

  /** The nested trees of files; a name that ends in `/` is an empty folder. */
  files(files: Readonly<Record<string, string>>, modes: Readonly<Record<string, string>> = {}): Oid {
    const folders = new Map<string, Record<string, string>>();
    const entries: TreeEntry[] = [];
    for (const [path, text] of Object.entries(files)) {
      const [first = '', ...rest] = path.split('/');
      if (rest.length === 0)
        entries.push({ mode: modes[path] ?? '100644', name: first, oid: this.write('blob', text) });
      else folders.set(first, { ...folders.get(first), ...(rest[0] === '' ? {} : { [rest.join('/')]: text }) });
    }
    for (const [name, inner] of folders) entries.push({ mode: '40000', name, oid: this.files(inner) });
    return this.tree(entries);
  }

  /** Removes an object: its loose file, or the whole of it from packs that are unpacked for that. */
  removeObject(oid: Oid): void {
    this.unpack();
    rmSync(this.path(this.loosePath(oid)));
    this.known.delete(oid);
  }

  packs(): string[] {
    return readdirSync(this.path('objects/pack')).filter((name) => name.endsWith('.pack'));
  }

  /** Every object as a loose file. */
  unpack(): void {
    for (const name of this.packs()) {
      const bytes = readFileSync(this.path('objects/pack', name));
      for (const suffix of ['.pack', '.idx', '.keep', '.rev', '.bitmap'])
        rmSync(this.path('objects/pack', name.replace(/\.pack$/, suffix)), { force: true });
      this.git(['unpack-objects', '-q'], bytes);
    }
    rmSync(this.path('objects/info/commit-graph'), { force: true });
  }

  // Refs ---------------------------------------------------------------------------------------------------------

  refs(): Map<RefName, Oid> {
    const lines = this.git(['for-each-ref', '--format=%(refname) %(objectname)']).split('\n');
    return new Map(lines.map((line) => line.split(' ') as [RefName, Oid]));
  }

  ref(ref: RefName): Oid {
    const oid = this.find(ref);
    if (oid === null) throw new Error(`there is no ${ref}`);
    return oid;
  }

  find(ref: RefName): Oid | null {
    if (existsSync(this.path(ref))) return readFileSync(this.path(ref), 'utf8').trim();
    return new RegExp(`^([0-9a-f]{40}) ${ref.replaceAll('.', '\\.')}$`, 'm').exec(this.packedRefs())?.[1] ?? null;
  }

  setRef(ref: RefName, oid: Oid): void {
    this.file(ref, `${oid}\n`);
  }

  removeRef(ref: RefName): void {
    rmSync(this.path(ref), { force: true });
    const lines = this.packedRefs().split('\n');
    const at = lines.findIndex((line) => line.endsWith(` ${ref}`));
    if (at === -1) return;
    lines.splice(at, lines[at + 1]?.startsWith('^') === true ? 2 : 1);
    this.file('packed-refs', lines.join('\n'));
  }

  packedRefs(): string {
    return existsSync(this.path('packed-refs')) ? readFileSync(this.path('packed-refs'), 'utf8') : '';
  }

  /** Changes packed-refs, all refs being in it. */
  editPacked(change: (lines: string[]) => readonly string[]): void {
    this.git(['pack-refs', '--all', '--prune']);
    this.file('packed-refs', `${change(this.packedRefs().trimEnd().split('\n')).join('\n')}\n`);
  }

  // Ledger -------------------------------------------------------------------------------------------------------

  get tip(): Oid {
    return this.ref('refs/heads/ledger');
  }

  /** Oids of the journal, first entry first. */
  journal(): Oid[] {
    return this.git(['--no-replace-objects', 'rev-list', '--reverse', 'refs/heads/ledger']).split('\n');
  }

  version(moduleId: string, version: number): Oid {
    return this.ref(`refs/tags/${moduleId}/v${version}`);
  }

  /** Begins an entry that continues the journal, as an honest writer would make it; nothing stands before it is sealed. */
  entry(signer: Signer): ForgedEntry {
    return new ForgedEntry(this, signer);
  }

  /** An object like another one, but for a change of its text, unsigned anew. */
  changed(oid: Oid, type: ObjectType, change: (text: string) => string): Oid {
    return this.write(type, change(this.text(oid)));
  }
}
