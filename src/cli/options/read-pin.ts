/** A pin file: what an audit wrote, or a copy keeps. */

import { readFile } from 'node:fs/promises';
import { ioComplaint } from '../complaint.js';
import { isMissing } from '../content/named-file.js';
import type { Pin } from '../library.js';
import type { Context } from '../verb.js';

/** The pin in a file, or undefined where there is no such file. */
export async function readPin({ library }: Context, file: string): Promise<Pin | undefined> {
  const text = await readFile(file, 'utf8').catch((error: unknown) => {
    if (isMissing(error)) return null;
    throw ioComplaint('read', file, error);
  });
  return text === null ? undefined : library.parsePin(text);
}
