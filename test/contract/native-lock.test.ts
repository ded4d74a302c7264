/** The native part of the writer lock, as its package ships it: what its binaries for Linux need, and where there is none. */

import { execFile } from 'node:child_process';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { describe, expect, test } from 'vitest';
import { sandbox } from '../cli/sandbox.js';

const PREBUILDS = fileURLToPath(new URL('../../node_modules/fs-native-extensions/prebuilds/', import.meta.url));
const BIN = fileURLToPath(new URL('../../dist/cli/bin.js', import.meta.url));

/** What the binaries take from the C library; musl 1.2.3 exports each under this name. */
const IN_MUSL = [
  '__cxa_finalize',
  '__errno_location',
  'fallocate',
  'fcntl',
  'fgetxattr',
  'flistxattr',
  'free',
  'fremovexattr',
  'fsetxattr',
  'malloc',
  'memcpy',
  'memmove',
  'realloc',
  'strdup',
  'strlen',
  'syscall',
];

/** Of the ELF format (elf(5)), little-endian and of 64 bits, what the linker reads. */
const [SHT_DYNAMIC, SHT_DYNSYM, DT_NEEDED] = [6, 11, 1];

interface Section {
  readonly type: number;
  readonly bytes: Buffer;
  /** The section with its strings. */
  readonly link: number;
}

function sectionsOf(file: Buffer): Section[] {
  expect(file.subarray(0, 6)).toEqual(Buffer.from([0x7f, 0x45, 0x4c, 0x46, 2, 1]));
  const [table, size, count] = [Number(file.readBigUInt64LE(0x28)), file.readUInt16LE(0x3a), file.readUInt16LE(0x3c)];
  return Array.from({ length: count }, (_, i) => {
    const header = file.subarray(table + i * size, table + (i + 1) * size);
    const [at, length] = [Number(header.readBigUInt64LE(0x18)), Number(header.readBigUInt64LE(0x20))];
    const type = header.readUInt32LE(4);
    // A section of type 8 has no bytes in the file.
    return { type, bytes: file.subarray(at, type === 8 ? at : at + length), link: header.readUInt32LE(0x28) };
  });
}

function recordsOf(section: Section, size: number): Buffer[] {
  const count = section.bytes.length / size;
  return Array.from({ length: count }, (_, i) => section.bytes.subarray(i * size, (i + 1) * size));
}

/** The libraries that a binary needs, and the names that others have to define for it. */
function needsOf(file: Buffer): { libraries: string[]; symbols: string[] } {
  const sections = sectionsOf(file);
  const named = (section: Section, at: number): string => {
    const strings = sections[section.link]?.bytes ?? Buffer.alloc(0);
    return strings.toString('latin1', at, strings.indexOf(0, at));
  };
  const [dynamic, symbols] = [SHT_DYNAMIC, SHT_DYNSYM].map((type) => sections.find((s) => s.type === type));
  if (dynamic === undefined || symbols === undefined) throw new Error('it is not linked dynamically');
  const undefinedOnes = recordsOf(symbols, 24).filter((r) => r.readUInt16LE(6) === 0 && r.readUInt32LE(0) !== 0);
  return {
    libraries: recordsOf(dynamic, 16)
      .filter((r) => Number(r.readBigUInt64LE(0)) === DT_NEEDED)
      .map((r) => named(dynamic, Number(r.readBigUInt64LE(8)))),
    // What the compiler's start files mention, and use only where it is there.
    symbols: undefinedOnes.map((r) => named(symbols, r.readUInt32LE(0))).filter((n) => !/^(__gmon|_ITM)_/.test(n)),
  };
}

describe.each(['linux-x64', 'linux-arm64'])('the binary for %s', (system) => {
  const { libraries, symbols } = needsOf(readFileSync(`${PREBUILDS}${system}/fs-native-extensions.node`));

  test('needs nothing of the C library that musl lacks, and no other library', () => {
    // musl takes every name that begins with `libc.` for its own.
    expect(libraries).toEqual(['libc.so.6']);
    const fromNode = symbols.filter((name) => /^(napi|uv)_/.test(name));
    expect(symbols.filter((name) => !fromNode.includes(name)).sort()).toEqual(IN_MUSL);
    expect(fromNode.length).toBeGreaterThan(0);
  });
});

/** What `init` says where a script ran before it. */
async function initAfter(script: string): Promise<{ error: unknown; made: boolean }> {
  const box = sandbox();
  const argv = ['--require', box.write('before.cjs', script), BIN, 'init', '--json'];
  const stderr = await new Promise<string>((done) => {
    execFile(process.execPath, argv, { cwd: box.root, env: box.env }, (_, __, text) => done(text));
  });
  return { error: JSON.parse(stderr).error, made: existsSync(box.ledger) };
}

test('there is no binary for musl, and on Alpine the error leads to what can be done', async () => {
  // Once there is one: docs/limits.md and the README say something else, and this test goes.
  expect(readdirSync(PREBUILDS).filter((name) => name.includes('musl'))).toEqual([]);
  // The package takes the system for Alpine where it sees this file.
  const { error, made } = await initAfter(`const fs = require('node:fs');
const { existsSync } = fs;
fs.existsSync = (path) => path === '/etc/alpine-release' || existsSync(path);
`);
  expect(error).toMatchObject({
    code: 'IO',
    message: expect.stringMatching(/^the native part of fs-native-extensions is not there: .*-musl$/),
    hint: expect.stringContaining('docs/limits.md'),
  });
  expect(made).toBe(false);
});

test('a binary that does not load is told with its reason, and what a bundle has to leave out', async () => {
  const { error, made } = await initAfter(
    `process.dlopen = () => { throw Object.assign(new Error('invalid ELF header'), { code: 'ERR_DLOPEN_FAILED' }); };`,
  );
  expect(error).toMatchObject({
    code: 'IO',
    message: expect.stringMatching(/^the native part of fs-native-extensions does not load: .*invalid ELF header$/),
    hint: expect.stringContaining('bundle'),
  });
  expect(made).toBe(false);
});

test('where Node was told to load no addons, the error names that and not the installation', async () => {
  const { error, made } = await initAfter(
    `process.dlopen = () => { throw Object.assign(new Error('addons are off'), { code: 'ERR_DLOPEN_DISABLED' }); };`,
  );
  expect(error).toMatchObject({ code: 'IO', hint: expect.stringContaining('--no-addons') });
  expect(made).toBe(false);
});
