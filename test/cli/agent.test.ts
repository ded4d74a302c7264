/** Keys that only an ssh-agent holds, on the command line. */

import { execFileSync } from 'node:child_process';
import { readFileSync, rmSync, writeFileSync } from 'node:fs';
import { describe, expect, it, onTestFinished } from 'vitest';
import { type RunningAgent, startAgent } from '../signing/ssh-agent.js';
import { type Sandbox, sandbox, withLedger } from './sandbox.js';

const NAMES = ['ed25519', 'rsa-3072', 'nistp256'];

function fingerprint(publicFile: string): string {
  return execFileSync('ssh-keygen', ['-lf', publicFile], { encoding: 'utf8' }).split(' ')[1] ?? '';
}

/** Copies a key here, gives it to the agent, and leaves its public half alone. */
async function onlyInAgent(box: Sandbox, agent: RunningAgent, name: string): Promise<string> {
  const key = box.key(name);
  execFileSync('chmod', ['600', key]);
  await agent.add('-q', key);
  rmSync(key);
  return `${key}.pub`;
}

async function withAgent(box: Sandbox): Promise<{ agent: RunningAgent; env: { SSH_AUTH_SOCK: string } }> {
  const agent = await startAgent(box.root);
  onTestFinished(agent.stop);
  return { agent, env: { SSH_AUTH_SOCK: agent.socketPath } };
}

async function lastEntry(box: Sandbox): Promise<{ actor: string; fingerprint: string }> {
  return (await box.json('history', '--limit', '1'))[0];
}

describe('a key that an ssh-agent holds', () => {
  it.each(NAMES)('founds a ledger, records and approves with a key of type %s; git accepts it all', async (name) => {
    const box = sandbox();
    const { agent, env } = await withAgent(box);
    const pub = await onlyInAgent(box, agent, name);
    const founded = await box.run(['init', '--json', '--key', pub, '--principal', 'ops@example.org'], { env });
    expect(JSON.parse(founded.stdout).key).toEqual({ path: null, fingerprint: fingerprint(pub), made: false });
    for (const argv of [
      ['record', 'planner', '--checksum', 'a'],
      ['stage', 'planner', '--checksum', 'b'],
      ['assess', 'planner', '1', '2', '--no-measure', '--level', 'BREAKING'],
      ['approve', 'planner', '1', '2'],
      ['activate', 'planner@2'],
    ]) {
      expect(await box.run([...argv, '--key', pub], { env })).toMatchObject({ code: 0 });
    }
    expect(await lastEntry(box)).toMatchObject({ actor: 'ops@example.org', fingerprint: fingerprint(pub) });
    const git = (...args: string[]) =>
      execFileSync('git', ['-C', box.ledger, ...args], { encoding: 'utf8', stdio: 'pipe' });
    const roster = box.path('allowed_signers');
    writeFileSync(roster, git('show', 'ledger:allowed_signers'));
    const verify = ['-c', `gpg.ssh.allowedSignersFile=${roster}`];
    for (const entry of git('rev-list', 'ledger').trim().split('\n')) git(...verify, 'verify-commit', entry);
    for (const tag of git('tag', '-l', 'compat/*').trim().split('\n')) git(...verify, 'verify-tag', tag);
  });

  it('is named by git as git names it, by its public half itself, or by its fingerprint', async () => {
    const box = await withLedger();
    const { agent, env } = await withAgent(box);
    const pub = await onlyInAgent(box, agent, 'ed25519');
    const line = readFileSync(pub, 'utf8').trim();
    await box.ok('signers', 'add', 'ci@example.org', pub, '--role', 'recorder');
    let count = 0;
    const record = async (...more: string[]) => {
      count += 1;
      const done = await box.run(['record', 'planner', '--checksum', `c${count}`, ...more], { env });
      expect(done).toMatchObject({ code: 0 });
      expect(await lastEntry(box)).toMatchObject({ actor: 'ci@example.org', fingerprint: fingerprint(pub) });
    };
    for (const value of [pub, `key::${line}`, line]) {
      box.write('gitconfig', `[gpg]\nformat = ssh\n[user]\nsigningKey = ${value}\n`);
      await record();
    }
    box.write('gitconfig', '');
    for (const value of [pub, line, `key::${line}`, fingerprint(pub)]) await record('--key', value);
  });

  it('goes before the private key file beside it, which serves where the agent does not', async () => {
    const box = await withLedger();
    const key = box.key('ed25519-encrypted');
    const passphrase = 'correct horse battery staple';
    await box.ok('signers', 'add', 'ci@example.org', `${key}.pub`, '--role', 'recorder');
    const record = (checksum: string, env: Record<string, string>) =>
      box.run(['record', 'planner', '--checksum', checksum, '--key', `${key}.pub`], { env });
    const { agent, env } = await withAgent(box);
    // No passphrase, and the agent does not have the key yet.
    expect(await record('a', env)).toMatchObject({ code: 2, stderr: expect.stringContaining('INVALID_PASSPHRASE') });
    expect(await record('b', { ...env, GIT_LINEAGE_PASSPHRASE: passphrase })).toMatchObject({ code: 0 });
    expect(await record('c', { SSH_AUTH_SOCK: box.path('gone'), GIT_LINEAGE_PASSPHRASE: passphrase })).toMatchObject({
      code: 0,
    });
    const open = box.write('open', readFileSync(key), 0o600);
    execFileSync('ssh-keygen', ['-q', '-p', '-P', passphrase, '-N', '', '-f', open]);
    await agent.add('-q', open);
    expect(await record('d', env)).toMatchObject({ code: 0 });
    // A private key that is named itself is read, agent or not.
    const named = await box.run(['record', 'planner', '--checksum', 'e', '--key', key], { env });
    expect(named).toMatchObject({ code: 2, stderr: expect.stringContaining('INVALID_PASSPHRASE') });
  });

  it('is said to be missing where the agent does not hold it, or there is none', async () => {
    const box = await withLedger();
    const pub = `${box.key('ed25519')}.pub`;
    rmSync(box.path('ed25519'));
    const { env } = await withAgent(box);
    const argv = ['record', 'planner', '--checksum', 'c', '--key', pub];
    expect(await box.failure(argv, { env })).toMatchObject({
      exit: 2,
      code: 'INVALID_KEY',
      message: expect.stringContaining(fingerprint(pub)),
      hint: expect.stringContaining('ssh-add'),
    });
    expect(await box.failure(argv)).toMatchObject({
      exit: 2,
      code: 'INVALID_KEY',
      message: expect.stringContaining('SSH_AUTH_SOCK'),
      hint: expect.stringContaining('ssh-agent'),
    });
    const dead = { env: { SSH_AUTH_SOCK: box.path('nobody') } };
    expect(await box.failure(argv, dead)).toMatchObject({
      exit: 5,
      code: 'IO',
      hint: expect.stringContaining('ssh-add -l'),
    });
    for (const [wrong, code] of [
      ['missing.pub', 'NOT_FOUND'],
      ['key::nonsense', 'INVALID_KEY'],
      ['ssh-ed25519 AAAA', 'INVALID_KEY'],
    ] as const) {
      const error = await box.failure(['record', 'planner', '--checksum', 'c', '--key', wrong], { env });
      expect(error).toMatchObject({ exit: 2, code });
    }
    expect(await box.json('history')).toHaveLength(1);
  });
});
