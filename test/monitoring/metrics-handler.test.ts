/** What a service answers Prometheus and a supervisor, beside what it does otherwise. */

import { once } from 'node:events';
import { createServer, get } from 'node:http';
import type { AddressInfo } from 'node:net';
import { Registry } from 'prom-client';
import { describe, expect, onTestFinished, test } from 'vitest';
import { type MetricsHandlerOptions, metricsHandler } from '../../src/api/metrics.js';
import { makeVersionManager } from '../../src/api/testing.js';

async function service(options: Partial<MetricsHandlerOptions> = {}) {
  const registry = new Registry();
  const ledger = await makeVersionManager({}, { registry });
  onTestFinished(() => ledger.close());
  await ledger.recordCheckpoint({ moduleId: 'planner', checksum: 'x' });
  const handle = metricsHandler({ registry, ledgers: [ledger], ...options });
  const server = createServer((request, response) => {
    if (!handle(request, response)) response.writeHead(418).end('the service');
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  onTestFinished(() => {
    server.closeAllConnections();
    return new Promise<void>((resolve) => server.close(() => resolve()));
  });
  const { port } = server.address() as AddressInfo;
  const url = `http://127.0.0.1:${port}`;
  const ask = async (path: string, method = 'GET') => {
    const answer = await fetch(`${url}${path}`, { method });
    return { status: answer.status, headers: answer.headers, text: await answer.text() };
  };
  return { ledger, registry, ask, port };
}

describe('a metrics handler', () => {
  test('with hosts answers to those and its own address alone, and to no page of another site', async () => {
    const { port } = await service({ hosts: ['Ledger.internal'] });
    const status = (path: string, headers: Readonly<Record<string, string>>): Promise<number> =>
      new Promise((resolve, reject) => {
        get({ host: '127.0.0.1', port, path, headers }, (answer) => {
          answer.resume();
          resolve(answer.statusCode ?? 0);
        }).on('error', reject);
      });
    for (const path of ['/metrics', '/readyz']) {
      expect(await status(path, { host: 'evil.example' })).toBe(421);
      expect(await status(path, { 'sec-fetch-site': 'cross-site' })).toBe(403);
      expect(await status(path, { host: 'ledger.internal:9464' })).toBe(200);
      expect(await status(path, {})).toBe(200);
    }
    expect(await status('/healthz', { host: 'evil.example' })).toBe(200);
    expect(() => metricsHandler({ registry: new Registry(), hosts: 'x' as never })).toThrow(/a list of host names/);
  });

  test('tells the metrics, as a GET and as a HEAD', async () => {
    const { ask, registry } = await service();
    const told = await ask('/metrics?x=1');
    expect(told).toMatchObject({ status: 200, text: expect.stringContaining('asm_version_checkpoints_total') });
    expect(told.headers.get('content-type')).toBe(registry.contentType);
    expect(await ask('/metrics', 'HEAD')).toMatchObject({ status: 200, text: '' });
    const refused = await ask('/metrics', 'POST');
    expect([refused.status, refused.headers.get('allow')]).toEqual([405, 'GET, HEAD']);
  });

  test('leaves all else to the service', async () => {
    const { ask } = await service();
    for (const path of ['/', '/metrics/x', '/metricsx', '//metrics'])
      expect(await ask(path)).toMatchObject({ status: 418, text: 'the service' });
  });

  test('says when the service is not ready, and why; it is healthy all the while', async () => {
    let answer: () => unknown = () => undefined;
    const { ask, ledger } = await service({ ready: () => answer() });
    expect(await ask('/readyz')).toMatchObject({ status: 200, text: 'ok\n' });
    answer = () => false;
    expect(await ask('/readyz')).toMatchObject({ status: 503, text: 'the service is not ready\n' });
    answer = () => Promise.reject(new Error('no database'));
    await ledger.close();
    expect(await ask('/readyz')).toMatchObject({
      status: 503,
      text: 'ledger: INVALID_ARGUMENT\nno database\n',
    });
    expect(await ask('/healthz')).toMatchObject({ status: 200, text: 'ok\n' });
  });

  test('leaves an answer alone that the service has given meanwhile', async () => {
    const registry = new Registry();
    let answered: () => void = () => undefined;
    registry.metrics = () => new Promise((resolve) => (answered = () => resolve('late')));
    const handle = metricsHandler({ registry });
    const server = createServer((request, response) => {
      handle(request, response);
      response.writeHead(503).end('too late', answered);
    }).listen(0, '127.0.0.1');
    await once(server, 'listening');
    onTestFinished(() => new Promise<void>((resolve) => server.close(() => resolve())));
    const answer = await fetch(`http://127.0.0.1:${(server.address() as AddressInfo).port}/metrics`);
    expect([answer.status, await answer.text()]).toEqual([503, 'too late']);
  });

  test('answers with 500 where the metrics cannot be told', async () => {
    const registry = new Registry();
    registry.metrics = () => Promise.reject(new Error('a collector threw'));
    const { ask } = await service({ registry });
    expect(await ask('/metrics')).toMatchObject({ status: 500, text: 'a collector threw\n' });
  });

  test.each([
    [undefined, /registry: expected a Registry of prom-client, got undefined/],
    [{ registry: {} }, /registry: expected a Registry/],
    [{ registry: new Registry(), ledgers: [1] }, /ledgers: expected a list of ledgers/],
    [{ registry: new Registry(), ready: true }, /ready: expected a function, got true/],
  ])('refuses the options %#', (options, message) => {
    expect(() => metricsHandler(options as never)).toThrow(message);
  });
});
