/** How many versions this process holds for good: Node never lets go of a module that it has imported. */

/** By the folder of a module in a cache, the URLs that were imported from it. */
const imported = new Map<string, Set<string>>();

/** Counts an import, also one that fails: what was compiled of it stays. The same URL counts once. */
export function countImport(moduleDir: string, url: string): void {
  const known = imported.get(moduleDir) ?? new Set();
  imported.set(moduleDir, known.add(url));
}

/** The number of contents that were imported from a module's folder. */
export function importedFrom(moduleDir: string): number {
  return imported.get(moduleDir)?.size ?? 0;
}

/** True where the limit, twice the limit, four times it and so on was passed on the way from one count to another. */
export function passesLimit(before: number, after: number, limit: number): boolean {
  for (let at = limit; at < after; at *= 2) if (before <= at) return true;
  return false;
}
