// Runs every reading verb of the command line and every reading call of the library on a large ledger, each in a process of its own,
// and prints how long each took and the most memory that it held, so that a cost that grows shows:
// `node bench/walk-verbs.mjs GITDIR [--module NAME]`, with what bench/make-ledger.mjs made.
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { openLedger } from 'git-lineage';
import { moduleName } from './make-ledger.mjs';
import { measured } from './measured.mjs';
import { READING_CALLS } from './reading-calls.mjs';

const CLI = fileURLToPath(new URL('../dist/cli/bin.js', import.meta.url));
const CALLS = fileURLToPath(new URL('reading-calls.mjs', import.meta.url));

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: { module: { type: 'string', default: moduleName(0) } },
});
const [dir] = positionals;
if (dir === undefined) throw new Error('say which ledger: node bench/walk-verbs.mjs GITDIR [--module NAME]');
const gitdir = resolve(dir);
const moduleId = values.module;

const ledger = await openLedger({ gitdir });
const { version = 1, parentVer = 1 } = (await ledger.latestCheckpoint(moduleId)) ?? {};
const { seq } = await ledger.journal.position();
await ledger.close();
const [from, to] = [String(parentVer), String(version)];

const folder = mkdtempSync(join(tmpdir(), 'git-lineage-walk-'));

const VERBS = [
  ['--version'],
  ['status'],
  ['stats'],
  ['policy'],
  ['signers'],
  ['hooks'],
  ['remote'],
  ['pending'],
  ['log', moduleId],
  ['log', moduleId, '--full'],
  ['log', moduleId, '--all'],
  ['show', moduleId],
  ['show', moduleId, '--proof'],
  ['why', moduleId],
  ['checkout', moduleId, join(folder, 'files')],
  ['diff', moduleId, from, to],
  ['gate', moduleId, from, to],
  ['rollback-target', moduleId],
  ['rollback-target', moduleId, '--explain'],
  ['rollback-target', moduleId, '--any'],
  ['rollback-target', moduleId, '--tag', 'no-such', '--explain'],
  ['history', '--limit', '10'],
  ['history', moduleId, '--limit', '10'],
  ['history'],
  ['history', '--at', '1'],
  ['history', '--at', String(seq)],
  ['doctor'],
  ['audit'],
];

/** @param {string} what @param {readonly string[]} columns */
const say = (what, ...columns) => console.log([what.padEnd(56), ...columns.map((text) => text.padStart(12))].join(''));
const inMs = (/** @type {number} */ seconds) => `${(seconds * 1000).toFixed(seconds < 0.01 ? 2 : 0)} ms`;
const inMb = (/** @type {number} */ megabytes) => `${megabytes.toFixed(0)} MB`;

say('git-lineage …', 'process', 'peak', 'output');
for (const verb of VERBS) {
  // Exit code 1 is an answer: there is no target, or the gate says no.
  const { seconds, megabytes, output } = measured(process.execPath, [CLI, ...verb, '--ledger', gitdir], {
    mayFail: true,
  });
  say(verb.join(' '), inMs(seconds), inMb(megabytes), `${(Buffer.byteLength(output) / 1024).toFixed(1)} KB`);
}
rmSync(folder, { recursive: true });
console.log('');
say('ledger.…', 'to open', 'first', 'second', 'peak');
for (const name of Object.keys(READING_CALLS)) {
  const { output } = measured(process.execPath, [CALLS, gitdir, moduleId, name]);
  const { opened, first, second, peak } = JSON.parse(output);
  say(name, inMs(opened), inMs(first), inMs(second), inMb(peak));
}
