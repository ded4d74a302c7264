/** An attacker who wants a client that never ends: a remote that goes on and says nothing, a helper that outlives its git. */

import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import type { ServerResponse } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it, onTestFinished } from 'vitest';
import { exchange } from '../../src/git/remote/git-exchange.js';
import { failure } from '../../src/git/remote/git-failure.js';
import { type CloneOptions, cloneLedger } from '../../src/index.js';
import { SHA1 } from '../../src/model/object-id.js';
import { httpServer } from '../remote/servers.js';

function folder(): string {
  const path = mkdtempSync(join(tmpdir(), 'git-lineage-held-'));
  onTestFinished(() => rmSync(path, { recursive: true, force: true }));
  return path;
}

const packet = (data: Uint8Array): Buffer =>
  Buffer.concat([Buffer.from((data.length + 4).toString(16).padStart(4, '0')), data]);
const line = (text: string): Buffer => packet(Buffer.from(text));
const band = (number: number, data: Uint8Array): Buffer => packet(Buffer.concat([Buffer.of(number), data]));

/** Writes what `next` says for as long as the other side takes it. */
function pour(response: ServerResponse, next: () => Buffer): void {
  const more = (): void => {
    while (!response.destroyed && response.write(next()));
    response.once('drain', more);
  };
  more();
}

interface Remote {
  readonly refs?: (response: ServerResponse) => void;
  readonly pack?: (response: ServerResponse) => void;
}

const OID = '1'.repeat(40);

function remote({ refs, pack }: Remote): Promise<string> {
  return httpServer((request, response) => {
    const asksForRefs = request.url?.includes('info/refs') === true;
    const what = asksForRefs ? 'advertisement' : 'result';
    response.writeHead(200, { 'content-type': `application/x-git-upload-pack-${what}` });
    if (!asksForRefs) {
      response.write(line('NAK\n'));
      pack?.(response);
      return;
    }
    response.write(Buffer.concat([line('# service=git-upload-pack\n'), Buffer.from('0000')]));
    response.write(line(`${OID} HEAD\0side-band-64k ofs-delta\n`));
    if (refs !== undefined) refs(response);
    else response.end(Buffer.concat([line(`${OID} refs/heads/ledger\n`), Buffer.from('0000')]));
  });
}

async function cloned(url: string, options: Partial<CloneOptions>): Promise<unknown> {
  const gitdir = join(folder(), 'copy.git');
  const error = await cloneLedger({ url, gitdir, ...options }).catch((thrown: unknown) => thrown);
  expect(existsSync(gitdir)).toBe(false);
  return error;
}

describe('a remote', () => {
  it('that reports progress and sends nothing is given up', async () => {
    const url = await remote({
      pack: (response) => {
        const timer = setInterval(() => response.write(band(2, Buffer.from('still counting\r'))), 10);
        response.on('close', () => clearInterval(timer));
      },
    });
    const error = await cloned(url, { timeLimitMs: 500 });
    expect(error).toMatchObject({ code: 'REMOTE_UNREACHABLE', message: expect.stringContaining('within 0.5 s') });
  });

  it('that lists refs without end is given up', async () => {
    let n = 0;
    const refs = (response: ServerResponse) => pour(response, () => line(`${OID} refs/heads/${n++}\n`));
    const error = await cloned(await remote({ refs }), { limits: { refBytes: 100_000 } });
    expect(error).toMatchObject({ code: 'REMOTE_REFUSED', message: expect.stringContaining('100000 bytes of refs') });
  });

  it.each([
    ['what is no pack', Buffer.alloc(60_000, 'x'), 'a pack that is none'],
    [
      'a pack with more objects than it may',
      Buffer.from('PACK\0\0\0\x02\xff\xff\xff\xff', 'latin1'),
      '4294967295 objects',
    ],
    [
      'a pack without end',
      Buffer.concat([Buffer.from('PACK\0\0\0\x02\0\0\0\x09'), Buffer.alloc(50_000)]),
      'more than 100000 bytes',
    ],
  ])('that sends %s is given up as soon as that is seen', async (_, data, reason) => {
    const pack = (response: ServerResponse) => pour(response, () => band(1, data));
    const error = await cloned(await remote({ pack }), { limits: { packBytes: 100_000 } });
    expect(error).toMatchObject({ code: 'REMOTE_REFUSED', message: expect.stringContaining(reason) });
  });
});

/** Whether a process has ended, which may still wait to be collected (proc(5), "stat"). */
function isGone(pid: string): boolean {
  try {
    return /^\d+ \(.*\) [ZX]/s.test(readFileSync(`/proc/${pid}/stat`, 'utf8'));
  } catch {
    return true;
  }
}

/** Has `script` be the git that is found, until the test ends. */
function gitIs(script: (place: string) => string): string {
  const place = folder();
  writeFileSync(join(place, 'git'), `#!/bin/sh\n${script(place)}`, { mode: 0o755 });
  const path = process.env['PATH'];
  process.env['PATH'] = `${place}:${path}`;
  onTestFinished(() => {
    process.env['PATH'] = path;
  });
  return place;
}

/** Starts a process that lives on and holds the pipes. */
const helper = (place: string) => `sleep 600 &\necho $! > '${place}/helper'\n`;

/** Empty where it was not started. */
function helperOf(place: string): string {
  const path = join(place, 'helper');
  return existsSync(path) ? readFileSync(path, 'utf8').trim() : '';
}

async function helperIsEnded(place: string): Promise<void> {
  const pid = helperOf(place);
  expect(pid).toMatch(/^\d+$/);
  await expect.poll(() => isGone(pid), { timeout: 30_000 }).toBe(true);
}

describe('git', () => {
  it('that is killed takes its helper along, and holds nobody up', async () => {
    const gitdir = gitIs((place) => `${helper(place)}kill -9 $$\n`);
    const end = await exchange({ gitdir, args: ['push'], timeoutMs: 600_000 });
    expect(end).toMatchObject({ code: null, late: false });
    await helperIsEnded(gitdir);
  });

  it('that hangs is ended at its deadline, with its helper', async () => {
    const gitdir = gitIs((place) => `${helper(place)}wait\n`);
    // Until there was time to start the helper.
    for (let timeoutMs = 250; helperOf(gitdir) === ''; timeoutMs *= 2) {
      const end = await exchange({ gitdir, args: ['push'], timeoutMs });
      expect(end).toMatchObject({ code: null, late: true });
    }
    await helperIsEnded(gitdir);
  });

  it('that lists refs without end is ended, with its helper', async () => {
    const gitdir = gitIs((place) => `${helper(place)}while :; do echo '${OID}\trefs/heads/a'; done\n`);
    const run = await exchange({ gitdir, args: ['ls-remote'], timeoutMs: 600_000, maxPrinted: 100_000 });
    expect([run.late, run.stdout.length <= 100_000]).toEqual([false, true]);
    expect(failure('origin', run, 600_000, SHA1)).toMatchObject({
      code: 'REMOTE_REFUSED',
      message: expect.stringContaining('more refs than are read'),
    });
    // Once it was told to move a ref, nobody knows whether it has.
    expect(failure('origin', { ...run, sent: true }, 600_000, SHA1)).toMatchObject({ code: 'REMOTE_UNREACHABLE' });
    await helperIsEnded(gitdir);
  });
});
