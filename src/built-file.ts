/** Where the files of this package are: the scripts of threads and processes, and package.json. */

/**
 * A file of the package, by its path from the folder of what was built. In build/ that is where this file is, in dist/ where the
 * chunk with this code is (hooks/build.mjs puts all of them at the top); the source, as tests run it, uses what was built last.
 */
export function builtFile(path: string): URL {
  const folder = import.meta.url.endsWith('.ts') ? '../build/' : './';
  return new URL(`${folder}${path}`, import.meta.url);
}
