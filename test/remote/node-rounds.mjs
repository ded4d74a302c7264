/** Several nodes that write through one remote at once, some of them killed again and again: nothing acknowledged is lost, doubled or out of order. */

import { spawn } from 'node:child_process';
import { cpSync, mkdtempSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { fsckComplaints, git, gitOutcome, gitRefs } from '../crash/real-git.mjs';
import { init, machineClock, open } from '../crash/scenarios.mjs';
import { seededRandom } from '../crash/seeded-random.mjs';

const SCRIPT = fileURLToPath(new URL('node-process.mjs', import.meta.url));

/**
 * @typedef {import('../crash/scenarios.mjs').Library} Library
 * @typedef {{ done: string[], failed: string[], unknown: string[], kills: number, errors: string[] }} Outcome by `NODE-NUMBER`, in order
 */

/**
 * Runs one node to its end; with `kill`, kills it after some writes and starts it anew.
 *
 * @param {{ gitdir: string, remote: string, node: string, count: number, libraryUrl: string, kill: (() => number) | null, until: number }} options
 * @returns {Promise<Outcome>}
 */
async function runNode({ gitdir, remote, node, count, libraryUrl, kill, until }) {
  /** @type {Outcome} */
  const outcome = { done: [], failed: [], unknown: [], kills: 0, errors: [] };
  for (let next = 0; next < count && Date.now() < until; ) {
    const args = [SCRIPT, gitdir, remote, node, String(next), String(count - next), libraryUrl];
    const child = spawn(process.execPath, args, { stdio: ['ignore', 'pipe', 'pipe'], detached: true });
    let [rest, errors] = ['', ''];
    /** @type {number | null} */
    let started = null;
    let ended = false;
    const deadline = kill === null ? Number.POSITIVE_INFINITY : kill();
    // git goes on in the background, as after any death of the process that started it.
    const end = () => child.kill('SIGKILL');
    /** @type {NodeJS.Timeout | null} */
    let timer = null;
    child.stderr.setEncoding('utf8').on('data', (text) => {
      errors += text;
    });
    /** @param {string} line */
    const hear = (line) => {
      const [word = '', n = '', ...why] = line.split(' ');
      if (word === 'open' && Number.isFinite(deadline)) timer = setTimeout(end, deadline);
      if (word === 'started') [started, next] = [Number(n), Number(n) + 1];
      if (word === 'ended') ended = true;
      if (word !== 'done' && word !== 'failed' && word !== 'unknown') return;
      started = null;
      outcome[word].push(`${node}-${n}`);
      if (word !== 'done') outcome.errors.push(`${node}-${n} ${word}: ${why.join(' ')}`);
    };
    child.stdout.setEncoding('utf8').on('data', (text) => {
      const lines = (rest + text).split('\n');
      rest = lines.pop() ?? '';
      for (const line of lines) hear(line);
    });
    /** @type {[number | null, NodeJS.Signals | null]} */
    const [code, signal] = await new Promise((resolve) => child.on('close', (...end) => resolve(end)));
    if (timer !== null) clearTimeout(timer);
    if (started !== null) outcome.unknown.push(`${node}-${started}`);
    if (signal === 'SIGKILL') outcome.kills += 1;
    else if (code !== 0 || !ended) throw new Error(`node ${node} ended with ${code}: ${errors}`);
  }
  return outcome;
}

/**
 * Where each write is in the journal: its entries' numbers, by `NODE-NUMBER`.
 *
 * @param {string} gitdir
 */
function writesIn(gitdir) {
  /** @type {Map<string, string>} */
  const names = new Map();
  const trees = gitOutcome(gitdir, ['for-each-ref', '--format=%(refname:lstrip=2)', 'refs/tags']).output.split('\n');
  for (const tag of trees.filter((name) => /^(own-|shared|staged)/.test(name))) {
    const { output } = gitOutcome(gitdir, ['show', `${tag}:index.js`]);
    names.set(tag, /'(.*)'/.exec(output)?.[1] ?? '');
  }
  /** @type {Map<string, Set<string>>} */
  const found = new Map();
  /** @type {string[]} */
  const order = [];
  const log = gitOutcome(gitdir, ['log', '--reverse', '--format=%B%x00', 'refs/heads/ledger']).output;
  /** @param {string} name @param {string} what */
  const note = (name, what) => {
    const events = found.get(name) ?? new Set();
    if (events.has(what)) order.push(`${name} has ${what} twice`);
    found.set(name, events.add(what));
    order.push(name);
  };
  for (const body of log.split('\0')) {
    for (const [, moduleId, version] of body.matchAll(/^Stage: (\S+) (\d+) /gm))
      note(names.get(`${moduleId}/v${version}`) ?? '', `stage ${moduleId}`);
    for (const [, , label] of body.matchAll(/^Tag: (\S+) \d+ by\.(\S+)$/gm)) note(label ?? '', 'tag');
  }
  return { found, order };
}

/**
 * @param {{ library: Library, libraryUrl: string, dir: string, nodes: number, count: number, killed?: number, seed?: number, until?: number }} options
 */
export async function nodeRound(options) {
  const { library, libraryUrl, nodes, count, killed = 0, seed = 1, until = Number.POSITIVE_INFINITY } = options;
  const dir = mkdtempSync(join(options.dir, 'nodes-'));
  const random = seededRandom(seed);
  await git(dir, ['init', '--quiet', '--bare', '--initial-branch=ledger', 'remote.git']);
  const remote = join(dir, 'remote.git');
  const first = await init(library, join(dir, 'first.git'), machineClock);
  await first.replicas.push(remote);
  await first.close();
  const names = Array.from({ length: nodes }, (_, i) => String.fromCharCode(97 + i));
  for (const node of names) cpSync(join(dir, 'first.git'), join(dir, `${node}.git`), { recursive: true });
  const began = performance.now();
  const outcomes = await Promise.all(
    names.map((node, i) => {
      const kill = i < killed ? () => 100 + random() * 4000 : null;
      return runNode({ gitdir: join(dir, `${node}.git`), remote, node, count, libraryUrl, kill, until });
    }),
  );
  const seconds = (performance.now() - began) / 1000;
  /** @type {string[]} */
  const complaints = [];
  const { found, order } = writesIn(remote);
  complaints.push(...order.filter((line) => line.endsWith(' twice')));
  for (const { done, failed } of outcomes) {
    complaints.push(...done.filter((name) => !found.has(name)).map((name) => `${name} was acknowledged, and is gone`));
    complaints.push(...failed.filter((name) => found.has(name)).map((name) => `${name} was refused, and is there`));
    const places = done.map((name) => order.indexOf(name));
    for (let i = 1; i < places.length; i++)
      if ((places[i] ?? 0) < (places[i - 1] ?? 0)) complaints.push(`${done[i]} stands before ${done[i - 1]}`);
  }
  const theirs = JSON.stringify([...gitRefs(remote)]);
  for (const node of names) {
    const ledger = await open(library, join(dir, `${node}.git`), { ...machineClock, remote: { url: remote } });
    await ledger.replicas.sync();
    if (JSON.stringify([...gitRefs(ledger.gitdir)]) !== theirs) complaints.push(`${node} differs from the remote`);
    const { findings } = await ledger.journal.doctor();
    complaints.push(...findings.map((f) => `doctor finds in ${node} ${f.kind} ${f.where}: ${f.detail}`));
    const { outcome, steps } = await ledger.audit();
    if (outcome !== 'passed') complaints.push(`the audit of ${node} ${outcome}: ${JSON.stringify(steps)}`);
    await ledger.close();
    complaints.push(...fsckComplaints(join(dir, `${node}.git`)));
  }
  complaints.push(...fsckComplaints(remote));
  return {
    complaints,
    seconds,
    acknowledged: outcomes.reduce((sum, { done }) => sum + done.length, 0),
    unknown: outcomes.reduce((sum, { unknown }) => sum + unknown.length, 0),
    failed: outcomes.flatMap(({ errors }) => errors),
    kills: outcomes.reduce((sum, { kills }) => sum + kills, 0),
  };
}
