/** A command line as it is being typed, cut into words by the quoting rules that shells share. Nothing is expanded but `~`. */

export interface TypedWord {
  /** What stands between quotes and behind backslashes, taken out of them. */
  readonly text: string;
  /** As it was typed. */
  readonly raw: string;
  /** Where `raw` has an opening quote without a closing one: its index, else -1. */
  readonly openQuote: number;
}

interface Piece {
  readonly text: string;
  /** Index behind the piece. */
  readonly end: number;
  readonly open: boolean;
}

/** What follows an opening quote at `start`. In double quotes a backslash escapes what means something there. */
function quotedPiece(line: string, start: number): Piece {
  const quote = line[start];
  let text = '';
  let i = start + 1;
  for (; i < line.length && line[i] !== quote; i++) {
    const next = line[i + 1] ?? '';
    if (quote === '"' && line[i] === '\\' && '"\\$`'.includes(next)) i++;
    text += line[i] ?? '';
  }
  return { text, end: Math.min(i + 1, line.length), open: i >= line.length };
}

function pieceAt(line: string, start: number): Piece {
  const character = line[start] ?? '';
  if (character === '"' || character === "'") return quotedPiece(line, start);
  if (character === '\\') return { text: line[start + 1] ?? '', end: Math.min(start + 2, line.length), open: false };
  return { text: character, end: start + 1, open: false };
}

function wordAt(line: string, start: number, home: string | undefined): TypedWord {
  const expands = home !== undefined && /^~(?:\/|\s|$)/.test(line.slice(start));
  let text = '';
  let openQuote = -1;
  let i = start;
  while (i < line.length && !/\s/.test(line[i] ?? '')) {
    const piece = pieceAt(line, i);
    if (piece.open) openQuote = i - start;
    text += piece.text;
    i = piece.end;
  }
  return { text: expands ? `${home}${text.slice(1)}` : text, raw: line.slice(start, i), openQuote };
}

/** The words of a line up to the cursor. The last one is that under the cursor: empty behind a space. */
export function typedWords(line: string, home?: string): readonly TypedWord[] {
  const words: TypedWord[] = [];
  for (let i = 0; ; ) {
    while (/\s/.test(line[i] ?? '')) i++;
    const word = wordAt(line, i, home);
    words.push(word);
    i += word.raw.length;
    if (i >= line.length) return words;
  }
}

/** What no shell takes for anything but itself. */
const PLAIN = /^[A-Za-z0-9_./:=@,+-]$/;

/** Text as bash takes it for one word, or a part of one: each ASCII character that may mean something is escaped. */
function bashEscaped(text: string): string {
  return [...text].map((c) => (PLAIN.test(c) || c > '\u007f' ? c : `\\${c}`)).join('');
}

/**
 * What readline puts in place of the end of `word` so that `candidate` stands there; null where that cannot be said. Readline
 * replaces what is behind an open quote, or else behind the last of `breaks` (COMP_WORDBREAKS) that is not quoted, and quotes nothing.
 */
export function bashReplacement(word: TypedWord, candidate: string, breaks: string): string | null {
  if (word.openQuote >= 0) {
    const before = typedWords(word.raw.slice(0, word.openQuote))[0]?.text ?? '';
    const rest = candidate.slice(before.length);
    // Within quotes other characters are special than without, and '!' cannot be escaped: such words are not offered there.
    return [...rest].every((c) => PLAIN.test(c) || c === ' ' || c > '\u007f') ? rest : null;
  }
  let kept = 0;
  for (let i = 0; i < word.raw.length; ) {
    const { end } = pieceAt(word.raw, i);
    if (end === i + 1 && breaks.includes(word.raw[i] ?? '')) kept = end;
    i = end;
  }
  const before = typedWords(word.raw.slice(0, kept))[0]?.text ?? '';
  return bashEscaped(candidate.slice(before.length));
}
