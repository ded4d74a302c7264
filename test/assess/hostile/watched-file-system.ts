/** Every path that this process looks at. */

import fs from 'node:fs';
import { createRequire } from 'node:module';
import { dirname } from 'node:path';
import { vi } from 'vitest';

/** Where the engine may look: declarations that it brings along, and that a module can neither name nor change. */
const here = createRequire(import.meta.url);

const LIBRARIES = [
  `${dirname(here.resolve('typescript'))}/lib.`,
  `${dirname(here.resolve('@types/node/package.json'))}/`,
  `${dirname(createRequire(here.resolve('@types/node/package.json')).resolve('undici-types/package.json'))}/`,
];

/** Every function of `fs` that takes a path first and looks there. */
const LOOKS = [
  'accessSync',
  'access',
  'existsSync',
  'lstatSync',
  'lstat',
  'openSync',
  'open',
  'opendirSync',
  'opendir',
  'readFileSync',
  'readFile',
  'readdirSync',
  'readdir',
  'readlinkSync',
  'readlink',
  'realpathSync',
  'realpath',
  'statSync',
  'stat',
  'createReadStream',
  'watch',
  'watchFile',
] as const;

const LOOKS_LATER = [
  'access',
  'lstat',
  'open',
  'opendir',
  'readFile',
  'readdir',
  'readlink',
  'realpath',
  'stat',
] as const;

const WRITES = [
  'writeFileSync',
  'mkdirSync',
  'writeFile',
  'mkdir',
  'rmSync',
  'unlinkSync',
  'renameSync',
  'symlinkSync',
] as const;

export const seen: string[] = [];

/** Notes every path that this process looks at: TypeScript and Node's own libraries call these functions by these objects. */
export function watchFileSystem(): void {
  for (const [owner, names] of [
    [fs, [...LOOKS, ...WRITES]],
    [fs.promises, LOOKS_LATER],
  ] as const) {
    for (const name of names) {
      const target = owner as unknown as Record<string, (...args: unknown[]) => unknown>;
      const original = target[name];
      if (original === undefined) throw new Error(`node:fs has no ${name}`);
      vi.spyOn(target, name).mockImplementation(function (this: unknown, ...args) {
        seen.push(`${name} ${String(args[0])}`);
        return original.apply(this, args);
      });
    }
  }
}

export function isLibrary(look: string): boolean {
  const [name = '', path = ''] = look.split(' ');
  const allowed = LIBRARIES.some((library) => path.startsWith(library)) && path.endsWith('.d.ts');
  return allowed && !path.includes('..') && /^(?:readFile|open)Sync$/.test(name);
}
