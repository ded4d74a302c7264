/** The verb `witness`, as a process of its own. */

import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect, onTestFinished, test } from 'vitest';
import { aLog, folder, leavesOf } from './a-log.js';

const BIN = fileURLToPath(new URL('../../build/cli/bin.js', import.meta.url));

function started(...args: readonly string[]): ChildProcess & { text: { out: string; err: string } } {
  const child = spawn(process.execPath, [BIN, 'witness', ...args]);
  onTestFinished(() => void child.kill('SIGKILL'));
  const text = { out: '', err: '' };
  child.stdout.setEncoding('utf8').on('data', (chunk) => {
    text.out += chunk;
  });
  child.stderr.setEncoding('utf8').on('data', (chunk) => {
    text.err += chunk;
  });
  return Object.assign(child, { text });
}

async function ended(...args: readonly string[]) {
  const child = started(...args);
  const [code] = await once(child, 'close');
  return { code, ...child.text };
}

test('a witness is made once, answers until it is interrupted, and goes on from where it was', async () => {
  const log = aLog();
  const dir = folder();
  const place = ['--state', join(dir, 'state'), '--key', join(dir, 'key')];
  const none = await ended(...place, '--log', log.publicKey);
  expect(none.code).toBe(2);
  expect(none.err).toContain('git-lineage witness --init');

  const unnamed = await ended('--init', ...place);
  expect(unnamed.code).toBe(2);
  expect(unnamed.err).toContain('--name');
  const made = await ended('--init', ...place, '--name', 'w1', '--json');
  expect(made.code, made.err).toBe(0);
  const { key } = JSON.parse(made.out);
  expect((await ended('--init', ...place, '--name', 'w1')).code).toBe(2);

  for (const [oldSize, size] of [
    [0, 2],
    [2, 3],
  ] as const) {
    const child = started(...place, '--log', log.publicKey, '--json');
    while (!child.text.out.includes('\n')) await once(child.stdout as NodeJS.ReadableStream, 'data');
    const announced = JSON.parse(child.text.out.split('\n')[0] ?? '');
    expect(announced.key).toBe(key);
    const body = log.request(leavesOf(size), oldSize);
    const response = await fetch(`${announced.url}add-checkpoint`, { method: 'POST', body });
    expect(response.status).toBe(200);
    child.kill('SIGTERM');
    expect((await once(child, 'close'))[0]).toBe(0);
  }
});
