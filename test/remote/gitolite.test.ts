/** The command line against gitolite3: its rights are held by its own hooks, and nodes share a ledger there. */

import { execFile } from 'node:child_process';
import { mkdirSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';
import { type Json, withLedger } from '../cli/sandbox.js';
import { git, gitRefs } from '../crash/real-git.mjs';
import { gitoliteHost, skipGitolite } from './gitolite-host.js';

const BIN = fileURLToPath(new URL('../../dist/cli/bin.js', import.meta.url));

/** `ops` and `bob` write, `ada` may not move a branch back, `guest` reads; nobody else is let in. */
const CONFIGURATION = `repo modules
    RW+ = ops bob
    RW  = ada
    R   = guest
`;

/** A host with an empty repository, and the command line of each person. */
async function hosted() {
  const box = await withLedger();
  mkdirSync(box.path('host'));
  const host = await gitoliteHost(box.path('host'), CONFIGURATION, ['ops', 'ada', 'bob', 'guest', 'nobody']);
  const run = (person: string, ...argv: string[]): Promise<{ code: number; json: Json }> =>
    new Promise((done) => {
      const env = { ...box.env, GIT_SSH_COMMAND: host.command(person) };
      execFile(process.execPath, [BIN, ...argv, '--json'], { cwd: box.root, env }, (error, stdout, stderr) =>
        done({
          code: error === null ? 0 : Number(error.code ?? -1),
          json: JSON.parse(error === null ? stdout : stderr),
        }),
      );
    });
  return {
    box,
    url: host.url('modules'),
    remote: host.repository('modules'),
    run,
    answer: async (person: string, ...argv: string[]) => {
      const { code, json } = await run(person, ...argv);
      expect({ argv, code, json }).toMatchObject({ argv, code: 0 });
      return json;
    },
  };
}

test.skipIf(skipGitolite)(
  'gitolite (Debian: gitolite3): two writers share a ledger there',
  async () => {
    const { box, url, remote, answer } = await hosted();
    await box.ok('record', 'planner', '--checksum', 'one', '--tag', 'stable');
    expect(await answer('ops', 'push', url)).toMatchObject({ pushed: 2 });
    expect(gitRefs(remote)).toEqual(gitRefs(box.ledger));

    for (const node of ['bob.git', 'ops.git']) {
      await answer('ops', 'clone', url, node);
      await answer('ops', 'remote', url, '--ledger', node);
    }
    // Both at once, again and again: each is refused a push that the other was faster with, adopts, and decides anew.
    const writes = ['one', 'two'];
    await Promise.all(
      ['bob', 'ops'].map(async (person) => {
        for (const checksum of writes)
          await answer(person, 'record', `own-${person}`, '--checksum', checksum, '--ledger', `${person}.git`);
      }),
    );
    expect(await answer('bob', 'fetch', '--ledger', 'bob.git')).toMatchObject({ remote: url });
    expect(await answer('ops', 'fetch', '--ledger', 'ops.git')).toMatchObject({ remote: url });
    for (const node of ['bob.git', 'ops.git']) expect(gitRefs(box.path(node))).toEqual(gitRefs(remote));
    expect((await answer('guest', 'pull', url)).adopted).toBe(2 * writes.length);
    for (const person of ['bob', 'ops']) expect(await box.json('log', `own-${person}`)).toHaveLength(writes.length);
    expect(await git(remote, ['fsck', '--strict', '--no-dangling', '--no-progress'])).toBe('');
  },
  300_000,
);

test.skipIf(skipGitolite)(
  'its hook refuses whom it gives no right, and nothing has changed then',
  async () => {
    const { box, url, remote, run, answer } = await hosted();
    await box.ok('record', 'planner', '--checksum', 'one', '--tag', 'stable');
    await box.ok('record', 'planner', '--checksum', 'two');
    await answer('ops', 'push', url);
    await answer('ada', 'clone', url, 'node.git');
    await answer('ada', 'remote', url, '--ledger', 'node.git');
    await answer('ada', 'record', 'planner', '--checksum', 'three', '--ledger', 'node.git');
    const before = gitRefs(remote);

    // A rollback moves a branch back: gitolite wants RW+ for it.
    const rolledBack = await run('ada', 'rollback', 'planner', '--reason', 'MANUAL', '--ledger', 'node.git');
    const refused = { code: 'REMOTE_REFUSED', message: expect.stringContaining('DENIED') };
    expect(rolledBack).toMatchObject({ code: 4, json: { error: refused } });
    expect(gitRefs(box.path('node.git'))).toEqual(before);
    // Who reads may not write, and who is in no rule may not even read.
    for (const argv of [
      ['guest', 'record', 'planner', '--checksum', 'four'],
      ['nobody', 'pull', url],
    ] as const) {
      const [person, ...asked] = argv;
      const { code, json } = await run(person, ...asked, '--ledger', 'node.git');
      expect({ argv, code, json }).toMatchObject({ argv, code: 4, json: { error: refused } });
    }
    expect(gitRefs(remote)).toEqual(before);
  },
  300_000,
);
