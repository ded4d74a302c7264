/** An attacker who wants the password in a remote's URL: reads `ps`, or runs a server that says back what it is told. */

import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { join } from 'node:path';
import { inspect } from 'node:util';
import { describe, expect, it, onTestFinished } from 'vitest';
import { saidBy } from '../../src/git/remote/remote-error.js';
import { cloneLedger, initLedger, type LedgerNotice, openLedger } from '../../src/index.js';
import { secretsOf, withoutSecrets } from '../../src/url-credentials.js';
import { sandbox } from '../cli/sandbox.js';
import { fixtureSigner } from '../interop/ledger-on-disk.js';
import { folder, source } from '../remote/ledger-remote.js';
import { httpServer, meddling, served } from '../remote/servers.js';

const USER = 'ops@example.org';
const PASSWORD = 'p/w:0 rd+é%';
const PAIR = Buffer.from(`${USER}:${PASSWORD}`).toString('base64');
const FORMS = [
  PASSWORD,
  encodeURIComponent(PASSWORD),
  `${encodeURIComponent(USER)}:${encodeURIComponent(PASSWORD)}`,
  PAIR,
  PAIR.replace(/=+$/, ''),
];

/** The URL with user and password in it. */
function withPassword(url: string): string {
  return url.replace('://', `://${encodeURIComponent(USER)}:${encodeURIComponent(PASSWORD)}@`);
}

function expectHidden(text: string): void {
  for (const form of FORMS) expect(text).not.toContain(form);
}

/** Sets a variable of this process, which git takes over, until the test ends. */
function setEnvironment(name: string, value: string): void {
  const before = process.env[name];
  process.env[name] = value;
  onTestFinished(() => {
    if (before === undefined) delete process.env[name];
    else process.env[name] = before;
  });
}

/** Has git write down each program that it starts, with its arguments (git(1), GIT_TRACE), and a `git` before it what it was started with. */
function watchArguments(): () => string {
  const place = folder();
  const path = process.env['PATH'];
  const log = join(place, 'arguments');
  writeFileSync(join(place, 'git'), `#!/bin/sh\nprintf '%s ' "$@" >> '${log}'\nPATH='${path}' exec git "$@"\n`, {
    mode: 0o755,
  });
  setEnvironment('PATH', `${place}:${path}`);
  setEnvironment('GIT_TRACE', join(place, 'trace'));
  return () =>
    readdirSync(place)
      .map((name) => (name === 'git' ? '' : readFileSync(join(place, name), 'utf8')))
      .join('\n');
}

/** A ledger that is served to whoever knows the password. */
async function guarded(): Promise<{ readonly url: string; readonly gitdir: string }> {
  const { gitdir } = await source();
  const { url } = await served(gitdir);
  const proxy = await meddling(url, {
    instead: ({ headers }, response) => {
      if (headers.authorization === `Basic ${PAIR}`) return false;
      response.writeHead(401, { 'www-authenticate': 'Basic realm="x"' }).end();
      return true;
    },
  });
  return { url: proxy, gitdir };
}

/** A server that says all that it was told, wherever there is a place for it. */
function echo(status: number, more: (told: string) => string = (told) => told): Promise<string> {
  return httpServer((request: IncomingMessage, response: ServerResponse) => {
    const told = request.headers.authorization;
    if (told === undefined) {
      response.writeHead(401, { 'www-authenticate': 'Basic realm="x"' }).end();
      return;
    }
    const plain = Buffer.from(told.replace(/^\S+ /, ''), 'base64').toString('utf8');
    const all = [told, encodeURIComponent(plain), encodeURIComponent(PASSWORD), plain].join(' and ');
    const type = `text/plain; said=${told.replace(/^\S+ /, '')}`;
    response.writeHead(status, `Told ${told}`, { 'content-type': type });
    response.end(more(all));
  });
}

describe('the arguments of git', () => {
  it('show no user and no password of the remote, and git knows both', async () => {
    const { url, gitdir } = await guarded();
    const copy = join(folder(), 'copy.git');
    await cloneLedger({ url: gitdir, gitdir: copy });
    const ledger = await openLedger({ gitdir: copy });
    onTestFinished(() => ledger.close());
    const log = watchArguments();
    expect(await ledger.replicas.pull(withPassword(url))).toMatchObject({ remote: url, adopted: 0 });
    // Git starts a program of its own for it, which is told the address too.
    expect(log()).toContain(`remote-http ${url}`);
    expect(log()).toContain('ls-remote');
    expectHidden(log());
    expect(log()).not.toContain('example.org');
  });

  it('show no token that stands in the place of the user', async () => {
    const url = await echo(403);
    const gitdir = join(folder(), 'ledger.git');
    const ledger = await initLedger({ gitdir, signer: await fixtureSigner() });
    onTestFinished(() => ledger.close());
    const log = watchArguments();
    const error = await ledger.replicas
      .pull(url.replace('://', '://a-token-of-mine@'))
      .catch((thrown: unknown) => thrown);
    expect(error).toMatchObject({ code: 'REMOTE_REFUSED' });
    expect(log() + inspect(error)).not.toContain('a-token-of-mine');
  });

  it('show none of it where releases are imported, and neither does a hint', async () => {
    const { url } = await guarded();
    const log = watchArguments();
    const box = sandbox();
    await box.ok('init', box.ledger);
    const env = { PATH: process.env['PATH'], GIT_TRACE: process.env['GIT_TRACE'] };
    const failed = await box.run(['import', 'git', withPassword(url), '--tags', 'none*', '--module', 'm'], { env });
    expect(failed.stderr).toContain('NOT_FOUND');
    expect(log()).toContain(`ls-remote --quiet -- ${url}`);
    expectHidden(log() + failed.stderr + failed.stdout);
  });

  it('of ssh show no password that stands in a URL', async () => {
    const gitdir = join(folder(), 'ledger.git');
    const ledger = await initLedger({ gitdir, signer: await fixtureSigner() });
    onTestFinished(() => ledger.close());
    const log = watchArguments();
    setEnvironment('GIT_SSH_COMMAND', 'false');
    const error = await ledger.replicas.pull('ssh://ops:pw-of-ops@127.0.0.1/m.git').catch((thrown: unknown) => thrown);
    expect(error).toMatchObject({ code: 'REMOTE_UNREACHABLE' });
    expect(log()).toContain('ops@127.0.0.1');
    expect(log() + inspect(error)).not.toContain('pw-of-ops');
  });
});

describe('a server that says back what it is told', () => {
  const STATUSES = [200, 400, 403, 404, 500];

  it.each(STATUSES)('with status %i is told without it: by clone', async (status) => {
    const url = await echo(status);
    const gitdir = join(folder(), 'copy.git');
    const error = await cloneLedger({ url: withPassword(url), gitdir }).catch((thrown: unknown) => thrown);
    expect(error).toMatchObject({ code: expect.stringMatching(/^REMOTE_/), message: expect.stringContaining('***') });
    expectHidden(inspect(error, { depth: 9 }) + JSON.stringify(error));
  });

  it.each(STATUSES)('with status %i is told without it: by a ledger that writes through it', async (status) => {
    const url = await echo(status);
    const gitdir = join(folder(), 'ledger.git');
    const notices: LedgerNotice[] = [];
    const made = await initLedger({ gitdir, signer: await fixtureSigner() });
    await made.close();
    const remote = { url: withPassword(url) };
    const ledger = await openLedger({
      gitdir,
      signer: await fixtureSigner(),
      remote,
      onEvent: (notice) => notices.push(notice),
    });
    onTestFinished(() => ledger.close());
    const writing = ledger.recordCheckpoint({ moduleId: 'planner', checksum: 'a' });
    const error = await writing.catch((thrown: unknown) => thrown);
    expect(error).toMatchObject({ code: expect.stringMatching(/^REMOTE_/) });
    const said = inspect([error, notices, await ledger.replicas.status()], { depth: 9 }) + JSON.stringify(error);
    expectHidden(said + readFileSync(join(gitdir, 'lineage', 'remotes.json'), 'utf8'));
  });

  it('is told without a token that was asked for', async () => {
    const url = await echo(403);
    const error = await cloneLedger({
      url,
      gitdir: join(folder(), 'copy.git'),
      onAuth: () => ({ headers: { authorization: 'Bearer a-token-of-mine' } }),
    }).catch((thrown: unknown) => thrown);
    expect(error).toMatchObject({ code: 'REMOTE_REFUSED', message: expect.stringContaining('***') });
    expect(inspect(error)).not.toContain('a-token-of-mine');
  });

  it('is told without half of it where a message is cut', async () => {
    for (const before of [560, 580, 590, 595, 2030, 2040]) {
      const url = await echo(
        403,
        () => `${' '.repeat(before > 1000 ? before - 40 : 0)}${'x'.repeat(before > 1000 ? 40 : before)} ${PAIR}`,
      );
      const gitdir = join(folder(), 'copy.git');
      const error = await cloneLedger({ url: withPassword(url), gitdir }).catch((thrown: unknown) => thrown);
      expect(String(error)).not.toContain(PAIR.slice(0, 4));
    }
  });
});

describe('a secret', () => {
  it('is known in each of its forms, and a text without one stays as it is', () => {
    const secrets = secretsOf({ username: USER, password: PASSWORD });
    for (const form of FORMS) expect(withoutSecrets(`before ${form} after`, secrets)).toBe('before *** after');
    expect(withoutSecrets('nothing of it', secrets)).toBe('nothing of it');
    expect(secretsOf({ username: 'ops', password: '' })).not.toContain('');
    expect(saidBy('x'.repeat(700))).toBe('…');
  });
});
