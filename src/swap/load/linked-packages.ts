/** What the links in a folder of packages lead to: a workspace links its own packages, and pnpm links every one. */

import { readdir, realpath } from 'node:fs/promises';
import { join, sep } from 'node:path';
import { isWithin } from './is-within.js';

const PACKAGES = 'node_modules';

/** The links of a folder of packages, those of scopes (`@acme/tools`) as well; none where it cannot be read. */
async function linksIn(folder: string): Promise<string[]> {
  const entries = await readdir(folder, { withFileTypes: true }).catch(() => []);
  const scopes = entries.filter((entry) => entry.isDirectory() && entry.name.startsWith('@'));
  const scoped = await Promise.all(scopes.map(({ name }) => linksIn(join(folder, name))));
  const links = entries.filter((entry) => entry.isSymbolicLink()).map(({ name }) => join(folder, name));
  return [...links, ...scoped.flat()];
}

/** The folder of packages that a package stands in, beside what it needs; its own folder where it stands in none. */
function placeOf(path: string): string {
  const parts = path.split(sep);
  const at = parts.lastIndexOf(PACKAGES);
  return at === -1 ? path : parts.slice(0, at + 1).join(sep);
}

/**
 * The folders outside of `packages`, which is without symbolic links itself, that its links lead to, and that the links there lead to, and
 * so on: of a package in another folder of packages that whole folder.
 */
export async function linkedPackages(packages: string): Promise<string[]> {
  const found = new Set<string>();
  for (const waiting = [packages]; waiting.length > 0; ) {
    for (const link of await linksIn(waiting.pop() as string)) {
      const target = await realpath(link).catch(() => null);
      const folder = target === null ? packages : placeOf(target);
      if (folder === packages || isWithin(folder, packages) || found.has(folder)) continue;
      found.add(folder);
      // A package of a workspace may have packages of its own.
      waiting.push(folder.endsWith(sep + PACKAGES) ? folder : join(folder, PACKAGES));
    }
  }
  return [...found];
}
