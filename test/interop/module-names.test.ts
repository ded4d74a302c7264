/** Names of modules that look like something else to git: it must read each as the module's branch, without a warning. */

import { expect, it } from 'vitest';
import { isModuleId } from '../../src/model/module-id.js';
import { gitOutcome, gitRefs } from '../crash/real-git.mjs';
import { onDisk } from './ledger-on-disk.js';

const NAMES = [
  ...['config', 'hooks', 'index', 'objects', 'description', 'packed-refs', 'info', 'logs', 'lineage', 'branches'],
  ...['v1', 'deadbeef', 'main', 'master', 'shallow', 'worktrees', 'modules', 'rebase-merge', 'bisect', 'replace'],
  ...['original', 'prefetch', 'checksum', 'ref', 'tag', 'branch', 'all', 'not', 'stdin', 'upstream', 'u', 'push'],
  ...['planner-1-gdeadbee', '12345678', '0', 'a', 'planner.git', '@acme/config', '@acme/heads', '@config/v1', '@a/b'],
];

it.each(NAMES)('%s', async (name) => {
  expect(isModuleId(name)).toBe(true);
  await onDisk(async ({ gitdir, ledger }) => {
    await ledger.recordCheckpoint({ moduleId: name, checksum: 'one' });
    await ledger.recordCheckpoint({ moduleId: name, checksum: 'two' });
    const tip = gitRefs(gitdir).get(`refs/heads/${name}`);
    expect(gitOutcome(gitdir, ['rev-parse', name])).toEqual({ status: 0, output: `${tip}\n`, errors: '' });
    const log = gitOutcome(gitdir, ['log', '--format=%s', name]);
    expect(log).toEqual({ status: 0, output: `${name} v2\n${name} v1\n`, errors: '' });
    const show = gitOutcome(gitdir, ['show', '-s', '--format=%s', `${name}/v1`]);
    expect(show).toEqual({ status: 0, output: `${name} v1\n`, errors: '' });
  });
});
