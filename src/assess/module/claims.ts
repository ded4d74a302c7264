/** What a version says of itself beside its interface: its number, and what it asks of the place where it runs. */

import semver from 'semver';
import type { CompatibilityLevel } from '../../model/report.js';
import { type Manifest, readManifest } from './manifest.js';
import type { ModuleTree } from './module-tree.js';

/** How large a step a pair of version numbers claims, as npm's caret ranges read it. */
type ClaimedStep = 'none' | 'patch' | 'minor' | 'major';

type Metadata = Readonly<Record<string, string>>;

const EMPTY: Metadata = {};

/** Longer is no range that a person wrote, and comparing two takes time by the square. */
const MAX_RANGE = 500;
const MAX_NOTES = 12;
const MAX_PEERS = 200;

/** The number that a version goes by: the ledger's metadata `semver`, else package.json's `version`; null for none that is valid. */
export function versionOf(tree: ModuleTree, metadata: Metadata): string | null {
  const named = Object.hasOwn(metadata, 'semver') ? metadata['semver'] : undefined;
  return semver.valid(named) ?? semver.valid(readManifest(tree).manifest?.version);
}

/** The step between two valid numbers; null where the second is not above the first, so that nothing is claimed. */
export function claimedStep(from: string, to: string): ClaimedStep | null {
  if (semver.eq(from, to)) return 'none';
  if (semver.lt(to, from)) return null;
  const [a, b] = [semver.parse(from), semver.parse(to)];
  if (a === null || b === null) return null;
  // A prerelease promises nothing, and nobody's caret range reaches it.
  if (b.prerelease.length > 0) return 'major';
  if (a.major !== b.major) return 'major';
  if (a.minor !== b.minor) return a.major === 0 ? 'major' : 'minor';
  if (a.patch !== b.patch) return a.major === 0 && a.minor === 0 ? 'major' : 'patch';
  return a.prerelease.length > 0 ? 'major' : 'patch';
}

const CLAIM: Readonly<Record<ClaimedStep, string>> = {
  none: 'claims no change',
  patch: 'claims a patch',
  minor: 'claims a minor version',
  major: 'claims a major version',
};

/** The sentence for a claim that is smaller than what was measured. */
function stepNote(from: string, to: string, level: CompatibilityLevel): string | null {
  const step = claimedStep(from, to);
  if (step === null || step === 'major') return null;
  if (level === 'BREAKING') return `${from} to ${to} ${CLAIM[step]}, but callers break: it should be a major version`;
  if (level === 'MINOR_CHANGE' && step !== 'minor') {
    // 0.x has no step between a patch and what caret ranges hold to be a major one: additions are patches there.
    if (semver.major(from) === 0 && step === 'patch') return null;
    return `${from} to ${to} ${CLAIM[step]}, but the interface grows: it should be a minor version`;
  }
  return null;
}

/** True where some version that the old range admits is refused by the new one; false where either is no range. */
function isNarrower(before: string, after: string): boolean {
  if (before.length > MAX_RANGE || after.length > MAX_RANGE) return false;
  try {
    return !semver.subset(before, after);
  } catch {
    return false;
  }
}

function engineNotes(from: Manifest, to: Manifest): string[] {
  const before = from.engines['node'] ?? '*';
  const after = to.engines['node'];
  if (after === undefined || !isNarrower(before, after)) return [];
  return [
    `engines.node is ${after}, was ${from.engines['node'] ?? 'not given'}: Node versions that ran the old one may not run this`,
  ];
}

function peerNotes(from: Manifest, to: Manifest): string[] {
  const notes: string[] = [];
  for (const [name, range] of Object.entries(to.peerDependencies).slice(0, MAX_PEERS)) {
    const before = from.peerDependencies[name];
    const optional = to.optionalPeers.has(name);
    if (before === undefined) {
      if (!optional) notes.push(`asks for the peer ${name} ${range}, which it did not before`);
    } else if (isNarrower(before, range)) {
      notes.push(`the peer ${name} must be ${range}, was ${before}`);
    } else if (!optional && from.optionalPeers.has(name)) {
      notes.push(`the peer ${name} ${range} is required now, was optional`);
    }
  }
  return notes;
}

/** npm's os and cpu: names that are let in, or with `!` kept out. */
function admits(list: readonly string[] | null, name: string): boolean {
  if (list === null) return true;
  if (list.includes(`!${name}`)) return false;
  const named = list.filter((item) => !item.startsWith('!'));
  return named.length === 0 || named.includes(name) || named.includes('any');
}

const PLATFORMS: Readonly<Record<'os' | 'cpu', readonly string[]>> = {
  os: ['aix', 'android', 'darwin', 'freebsd', 'linux', 'openbsd', 'sunos', 'win32'],
  cpu: ['arm', 'arm64', 'ia32', 'loong64', 'mips', 'mipsel', 'ppc64', 'riscv64', 's390x', 'x64'],
};

function platformNotes(from: Manifest, to: Manifest): string[] {
  return (['os', 'cpu'] as const).flatMap((field) => {
    const named = [...PLATFORMS[field], ...(from[field] ?? []).filter((name) => !name.startsWith('!'))];
    const lost = [...new Set(named)].filter((name) => admits(from[field], name) && !admits(to[field], name));
    if (lost.length === 0) return [];
    const shown = lost.length > 4 ? `${lost.slice(0, 4).join(', ')} and ${lost.length - 4} more` : lost.join(', ');
    return [`${field} no longer admits ${shown}`];
  });
}

/** What the numbers of two versions claim, held against the measured level; see `claimNotes`. */
function versionClaim(from: string | null, to: string | null, level: CompatibilityLevel): string | null {
  const [before, after] = [semver.valid(from), semver.valid(to)];
  return before === null || after === null ? null : stepNote(before, after, level);
}

/** What an operator should know beside the level; never a level itself. */
export function claimNotes(
  fromTree: ModuleTree,
  toTree: ModuleTree,
  fromMetadata: Metadata = EMPTY,
  toMetadata: Metadata = EMPTY,
  level: CompatibilityLevel = 'COMPATIBLE',
): string[] {
  const claim = versionClaim(versionOf(fromTree, fromMetadata), versionOf(toTree, toMetadata), level);
  const [from, to] = [readManifest(fromTree).manifest, readManifest(toTree).manifest];
  const needs =
    from === null || to === null ? [] : [engineNotes(from, to), peerNotes(from, to), platformNotes(from, to)];
  return [...(claim === null ? [] : [claim]), ...needs.flat()].slice(0, MAX_NOTES);
}
