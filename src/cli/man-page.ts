/** The manual page git-lineage(1), made of the verbs as they are declared; `git lineage --help` opens it. */

import { EXIT } from './exit-codes.js';
import { GLOBAL_OPTIONS, HELP_OPTION, VERSION_OPTION } from './program.js';
import type { ArgumentSpec, OptionSpec, Verb } from './verb.js';

type AnyVerb = Omit<Verb, 'group'>;

const ENVIRONMENT: readonly (readonly [name: string, meaning: string])[] = [
  ['GIT_LINEAGE_DIR', 'the ledger, where --ledger is not given; relative to the current directory'],
  ['GIT_LINEAGE_KEY', 'the key that signs, where --key is not given'],
  ['GIT_LINEAGE_PASSPHRASE', 'the passphrase of an encrypted key'],
  ['GIT_LINEAGE_PRINCIPAL', "the key's owner, where --principal is not given"],
  ['GIT_LINEAGE_WEBHOOK_URL', 'where webhook sends events to'],
  ['GIT_LINEAGE_WEBHOOK_SECRET', 'what webhook signs with'],
  ['GIT_LINEAGE_MCP_AUTHORIZATION', 'the header Authorization that mcp guard sends to a server behind --url'],
  ['GIT_PAGER', 'the pager; else that of core.pager of the user, else PAGER, else less'],
  ['GIT_LINEAGE_DEBUG', 'not empty: an error comes with its stack'],
  ['NO_COLOR', 'not empty: no colour'],
  ['XDG_CONFIG_HOME', 'where init puts a key: git-lineage/id_ed25519 in it, or in ~/.config'],
  ['SSH_AUTH_SOCK', 'where the ssh-agent listens'],
];

const EXITS: Readonly<Record<keyof typeof EXIT, string>> = {
  done: 'done, or answered yes',
  no: 'answered no: the gate refuses, there is no rollback target, doctor left a finding, an audit did not pass',
  usage: 'wrong usage',
  conflict: 'something else was faster, or is not there now: look again, then try again',
  refused: 'the ledger understood, and says no',
  storage: 'the disk, or what is on it',
};

/** Text as roff(7) prints it: no character of it means anything. */
function escaped(text: string): string {
  const special: Readonly<Record<string, string>> = {
    '\\': '\\e',
    '-': '\\-',
    "'": '\\(aq',
    '"': '\\(dq',
    '`': '\\(ga',
    '^': '\\(ha',
    '~': '\\(ti',
    '…': '...',
  };
  const line = text.replace(/\s+/g, ' ').replace(/[\\\-'"`^~…]/g, (c) => special[c] ?? c);
  return line.startsWith('.') ? `\\&${line}` : line;
}

const bold = (text: string): string => `\\fB${escaped(text)}\\fR`;
const italic = (text: string): string => `\\fI${escaped(text)}\\fR`;

/** `--tag TAG` with what the user puts in for it set apart, as manual pages do. */
function flagsText(flags: string): string {
  return flags
    .split(' ')
    .map((word) => (word.startsWith('-') ? bold(word) : italic(word.replace(/^[<[]|[>\]]$/g, ''))))
    .join(' ');
}

function argumentText({ name }: ArgumentSpec): string {
  const several = name.includes('...') ? '\\&...' : '';
  const word = italic(name.replace(/^[<[]/, '').replace(/(\.\.\.)?[>\]]$/, ''));
  return name.startsWith('[') ? `[${word}${several}]` : `${word}${several}`;
}

/** A paragraph with a tag: what it is about, then what is said of it. */
function tagged(tag: string, text: string): string[] {
  return ['.TP', tag, escaped(text)];
}

function optionLines(options: readonly OptionSpec[]): string[] {
  return options.flatMap(({ flags, description }) => tagged(flagsText(flags), `${description}.`));
}

function synopsis(names: readonly string[], verb: AnyVerb): string {
  const words = [bold(names.join(' ')), ...(verb.arguments ?? []).map(argumentText)];
  return [...words, ...((verb.options ?? []).length > 0 ? ['[\\fIOPTION\\fR]\\&...'] : [])].join(' ');
}

function verbLines(names: readonly string[], verb: AnyVerb): string[] {
  const path = [...names, verb.name];
  const own = [
    ...[`.SS ${escaped(path.join(' '))}`, synopsis(path, verb), '.PP', escaped(`${verb.summary}.`)],
    ...(verb.arguments ?? []).flatMap((spec) => tagged(argumentText(spec), `${spec.description}.`)),
    ...optionLines(verb.options ?? []),
    ...['.PP', '.nf', `\\&$ ${escaped(verb.example)}`, '.fi'],
  ];
  return [...own, ...(verb.verbs ?? []).flatMap((inner) => verbLines(path, inner))];
}

/** When a version was released, by its heading in the changelog, such as `## 0.1.0 - 2026-11-27`; null before. */
export function releaseDate(changelog: string, version: string): string | null {
  const headings = changelog.matchAll(/^## \[?([^\s\]]+)\]? - (\d{4}-\d\d-\d\d)$/gm);
  return [...headings].find(([, released]) => released === version)?.[2] ?? null;
}

/**
 * @param version of the package
 * @param date of its release, as 2026-11-27; null before: the page is made of its sources alone, and no clock is one
 */
export function manPage(verbs: readonly Verb[], version: string, date: string | null): string {
  const groups = [...new Set(verbs.map(({ group }) => group))];
  const lines = [
    '.\\" Made of the verbs as they are declared: do not edit.',
    `.TH GIT\\-LINEAGE 1 "${date ?? ''}" "git\\-lineage ${escaped(version)}" "git\\-lineage"`,
    '.nh',
    '.ad l',
    '.SH NAME',
    'git\\-lineage \\- the version ledger of modules that are replaced while they run',
    '.SH SYNOPSIS',
    `${bold('git-lineage')} \\fIVERB\\fR [\\fIARGUMENT\\fR]\\&... [\\fIOPTION\\fR]\\&...`,
    '.br',
    `${bold('git lineage')} \\fIVERB\\fR [\\fIARGUMENT\\fR]\\&... [\\fIOPTION\\fR]\\&...`,
    '.SH DESCRIPTION',
    ...[
      'Each module version is a git commit; its checksum and tags are git notes, its lineage is the parent chain,',
      'compatibility reports are SSH-signed tags, and the version to go back to is the nearest ancestor tagged stable.',
      'Every transaction is an entry of a journal, signed by a key that the ledger allows.',
    ].map(escaped),
    '.PP',
    ...[
      'MODULE@N is version N of a module. FROM is - for the first version of a module, which replaces nothing.',
      'Words that begin with a dash go behind -- (arguments) or behind = (values of options).',
    ].map(escaped),
    '.SH VERBS',
    ...groups.flatMap((group, i) => [
      ...(i === 0 ? [] : ['.PP']),
      bold(group),
      ...verbs.filter((verb) => verb.group === group).flatMap((verb) => tagged(bold(verb.name), `${verb.summary}.`)),
    ]),
    '.SH OPTIONS OF EVERY VERB',
    ...optionLines(GLOBAL_OPTIONS),
    ...optionLines([
      { ...HELP_OPTION, description: `${HELP_OPTION.description}, of the verb where one is given` },
      VERSION_OPTION,
    ]),
    '.SH EACH VERB',
    ...verbs.flatMap((verb) => verbLines([], verb)),
    '.SH EXIT STATUS',
    ...Object.entries(EXITS).flatMap(([name, meaning]) =>
      tagged(bold(String(EXIT[name as keyof typeof EXIT])), `${meaning}.`),
    ),
    '.SH ENVIRONMENT',
    ...ENVIRONMENT.flatMap(([name, meaning]) => tagged(bold(name), `${meaning}.`)),
    '.SH FILES',
    ...tagged(italic('LEDGER/hooks/pre-swap'), "the operator's own hook, asked before each activation."),
    ...tagged(italic('LEDGER/lineage/'), 'index, caches, locks and positions of this machine: no part of the format.'),
    '.SH SEE ALSO',
    `${bold('git')}(1), ${bold('ssh-keygen')}(1), ${bold('git-notes')}(1), ${bold('git-verify-tag')}(1); the guides in the folder ${italic('docs')} of the package`,
  ];
  return `${lines.join('\n')}\n`;
}
