/**
 * What a child process of Node's permission model is told of the capabilities that a version has, and what no flag of this Node holds
 * (nodejs.org/api/permissions.html). The model is there since Node 20 as an experiment, under the name `--permission` since 22.13.
 */

import { devNull } from 'node:os';
import type { Capability } from '../../model/capability.js';

/** A version of Node, as far as its flags depend on it. */
interface NodeVersion {
  readonly major: number;
  readonly minor: number;
}

export function thisNode(): NodeVersion {
  const [major = 0, minor = 0] = process.versions.node.split('.').map(Number);
  return { major, minor };
}

function isFrom({ major, minor }: NodeVersion, since: readonly [major: number, minor: number]): boolean {
  return major > since[0] || (major === since[0] && minor >= since[1]);
}

/** The folders of a version. */
export interface Folders {
  /** What it has to read: its own files, its packages, what runs it. */
  readonly read: readonly string[];
  /** Where it may write. */
  readonly write: readonly string[];
}

/**
 * The flags of a process that has these capabilities and no others, as far as this Node can. `--allow-worker` is never among them: a
 * worker with flags of its own reads everything.
 */
export function permissionFlags(
  granted: ReadonlySet<Capability>,
  { read, write }: Folders,
  node: NodeVersion,
): string[] {
  const has = (capability: Capability): boolean => granted.has(capability);
  // Whoever starts other programs does with them whatever they like.
  const everywhere = has('process');
  const readable = everywhere || has('fs-read') ? ['*'] : read;
  const writable = everywhere || has('fs-write') ? ['*'] : write;
  return [
    isFrom(node, [22, 13]) ? '--permission' : '--experimental-permission',
    // Node 20 aborts on a path that it is given twice.
    ...[...new Set(readable)].map((path) => `--allow-fs-read=${path}`),
    ...[...new Set(writable)].map((path) => `--allow-fs-write=${path}`),
    ...(has('process') ? ['--allow-child-process'] : []),
    ...(has('native') ? ['--allow-addons'] : []),
    ...(has('network') && isFrom(node, [25, 0]) ? ['--allow-net'] : []),
    ...(has('code') ? [] : ['--disallow-code-generation-from-strings']),
    // It opens files by itself, past the permissions, until 25.
    ...(isFrom(node, [22, 5]) && !isFrom(node, [25, 0]) && !has('fs-write') ? ['--no-experimental-sqlite'] : []),
    // What node:trace_events writes goes into the working folder past the permissions of Node 20: that folder is the version's own.
    ...(has('fs-write') ? [] : [`--trace-event-file-pattern=${devNull}`]),
  ];
}

/** What a process can do though it was not granted, by the capability that it is part of, in a clause each. */
export function notHeld(node: NodeVersion): ReadonlyMap<Capability, string> {
  const network = isFrom(node, [25, 0])
    ? []
    : [['network', 'it opens and accepts connections, Unix sockets among them'] as const];
  return new Map<Capability, string>([
    ...network,
    ['process', 'it sends signals to the processes of its user'],
    ['code', 'it runs code by way of node:vm, data: URLs and WebAssembly'],
    ['environment', 'it asks for the name of the machine, its user and its addresses'],
  ]);
}
