/** The entries of two versions held against each other: which ways in are gone, which are new, which are to be compared. */

import type { Finding } from '../model/assessment.js';
import type { Entry } from './module/entries.js';

/** One way in that both versions have. */
export interface EntryPair {
  readonly before: Entry;
  readonly after: Entry;
}

interface MatchedEntries {
  readonly pairs: readonly EntryPair[];
  readonly findings: readonly Finding[];
}

/** What stands before the names of an entry in a finding: nothing for the main one. */
export function prefixOf(entry: Entry): string {
  return entry.subpath === '.' ? '' : `${entry.subpath}: `;
}

function of(entries: readonly Entry[], subpath: string, condition: Entry['condition']): Entry | undefined {
  return entries.find((entry) => entry.subpath === subpath && entry.condition === condition);
}

/** What a file declares is there and nothing runs: Node finds no file, or looks no further than the one that is missing. */
function lostItsCode(before: Entry, after: Entry): boolean {
  return before.code !== null && after.code === null && /\.d\.[cm]?ts$/.test(after.declaration ?? '');
}

const WORDS = {
  require: { verb: 'required', removed: 'require-removed', added: 'require-added' },
  import: { verb: 'imported', removed: 'import-removed', added: 'import-added' },
} as const;

/** Matches the entries by subpath and by how callers load them. `capped`: the later version has more than are listed. */
export function matchEntries(before: readonly Entry[], after: readonly Entry[], capped: boolean): MatchedEntries {
  const findings: Finding[] = [];
  const pairs: EntryPair[] = [];
  const subpaths = (entries: readonly Entry[]): Set<string> => new Set(entries.map(({ subpath }) => subpath));
  const [was, is] = [subpaths(before), subpaths(after)];
  const add = (finding: Omit<Finding, 'before' | 'after'>): void => {
    findings.push({ ...finding, before: null, after: null });
  };
  for (const subpath of was) {
    if (is.has(subpath)) continue;
    if (capped)
      add({ code: 'limit-reached', level: 'UNKNOWN', path: subpath, message: 'not among the entries looked at' });
    else add({ code: 'subpath-removed', level: 'BREAKING', path: subpath, message: 'cannot be imported any more' });
  }
  for (const subpath of is) {
    if (!was.has(subpath))
      add({ code: 'subpath-added', level: 'MINOR_CHANGE', path: subpath, message: 'can be imported now' });
  }
  for (const entry of before) {
    if (!is.has(entry.subpath)) continue;
    const same = of(after, entry.subpath, entry.condition);
    const { verb, removed } = WORDS[entry.condition];
    if (same === undefined) {
      add({ code: removed, level: 'BREAKING', path: entry.subpath, message: `cannot be ${verb} any more` });
      continue;
    }
    pairs.push({ before: entry, after: same });
    if (lostItsCode(entry, same)) {
      const message = `cannot be ${verb} any more: its types are there, and its code is not`;
      add({ code: removed, level: 'BREAKING', path: entry.subpath, message });
    }
  }
  for (const entry of after) {
    if (!was.has(entry.subpath) || of(before, entry.subpath, entry.condition) !== undefined) continue;
    const { verb, added } = WORDS[entry.condition];
    add({ code: added, level: 'MINOR_CHANGE', path: entry.subpath, message: `can be ${verb} as well now` });
  }
  return { pairs, findings };
}
