/** `--format`: one line for each element of an answer, with the fields that a script asks for. */

import { invalidArgument, quoted } from '../complaint.js';
import { oneLine } from './render.js';

/** A piece of text, or the path of a field. */
type Piece = { readonly text: string } | { readonly path: readonly string[] };

type Fields = Readonly<Record<string, unknown>>;

const HINT =
  "as git's for-each-ref has it: %(field), %(field.inner), %% and %09 (a tab), e.g. --format '%(moduleId) %(active)'";

/** `%(name)`, `%%` or two hexadecimal digits, as in the formats of `git for-each-ref`. */
const PLACEHOLDER = /%(?:\(([^)]*)\)|(%)|([0-9a-fA-F]{2}))/y;

function parseFormat(format: string): Piece[] {
  const pieces: Piece[] = [];
  let at = 0;
  while (at < format.length) {
    const next = format.indexOf('%', at);
    const end = next < 0 ? format.length : next;
    if (end > at) pieces.push({ text: format.slice(at, end) });
    if (next < 0) break;
    PLACEHOLDER.lastIndex = next;
    const found = PLACEHOLDER.exec(format);
    if (found === null)
      throw invalidArgument('--format', 'a placeholder after %', quoted(format.slice(next, next + 12)), HINT);
    const [whole, path, percent, hex] = found;
    if (path !== undefined) pieces.push({ path: path.split('.') });
    else pieces.push({ text: percent ?? String.fromCharCode(Number.parseInt(hex ?? '', 16)) });
    at = next + whole.length;
  }
  return pieces;
}

function isFields(value: unknown): value is Fields {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** Nothing for null and for what one element has and another lacks; lists with commas, objects as JSON. */
function fieldText(value: unknown): string {
  if (value === null || value === undefined) return '';
  if (Array.isArray(value) && value.every((item) => typeof item !== 'object')) return value.join(',');
  return typeof value === 'object' ? JSON.stringify(value) : String(value);
}

function fieldAt(element: Fields, path: readonly string[]): unknown {
  let value: unknown = element;
  for (const name of path) {
    if (!isFields(value) || !Object.hasOwn(value, name)) return undefined;
    value = value[name];
  }
  return value;
}

/** A field that no element has is a mistake of who wrote the format. */
function assertKnown(elements: readonly Fields[], pieces: readonly Piece[]): void {
  if (elements.length === 0) return;
  for (const piece of pieces) {
    if (!('path' in piece) || elements.some((element) => Object.hasOwn(element, piece.path[0] ?? ''))) continue;
    const names = [...new Set(elements.flatMap(Object.keys))].join(', ');
    throw invalidArgument('--format', `one of the fields ${names}`, quoted(piece.path.join('.')), HINT);
  }
}

/**
 * The lines of an answer: one for each element of a list, one for anything else. Whatever a terminal would obey is spelled out, and
 * a field stays on its line, unless the format itself says otherwise.
 *
 * @param json what `--json` would print
 * @throws `INVALID_ARGUMENT` for a format that is none, or a field that there is not
 */
export function formatted(json: unknown, format: string): string {
  const pieces = parseFormat(format);
  const elements = (Array.isArray(json) ? json : [json]).map((value): Fields => (isFields(value) ? value : { value }));
  assertKnown(elements, pieces);
  return elements
    .map((element) => {
      const parts = pieces.map((piece) =>
        'text' in piece ? piece.text : oneLine(fieldText(fieldAt(element, piece.path))),
      );
      return `${parts.join('')}\n`;
    })
    .join('');
}
