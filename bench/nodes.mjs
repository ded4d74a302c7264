// One ledger shared by 1, 2, 5 and 20 nodes through a bare repository, beside as many clones that `git commit` and `git push` there; and
// one ledger that 1, 2, 4 and 8 processes write to, beside one process in the same round. All of it on this machine: what bounds it is its
// processors, or one writer after the other.
import { fork, spawn } from 'node:child_process';
import { once } from 'node:events';
import { cpSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { initLedger } from 'git-lineage';
import { signerOf } from './make-ledger.mjs';
import { codeOf, GIT_ENVIRONMENT, git, initByGit } from './peers.mjs';
import { Table } from './table.mjs';

const SCRIPT = fileURLToPath(new URL('node-process.mjs', import.meta.url));
const NODES = [1, 2, 5, 20];
const PROCESSES = [1, 2, 4, 8];

/** What everybody who shares a branch does: commit, push, and where another was first, fetch and rebase and push again. */
const BY_GIT = `
set -u
cd "$1"
n=0
read -r end
while [ "$(date +%s%3N)" -lt "$end" ]; do
  n=$((n + 1))
  { echo "export const version = $n;"; cat rest; } >"by-$2.js"
  git add "by-$2.js"
  git commit -q -m "$2 v$n"
  until git push -q origin HEAD:main 2>/dev/null; do
    [ "$(date +%s%3N)" -lt "$end" ] || exit 0
    git pull -q --rebase origin main 2>/dev/null || git rebase --abort 2>/dev/null
  done
  echo pushed
done
`;

/** @param {import('node:child_process').ChildProcess} child @param {object} asked @returns {Promise<any>} */
async function ask(child, asked) {
  const answer = once(child, 'message');
  child.send(asked);
  return (await answer)[0];
}

/**
 * Nodes that record at once, from when all of them are up.
 *
 * @param {readonly (readonly string[])[]} nodes the arguments of each
 * @param {number} milliseconds
 */
async function recordAtOnce(nodes, milliseconds) {
  const children = nodes.map((args) => fork(SCRIPT, args));
  try {
    await Promise.all(children.map((child) => once(child, 'message')));
    const began = performance.now();
    const told = await Promise.all(children.map((child) => ask(child, { milliseconds })));
    const took = performance.now() - began;
    const records = told.reduce((sum, { acknowledged }) => sum + acknowledged, 0);
    return {
      each: took / records,
      busy: told.reduce((sum, { busy }) => sum + busy, 0) / records,
      fewest: Math.min(...told.map(({ acknowledged }) => acknowledged)) / (records / nodes.length),
      longest: Math.max(...told.map(({ longest }) => longest)),
    };
  } finally {
    await end(children);
  }
}

/** @param {readonly import('node:child_process').ChildProcess[]} children */
async function end(children) {
  await Promise.all(
    children.map(async (child) => {
      if (child.exitCode !== null || child.signalCode !== null) return;
      const exit = once(child, 'exit');
      if (child.connected) child.disconnect();
      await exit;
    }),
  );
}

/** Milliseconds for each push that was taken. @param {readonly string[]} clones @param {number} milliseconds */
async function pushAtOnce(clones, milliseconds) {
  const children = clones.map((clone, i) =>
    spawn('sh', ['-c', BY_GIT, 'sh', clone, String(i)], { env: GIT_ENVIRONMENT, stdio: ['pipe', 'pipe', 'inherit'] }),
  );
  const began = performance.now();
  let pushed = 0;
  for (const { stdin, stdout } of children) {
    stdin.end(`${Date.now() + milliseconds}\n`);
    stdout.setEncoding('utf8').on('data', (text) => {
      pushed += text.split('\n').length - 1;
    });
  }
  await Promise.all(children.map((child) => once(child, 'close')));
  return (performance.now() - began) / pushed;
}

/** A repository with one commit on main, and clones of it. @param {string} folder @param {number} count */
function clonesOf(folder, count) {
  const remote = initByGit(join(folder, 'by-git.git'));
  const blob = git(remote, ['hash-object', '-w', '--stdin'], codeOf(0).split('\n').slice(1).join('\n'));
  const tree = git(remote, ['mktree'], `100644 blob ${blob}\trest\n`);
  git(remote, ['update-ref', 'refs/heads/main', git(remote, ['commit-tree', tree, '-m', 'begin'])]);
  return Array.from({ length: count }, (_, i) => {
    const clone = join(folder, `clone-${i}`);
    git(remote, ['clone', '-q', '--branch', 'main', remote, clone]);
    return clone;
  });
}

/** @param {{ folder: string, rounds: number, seconds: number }} options */
export async function benchNodes({ folder, rounds, seconds }) {
  const milliseconds = seconds * 1000;
  const table = new Table(`nodes that share a ledger, ${seconds} s each: milliseconds for a record of anybody's`);
  const first = join(folder, 'nodes.git');
  const remote = initByGit(join(folder, 'nodes-remote.git'));
  const ledger = await initLedger({ gitdir: first, signer: await signerOf(first) });
  await ledger.replicas.push(remote);
  await ledger.close();
  const most = Math.max(...NODES);
  const nodes = Array.from({ length: most }, (_, i) => join(folder, `node-${i}.git`));
  for (const node of nodes) {
    cpSync(first, node, { recursive: true });
    cpSync(`${first}.key`, `${node}.key`);
  }
  const clones = clonesOf(folder, most);
  for (let round = 0; round < rounds; round++) {
    for (const count of NODES) {
      const peer = `${count} clones with git commit and git push`;
      const ours = await recordAtOnce(
        nodes.slice(0, count).map((node, i) => [node, `m${i}`, remote]),
        milliseconds,
      );
      const theirs = await pushAtOnce(clones.slice(0, count), milliseconds);
      const row = { unit: 'ms', peer, goal: null };
      table.note({ ...row, name: `${count} nodes through a remote` }, ours.each, theirs);
      const none = { peer: '', goal: null };
      if (count > 1)
        table.note(
          { ...none, name: `${count} nodes: who got fewest, of a fair share`, unit: 'of 1' },
          ours.fewest,
          Number.NaN,
        );
      table.note({ ...none, name: `${count} nodes: longest wait`, unit: 'ms' }, ours.longest, Number.NaN);
    }
    const node = fork(SCRIPT, [nodes[0] ?? '', 'm0', remote]);
    await once(node, 'message');
    const { look } = await ask(node, { looks: 10 });
    table.note({ name: 'a look at the remote: sync', unit: 'ms', peer: '', goal: null }, look, Number.NaN);
    await end([node]);
  }
  table.print();
}

/** @param {{ folder: string, rounds: number, seconds: number }} options */
export async function benchProcesses({ folder, rounds, seconds }) {
  const table = new Table(`processes at one ledger, ${seconds} s each: milliseconds for a record of anybody's`);
  const gitdir = join(folder, 'processes.git');
  const ledger = await initLedger({ gitdir, signer: await signerOf(gitdir) });
  await ledger.close();
  for (let round = 0; round < rounds; round++) {
    let one = { each: Number.NaN, busy: Number.NaN };
    for (const count of PROCESSES) {
      const writers = Array.from({ length: count }, (_, i) => [gitdir, `m${i}`]);
      const { each, busy } = await recordAtOnce(writers, seconds * 1000);
      if (count === 1) one = { each, busy };
      const row = { unit: 'ms', peer: 'one process', goal: null };
      table.note({ ...row, name: `${count} processes` }, each, one.each);
      table.note({ ...row, name: `${count} processes: processor time of all of them` }, busy, one.busy);
    }
  }
  table.print();
}
