/** Which file of a version has an error in its syntax or its imports: of an ES module Node does not always say. */

import { relative } from 'node:path';
import { fileURLToPath } from 'node:url';
import { linksWell } from './preload.js';
import type { PreparedContent } from './prepare-content.js';

/** The first line of a stack in which V8 says where: a path or a file URL, and a line. */
const PLACE = /^(?<file>(?:file:\/\/)?\/.*):(?<line>[0-9]+)\n/;

function placeInStack({ stack = '' }: SyntaxError, folder: string): string | null {
  const { file, line } = PLACE.exec(stack)?.groups ?? {};
  if (file === undefined) return null;
  const path = relative(folder, file.startsWith('file:') ? fileURLToPath(file) : file);
  return path.startsWith('..') ? null : `${path}:${line}`;
}

/** The first file that Node does not link, each after those that it imports. Nothing is evaluated. */
async function firstUnlinked({ code, folder }: PreparedContent): Promise<string | null> {
  for (const file of code) if (!(await linksWell([file]))) return relative(folder, file.path);
  return null;
}

/** The error with the file named, where it is one of syntax or imports in a file of the version; else the error itself. */
export async function withFileNamed(error: unknown, content: PreparedContent): Promise<unknown> {
  if (!(error instanceof SyntaxError)) return error;
  const place = placeInStack(error, content.folder) ?? (await firstUnlinked(content));
  return place === null ? error : new SyntaxError(`${place}: ${error.message}`, { cause: error });
}
