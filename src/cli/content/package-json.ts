/** A project's package.json: found upward, read with its layout, written back whole. */

import { randomBytes } from 'node:crypto';
import { open, readFile, realpath, rename, rm, stat } from 'node:fs/promises';
import { dirname, join, resolve } from 'node:path';
import { Complaint, errnoOf, invalid, ioComplaint, quoted } from '../complaint.js';

export interface PackageJson {
  readonly path: string;
  readonly folder: string;
  readonly text: string;
  readonly content: Readonly<Record<string, unknown>>;
}

export function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

const SHOWN = 80;

/** A value of a package.json as it may stand in a message. */
export function shown(value: unknown): string {
  const text = value === undefined ? 'nothing' : JSON.stringify(value);
  return text.length > SHOWN ? `${text.slice(0, SHOWN)}…` : text;
}

/** The package.json of a folder; null where there is none. Throws `INVALID_CONFIG` where it is no JSON object. */
export async function readPackageJson(folder: string): Promise<PackageJson | null> {
  const path = join(folder, 'package.json');
  const text = await readFile(path, 'utf8').catch((error: unknown) => {
    if (['ENOENT', 'ENOTDIR', 'EISDIR'].includes(errnoOf(error) ?? '')) return null;
    throw ioComplaint('read', path, error);
  });
  if (text === null) return null;
  let content: unknown = null;
  try {
    content = JSON.parse(text);
  } catch {
    // Said below: to whoever asked for it, a file that cannot be read is like one that is no object.
  }
  if (isObject(content)) return { path, folder, text, content };
  const issue = { path, expected: 'a JSON object', actual: quoted(text.slice(0, 40)) };
  throw invalid('INVALID_CONFIG', [issue], 'mend the file; npm cannot read it either');
}

/** The nearest package.json from `cwd` upward that is `wanted`. */
export async function nearestPackage(
  cwd: string,
  wanted: (content: PackageJson['content']) => boolean = () => true,
): Promise<PackageJson | null> {
  for (let folder = resolve(cwd); ; folder = dirname(folder)) {
    const found = await readPackageJson(folder);
    if (found !== null && wanted(found.content)) return found;
    if (folder === dirname(folder)) return null;
  }
}

export function noPackage(cwd: string, what: string, hint: string): Complaint<'NOT_FOUND'> {
  const message = `neither ${quoted(cwd)} nor a folder above it has ${what}`;
  return new Complaint('NOT_FOUND', message, { kind: 'FILE', what }, hint);
}

/** The content in the layout that the file has: its indentation, its line ends, and whether the last line is ended. */
function laidOut(content: PackageJson['content'], like: string): string {
  const indent = /\n([ \t]+)\S/.exec(like)?.[1] ?? '';
  const end = /\r?\n$/.exec(like)?.[0] ?? '';
  const text = JSON.stringify(content, null, indent);
  return (like.includes('\r\n') ? text.replaceAll('\n', '\r\n') : text) + end;
}

/** Replaces the file, whole or not at all, keeping its mode and its layout. */
export async function writePackageJson(file: PackageJson, content: PackageJson['content']): Promise<void> {
  const target = await realpath(file.path).catch(() => file.path);
  const draft = `${target}.${randomBytes(6).toString('hex')}.tmp`;
  try {
    const { mode } = await stat(target);
    const handle = await open(draft, 'wx', mode & 0o777);
    try {
      await handle.chmod(mode & 0o777);
      await handle.writeFile(laidOut(content, file.text));
      await handle.sync();
    } finally {
      await handle.close();
    }
    await rename(draft, target);
  } catch (error) {
    await rm(draft, { force: true });
    throw ioComplaint('write', file.path, error);
  }
}
