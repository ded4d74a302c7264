/** The settings that a ledger's repository has beside git's own: reading them, and setting those that are missing. */

import type { LedgerFormat } from '../model/ledger-event.js';
import { formatNamed, type ObjectFormat, SHA1 } from '../model/object-id.js';
import type { Finding } from '../ports/upkeep.js';
import { type SyncFiles, unlessFails } from './sync-files.js';

/**
 * Plain `git log` shows the notes, a push may neither delete nor rewind nor bring malformed objects, and `git pack-refs`
 * syncs the file that then holds every ref (by default it does not, and removes the synced ones).
 */
export const CONFIG: readonly (readonly [path: string, value: string | boolean])[] = [
  ['core.fsync', 'committed,reference'],
  ['notes.displayRef', 'refs/notes/*'],
  ['receive.denyDeletes', true],
  ['receive.denyNonFastForwards', true],
  ['transfer.fsckObjects', true],
];

/** A setting: its key as `section.key` or `section.subsection.key`, and its value. */
export type Setting = (typeof CONFIG)[number];

/** A value as it stands in a config file, whatever is in it. */
export function settingValue(text: string): string {
  return `"${text.replace(/["\\]/g, '\\$&').replace(/\n/g, '\\n')}"`;
}

/** What git takes for white space (sane_ctype in its ctype.c): less than JavaScript does. */
const SPACE = ' \t\r\n';

/** The text without the white space before it. */
function withoutStart(text: string): string {
  let start = 0;
  while (start < text.length && SPACE.includes(text.charAt(start))) start += 1;
  return text.slice(start);
}

/** What stands for a letter behind a backslash; a line end there is left out, and anything else is itself (git-config(1), "Syntax"). */
const ESCAPES: Readonly<Record<string, string>> = { n: '\n', t: '\t', b: '\b', '\n': '' };

/** A value as git reads it: quotes and escapes resolved, white space around it and a comment behind it left out. */
function plainValue(text: string): string {
  let value = '';
  /** How much of it is no white space at its end, unless that is quoted or escaped. */
  let kept = 0;
  let quoted = false;
  for (let at = 0; at < text.length; at++) {
    const c = text.charAt(at);
    if (!quoted && SPACE.includes(c)) {
      if (value !== '') value += c;
      continue;
    }
    if (!quoted && (c === '#' || c === ';')) break;
    if (c === '"') quoted = !quoted;
    else if (c !== '\\') value += c;
    else {
      const escaped = text.charAt(++at);
      value += ESCAPES[escaped] ?? escaped;
    }
    kept = value.length;
  }
  return value.slice(0, kept);
}

/** One line of a git config file. */
interface ConfigLine {
  readonly text: string;
  /** `section.key` or `section.subsection.key`, section and key in lower case; null where the line has no key. */
  readonly name: string | null;
  readonly value: string;
  /** True where a section begins in this line. */
  readonly header: boolean;
}

/** True where the value of a line goes on in the next one: behind a backslash at its end, outside of a comment. */
function goesOn(line: string): boolean {
  let quoted = false;
  for (let at = line.indexOf('=') + 1; at > 0 && at < line.length; at++) {
    const c = line.charAt(at);
    if (c === '"') quoted = !quoted;
    else if (c === '\\' && ++at === line.length) return true;
    else if (!quoted && (c === '#' || c === ';')) return false;
  }
  return false;
}

/** The lines of a file, those that go on in one with what follows. */
function* wholeLines(text: string): Generator<string> {
  let begun = '';
  for (const line of text.split('\n')) {
    begun += line;
    if (goesOn(begun) && !/^[#;]/.test(withoutStart(begun))) begun += '\n';
    else {
      yield begun;
      begun = '';
    }
  }
  if (begun !== '') yield begun.slice(0, -1);
}

/** The name of a section, and of a subsection. */
const HEADER = /^\[([A-Za-z0-9.-]+)(?:[ \t]+"(.*?)")?\]/s;

function* configLines(text: string): Generator<ConfigLine> {
  let section = '';
  for (const raw of wholeLines(text)) {
    let line = withoutStart(raw);
    let header = false;
    // Several may stand in one line; the last one counts.
    for (let found = HEADER.exec(line); found?.[1] !== undefined; found = HEADER.exec(line)) {
      header = true;
      section = found[1].toLowerCase() + (found[2] === undefined ? '' : `.${found[2]}`);
      line = withoutStart(line.slice(found[0].length));
    }
    const pair = /^([A-Za-z][A-Za-z0-9-]*)[ \t\r]*(?:=(.*))?$/s.exec(line);
    const name = pair?.[1] === undefined ? null : `${section}.${pair[1].toLowerCase()}`;
    yield { text: raw, name, value: pair?.[2] === undefined ? 'true' : plainValue(pair[2]), header };
  }
}

/** The keys of a git config file with their values: `section.key` or `section.subsection.key`, section and key in lower case. */
export function* configEntries(text: string): Generator<[name: string, value: string]> {
  for (const { name, value } of configLines(text)) if (name !== null) yield [name, value];
}

/** git's extension that names the hash of a repository's objects. */
const OBJECT_FORMAT_EXTENSION = 'extensions.objectformat';

const TRUE = new Set(['true', 'yes', 'on', '1']);

/** Extensions of a repository that change nothing of what is read here (git-config(1), extensions.*). */
const HARMLESS = new Set(['noop', 'worktreeconfig', 'preciousobjects', 'partialclone', 'lineageformat']);

/** What of a repository's format a ledger cannot have, by its name; null where it is one of ours. */
export function unsupportedFormat(given: Iterable<readonly [name: string, value: string]>): string | null {
  const entries = [...given];
  const ledgerFormat = formatKey(objectFormatOf(entries));
  for (const [name, value] of entries) {
    if (name === 'core.repositoryformatversion' && !/^[01]$/.test(value)) return `repository format version ${value}`;
    if (name === OBJECT_FORMAT_EXTENSION && formatNamed(value) === undefined) return `the object format ${value}`;
    if (name === 'extensions.refstorage' && value.toLowerCase() !== 'files') return `the ref storage ${value}`;
    if (name === ledgerFormat && !/^[12]$/.test(value)) return `the ledger format ${value}`;
    const extension = /^extensions\.(.*)$/.exec(name)?.[1];
    if (extension === undefined || extension === 'objectformat' || extension === 'refstorage') continue;
    if (!HARMLESS.has(extension)) return `the extension ${name}`;
  }
  return refusedByGit(entries);
}

/** What git itself refuses of a repository that names its object format (setup.c, `verify_repository_format`). */
function refusedByGit(entries: readonly (readonly [name: string, value: string])[]): string | null {
  const format = objectFormatOf(entries);
  const values = new Map(entries);
  if (!values.has(OBJECT_FORMAT_EXTENSION)) return null;
  const version = values.get('core.repositoryformatversion') ?? 'none';
  if (version !== '1') return `the object format ${format.name} with the repository format version ${version}, not 1`;
  return values.has(FORMAT_EXTENSION)
    ? `the extension ${FORMAT_EXTENSION} beside the object format ${format.name}`
    : null;
}

/** The format of the ids of a repository; for one that a ledger may be in (`unsupportedFormat`). */
export function objectFormatIn(files: SyncFiles, gitdir: string): ObjectFormat {
  return objectFormatOf(configEntries(files.readText(`${gitdir}/config`) ?? ''));
}

/** The same, by the entries of its config. Of a key that is given twice, the last counts. */
export function objectFormatOf(entries: Iterable<readonly [name: string, value: string]>): ObjectFormat {
  let format = SHA1;
  for (const [name, value] of entries) if (name === OBJECT_FORMAT_EXTENSION) format = formatNamed(value) ?? format;
  return format;
}

/** What says in a config that a repository is of that format. git takes an extension that it has to know in version 1 alone. */
export function objectFormatSettings(format: ObjectFormat): Setting[] {
  if (format === SHA1) return [['core.repositoryformatversion', '0']];
  return [
    ['core.repositoryformatversion', '1'],
    [OBJECT_FORMAT_EXTENSION, format.name],
  ];
}

/** Which of the settings a config does not have, or has otherwise. Of a key that is given twice, the last counts. */
function missingSettings(
  text: string,
  settings: readonly Setting[],
): { path: string; wanted: string; found: string | null }[] {
  const values = new Map<string, string[]>();
  for (const [name, value] of configEntries(text)) values.set(name, [...(values.get(name) ?? []), value]);
  return settings.flatMap(([path, value]) => {
    const given = values.get(path.toLowerCase()) ?? [];
    const last = given.at(-1) ?? null;
    const fits =
      typeof value === 'boolean'
        ? last !== null && TRUE.has(last.toLowerCase()) === value
        : // notes.displayRef may be there for other notes as well.
          given.includes(value) && (path === 'notes.displayRef' || last === value);
    return fits ? [] : [{ path, wanted: String(value), found: last }];
  });
}

/** Settings that a clone or a hand left out. */
export function configFindings(files: SyncFiles, gitdir: string, settings: readonly Setting[]): Finding[] {
  const text = files.readText(`${gitdir}/config`) ?? '';
  return missingSettings(text, settings).map(({ path, wanted, found }) => ({
    kind: 'config',
    where: `config: ${path}`,
    detail: `expected ${wanted}, found ${found ?? 'nothing'}: ${WHY[path] ?? WHY[path.split('.')[0] ?? ''] ?? ''}`,
    mendable: true,
    remedy: `git-lineage doctor --restore, or: git -C ${gitdir} config ${path} '${wanted}'`,
  }));
}

const WHY: Readonly<Record<string, string>> = {
  extensions: 'without it git calls what was redacted missing',
  repack: 'otherwise git gc fails where something was redacted',
  uploadpack: 'without it nobody can copy the ledger over git, because something was redacted',
  core: 'without it git does not sync the refs that it packs',
  notes: 'with it git log shows the notes',
  receive: 'with it a push can neither delete nor rewind a ref',
  'receive.procReceiveRefs': 'with it the refs of a push move as one transaction',
  gc: 'without it git gc starts the guard hook twice for each loose ref, which takes minutes',
  maintenance: 'without it git maintenance starts the guard hook twice for each loose ref, which takes minutes',
  transfer: 'with it a push or fetch cannot bring malformed objects',
};

/** The extension of git's configuration that names a ledger's format from 2 on: a package that does not know it refuses the repository by that name. */
const FORMAT_EXTENSION = 'extensions.lineageformat';

/**
 * The key that names the ledger's format. git reads a repository with an extension that it does not know as long as
 * `core.repositoryformatversion` is 0. It is 1 where the objects are not of SHA-1, and there a key of no section of git's does: a package
 * that does not know it refuses the repository by its object format.
 */
function formatKey(objectFormat: ObjectFormat): string {
  return objectFormat === SHA1 ? FORMAT_EXTENSION : 'lineage.format';
}

/** Says in the config which format the ledger has, before an entry says so. */
export function setFormat(files: SyncFiles, gitdir: string, format: LedgerFormat): void {
  if (format !== 1) mendConfig(files, gitdir, [[formatKey(objectFormatIn(files, gitdir)), String(format)]]);
}

/** How often a config that others change at the same time is read again. */
const MAX_LOOKS = 5;

/**
 * Changes the config as git does: a new file under git's lock, renamed over the old one. The lock is a link to a file of the
 * transaction's folder, so that a dead doctor's is known as ours and removed. Without effect where somebody else holds it, or
 * where the change is none.
 */
function changeConfig(files: SyncFiles, gitdir: string, change: (text: string) => string): void {
  const [config, folder] = [`${gitdir}/config`, `${gitdir}/lineage/transaction`];
  const [lock, prepared] = [`${config}.lock`, `${folder}/config`];
  const read = () => files.readText(config) ?? '';
  for (let look = 0; look < MAX_LOOKS; look++) {
    const now = read();
    if (change(now) === now) return;
    files.makeFolder(folder);
    files.createAnew(prepared, Buffer.from(change(now)));
    files.syncFolder(folder);
    let locked = false;
    try {
      locked = files.link(prepared, lock);
      if (!locked) return;
      if (read() === now) {
        files.rename(lock, config);
        files.syncFolder(gitdir);
        return;
      }
      files.remove(lock);
    } catch (error) {
      if (locked) unlessFails(() => files.remove(lock), false);
      throw error;
    } finally {
      unlessFails(() => files.remove(prepared), false);
    }
  }
}

/** Adds the settings that are missing. */
export function mendConfig(files: SyncFiles, gitdir: string, settings: readonly Setting[]): void {
  changeConfig(files, gitdir, (text) => {
    const lines = configText(missingSettings(text, settings).map(({ path, wanted }) => [path, wanted]));
    return lines === '' ? text : `${text}${text === '' || text.endsWith('\n') ? '' : '\n'}${lines}`;
  });
}

/** Settings as they stand in a config file. */
export function configText(settings: readonly Setting[]): string {
  const sections = settings.map(([path, value]) => {
    const [section, ...rest] = path.split('.');
    const key = rest.pop();
    const subsection = rest.length === 0 ? '' : ` "${rest.join('.')}"`;
    return `[${section}${subsection}]\n\t${key} = ${value}\n`;
  });
  return sections.join('');
}

/** Takes settings out where they have exactly these values. */
export function unsetConfig(files: SyncFiles, gitdir: string, settings: readonly Setting[]): void {
  const ours = new Map(settings.map(([path, value]) => [path.toLowerCase(), String(value)]));
  const isOurs = ({ name, value, header }: ConfigLine) =>
    !header && name !== null && ours.get(name) === value.toLowerCase();
  changeConfig(files, gitdir, (text) =>
    [...configLines(text)]
      .filter((line) => !isOurs(line))
      .map((line) => line.text)
      .join('\n'),
  );
}
