/** The git hook of a development repository: what simple-git-hooks is told, and what git finds. */

import { constants } from 'node:fs';
import { access, readdir, readFile } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { errnoOf, invalid, ioComplaint } from '../complaint.js';
import { isObject, type PackageJson, shown } from '../content/package-json.js';
import type { Io } from '../verb.js';
import { gitOutput } from './run-git.js';

/** What git runs. */
export const GATE_COMMAND = 'npx git-lineage gate --changed';

/** How a command that runs the gate is told from others, however it calls npx. */
const GATE = 'git-lineage gate --changed';

const HOOKS_KEY = 'simple-git-hooks';

/** The two moments at which the gate can be asked. */
export type HookEvent = 'pre-commit' | 'pre-push';
export const HOOK_EVENTS: readonly HookEvent[] = ['pre-commit', 'pre-push'];

export function runsGate(command: string | null): boolean {
  return command?.includes(GATE) === true;
}

/** Files that simple-git-hooks reads instead of package.json, the first that is there. */
const CONFIG_FILES = ['.simple-git-hooks', 'simple-git-hooks'].flatMap((name) =>
  ['.cjs', '.js', '.mjs', '.json'].map((extension) => name + extension),
);

/** The file from which simple-git-hooks takes its hooks where that is not package.json itself; else null. */
export async function otherConfig({ folder, content }: PackageJson): Promise<string | null> {
  const names = new Set(
    await readdir(folder).catch((error: unknown) => {
      throw ioComplaint('read', folder, error);
    }),
  );
  const named = content[HOOKS_KEY];
  return CONFIG_FILES.find((name) => names.has(name)) ?? (typeof named === 'string' ? named : null);
}

/** The commands of simple-git-hooks in package.json. Throws `INVALID_CONFIG` where they are no object of texts. */
function hookCommands({ path, content }: PackageJson): Readonly<Record<string, unknown>> {
  const commands = content[HOOKS_KEY] ?? {};
  if (isObject(commands)) return commands;
  const issue = { path: `${path}: "${HOOKS_KEY}"`, expected: 'an object of hooks', actual: shown(commands) };
  throw invalid('INVALID_CONFIG', [issue], `e.g. "${HOOKS_KEY}": { "pre-commit": "${GATE_COMMAND}" }`);
}

/** The command of one hook in package.json, or null. */
export function hookCommand(file: PackageJson, event: HookEvent): string | null {
  const command = hookCommands(file)[event];
  if (command === undefined || command === '') return null;
  if (typeof command === 'string') return command;
  const issue = { path: `${file.path}: "${HOOKS_KEY}"."${event}"`, expected: 'a command', actual: shown(command) };
  throw invalid('INVALID_CONFIG', [issue], 'simple-git-hooks writes it into the hook as it stands');
}

/** A command with the gate after it, or null where what follows it would not be run, or not as meant. */
export function withGate(command: string | null): string | null {
  if (command === null) return GATE_COMMAND;
  if (/[\n#]|[;&|\\]\s*$|\b(exec|exit)\b/.test(command)) return null;
  return `${command.trimEnd()} && ${GATE_COMMAND}`;
}

/** The content of package.json with another command for a hook. */
export function withCommand(file: PackageJson, event: HookEvent, command: string): PackageJson['content'] {
  return { ...file.content, [HOOKS_KEY]: { ...hookCommands(file), [event]: command } };
}

/** Where git looks for the hooks of the work tree, whatever `core.hooksPath` says. */
export async function hooksFolder(io: Io, folder: string): Promise<string> {
  const printed = await gitOutput(io, folder, ['rev-parse', '--git-path', 'hooks']);
  return resolve(folder, printed.toString('utf8').replace(/\n$/, ''));
}

/** The text of a hook that git would run; null where there is none, or none that it may run. */
async function hookText(hook: string): Promise<string | null> {
  try {
    await access(hook, constants.X_OK);
    return await readFile(hook, 'utf8');
  } catch (error) {
    if (['ENOENT', 'EACCES', 'EISDIR', 'ENOTDIR'].includes(errnoOf(error) ?? '')) return null;
    throw ioComplaint('read', hook, error);
  }
}

export async function isInstalled(hooks: string, event: HookEvent): Promise<boolean> {
  return runsGate(await hookText(join(hooks, event)));
}

/** The hooks that simple-git-hooks writes and removes; other files it leaves alone. */
const MANAGED = new Set(
  [
    'applypatch-msg pre-applypatch post-applypatch pre-commit pre-merge-commit prepare-commit-msg commit-msg post-commit',
    'pre-rebase post-checkout post-merge pre-push pre-receive update proc-receive post-receive post-update',
    'reference-transaction push-to-checkout pre-auto-gc post-rewrite sendemail-validate fsmonitor-watchman',
    'p4-changelist p4-prepare-changelist p4-post-changelist p4-pre-submit post-index-change',
  ].flatMap((names) => names.split(' ')),
);

/** Simple-git-hooks writes this into every hook that is its own. */
const OWN_MARK = 'SKIP_SIMPLE_GIT_HOOKS';

/**
 * Hooks that somebody else put there and that simple-git-hooks would overwrite, or remove because package.json does not
 * name them.
 */
export async function endangeredHooks(file: PackageJson, hooks: string, event: HookEvent): Promise<readonly string[]> {
  const commands = hookCommands(file);
  const { preserveUnused } = commands;
  const names = await readdir(hooks).catch(() => []);
  const endangered: string[] = [];
  for (const name of names.filter((found) => MANAGED.has(found)).sort()) {
    const text = await readFile(join(hooks, name), 'utf8').catch(() => '');
    const command = commands[name];
    if (text.includes(OWN_MARK) || (typeof command === 'string' && command !== '' && text.endsWith(command))) continue;
    const kept = Array.isArray(preserveUnused) ? preserveUnused.includes(name) : Boolean(preserveUnused);
    if (name === event || command !== undefined || !kept) endangered.push(join(hooks, name));
  }
  return endangered;
}
