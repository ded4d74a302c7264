/**
 * An attacker who wants the private code of a ledger that is served on somebody's machine: their page is open in a browser there, and
 * their name leads to this server (DNS rebinding), or the page asks for it as another site.
 */

import { get } from 'node:http';
import { expect, it } from 'vitest';
import { folder, git, source, tryGit } from '../remote/ledger-remote.js';
import { served } from '../remote/servers.js';

function status(url: string, headers: Readonly<Record<string, string>>): Promise<number> {
  return new Promise((resolve, reject) => {
    get(`${url}info/refs?service=git-upload-pack`, { headers }, (answer) => {
      answer.resume();
      resolve(answer.statusCode ?? 0);
    }).on('error', reject);
  });
}

it.each([
  ['a name of theirs', { host: 'evil.example' }, 421],
  ['a name of theirs with the port', { host: 'evil.example:8418' }, 421],
  ['a name that begins as one of this machine', { host: 'localhost.evil.example' }, 421],
  ['two names', { host: 'localhost, evil.example' }, 421],
  ['their page', { 'sec-fetch-site': 'cross-site' }, 403],
  ['this machine', { host: 'localhost:8418' }, 200],
  ['this machine, in IPv6', { host: '[::1]:8418' }, 200],
  ['a name that was allowed', { host: 'Ledger.internal' }, 200],
])('by %s the answer is %d', async (_, headers, expected) => {
  const { gitdir } = await source(false);
  const { url } = await served(gitdir, { hosts: ['ledger.INTERNAL'] });
  expect(await status(url, headers)).toBe(expected);
});

it('git itself asks as before, by the address and by a name of this machine', async () => {
  const { gitdir } = await source(false);
  const { url } = await served(gitdir);
  const dir = folder();
  for (const address of [url, url.replace('127.0.0.1', 'localhost')])
    expect(await git(dir, 'ls-remote', address, 'HEAD')).toContain('HEAD');
  const foreign = await tryGit(dir, '-c', 'http.extraHeader=Host: evil.example', 'ls-remote', url);
  expect(foreign).toMatchObject({ code: 128, stderr: expect.stringContaining('421') });
});
