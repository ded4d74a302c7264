/** The protocol's own programs, as the registry has them, and the Node that they take; installed once into a folder. */

import { execFile } from 'node:child_process';
import { existsSync, mkdirSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { npm } from './releases.mjs';

/** Newer than what the rest runs on: these programs call what Node 20 does not have. */
const NODE = `node-${process.platform === 'win32' ? 'win' : process.platform}-${process.arch}`;
const SPECS = ['@modelcontextprotocol/conformance@0.1.16', '@modelcontextprotocol/inspector@2.12.0', `${NODE}@22.23.3`];
const FOLDER = join(tmpdir(), 'mcp-programs');

export const CONFORMANCE = join(FOLDER, 'node_modules/@modelcontextprotocol/conformance/dist/index.js');
export const INSPECTOR = join(FOLDER, 'node_modules/@modelcontextprotocol/inspector/clients/launcher/build/index.js');

export function installPrograms() {
  if (SPECS.every((spec) => existsSync(join(FOLDER, 'node_modules', spec.slice(0, spec.lastIndexOf('@')))))) return;
  mkdirSync(FOLDER, { recursive: true });
  writeFileSync(join(FOLDER, 'package.json'), '{ "private": true }\n');
  npm(FOLDER, 'install', ...SPECS);
}

/**
 * Runs a program to its end, whatever its exit code.
 *
 * @param {readonly string[]} args @param {NodeJS.ProcessEnv} env
 * @returns {Promise<{ code: number | string | null | undefined, stdout: string, stderr: string }>}
 */
export function runProgram(args, env) {
  const node = join(FOLDER, 'node_modules', NODE, 'bin', process.platform === 'win32' ? 'node.exe' : 'node');
  return new Promise((resolve) => {
    execFile(node, args, { env, maxBuffer: 1 << 26 }, (error, stdout, stderr) =>
      resolve({ code: error === null ? 0 : error.code, stdout, stderr }),
    );
  });
}
