/** The answer to a shell that completes a line: the scripts of `completion` ask for it at each TAB. */

import { basename, resolve } from 'node:path';
import { PLACES } from '../placeholder.js';
import { oneLine } from '../terminal/render.js';
import type { Io, Verb } from '../verb.js';
import { type LineState, longName, readLine } from './complete-line.js';
import { type Candidate, LEDGER_PLACEHOLDERS, ledgerCandidates } from './complete-value.js';
import { bashReplacement, type TypedWord, typedWords } from './shell-words.js';

/** The placeholders for which something is offered. */
export const COMPLETED: readonly string[] = [...LEDGER_PLACEHOLDERS, ...Object.keys(PLACES)];

/** git's options before a command that take a value in a word of their own (git(1)). */
const GIT_VALUE_OPTIONS = new Set([
  '-C',
  '-c',
  '--git-dir',
  '--work-tree',
  '--namespace',
  '--exec-path',
  '--config-env',
]);

interface Called {
  /** The words behind the name of the program, or behind `git lineage`. */
  readonly words: readonly string[];
  readonly cwd: string;
}

/** Takes the program's name off the line; of `git -C DIR lineage` also where it would run. */
function called(words: readonly string[], io: Io): Called {
  let cwd = io.cwd;
  if (basename(words[0] ?? '') !== 'git') return { words: words.slice(1), cwd };
  let i = 1;
  for (; words[i]?.startsWith('-'); i++) {
    const takesValue = GIT_VALUE_OPTIONS.has(words[i] ?? '');
    if (words[i] === '-C') cwd = resolve(cwd, words[i + 1] ?? '');
    if (takesValue) i++;
  }
  return { words: words.slice(i + 1), cwd };
}

/** Verbs, options and values that are declared. */
function declared({ verbs, options, value, before }: LineState, prefix: string): Candidate[] {
  const shown = prefix.startsWith('-') ? options : [];
  return [
    ...verbs.map(({ name, summary }) => ({ text: name, description: summary })),
    ...shown.map((option) => ({ text: longName(option), description: option.description })),
    ...(value?.values ?? []).map((text) => ({ text: `${before}${text}`, description: '', open: text.endsWith('=') })),
  ];
}

async function candidates(line: LineState, prefix: string, io: Io): Promise<readonly Candidate[]> {
  const { before } = line;
  const found = await ledgerCandidates(line, prefix.slice(before.length), io).catch(() => []);
  const all = [...declared(line, prefix), ...found.map((c) => ({ ...c, text: `${before}${c.text}` }))];
  // What a terminal would obey, or a line could not hold, is not offered.
  return all.filter(({ text }) => text.startsWith(prefix) && oneLine(text) === text);
}

/** One line for each, as the shell's script reads them. */
function lines(shell: string, found: readonly Candidate[], word: TypedWord, breaks: string): string[] {
  if (shell !== 'bash') return found.map(({ text, description }) => `${text}\t${oneLine(description)}`);
  return found.flatMap(({ text }) => bashReplacement(word, text, breaks) ?? []);
}

/**
 * `SHELL LINE [BREAKS]`: what the last word of LINE, which ends at the cursor, may become. The first line of the answer says what else the
 * shell is to offer (`words`: nothing, `files` or `folders`), and `nospace` where a word goes on; then a candidate a line: for bash the
 * text to insert, quoted, for others the word and, behind a tab, what it is. BREAKS are the characters at which bash breaks words.
 */
export async function completeLine(argv: readonly string[], io: Io, verbs: readonly Verb[]): Promise<string> {
  const [shell = '', text = '', breaks = ''] = argv;
  const typed = typedWords(text, io.env['HOME']);
  const word = typed.at(-1);
  const { words, cwd } = called(
    typed.map((w) => w.text),
    io,
  );
  if (word === undefined || words.length === 0) return '';
  const prefix = words.at(-1) ?? '';
  const line = readLine(words, verbs);
  const found = await candidates(line, prefix, { ...io, cwd });
  const paths = PLACES[line.value?.placeholder ?? ''] ?? 'words';
  const open = found.length > 0 && found.every((candidate) => candidate.open === true);
  return [`${paths}${open ? ' nospace' : ''}`, ...lines(shell, found, word, breaks), ''].join('\n');
}
