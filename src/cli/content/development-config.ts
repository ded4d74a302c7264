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

/** What stands in a package.json, but for the modules; what is wrong with it goes to `expect`. */
function ledgerIn({ content, folder }: PackageJson, expect: Expect): string | null {
  const config = content[CONFIG_KEY];
  if (!isObject(config)) {
    expect('', 'an object with "ledger" and "modules"', config);
    return null;
  }
  const { ledger, modules: _, ...unknown } = config;
  for (const key of Object.keys(unknown)) expect('', 'only "ledger" and "modules"', key);
  if (ledger === undefined) return null;
  if (typeof ledger === 'string' && ledger !== '' && !ledger.includes('\0')) return resolve(folder, ledger);
  expect('.ledger', 'the path of the ledger', ledger);
  return null;
}

/** @throws `INVALID_CONFIG` with every issue that `read` finds */
function checked<T>(file: PackageJson, read: (expect: Expect) => T): T {
  const issues: InputIssue[] = [];
  const found = read((path, expected, actual) => {
    issues.push({ path: `${file.path}: "${CONFIG_KEY}"${path}`, expected, actual: shown(actual) });
  });
  if (issues.length > 0) throw invalid('INVALID_CONFIG', issues, HINT);
  return found;
}

/** The ledger that a package.json names; null where it names none. What is said of modules is not looked at. @throws `INVALID_CONFIG` */
export function ledgerNamedIn(file: PackageJson): string | null {
  return file.content[CONFIG_KEY] === undefined ? null : checked(file, (expect) => ledgerIn(file, expect));
}

/** The modules of a package.json. Throws `INVALID_CONFIG` with every issue at once. */
export function developmentConfig(file: PackageJson): DevelopmentConfig {
  return checked(file, (expect) => {
    const ledger = ledgerIn(file, expect);
    const config = file.content[CONFIG_KEY];
    const modules = isObject(config) ? modulesIn(config['modules'], expect) : new Map<string, string>();
    return { file, ledger, modules };
  });
}

/** The configuration that a command in `cwd` is about: that of the nearest package.json which has one. */
export async function findDevelopmentConfig(cwd: string): Promise<DevelopmentConfig> {
  const file = await nearestPackage(cwd, (content) => content[CONFIG_KEY] !== undefined);
  if (file === null) throw noPackage(cwd, `a package.json with "${CONFIG_KEY}"`, HINT);
  return developmentConfig(file);
}
