/** `gate --changed`: what is about to be committed, compared with what is active. */

import { execFileSync } from 'node:child_process';
import { mkdirSync, renameSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { withLedger } from './sandbox.js';
import { WorkTree } from './work-tree.js';

const MODULES = { ledger: '../modules.git', modules: { planner: 'src/planner' } };

/** A work tree whose planner is active as version 1, committed. */
async function developed(...settings: string[]): Promise<WorkTree> {
  const tree = new WorkTree(await withLedger());
  tree.configure(MODULES);
  tree.write('src/planner/index.js', 'export const plan = () => 1;\n');
  tree.write('src/planner/bin/run', '#!/bin/sh\n', 0o755);
  tree.link('bin/run', 'src/planner/run');
  tree.git('init', '-q');
  tree.git('add', '.');
  tree.git('commit', '-qm', 'one');
  await tree.box.ok('record', 'planner', 'dev/src/planner', '--tag', 'stable');
  if (settings.length > 0) await tree.box.ok('policy', 'set', ...settings);
  return tree;
}

/** The same with planner changed in the index. */
async function changed(...settings: string[]): Promise<WorkTree> {
  const tree = await developed(...settings);
  tree.write('src/planner/index.js', 'export const plan = () => 2;\n');
  tree.git('add', '.');
  return tree;
}

/** Puts what is on disk into the ledger. */
async function stage(tree: WorkTree, ...more: string[]): Promise<void> {
  await tree.box.ok('stage', 'planner', 'dev/src/planner', ...more);
}

describe('gate --changed', () => {
  it('says unchanged of what is active, files, run bits and links', async () => {
    const tree = await developed('requireApproval=true', 'approveUnknown=true');
    expect(await tree.gate()).toEqual({
      code: 0,
      modules: [
        { moduleId: 'planner', path: 'src/planner', state: 'unchanged', allow: true, level: null, reasons: [] },
      ],
    });
    expect(await tree.run(['gate', '--changed'])).toEqual({
      code: 0,
      stdout: 'unchanged planner (src/planner)\n',
      stderr: '',
    });
    tree.git('update-index', '--chmod=-x', 'src/planner/bin/run');
    expect((await tree.gate()).modules[0].state).toBe('unstaged');
  });

  it('compares the index, not the folder', async () => {
    const tree = await developed();
    tree.write('src/planner/index.js', 'not added\n');
    tree.write('src/planner/more.js', 'not added either\n');
    expect((await tree.gate()).modules[0].state).toBe('unchanged');
    tree.git('add', 'src/planner/index.js');
    tree.write('src/planner/index.js', 'export const plan = () => 1;\n');
    tree.remove('src/planner/more.js');
    expect((await tree.gate()).modules[0].state).toBe('unstaged');
  });

  it('takes of the index what record takes of the folder, whatever git was made to track', async () => {
    const tree = await developed();
    tree.write('src/planner/package.json', '{"files":["index.js","lib","!lib/test"]}');
    tree.write('src/planner/lib/a.js', 'export const a = 1;\n');
    for (const path of ['lib/test/t.js', 'lib/x.log', 'other.js', 'node_modules/b/b.js', 'lib/node_modules/c.js'])
      tree.write(`src/planner/${path}`, path);
    tree.write('src/planner/lib/.gitignore', '*.log\n');
    tree.git('add', '--force', '.');
    await tree.box.ok('record', 'planner', 'dev/src/planner');
    expect((await tree.gate()).modules[0].state).toBe('unchanged');
    tree.write('src/planner/other.js', 'is no part of it');
    tree.write('src/planner/node_modules/b/b.js', 'neither is this');
    tree.git('add', '--force', '.');
    expect((await tree.gate()).modules[0].state).toBe('unchanged');
    tree.write('src/planner/lib/a.js', 'export const a = 2;\n');
    tree.git('add', '.');
    expect((await tree.gate()).modules[0].state).toBe('unstaged');
    tree.write('src/planner/lib/.env', 'A=1');
    tree.git('add', '--force', '.');
    expect((await tree.gate()).modules[0]).toMatchObject({ state: 'invalid', allow: false });
    tree.git('rm', '-q', '--cached', 'src/planner/lib/.env');
    tree.remove('src/planner/lib/.env');
    // With line ends that git changes, all that it tracks is compared as before.
    tree.write('.gitattributes', '* text=auto eol=crlf\n');
    tree.write('src/planner/lib/a.js', 'export const a = 3;\r\n');
    tree.git('add', '.');
    await tree.box.ok('record', 'planner', 'dev/src/planner');
    expect((await tree.gate()).modules[0].state).toBe('unchanged');
  });

  it('compares the index that a partial commit is made of', async () => {
    const tree = await developed();
    tree.write('src/planner/index.js', 'export const plan = () => 2;\n');
    tree.write('other.js', 'x');
    tree.git('add', '.');
    tree.install();
    // What git does for `git commit other.js`: the hook is told of an index of its own.
    tree.write(
      '.git/hooks/pre-commit',
      '#!/bin/sh\nnode_modules/.bin/git-lineage gate --changed --json > told\n',
      0o755,
    );
    tree.git('commit', '-qm', 'two', '--', 'other.js');
    expect(JSON.parse(tree.read('told'))[0].state).toBe('unchanged');
    tree.git('commit', '-qm', 'three');
    expect(JSON.parse(tree.read('told'))[0].state).toBe('unstaged');
    tree.write('src/planner/index.js', 'export const plan = () => 1;\n');
    tree.git('commit', '-qam', 'four');
    expect(JSON.parse(tree.read('told'))[0].state).toBe('unchanged');
  });

  it('leaves out what git add --intent-to-add only announced, and takes empty files', async () => {
    const tree = await developed();
    tree.write('src/planner/soon.js', 'x');
    tree.git('add', '--intent-to-add', 'src/planner/soon.js');
    expect((await tree.gate()).modules[0].state).toBe('unchanged');
    tree.write('src/planner/empty.js', '');
    tree.git('add', 'src/planner/empty.js');
    expect((await tree.gate()).modules[0].state).toBe('unstaged');
    tree.remove('src/planner/soon.js');
    await stage(tree);
    expect((await tree.gate()).modules[0].state).toBe('staged');
  });

  it('measures content that is not in the ledger, stores nothing, and names what breaks', async () => {
    const tree = await changed('approveUnknown=true', 'requireApproval=true');
    const { seq } = (await tree.box.json('history', '--limit', '1'))[0];
    expect(await tree.gate()).toEqual({
      code: 0,
      modules: [
        {
          moduleId: 'planner',
          path: 'src/planner',
          state: 'unstaged',
          allow: true,
          level: 'COMPATIBLE',
          reasons: [
            { code: 'MEASURED', message: 'not in the ledger; measured against v1' },
            { code: 'RATIONALE', message: expect.stringMatching(/^Drop-in/) },
          ],
        },
      ],
    });
    tree.write('src/planner/index.js', 'export const planned = () => 1;\n');
    tree.git('add', '.');
    const refused = await tree.run(['gate', '--changed']);
    expect(refused).toMatchObject({ code: 1, stderr: '' });
    expect(refused.stdout).toMatch(
      /^refuse BREAKING planner \(src\/planner\)\n {2}not in the ledger; measured against v1\n/,
    );
    expect(refused.stdout).toMatch(/\n {2}- plan: .*removed\n/);
    expect(refused.stdout).toMatch(
      / {2}BREAKING needs the approval of an operator: stage src\/planner to have it approved\n$/,
    );
    await tree.box.ok('policy', 'set', 'requireApproval=false');
    const [allowed] = (await tree.gate()).modules;
    expect(allowed).toMatchObject({ state: 'unstaged', allow: true, level: 'BREAKING' });
    const message = 'BREAKING, and the policy asks for no approval';
    expect(allowed.reasons.at(-1)).toEqual({ code: 'APPROVAL_NOT_ASKED', message });
    expect((await tree.box.json('history', '--limit', '1'))[0].seq).toBe(seq + 1);
    expect(await tree.box.json('show', 'planner@1')).toMatchObject({ reports: [] });
  });

  it('allows what cannot be measured with a warning, and refuses it where the policy approves UNKNOWN', async () => {
    const tree = await changed();
    await tree.box.ok('record', 'planner', '--checksum', 'hotfix');
    const [warned] = (await tree.gate()).modules;
    expect(warned).toMatchObject({ state: 'unstaged', allow: true, level: 'UNKNOWN' });
    expect(warned.reasons).toEqual([
      { code: 'MEASURED', message: 'not in the ledger; measured against v2' },
      { code: 'RATIONALE', message: expect.stringContaining('v2 was recorded without files') },
      { code: 'APPROVAL_NOT_ASKED', message: 'UNKNOWN, and the policy asks for no approval' },
    ]);
    await tree.box.ok('policy', 'set', 'approveUnknown=true');
    const refused = await tree.run(['gate', '--changed']);
    expect(refused.code).toBe(1);
    expect(refused.stdout).toMatch(/^refuse UNKNOWN planner \(src\/planner\)\n/);
    expect(refused.stdout).toMatch(
      / {2}UNKNOWN needs the approval of an operator: stage src\/planner to have it approved\n$/,
    );
  });

  it('is not dodged by staging what nobody assessed yet', async () => {
    const tree = await changed('requireApproval=true');
    tree.write('src/planner/index.js', 'export const planned = () => 1;\n');
    tree.git('add', '.');
    await stage(tree);
    const { code, modules } = await tree.gate();
    expect({ code, ...modules[0] }).toMatchObject({ code: 1, state: 'staged', allow: false, level: 'BREAKING' });
    const message = 'nobody assessed v2: git-lineage assess planner 1 2 puts this on record';
    expect(modules[0].reasons[0]).toEqual({ code: 'NOT_ASSESSED', message });
    await tree.box.ok('assess', 'planner', '1', '2');
    expect((await tree.gate()).modules[0]).toMatchObject({ state: 'staged', allow: false, level: 'BREAKING' });
    await tree.box.ok('approve', 'planner', '1', '2');
    expect((await tree.gate()).code).toBe(0);
  });

  it('refuses a breaking change that nobody approved, naming the exports, and lets an approved one pass', async () => {
    const tree = await changed('requireApproval=true');
    await stage(tree);
    await tree.box.ok(
      'assess',
      'planner',
      '1',
      '2',
      '--no-measure',
      '--level',
      'breaking',
      '--rationale',
      'plan: removed\nrun: other type',
    );
    expect(await tree.run(['gate', '--changed'])).toEqual({
      code: 1,
      stdout:
        'refuse BREAKING planner (src/planner)\n' +
        '  BREAKING needs the approval of an operator\n' +
        '  plan: removed\n' +
        '  run: other type\n',
      stderr: '',
    });
    expect(await tree.gate()).toEqual({
      code: 1,
      modules: [
        {
          moduleId: 'planner',
          path: 'src/planner',
          state: 'staged',
          allow: false,
          level: 'BREAKING',
          reasons: [
            { code: 'APPROVAL_MISSING', message: 'BREAKING needs the approval of an operator' },
            { code: 'RATIONALE', message: 'plan: removed\nrun: other type' },
          ],
        },
      ],
    });
    await tree.box.ok('approve', 'planner', '1', '2', '--rationale', 'callers were migrated');
    const approved = await tree.gate();
    expect(approved).toMatchObject({ code: 0, modules: [{ state: 'staged', allow: true, level: 'BREAKING' }] });
    expect(approved.modules[0].reasons).toEqual([
      { code: 'APPROVED', message: expect.stringContaining('approved by') },
      { code: 'RATIONALE', message: 'plan: removed\nrun: other type' },
    ]);
    await tree.box.ok('activate', 'planner@2');
    expect((await tree.gate()).modules[0].state).toBe('unchanged');
  });

  it('is not dodged by staging the same again', async () => {
    const tree = await changed('requireApproval=true');
    await stage(tree);
    await tree.box.ok('assess', 'planner', '1', '2', '--no-measure', '--level', 'breaking');
    await stage(tree);
    expect((await tree.gate()).modules[0]).toMatchObject({ allow: false, level: 'BREAKING' });
    await tree.box.ok('assess', 'planner', '1', '3', '--no-measure', '--level', 'breaking');
    await tree.box.ok('approve', 'planner', '1', '3');
    expect((await tree.gate()).modules[0]).toMatchObject({ allow: true, level: 'BREAKING' });
  });

  it('says the level of a version that was assessed', async () => {
    const tree = await changed('approveUnknown=true');
    await stage(tree);
    expect(await tree.gate()).toMatchObject({
      code: 1,
      modules: [{ state: 'staged', allow: false, level: 'UNKNOWN' }],
    });
    await tree.box.ok('assess', 'planner', '1', '2', '--no-measure', '--level', 'compatible');
    expect((await tree.run(['gate', '--changed'])).stdout).toBe('allow COMPATIBLE planner (src/planner)\n');
  });

  it('does not take a version made from another one for an answer', async () => {
    const tree = await changed('approveUnknown=true');
    await stage(tree);
    await tree.box.ok('assess', 'planner', '1', '2', '--no-measure', '--level', 'compatible');
    await tree.box.ok('policy', 'set', 'approveUnknown=false');
    await tree.box.ok('record', 'planner', '--checksum', 'hotfix');
    await tree.box.ok('policy', 'set', 'approveUnknown=true');
    expect(await tree.gate()).toMatchObject({ code: 1, modules: [{ state: 'unstaged', level: 'UNKNOWN' }] });
  });

  it('refuses content that was reverted, until that is cleared', async () => {
    const tree = await changed();
    await tree.box.ok('record', 'planner', 'dev/src/planner');
    await tree.box.ok('rollback', 'planner');
    expect(await tree.run(['gate', '--changed'])).toMatchObject({
      code: 1,
      stdout:
        'refuse UNKNOWN planner (src/planner)\n' +
        '  v2 with this content was reverted: tag it stable again, or untag reverted, to clear that\n',
    });
    expect((await tree.gate()).modules[0]).toMatchObject({ state: 'reverted', allow: false, level: 'UNKNOWN' });
    await tree.box.ok('untag', 'planner@2', 'reverted');
    expect(await tree.gate()).toMatchObject({ code: 0, modules: [{ state: 'staged' }] });
  });

  it('says new of a module without an active version, and lets it pass', async () => {
    const tree = await developed('approveUnknown=true');
    tree.configure({ ...MODULES, modules: { router: 'src/router.js', '@acme/planner': 'src/planner' } });
    tree.write('src/router.js', 'x');
    tree.git('add', '.');
    const { code, stdout } = await tree.run(['gate', '--changed']);
    expect({ code, heads: stdout.split('\n').filter((line) => /^\S/.test(line)) }).toEqual({
      code: 0,
      heads: ['new router (src/router.js)', 'new @acme/planner (src/planner)'],
    });
    expect((await tree.gate()).modules[0]).toMatchObject({ state: 'new', allow: true, level: null });
  });

  it('takes a single file by its base name', async () => {
    const tree = await developed();
    tree.configure({ ...MODULES, modules: { router: './src/router.js' } });
    tree.write('src/router.js', 'x');
    tree.write('src/router.js.map', 'y');
    tree.git('add', '.');
    await tree.box.ok('record', 'router', 'dev/src/router.js');
    expect((await tree.gate()).modules).toEqual([
      expect.objectContaining({ path: 'src/router.js', state: 'unchanged' }),
    ]);
  });

  it('takes the whole work tree where that is the module, and names that git would read as patterns', async () => {
    const tree = await developed();
    tree.configure({ ...MODULES, modules: { all: './', odd: 'src/[a-z]*' } });
    tree.write('src/[a-z]*/x.js', 'x');
    tree.write('src/b/y.js', 'y');
    tree.git('add', '.');
    await tree.box.ok('record', 'all', 'dev');
    await tree.box.ok('record', 'odd', 'dev/src/[a-z]*');
    expect((await tree.gate()).modules.map(({ state }) => state)).toEqual(['unchanged', 'unchanged']);
  });

  it('refuses a module that was deleted, or never added', async () => {
    const tree = await developed();
    tree.git('rm', '-rq', 'src/planner');
    const { code, modules } = await tree.gate();
    expect({ code, modules }).toMatchObject({ code: 1, modules: [{ state: 'deleted', allow: false, level: null }] });
    const { stdout } = await tree.run(['gate', '--changed']);
    expect(stdout).toMatch(/^refuse planner \(src\/planner\)\n {2}git's index has no file at src\/planner: .+\n$/);
    tree.write('src/planner/index.js', 'export const plan = () => 1;\n');
    expect((await tree.gate()).modules[0].state).toBe('deleted');
  });

  it('refuses submodules, merge conflicts, a link in place of the module, and what no ledger takes', async () => {
    const tree = await developed();
    const reasons = async () => {
      const { code, modules } = await tree.gate();
      expect({ code, modules }).toMatchObject({ code: 1, modules: [{ state: 'invalid', allow: false, level: null }] });
      return modules[0].reasons;
    };
    const blob = tree.git('rev-parse', 'HEAD:src/planner/index.js').trim();
    const commit = tree.git('rev-parse', 'HEAD').trim();
    tree.git('update-index', '--add', '--cacheinfo', `160000,${commit},src/planner/lib`);
    expect(await reasons()).toEqual([
      { code: 'SUBMODULE', message: '"src/planner/lib" is a submodule: its files are not in this repository' },
    ]);
    tree.git('reset', '-q');
    const stages = [1, 2, 3].map((stageNumber) => `100644 ${blob} ${stageNumber}\tsrc/planner/index.js\n`).join('');
    const zero = `0 ${'0'.repeat(40)}\tsrc/planner/index.js\n`;
    execFileSync('git', ['update-index', '--index-info'], { cwd: tree.root, env: tree.env, input: zero + stages });
    expect(await reasons()).toEqual([
      { code: 'MERGE_CONFLICT', message: '"src/planner/index.js" has a merge conflict that is not resolved' },
    ]);
    tree.git('reset', '-q');
    tree.git('update-index', '--add', '--cacheinfo', `120000,${blob},src/planner/out`);
    expect(await reasons()).toEqual([
      { code: 'INVALID_FILES', message: expect.stringContaining('"out": expected a link whose target stays inside') },
    ]);
    tree.git('reset', '-q');
    renameSync(tree.path('src/planner'), tree.path('src/real'));
    tree.link('real', 'src/planner');
    tree.git('add', '-A');
    expect(await reasons()).toEqual([
      { code: 'SYMBOLIC_LINK', message: '"src/planner" is a symbolic link: name what it leads to' },
    ]);
  });

  it('reads the folder where it is no git work tree', async () => {
    const tree = await developed();
    tree.remove('.git');
    expect((await tree.gate()).modules[0].state).toBe('unchanged');
    tree.write('src/planner/index.js', 'export const plan = () => 2;\n');
    expect((await tree.gate()).modules[0].state).toBe('unstaged');
    execFileSync('mkfifo', [tree.path('src/planner/pipe')]);
    expect((await tree.gate()).modules[0]).toMatchObject({ state: 'invalid', allow: false });
    tree.remove('src/planner');
    expect((await tree.gate()).modules[0]).toMatchObject({
      state: 'deleted',
      reasons: [{ code: 'NO_FILES', message: expect.stringMatching(/^there is nothing at src\/planner: /) }],
    });
    mkdirSync(tree.path('src/planner'));
    expect((await tree.gate()).modules[0].state).toBe('deleted');
  });

  it('says so where git itself fails, rather than reading the folder', async () => {
    const tree = await developed();
    tree.write('.git/config', '[core\n');
    expect(await tree.failure(['gate', '--changed'])).toMatchObject({
      exit: 5,
      code: 'IO',
      message: expect.stringContaining('bad config'),
    });
  });

  it('works from below the package, in a package below the top, and in a linked work tree', async () => {
    const tree = await developed();
    expect((await tree.gate({ cwd: 'src/planner/bin' })).modules[0].state).toBe('unchanged');
    tree.write('apps/one/package.json', JSON.stringify({ 'git-lineage': { ...MODULES, modules: { planner: 'lib' } } }));
    tree.write('apps/one/lib/index.js', 'x');
    tree.git('add', '.');
    tree.git('commit', '-qm', 'app');
    const named = { env: { GIT_LINEAGE_DIR: tree.box.ledger } };
    expect((await tree.gate({ cwd: 'apps/one/lib', ...named })).modules).toMatchObject([
      { path: 'lib', state: 'unstaged' },
    ]);
    // A package.json that says nothing of modules is passed over.
    tree.write('apps/two/package.json', '{}');
    expect((await tree.gate({ cwd: 'apps/two' })).modules).toMatchObject([{ path: 'src/planner', state: 'unchanged' }]);
    tree.git('worktree', 'add', '-q', '../linked');
    expect((await tree.gate({ cwd: '../linked' })).modules[0].state).toBe('unchanged');
    const inHook = {
      GIT_DIR: tree.path('.git/worktrees/linked'),
      GIT_INDEX_FILE: tree.path('.git/worktrees/linked/index'),
    };
    expect((await tree.gate({ cwd: '../linked', env: inHook })).modules[0].state).toBe('unchanged');
  });

  it('takes the ledger of --ledger or GIT_LINEAGE_DIR before that of package.json', async () => {
    const tree = await developed();
    tree.configure({ ...MODULES, ledger: '../nowhere.git' });
    expect(await tree.failure(['gate', '--changed'])).toMatchObject({ exit: 2, code: 'NOT_A_LEDGER' });
    expect((await tree.gate({ env: { GIT_LINEAGE_DIR: tree.box.ledger } })).code).toBe(0);
    expect((await tree.run(['gate', '--changed', '--ledger', '../modules.git'])).code).toBe(0);
    tree.configure({ modules: MODULES.modules });
    expect(await tree.failure(['gate', '--changed'])).toMatchObject({
      exit: 2,
      code: 'INVALID_CONFIG',
      hint: expect.stringContaining('GIT_LINEAGE_DIR'),
    });
  });

  it.each([
    ['a text', 'x', ['"git-lineage"']],
    ['no modules', { ledger: 'x' }, ['.modules']],
    ['modules that are none', { modules: {} }, ['.modules']],
    ['a list of modules', { modules: ['planner'] }, ['.modules']],
    [
      'many mistakes',
      { ledger: 7, module: {}, modules: { a: '/abs', b: '../up', c: 'x/../../up', d: '', e: 3, f: 'a\\b', g: 'ok' } },
      ['"git-lineage"', '.ledger', '."a"', '."b"', '."c"', '."d"', '."e"', '."f"'],
    ],
  ])('refuses a configuration of %s, with every issue at once', async (_what, config, ends) => {
    const tree = new WorkTree(await withLedger());
    tree.configure(config);
    const refused = await tree.failure(['gate', '--changed']);
    expect(refused).toMatchObject({ exit: 2, code: 'INVALID_CONFIG', hint: expect.stringContaining('"planner"') });
    const paths: string[] = refused.data.issues.map(({ path }: { path: string }) => path);
    expect(paths).toHaveLength(ends.length);
    for (const [i, end] of ends.entries()) {
      expect(paths[i]?.startsWith(`${tree.path('package.json')}: "git-lineage"`)).toBe(true);
      expect(paths[i]?.endsWith(end)).toBe(true);
    }
  });

  it('is wrong usage with a pair, with neither, with half a pair, without a package.json', async () => {
    const tree = new WorkTree(await withLedger());
    expect(await tree.failure(['gate', '--changed'])).toMatchObject({ exit: 2, code: 'NOT_FOUND' });
    tree.write('package.json', '{ nonsense');
    expect(await tree.failure(['gate', '--changed'])).toMatchObject({ exit: 2, code: 'INVALID_CONFIG' });
    for (const argv of [
      ['--changed', 'planner', '1', '2'],
      ['--changed', 'planner'],
      [],
      ['planner'],
      ['planner', '1'],
    ]) {
      const refused = await tree.failure(['gate', ...argv]);
      expect(refused).toMatchObject({ exit: 2, code: 'INVALID_ARGUMENT', hint: expect.stringContaining('--changed') });
    }
    tree.configure({ ...MODULES, modules: { 'no module': '.' } });
    tree.write('x', 'x');
    expect(await tree.failure(['gate', '--changed'])).toMatchObject({ exit: 2, code: 'INVALID_MODULE_ID' });
  });
});
