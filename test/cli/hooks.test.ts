/** `hooks` and `hooks install`, with git, npx and simple-git-hooks as they really are. */

import { chmodSync, existsSync, lstatSync, readdirSync, rmSync, statSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { sandbox, withLedger } from './sandbox.js';
import { WorkTree } from './work-tree.js';

const CONFIG = { ledger: '../modules.git', modules: { planner: 'src/planner' } };
const GATE = 'npx git-lineage gate --changed';

/** A work tree with modules mapped in package.json, nothing committed. */
async function workTree(more: object = {}): Promise<WorkTree> {
  const tree = new WorkTree(await withLedger());
  tree.configure(CONFIG, more);
  tree.git('init', '-q');
  return tree;
}

function install(tree: WorkTree, ...more: string[]) {
  return tree.run(['hooks', 'install', ...more]);
}

function commandsIn(tree: WorkTree) {
  return JSON.parse(tree.read('package.json'))['simple-git-hooks'];
}

describe('hooks install', () => {
  it('has git refuse a commit that breaks callers, and let it pass once it is approved', async () => {
    const tree = await workTree();
    tree.install('simple-git-hooks');
    tree.write('src/planner/index.js', 'export const plan = 1;\n');
    await tree.box.ok('record', 'planner', 'dev/src/planner');
    await tree.box.ok('policy', 'set', 'requireApproval=true');
    expect((await install(tree)).code).toBe(0);
    tree.git('add', '.');
    tree.git('commit', '-qm', 'one');

    tree.write('src/planner/index.js', 'export const run = 1;\n');
    await tree.box.ok('stage', 'planner', 'dev/src/planner');
    await tree.box.ok('assess', 'planner', '1', '2');
    tree.git('add', '.');
    const refused = tree.tryGit('commit', '-qm', 'two');
    expect(refused.status).toBe(1);
    expect(refused.stdout + refused.stderr).toContain(
      'refuse BREAKING planner (src/planner)\n  BREAKING needs the approval of an operator\n  Callers break:\n  - plan: ',
    );
    expect(tree.git('rev-list', '--count', 'HEAD')).toBe('1\n');

    // What is on disk is not what is committed.
    tree.write('src/planner/index.js', 'export const plan = 1;\n');
    expect(tree.tryGit('commit', '-qm', 'two').status).toBe(1);

    await tree.box.ok('approve', 'planner', '1', '2');
    tree.git('commit', '-qm', 'two');
    expect(tree.git('show', 'HEAD:src/planner/index.js')).toBe('export const run = 1;\n');
  });

  it('asks on push where it is told to, and not on commit', async () => {
    const tree = await workTree();
    tree.install('simple-git-hooks');
    tree.write('src/planner/index.js', 'export const plan = 1;\n');
    await tree.box.ok('record', 'planner', 'dev/src/planner');
    await tree.box.ok('policy', 'set', 'requireApproval=true');
    expect((await install(tree, '--on', 'push')).code).toBe(0);
    expect(commandsIn(tree)).toEqual({ 'pre-push': GATE });
    tree.git('init', '-q', '--bare', '../origin.git');
    tree.git('add', '.');
    tree.git('commit', '-qm', 'one');
    tree.git('push', '-q', '../origin.git', 'main');
    tree.write('src/planner/index.js', 'export const run = 1;\n');
    tree.git('commit', '-qam', 'two');
    const refused = tree.tryGit('push', '-q', '../origin.git', 'main');
    expect(refused.status).toBe(1);
    expect(refused.stdout + refused.stderr).toMatch(/refuse BREAKING planner .*\n(?: {2}.*\n)* {2}- plan: /);
  });

  it('says what it did, and does nothing the second time', async () => {
    const tree = await workTree();
    tree.install('simple-git-hooks');
    const hook = tree.path('.git/hooks/pre-commit');
    expect(await install(tree)).toEqual({
      code: 0,
      stdout: `wrote "pre-commit": "${GATE}" to ${tree.path('package.json')}\ninstalled ${hook}\n`,
      stderr: '',
    });
    expect(commandsIn(tree)).toEqual({ 'pre-commit': GATE });
    const text = tree.read('package.json');
    expect(await install(tree)).toEqual({
      code: 0,
      stdout: `"pre-commit" runs the gate already in ${tree.path('package.json')}\ninstalled ${hook}\n`,
      stderr: '',
    });
    expect(tree.read('package.json')).toBe(text);
    expect(JSON.parse((await install(tree, '--json')).stdout)).toEqual({
      package: tree.path('package.json'),
      event: 'pre-commit',
      command: GATE,
      changed: false,
      installed: true,
      remains: null,
      warnings: [],
    });
    expect(readdirSync(tree.root).filter((name) => name.includes('tmp'))).toEqual([]);
  });

  it('says what remains where simple-git-hooks is not there', async () => {
    const tree = await workTree();
    const remains = 'npm install --save-dev simple-git-hooks && npx simple-git-hooks';
    const { code, stdout } = await install(tree);
    expect({ code, last: stdout.split('\n')[1] }).toEqual({ code: 0, last: `not installed yet; run: ${remains}` });
    expect(JSON.parse((await install(tree, '--json')).stdout)).toMatchObject({ installed: false, remains });
    expect(existsSync(tree.path('.git/hooks/pre-commit'))).toBe(false);
  });

  it('does not say installed of a hook that git does not run', async () => {
    const tree = await workTree();
    tree.install('simple-git-hooks');
    const { stdout, stderr } = await tree.run(['hooks', 'install'], { env: { SKIP_INSTALL_SIMPLE_GIT_HOOKS: '1' } });
    expect(stdout).toMatch(/\nnot installed yet; run: npx simple-git-hooks\n$/);
    expect(stderr).toMatch(/^warning: simple-git-hooks ran, and git finds no such hook all the same: .*SKIP_INSTALL/);
    // simple-git-hooks reads only the repository's own core.hooksPath.
    tree.git('config', '--global', 'core.hooksPath', tree.box.path('elsewhere'));
    expect(JSON.parse((await install(tree, '--json')).stdout)).toMatchObject({
      installed: false,
      warnings: [expect.stringContaining('simple-git-hooks ran')],
    });
  });

  it('puts the gate after a command that is there, and keeps the others', async () => {
    const tree = await workTree({ 'simple-git-hooks': { 'pre-commit': 'npm test', 'commit-msg': 'true' }, b: 1, a: 2 });
    await install(tree);
    expect(commandsIn(tree)).toEqual({ 'pre-commit': `npm test && ${GATE}`, 'commit-msg': 'true' });
    await install(tree);
    await install(tree, '--on', 'push');
    expect(commandsIn(tree)).toEqual({
      'pre-commit': `npm test && ${GATE}`,
      'commit-msg': 'true',
      'pre-push': GATE,
    });
    expect(Object.keys(JSON.parse(tree.read('package.json')))).toEqual([
      'private',
      'simple-git-hooks',
      'b',
      'a',
      'git-lineage',
    ]);
  });

  it.each([
    'npm test # quick',
    'npm test;',
    'exec npm test',
    'npm test\nnpm run lint',
    'npm test &',
    'npm test || exit 1',
  ])('leaves a command alone after which the gate would not be asked: %j', async (command) => {
    const tree = await workTree({ 'simple-git-hooks': { 'pre-commit': command } });
    const text = tree.read('package.json');
    const refused = await tree.failure(['hooks', 'install']);
    expect(refused).toMatchObject({ exit: 2, code: 'INVALID_CONFIG', hint: `put ${GATE} into it by hand` });
    expect(tree.read('package.json')).toBe(text);
  });

  it.each([
    [
      'tabs and no line end at the end',
      '{\n\t"git-lineage": { "modules": { "a": "a" } }\n}',
      /^\{\n\t"git-lineage": \{\n\t\t"modules"[\s\S]*\}$/,
    ],
    ['four blanks', '{\n    "git-lineage": { "modules": { "a": "a" } }\n}\n', /^\{\n {4}"git-lineage"[\s\S]*\n\}\n$/],
    [
      'line ends of two bytes',
      '{\r\n  "git-lineage": { "modules": { "a": "a" } }\r\n}\r\n',
      /^\{\r\n {2}"git-lineage"(\r\n|[^\r\n])*\}\r\n$/,
    ],
    ['one line', '{"git-lineage":{"modules":{"a":"a"}}}', /^\{"git-lineage":\S+"simple-git-hooks":.+\}\}$/],
  ])('keeps the layout of package.json: %s', async (_what, text, layout) => {
    const tree = await workTree();
    tree.write('package.json', text);
    chmodSync(tree.path('package.json'), 0o640);
    expect((await install(tree)).code).toBe(0);
    expect(tree.read('package.json')).toMatch(layout);
    expect(commandsIn(tree)).toEqual({ 'pre-commit': GATE });
    expect(statSync(tree.path('package.json')).mode & 0o777).toBe(0o640);
  });

  it('writes through a link to package.json', async () => {
    const tree = await workTree();
    tree.write('real.json', tree.read('package.json'));
    rmSync(tree.path('package.json'));
    tree.link('real.json', 'package.json');
    await install(tree);
    expect(lstatSync(tree.path('package.json')).isSymbolicLink()).toBe(true);
    expect(tree.read('real.json')).toContain(GATE);
  });

  it.each([
    '.simple-git-hooks.json',
    'simple-git-hooks.json',
    '.simple-git-hooks.cjs',
    'simple-git-hooks.cjs',
    'simple-git-hooks.mjs',
  ])('says what to add to %s, which simple-git-hooks reads instead', async (name) => {
    const tree = await workTree();
    tree.write(name, '{}');
    const text = tree.read('package.json');
    expect(await tree.failure(['hooks', 'install', '--on', 'push'])).toMatchObject({
      exit: 2,
      code: 'INVALID_CONFIG',
      hint: `add this line to ${name}: "pre-push": "${GATE}"`,
    });
    const { code, stderr } = await install(tree);
    expect({ code, stderr }).toEqual({ code: 2, stderr: expect.stringContaining(`"pre-commit": "${GATE}"`) });
    expect(tree.read('package.json')).toBe(text);
  });

  it('says so too where package.json names such a file, or has no hooks but something else', async () => {
    const tree = await workTree({ 'simple-git-hooks': './hooks.json' });
    expect(await tree.failure(['hooks', 'install'])).toMatchObject({
      code: 'INVALID_CONFIG',
      hint: expect.stringContaining('./hooks.json'),
    });
    tree.configure(CONFIG, { 'simple-git-hooks': ['x'] });
    expect(await tree.failure(['hooks', 'install'])).toMatchObject({ exit: 2, code: 'INVALID_CONFIG' });
    tree.configure(CONFIG, { 'simple-git-hooks': { 'pre-commit': 7 } });
    expect(await tree.failure(['hooks', 'install'])).toMatchObject({ exit: 2, code: 'INVALID_CONFIG' });
  });

  it('destroys no hook that somebody wrote by hand', async () => {
    const tree = await workTree();
    tree.install('simple-git-hooks');
    tree.write('.git/hooks/pre-push', '#!/bin/sh\nexit 0\n', 0o755);
    const text = tree.read('package.json');
    expect(await tree.failure(['hooks', 'install'])).toMatchObject({
      exit: 2,
      code: 'INVALID_CONFIG',
      data: { issues: [expect.objectContaining({ path: tree.path('.git/hooks/pre-push') })] },
    });
    expect(tree.read('package.json')).toBe(text);
    tree.configure(CONFIG, { 'simple-git-hooks': { preserveUnused: ['pre-push'] } });
    expect((await install(tree)).stdout).toContain('installed ');
    expect(tree.read('.git/hooks/pre-push')).toBe('#!/bin/sh\nexit 0\n');
    expect(await tree.failure(['hooks', 'install', '--on', 'push'])).toMatchObject({ code: 'INVALID_CONFIG' });
  });

  it('refuses where no modules are mapped, saying what to add, and where git has no hooks', async () => {
    const tree = await workTree();
    tree.write('package.json', '{}\n');
    expect(await tree.failure(['hooks', 'install'])).toMatchObject({
      exit: 2,
      code: 'INVALID_CONFIG',
      hint: expect.stringContaining('"modules": { "planner": "src/planner" }'),
    });
    expect(tree.read('package.json')).toBe('{}\n');
    tree.configure(CONFIG);
    tree.write('sub/package.json', tree.read('package.json'));
    expect(await tree.failure(['hooks', 'install'], { cwd: 'sub' })).toMatchObject({
      exit: 2,
      code: 'INVALID_ARGUMENT',
      message: expect.stringContaining('top of a git work tree'),
    });
    tree.remove('.git');
    expect(await tree.failure(['hooks', 'install'])).toMatchObject({ exit: 2, code: 'INVALID_ARGUMENT' });
    tree.remove('package.json');
    expect(await tree.failure(['hooks', 'install'])).toMatchObject({ exit: 2, code: 'NOT_FOUND' });
    expect(await tree.failure(['hooks', 'install', '--on', 'merge'])).toMatchObject({ code: 'INVALID_ARGUMENT' });
  });
});

describe('hooks', () => {
  it('shows what stands between a version and going live', async () => {
    const tree = await workTree();
    const hook = `${tree.box.ledger}/hooks/pre-swap`;
    const guards = ['pre-receive', 'proc-receive', 'reference-transaction'];
    const show = async () => JSON.parse((await tree.run(['hooks', '--json'])).stdout);
    expect(await show()).toEqual({
      preSwap: { path: hook, state: 'default' },
      guards: guards.map((name) => ({
        name,
        path: `${tree.box.ledger}/hooks/${name}`,
        state: 'installed',
      })),
      workTree: {
        package: tree.path('package.json'),
        hooks: [
          { event: 'pre-commit', state: 'none', command: null },
          { event: 'pre-push', state: 'none', command: null },
        ],
      },
    });
    tree.box.write('modules.git/hooks/pre-swap', '#!/bin/sh\n# mine\nexec check "$@"\n');
    expect((await show()).preSwap.state).toBe('own');
    tree.box.write('modules.git/hooks/pre-swap', '#!/bin/sh\ntest -e ok\nexit 0\n');
    expect((await show()).preSwap.state).toBe('own');
    chmodSync(hook, 0o644);
    expect((await show()).preSwap.state).toBe('not-executable');
    expect((await tree.run(['hooks'])).stderr).toMatch(/^warning: the pre-swap hook cannot be run: it refuses every/);
    rmSync(hook);
    expect((await show()).preSwap.state).toBe('missing');

    await install(tree);
    expect((await show()).workTree.hooks[0]).toEqual({ event: 'pre-commit', state: 'configured', command: GATE });
    tree.install('simple-git-hooks');
    await install(tree);
    expect(await tree.run(['hooks'])).toEqual({
      code: 0,
      stdout: [
        `pre-swap\tmissing\t${hook}`,
        ...guards.map((name) => `${name}\tinstalled\t${tree.box.ledger}/hooks/${name}`),
        `pre-commit\tinstalled\t${GATE}\npre-push\tnone\t\n`,
      ].join('\n'),
      stderr: '',
    });
    chmodSync(tree.path('.git/hooks/pre-commit'), 0o644);
    expect((await show()).workTree.hooks[0].state).toBe('configured');
  });

  it('shows what there is: a ledger without a work tree, a work tree without a ledger, neither', async () => {
    const box = await withLedger();
    expect(await box.json('hooks')).toMatchObject({ preSwap: { state: 'default' }, workTree: null });
    const tree = new WorkTree(sandbox());
    tree.configure({ modules: { planner: '.' } });
    tree.git('init', '-q');
    const { stdout } = await tree.run(['hooks', '--json']);
    expect(JSON.parse(stdout)).toMatchObject({ preSwap: null, workTree: { hooks: [{}, {}] } });
    expect(await tree.run(['hooks'], { cwd: '..' })).toEqual({ code: 0, stdout: '', stderr: '' });
    expect(await tree.failure(['hooks', '--ledger', 'nowhere.git'])).toMatchObject({ exit: 2, code: 'NOT_A_LEDGER' });
  });
});
