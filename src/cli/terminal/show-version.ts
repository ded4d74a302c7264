/** How versions, times and checksums read for people. */

import type { ModuleStatus, VersionCheckpoint } from '../library.js';
import type { Cell, Tone } from './render.js';

/** `planner@3`, as it is typed on the command line. */
export function nameOf({ moduleId, version }: Pick<VersionCheckpoint, 'moduleId' | 'version'>): string {
  return `${moduleId}@${version}`;
}

/** A time in ISO 8601, to the millisecond. */
export function isoTime(seconds: number): string {
  return new Date(seconds * 1000).toISOString();
}

/** Units, and the count from which the next one is used: as `git log --date=relative` has them (date.c), years without months. */
const RELATIVE: readonly (readonly [seconds: number, below: number, name: string])[] = [
  [1, 90, 'second'],
  [60, 90, 'minute'],
  [3600, 36, 'hour'],
  [86_400, 14, 'day'],
  [604_800, 10, 'week'],
  [2_592_000, 12, 'month'],
];
const YEAR = 31_536_000;

/** `3 hours ago`; both in seconds since the Unix epoch. */
export function relativeTime(seconds: number, now = Date.now() / 1000): string {
  const age = now - seconds;
  if (age < 0) return 'in the future';
  const found = RELATIVE.find(([unit, below]) => Math.round(age / unit) < below);
  const count = Math.round(age / (found?.[0] ?? YEAR));
  return `${count} ${found?.[2] ?? 'year'}${count === 1 ? '' : 's'} ago`;
}

/** A time: on a terminal how long ago, elsewhere in ISO 8601. */
export function timeCell(seconds: number): Cell {
  return { text: isoTime(seconds), short: relativeTime(seconds) };
}

const SHORT = 12;

/** A checksum, of which a terminal shows the first 12 digits. */
export function checksumCell(checksum: string): Cell {
  const digest = /^(sha256(?:-tree)?:)([0-9a-f]{64})$/.exec(checksum);
  if (digest?.[1] === undefined || digest[2] === undefined) return { text: checksum };
  return { text: checksum, short: `${digest[1]}${digest[2].slice(0, SHORT)}…` };
}

/** Tags in their order, with commas between. */
export function tagsText(tags: ReadonlySet<string>): string {
  return [...tags].join(', ');
}

const STATUS_TONE: Readonly<Record<ModuleStatus, Tone>> = {
  ACTIVE: 'good',
  STAGED: 'warn',
  ARCHIVED: 'plain',
  REVERTED: 'bad',
};

export function statusCell(status: ModuleStatus): Cell {
  return { text: status, tone: STATUS_TONE[status] };
}

/** The line that says what became of a version. */
export function versionLine(verb: string, checkpoint: VersionCheckpoint): { readonly line: string } {
  const tags = checkpoint.tags.size === 0 ? '' : ` [${tagsText(checkpoint.tags)}]`;
  return { line: `${verb} ${nameOf(checkpoint)} ${checkpoint.checksum}${tags}` };
}
