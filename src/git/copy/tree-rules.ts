/** What `git fsck --strict` asks of a tree (git's fsck.c, fsck_tree), and what the ledger asks beyond it. */

import { isUtf8 } from 'node:buffer';
import { quoted } from '../../errors.js';
import type { ObjectFormat } from '../../model/object-id.js';
import { dotGitName } from './dot-git-names.js';

/** One line of a tree, as numbers: where its name and its id stand in the bytes. */
interface TreeLine {
  mode: number;
  folder: boolean;
  /** True where the name is to be looked at more closely. */
  suspect: boolean;
  nameAt: number;
  nameEnd: number;
  oidAt: number;
}

const [SPACE, SLASH, DOT, ZERO, SEVEN, BACKSLASH, TILDE] = [0x20, 0x2f, 0x2e, 0x30, 0x37, 0x5c, 0x7e];
const FOLDER = 0o40000;
const GITLINK = 0o160000;
const MODES = new Set([0o100644, 0o100755, 0o120000, FOLDER]);

/** No name that git or a file system could read as another begins otherwise, unless it has a byte beyond ASCII. */
const SUSPECT_STARTS = new Set([DOT, TILDE, 'g'.charCodeAt(0), 'G'.charCodeAt(0)]);

function newLine(): TreeLine {
  return { mode: 0, folder: false, suspect: false, nameAt: 0, nameEnd: 0, oidAt: 0 };
}

class TreeCheck {
  readonly faults = new Set<string>();
  private readonly bytes: Buffer;
  private readonly idBytes: number;
  /** Files that a later folder of the same name would repeat (git: verify_ordered, df_dup_candidates). */
  private readonly candidates = new Set<string>();

  constructor(bytes: Buffer, idBytes: number) {
    this.bytes = bytes;
    this.idBytes = idBytes;
  }

  private nameOf(line: TreeLine): string {
    return this.bytes.toString('utf8', line.nameAt, line.nameEnd);
  }

  fault(reason: string, line: TreeLine): void {
    if (this.faults.size < 8) this.faults.add(`${reason}: ${quoted(this.nameOf(line))}`);
  }

  mode(line: TreeLine): void {
    if (MODES.has(line.mode)) return;
    if (line.mode === GITLINK) this.fault('an entry is a submodule', line);
    else this.fault(`an entry has the mode ${line.mode.toString(8)}`, line);
  }

  /** The rules for a name that is not plain letters. */
  name(line: TreeLine): void {
    const raw = this.bytes.subarray(line.nameAt, line.nameEnd);
    if (raw.includes(SLASH)) this.fault('a name has a slash in it', line);
    if (!isUtf8(raw)) this.fault('a name is not UTF-8', line);
    const name = raw.toString('utf8');
    if (name === '.' || name === '..') this.fault('a name stands for a folder above', line);
    const dotGit = dotGitName(name, raw.toString('latin1'));
    if (dotGit === 'attributes') return;
    if (dotGit !== null) this.fault("a name is one of git's own", line);
  }

  /** Sorted as git sorts, a folder as if its name ended in "/", and no name twice. */
  order(before: TreeLine, line: TreeLine): void {
    const { bytes } = this;
    const [lengthA, lengthB] = [before.nameEnd - before.nameAt, line.nameEnd - line.nameAt];
    const common = Math.min(lengthA, lengthB);
    let i = 0;
    while (i < common && bytes[before.nameAt + i] === bytes[line.nameAt + i]) i++;
    const endOf = (l: TreeLine) => (l.folder ? SLASH : 0);
    const a = i < lengthA ? (bytes[before.nameAt + i] ?? 0) : endOf(before);
    const b = i < lengthB ? (bytes[line.nameAt + i] ?? 0) : endOf(line);
    const same = i === lengthA && i === lengthB;
    if (same) this.fault('two entries have the same name', line);
    else if (a >= b) this.fault('its entries are not sorted', line);
    if (i === lengthA && a === 0 && b < SLASH) this.candidates.add(this.nameOf(before));
    if (line.folder && this.candidates.size > 0 && this.candidates.has(this.nameOf(line)))
      this.fault('two entries have the same name', line);
  }

  /** Whether an entry names an object at all. */
  names(line: TreeLine): boolean {
    for (let i = 0; i < this.idBytes; i++) if (this.bytes[line.oidAt + i] !== 0) return true;
    this.fault('an entry has the id 0', line);
    return false;
  }
}

/**
 * Reads the line at `at` into `line`; returns where the next one begins, or what is wrong. Written out byte by byte: half of
 * what a scan reads are lines of notes trees.
 */
function readLine(bytes: Buffer, start: number, line: TreeLine, idBytes: number): number | string {
  let at = start;
  let mode = 0;
  for (let c = bytes[at] ?? 0; c >= ZERO && c <= SEVEN && at - start < 7; c = bytes[++at] ?? 0)
    mode = mode * 8 + c - ZERO;
  if (at === start || bytes[at] !== SPACE) return 'a mode is malformed';
  line.mode = mode;
  line.folder = mode === FOLDER;
  at += 1;
  line.nameAt = at;
  let suspect = SUSPECT_STARTS.has(bytes[at] ?? 0);
  for (let c = bytes[at] ?? 0; c !== 0; c = bytes[++at] ?? 0)
    if (c === SLASH || c === BACKSLASH || c >= 0x80) suspect = true;
  line.suspect = suspect;
  line.nameEnd = at;
  line.oidAt = at + 1;
  if (line.nameEnd === line.nameAt) return 'a name is empty';
  const end = line.oidAt + idBytes;
  return end > bytes.length ? 'it is cut short' : end;
}

/**
 * Calls `visit` with each line of a tree that names a blob or a tree (`line` is used again later) and returns what is wrong
 * with the tree: empty where git and the ledger accept it. Reading stops where it cannot be parsed.
 */
export function checkTree(
  bytes: Buffer,
  { bytes: idBytes }: ObjectFormat,
  visit: (line: TreeLine) => void,
): readonly string[] {
  const check = new TreeCheck(bytes, idBytes);
  let before = newLine();
  let line = newLine();
  for (let at = 0; at < bytes.length; ) {
    const next = readLine(bytes, at, line, idBytes);
    if (typeof next === 'string') return [...check.faults, next];
    if (bytes[at] === ZERO) check.fault('a mode begins with 0', line);
    check.mode(line);
    if (line.suspect) check.name(line);
    if (at > 0) check.order(before, line);
    if (check.names(line) && line.mode !== GITLINK) visit(line);
    [before, line] = [line, before];
    at = next;
  }
  return check.faults.size === 0 ? NONE : [...check.faults];
}

const NONE: readonly string[] = Object.freeze([]);
