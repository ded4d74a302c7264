/** The command line: arguments and the world in, an exit code out. */

import { CommanderError } from 'commander';
import { invalidArgument } from './complaint.js';
import { COMPLETE } from './completion/complete-word.js';
import { reportError } from './error-report.js';
import { EXIT, type ExitCode } from './exit-codes.js';
import { type Choice, HELP_VERB, makeProgram } from './program.js';
import { questionOf } from './questions.js';
import { formatted } from './terminal/answer-format.js';
import { emptyTexts, jsonLine, printable, renderBlocks, styleFor } from './terminal/render.js';
import { usageError } from './usage-error.js';
import type { Answer, Given, Io, Verb } from './verb.js';

/** Asked before anything is parsed, because what cannot be parsed is reported in JSON as well. */
function wantsJson(argv: readonly string[]): boolean {
  const end = argv.indexOf('--');
  return argv.slice(0, end < 0 ? argv.length : end).includes('--json');
}

/** What commander made of a command line. */
interface Parsed {
  readonly choice: Choice | null;
  readonly out: string;
  readonly err: string;
  readonly error: CommanderError | null;
}

function parsedBy(verbs: readonly Verb[], argv: readonly string[], io: Io): Parsed {
  let choice: Choice | null = null;
  let out = '';
  let err = '';
  const written = {
    out: (text: string) => {
      out += text;
    },
    err: (text: string) => {
      err += text;
    },
    stdout: io.stdout,
  };
  const program = makeProgram(verbs, written, (made) => {
    choice = made;
  });
  try {
    program.parse([...argv], { from: 'user' });
  } catch (error) {
    if (!(error instanceof CommanderError)) throw error;
    return { choice, out, err, error };
  }
  return { choice, out, err, error: null };
}

/** What stands for the verb in `help nope` and `nope --help`, to which commander answers with all of the help; null for a verb. */
function unknownVerb(verbs: readonly Verb[], [first = '', second = '']: readonly string[]): string | null {
  const word = first === HELP_VERB.name ? second : first;
  return word.startsWith('-') || word === '' || verbs.some(({ name }) => name === word) ? null : word;
}

/** Which of the verbs was called; or the help that was asked for, or is printed because none was called. */
function parse(
  verbs: readonly Verb[],
  argv: readonly string[],
  io: Io,
): { choice: Choice } | { help: string; exitCode: ExitCode } {
  const { choice, out, err, error } = parsedBy(verbs, argv, io);
  if (error !== null) {
    const isHelp = error.exitCode === 0 || error.code === 'commander.help';
    const unknown = unknownVerb(verbs, argv);
    if (isHelp && argv.length > 1 && unknown !== null) return parse(verbs, [unknown], io);
    if (error.exitCode === 0) return { help: out, exitCode: EXIT.done };
    if (error.code === 'commander.help') return { help: err, exitCode: EXIT.usage };
    throw usageError(error, verbs.find(({ name }) => argv.includes(name))?.name);
  }
  if (choice === null) throw new TypeError('commander called no verb');
  return { choice };
}

/** The question that was asked; null where it is none, or something is wrong with the command line, which `parse` tells with all the verbs. */
function parseQuestion(argv: readonly string[], io: Io): { choice: Choice } | null {
  const question = questionOf(argv);
  if (question === null) return null;
  const { choice } = parsedBy([question], argv, io);
  return choice === null ? null : { choice };
}

async function allVerbs(): Promise<readonly Verb[]> {
  return (await import('./verbs.js')).VERBS;
}

/** The text of an answer, as it was asked for. */
function textOf(answer: Answer, given: Given, io: Io): string {
  if (answer.json === undefined) return '';
  if (given.flag('json')) return jsonLine(answer.json);
  const format = given.text('format');
  if (format !== undefined) return formatted(answer.json, format);
  return renderBlocks(answer.blocks, { ...styleFor(io.stdout, io.env), header: given.flag('header') });
}

async function print(answer: Answer, { verb, given }: Choice, io: Io): Promise<void> {
  const text = textOf(answer, given, io);
  const paged = verb.paged === true && io.stdout.isTTY === true && !given.flag('no-pager');
  if (!paged || text === '' || (await io.page?.(text, io)) !== true) io.stdout.write(text);
  if (given.flag('json')) return;
  // Where a terminal shows it in place of the table, a script's standard output has nothing: it counts lines.
  if (text === '') for (const note of emptyTexts(answer.blocks)) io.stderr.write(`note: ${printable(note)}\n`);
  for (const warning of answer.warnings ?? []) {
    const style = styleFor(io.stderr, io.env);
    io.stderr.write(`${style.paint('warning:', 'warn')} ${printable(warning)}\n`);
  }
}

/** Runs one command line. Writes to the given streams, and never exits or throws. */
export async function main(argv: readonly string[], io: Io): Promise<ExitCode> {
  if (argv[0] === COMPLETE) {
    // A shell that asks for candidates has no use for a reason why there are none.
    const { completeLine } = await import('./completion/complete.js');
    io.stdout.write(await completeLine(argv.slice(1), io, await allVerbs()).catch(() => ''));
    return EXIT.done;
  }
  const json = wantsJson(argv);
  try {
    const parsed = parseQuestion(argv, io) ?? parse(await allVerbs(), argv, io);
    if ('help' in parsed) {
      if (parsed.exitCode === EXIT.done) io.stdout.write(parsed.help);
      else if (json) throw invalidArgument('VERB', 'a verb', 'none', 'git-lineage --help lists the verbs');
      else io.stderr.write(parsed.help);
      return parsed.exitCode;
    }
    const { verb, given } = parsed.choice;
    const alone = verb.runAlone?.({ io, given }) ?? null;
    const answer = await (alone ?? verb.run({ io, given, library: await import('./library.js') }));
    await print(answer, parsed.choice, io);
    return answer.exitCode ?? EXIT.done;
  } catch (error) {
    const report = await reportError(error, json, styleFor(io.stderr, io.env), io.env);
    io.stderr.write(report.text);
    return report.exitCode;
  }
}
