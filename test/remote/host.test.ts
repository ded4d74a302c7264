/** The command line against hosts as people run them: nginx with TLS and passwords, and sshd with keys. */

import { execFile } from 'node:child_process';
import { mkdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, test } from 'vitest';
import { type Json, type Sandbox, withLedger } from '../cli/sandbox.js';
import { git, gitRefs } from '../crash/real-git.mjs';
import { httpsHost, skipHttps, skipSsh, sshHost } from './git-host.js';
import { bareRepository } from './places.js';

const BIN = fileURLToPath(new URL('../../dist/cli/bin.js', import.meta.url));

type Environment = Readonly<Record<string, string | undefined>>;

interface Ran {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

function run(box: Sandbox, program: string, argv: readonly string[], env: Environment): Promise<Ran> {
  return new Promise((done) => {
    execFile(program, [...argv], { cwd: box.root, env: { ...box.env, ...env } }, (error, stdout, stderr) =>
      done({ code: error === null ? 0 : Number(error.code ?? -1), stdout, stderr }),
    );
  });
}

/** A host, and how a client reaches it. */
interface Hosted {
  readonly box: Sandbox;
  /** The folder with the repositories that are served. */
  readonly base: string;
  url(name: string): string;
  /** What the client's machine says of it: the key, or the authority and the password. */
  readonly welcome: Environment;
  /** The same of somebody whom the host does not know. */
  readonly stranger: Environment;
  /** The command line in a process of its own, because Node reads its authorities when it starts. */
  lineage(argv: readonly string[], env?: Environment): Promise<Ran>;
  /** A command line that succeeds; its answer. */
  answer(...argv: string[]): Promise<Json>;
  /** One that fails; its exit code and error. */
  failure(argv: readonly string[], env?: Environment): Promise<Json>;
}

type Reached = Pick<Hosted, 'url' | 'welcome' | 'stranger'>;

async function hosted(reach: (box: Sandbox, base: string, path: string) => Promise<Reached>): Promise<Hosted> {
  const box = await withLedger();
  const base = box.path('served');
  for (const folder of [base, box.path('host')]) mkdirSync(folder);
  // The host has git-lineage on its PATH, for the guards.
  box.write('bin/git-lineage', `#!/bin/sh\nexec "${process.execPath}" "${BIN}" "$@"\n`, 0o755);
  const reached = await reach(box, base, `${box.path('bin')}:${process.env['PATH']}`);
  const lineage: Hosted['lineage'] = (argv, env = reached.welcome) => run(box, process.execPath, [BIN, ...argv], env);
  return {
    box,
    base,
    ...reached,
    lineage,
    answer: async (...argv) => {
      const { code, stdout, stderr } = await lineage([...argv, '--json']);
      expect({ argv, code, stderr }).toEqual({ argv, code: 0, stderr: '' });
      return JSON.parse(stdout);
    },
    failure: async (argv, env) => {
      const { code, stdout, stderr } = await lineage([...argv, '--json'], env);
      expect({ argv, stdout }).toEqual({ argv, stdout: '' });
      return { exit: code, ...JSON.parse(stderr).error };
    },
  };
}

const overHttps = () =>
  hosted(async (box, base, path) => {
    const { url, username, password, authority } = await httpsHost(box.path('host'), base, path);
    const told = (word: string) => {
      const helper = box.write(
        `helper-${word}`,
        `#!/bin/sh\ntest "$1" = get && printf 'username=%s\\npassword=%s\\n' ${username} ${word}\nexit 0\n`,
        0o755,
      );
      const config = box.write(`config-${word}`, `[credential]\n\thelper = ${helper}\n`);
      return { GIT_CONFIG_GLOBAL: config, GIT_SSL_CAINFO: authority, NODE_EXTRA_CA_CERTS: authority };
    };
    return { url: (name) => `${url}/${name}`, welcome: told(password), stranger: told('wrong') };
  });

const overSsh = () =>
  hosted(async (box, base, path) => {
    const { url, command, stranger } = await sshHost(box.path('host'), path);
    return {
      url: (name) => `${url}${join(base, name)}`,
      welcome: { GIT_SSH_COMMAND: command },
      stranger: { GIT_SSH_COMMAND: stranger },
    };
  });

const HOSTS = [
  { host: 'nginx over https', skip: skipHttps, open: overHttps },
  { host: 'sshd', skip: skipSsh, open: overSsh },
];

for (const { host, skip, open } of HOSTS)
  describe.skipIf(skip)(`${host} (Debian: nginx fcgiwrap openssl, openssh-server)`, () => {
    test('takes a ledger into an empty repository, and nodes share it there', async () => {
      const { box, base, url, answer } = await open();
      const remote = await bareRepository(base);
      await box.ok('record', 'planner', '--checksum', 'one', '--tag', 'stable');
      expect(await answer('push', url('remote.git'))).toMatchObject({ pushed: 2 });
      expect(gitRefs(remote)).toEqual(gitRefs(box.ledger));

      const { trust } = await answer('clone', url('remote.git'), 'node.git');
      expect(await answer('clone', url('remote.git'), 'again.git', '--trust', trust)).toMatchObject({ trusted: true });
      expect(gitRefs(box.path('node.git'))).toEqual(gitRefs(remote));
      await answer('remote', url('remote.git'), '--ledger', 'node.git');
      // A write through the remote, which is there before it is here.
      await answer('record', 'planner', '--checksum', 'two', '--ledger', 'node.git');
      expect(gitRefs(box.path('node.git'))).toEqual(gitRefs(remote));
      // A rollback moves the branch back there.
      await answer('rollback', 'planner', '--reason', 'MANUAL', '--ledger', 'node.git');
      expect(gitRefs(box.path('node.git'))).toEqual(gitRefs(remote));

      expect(await answer('fetch', '--ledger', 'again.git')).toMatchObject({ adopted: 2 });
      expect(await answer('pull', url('remote.git'))).toMatchObject({ adopted: 2, pushed: 0 });
      await box.ok('record', 'router', '--checksum', 'three');
      expect(await answer('sync', url('remote.git'))).toMatchObject({ adopted: 0, pushed: 1 });
      expect(gitRefs(remote)).toEqual(gitRefs(box.ledger));
      expect(await git(remote, ['fsck', '--strict', '--no-dangling', '--no-progress'])).toBe('');
    });

    test('refuses by its guards what plain git pushes, and everything where it cannot check it', async () => {
      const { box, base, url, welcome, answer, failure } = await open();
      const remote = join(base, 'remote.git');
      await box.ok('record', 'planner', '--checksum', 'one');
      await git(base, ['clone', '--quiet', '--mirror', box.ledger, remote]);
      await git(remote, ['config', 'http.receivepack', 'true']);
      await box.ok('hooks', 'guard', '--ledger', remote);
      // What continues the journal gets in.
      await box.ok('record', 'planner', '--checksum', 'two');
      expect(await answer('push', url('remote.git'))).toMatchObject({ pushed: 1 });
      const before = gitRefs(remote);
      expect(before).toEqual(gitRefs(box.ledger));
      const moved = ['push', url('remote.git'), '+refs/tags/planner/v1:refs/heads/planner'];
      const pushed = await run(box, 'git', ['--git-dir', box.ledger, ...moved], welcome);
      expect(pushed).toMatchObject({ code: 1, stderr: expect.stringContaining('pre-receive hook declined') });

      // A host that cannot check a push takes none.
      rmSync(box.path('bin/git-lineage'));
      await box.ok('record', 'planner', '--checksum', 'three');
      expect(await failure(['push', url('remote.git')])).toMatchObject({
        exit: 4,
        code: 'REMOTE_REFUSED',
        message: expect.stringContaining('git-lineage is not on the PATH of this server'),
      });
      expect(gitRefs(remote)).toEqual(before);
    });

    test('lets nobody in whom it does not know, and nothing has changed then', async () => {
      const { box, base, url, stranger, failure } = await open();
      const remote = await bareRepository(base);
      const refused = { exit: 4, code: 'REMOTE_REFUSED', hint: expect.stringMatching(/credentials/) };
      for (const argv of [
        ['clone', url('remote.git'), 'node.git'],
        ['push', url('remote.git')],
        ['pull', url('remote.git')],
      ]) {
        const error = await failure(argv, stranger);
        expect({ argv, ...error }).toMatchObject({ argv, ...refused });
        expect(JSON.stringify(error)).not.toContain('wrong');
      }
      expect(gitRefs(remote).size).toBe(0);
      // A write through it has not happened either.
      await box.ok('remote', url('remote.git'));
      expect(await failure(['record', 'planner', '--checksum', 'one'], stranger)).toMatchObject(refused);
      expect(await box.json('status')).toEqual([]);
      expect((await box.json('remote')).failure.reason).toContain(url('remote.git'));
    });
  });

test.skipIf(skipHttps)(
  'a host whose certificate nobody vouches for is not talked to, and what to set is said',
  async () => {
    const { base, box, url, welcome, failure } = await overHttps();
    const remote = await bareRepository(base);
    await box.ok('record', 'planner', '--checksum', 'one');
    const unknown = { ...welcome, GIT_SSL_CAINFO: undefined, NODE_EXTRA_CA_CERTS: undefined };
    const clone = await failure(['clone', url('remote.git'), 'node.git'], unknown);
    expect(clone).toMatchObject({ exit: 3, code: 'REMOTE_UNREACHABLE' });
    expect(clone.hint).toContain('NODE_EXTRA_CA_CERTS');
    const push = await failure(['push', url('remote.git')], unknown);
    expect(push).toMatchObject({ exit: 3, code: 'REMOTE_UNREACHABLE' });
    expect(push.hint).toContain('http.sslCAInfo');
    expect(gitRefs(remote).size).toBe(0);
  },
);
