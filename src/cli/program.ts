/** The verbs as a commander program: parsing, help, and "did you mean". */

import { Command, InvalidArgumentError, Option, type ParseOptionsResult } from 'commander';
import { invalidArgument, quoted } from './complaint.js';
import { packageVersion } from './content/package-version.js';
import { PLACES, placeholderOf } from './placeholder.js';
import { Given, type OptionSpec, type Output, type Verb } from './verb.js';

/** A verb with its own verbs, without the heading that only the outermost have. */
type AnyVerb = Omit<Verb, 'group'>;

/** What was chosen on the command line. */
export interface Choice {
  readonly verb: AnyVerb;
  readonly given: Given;
}

/** Of two values one would be forgotten without a word. */
function once(value: string, before: string | undefined): string {
  if (before !== undefined) throw new InvalidArgumentError('it is given twice');
  return value;
}

/** What every verb takes. */
export const GLOBAL_OPTIONS: readonly OptionSpec[] = [
  {
    flags: '--ledger <DIR>',
    description: 'the ledger (default: GIT_LINEAGE_DIR, or the one that the current directory is in)',
  },
  {
    flags: '--key <KEY>',
    description:
      "the key that signs: a private key file, or a public one for the ssh-agent (default: GIT_LINEAGE_KEY, or git's user.signingKey)",
  },
  { flags: '--passphrase-file <FILE>', description: 'a file with its passphrase (default: GIT_LINEAGE_PASSPHRASE)' },
  {
    flags: '--principal <NAME>',
    description: "the key's owner (default: GIT_LINEAGE_PRINCIPAL, or whom the ledger knows it by)",
  },
  { flags: '--json', description: 'print JSON, errors too', conflicts: ['format', 'header'] },
  {
    flags: '--format <FORMAT>',
    description: "print a line for each element of the JSON, such as '%(moduleId) %(active)'",
    conflicts: ['header'],
  },
  { flags: '--no-pager', description: 'write long answers to the terminal at once' },
  { flags: '--header', description: 'print the headings of tables in a pipe, too' },
];

/** What prints and does nothing else. */
export const HELP_OPTION: OptionSpec = { flags: '-h, --help', description: 'print help' };
export const VERSION_OPTION: OptionSpec = { flags: '--version', description: 'print the version' };
export const HELP_VERB = { name: 'help', summary: 'print help for a verb' } as const;

/**
 * Throws `INVALID_ARGUMENT` where an option stands for another one's value: in `--format --json` a value was forgotten. Who means it
 * writes `--format=--json`.
 */
function assertValues(options: readonly Option[], args: readonly string[], program: Command): void {
  const end = args.indexOf('--');
  for (let i = 0; i < (end < 0 ? args.length : end); i++) {
    const option = options.find(({ long, short }) => args[i] === long || args[i] === short);
    if (option?.required !== true) continue;
    const value = args[++i];
    if (value?.startsWith('-') !== true || !flagsOf(program).has(value.replace(/=.*$/s, ''))) continue;
    const name = option.long ?? option.name();
    const hint = `give ${name} its value; where this is meant to be it: ${name}=${value}`;
    throw invalidArgument(name, 'a value', `the option ${quoted(value)}`, hint);
  }
}

function programOf(command: Command): Command {
  return command.parent === null ? command : programOf(command.parent);
}

/** A command, made of others like it, that looks at the values of options before commander takes them. */
class CheckingCommand extends Command {
  override createCommand(name?: string): Command {
    return new CheckingCommand(name);
  }

  override parseOptions(args: string[]): ParseOptionsResult {
    assertValues(this.options, args, programOf(this));
    return super.parseOptions(args);
  }
}

/** Every option of a command and of its commands, `--help` among them. */
function flagsOf(command: Command): ReadonlySet<string> {
  const own = command.options.flatMap(({ long, short }) => [long, short]);
  const names = [...own, ...HELP_OPTION.flags.split(', ')].filter((name) => typeof name === 'string');
  return new Set([...names, ...command.commands.flatMap((inner) => [...flagsOf(inner)])]);
}

function optionOf({ flags, description, repeat, mandatory, conflicts }: OptionSpec): Option {
  const option = new Option(flags, description);
  if (mandatory === true) option.makeOptionMandatory();
  if (conflicts !== undefined) option.conflicts([...conflicts]);
  if (repeat === true) option.argParser((value: string, before: string[] | undefined) => [...(before ?? []), value]);
  else if (option.required && !option.variadic) option.argParser(once);
  return option;
}

/**
 * Throws `INVALID_ARGUMENT` where an empty text names a place. `"$DIR"` is one where the variable is not set, and would mean the current
 * folder.
 */
function assertPlace(name: string, placeholder: string, value: unknown): void {
  const isEmpty = value === '' || (Array.isArray(value) && value.includes(''));
  if (!isEmpty || !Object.hasOwn(PLACES, placeholder)) return;
  const hint = 'a shell gives it for a variable that is not set; the current folder is .';
  throw invalidArgument(name, 'a path or an address', 'an empty text', hint);
}

/** Arguments and options of a command by the names they were declared with. */
function givenTo(command: Command, global: readonly Option[]): Given {
  const values = new Map<string, unknown>();
  command.registeredArguments.forEach((argument, i) => {
    assertPlace(argument.name(), argument.name(), command.processedArgs[i]);
    values.set(argument.name(), command.processedArgs[i]);
  });
  const options = command.optsWithGlobals();
  for (const option of [...global, ...command.options]) {
    const value: unknown = options[option.attributeName()];
    assertPlace(option.long ?? option.name(), placeholderOf(option.flags), value);
    // commander turns --no-x into an x that is false; here it is what it is called.
    values.set(option.long?.slice(2) ?? option.name(), option.negate ? value === false : value);
  }
  return new Given(values);
}

function addVerb(parent: Command, verb: AnyVerb, root: Command, choose: (choice: Choice) => void): Command {
  const command = parent.command(verb.name).summary(verb.summary).description(`${verb.summary}.`);
  for (const { name, description } of verb.arguments ?? []) command.argument(name, description);
  for (const option of verb.options ?? []) command.addOption(optionOf(option));
  command.addHelpText('after', `\nExample:\n  $ ${verb.example}`);
  command.configureHelp({ showGlobalOptions: true });
  command.action(() => choose({ verb, given: givenTo(command, root.options) }));
  for (const inner of verb.verbs ?? []) addVerb(command, inner, root, choose);
  return command;
}

/** Where commander writes to, instead of the process's own streams. */
export interface Written {
  out(text: string): void;
  err(text: string): void;
  readonly stdout: Output;
}

/** The program; `choose` is told which verb was called with what. It throws `CommanderError` and never exits. */
export function makeProgram(verbs: readonly Verb[], written: Written, choose: (choice: Choice) => void): Command {
  const width = written.stdout.isTTY === true ? written.stdout.columns : undefined;
  const program = new CheckingCommand('git-lineage')
    .description('The version ledger of modules that are replaced while they run.')
    .usage('[options] <VERB> …')
    .version(packageVersion(), VERSION_OPTION.flags, VERSION_OPTION.description)
    .helpOption(HELP_OPTION.flags, HELP_OPTION.description)
    .helpCommand(`${HELP_VERB.name} [VERB]`, HELP_VERB.summary)
    .exitOverride()
    .configureOutput({
      writeOut: (text) => written.out(text),
      writeErr: (text) => written.err(text),
      getOutHelpWidth: () => width ?? 100,
      getErrHelpWidth: () => width ?? 100,
      getOutHasColors: () => false,
      getErrHasColors: () => false,
    })
    .showSuggestionAfterError()
    .addHelpText(
      'after',
      '\nExample:\n  $ git-lineage init modules.git\n  $ git-lineage record planner ./dist --ledger modules.git',
    );
  for (const option of GLOBAL_OPTIONS) program.addOption(optionOf(option));
  for (const verb of verbs) addVerb(program, verb, program, choose).helpGroup(verb.group);
  return program;
}
