/** A log to be witnessed, without a ledger: leaves, a key, and what it says of them. */

import { createHash } from 'node:crypto';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { onTestFinished } from 'vitest';
import { formatAddCheckpoint } from '../../src/witness/format/add-checkpoint.js';
import { formatCheckpoint } from '../../src/witness/format/log-checkpoint.js';
import { consistencyProof, treeRoot } from '../../src/witness/format/merkle-tree.js';
import { formatNote, signText } from '../../src/witness/format/note.js';
import { generateNoteKey, parseNoteSigner } from '../../src/witness/format/note-key.js';
import { type ServeWitnessOptions, serveWitness, type WitnessServer } from '../../src/witness/server/serve-witness.js';
import { initWitness } from '../../src/witness/server/witness-state.js';

export const ORIGIN = `git-lineage/${'ab'.repeat(32)}`;

/** Leaves that a story tells: equal names give equal leaves. */
export function leavesOf(count: number, story = 'entry'): Buffer[] {
  return Array.from({ length: count }, (_, i) => createHash('sha256').update(`${story} ${i}`).digest());
}

export function folder(): string {
  const path = mkdtempSync(join(tmpdir(), 'git-lineage-witness-'));
  onTestFinished(() => rmSync(path, { recursive: true, force: true }));
  return path;
}

export function aLog(origin = ORIGIN) {
  const { privateKey, publicKey } = generateNoteKey(origin, 'log');
  const signer = parseNoteSigner(privateKey, 'log');
  /** The signed checkpoint of all these leaves. */
  const note = (leaves: readonly Buffer[]): string => {
    const text = formatCheckpoint({ origin, size: leaves.length, root: treeRoot(leaves) });
    return formatNote({ text, signatures: [signText(text, signer)] });
  };
  /** What the log submits to a witness that knows `oldSize`. */
  const request = (leaves: readonly Buffer[], oldSize: number): string =>
    formatAddCheckpoint(oldSize, consistencyProof(leaves, oldSize), note(leaves));
  return { origin, publicKey, privateKey, note, request };
}

export interface TestWitness {
  readonly place: { readonly stateDir: string; readonly keyFile: string };
  readonly server: WitnessServer;
  post(body: string | Uint8Array): Promise<{ status: number; type: string | null; body: string }>;
  close(): Promise<void>;
}

/** Starts the witness of a place, until the test ends. */
export async function start(
  place: TestWitness['place'],
  options: Omit<ServeWitnessOptions, 'stateDir' | 'keyFile'>,
): Promise<TestWitness> {
  const server = await serveWitness({ ...place, ...options });
  let closed: Promise<void> | null = null;
  const close = (): Promise<void> => {
    closed ??= server.close();
    return closed;
  };
  onTestFinished(close);
  return {
    place,
    server,
    close,
    async post(body) {
      const response = await fetch(`${server.url}add-checkpoint`, { method: 'POST', body: body as string });
      return { status: response.status, type: response.headers.get('content-type'), body: await response.text() };
    },
  };
}

/** A new witness. */
export async function aWitness(
  options: Omit<ServeWitnessOptions, 'stateDir' | 'keyFile'>,
  name = 'witness.example.org/w1',
): Promise<TestWitness> {
  const dir = folder();
  const place = { stateDir: join(dir, 'state'), keyFile: join(dir, 'key') };
  await initWitness({ ...place, name });
  return start(place, options);
}
