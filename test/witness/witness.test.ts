/** A witness over HTTP: what it answers by the rules of C2SP tlog-witness, and what is on disk when it has answered. */

import { execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { request as httpRequest } from 'node:http';
import { connect } from 'node:net';
import { join } from 'node:path';
import { describe, expect, onTestFinished, test } from 'vitest';
import { cosignedAt } from '../../src/witness/format/cosignature.js';
import { MAX_NOTE_BYTES, parseNote, parseSignatures } from '../../src/witness/format/note.js';
import { parseNoteKey } from '../../src/witness/format/note-key.js';
import type { WitnessedRequest } from '../../src/witness/server/serve-witness.js';
import { initWitness } from '../../src/witness/server/witness-state.js';
import { aLog, aWitness, folder, leavesOf, start } from './a-log.js';

const NOW = 1_800_000_000;
const now = () => NOW;

describe('a witness', () => {
  test('cosigns what it sees first, and what continues it', async () => {
    const log = aLog();
    const { post, server } = await aWitness({ logs: [log.publicKey], now });
    const key = parseNoteKey(server.key, 'witness');
    for (const [size, oldSize] of [
      [3, 0],
      [3, 3],
      [7, 3],
      [8, 7],
    ] as const) {
      const { status, body, type } = await post(log.request(leavesOf(size), oldSize));
      expect(status, body).toBe(200);
      expect(type).toMatch(/^text\/plain/);
      const [signature, ...more] = parseSignatures(body) ?? [];
      expect(more).toEqual([]);
      const text = parseNote(log.note(leavesOf(size)))?.text ?? '';
      expect(signature && cosignedAt(text, signature, key)).toBe(NOW);
    }
  });

  test('tells the size that it knows where another one was expected', async () => {
    const log = aLog();
    const { post } = await aWitness({ logs: [log.publicKey], now });
    await post(log.request(leavesOf(5), 0));
    for (const oldSize of [0, 3, 6])
      expect(await post(log.request(leavesOf(6), oldSize))).toEqual({
        status: 409,
        type: 'text/x.tlog.size',
        body: '5\n',
      });
  });

  test('answers 404 of a log that it does not know, and 403 of a checkpoint that the log did not sign', async () => {
    const [log, stranger, impostor] = [aLog(), aLog('git-lineage/other'), aLog()];
    const { post } = await aWitness({ logs: [log.publicKey], now });
    expect((await post(stranger.request(leavesOf(2), 0))).status).toBe(404);
    expect((await post(impostor.request(leavesOf(2), 0))).status).toBe(403);
    const broken = log.request(leavesOf(2), 0).replace('\n2\n', '\n3\n');
    expect((await post(broken)).status).toBe(403);
  });

  test('answers 422 where the proof shows nothing', async () => {
    const log = aLog();
    const { post } = await aWitness({ logs: [log.publicKey], now });
    await post(log.request(leavesOf(5), 0));
    const request = log.request(leavesOf(8), 5);
    const [first = '', proof = ''] = request.split('\n');
    expect((await post(request.replace(`${proof}\n`, ''))).status).toBe(422);
    expect((await post(request.replace(proof, Buffer.alloc(32).toString('base64')))).status).toBe(422);
    expect((await post(request.replace(first, `${first}\n${proof}`))).status).toBe(422);
    expect((await post(request)).status).toBe(200);
  });

  test.each([
    ['is empty', ''],
    ['has no old size', (r: string) => r.replace(/^old 0\n/, '')],
    ['has an old size that is no number', (r: string) => r.replace('old 0', 'old 00')],
    ['has an old size beyond the new one', (r: string) => r.replace('old 0', 'old 9')],
    ['has a line that is no hash', (r: string) => r.replace('old 0\n', 'old 0\nhello\n')],
    [
      'has 64 hashes',
      (r: string) => r.replace('old 0\n', `old 0\n${`${Buffer.alloc(32).toString('base64')}\n`.repeat(64)}`),
    ],
    ['has no note', (r: string) => r.slice(0, r.indexOf('\n\n') + 2)],
    ['has an extension line', (r: string) => r.replace('\n\n— ', '\nextra\n\n— ')],
    ['is not UTF-8', () => Buffer.of(0x6f, 0xff)],
  ] as const)('answers 400 to a request that %s', async (_, change) => {
    const log = aLog();
    const { post } = await aWitness({ logs: [log.publicKey], now });
    const body = typeof change === 'string' ? change : change(log.request(leavesOf(3), 0));
    expect((await post(body)).status).toBe(400);
  });

  test('keeps its logs apart', async () => {
    const [one, two] = [aLog('git-lineage/one'), aLog('git-lineage/two')];
    const { post } = await aWitness({ logs: [one.publicKey, two.publicKey], now });
    expect((await post(one.request(leavesOf(5), 0))).status).toBe(200);
    expect((await post(two.request(leavesOf(3, 'other'), 0))).status).toBe(200);
    expect((await post(one.request(leavesOf(6), 5))).status).toBe(200);
  });

  test('cosigns one of the checkpoints that come at the same time', async () => {
    const log = aLog();
    const { post } = await aWitness({ logs: [log.publicKey], now });
    await post(log.request(leavesOf(2), 0));
    const forks = Array.from({ length: 6 }, (_, i) => [...leavesOf(2), ...leavesOf(i + 1, `fork ${i}`)]);
    const answers = await Promise.all(forks.map((leaves) => post(log.request(leaves, 2))));
    expect(answers.map(({ status }) => status).sort()).toEqual([200, 409, 409, 409, 409, 409]);
  });

  test('tells its operator which log asked for what', async () => {
    const log = aLog();
    const told: WitnessedRequest[] = [];
    const { post, server } = await aWitness({ logs: [log.publicKey], now, onRequest: (r) => told.push(r) });
    await post(log.request(leavesOf(2), 0));
    await post(log.request(leavesOf(2, 'fork'), 2));
    await fetch(server.url);
    expect(told.map(({ status, origin }) => [status, origin])).toEqual([
      [200, log.origin],
      [409, log.origin],
      [404, null],
    ]);
  });
});

describe('the state of a witness', () => {
  test('is on disk before it answers, and the next process goes on from it', async () => {
    const log = aLog();
    const { post, place, close } = await aWitness({ logs: [log.publicKey], now });
    await post(log.request(leavesOf(4), 0));
    expect(JSON.parse(readFileSync(join(place.stateDir, 'state.json'), 'utf8')).logs[log.origin].size).toBe(4);
    await close();
    const next = await start(place, { logs: [log.publicKey], now });
    expect((await next.post(log.request(leavesOf(5, 'fork'), 4))).status).toBe(422);
    expect((await next.post(log.request(leavesOf(5), 4))).status).toBe(200);
  });

  test('that cannot be written has nothing cosigned', async () => {
    const log = aLog();
    const said: string[] = [];
    const { post, place } = await aWitness({ logs: [log.publicKey], now, onRequest: (r) => said.push(r.said) });
    await post(log.request(leavesOf(4), 0));
    // A folder in its place: also root, who may write anywhere, cannot replace it.
    rmSync(join(place.stateDir, 'state.json'));
    execFileSync('mkdir', [join(place.stateDir, 'state.json')]);
    const failed = await post(log.request(leavesOf(5), 4));
    expect(failed.status).toBe(500);
    expect(failed.body).not.toContain('—');
    expect(said.at(-1)).toMatch(/cannot write the state of a witness/);
    rmSync(join(place.stateDir, 'state.json'), { recursive: true });
    // What was cosigned last is still known.
    expect((await post(log.request(leavesOf(5), 4))).status).toBe(200);
  });

  test('that is lost is not begun anew', async () => {
    const log = aLog();
    const { place, close } = await aWitness({ logs: [log.publicKey], now });
    await close();
    rmSync(join(place.stateDir, 'state.json'));
    await expect(start(place, { logs: [log.publicKey] })).rejects.toMatchObject({
      code: 'NOT_FOUND',
      hint: expect.stringContaining('with a new key'),
    });
    await expect(initWitness({ ...place, name: 'w1' })).rejects.toMatchObject({
      code: 'INVALID_CONFIG',
      data: { issues: [{ path: 'keyFile', actual: place.keyFile }] },
    });
  });

  test.each(['', '{}', '{"format":1,"key":"x","logs":[]}', '[]'])('that reads %j is refused', async (text) => {
    const log = aLog();
    const { place, close } = await aWitness({ logs: [log.publicKey], now });
    await close();
    writeFileSync(join(place.stateDir, 'state.json'), text);
    await expect(start(place, { logs: [log.publicKey] })).rejects.toMatchObject({ code: 'IO' });
  });

  test('belongs to one key', async () => {
    const log = aLog();
    const [one, two] = [await aWitness({ logs: [log.publicKey] }), await aWitness({ logs: [log.publicKey] })];
    await one.close();
    const mixed = { stateDir: one.place.stateDir, keyFile: two.place.keyFile };
    await expect(start(mixed, { logs: [log.publicKey] })).rejects.toMatchObject({ code: 'INVALID_CONFIG' });
  });

  test('belongs to one process', async () => {
    const log = aLog();
    const { place, close } = await aWitness({ logs: [log.publicKey] });
    await expect(start(place, { logs: [log.publicKey] })).rejects.toThrow(/another process has it/);
    const other = spawn(process.execPath, [
      '--input-type=module',
      '-e',
      `
      const { serveWitness } = await import(${JSON.stringify(new URL('../../build/api/server.js', import.meta.url).href)});
      await serveWitness(${JSON.stringify({ ...place, logs: [log.publicKey] })}).catch((e) => console.log(e.message));
    `,
    ]);
    let out = '';
    other.stdout.setEncoding('utf8').on('data', (text) => (out += text));
    await once(other, 'close');
    expect(out).toMatch(/another process has it/);
    await close();
    await start(place, { logs: [log.publicKey] });
  });

  test('and the key are for their owner alone', async () => {
    const dir = folder();
    const place = { stateDir: join(dir, 'state'), keyFile: join(dir, 'keys', 'w1') };
    const key = await initWitness({ ...place, name: 'w1' });
    expect(parseNoteKey(key, 'witness').name).toBe('w1');
    for (const file of [place.keyFile, join(place.stateDir, 'state.json')]) expect(statSync(file).mode & 0o077).toBe(0);
  });
});

describe('the server of a witness', () => {
  test('takes POST /add-checkpoint and nothing else', async () => {
    const { server } = await aWitness({ logs: [aLog().publicKey] });
    expect((await fetch(`${server.url}add-checkpoint`)).status).toBe(405);
    for (const path of ['', 'state.json', 'add-checkpoint/', 'add-checkpoint?x', 'sign-subtree'])
      expect((await fetch(server.url + path, { method: 'POST', body: 'x' })).status, path).toBe(404);
  });

  test('refuses other names and pages of other sites', async () => {
    const { server } = await aWitness({ logs: [aLog().publicKey], hosts: ['W1.example.org'] });
    const ask = async (headers: Record<string, string>): Promise<number | undefined> => {
      const request = httpRequest(`${server.url}add-checkpoint`, { method: 'POST', headers });
      request.end();
      const [response] = await once(request, 'response');
      response.resume();
      return response.statusCode;
    };
    expect(await ask({ host: 'evil.example' })).toBe(421);
    expect(await ask({ host: 'w1.example.org' })).toBe(400);
    expect(await ask({ 'sec-fetch-site': 'cross-site' })).toBe(403);
  });

  test('reads no more of a body than a request has', async () => {
    const { post } = await aWitness({ logs: [aLog().publicKey] });
    expect((await post('x'.repeat(MAX_NOTE_BYTES + 4097))).status).toBe(413);
  });

  test('lets go of a client that does not send its request, and has its place for others', async () => {
    const log = aLog();
    const { server, post } = await aWitness({ logs: [log.publicKey], clientLimit: 2, timeLimitMs: 1500, now });
    const slow = Array.from({ length: 2 }, () => {
      const socket = connect(Number(new URL(server.url).port), '127.0.0.1');
      onTestFinished(() => void socket.destroy());
      socket.on('error', () => undefined).resume();
      socket.write('POST /add-checkpoint HTTP/1.1\r\nHost: localhost\r\nContent-Length: 100\r\n\r\nold');
      return socket;
    });
    await Promise.all(slow.map((socket) => once(socket, 'close')));
    expect((await post(log.request(leavesOf(1), 0))).status).toBe(200);
  });

  test('refuses options that are none, all at once', async () => {
    const { place, close } = await aWitness({ logs: [aLog().publicKey] });
    await close();
    await expect(start(place, { logs: [], port: -1, limit: 0 })).rejects.toMatchObject({
      code: 'INVALID_ARGUMENT',
      data: { issues: [{ path: 'port' }, { path: 'limit' }, { path: 'logs' }] },
    });
    await expect(start(place, { logs: ['x'] })).rejects.toMatchObject({ code: 'INVALID_KEY' });
  });
});
