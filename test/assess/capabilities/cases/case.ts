/**
 * Small modules, and what they reach. A name is present; with `?` it is undetermined; with `*` it is present, and running the case does not
 * show it: a host that is not there, or a way to load something whose effect is another capability.
 */

type CaseFiles = string | Readonly<Record<string, string>>;

export type Case = readonly [name: string, reached: string, files: CaseFiles];

/** All that `process` may lead to. */
export const PROCESS = 'process? environment? code? native?';

/** All that anything may lead to. */
export const ALL = 'fs-read? fs-write? process? network? environment? code? native? worker?';

/** The files of a case; a text alone is index.js, or index.mjs where it imports or exports. */
export function filesOf(files: CaseFiles): Readonly<Record<string, string>> {
  if (typeof files !== 'string') return files;
  return { [/^\s*(?:import|export)\b(?!\s*\()/m.test(files) ? 'index.mjs' : 'index.js']: files };
}
