/** What npm runs when a package is installed, by package.json and by what lies beside it. */

import { isObject, member, parseJson } from '../module/manifest.js';
import { type ModuleTree, normalPath } from '../module/module-tree.js';
import { fileAt } from './resolve-import.js';

/** Of a package from a registry npm runs these (docs.npmjs.com/cli, "scripts": npm install). */
const AT_INSTALL = ['preinstall', 'install', 'postinstall'] as const;

/** A command that installing runs. */
interface InstallCommand {
  readonly what: string;
  readonly file: string;
  readonly line: number;
  /** The files of the module that Node runs by it. */
  readonly runs: readonly string[];
}

function lineOf(text: string, key: string): number {
  const at = text.indexOf(`"${key}"`);
  return at < 0 ? 1 : text.slice(0, at).split('\n').length;
}

/** Words of a command that are files of the module: `node ./setup.js --quiet`. */
function filesIn(tree: ModuleTree, command: string): string[] {
  const words = command.split(/[\s;&|'"()<>=]+/).filter((word) => word !== '' && !word.startsWith('-'));
  const found = words.flatMap((word, at) => {
    const path = /\.[cm]?[jt]s$/.test(word) || words[at - 1] === 'node' ? normalPath(word) : null;
    return path === null || path === '' ? [] : (fileAt(tree, path) ?? []);
  });
  return [...new Set(found)];
}

/** The commands that installing the package runs; an addon that is built then is one. */
export function installCommands(tree: ModuleTree): InstallCommand[] {
  const file = 'package.json';
  const text = tree.read(file) ?? '';
  const scripts = member(parseJson(text), 'scripts');
  const found: InstallCommand[] = [];
  for (const name of AT_INSTALL) {
    const command = member(scripts, name);
    if (typeof command !== 'string' || command.trim() === '') continue;
    found.push({ what: `${name}: ${command}`, file, line: lineOf(text, name), runs: filesIn(tree, command) });
  }
  const isNamed =
    isObject(scripts) && (typeof scripts['install'] === 'string' || typeof scripts['preinstall'] === 'string');
  if (!isNamed && tree.exists('binding.gyp'))
    found.push({ what: 'install: node-gyp rebuild', file: 'binding.gyp', line: 1, runs: [] });
  return found;
}
