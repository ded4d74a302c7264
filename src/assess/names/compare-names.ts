/** Two versions by the names that they export: a name that is gone breaks callers, anything else is not known. */

import type { Finding } from '../../model/assessment.js';
import type { FindingCode } from '../../model/finding-codes.js';
import { type EntryPair, prefixOf } from '../match-entries.js';
import type { Entry } from '../module/entries.js';
import type { ModuleTree } from '../module/module-tree.js';
import { type ExportNames, exportNames, type NameSource } from './export-names.js';

/** Why the names are all that is compared. */
interface NamesReason {
  readonly code: FindingCode;
  /** Where it applies, as in `Finding.path`; '' for the whole module. */
  readonly path?: string | undefined;
  /** A clause for the operator: `the comparison took longer than 60 s`. */
  readonly message: string;
}

const MAX_DOUBTED = 5;

/** The names of each file, once: a pair for import and one for require often share theirs. */
export class NameCache {
  readonly #tree: ModuleTree;
  readonly #known = new Map<string, ExportNames | null>();

  constructor(tree: ModuleTree) {
    this.#tree = tree;
  }

  of(entry: Entry, source: NameSource): ExportNames | null {
    const key = `${source} ${entry.condition} ${entry.format} ${entry[source]}`;
    const known = this.#known.get(key);
    if (known !== undefined) return known;
    const found = exportNames(this.#tree, entry, source);
    this.#known.set(key, found);
    return found;
  }
}

function removed(path: string, name: string): Finding {
  const message = 'no longer exported';
  return { code: 'export-removed', level: 'BREAKING', path, before: `export { ${name} }`, after: null, message };
}

/** Declarations are what was promised; code may export more, that nobody was told of, and is asked where it must be. */
function sourceOf({ before, after }: EntryPair): NameSource | null {
  if (before.declaration !== null && after.declaration !== null) return 'declaration';
  return before.code !== null && after.code !== null ? 'code' : null;
}

/** Names that were there and that nobody finds any more, surely gone or not. */
function missing(before: ExportNames | null, after: ExportNames | null): string[] {
  if (before === null || after === null) return [];
  return [...before.names].filter((name) => !after.names.has(name)).sort();
}

/**
 * What can be said without comparing types: `export-removed`, BREAKING, for a name that was seen before and that the new
 * version surely has not; and always one UNKNOWN finding for all else, that gives `why`.
 */
export function compareNames(
  fromTree: ModuleTree,
  toTree: ModuleTree,
  pairs: readonly EntryPair[],
  why: NamesReason,
): Finding[] {
  const gone = new Map<string, Finding>();
  const doubted = new Set<string>();
  const [before, after] = [new NameCache(fromTree), new NameCache(toTree)];
  for (const pair of pairs) {
    const source = sourceOf(pair);
    if (source === null) continue;
    const [old, now] = [before.of(pair.before, source), after.of(pair.after, source)];
    for (const name of missing(old, now)) {
      const path = `${prefixOf(pair.before)}${name}`;
      if (now?.exact !== true) doubted.add(path);
      else if (!gone.has(path)) gone.set(path, removed(path, name));
    }
  }
  const open = [...doubted].filter((path) => !gone.has(path));
  const more = open.length > MAX_DOUBTED ? ` and ${open.length - MAX_DOUBTED} more` : '';
  const doubt = open.length === 0 ? '' : `; not found any more: ${open.slice(0, MAX_DOUBTED).join(', ')}${more}`;
  const rest = `${why.message}; only the names of exports were compared${doubt}`;
  const unknown: Finding = {
    code: why.code,
    level: 'UNKNOWN',
    path: why.path ?? '',
    before: null,
    after: null,
    message: rest,
  };
  return [...gone.values(), unknown];
}
