/** The files of a folder as they are about to be committed: from git's index, not from the disk. */

import { realpath } from 'node:fs/promises';
import { basename, isAbsolute, posix, relative, sep } from 'node:path';
import { quoted } from '../complaint.js';
import type { FileMode, ModuleFile, Reason } from '../library.js';
import type { UnfitCode } from '../options/gate-answer-code.js';
import type { Io } from '../verb.js';
import { gitComplaint, gitOutput, runGit } from './run-git.js';

/** A folder of a git work tree. */
export interface WorkTreeFolder {
  /** The top of the work tree. */
  readonly top: string;
  /** The folder, relative to the top, with `/`; empty for the top itself. */
  readonly prefix: string;
}

/** Where `folder` lies in a git work tree; null where it does not, or where there is no git. */
export async function workTreeFolder(io: Io, folder: string): Promise<WorkTreeFolder | null> {
  const args = ['rev-parse', '--show-toplevel'];
  // With GIT_DIR in the environment, as in some hooks, git takes its current directory for the top.
  const cwd = (io.env['GIT_DIR'] ?? '') === '' ? folder : io.cwd;
  const outcome = await runGit(io, cwd, args);
  if (outcome === null) return null;
  if (outcome.code !== 0) {
    // git ends with 128 whatever is wrong: its words are all there is to tell these two from a failure.
    if (/not a git repository|must be run in a work tree/.test(outcome.stderr)) return null;
    throw gitComplaint(args, cwd, outcome);
  }
  const top = outcome.stdout.toString('utf8').replace(/\n$/, '');
  const prefix = relative(top, await realpath(folder))
    .split(sep)
    .join('/');
  return prefix === '..' || prefix.startsWith('../') || isAbsolute(prefix) ? null : { top, prefix };
}

/** What the index has under a path. */
export type IndexContent =
  | {
      readonly kind: 'files';
      readonly files: ReadonlyMap<string, ModuleFile>;
      /** Where each file is in the work tree; null where that is no git work tree. */
      readonly paths: ReadonlyMap<string, string> | null;
    }
  | { readonly kind: 'nothing' }
  /** Something that no module can be made of. */
  | { readonly kind: 'unfit'; readonly reasons: readonly Reason<UnfitCode>[] };

/** An entry of the index. */
export interface Entry {
  readonly mode: string;
  readonly oid: string;
  readonly stage: string;
  readonly path: string;
}

const STRICT_UTF8 = new TextDecoder('utf-8', { fatal: true });

/** git's objects without content, by the oid of the empty blob: what stands for a file that was only announced. */
const EMPTY_TREES: Readonly<Record<string, string>> = {
  e69de29bb2d1d6434b8b29ae775ad8c2e48c5391: '4b825dc642cb6eb9a060e54bf8d69288fbee4904',
  '473a0f4c3be8a93681a267e3b1e9a7dcda1185436fe141f7749120a303721813':
    '6ef19b41225c5369f1c104d45d8d85efa9b057b53b14b4b9b939dd74decc5321',
};

/** The fields of what git prints with `-z`. */
export function* nulEnded(bytes: Buffer): Generator<Buffer> {
  for (let at = 0, end = bytes.indexOf(0); end >= 0; at = end + 1, end = bytes.indexOf(0, at)) {
    yield bytes.subarray(at, end);
  }
}

/** The entries under a path, and what is wrong with them. */
function parseEntries(listing: Buffer): { entries: Entry[]; reasons: Reason<UnfitCode>[] } {
  const entries: Entry[] = [];
  const reasons: Reason<UnfitCode>[] = [];
  for (const line of nulEnded(listing)) {
    const tab = line.indexOf(0x09);
    const [mode = '', oid = '', stage = ''] = line.toString('latin1', 0, tab).split(' ');
    try {
      entries.push({ mode, oid, stage, path: STRICT_UTF8.decode(line.subarray(tab + 1)) });
    } catch {
      const name = quoted(line.toString('latin1', tab + 1));
      reasons.push({ code: 'NOT_UTF8', message: `${name} is no name in UTF-8` });
    }
  }
  const conflicts = new Set(entries.filter(({ stage }) => stage !== '0').map(({ path }) => path));
  for (const path of conflicts) {
    reasons.push({ code: 'MERGE_CONFLICT', message: `${quoted(path)} has a merge conflict that is not resolved` });
  }
  for (const { mode, path } of entries) {
    if (mode !== '160000') continue;
    const message = `${quoted(path)} is a submodule: its files are not in this repository`;
    reasons.push({ code: 'SUBMODULE', message });
  }
  return { entries, reasons };
}

/** The entries under some paths, taken as they are. */
export async function listEntries(
  io: Io,
  top: string,
  paths: readonly string[],
  env: Readonly<Record<string, string>> = {},
): Promise<{ entries: Entry[]; reasons: Reason<UnfitCode>[] }> {
  return parseEntries(await gitOutput(io, top, ['ls-files', '-s', '-z', '--', ...paths], { env }));
}

/** The entries without those of `git add --intent-to-add`, which a commit leaves out. */
async function committed(io: Io, top: string, path: string, entries: readonly Entry[]): Promise<readonly Entry[]> {
  const emptyTree = entries.map(({ oid }) => EMPTY_TREES[oid]).find((tree) => tree !== undefined);
  if (emptyTree === undefined) return entries;
  const args = ['diff-index', '--cached', '--ita-invisible-in-index', '--name-only', '-z', emptyTree, '--', path];
  const names = new Set([...nulEnded(await gitOutput(io, top, args))].map((name) => name.toString('utf8')));
  return entries.filter((entry) => names.has(entry.path));
}

/** Blobs by oid, read in one go. */
export async function readBlobs(
  io: Io,
  top: string,
  oids: ReadonlySet<string>,
): Promise<ReadonlyMap<string, Uint8Array>> {
  const args = ['cat-file', '--batch'];
  const bytes = await gitOutput(io, top, args, { input: [...oids].map((oid) => `${oid}\n`).join('') });
  const blobs = new Map<string, Uint8Array>();
  for (let at = 0; at < bytes.length; ) {
    const end = bytes.indexOf(0x0a, at);
    const head = bytes.toString('latin1', at, end < 0 ? bytes.length : end);
    const [, oid, size] = /^([0-9a-f]+) blob ([0-9]+)$/.exec(head) ?? [];
    if (oid === undefined) throw gitComplaint(args, top, { code: 0, stdout: bytes, stderr: head });
    blobs.set(oid, bytes.subarray(end + 1, end + 1 + Number(size)));
    at = end + 1 + Number(size) + 1;
  }
  return blobs;
}

/**
 * What the index has under `path`, relative to `folder`: the files of a folder by their paths within it, or one file
 * by its base name.
 */
export async function readIndex(io: Io, folder: WorkTreeFolder, path: string): Promise<IndexContent> {
  const { top } = folder;
  const whole = posix.join(folder.prefix, path);
  const { entries: listed, reasons } = await listEntries(io, top, [whole]);
  const entries = reasons.length > 0 ? listed : await committed(io, top, whole, listed);
  const [first] = entries;
  if (entries.length === 1 && first?.path === whole && first.mode === '120000') {
    reasons.push({ code: 'SYMBOLIC_LINK', message: `${quoted(path)} is a symbolic link: name what it leads to` });
  }
  if (reasons.length > 0) return { kind: 'unfit', reasons };
  if (first === undefined) return { kind: 'nothing' };
  const blobs = await readBlobs(io, top, new Set(entries.map(({ oid }) => oid)));
  const files = new Map<string, ModuleFile>();
  const paths = new Map<string, string>();
  for (const { path: name, mode, oid } of entries) {
    const within = name === whole ? basename(name) : whole === '.' ? name : name.slice(whole.length + 1);
    paths.set(within, name);
    files.set(within, { data: blobs.get(oid) ?? new Uint8Array(), mode: mode as FileMode });
  }
  return { kind: 'files', files, paths };
}
