/** Files that somebody names on the command line: one rule for what is not there, and for what cannot be read. */

import { readFile, stat } from 'node:fs/promises';
import { resolve } from 'node:path';
import { Complaint, errnoOf, ioComplaint, quoted } from '../complaint.js';
import type { Io } from '../verb.js';

const HINT = 'check the path; it is relative to the current directory';

/** Nothing is at the path: neither it nor, perhaps, the folder that it is in. */
export function isMissing(error: unknown): boolean {
  return errnoOf(error) === 'ENOENT' || errnoOf(error) === 'ENOTDIR';
}

/** True also where it cannot be told, because a folder on the way may not be read. */
export function exists(path: string): Promise<boolean> {
  return stat(path).then(
    () => true,
    (error: unknown) => !isMissing(error),
  );
}

/**
 * `NOT_FOUND` where nothing is there, `IO` where something is that cannot be read. `said` is what the message calls it, with
 * who named it.
 */
export function unreadable(path: string, error: unknown, hint = HINT, said = `file ${quoted(path)}`): Complaint {
  if (!isMissing(error)) return ioComplaint('read', path, error);
  return new Complaint('NOT_FOUND', `there is no ${said}`, { kind: 'FILE', what: path }, hint, error);
}

/** The bytes of a file that was named; what is wrong with them is for the caller to say. @throws `NOT_FOUND`, `IO` */
export async function readNamed({ cwd }: Pick<Io, 'cwd'>, path: string, hint?: string, said?: string): Promise<Buffer> {
  return readFile(resolve(cwd, path)).catch((error: unknown) => {
    throw unreadable(path, error, hint, said);
  });
}
