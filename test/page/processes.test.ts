/** What runs where, by the metrics of each process: servers that say it, say it otherwise, or say nothing. */

import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { expect, onTestFinished, test } from 'vitest';
import { processesByMetrics } from '../../src/api/server.js';
import { freePort } from '../free-port.js';

/** A process whose metrics are what `says` answers. */
async function process(says: () => readonly [status: number, text: string]) {
  const paths: (string | undefined)[] = [];
  const server = createServer(({ url }, response) => {
    paths.push(url);
    const [status, text] = says();
    response.writeHead(status).end(text);
  });
  await once(server.listen(0, '127.0.0.1'), 'listening');
  onTestFinished(() => {
    server.closeAllConnections();
    server.close();
  });
  const name = `127.0.0.1:${(server.address() as AddressInfo).port}`;
  return { name, url: `http://${name}`, paths };
}

test('tells the versions in the metrics of each process, whatever else is in them', async () => {
  const text = [
    '# HELP asm_swap_active_version The version that calls begin on in this process.',
    'asm_swap_active_version{module_id="planner"} 3',
    'asm_swap_active_version{zone="a,b",module_id="@acme/\\"\\\\router"} 12',
    'asm_swap_active_version 4',
    'asm_swap_sick{module_id="planner"} 0',
    '',
  ].join('\n');
  const one = await process(() => [200, text]);
  const other = await process(() => [200, '']);
  const before = Math.floor(Date.now() / 1000);
  const [first, second] = await processesByMetrics([one.url, `${other.url}/of/mine?x=1`])();
  expect(first).toEqual({
    name: one.name,
    at: expect.any(Number),
    running: [
      { moduleId: 'planner', version: 3 },
      { moduleId: '@acme/"\\router', version: 12 },
    ],
  });
  expect(first?.at).toBeGreaterThanOrEqual(before);
  expect(second).toEqual({ name: other.name, at: expect.any(Number), running: [] });
  expect([...one.paths, ...other.paths]).toEqual(['/metrics', '/of/mine?x=1']);
});

test('keeps one that does not answer, and says that it never did', async () => {
  const failing = await process(() => [500, 'asm_swap_active_version{module_id="planner"} 3\n']);
  const nobody = `127.0.0.1:${await freePort()}`;
  expect(await processesByMetrics([failing.url, `http://${nobody}`])()).toEqual([
    { name: failing.name, at: null, running: [] },
    { name: nobody, at: null, running: [] },
  ]);
});

test('asks once, however many pages want to know at the same time', async () => {
  const one = await process(() => [200, '']);
  const processes = processesByMetrics([one.url]);
  await Promise.all([processes(), processes(), processes()]);
  expect(one.paths).toEqual(['/metrics']);
});

test.each(['10.0.0.1:9464', 'ftp://10.0.0.1', 'http://ops:secret@10.0.0.1', '', 'file:///etc/passwd'])(
  'refuses %j',
  (url) => {
    expect(() => processesByMetrics([url])).toThrow(
      expect.objectContaining({ code: 'INVALID_ARGUMENT', message: expect.stringContaining('http or https URL') }),
    );
  },
);
