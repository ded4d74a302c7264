/** `git pack-refs` removes folders that it has emptied, at any moment between two of a writer's operations. */

import nodeFs from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { expect, it } from 'vitest';
import type { FileSystem } from '../../src/api/types.js';
import { library } from './library.js';
import { fsckComplaints, gitOutcome, leftovers } from './real-git.mjs';
import { init, open } from './scenarios.mjs';

/** node:fs with something that happens just before the first `method` whose path matches. */
function interrupted(
  method: 'linkSync' | 'openSync' | 'mkdirSync',
  path: RegExp,
  happens: (path: string) => void,
): FileSystem {
  let done = false;
  return new Proxy(nodeFs, {
    get: (target, name) => {
      const real = Reflect.get(target, name, target);
      if (name !== method) return real;
      return (...args: string[]) => {
        const place = args.find((arg) => path.test(String(arg)));
        if (place !== undefined && !done) {
          done = true;
          happens(place);
        }
        return real.apply(target, args);
      };
    },
  });
}

async function recordWith(fsOf: (gitdir: string) => FileSystem): Promise<void> {
  const dir = await mkdtemp(join(tmpdir(), 'git-lineage-folder-'));
  try {
    const gitdir = join(dir, 'ledger.git');
    const first = await init(library, gitdir);
    await first.recordCheckpoint({ moduleId: 'planner', checksum: 'one' });
    const ledger = await open(library, gitdir, { fs: fsOf(gitdir) });
    await ledger.recordCheckpoint({ moduleId: 'planner', checksum: 'two' });
    expect((await first.getLineage('planner')).map((v) => v.checksum)).toEqual(['one', 'two']);
    await ledger.recordCheckpoint({ moduleId: 'planner', checksum: 'three' });
    expect((await ledger.journal.doctor()).findings).toEqual([]);
    expect(fsckComplaints(gitdir)).toEqual([]);
    expect(leftovers(gitdir)).toEqual([]);
  } finally {
    await rm(dir, { recursive: true, force: true });
  }
}

it('before a lock is linked into it', async () => {
  let vanished = 0;
  await recordWith((gitdir) =>
    interrupted('linkSync', /refs\/tags\/planner\/v2\.lock$/, (lock) => {
      gitOutcome(gitdir, ['pack-refs', '--all', '--prune']);
      nodeFs.rmSync(dirname(lock), { recursive: true, force: true });
      vanished += 1;
    }),
  );
  expect(vanished).toBe(1);
});

it('while it is made', async () => {
  let vanished = 0;
  await recordWith((gitdir) => {
    gitOutcome(gitdir, ['pack-refs', '--all', '--prune']);
    nodeFs.rmSync(`${gitdir}/refs/tags/planner`, { recursive: true, force: true });
    return interrupted('mkdirSync', /refs\/tags\/planner$/, (folder) => {
      vanished += 1;
      // What mkdir says when the folder above goes between its look and its making.
      throw Object.assign(new Error(`ENOENT: no such file or directory, mkdir '${folder}'`), { code: 'ENOENT' });
    });
  });
  expect(vanished).toBe(1);
});

it('before it is synced', async () => {
  let vanished = 0;
  await recordWith((gitdir) =>
    interrupted('openSync', /refs\/tags\/planner$/, (folder) => {
      gitOutcome(gitdir, ['pack-refs', '--all', '--prune']);
      expect(nodeFs.existsSync(folder)).toBe(false);
      vanished += 1;
    }),
  );
  expect(vanished).toBe(1);
});
