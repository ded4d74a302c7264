/** `hooks`: the ledger's hook before an activation, and the work tree's before a commit or a push. */

import { constants } from 'node:fs';
import { access, readFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import type { GuardState } from '../../api/server.js';
import { Complaint, errnoOf, ioComplaint } from '../complaint.js';
import { CONFIG_KEY, developmentConfig } from '../content/development-config.js';
import { nearestPackage, type PackageJson } from '../content/package-json.js';
import {
  HOOK_EVENTS,
  type HookEvent,
  hookCommand,
  hooksFolder,
  isInstalled,
  otherConfig,
  runsGate,
} from '../git/development-hook.js';
import { workTreeFolder } from '../git/git-index.js';
import { findLedger, namedLedger } from '../options/find-ledger.js';
import type { Tone } from '../terminal/render.js';
import type { Answer, Context, Verb } from '../verb.js';
import { withLedger } from '../with-ledger.js';
import { installHook } from './hooks-install.js';

/** Not there; there, but refusing every swap; the one of `init`, which lets all pass; somebody's own. */
type PreSwapState = 'missing' | 'not-executable' | 'default' | 'own';

interface PreSwapJson {
  readonly path: string;
  readonly state: PreSwapState;
}

/** Configured: package.json has it, git does not. */
interface WorkTreeHookJson {
  readonly event: HookEvent;
  readonly state: 'installed' | 'configured' | 'none';
  /** What package.json has for it, or null. */
  readonly command: string | null;
}

interface WorkTreeJson {
  readonly package: string;
  readonly hooks: readonly WorkTreeHookJson[];
}

/** True for a script that does nothing but let pass, as that of `init` does: comments, and `exit 0`. */
function letsAllPass(text: string): boolean {
  const lines = text.split('\n').filter((line) => line.trim() !== '' && !line.startsWith('#'));
  return text.startsWith('#!') && lines.length === 1 && lines[0] === 'exit 0';
}

async function preSwapState(path: string): Promise<PreSwapState> {
  try {
    const text = await readFile(path, 'utf8');
    await access(path, constants.X_OK);
    return letsAllPass(text) ? 'default' : 'own';
  } catch (error) {
    const errno = errnoOf(error);
    if (errno === 'ENOENT') return 'missing';
    if (errno === 'EACCES' || errno === 'EISDIR') return 'not-executable';
    throw ioComplaint('read', path, error);
  }
}

/** The ledger's hook; null where no ledger is named and none is around. */
async function preSwap(context: Context, file: PackageJson | null): Promise<PreSwapJson | null> {
  const configured = file === null ? null : developmentConfig(file).ledger;
  const gitdir = namedLedger(context) ?? configured ?? (await findLedger(context, 'write').catch(nowhere));
  if (gitdir === null) return null;
  return withLedger(
    context,
    'read',
    async ({ ledger }) => {
      const path = join(ledger.gitdir, 'hooks', 'pre-swap');
      return { path, state: await preSwapState(path) };
    },
    gitdir,
  );
}

function nowhere(error: unknown): null {
  if (error instanceof Complaint && error.code === 'NOT_A_LEDGER') return null;
  throw error;
}

/** The work tree's hooks; null where package.json maps no modules, or lies in no work tree. */
async function workTreeHooks({ io }: Context, file: PackageJson | null): Promise<WorkTreeJson | null> {
  if (file === null || (await workTreeFolder(io, file.folder)) === null) return null;
  const folder = await hooksFolder(io, file.folder);
  const other = await otherConfig(file);
  const hooks: WorkTreeHookJson[] = [];
  for (const event of HOOK_EVENTS) {
    const command = other === null ? hookCommand(file, event) : null;
    const configured = runsGate(command) ? 'configured' : 'none';
    hooks.push({ event, state: (await isInstalled(folder, event)) ? 'installed' : configured, command });
  }
  return { package: file.path, hooks };
}

const TONES: Readonly<Record<PreSwapState | GuardState | WorkTreeHookJson['state'], Tone>> = {
  missing: 'warn',
  outdated: 'warn',
  'not-executable': 'bad',
  default: 'plain',
  own: 'good',
  installed: 'good',
  configured: 'warn',
  none: 'plain',
};

const REMARKS: Readonly<Partial<Record<PreSwapState | GuardState | WorkTreeHookJson['state'], string>>> = {
  'not-executable': 'the pre-swap hook cannot be run: it refuses every activation until it is executable or removed',
  configured: 'package.json names a hook that git does not have: run npx simple-git-hooks',
};

async function show(context: Context): Promise<Answer> {
  const file = await nearestPackage(context.io.cwd, (content) => content[CONFIG_KEY] !== undefined);
  const swap = await preSwap(context, file);
  const { guardHooks } = await import('../../api/server.js');
  const guards = swap === null ? [] : await guardHooks(dirname(dirname(swap.path)));
  const json = { preSwap: swap, guards, workTree: await workTreeHooks(context, file) };
  const rows = [
    ...(json.preSwap === null ? [] : [{ name: 'pre-swap', state: json.preSwap.state, what: json.preSwap.path }]),
    ...guards.map(({ name, state, path }) => ({ name, state, what: path })),
    ...(json.workTree?.hooks ?? []).map(({ event, state, command }) => ({ name: event, state, what: command ?? '' })),
  ];
  return {
    json,
    blocks: [
      {
        columns: ['HOOK', 'STATE', 'WHAT'],
        rows: rows.map(({ name, state, what }) => [name, { text: state, tone: TONES[state] }, what]),
      },
    ],
    warnings: [
      ...new Set(
        rows.flatMap(({ name, state }) => (guards.some((g) => g.name === name) ? [] : (REMARKS[state] ?? []))),
      ),
      ...guards.flatMap(({ name, state }) => {
        if (state === 'not-executable') return [`git passes over ${name}: make it executable`];
        return state === 'outdated' ? [`${name} is of an earlier release: git-lineage doctor --restore renews it`] : [];
      }),
    ],
  };
}

async function guard(context: Context): Promise<Answer> {
  const gitdir = await findLedger(context, 'write');
  const { installGuards, removeGuards } = await import('../../api/server.js');
  const guards = await (context.given.flag('off') ? removeGuards : installGuards)(gitdir);
  const rows = guards.map(({ name, state, path }) => [name, { text: state, tone: TONES[state] }, path]);
  return { json: { guards }, blocks: [{ columns: ['HOOK', 'STATE', 'WHAT'], rows }] };
}

export const hooks: Verb = {
  name: 'hooks',
  group: 'The ledger:',
  summary: 'Show which hooks are set up, or set up the one of a development repository',
  example: 'git-lineage hooks install --on push',
  run: show,
  verbs: [
    {
      name: 'install',
      summary: 'Have git ask the gate about changed modules, by way of simple-git-hooks',
      options: [{ flags: '--on <EVENT>', description: 'commit (default) or push', values: ['commit', 'push'] }],
      example: 'git-lineage hooks install --on push',
      run: installHook,
    },
    {
      name: 'guard',
      summary: 'Install the hooks that guard a ledger: pushes are checked, refs are not moved by hand',
      options: [{ flags: '--off', description: 'take them away' }],
      example: 'git-lineage hooks guard --ledger modules.git',
      run: guard,
    },
  ],
};
