/** `history --at`, `diff` and `doctor --break-lock` on the command line. */

import { execFileSync } from 'node:child_process';
import { existsSync, mkdirSync, writeFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { type Sandbox, withLedger } from './sandbox.js';

async function threeVersions(): Promise<Sandbox> {
  const box = await withLedger();
  box.write('v1/index.js', 'export const a = 1;\nexport const b = 2;\n');
  box.write('v2/index.js', 'export const a = 1;\nexport const b = 3;\n');
  box.write('v2/more.js', 'more\n');
  await box.ok('record', 'planner', box.path('v1'), '--tag', 'stable', '--meta', 'semver=1.0.0');
  await box.ok('record', 'planner', box.path('v2'), '--meta', 'semver=1.1.0');
  await box.ok('rollback', 'planner', '--reason', 'health-failure');
  return box;
}

describe('history --at', () => {
  it('shows what was active by number and by time', async () => {
    const box = await threeVersions();
    const now = await box.json('history', '--at', '3');
    expect(now).toMatchObject({
      seq: 3,
      modules: [
        {
          moduleId: 'planner',
          active: { version: 1 },
          stable: null,
          activation: { type: 'rollback', seq: 3, fromVer: 2, toVer: 1, reason: 'HEALTH_FAILURE', verdict: null },
        },
      ],
    });
    const before = await box.json('history', '--at', '2');
    expect(before.modules[0]).toMatchObject({
      active: { version: 2, tags: [] },
      stable: { version: 1, tags: ['stable'] },
    });
    const time = new Date(before.timestamp * 1000 + 0.5).toISOString();
    expect((await box.json('history', '--at', time)).seq).toBeLessThanOrEqual(2);
    expect((await box.json('history', '--at', '2999-01-01')).seq).toBe(3);
    expect(await box.ok('history', '--at', '2999-01-01T00:00+02:00')).toMatch(
      /^entry 3 of .*\nplanner\t1\t-\t\S+Z\t3\t\S+\trollback: HEALTH_FAILURE\n$/,
    );
    expect(await box.ok('history', 'planner', '--at', '2')).toMatch(/\nplanner\t2\t1\t\S+Z\t2\t\S+\tUNKNOWN\n$/);
  });

  it('refuses what is no moment', async () => {
    const box = await threeVersions();
    for (const at of ['yesterday', '2026-11-01T12:00', '-1', '2026-13-01', '1e3'])
      expect(await box.failure(['history', `--at=${at}`]), at).toMatchObject({ exit: 2, code: 'INVALID_ARGUMENT' });
    expect(await box.failure(['history', '--at', '9'])).toMatchObject({ exit: 2, code: 'NOT_FOUND' });
    expect(await box.failure(['history', '--at', '2020-01-01'])).toMatchObject({ exit: 2, code: 'NOT_FOUND' });
    expect(await box.failure(['history', 'nobody', '--at', '1'])).toMatchObject({ exit: 2, code: 'NOT_FOUND' });
    expect(await box.failure(['history', '--at', '1', '--limit', '2'])).toMatchObject({ exit: 2 });
  });
});

describe('diff', () => {
  it('shows the lines as git does, and nothing of what the repository would have git run', async () => {
    const box = await threeVersions();
    const ran = box.path('ran');
    const git = (...args: string[]) =>
      execFileSync('git', ['-c', 'core.hooksPath=/dev/null', '-C', box.ledger, ...args], {
        encoding: 'utf8',
        env: { ...box.env },
      });
    git('config', 'diff.external', `touch ${ran}; false`);
    git('config', 'diff.evil.textconv', `touch ${ran}; cat`);
    git('config', 'diff.evil.command', `touch ${ran}; false`);
    git('config', 'core.pager', `touch ${ran}; cat`);
    git('config', 'pager.diff', `touch ${ran}; cat`);
    mkdirSync(`${box.ledger}/info`, { recursive: true });
    writeFileSync(`${box.ledger}/info/attributes`, '* diff=evil\n');
    // Where a hand has moved the tag, the version is still the journaled one.
    git('update-ref', 'refs/tags/planner/v2', 'planner/v1');
    const text = await box.ok('diff', 'planner', '1', '2');
    expect(text).toContain('\nrelation\t1 is an ancestor of 2\n');
    expect(text).toContain('\nmeta semver\t1.0.0 -> 1.1.0\n');
    expect(text).toContain('\nchanged\t100644\t40 -> 40\tindex.js\nadded\t100644\t- -> 5\tmore.js\n');
    expect(text).toContain('\n-export const b = 2;\n+export const b = 3;\n');
    expect(text).toContain('\n+more\n');
    expect(existsSync(ran)).toBe(false);
  });

  it('lists only files where that is asked for, or where there is no git', async () => {
    const box = await threeVersions();
    const listed = await box.ok('diff', 'planner', '1', '2', '--stat');
    expect(listed).toMatch(/added\t100644\t- -> 5\tmore\.js\n$/);
    const { code, stdout } = await box.run(['diff', 'planner', '1', '2'], { env: { PATH: box.path('nowhere') } });
    expect(code).toBe(0);
    expect(stdout).toBe(`${listed}the lines themselves are shown where git is installed\n`);
    const json = await box.json('diff', 'planner', '1', '2');
    expect(json).toMatchObject({
      from: { version: 1, tags: ['stable'] },
      to: { version: 2, tags: ['reverted'] },
      relation: 'ancestor',
      files: [
        { path: 'index.js', change: 'changed' },
        { path: 'more.js', change: 'added', from: null, to: { bytes: 5 } },
      ],
    });
    expect(await box.failure(['diff', 'planer', '1', '2'])).toMatchObject({ exit: 2, code: 'NOT_FOUND' });
    expect(await box.failure(['diff', 'planner', '1', '7'])).toMatchObject({ exit: 2, code: 'NOT_FOUND' });
  });
});

describe('doctor', () => {
  it('breaks one lock and says so', async () => {
    const box = await threeVersions();
    const lock = box.write('modules.git/refs/heads/planner.lock', '');
    const found = await box.run(['doctor']);
    expect(found.code).toBe(1);
    expect(found.stdout).toContain('git-lineage doctor --break-lock refs/heads/planner.lock');
    expect(await box.ok('doctor', '--break-lock', 'refs/heads/planner')).toMatch(
      /^removed refs\/heads\/planner\.lock: 0 bytes, \d+ s old\nnothing to mend\n$/,
    );
    expect(existsSync(lock)).toBe(false);
    expect(await box.failure(['doctor', '--break-lock', 'refs/heads/planner'])).toMatchObject({
      exit: 2,
      code: 'NOT_FOUND',
    });
  });

  it('puts back a journal that somebody committed to, with the key of one who may', async () => {
    const box = await threeVersions();
    const env = {
      ...box.env,
      GIT_AUTHOR_NAME: 'M',
      GIT_AUTHOR_EMAIL: 'm@x',
      GIT_COMMITTER_NAME: 'M',
      GIT_COMMITTER_EMAIL: 'm@x',
    };
    const git = (...args: string[]) =>
      execFileSync('git', ['-c', 'core.hooksPath=/dev/null', '-C', box.ledger, ...args], {
        encoding: 'utf8',
        env,
      }).trim();
    const good = git('rev-parse', 'ledger');
    git('update-ref', 'refs/heads/ledger', git('commit-tree', 'ledger^{tree}', '-p', 'ledger', '-m', 'by hand'));
    const found = await box.run(['doctor', '--json']);
    expect(found.code).toBe(1);
    expect(JSON.parse(found.stdout)).toMatchObject({
      good: { seq: 3, oid: good },
      findings: [{ kind: 'journal', mendable: true }],
    });
    expect(await box.json('doctor', '--restore')).toMatchObject({ restored: true, journal: { seq: 4 } });
    expect(git('rev-parse', 'ledger^')).toBe(good);
    expect(await box.ok('doctor')).toBe('nothing to mend\n');
    expect(await box.ok('history', '--limit', '1')).toContain('restored refs/heads/ledger');
  });
});
