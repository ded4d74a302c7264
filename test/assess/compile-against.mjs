/** Lays packages out as npm installs them, and asks the compiler what it says of files that import them. */

import { existsSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import ts from 'typescript';
import { splitSpec, tarball } from './fetch-packages.mjs';
import { unpack } from './unpack.mjs';

/** As strict as callers can be, with the resolution that Node has. */
const OPTIONS = {
  target: ts.ScriptTarget.ES2023,
  module: ts.ModuleKind.NodeNext,
  moduleResolution: ts.ModuleResolutionKind.NodeNext,
  strict: true,
  esModuleInterop: true,
  noEmit: true,
};

/** Libraries are parsed once. @type {Map<string, ts.SourceFile | undefined>} */
const libraries = new Map();

/** Globals of Node.js are there where its types are installed. @param {string} folder @returns {ts.CompilerOptions} */
function optionsOf(folder) {
  const typeRoots = [join(folder, 'node_modules/@types')];
  return { ...OPTIONS, typeRoots, types: existsSync(join(folder, 'node_modules/@types/node')) ? ['node'] : [] };
}

/** @returns {ts.CompilerHost} */
function createHost() {
  const host = ts.createCompilerHost(OPTIONS, true);
  const read = host.getSourceFile.bind(host);
  const from = dirname(ts.getDefaultLibFilePath(OPTIONS));
  host.getSourceFile = (name, ...others) => {
    if (dirname(name) !== from) return read(name, ...others);
    if (!libraries.has(name)) libraries.set(name, read(name, ...others));
    return libraries.get(name);
  };
  return host;
}

/** Installs a version in the place of the one that is there. @param {string} folder @param {string} spec @param {string} cache */
export function install(folder, spec, cache) {
  const [name, version] = splitSpec(spec);
  const into = join(folder, 'node_modules', name);
  rmSync(into, { recursive: true, force: true });
  for (const [path, { data }] of unpack(tarball(cache, name, version))) {
    // Nothing else is read by the compiler.
    if (!/\.(json|[cm]?[jt]sx?)$/.test(path)) continue;
    mkdirSync(dirname(join(into, path)), { recursive: true });
    writeFileSync(join(into, path), data);
  }
}

/**
 * A folder with packages installed beside each other, which is removed after use.
 *
 * @template T
 * @param {string} cache where the tarballs lie
 * @param {readonly string[]} specs
 * @param {(folder: string) => T | Promise<T>} use
 */
export async function withInstalled(cache, specs, use) {
  const folder = mkdtempSync(join(tmpdir(), 'compile-against-'));
  try {
    writeFileSync(join(folder, 'package.json'), '{ "type": "module" }');
    for (const spec of specs) install(folder, spec, cache);
    return await use(folder);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

/**
 * What the compiler has against files, and against nothing that they import.
 *
 * @param {readonly string[]} files @param {string} folder
 * @returns {string[]} one line each
 */
export function errorsOf(files, folder) {
  const program = ts.createProgram([...files], optionsOf(folder), createHost());
  const found = files.flatMap((file) => {
    const source = program.getSourceFile(file);
    if (source === undefined) throw new Error(`the compiler did not read ${file}`);
    return [...program.getSyntacticDiagnostics(source), ...program.getSemanticDiagnostics(source)];
  });
  return found.map(({ code, messageText }) =>
    `TS${code} ${ts.flattenDiagnosticMessageText(messageText, ' ')}`.replaceAll(folder, '').replace(/\s+/g, ' '),
  );
}
