/** `gate --changed` where git's filters stand between the work tree, which is recorded, and the index, which is compared. */

import { spawn, spawnSync } from 'node:child_process';
import { existsSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { describe, expect, it, onTestFinished, vi } from 'vitest';
import { withLedger } from './sandbox.js';
import { WorkTree } from './work-tree.js';

const BIN = fileURLToPath(new URL('../../dist/cli/bin.js', import.meta.url));
const MODULES = { ledger: '../modules.git', modules: { planner: 'src/planner' } };
const ONE = 'export const plan = () => 1;\n';
const TWO = 'export const plan = () => 2;\n';

function withCr(text: string): string {
  return text.replaceAll('\n', '\r\n');
}

interface Setup {
  readonly attributes?: Readonly<Record<string, string>>;
  readonly config?: readonly (readonly [key: string, value: string])[];
  /** What somebody has on disk of a file that git knows as `text`. */
  readonly onDisk?: (text: string) => string;
}

/** A work tree, committed, with planner as `text` in the index and as `onDisk` makes it on disk. */
async function committed(text: string, { attributes = {}, config = [], onDisk = withCr }: Setup): Promise<WorkTree> {
  const tree = new WorkTree(await withLedger());
  tree.git('init', '-q');
  for (const [key, value] of config) tree.git('config', key, value);
  tree.configure(MODULES);
  for (const [path, lines] of Object.entries(attributes)) tree.write(path, lines);
  change(tree, text, { onDisk });
  tree.git('commit', '-qm', 'one');
  return tree;
}

function change(tree: WorkTree, text: string, { onDisk = withCr }: Setup): void {
  tree.write('src/planner/index.js', onDisk(text));
  tree.write('src/planner/bin/run', '#!/bin/sh\n', 0o755);
  tree.git('add', '.');
}

/** Records what is on disk, as somebody's deployment does. */
async function recorded(tree: WorkTree): Promise<void> {
  await tree.box.ok('record', 'planner', 'dev/src/planner', '--tag', 'stable');
}

const SETUPS: readonly (readonly [string, Setup])[] = [
  ['text=auto', { attributes: { '.gitattributes': '* text=auto\n' } }],
  ['eol=crlf, in the folder of the module', { attributes: { 'src/planner/.gitattributes': '*.js eol=crlf\n' } }],
  ['text, above the module', { attributes: { 'src/.gitattributes': '*.js text\n' } }],
  ['core.autocrlf=true', { config: [['core.autocrlf', 'true']] }],
  [
    'core.autocrlf=input, refusing what cannot be undone',
    {
      config: [
        ['core.autocrlf', 'input'],
        ['core.safecrlf', 'false'],
      ],
    },
  ],
  [
    'ident',
    {
      attributes: { '.gitattributes': '*.js ident\n' },
      onDisk: (text) => `// $Id: ${'0'.repeat(40)} $\n${text}`,
    },
  ],
  [
    'a clean command',
    {
      attributes: { '.gitattributes': '*.js filter=plain\n' },
      config: [
        ['filter.plain.clean', "sed 's/ *$//'"],
        ['filter.plain.required', 'true'],
      ],
      onDisk: (text) => text.replaceAll('\n', '   \n'),
    },
  ],
];

describe('gate --changed, where git converts files', () => {
  it.each(SETUPS)('knows the active version and a reverted one again: %s', async (_, setup) => {
    const tree = await committed(ONE, setup);
    await recorded(tree);
    expect((await tree.gate()).modules).toMatchObject([{ state: 'unchanged', allow: true }]);
    change(tree, TWO, setup);
    await recorded(tree);
    await tree.box.ok('rollback', 'planner');
    const index = readFileSync(tree.path('.git/index'));
    const objects = tree.git('count-objects', '-v');
    expect(await tree.gate()).toMatchObject({
      code: 1,
      modules: [{ state: 'reverted', allow: false, reasons: [{ code: 'REVERTED' }] }],
    });
    // git's own is as it was.
    expect(readFileSync(tree.path('.git/index'))).toEqual(index);
    expect(tree.git('count-objects', '-v')).toBe(objects);
    await tree.box.ok('untag', 'planner@2', 'reverted');
    expect((await tree.gate()).modules).toMatchObject([{ state: 'staged', allow: true }]);
    change(tree, 'export const other = () => 3;\n', setup);
    expect((await tree.gate()).modules).toMatchObject([{ state: 'unstaged', level: 'BREAKING' }]);
  });

  it.each<readonly [string, Setup]>([
    ['none', {}],
    ['-text', { attributes: { '.gitattributes': '* -text\n' }, config: [['core.autocrlf', 'true']] }],
    ['text of other files', { attributes: { '.gitattributes': '*.md text\n' } }],
  ])('takes other line ends for another content where git keeps them: %s', async (_, setup) => {
    const tree = await committed(ONE, { ...setup, onDisk: (text) => text });
    await recorded(tree);
    change(tree, ONE, setup);
    expect((await tree.gate()).modules).toMatchObject([{ state: 'unstaged' }]);
  });

  it('takes other line ends for another content where the index has them already, which text=auto keeps', async () => {
    const tree = await committed(ONE, { onDisk: withCr });
    tree.write('.gitattributes', '* text=auto\n');
    tree.git('add', '.gitattributes');
    await recorded(tree);
    expect((await tree.gate()).modules).toMatchObject([{ state: 'unchanged' }]);
    tree.write('src/planner/index.js', ONE);
    await recorded(tree);
    expect((await tree.gate()).modules).toMatchObject([{ state: 'unstaged' }]);
  });

  it('knows a module of one file again, in a package below the top and in a linked work tree', async () => {
    const tree = await committed(ONE, { attributes: { '.gitattributes': '* text=auto\n' } });
    tree.write(
      'app/package.json',
      JSON.stringify({ 'git-lineage': { ledger: '../../modules.git', modules: { router: 'lib/router.js' } } }),
    );
    tree.write('app/lib/router.js', withCr(ONE));
    tree.git('add', '.');
    tree.git('commit', '-qm', 'app');
    await tree.box.ok('record', 'router', 'dev/app/lib/router.js');
    expect((await tree.gate({ cwd: 'app/lib' })).modules).toMatchObject([{ moduleId: 'router', state: 'unchanged' }]);
    // As a hook is started: git names its repository and index.
    const env = { GIT_DIR: '.git', GIT_INDEX_FILE: '.git/index' };
    expect((await tree.gate({ env })).modules).toMatchObject([{ moduleId: 'planner', state: 'new' }]);
    await recorded(tree);
    expect((await tree.gate({ env })).modules).toMatchObject([{ moduleId: 'planner', state: 'unchanged' }]);
    tree.git('worktree', 'add', '-q', '../linked');
    expect((await tree.gate({ cwd: '../linked/app' })).modules).toMatchObject([{ state: 'unchanged' }]);
  });

  it('compares as they are files whose filter fails', async () => {
    const setup = SETUPS.at(-1)?.[1] ?? {};
    const tree = await committed(ONE, setup);
    await recorded(tree);
    tree.git('config', 'filter.plain.clean', 'false');
    expect((await tree.gate()).modules).toMatchObject([{ state: 'unstaged' }]);
  });

  it('leaves a folder of its own behind where it is killed, which goes with the next; that of one that runs stays', async () => {
    const tree = await committed(ONE, SETUPS.at(-1)?.[1] ?? {});
    await recorded(tree);
    tree.box.write('tmp/git-lineage-clean-theirs', 'a file of somebody else\n');
    const folders = () => readdirSync(tree.box.path('tmp')).filter((name) => name !== 'git-lineage-clean-theirs');
    const env = { ...tree.env, TMPDIR: tree.box.path('tmp') };
    // git is in the midst of its filter while the named file is there.
    const begun = async (name: string) => {
      tree.write(name, '');
      const waiting = `sh -c 'touch ${tree.path(name)}.begun; while test -e ${tree.path(name)}; do sleep 0.05; done; sed "s/ *$//"'`;
      tree.git('config', 'filter.plain.clean', waiting);
      const child = spawn(process.execPath, [BIN, 'gate', '--changed'], { cwd: tree.root, env, stdio: 'ignore' });
      const ended = new Promise<number | null>((resolve) => child.on('close', resolve));
      onTestFinished(() => {
        child.kill('SIGKILL');
        rmSync(tree.path(name), { force: true });
      });
      await vi.waitFor(() => expect(existsSync(tree.path(`${name}.begun`))).toBe(true), { timeout: 60_000 });
      return { child, ended };
    };
    const killed = await begun('first');
    killed.child.kill('SIGKILL');
    await killed.ended;
    const left = folders();
    expect(left).toHaveLength(1);
    tree.remove('first');
    const running = await begun('second');
    const held = folders();
    expect(held).toHaveLength(1);
    expect(held).not.toEqual(left);
    tree.git('config', 'filter.plain.clean', "sed 's/ *$//'");
    const next = spawnSync(process.execPath, [BIN, 'gate', '--changed'], { cwd: tree.root, env });
    expect([next.status, folders()]).toEqual([0, held]);
    tree.remove('second');
    expect(await running.ended).toBe(0);
    expect(folders()).toEqual([]);
  });
});
