/** Files for other interpreters than Node: shells, Python and their like. */

import type { ModuleTree } from '../module/module-tree.js';

const ENDINGS =
  /\.(?:sh|bash|zsh|fish|ksh|command|py|pyw|rb|pl|pm|php|lua|ps1|psm1|bat|cmd|vbs|wsf|applescript|scpt|awk|tcl|r|exe|dll|so|dylib|jar|com)$/i;

/** `#!/bin/sh`, but not `#!/usr/bin/env node`. */
const INTERPRETER = /^#!(?!.*\b(?:node|deno|bun|tsx|ts-node)\b)/;

function firstLine(data: Uint8Array): string {
  return Buffer.from(data.subarray(0, 200)).toString('latin1').split('\n', 1).join('');
}

/** The scripts in a module, sorted. Whoever runs one of them runs something that nobody looks into here. */
export function otherScripts(tree: ModuleTree): string[] {
  const found = [...tree.files].filter(
    ([path, { data, mode }]) => mode !== '120000' && (ENDINGS.test(path) || INTERPRETER.test(firstLine(data))),
  );
  return found.map(([path]) => path).sort();
}
