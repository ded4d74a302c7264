/**
 * Where Node stops looking for packages of a version: at the version's own folder. What stands in its code as a text was looked at before
 * (`packages-above.ts`); this is for names that it computes, `require(name)` and `createRequire`, and where Node has hooks for both ways
 * (22.15 and later) `import(name)` too.
 *
 * It concerns code in the folders that were named here and no other of the process. A path or a URL that a module makes is its own doing.
 */

import { realpathSync } from 'node:fs';
import Module from 'node:module';
import { dirname, isAbsolute, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { isWithin } from './is-within.js';
import { packageOf } from './packages-above.js';

/** The folder of packages that the code in a folder may use, or null. */
const ends = new Map<string, string | null>();

interface Hooks {
  /**
   * Since Node 22.15: `require` and `import`, in the thread that asks
   * (nodejs.org/api/module.html#synchronous-hooks-accepted-by-moduleregisterhooks).
   */
  registerHooks?(hooks: {
    resolve(
      specifier: string,
      context: { readonly parentURL?: string | undefined; readonly conditions?: Iterable<string> },
      next: (specifier: string, context: unknown) => { readonly url: string },
    ): { readonly url: string };
  }): unknown;
  /** What every `require` goes through; where there are no hooks, it is what there is. */
  _resolveFilename(request: string, parent?: { readonly filename?: string | null } | null, ...rest: unknown[]): string;
}

/** Has resolution end at `folder`, the folder of a version without symbolic links, but for the packages in `packages`. */
export function endResolution(folder: string, packages: string | null): void {
  if (ends.size === 0) install(Module as unknown as Hooks);
  ends.set(folder, packages);
}

function install(node: Hooks): void {
  if (node.registerHooks !== undefined) {
    node.registerHooks({
      resolve(specifier, context, next) {
        const found = next(specifier, context);
        const isRequired = [...(context.conditions ?? [])].includes('require');
        const code = isRequired ? 'MODULE_NOT_FOUND' : 'ERR_MODULE_NOT_FOUND';
        refuseOutside(specifier, pathOf(context.parentURL), pathOf(found.url), code);
        return found;
      },
    });
    return;
  }
  const resolveFilename = node._resolveFilename;
  node._resolveFilename = function (this: unknown, request, parent, ...rest): string {
    const found = resolveFilename.call(this, request, parent, ...rest);
    refuseOutside(request, parent?.filename ?? null, found, 'MODULE_NOT_FOUND');
    return found;
  };
}

function pathOf(url: string | undefined): string | null {
  return url?.startsWith('file:') === true ? fileURLToPath(url) : null;
}

/** The folder at which resolution ends for a file; null for code that is no version's. */
function endOf(file: string): string | null {
  for (let at = dirname(file); ; at = dirname(at)) {
    if (ends.has(at)) return at;
    if (at === dirname(at)) return null;
  }
}

function realPathOf(path: string): string {
  try {
    return realpathSync(path);
  } catch {
    return path;
  }
}

/** @throws what Node throws for a package that is nowhere, where one was found outside of what the code may use */
function refuseOutside(specifier: string, parent: string | null, found: string | null, code: string): void {
  if (parent === null || found === null || !isAbsolute(found)) return;
  const name = packageOf(specifier);
  const end = name === null ? null : endOf(parent);
  if (name === null || end === null || isWithin(found, end)) return;
  const packages = ends.get(end) ?? null;
  // A package may be linked to from the folder of packages, as those of a workspace are.
  const isNamed = packages !== null && (isWithin(found, packages) || isWithin(found, realPathOf(join(packages, name))));
  if (isNamed) return;
  const message = `Cannot find package '${specifier}' imported from ${parent}: resolution ends at the version${packages === null ? '' : ' and at nodeModules'}; it is not taken from ${found}`;
  throw Object.assign(new Error(message), { code });
}
