/** Ledgers and copies of them as an auditor opens them, with git as the oracle. */

import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import fs, { cpSync, readdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { mkdtemp } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect } from 'vitest';
import { openEvidence } from '../../src/git/copy/open-evidence.js';
import { initLedger } from '../../src/index.js';
import type { Evidence, ObjectScan } from '../../src/ports/evidence.js';
import { GIT_ENVIRONMENT, git } from '../crash/real-git.mjs';
import { fillWithEvents, fixtureSigner, plan } from './ledger-on-disk.js';

/** The folder of the ledgers and of all copies. */
export let dir: string;

/** A ledger with something of every kind in it. */
export let ledgerDir: string;

/** A ledger of a few entries, where what is tried is tried often. */
export let smallDir: string;

let names = 0;

/** A new name below the folder. */
export function fresh(suffix = ''): string {
  names += 1;
  return join(dir, `copy-${names}${suffix}`);
}

/** Makes the ledgers before the tests of a file, and removes them and all copies after. */
export function makeLedgers(): void {
  beforeAll(async () => {
    dir = await mkdtemp(join(tmpdir(), 'git-lineage-evidence-'));
    ledgerDir = join(dir, 'ledger.git');
    const ledger = await initLedger({ gitdir: ledgerDir, signer: await fixtureSigner() });
    await fillWithEvents(ledger);
    for (let i = 0; i < 12; i++)
      await ledger.recordCheckpoint({ moduleId: 'planner', tags: ['stable'] }, plan(`${i + 10}`));
    await ledger.recordCheckpoints(
      Array.from({ length: 90 }, (_, i) => ({
        checkpoint: { moduleId: 'many' },
        ...plan(`'${'long '.repeat(50)}${i}'`),
      })),
    );
    await ledger.close();
    smallDir = join(dir, 'small.git');
    const small = await initLedger({ gitdir: smallDir, signer: await fixtureSigner() });
    for (let i = 1; i < 5; i++) await small.recordCheckpoint({ moduleId: 'planner', tags: ['stable'] }, plan(`${i}`));
    await small.assessCompatibility({
      moduleId: 'planner',
      fromVer: 1,
      toVer: 2,
      level: 'BREAKING',
      rationale: 'gone',
    });
    await small.close();
  });
  afterAll(() => rmSync(dir, { recursive: true, force: true }));
}

export async function withEvidence<T>(path: string, body: (evidence: Evidence) => Promise<T>): Promise<T> {
  const evidence = await openEvidence(fs, path);
  try {
    return await body(evidence);
  } finally {
    await evidence.close();
  }
}

export function scanOf(path: string): Promise<ObjectScan> {
  return withEvidence(path, async (evidence) => evidence.scan((await evidence.readRefs()).values()));
}

/** What git counts in an object folder: distinct objects, and their bytes. */
export async function gitCounts(gitdir: string): Promise<{ objects: number; bytes: number }> {
  const lines = (await git(gitdir, ['cat-file', '--batch-all-objects', '--batch-check'])).split('\n');
  return { objects: lines.length, bytes: lines.reduce((sum, line) => sum + Number(line.split(' ')[2]), 0) };
}

export function copied(of = ledgerDir): string {
  const path = fresh('.git');
  cpSync(of, path, { recursive: true });
  return path;
}

export async function cloned(...args: string[]): Promise<string> {
  const path = fresh();
  await git(dir, ['clone', '-q', ...args, `file://${ledgerDir}`, path]);
  return path;
}

export const NOTES = ['refs/notes/*:refs/notes/*', 'refs/tags/*:refs/tags/*'];

export async function bundled(version: 2 | 3, ...args: string[]): Promise<string> {
  const path = fresh('.bundle');
  await git(ledgerDir, ['bundle', 'create', `--version=${version}`, '-q', path, ...args]);
  return path;
}

/** The id that git gives to these bytes. */
export function gitHash(type: string, content: Uint8Array): string {
  return createHash('sha1').update(`${type} ${content.length}\0`).update(content).digest('hex');
}

export function complaints({ damaged, missing }: ObjectScan): string[] {
  return [...damaged.map((d) => `${d.where}: ${d.reason}`), ...missing.map((m) => `${m.oid} for ${m.wantedBy}`)];
}

export function packFiles(gitdir: string, kind: string): string[] {
  const folder = join(gitdir, 'objects/pack');
  return readdirSync(folder)
    .filter((name) => name.endsWith(`.${kind}`))
    .map((name) => join(folder, name));
}

/** The one pack of a repository that was repacked. */
export function onlyPack(gitdir: string, kind = 'pack'): string {
  const [path, ...others] = packFiles(gitdir, kind);
  expect(others).toEqual([]);
  return path ?? '';
}

/** Moves every packed object into a file of its own. */
export function unpackAll(gitdir: string): void {
  for (const pack of packFiles(gitdir, 'pack')) {
    const aside = join(gitdir, 'aside.pack');
    renameSync(pack, aside);
    rmSync(pack.replace(/pack$/, 'idx'));
    const { status } = spawnSync('git', ['-C', gitdir, 'unpack-objects', '-q'], {
      env: GIT_ENVIRONMENT,
      input: readFileSync(aside),
    });
    expect(status).toBe(0);
  }
}

export function looseFile(gitdir: string, oid: string): string {
  return join(gitdir, 'objects', oid.slice(0, 2), oid.slice(2));
}

export function change(path: string, edit: (bytes: Buffer) => Uint8Array): void {
  const bytes = readFileSync(path);
  rmSync(path);
  writeFileSync(path, edit(bytes));
}
