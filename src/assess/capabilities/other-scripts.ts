/** Files that something else than Node runs: shells, Python and their like, and the system itself. */

import type { ModuleFile } from '../../model/module-files.js';
import type { ModuleTree } from '../module/module-tree.js';

const ENDINGS =
  /\.(?:sh|bash|zsh|fish|ksh|command|py|pyw|rb|pl|pm|php|lua|ps1|psm1|bat|cmd|vbs|wsf|applescript|scpt|awk|tcl|r|exe|dll|so|dylib|jar|com)$/i;

/** Files that `make`, `just` and `rake` find by their names. */
const NAMES = /(?:^|\/)(?:gnu)?(?:makefile|justfile|rakefile)$/i;

/** Interpreters of JavaScript: their files are read as Node's are. */
const JAVASCRIPT = /^(?:node|deno|bun|tsx|ts-node)$/;

/** Folders in which an executable file without an ending is a program; elsewhere it may be a LICENSE, in a package whose files are all executable. */
const PROGRAM_PLACE = /(?:^|\/)(?:\.?bin|scripts?)\/[^./]+$/;

/** How programs for Linux, macOS and Windows begin: ELF, Mach-O of one kind of processor and of several, PE. */
const PROGRAM_START = /^(?:\x7fELF|\xfe\xed\xfa[\xce\xcf]|[\xce\xcf]\xfa\xed\xfe|\xca\xfe\xba\xbe|MZ)/;

function firstLine(data: Uint8Array): string {
  return Buffer.from(data.subarray(0, 200)).toString('latin1').split('\n', 1).join('');
}

/** The program that `#!/bin/sh` or `#!/usr/bin/env -S A=1 sh` names, without its folder; null where a line is none of these. */
function interpreterIn(line: string): string | null {
  if (!line.startsWith('#!')) return null;
  const names = line
    .slice(2)
    .trim()
    .split(/\s+/)
    .map((word) => word.slice(word.lastIndexOf('/') + 1));
  const [first = '', ...others] = names;
  return first === 'env' ? (others.find((word) => !word.startsWith('-') && !word.includes('=')) ?? '') : first;
}

/** True of a file that something else than Node runs. */
function isOther(path: string, { data, mode }: ModuleFile): boolean {
  if (mode === '120000') return false;
  if (ENDINGS.test(path) || NAMES.test(path)) return true;
  const line = firstLine(data);
  if (PROGRAM_START.test(line)) return true;
  const interpreter = interpreterIn(line);
  if (interpreter !== null) return !JAVASCRIPT.test(interpreter);
  return mode === '100755' && PROGRAM_PLACE.test(path);
}

/** The scripts in a module, and its programs, sorted. Whoever runs one of them runs something that nobody looks into here. */
export function otherScripts(tree: ModuleTree): string[] {
  return [...tree.files].flatMap(([path, file]) => (isOther(path, file) ? [path] : [])).sort();
}
