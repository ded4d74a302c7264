/** Addresses of remotes: those that git takes, read as git reads them, and none by which git would run a program. */

import { expect, test } from 'vitest';
import { parseRemoteUrl, withoutCredentials } from '../../src/git/remote/remote-url.js';
import { refusal } from '../suite/expectations.js';

test.each([
  ['https://example.org/modules.git', 'http', 'https://example.org/modules.git'],
  ['HTTPS://Example.org/modules.git/', 'http', 'https://example.org/modules.git'],
  ['http://user:p%40ss@example.org:8080/m.git', 'http', 'http://example.org:8080/m.git'],
  ['ssh://ops@example.org:2222/srv/m.git', 'ssh', 'ssh://ops@example.org:2222/srv/m.git'],
  ['ssh://ops:secret@example.org/m.git', 'ssh', 'ssh://ops@example.org/m.git'],
  ['git+ssh://example.org/m.git', 'ssh', 'git+ssh://example.org/m.git'],
  ['ops@example.org:m.git', 'ssh', 'ops@example.org:m.git'],
  ['host:/srv/m.git', 'ssh', 'host:/srv/m.git'],
  ['git://example.org/m.git', 'git', 'git://example.org/m.git'],
  ['file:///srv/m.git', 'file', 'file:///srv/m.git'],
  ['/srv/m.git', 'file', '/srv/m.git'],
  ['./a:b', 'file', `${process.cwd()}/a:b`],
])('%s is reached by %s and shown as %s', (text, transport, shown) => {
  expect(parseRemoteUrl(text)).toMatchObject({ transport, shown });
});

test('credentials of an http address are read, and are in none of its texts', () => {
  const remote = parseRemoteUrl('https://us%65r:p%40ss@example.org/m.git');
  expect(remote.credentials).toEqual({ username: 'user', password: 'p@ss' });
  expect(remote.address).toBe('https://example.org/m.git');
});

test.each([
  'ext::sh -c "touch x"',
  'EXT::sh',
  'http::https://example.org/m.git',
  'fd::3',
  '-oProxyCommand=x',
  '--upload-pack=touch x',
  'ssh://-oProxyCommand=x/m.git',
  'ssh://ops@-oProxyCommand=x/m.git',
  'ssh://-x@host/m.git',
  '-x@host:m.git',
  'ops@-oProxyCommand=x:m.git',
  ':m.git',
  'https://example.org/m.git\nx',
  'https://example.org/m.git?x=1',
  'https://example.org/m.git#x',
  'https://',
  'https://user:p%ss@example.org/m.git',
  'rsync://example.org/m.git',
  'javascript://x',
  '',
])('%j is refused', async (text) => {
  const error = await refusal(() => parseRemoteUrl(text), 'INVALID_ARGUMENT');
  expect(error.data.issues[0]?.path).toBe('url');
});

test('a refused address does not show its password', async () => {
  const error = await refusal(() => parseRemoteUrl('https://user:s3cret@example.org/m.git?x'), 'INVALID_ARGUMENT');
  expect(error.message).not.toContain('s3cret');
  const ssh = await refusal(() => parseRemoteUrl('ftp://user:s3cret@example.org/m.git'), 'INVALID_ARGUMENT');
  expect(ssh.message).not.toContain('s3cret');
});

test('what others say about an address loses its credentials', () => {
  const said = "fatal: unable to access 'https://user:s3c@ret@example.org/m.git/': 500; ssh://ops:pw@host/x";
  expect(withoutCredentials(said)).toBe("fatal: unable to access 'https://example.org/m.git/': 500; ssh://ops@host/x");
});
