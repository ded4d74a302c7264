/**
 * Loading and compiling the code of a version in small pieces before it is imported: the import evaluates it, and compiles nothing.
 *
 * Node loads and links a whole graph of modules for one `import()`, most of it in one turn of the event loop. A part of a graph can be
 * loaded and linked without being evaluated: by a module that first imports one that throws, then the part. Requested
 * modules are evaluated in order, up to the first that throws (ECMA-262, InnerModuleEvaluation), and Node keeps what it has loaded
 * under its URL. So the order of evaluation, its one turn, top-level await and errors are those of a plain import.
 */

import { setImmediate as nextImmediate } from 'node:timers/promises';
import { pathToFileURL } from 'node:url';

/** Code that is loaded in one turn, in bytes: V8 compiles 64 KB in one to two milliseconds. */
const PIECE_BYTES = 64 << 10;

/**
 * A whole turn of the event loop, timers and sockets included: what an import ends in runs before the immediate callbacks of the same turn,
 * so one of them comes too early.
 */
async function wholeTurn(): Promise<void> {
  await nextImmediate();
  await nextImmediate();
}

/** A file to load. */
export interface Code {
  readonly path: string;
  readonly bytes: number;
}

/** What is thrown before anything is evaluated. */
const NOTHING = null;
const THROWS = 'data:text/javascript,throw null';

/** Files in pieces of so many bytes, in their order; a larger file is a piece of its own. */
function piecesOf(code: readonly Code[]): readonly (readonly Code[])[] {
  const pieces: Code[][] = [];
  let bytes = Number.POSITIVE_INFINITY;
  for (const file of code) {
    if (bytes + file.bytes > PIECE_BYTES) {
      pieces.push([]);
      bytes = 0;
    }
    pieces.at(-1)?.push(file);
    bytes += file.bytes;
  }
  return pieces;
}

/** Loads and links code, and evaluates none of it; false where Node says that it cannot be linked. */
export async function linksWell(piece: readonly Code[]): Promise<boolean> {
  const urls = [THROWS, ...piece.map(({ path }) => pathToFileURL(path).href)];
  const source = urls.map((url) => `import ${JSON.stringify(url)};`).join('');
  try {
    await import(`data:text/javascript,${encodeURIComponent(source)}`);
    return true;
  } catch (error) {
    return error === NOTHING;
  }
}

/**
 * Loads code without evaluating any of it, in the order given, with a turn of the event loop after each piece. What is too small to hold the loop is left to the
 * import, and so is what cannot be loaded: the import says why.
 * @throws the signal's reason
 */
export async function preload(code: readonly Code[], signal: AbortSignal): Promise<void> {
  const pieces = piecesOf(code);
  if (pieces.length < 2) return;
  for (const piece of pieces) {
    if (!(await linksWell(piece))) return;
    await wholeTurn();
    signal.throwIfAborted();
  }
}
