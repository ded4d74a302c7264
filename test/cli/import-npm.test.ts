/** `import npm`: the releases of a package, from a registry of our own through the npm that is there. */

import { spawn, spawnSync } from 'node:child_process';
import { readdirSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { NpmRegistry } from './npm-registry.js';
import { type Json, type Sandbox, withLedger } from './sandbox.js';

const BIN = fileURLToPath(new URL('../../dist/cli/bin.js', import.meta.url));

function day(n: number): string {
  return new Date(Date.UTC(2020, 0, n)).toISOString();
}

async function place(...init: string[]): Promise<{ box: Sandbox; registry: NpmRegistry; env: Record<string, string> }> {
  const box = await withLedger(...init);
  const registry = await NpmRegistry.start();
  return { box, registry, env: registry.envFor(box) };
}

async function imported(box: Sandbox, env: object, ...argv: string[]): Promise<Json> {
  const { code, stdout, stderr } = await box.run(['import', 'npm', ...argv, '--json'], { env: { ...env } });
  if (code !== 0) throw new Error(`exit code ${code}: ${stderr}`);
  return JSON.parse(stdout);
}

/** number, semver, parent of each version. */
async function lineage(box: Sandbox, moduleId: string): Promise<[number, string, number | null][]> {
  const versions: Json[] = await box.json('log', moduleId, '--all');
  return versions.map(({ version, metadata, parentVer }) => [version, metadata.semver, parentVer]);
}

/** Everything that an import decides, and nothing that depends on when and how often it ran. */
async function content(box: Sandbox, moduleId: string): Promise<Json> {
  const versions: Json[] = await box.json('log', moduleId, '--all');
  const { active } = await activeOf(box, moduleId);
  return { active, versions };
}

async function activeOf(box: Sandbox, moduleId: string): Promise<Json> {
  const { checkpoint } = await box.json('show', moduleId);
  return { active: checkpoint.version };
}

/** A promise, and what settles it. */
function later(): { promise: Promise<void>; resolve: () => void } {
  let resolve = (): void => undefined;
  const promise = new Promise<void>((settle) => {
    resolve = settle;
  });
  return { promise, resolve };
}

/** Thirty releases, backports and prereleases among them. */
function publishMany(registry: NpmRegistry, name: string): number {
  for (let i = 0; i < 30; i++) {
    const version = i % 10 === 7 ? `2.${i}.0-beta.1` : i > 14 && i % 5 === 0 ? `1.19.${i}` : `${i > 14 ? 2 : 1}.${i}.0`;
    registry.publish(name, version, day(i + 1));
  }
  return 30;
}

describe('import npm', () => {
  it('keeps dates, numbers by date, makes each from the nearest lower one, and activates the main line', async () => {
    const { box, registry, env } = await place();
    registry.publish('planner', '1.0.0', day(1));
    registry.publish('planner', '2.0.0-beta.1', day(2));
    registry.publish('planner', '2.0.0', day(4));
    registry.publish('planner', '1.0.1', day(5));
    registry.publish('planner', '2.0.0-beta.2', day(3));
    registry.publish('planner', '2.1.0', day(6));
    registry.unpublish('planner', '1.5.0', day(3));
    const answer = await imported(box, env, 'planner', '--tag', 'stable');
    expect(answer).toMatchObject({ moduleId: 'planner', present: 0, active: 6, activated: [1, 4, 6] });
    expect(answer.passedOver).toEqual([
      { name: 'planner@1.5.0', code: 'UNPUBLISHED', message: 'is in the registry no more' },
    ]);
    expect(await lineage(box, 'planner')).toEqual([
      [1, '1.0.0', null],
      [2, '2.0.0-beta.1', 1],
      [3, '2.0.0-beta.2', 2],
      [4, '2.0.0', 1],
      [5, '1.0.1', 1],
      [6, '2.1.0', 4],
    ]);
    const { checkpoint, files } = await box.json('show', 'planner@4');
    expect(checkpoint.timestamp).toBe(Date.parse(day(4)) / 1000);
    expect(checkpoint.metadata).toEqual({
      semver: '2.0.0',
      npm: 'planner@2.0.0',
      integrity: expect.stringMatching(/^sha512-/),
    });
    expect(files.map(({ path }: Json) => path)).toEqual(['index.js', 'package.json']);
    expect((await box.json('rollback-target', 'planner')).target.version).toBe(4);
    expect((await box.run(['audit'])).code).toBe(0);
    expect(spawnSync('git', ['-C', box.ledger, 'fsck', '--strict']).status).toBe(0);
  });

  it('adds later releases when it is run again, and comes to what a single run comes to', async () => {
    const { box, registry, env } = await place();
    registry.publish('planner', '1.0.0', day(1));
    registry.publish('planner', '2.0.0', day(2));
    await imported(box, env, 'planner');
    expect(await imported(box, env, 'planner')).toMatchObject({ imported: [], present: 2, active: 2 });
    registry.publish('planner', '1.0.1', day(3));
    registry.publish('planner', '2.0.1', day(4));
    const asked = registry.tarballs.length;
    expect(await imported(box, env, 'planner')).toMatchObject({ present: 2, active: 4, activated: [4] });
    expect(registry.tarballs.slice(asked)).toEqual(['planner@1.0.1', 'planner@2.0.1']);
    const once = await withLedger();
    await imported(once, env, 'planner');
    expect(await content(box, 'planner')).toEqual(await content(once, 'planner'));
  });

  it('takes a range, leaves prereleases out, orders by semver and keeps another name', async () => {
    const { box, registry, env } = await place();
    registry.publish('planner', '1.0.0', day(1));
    registry.publish('planner', '2.1.0', day(2));
    registry.publish('planner', '2.0.0', day(3));
    registry.publish('planner', '2.2.0-rc.1', day(4));
    await imported(box, env, 'planner@^2', '--no-prerelease', '--order', 'semver', '--module', 'p');
    expect(await lineage(box, 'p')).toEqual([
      [1, '2.0.0', null],
      [2, '2.1.0', 1],
    ]);
  });

  it('says where dates contradict versions, and what to do; a fix of an old line is none of that', async () => {
    const { box, registry, env } = await place();
    const published = ['1.0.0', '1.2.0', '2.0.0', '1.2.1', '1.3.0', '2.1.0-rc.1'];
    for (const [i, version] of published.entries()) registry.publish('planner', version, day(i + 1));
    expect((await imported(box, env, 'planner')).warnings.join()).not.toContain('dated');
    for (const [i, version] of ['2.0.1', '2.0.0', '1.1.0', '1.0.0'].entries())
      registry.publish('mirrored', version, day(i + 1));
    const { warnings } = await imported(box, env, 'mirrored');
    expect(warnings[0]).toMatch(/^mirrored@2\.0\.0 is dated after mirrored@2\.0\.1, .* and 1 more .*--order semver$/);
    const ordered = await imported(box, env, 'mirrored', '--module', 'm', '--order', 'semver');
    expect(ordered.warnings.join()).not.toContain('dated');
  });

  it('imports a scoped package from the registry of its scope, with the token of .npmrc', async () => {
    const { box, registry } = await place();
    registry.token = 'secret-token';
    registry.publish('@acme/planner', '1.0.0', day(1));
    const { npm_config_cache } = registry.envFor(box);
    const env = { npm_config_cache, npm_config_fetch_retries: '0', npm_config_registry: 'http://127.0.0.1:1/' };
    box.write('.npmrc', `@acme:registry=${registry.url}\n`);
    const error = await box.failure(['import', 'npm', '@acme/planner'], { env });
    expect(error).toMatchObject({ exit: 4, code: 'REMOTE_REFUSED', hint: expect.stringContaining('npm login') });
    box.write(
      '.npmrc',
      `@acme:registry=${registry.url}\n${registry.url.replace('http:', '')}:_authToken=secret-token\n`,
    );
    expect(await imported(box, env, '@acme/planner')).toMatchObject({ moduleId: '@acme/planner', active: 1 });
  });

  it('refuses a tarball that is not what the registry states, after what came before it', async () => {
    const { box, registry, env } = await place();
    registry.publish('planner', '1.0.0', day(1));
    const bad = registry.publish('planner', '1.1.0', day(2));
    bad.dist = { integrity: `sha512-${Buffer.alloc(64).toString('base64')}` };
    registry.publish('planner', '1.2.0', day(3));
    const error = await box.failure(['import', 'npm', 'planner'], { env });
    expect(error).toMatchObject({ exit: 4, code: 'CHECKSUM_MISMATCH' });
    expect(error.message).toContain('planner@1.1.0');
    expect(error.hint).toContain('leave it out with a range');
    expect(await lineage(box, 'planner')).toEqual([[1, '1.0.0', null]]);
    expect(await imported(box, env, 'planner@<1.1.0 || >1.1.0')).toMatchObject({ present: 1, active: 2 });
  });

  it('says where there is a SHA-1 checksum alone, and refuses where there is none', async () => {
    const { box, registry, env } = await place();
    const old = registry.publish('planner', '1.0.0', day(1));
    old.dist = { shasum: old.dist.shasum };
    const { warnings } = await imported(box, env, 'planner');
    expect(warnings).toEqual([expect.stringContaining('of 1 release the registry has a SHA-1 checksum alone')]);
    registry.publish('planner', '1.1.0', day(2)).dist = {};
    expect(await box.failure(['import', 'npm', 'planner'], { env })).toMatchObject({ code: 'REMOTE_REFUSED' });
  });

  it('stops at a tarball that is missing, and goes on when it is there', async () => {
    const { box, registry, env } = await place();
    registry.publish('planner', '1.0.0', day(1));
    const missing = registry.publish('planner', '1.1.0', day(2));
    registry.publish('planner', '1.2.0', day(3));
    missing.served = false;
    const error = await box.failure(['import', 'npm', 'planner'], { env });
    expect(error).toMatchObject({ exit: 2, code: 'NOT_FOUND', data: { what: 'planner@1.1.0' } });
    missing.served = true;
    expect(await imported(box, env, 'planner')).toMatchObject({ present: 1, active: 3 });
  });

  it.each([
    ['nobody', 2, 'NOT_FOUND'],
    ['planner@^9', 2, 'NOT_FOUND'],
    ['planner@latest', 2, 'INVALID_ARGUMENT'],
    ['../planner', 2, 'INVALID_ARGUMENT'],
  ])('of %s fails', async (spec, exit, code) => {
    const { box, registry, env } = await place();
    registry.publish('planner', '1.0.0', day(1));
    expect(await box.failure(['import', 'npm', spec], { env })).toMatchObject({ exit, code });
  });

  it('says that a registry does not answer, and that there is no npm', async () => {
    const { box, registry, env } = await place();
    const off = { ...env, npm_config_registry: 'http://127.0.0.1:1/' };
    expect(await box.failure(['import', 'npm', 'planner'], { env: off })).toMatchObject({
      exit: 3,
      code: 'REMOTE_UNREACHABLE',
    });
    registry.publish('planner', '1.0.0', day(1));
    const none = await box.failure(['import', 'npm', 'planner'], { env: { ...env, PATH: box.path('none') } });
    expect(none).toMatchObject({ code: 'IO', hint: expect.stringContaining('npm') });
    expect((await box.failure(['import'])).code).toBe('INVALID_ARGUMENT');
  });

  it('refuses secrets and paths that no ledger holds, and takes the first where they are named', async () => {
    const { box, registry, env } = await place();
    registry.publish('planner', '1.0.0', day(1), [{ name: 'package/.env', data: 'A=1\n' }]);
    const error = await box.failure(['import', 'npm', 'planner'], { env });
    expect(error).toMatchObject({ exit: 2, code: 'INVALID_FILES' });
    expect(error.message).toContain('planner@1.0.0');
    expect(await imported(box, env, 'planner', '--exclude', '.env')).toMatchObject({ active: 1 });
    expect((await box.json('show', 'planner')).files).toHaveLength(2);
    registry.publish('other', '1.0.0', day(1), [{ name: 'package/.env', data: 'A=1\n' }]);
    await imported(box, env, 'other', '--include', '.env');
    expect((await box.json('show', 'other')).files).toHaveLength(3);
    registry.publish('bad', '1.0.0', day(1), [{ name: 'package/INDEX.js', data: '' }]);
    const bad = await box.failure(['import', 'npm', 'bad'], { env });
    expect(bad).toMatchObject({ code: 'INVALID_FILES' });
    expect(bad.message).toContain('bad@1.0.0');
    expect(bad.hint).toContain('--exclude PATTERN');
  });

  it('knows what was recorded by hand by its content, and refuses other content of the same release', async () => {
    const { box, registry, env } = await place();
    const release = registry.publish('planner', '1.0.0', day(1));
    registry.publish('planner', '1.1.0', day(2));
    box.write('planner.tgz', release.tarball);
    await box.ok('record', 'planner', 'planner.tgz', '--meta', 'semver=1.0.0');
    expect(await imported(box, env, 'planner')).toMatchObject({ present: 1, active: 2, activated: [2] });
    const other = await withLedger();
    other.write('planner.js', 'other\n');
    await other.ok('record', 'planner', 'planner.js', '--meta', 'semver=1.0.0');
    const error = await other.failure(['import', 'npm', 'planner'], { env });
    expect(error).toMatchObject({ exit: 4, code: 'CHECKSUM_MISMATCH' });
    await other.ok('record', 'planner', 'planner.js', '--as', '2');
    expect(await other.failure(['import', 'npm', 'planner'], { env })).toMatchObject({ code: 'INVALID_ARGUMENT' });
  });

  it('passes over what was reverted, and stages beside an active version of another line', async () => {
    const { box, registry, env } = await place();
    registry.publish('planner', '1.0.0', day(1));
    registry.publish('planner', '1.1.0', day(2));
    await imported(box, env, 'planner', '--tag', 'stable');
    await box.ok('rollback', 'planner');
    expect(await imported(box, env, 'planner')).toMatchObject({ present: 2, active: 1 });
    registry.publish('planner', '1.2.0', day(3));
    await imported(box, env, 'planner');
    expect((await lineage(box, 'planner')).at(-1)).toEqual([3, '1.2.0', 1]);
    registry.publish('planner', '2.0.0-beta.1', day(4));
    await imported(box, env, 'planner');
    await box.ok('activate', 'planner@4');
    registry.publish('planner', '2.0.0', day(5));
    const { warnings, active } = await imported(box, env, 'planner');
    expect(active).toBe(4);
    expect(warnings).toEqual([expect.stringContaining('planner@2.0.0: staged and not activated')]);
  });

  it('stages a release that needs approval, and goes on once it is approved', async () => {
    const { box, registry, env } = await place();
    const types = (text: string) => [{ name: 'package/index.d.ts', data: text }];
    registry.publish('planner', '1.0.0', day(1), types('export declare const plan: number;\n'));
    registry.publish('planner', '2.0.0', day(2), types('export declare const other: number;\n'));
    registry.publish(
      'planner',
      '2.1.0',
      day(3),
      types('export declare const other: number;\nexport declare const b: 1;\n'),
    );
    await box.ok('policy', 'set', 'requireApproval=true');
    const error = await box.failure(['import', 'npm', 'planner'], { env });
    expect(error).toMatchObject({ exit: 4, code: 'APPROVAL_REQUIRED', data: { version: 2 } });
    expect(error.hint).toContain('git-lineage approve planner 1 2; then run the same import again');
    expect(await box.json('pending')).toHaveLength(1);
    await box.ok('approve', 'planner', '1', '2');
    expect(await imported(box, env, 'planner')).toMatchObject({ present: 2, active: 3, activated: [2, 3] });
  });

  it('stages all where it is told to, and a second run activates them in order', async () => {
    const { box, registry, env } = await place();
    registry.publish('planner', '1.0.0', day(1));
    registry.publish('planner', '2.0.0', day(2));
    registry.publish('planner', '1.0.1', day(3));
    registry.publish('planner', '2.1.0', day(4));
    expect(await imported(box, env, 'planner', '--stage')).toMatchObject({ active: null, activated: [] });
    expect(await imported(box, env, 'planner')).toMatchObject({ present: 4, active: 4, activated: [1, 2, 4] });
  });

  it('stops where the pre-swap hook refuses, and goes on when it allows', async () => {
    const { box, registry, env } = await place();
    for (const n of [1, 2, 3]) registry.publish('planner', `1.${n}.0`, day(n));
    const hook = 'modules.git/hooks/pre-swap';
    box.write(hook, '#!/bin/sh\ncase "$*$(cat)" in *planner*2*) exit 1;; esac\n', 0o755);
    const refused = await box.failure(['import', 'npm', 'planner'], { env });
    expect(refused).toMatchObject({ exit: 4, code: 'HOOK_REFUSED' });
    box.write(hook, '#!/bin/sh\nexit 0\n', 0o755);
    expect(await imported(box, env, 'planner')).toMatchObject({ active: 3 });
    expect(await lineage(box, 'planner')).toEqual([
      [1, '1.1.0', null],
      [2, '1.2.0', 1],
      [3, '1.3.0', 2],
    ]);
  });

  it('shows how far it is on a terminal, and leaves no folder behind', async () => {
    const { box, registry, env } = await place();
    const total = publishMany(registry, 'planner');
    const temporary = box.path('tmp');
    box.write('tmp/keep', '');
    const before = process.env['TMPDIR'];
    process.env['TMPDIR'] = temporary;
    const { code, stderr } = await box
      .run(['import', 'npm', 'planner'], { env, terminal: true, slow: true })
      .finally(() =>
        before === undefined ? delete process.env['TMPDIR'] : Object.assign(process.env, { TMPDIR: before }),
      );
    expect(code).toBe(0);
    expect(stderr).toContain(`importing planner 0/${total}`);
    expect(stderr).toContain(`importing planner ${total}/${total}`);
    expect(readdirSync(temporary)).toEqual(['keep']);
  });
});

describe('an import that is killed', () => {
  it('goes on where it was, at whichever tarball that is, and comes to the same ledger', {
    timeout: 300_000,
  }, async () => {
    const { box, registry, env } = await place();
    const total = publishMany(registry, 'planner');
    const whole = await withLedger();
    await imported(whole, env, 'planner');
    let kill: (name: string) => void = () => undefined;
    registry.onTarball = async (name) => kill(name);
    const versions = registry.tarballs.slice();
    box.write('tmp/keep', '');
    for (const at of [0, 11, 13, 29]) {
      // A cache would answer in the registry's place.
      const own = { ...box.env, ...env, npm_config_cache: box.path(`cache-${at}`), TMPDIR: box.path('tmp') };
      const child = spawn(process.execPath, [BIN, 'import', 'npm', 'planner'], {
        cwd: box.root,
        env: own,
        stdio: 'ignore',
      });
      const ended = new Promise<void>((resolve) => child.on('close', () => resolve()));
      kill = (name) => {
        if (name === versions[at]) child.kill('SIGKILL');
      };
      await ended;
      kill = () => undefined;
    }
    const last = await imported(box, env, 'planner');
    expect(last.present + last.imported.length).toBe(total);
    expect(await content(box, 'planner')).toEqual(await content(whole, 'planner'));
    expect(await imported(box, env, 'planner')).toMatchObject({ imported: [], present: total });
    expect((await box.run(['audit'])).code).toBe(0);
  });
});

describe('the folder of an import', () => {
  it('that was killed goes with the next import, and nobody takes that of one that runs', {
    timeout: 300_000,
  }, async () => {
    const { box, registry, env } = await place();
    const names = ['killed', 'running', 'next'];
    for (const name of names) registry.publish(name, '1.0.0', day(1));
    box.write('tmp/git-lineage-import-theirs', 'a file of somebody else\n');
    const isOurs = (name: string) => name.startsWith('git-lineage-import-') && name !== 'git-lineage-import-theirs';
    const folders = () => readdirSync(box.path('tmp')).filter(isOurs);
    const asked = new Map(names.map((name) => [name, later()]));
    const answer = later();
    registry.onTarball = async (release) => {
      const [name = ''] = release.split('@');
      asked.get(name)?.resolve();
      if (name !== 'next') await answer.promise;
    };
    const start = (name: string) => {
      // From Node 22 on npm keeps compiled code in TMPDIR, which it still writes when its parent was killed.
      const own = { ...box.env, ...env, TMPDIR: box.path('tmp'), NODE_DISABLE_COMPILE_CACHE: '1' };
      const child = spawn(process.execPath, [BIN, 'import', 'npm', name], { cwd: box.root, env: own, stdio: 'ignore' });
      const ended = new Promise<number | null>((resolve) => child.on('close', resolve));
      return { child, ended };
    };
    const killed = start('killed');
    await asked.get('killed')?.promise;
    killed.child.kill('SIGKILL');
    await killed.ended;
    const left = folders();
    expect(left).toHaveLength(1);

    const running = start('running');
    await asked.get('running')?.promise;
    const held = folders();
    expect(held).toHaveLength(1);
    expect(held).not.toEqual(left);
    expect(await start('next').ended).toBe(0);
    expect(folders()).toEqual(held);
    answer.resolve();
    expect(await running.ended).toBe(0);
    expect(folders()).toEqual([]);
  });
});

describe('two imports at the same time', () => {
  it('come to the ledger of one', { timeout: 300_000 }, async () => {
    const { box, registry, env } = await place();
    const total = publishMany(registry, 'planner');
    const [a, b] = await Promise.all([imported(box, env, 'planner'), imported(box, env, 'planner')]);
    expect(a.imported.length + a.present).toBe(total);
    expect(b.imported.length + b.present).toBe(total);
    const whole = await withLedger();
    await imported(whole, env, 'planner');
    expect(await content(box, 'planner')).toEqual(await content(whole, 'planner'));
    expect((await box.run(['audit'])).code).toBe(0);
  });
});
