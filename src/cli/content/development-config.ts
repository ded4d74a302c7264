/** `"git-lineage"` in the package.json of the repository where modules are developed: which folder is which module. */

import { posix, resolve } from 'node:path';
import { invalid } from '../complaint.js';
import type { InputIssue } from '../library.js';
import { isObject, nearestPackage, noPackage, type PackageJson, shown } from './package-json.js';

export const CONFIG_KEY = 'git-lineage';

/** What stands in package.json, checked. */
export interface DevelopmentConfig {
  readonly file: PackageJson;
  /** The ledger's folder, or null where it is not named there. */
  readonly ledger: string | null;
  /** Module id → path relative to the package.json, with `/`, without a trailing one. */
  readonly modules: ReadonlyMap<string, string>;
}

const HINT = 'e.g. "git-lineage": { "ledger": "../modules.git", "modules": { "planner": "src/planner" } }';

/** The path in its shortest form; null where it does not lead to something in the package's folder. */
function insidePath(value: unknown): string | null {
  if (typeof value !== 'string' || value === '' || /[\u0000-\u001f\u007f\\]/.test(value)) return null;
  const path = posix.normalize(value).replace(/\/$/, '');
  return path === '' || path === '..' || path.startsWith('../') || path.startsWith('/') ? null : path;
}

type Expect = (path: string, expected: string, actual: unknown) => void;

function modulesIn(mapped: unknown, expect: Expect): ReadonlyMap<string, string> {
  const modules = new Map<string, string>();
  if (!isObject(mapped) || Object.keys(mapped).length === 0) {
    expect('.modules', 'an object of at least one module and its path', mapped);
    return modules;
  }
  for (const [moduleId, given] of Object.entries(mapped)) {
    const path = insidePath(given);
    if (path === null) expect(`.modules.${shown(moduleId)}`, 'a relative path inside the package, with /', given);
    else modules.set(moduleId, path);
  }
  return modules;
}

/** The ledger that a package.json names; null where it names none. */
export function ledgerNamedIn({ content, folder }: PackageJson): string | null {
  const config = content[CONFIG_KEY];
  const ledger = isObject(config) ? config['ledger'] : undefined;
  return typeof ledger === 'string' && ledger !== '' && !ledger.includes('\0') ? resolve(folder, ledger) : null;
}

/** The modules of a package.json. Throws `INVALID_CONFIG` with every issue at once. */
export function developmentConfig(file: PackageJson): DevelopmentConfig {
  const issues: InputIssue[] = [];
  const expect: Expect = (path, expected, actual) =>
    issues.push({ path: `${file.path}: "${CONFIG_KEY}"${path}`, expected, actual: shown(actual) });
  const config = file.content[CONFIG_KEY];
  if (!isObject(config)) expect('', 'an object with "ledger" and "modules"', config);
  const { ledger, modules: mapped, ...unknown } = isObject(config) ? config : {};
  for (const key of Object.keys(unknown)) expect('', 'only "ledger" and "modules"', key);
  const gitdir = ledgerNamedIn(file);
  if (ledger !== undefined && gitdir === null) expect('.ledger', 'the path of the ledger', ledger);
  const modules = isObject(config) ? modulesIn(mapped, expect) : new Map<string, string>();
  if (issues.length > 0) throw invalid('INVALID_CONFIG', issues, HINT);
  return { file, ledger: gitdir, modules };
}

/** The configuration that a command in `cwd` is about: that of the nearest package.json which has one. */
export async function findDevelopmentConfig(cwd: string): Promise<DevelopmentConfig> {
  const file = await nearestPackage(cwd, (content) => content[CONFIG_KEY] !== undefined);
  if (file === null) throw noPackage(cwd, `a package.json with "${CONFIG_KEY}"`, HINT);
  return developmentConfig(file);
}
