/** A ledger with a publisher and witnesses, and what a client asks of them. */

import { execFileSync } from 'node:child_process';
import { cpSync } from 'node:fs';
import { join } from 'node:path';
import {
  generateLogKey,
  type PublishedCheckpoint,
  publishCheckpoint,
  type WitnessDemand,
} from '../../src/api/audit.js';
import { type Source, source } from '../remote/ledger-remote.js';
import { aWitness, type TestWitness } from './a-log.js';

export interface WitnessedLedger extends Source {
  readonly logKey: string;
  readonly privateKey: string;
  readonly witnesses: readonly TestWitness[];
  /** What a client asks. */
  readonly demand: WitnessDemand;
  /** Moves the clock of the witnesses, in seconds. */
  setNow(now: number): void;
  /** Writes another version. */
  write(content: string): Promise<void>;
  publish(gitdir?: string, to?: readonly TestWitness[]): Promise<PublishedCheckpoint>;
  /** What somebody keeps of the ledger as it is now. */
  kept(name: string): string;
}

export async function aWitnessedLedger(count = 3): Promise<WitnessedLedger> {
  const from = await source(false);
  const { privateKey, publicKey } = await generateLogKey({ gitdir: from.gitdir });
  let time: number | null = null;
  const now = (): number => time ?? Date.now() / 1000;
  const witnesses: TestWitness[] = [];
  for (let i = 1; i <= count; i++) witnesses.push(await aWitness({ logs: [publicKey], now }, `w${i}.example.org`));
  return {
    ...from,
    logKey: publicKey,
    privateKey,
    witnesses,
    demand: { logKey: publicKey, witnesses: witnesses.map(({ server }) => server.key), maxAgeMs: 3_600_000 },
    setNow(next) {
      time = next;
    },
    async write(content) {
      await from.ledger.recordCheckpoint({ moduleId: 'planner', tags: ['stable'] }, { files: { 'a.js': content } });
    },
    publish: (gitdir = from.gitdir, to = witnesses) =>
      publishCheckpoint({
        gitdir,
        logKey: privateKey,
        witnesses: to.map(({ server }) => ({ key: server.key, url: server.url })),
      }),
    kept(name) {
      const path = join(from.dir, name);
      cpSync(from.gitdir, path, { recursive: true });
      return path;
    },
  };
}

/** The bytes at a repository's `refs/witness/checkpoint`. */
export function checkpointAt(gitdir: string): string {
  return execFileSync('git', ['cat-file', 'blob', 'refs/witness/checkpoint'], { cwd: gitdir, encoding: 'utf8' });
}

/** Puts a blob at `refs/witness/checkpoint`, or anywhere else, as somebody with a shell on that machine would. */
export function plantCheckpoint(gitdir: string, text: string, ref = 'refs/witness/checkpoint'): void {
  const oid = execFileSync('git', ['hash-object', '-w', '--stdin'], {
    cwd: gitdir,
    input: text,
    encoding: 'utf8',
  }).trim();
  execFileSync('git', ['-c', 'core.hooksPath=/dev/null', 'update-ref', ref, oid], { cwd: gitdir });
}
