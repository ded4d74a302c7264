/**
 * Names that other tool servers of the same ledger have as well. A client that tells tools by their names alone may ask the wrong server: a
 * name that somebody trusts is what a hostile server would take.
 */

import type { Ledger } from '../ledger/ledger.js';
import { ITEM_KINDS, type ItemKind, pathOf, SERVER_FILE, type ServerDescription } from './canonical-form.js';

/** Names of a kind that two servers have. */
interface SharedNames {
  readonly kind: ItemKind;
  readonly names: readonly string[];
  /** The module of the other server. */
  readonly with: string;
}

/** The paths of what the active version of a module describes, where that is the list of a tool server; else null. */
async function approvedPaths(ledger: Ledger, moduleId: string): Promise<ReadonlySet<string> | null> {
  const active = await ledger.latestCheckpoint(moduleId);
  if (active === null) return null;
  const paths = new Set((await ledger.versions.listFiles(moduleId, active.version)).map(({ path }) => path));
  return paths.has(SERVER_FILE) ? paths : null;
}

/** The names of a description that the active versions of other modules have. Never rejects: what cannot be read has none. */
export async function sharedNames(
  ledger: Ledger,
  moduleId: string,
  { items }: ServerDescription,
): Promise<SharedNames[]> {
  const found: SharedNames[] = [];
  for (const other of await ledger.versions.modules().catch(() => [])) {
    const paths = other === moduleId ? null : await approvedPaths(ledger, other).catch(() => null);
    if (paths === null) continue;
    for (const kind of ITEM_KINDS) {
      const names = [...items[kind].keys()].filter((name) => paths.has(pathOf(kind, name)));
      if (names.length > 0) found.push({ kind, names, with: other });
    }
  }
  return found;
}
