// Bytes a version takes after `git gc`: beside the same objects packed anew by git, which says how well they were left for it,
// and beside plain git with the same files and notes but no journal, signatures and tags, which says what those cost.
import { execFileSync } from 'node:child_process';
import { readdirSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { initLedger } from 'git-lineage';
import { ephemeralSigner } from 'git-lineage/testing';
import { codeOf, fastImport, fastImportStream, GIT_ENVIRONMENT, initByGit } from './peers.mjs';
import { Table, timesAsMuch } from './table.mjs';

/** Bytes of all objects after a command of git. @param {string} gitdir @param {readonly string[]} command */
function bytesAfter(gitdir, ...command) {
  execFileSync('git', ['-C', gitdir, ...command], { env: GIT_ENVIRONMENT, stdio: 'ignore' });
  const files = readdirSync(join(gitdir, 'objects'), { recursive: true, encoding: 'utf8' });
  const sizes = files.map((name) => statSync(join(gitdir, 'objects', name))).filter((stat) => stat.isFile());
  return sizes.reduce((sum, { size }) => sum + size, 0);
}

/** @param {{ folder: string, size: number }} options */
export async function benchSize({ folder, size }) {
  const table = new Table(`bytes a version after git gc, ${size} versions`);
  const signer = await ephemeralSigner('bench@localhost');
  for (const group of [1, 100]) {
    const gitdir = join(folder, `size-${group}.git`);
    const ledger = await initLedger({ gitdir, signer });
    for (let done = 1; done <= size; done += group)
      await ledger.recordCheckpoints(
        Array.from({ length: Math.min(group, size + 1 - done) }, (_, i) => ({
          checkpoint: { moduleId: 'planner', tags: ['canary'] },
          files: { 'index.js': codeOf(done + i) },
        })),
      );
    await ledger.close();
    const peerdir = initByGit(join(folder, `size-${group}-peer.git`));
    fastImport(peerdir, fastImportStream(size, group));
    const name = group === 1 ? 'recorded one by one' : `recorded in batches of ${group}`;
    const ours = bytesAfter(gitdir, 'gc', '--quiet', '--prune=now') / size;
    const plain = bytesAfter(peerdir, 'gc', '--quiet', '--prune=now') / size;
    const anew = bytesAfter(gitdir, 'repack', '-a', '-d', '-f', '-q') / size;
    table.note({ name, unit: 'bytes', peer: 'the same objects packed anew', goal: timesAsMuch(1.1) }, ours, anew);
    table.note(
      { name: `${name}, beside plain git`, unit: 'bytes', peer: 'files and notes alone', goal: null },
      ours,
      plain,
    );
  }
  table.print();
}
