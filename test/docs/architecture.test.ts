/** ARCHITECTURE.md is a map: one screen, and whoever looks for something finds its file at first try. */

import { existsSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { expect, it } from 'vitest';
import { MarkdownDocument, ROOT } from './document.js';

const map = new MarkdownDocument('ARCHITECTURE.md');

/** What somebody looks for, and the paths that the map has for it. */
interface Place {
  readonly what: string;
  readonly paths: readonly string[];
}

/** `a/{b,c}.ts` is `a/b.ts` and `a/c.ts`, as a shell has it. */
function expanded(path: string): string[] {
  const [, before = '', among = '', after = ''] = /^(.*)\{(.*)\}(.*)$/.exec(path) ?? [];
  return among === '' ? [path] : among.split(',').map((each) => before + each + after);
}

/** The paths of a cell, one list for each thing that its row names: between semicolons, or in braces. */
function pathsOf(cell: string): string[][] {
  return cell.split(';').flatMap((part) => {
    const paths = [...part.matchAll(/`([^`]+)`/g)].map(([, path = '']) => path);
    const [first = ''] = paths;
    return first.includes('{') ? expanded(first).map((path) => [path]) : [paths];
  });
}

const rows = map.text.split('\n').flatMap((line) => {
  const [, what, where] = /^\| (.*) \| (.*`) \|$/.exec(line) ?? [];
  return what === undefined || where === undefined ? [] : [{ line, things: what.split('; '), paths: pathsOf(where) }];
});

const places: Place[] = rows.flatMap(({ things, paths }) => things.map((what, i) => ({ what, paths: paths[i] ?? [] })));

/** What newcomers look for: the words of the map that they follow, the file below src/ that does it, and a name that only that file declares. */
const LOOKED_FOR: readonly (readonly [words: string, file: string, declares: string])[] = [
  ['the gate', 'model/gate.ts', 'function decideGate'],
  ['the rollback rule', 'model/rollback-target.ts', 'function whyPassedOver'],
  ['whether a change of it may follow', 'model/policy-succession.ts', 'function policySuccession'],
  ['what an entry changes', 'model/apply-event.ts', 'function applyEvent'],
  ['its checksum', 'model/content-digest.ts', 'function contentDigest'],
  ['error codes', 'errors.ts', 'interface ErrorData'],
  ['approvals and reports', 'ledger/reports.ts', 'function approve'],
  ['redact', 'ledger/redact.ts', 'function redact'],
  ['a transaction from plan to commit point', 'git/publish.ts', 'function publish'],
  ["the journal's ref", 'git/ref-moves.ts', 'class RefMoves'],
  ['as what trees', 'git/notes.ts', 'function changeNotes'],
  ['how it is run', 'git/pre-swap-hook.ts', 'function preSwapHook'],
  ['an SSH signature is made or verified', 'signing/sshsig.ts', 'function verifySshsig'],
  ['a forged one is found', 'audit/replay-entries.ts', 'class Replay'],
  ['enough witnesses', 'witness/format/check-witnesses.ts', 'function checkWitnesses'],
  ['a pack from a remote: checked', 'git/remote/received-pack.ts', 'function receivePack'],
  ['where its calls decide', 'swap/health/live-check.ts', 'class LiveCheck'],
  ['versions that crash at start', 'swap/sync/starts.ts', 'class Starts'],
  ['workers that exit', 'swap/worker/worker-supervisor.ts', 'class WorkerSupervisor'],
  ['into packed-refs', 'git/ref-moves.ts', 'class RefMoves'],
  ['a rewound copy', 'audit/pin.ts', 'function checkPin'],
  ['their list', 'cli/verbs.ts', 'const VERBS'],
  ['a webhook: sent', 'webhooks/delivery.ts', 'class Delivery'],
];

it('is one screen', () => {
  const lines = map.text.trimEnd().split('\n');
  expect(lines.length).toBeLessThanOrEqual(80);
  expect(lines.filter((line) => line.length > 150)).toEqual([]);
});

it('has a path for each thing that it names, in the same order', () => {
  expect(rows.length).toBeGreaterThan(40);
  const uneven = rows.filter(
    ({ things, paths }) => things.length !== paths.length || paths.some((p) => p.length === 0),
  );
  expect(uneven.map(({ line }) => line)).toEqual([]);
});

it('names what is there', () => {
  const told = [...map.text.matchAll(/`([\w./-]*\{[\w,/-]+\}\.ts|[\w./-]+(?:\.ts|\/))`/g)].flatMap(([, path = '']) =>
    expanded(path),
  );
  expect(told.length).toBeGreaterThan(80);
  const missing = told.filter((path) => !existsSync(join(ROOT, 'src', path)) && !existsSync(join(ROOT, path)));
  expect(missing).toEqual([]);
});

it.each(LOOKED_FOR)('leads whoever looks for "%s" to %s', (words, file, declares) => {
  const found = places.filter(({ what }) => what.includes(words));
  expect(found.map(({ what }) => what)).toHaveLength(1);
  const [place] = found;
  expect([file, `${dirname(file)}/`].some((path) => place?.paths.includes(path))).toBe(true);
  const declaration = new RegExp(`^export (async )?${declares}\\b`, 'm');
  expect(declaration.exec(readFileSync(join(ROOT, 'src', file), 'utf8'))).not.toBeNull();
});

it('leads on to the folders and decisions that it has no room for', () => {
  const paths = map.links.map(({ path }) => path);
  expect(paths.filter((path) => path.startsWith('docs/design/')).length).toBeGreaterThanOrEqual(4);
});
