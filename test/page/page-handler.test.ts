/** What the page's server answers, and what it refuses. */

import { createHash } from 'node:crypto';
import { once } from 'node:events';
import { createServer, get, type IncomingHttpHeaders, type RequestOptions, request } from 'node:http';
import type { AddressInfo } from 'node:net';
import { gunzipSync } from 'node:zlib';
import { describe, expect, onTestFinished, test } from 'vitest';
import { pageHandler, servePage } from '../../src/api/server.js';
import { refusal } from '../suite/expectations.js';
import { IMAGE, OVERRIDE, SCRIPT } from './hostile-content.mjs';
import { hostileLedger, hostilePage } from './hostile-ledger.js';

interface Answer {
  readonly status: number;
  readonly headers: IncomingHttpHeaders;
  readonly body: Buffer;
  // biome-ignore lint/suspicious/noExplicitAny: shapes are what these tests check
  readonly json: any;
}

function ask(url: string, path: string, options: RequestOptions = {}): Promise<Answer> {
  return new Promise((resolve, reject) => {
    const asking = request(new URL(path, url), options, (answer) => {
      const parts: Buffer[] = [];
      answer.on('data', (part: Buffer) => parts.push(part));
      answer.on('end', () => {
        const body = Buffer.concat(parts);
        const plain = answer.headers['content-encoding'] === 'gzip' ? gunzipSync(body) : body;
        const isJson = answer.headers['content-type']?.startsWith('application/json') === true && body.length > 0;
        const json: unknown = isJson ? JSON.parse(plain.toString()) : null;
        resolve({ status: answer.statusCode ?? 0, headers: answer.headers, body: plain, json });
      });
    });
    asking.on('error', reject);
    asking.end();
  });
}

describe('the page', () => {
  test('is three files of its own, under a policy that lets nothing else in', async () => {
    const { server } = await hostilePage();
    for (const [path, type] of [
      ['', 'text/html'],
      ['page.js', 'text/javascript'],
      ['page.css', 'text/css'],
    ] as const) {
      const { status, headers, body } = await ask(server.url, path);
      expect([status, headers['content-type']]).toEqual([200, `${type}; charset=utf-8`]);
      expect(body.length).toBeGreaterThan(100);
      const policy = headers['content-security-policy'] ?? '';
      for (const part of ["default-src 'none'", "script-src 'self'", "style-src 'self'", "connect-src 'self'"])
        expect(policy).toContain(part);
      for (const part of ["base-uri 'none'", "form-action 'none'", "frame-ancestors 'none'"])
        expect(policy).toContain(part);
      expect(policy).not.toContain('unsafe');
      expect(headers).toMatchObject({
        'x-content-type-options': 'nosniff',
        'referrer-policy': 'no-referrer',
        'cross-origin-opener-policy': 'same-origin',
        'cross-origin-resource-policy': 'same-origin',
      });
    }
    const { body } = await ask(server.url, '');
    // Nothing inline, and nothing of another server.
    expect(body.toString()).not.toMatch(/<script(?![^>]* src=)|<style|\son\w+=|https?:\/\/(?!www\.w3\.org)/);
  });

  test('is compressed for whoever takes it, and below 100 KB with the data of 500 modules', async () => {
    const { ledger, server } = await hostilePage();
    await ledger.recordCheckpoints(
      Array.from({ length: 500 }, (_, i) => ({
        // Digests and names do not compress well, as those of a real ledger do not.
        checkpoint: { moduleId: `tool-${createHash('md5').update(String(i)).digest('hex')}`, tags: ['stable'] },
        files: { 'index.js': `export const tool = ${i};` },
      })),
    );
    let bytes = 0;
    for (const path of ['', 'page.js', 'page.css', 'data/overview.json']) {
      const headers = { 'accept-encoding': 'br, gzip' };
      const answer = await ask(server.url, path, { headers });
      expect(answer.headers['content-encoding']).toMatch(/^(?:br|gzip)$/);
      const { 'content-length': length } = answer.headers;
      expect(length).toBeDefined();
      bytes += Number(length);
      const refusing = await ask(server.url, path, { headers: { 'accept-encoding': 'br;q=0, gzip;q=0' } });
      expect(refusing.headers['content-encoding']).toBeUndefined();
    }
    expect(bytes).toBeLessThan(100_000);
  });

  test('takes GET and HEAD alone', async () => {
    const { server } = await hostilePage();
    for (const method of ['POST', 'PUT', 'DELETE', 'OPTIONS']) {
      const refused = await ask(server.url, 'data/overview.json', { method });
      expect([refused.status, refused.headers.allow]).toEqual([405, 'GET, HEAD']);
    }
    const head = await ask(server.url, 'data/overview.json', { method: 'HEAD' });
    expect([head.status, head.body.length]).toEqual([200, 0]);
    expect(Number(head.headers['content-length'])).toBeGreaterThan(100);
  });

  test('answers to its own names alone, whatever it is asked', async () => {
    const { server } = await hostilePage({ hosts: ['Ledger.Example.org'] });
    const statusFor = async (host: string, path: string) => (await ask(server.url, path, { headers: { host } })).status;
    for (const path of ['', 'page.js', 'data/overview.json', 'data/events.json']) {
      const found = path === 'data/events.json' ? 404 : 200;
      for (const host of ['localhost', 'LOCALHOST:80', '127.0.0.1:8080', '[::1]:99', 'ledger.example.org:443'])
        expect([host, path, await statusFor(host, path)]).toEqual([host, path, found]);
      for (const host of [
        'example.org',
        'localhost.example.org',
        '127.0.0.1.example.org',
        '10.0.0.1',
        'a b',
        '[::2]',
        '@',
      ])
        expect([host, path, await statusFor(host, path)]).toEqual([host, path, 421]);
    }
    expect(await statusFor('example.org', 'data/events')).toBe(421);
  });

  test('tells its data to no page of another site', async () => {
    const { server } = await hostilePage();
    const headers = { 'sec-fetch-site': 'cross-site' };
    expect((await ask(server.url, 'data/overview.json', { headers })).status).toBe(403);
    expect((await ask(server.url, 'data/events', { headers })).status).toBe(403);
    expect((await ask(server.url, '', { headers })).status).toBe(200);
  });

  test('leaves all else to the service that mounts it', async () => {
    const ledger = await hostileLedger();
    const page = pageHandler({ ledger, path: '/ledger/' });
    const server = createServer((asked, answer) => {
      if (!page(asked, answer)) answer.writeHead(418).end();
    }).listen(0, '127.0.0.1');
    await once(server, 'listening');
    onTestFinished(() => {
      page.close();
      server.closeAllConnections();
      server.close();
    });
    const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/`;
    expect((await ask(url, 'ledger/')).status).toBe(200);
    const moved = await ask(url, 'ledger');
    expect([moved.status, moved.headers.location]).toEqual([308, '/ledger/']);
    for (const path of ['', 'page.js', 'data/overview.json', 'ledger/other', 'ledger/../page.js', 'ledgers/'])
      expect((await ask(url, path)).status).toBe(418);
  });

  test('takes no options that are none', async () => {
    const ledger = await hostileLedger();
    for (const wrong of [{ path: 'ledger' }, { hosts: 'x' }, { pollMs: 0 }, { maxClients: 1.5 }, { processes: [] }])
      await refusal(() => pageHandler({ ledger, ...(wrong as object) }), 'INVALID_ARGUMENT');
    await refusal(() => servePage({ ledger, port: 70_000 }), 'INVALID_ARGUMENT');
  });
});

describe('the data', () => {
  test('is not sent again while the journal has not moved', async () => {
    const { server, ledger } = await hostilePage();
    for (const path of ['data/overview.json', 'data/modules/planner/log/latest.json', 'data/audit.json']) {
      const first = await ask(server.url, path);
      const headers = { 'if-none-match': String(first.headers.etag) };
      const again = await ask(server.url, path, { headers });
      expect([again.status, again.body.length]).toEqual([304, 0]);
      await ledger.tag('planner', 2, `seen-${path.length}`);
      expect((await ask(server.url, path, { headers })).status).toBe(200);
    }
  });

  test('has every module with what is active, by whom, and what waits', async () => {
    const { server, ledger } = await hostilePage();
    const { json } = await ask(server.url, 'data/overview.json');
    const [owner] = (await ledger.policy.get()).signers;
    expect(json.modules).toMatchObject([
      { moduleId: '@acme/router', active: null, semver: null, stable: null, staged: 1, pending: 0, activation: null },
      {
        moduleId: 'planner',
        active: 4,
        semver: '1.4.0',
        stable: 1,
        staged: 1,
        pending: 1,
        activation: { type: 'activate', actor: owner?.principal },
      },
    ]);
    expect(json.pending).toMatchObject([{ moduleId: 'planner', fromVer: 4, toVer: 5, rationale: `${SCRIPT}${IMAGE}` }]);
    expect(json).toMatchObject({ position: await ledger.journal.position(), lastAudit: null, processes: null });
  });

  test('tells of processes where the service knows them', async () => {
    const processes = () => [{ name: 'web-1', at: 1, running: [{ moduleId: 'planner', version: 4 }] }];
    const { server } = await hostilePage({ processes });
    expect((await ask(server.url, 'data/overview.json')).json.processes).toEqual(processes());
  });

  test('has the lineage in parts', async () => {
    const ledger = await hostileLedger();
    await ledger.policy.set({ settings: { requireApproval: false } });
    const list = Array.from({ length: 250 }, (_, i) => ({ checkpoint: { moduleId: 'long', checksum: `${i}` } }));
    await ledger.recordCheckpoints(list);
    const server = await servePage({ ledger });
    onTestFinished(() => server.close());
    const seen: number[] = [];
    let next: number | null = null;
    do {
      const { json } = await ask(server.url, `data/modules/long/log/${next ?? 'latest'}.json`);
      expect(json.versions.length).toBeLessThanOrEqual(100);
      seen.push(...json.versions.map((v: { version: { version: number } }) => v.version.version));
      next = json.next;
    } while (next !== null);
    expect(seen).toEqual(Array.from({ length: 250 }, (_, i) => 250 - i));
    const { json } = await ask(server.url, 'data/journal/0.json');
    expect(json.entries[0]).toMatchObject({ omitted: 480, seq: (await ledger.journal.position()).seq });
    expect(json.entries[0].events).toHaveLength(20);
  });

  test('has a module of a scope by its folder, and a version with its texts', async () => {
    const { server } = await hostilePage();
    const router = await ask(server.url, 'data/modules/@acme+router/summary.json');
    expect(router.json.summary).toMatchObject({ moduleId: '@acme/router', active: null });
    const version = await ask(server.url, 'data/modules/planner/versions/4.json');
    expect(version.json.version.metadata).toEqual({ semver: '1.4.0', [SCRIPT]: IMAGE });
    const changes = await ask(server.url, 'data/modules/planner/changes/1-4.json');
    expect(changes.json.files.map((f: { path: string; after: unknown }) => [f.path, f.after])).toEqual([
      ['bytes.bin', { text: null, omitted: 'binary' }],
      ['index.js', { text: 'export const plan = 4;\n', omitted: null }],
      ['large.txt', { text: null, omitted: 'large' }],
      ['page.html', { text: `${SCRIPT}\n${IMAGE}\n${OVERRIDE}\n`, omitted: null }],
      ['zero.txt', { text: null, omitted: 'binary' }],
    ]);
    expect((await ask(server.url, 'data/modules/planner/changes/0-1.json')).json.files).toMatchObject([
      { path: 'index.js', change: 'added', before: null },
    ]);
    expect((await ask(server.url, 'data/modules/planner/files/4.json')).json.files).toHaveLength(5);
  });

  test('has the journal by pages, searched, and at earlier moments', async () => {
    const { server, ledger } = await hostilePage();
    const { seq } = await ledger.journal.position();
    const page = await ask(server.url, 'data/journal/0.json');
    expect(page.json.entries.map((e: { seq: number }) => e.seq)).toEqual(
      Array.from({ length: seq + 1 }, (_, i) => seq - i),
    );
    expect((await ask(server.url, 'data/journal/7.json')).json.entries).toEqual([]);
    const found = async (query: string) =>
      (await ask(server.url, `data/search.json?${query}`)).json.entries.map((e: { seq: number }) => e.seq);
    expect(await found('type=rollback')).toEqual([4]);
    expect(await found('text=health_f')).toEqual([4]);
    expect(await found('module=planner&before=3')).toEqual([2, 1]);
    expect(await found('actor=nobody')).toEqual([]);
    const before = await ask(server.url, 'data/at/3.json');
    expect(before.json.modules).toMatchObject([{ moduleId: 'planner', active: 3 }]);
    expect((await ask(server.url, `data/at/t${Math.floor(before.json.timestamp) + 1_000_000}.json`)).json.seq).toBe(
      seq,
    );
  });

  test('says what is wrong with a question, and nothing of this machine', async () => {
    const { server, ledger } = await hostilePage();
    const failure = async (path: string) => {
      const { status, json, headers } = await ask(server.url, path);
      expect(headers['content-security-policy']).toContain("default-src 'none'");
      return [status, json.code];
    };
    expect(await failure('data/modules/nobody/summary.json')).toEqual([404, 'NOT_FOUND']);
    expect(await failure('data/modules/..%2f/summary.json')).toEqual([400, 'INVALID_MODULE_ID']);
    expect(await failure('data/modules/%3Cscript%3E/summary.json')).toEqual([400, 'INVALID_MODULE_ID']);
    expect(await failure('data/modules/planner/versions/99.json')).toEqual([404, 'NOT_FOUND']);
    expect(await failure('data/modules/planner/versions/0.json')).toEqual([400, 'INVALID_VERSION']);
    expect(await failure('data/at/99.json')).toEqual([404, 'NOT_FOUND']);
    expect(await failure('data/search.json?before=-1')).toEqual([400, 'INVALID_ARGUMENT']);
    expect(await failure('data/search.json?module=..')).toEqual([400, 'INVALID_MODULE_ID']);
    for (const path of ['data/', 'data/nothing.json', 'data/overview', 'data/overview.jsonx'])
      expect(await failure(path)).toEqual([404, 'NOT_FOUND']);
    await ledger.close();
    const closed = await ask(server.url, 'data/overview.json');
    expect(JSON.stringify(closed.json)).not.toContain(ledger.gitdir === '' ? '/tmp' : ledger.gitdir);
  });
});

/** Reads a stream until it has said something that matches. */
function streamed(url: string, until: RegExp): Promise<string> {
  return new Promise((resolve, reject) => {
    const asking = get(new URL('data/events', url), (answer) => {
      let text = '';
      answer.on('data', (part: Buffer) => {
        text += part.toString();
        if (!until.test(text)) return;
        answer.destroy();
        resolve(text);
      });
      answer.on('end', () => resolve(`${text}(ended)`));
      answer.on('error', () => resolve(text));
    });
    asking.on('error', reject);
  });
}

describe('the events', () => {
  test('say where the journal stands, and each time that it moves', async () => {
    const { server, ledger } = await hostilePage();
    const { seq, oid } = await ledger.journal.position();
    expect(await streamed(server.url, /\n\n/)).toBe(`event: tip\ndata: ${JSON.stringify({ seq, oid })}\n\n`);
    const moved = streamed(server.url, new RegExp(`"seq":${seq + 1}`));
    await ledger.tag('planner', 2, 'seen');
    expect(await moved).toContain(JSON.stringify(await ledger.journal.position()));
  });

  test('are read from the ledger for all pages at once, and not at all while there is none', async () => {
    const ledger = await hostileLedger();
    let asked = 0;
    const position = () => {
      asked += 1;
      return ledger.journal.position();
    };
    const journal = Object.create(ledger.journal, { position: { value: position } });
    const counted = Object.create(ledger, { journal: { value: journal } });
    const server = await servePage({ ledger: counted, pollMs: 60_000 });
    onTestFinished(() => server.close());
    asked = 0;
    const open = await Promise.all([1, 2, 3].map(() => streamedHead(server.url)));
    await streamed(server.url, /event: tip/);
    expect(asked).toBe(1);
    for (const { close } of open) close();
  });

  test('go to so many pages and no more, and end when the server does', async () => {
    const { server } = await hostilePage({ maxClients: 1 });
    const first = streamed(server.url, /never/);
    const refused = async (): Promise<Answer> => {
      const head = await streamedHead(server.url);
      head.close();
      return head.status === 503 ? ask(server.url, 'data/events') : refused();
    };
    const answer = await refused();
    expect([answer.status, answer.headers['retry-after']]).toEqual([503, '30']);
    await server.close();
    expect(await first).toContain('event: tip');
  });

  test('say when the ledger cannot be read', async () => {
    const { server, ledger } = await hostilePage();
    await ledger.close();
    expect(await streamed(server.url, /\n\n/)).toContain('event: unreadable');
  });
});

function streamedHead(url: string): Promise<{ readonly status: number; close(): void }> {
  return new Promise((resolve, reject) => {
    const asking = get(new URL('data/events', url), (answer) => {
      answer.on('error', () => undefined);
      answer.resume();
      resolve({ status: answer.statusCode ?? 0, close: () => answer.destroy() });
    });
    asking.on('error', reject);
  });
}
