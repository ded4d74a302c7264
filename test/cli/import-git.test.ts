/** `import git`: the tags of a repository, with git as it really is. */

import { spawn, spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { type Json, type Sandbox, withLedger } from './sandbox.js';
import { WorkTree } from './work-tree.js';

const BIN = fileURLToPath(new URL('../../dist/cli/bin.js', import.meta.url));

async function place(objectFormat = 'sha1'): Promise<{ box: Sandbox; tree: WorkTree }> {
  const box = await withLedger();
  const tree = new WorkTree(box, 'source');
  tree.git('init', '--quiet', `--object-format=${objectFormat}`);
  return { box, tree };
}

/** Commits what is there at a day of January 2020, and tags it. */
function release(tree: WorkTree, tag: string, day: number, ...flags: string[]): void {
  const date = `${Date.UTC(2020, 0, day) / 1000} +0000`;
  const env = { ...tree.env, GIT_AUTHOR_DATE: date, GIT_COMMITTER_DATE: date };
  const git = (...argv: string[]) => {
    const { status, stderr } = spawnSync('git', argv, { cwd: tree.root, env, encoding: 'utf8' });
    if (status !== 0) throw new Error(`git ${argv.join(' ')}: ${stderr}`);
  };
  git('add', '--all');
  git('commit', '--quiet', '--allow-empty', '-m', tag);
  git('tag', ...flags, tag);
}

/** So many releases of packages/planner, made in one go. */
function manyTags(tree: WorkTree, count: number): void {
  const lines: string[] = [];
  const data = (text: string) => `data ${Buffer.byteLength(text)}\n${text}\n`;
  for (let i = 0; i < count; i++) {
    const who = `Dev <dev@example.org> ${1_500_000_000 + i * 1000} +0000`;
    lines.push(`commit refs/heads/main\nmark :${i + 1}\ncommitter ${who}\n${data(`release ${i}`)}`);
    if (i > 0) lines.push(`from :${i}\n`);
    lines.push(`M 100644 inline packages/planner/index.js\n${data(`export const n = ${i};\n`)}`);
    lines.push('M 100644 inline README.md\n', data('the repository'));
    if (i % 2 === 0) lines.push(`reset refs/tags/v1.${i}.0\nfrom :${i + 1}\n\n`);
    else
      lines.push(
        `tag v1.${i}.0\nfrom :${i + 1}\ntagger ${who.replace(/\d+ \+0000$/, `${1_500_000_500 + i * 1000} +0000`)}\n${data('x')}`,
      );
  }
  const { status, stderr } = spawnSync('git', ['fast-import', '--quiet'], {
    cwd: tree.root,
    env: tree.env,
    input: lines.join(''),
    encoding: 'utf8',
  });
  if (status !== 0) throw new Error(stderr);
}

async function versionsOf(box: Sandbox, moduleId: string): Promise<Json[]> {
  return box.json('log', moduleId, '--all');
}

describe('import git', () => {
  it('says where it has no place for what it reads', async () => {
    const { box, tree } = await place();
    manyTags(tree, 1);
    const env = { ...box.env, TMPDIR: box.path('nowhere') };
    const { status, stderr } = spawnSync(
      process.execPath,
      [BIN, 'import', 'git', 'source', '--path', 'packages/planner/'],
      {
        ...{ cwd: box.root, env, encoding: 'utf8' },
      },
    );
    expect(status).toBe(5);
    expect(stderr).toMatch(/^error: IO: cannot make a temporary folder in ".*nowhere": ENOENT\nhint: set TMPDIR /);
  });

  it('imports 200 tags, light and annotated, of a folder, broken off and resumed', { timeout: 300_000 }, async () => {
    const { box, tree } = await place();
    manyTags(tree, 200);
    const argv = ['import', 'git', 'source', '--path', 'packages/planner/'];
    const child = spawn(process.execPath, [BIN, ...argv], {
      cwd: box.root,
      env: { ...box.env, TMPDIR: box.path('home') },
      stdio: 'ignore',
    });
    const ended = new Promise<void>((resolve) => child.on('close', () => resolve()));
    // Killed when its first transaction is there.
    let alive = true;
    void ended.then(() => {
      alive = false;
    });
    while (alive && (await versionsOf(box, 'planner').catch(() => [])).length === 0);
    child.kill('SIGKILL');
    await ended;
    const answer = await box.json(...argv);
    expect(answer).toMatchObject({ moduleId: 'planner', active: 200, passedOver: [] });
    expect(answer.present).toBeGreaterThan(0);
    expect(answer.present + answer.imported.length).toBe(200);
    const versions = await versionsOf(box, 'planner');
    expect(versions.map(({ version, parentVer }) => [version, parentVer])).toEqual(
      Array.from({ length: 200 }, (_, i) => [i + 1, i === 0 ? null : i]),
    );
    expect(versions[2]).toMatchObject({ timestamp: 1_500_002_000, metadata: { semver: '1.2.0', tag: 'v1.2.0' } });
    expect(versions[3]).toMatchObject({ timestamp: 1_500_003_500, metadata: { path: 'packages/planner' } });
    expect((await box.json('show', 'planner@3')).files.map(({ path }: Json) => path)).toEqual(['index.js']);
    expect(await box.json(...argv)).toMatchObject({ imported: [], present: 200 });
    expect((await box.run(['audit'])).code).toBe(0);
    expect(spawnSync('git', ['-C', box.ledger, 'fsck', '--strict']).status).toBe(0);
  });

  it('takes the semver of odd names, the name of package.json, and says what it passes over', async () => {
    const { box, tree } = await place();
    tree.write('package.json', '{"name":"@acme/planner"}');
    release(tree, '@acme/planner@1.0.0', 1);
    release(tree, '@acme/planner-v1.1.0-rc.1', 2);
    release(tree, '@acme/planner/1.1.0', 3, '-a', '-m', 'x');
    release(tree, '@acme/planner-nightly', 4);
    release(tree, '@acme/planner@1.2', 5);
    tree.git('tag', '@acme/planner-again-1.1.0', '@acme/planner/1.1.0^{}');
    tree.git('tag', '@acme/planner-tree-3.0.0', 'HEAD^{tree}');
    tree.git('tag', '-a', '-m', 'outer', '@acme/planner-nested-1.3.0', '@acme/planner/1.1.0');
    const answer = await box.json('import', 'git', tree.root, '--tags', '@acme/*', '--tag', 'stable');
    expect(answer.moduleId).toBe('@acme/planner');
    expect(answer.imported.map(({ semver }: Json) => semver)).toEqual(['1.0.0', '1.1.0-rc.1', '1.1.0', '1.3.0']);
    const codes = Object.fromEntries(answer.passedOver.map(({ name, code }: Json) => [name, code]));
    expect(Object.values(codes).sort()).toEqual(['NO_COMMIT', 'NO_SEMVER', 'NO_SEMVER', 'SAME_RELEASE']);
    expect(codes['@acme/planner-tree-3.0.0']).toBe('NO_COMMIT');
    expect(codes['@acme/planner-nightly']).toBe('NO_SEMVER');
  });

  it('takes the releases of a repository of SHA-256 objects into a ledger of SHA-1 objects', async () => {
    const { box, tree } = await place('sha256');
    tree.write('index.js', 'export const plan = 1;');
    release(tree, 'v1.0.0', 1);
    tree.write('index.js', 'export const plan = 2;');
    release(tree, 'v1.1.0', 2, '-a', '-m', 'x');
    const answer = await box.json('import', 'git', tree.root, '--module', 'planner');
    expect(answer.imported.map(({ semver }: Json) => semver)).toEqual(['1.0.0', '1.1.0']);
    const again = await box.json('import', 'git', tree.root, '--module', 'planner');
    expect(again.imported).toEqual([]);
  });

  it('takes of a tree what record takes of a folder', async () => {
    const { box, tree } = await place();
    tree.write('.npmignore', 'test\n');
    tree.write('index.js', 'export {};\n');
    tree.write('bin/run', '#!/bin/sh\n', 0o755);
    tree.write('test/a.js', '');
    tree.write('docs/note.md', '');
    tree.link('index.js', 'main.js');
    release(tree, 'v1.0.0', 1);
    await box.json('import', 'git', 'source', '--exclude', 'docs');
    await box.ok('record', 'folder', 'source', '--exclude', 'docs');
    const imported = await box.json('show', 'source');
    const recorded = await box.json('show', 'folder');
    expect(imported.files).toEqual(recorded.files);
    expect(imported.checkpoint.checksum).toBe(recorded.checkpoint.checksum);
    tree.write('.env', 'A=1\n');
    release(tree, 'v1.1.0', 2);
    const error = await box.failure(['import', 'git', 'source']);
    expect(error).toMatchObject({ code: 'INVALID_FILES', hint: expect.stringContaining('--tags PATTERN') });
    expect(error.message).toContain('v1.1.0');
  });

  it('passes over tags without the folder, and refuses submodules and moved tags', async () => {
    const { box, tree } = await place();
    tree.write('index.js', '1\n');
    release(tree, 'v1.0.0', 1);
    tree.write('lib/index.js', '2\n');
    release(tree, 'v1.1.0', 2);
    const answer = await box.json('import', 'git', 'source', '--path', 'lib');
    expect(answer).toMatchObject({ moduleId: 'lib', active: 1, passedOver: [{ name: 'v1.0.0', code: 'NO_FOLDER' }] });
    tree.git('tag', '--force', 'v1.1.0', 'v1.1.0');
    tree.write('lib/index.js', '3\n');
    release(tree, 'v1.1.0', 3, '--force');
    expect(await box.failure(['import', 'git', 'source', '--path', 'lib'])).toMatchObject({
      code: 'CHECKSUM_MISMATCH',
    });
    tree.git('update-index', '--add', '--cacheinfo', `160000,${tree.git('rev-parse', 'HEAD').trim()},sub`);
    tree.git('commit', '--quiet', '-m', 'sub');
    tree.git('tag', 'v2.0.0');
    const error = await box.failure(['import', 'git', 'source', '--tags', 'v2*']);
    expect(error).toMatchObject({ code: 'INVALID_FILES' });
    expect(error.message).toContain('submodule');
    expect(await box.json('import', 'git', 'source', '--tags', 'v2*', '--exclude', 'sub')).toMatchObject({ active: 1 });
  });

  it('runs nothing that the repository configures', async () => {
    const { box, tree } = await place();
    const mark = box.path('ran');
    const script = box.write('evil', `#!/bin/sh\ntouch ${mark}\ncat\n`, 0o755);
    tree.write('.gitattributes', '*.js filter=evil diff=evil\n');
    tree.write('index.js', 'export {};\n');
    release(tree, 'v1.0.0', 1);
    for (const [key, value] of Object.entries({
      'filter.evil.smudge': script,
      'filter.evil.process': script,
      'diff.evil.textconv': script,
      'core.fsmonitor': script,
      'core.sshCommand': script,
      'core.pager': script,
      'core.hooksPath': box.path('hooks'),
      'core.alternateRefsCommand': script,
      'uploadpack.packObjectsHook': script,
      'alias.upload-pack': `!${script}`,
      'alias.ls-remote': `!${script}`,
      'protocol.ext.allow': 'always',
    }))
      tree.git('config', key, value);
    for (const name of ['post-checkout', 'reference-transaction', 'pre-auto-gc', 'post-upload-pack'])
      box.write(`hooks/${name}`, `#!/bin/sh\ntouch ${mark}\n`, 0o755);
    expect(await box.json('import', 'git', 'source')).toMatchObject({ active: 1 });
    // Within the repository, where git would take it for the one that is meant.
    const inside = await box.run(['import', 'git', '.', '--module', 'other', '--json'], { cwd: tree.root });
    expect(inside).toMatchObject({ code: 0 });
    expect(existsSync(mark)).toBe(false);
    expect((await box.failure(['import', 'git', `ext::${script}`])).code).toBe('IO');
    expect(existsSync(mark)).toBe(false);
    // git itself does run it.
    tree.tryGit('status');
    expect(existsSync(mark)).toBe(true);
  });

  it.each([
    [['nowhere'], 2, 'NOT_FOUND'],
    [['source', '--tags', 'x*'], 2, 'NOT_FOUND'],
    [['source', '--tags', 'v*', '--path', 'nowhere'], 2, 'NOT_FOUND'],
    [['source', '--path', '../x'], 2, 'INVALID_ARGUMENT'],
    [['source', '--path', '/x'], 2, 'INVALID_ARGUMENT'],
    [['source', '--order', 'size'], 2, 'INVALID_ARGUMENT'],
    [['source', '--tags', '*'], 2, 'INVALID_ARGUMENT'],
  ])('%j fails', async (argv, exit, code) => {
    const { box, tree } = await place();
    tree.write('index.js', '1\n');
    release(tree, 'v1.0.0', 1);
    tree.write('index.js', '2\n');
    release(tree, 'w-1.0.0', 2);
    expect(await box.failure(['import', 'git', ...argv])).toMatchObject({ exit, code });
  });

  it('names a repository that git cannot read, in one line', async () => {
    const { box } = await place();
    const { message, hint } = await box.failure(['import', 'git', `file://${box.path('nowhere')}`]);
    expect(message).toMatch(/^cannot read the repository ".*nowhere": fatal: .*nowhere.*$/);
    expect(hint).toContain('git ls-remote');
  });
});
