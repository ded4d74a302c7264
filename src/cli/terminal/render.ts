/** Answers for people: tables and colour on a terminal, tab-separated lines everywhere else. */

import { styleText } from 'node:util';
import type { Io, Output } from '../verb.js';

/** What a piece of text means; on a terminal it becomes a colour. */
export type Tone = 'plain' | 'good' | 'bad' | 'warn' | 'faint' | 'strong';

/** One field of a table; `short` is what a terminal shows of it. */
export interface Cell {
  readonly text: string;
  readonly short?: string;
  readonly tone?: Tone;
}

export interface Line {
  readonly line: string;
  readonly tone?: Tone;
}

export interface Table {
  /** The heading, shown on a terminal, and where it is asked for. */
  readonly columns: readonly string[];
  readonly rows: readonly (readonly (string | Cell)[])[];
  /** What is said where there are no rows. */
  readonly empty?: string | undefined;
}

/** A line of text, or a table. */
export type Block = Line | Table;

const STYLES = { good: 'green', bad: 'red', warn: 'yellow', faint: 'gray', strong: 'bold' } as const;

/**
 * Matches what may not reach a terminal: C0 and C1 controls but LF and tab, zero-width and bidirectional formatting,
 * line separators, lone surrogates, and the tags and selectors of Unicode's plane 14, which a model reads and nobody sees.
 */
const UNPRINTABLE =
  /[\u0000-\u0008\u000b-\u001f\u007f-\u009f\u061c\u200b-\u200f\u2028-\u202e\u2060-\u2069\ufeff]|\udb40[\udc00-\uddff]|[\ud800-\udbff](?![\udc00-\udfff])|(?<![\ud800-\udbff])[\udc00-\udfff]/g;

function escaped(character: string): string {
  return [...Array(character.length).keys()]
    .map((at) => `\\u${character.charCodeAt(at).toString(16).padStart(4, '0')}`)
    .join('');
}

/** The text with everything that a terminal would obey, or hide, spelled out; lines and tabs stay. */
export function printable(text: string): string {
  return text.replace(UNPRINTABLE, escaped);
}

/** The same on one line and without tabs. */
export function oneLine(text: string): string {
  return printable(text).replace(/[\t\n]+/g, ' ');
}

/** One line of JSON in which nothing unprintable stands unescaped. */
export function jsonLine(value: unknown): string {
  return `${JSON.stringify(value).replace(UNPRINTABLE, escaped)}\n`;
}

/** How the answers on one stream look. */
export interface Style {
  readonly terminal: boolean;
  /** Whether tables have headings where they are no terminal's. */
  readonly header?: boolean;
  paint(text: string, tone: Tone | undefined): string;
}

/** Colour needs a terminal, no `NO_COLOR` (https://no-color.org) and a terminal that is not dumb. */
export function styleFor(stream: Output, env: Io['env']): Style {
  const terminal = stream.isTTY === true;
  const colour = terminal && (env['NO_COLOR'] ?? '') === '' && env['TERM'] !== 'dumb';
  // Whether the stream is a terminal was decided above: newer releases of Node would ask process.stdout again.
  const paint = styleText as (format: string, text: string, options: { validateStream: boolean }) => string;
  return {
    terminal,
    paint: (text, tone = 'plain') =>
      colour && tone !== 'plain' && text !== '' ? paint(STYLES[tone], text, { validateStream: false }) : text,
  };
}

function width(text: string): number {
  return [...text].length;
}

function tableLines({ columns, rows }: Table, style: Style): string[] {
  const cells = rows.map((row) => row.map((cell): Cell => (typeof cell === 'string' ? { text: cell } : cell)));
  if (!style.terminal) {
    const texts = cells.map((row) => row.map(({ text }) => text));
    return (style.header === true ? [columns, ...texts] : texts).map((row) => row.map(oneLine).join('\t'));
  }
  const head = columns.map((text): Cell => ({ text, tone: 'faint' }));
  const grid = [head, ...cells].map((row) =>
    row.map((cell) => ({ text: oneLine(cell.short ?? cell.text), tone: cell.tone })),
  );
  const widths = columns.map((_, i) => Math.max(...grid.map((row) => width(row[i]?.text ?? ''))));
  return grid.map((row) =>
    row
      .map(({ text, tone }, i) => {
        const last = i === row.length - 1;
        return style.paint(text, tone) + (last ? '' : ' '.repeat((widths[i] ?? 0) - width(text)));
      })
      .join('  ')
      .trimEnd(),
  );
}

function blockLines(block: Block, style: Style): string[] {
  if ('line' in block) return [style.paint(printable(block.line), block.tone)];
  if (block.rows.length > 0) return tableLines(block, style);
  if (style.terminal) return block.empty === undefined ? [] : [style.paint(printable(block.empty), 'faint')];
  return style.header === true ? tableLines(block, style) : [];
}

/** What tables without rows say of that. */
export function emptyTexts(blocks: readonly Block[]): string[] {
  return blocks.flatMap((block) => ('line' in block || block.rows.length > 0 ? [] : (block.empty ?? [])));
}

/** The text of blocks, each line ended. That a table has no rows is said on a terminal alone: scripts count lines. */
export function renderBlocks(blocks: readonly Block[], style: Style): string {
  return blocks
    .flatMap((block) => blockLines(block, style))
    .map((line) => `${line}\n`)
    .join('');
}
