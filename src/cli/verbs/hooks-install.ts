/** `hooks install`: has git ask the gate on commit or push, by way of simple-git-hooks. */

import { execFile } from 'node:child_process';
import { realpath, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { invalid, invalidArgument, quoted } from '../complaint.js';
import { CONFIG_KEY, developmentConfig } from '../content/development-config.js';
import { nearestPackage, noPackage, type PackageJson, writePackageJson } from '../content/package-json.js';
import {
  endangeredHooks,
  GATE_COMMAND,
  type HookEvent,
  hookCommand,
  hooksFolder,
  isInstalled,
  otherConfig,
  runsGate,
  withCommand,
  withGate,
} from '../git/development-hook.js';
import { workTreeFolder } from '../git/git-index.js';
import { oneOf } from '../options/arguments.js';
import type { Answer, Context, Io } from '../verb.js';

const BY_HAND = 'npm install --save-dev simple-git-hooks && npx simple-git-hooks';

async function exists(path: string): Promise<boolean> {
  return stat(path).then(
    () => true,
    () => false,
  );
}

/** The package.json of the current directory, where a hook can be set up for it. */
async function installable({ io }: Context, event: HookEvent): Promise<PackageJson> {
  const file = await nearestPackage(io.cwd);
  if (file === null) throw noPackage(io.cwd, 'a package.json', 'run it in the repository where modules are developed');
  developmentConfig(file);
  const workTree = await workTreeFolder(io, file.folder);
  if (workTree?.prefix !== '' || !(await exists(join(file.folder, '.git')))) {
    const actual = workTree === null ? 'no work tree' : `one in ${quoted(workTree.top)}`;
    const hint = `git runs its hooks at the top: put "${CONFIG_KEY}" into a package.json there, or run git init`;
    throw invalidArgument(file.path, 'a package.json at the top of a git work tree', actual, hint);
  }
  const other = await otherConfig(file);
  if (other === null) return file;
  const issue = {
    path: join(file.folder, other),
    expected: 'the hooks in package.json',
    actual: 'a file that simple-git-hooks reads instead',
  };
  throw invalid('INVALID_CONFIG', [issue], `add this line to ${other}: "${event}": "${GATE_COMMAND}"`);
}

/** Runs the simple-git-hooks of the project; null where it is not installed, else what it printed. */
async function runSimpleGitHooks(io: Io, folder: string): Promise<string | null> {
  const script = join(folder, 'node_modules', 'simple-git-hooks', 'cli.js');
  if (!(await exists(script))) return null;
  return new Promise((resolve) => {
    const options = { cwd: folder, env: { ...io.env }, encoding: 'utf8' } as const;
    // It exits with 0 whatever happens: whether it worked is seen from the hook that git finds.
    execFile(process.execPath, [script], options, (_error, stdout, stderr) => resolve(`${stdout}${stderr}`));
  });
}

/** Throws `INVALID_CONFIG` where simple-git-hooks would destroy a hook that is not its own. */
async function assertNoneEndangered(file: PackageJson, hooks: string, event: HookEvent): Promise<void> {
  const issues = (await endangeredHooks(file, hooks, event)).map((path) => ({
    path,
    expected: 'a hook of simple-git-hooks, which overwrites and removes others',
    actual: 'one of somebody else',
  }));
  const hint =
    'move its command into "simple-git-hooks" of package.json, and the file away; "preserveUnused" keeps others';
  if (issues.length > 0) throw invalid('INVALID_CONFIG', issues, hint);
}

/** The command for the hook: what is there already, with the gate after it. */
function commandFor(file: PackageJson, event: HookEvent): string {
  const present = hookCommand(file, event);
  const command = runsGate(present) ? present : withGate(present);
  if (command !== null) return command;
  const issue = {
    path: `${file.path}: "simple-git-hooks"."${event}"`,
    expected: 'a command after which another can stand',
    actual: quoted(present ?? ''),
  };
  throw invalid('INVALID_CONFIG', [issue], `put ${GATE_COMMAND} into it by hand`);
}

function didNotInstall(output: string): string {
  const said = output.trim();
  return `simple-git-hooks ran, and git finds no such hook all the same${said === '' ? '' : `: ${said}`}`;
}

export async function installHook(context: Context): Promise<Answer> {
  const { io, given } = context;
  const on = given.text('on');
  const event: HookEvent = `pre-${on === undefined ? 'commit' : oneOf(['commit', 'push'], on, '--on')}`;
  const file = await installable(context, event);
  const command = commandFor(file, event);
  const changed = hookCommand(file, event) !== command;
  const hooks = await hooksFolder(io, file.folder);
  await assertNoneEndangered(file, hooks, event);
  if (changed) await writePackageJson(file, withCommand(file, event, command));
  const output = await runSimpleGitHooks(io, await realpath(file.folder));
  const installed = await isInstalled(hooks, event);
  const remains = installed ? null : output === null ? BY_HAND : 'npx simple-git-hooks';
  const warnings = installed || output === null ? [] : [didNotInstall(output)];
  const did = changed ? `wrote "${event}": ${JSON.stringify(command)} to` : `"${event}" runs the gate already in`;
  return {
    json: { package: file.path, event, command, changed, installed, remains, warnings },
    blocks: [
      { line: `${did} ${file.path}`, tone: 'good' },
      installed
        ? { line: `installed ${join(hooks, event)}`, tone: 'good' }
        : { line: `not installed yet; run: ${remains}`, tone: 'warn' },
    ],
    warnings,
  };
}
