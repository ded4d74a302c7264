/** Where the files of this package are: the scripts of threads and processes, and package.json. */

/**
 * A file of the build, by its path in it. It stands beside this one, which the bundle keeps as a file of its own; to the
 * source, as tests run it, it is what was built last.
 */
export function builtFile(path: string): URL {
  const folder = import.meta.url.endsWith('.ts') ? '../build/' : './';
  return new URL(`${folder}${path}`, import.meta.url);
}
