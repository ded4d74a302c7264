/** `signers retire` and `signers revoke`, and the recovery key of `init`. */

import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { type Sandbox, sandbox, withLedger } from './sandbox.js';

function fingerprint(publicFile: string): string {
  return execFileSync('ssh-keygen', ['-lf', publicFile], { encoding: 'utf8' }).split(' ')[1] ?? '';
}

/** A ledger of `ops`, with the keys of two others in it: entries 1 and 2. */
async function scene(): Promise<{ box: Sandbox; ci: string; approver: string; print: string }> {
  const box = await withLedger('--require-approval', '--principal', 'ops@example.org');
  const [ci, approver] = [box.key('ed25519'), box.key('nistp256')];
  await box.ok('signers', 'add', 'ci@example.org', `${ci}.pub`, '--role', 'recorder');
  await box.ok('signers', 'add', 'boss@example.org', `${approver}.pub`, '--role', 'approver');
  return { box, ci, approver, print: fingerprint(`${ci}.pub`) };
}

describe('signers retire', () => {
  it.each(['principal', 'fingerprint', 'file'])('takes the roles of the key named by its %s', async (way) => {
    const { box, ci, print } = await scene();
    await box.ok('record', 'planner', '--checksum', 'a', '--key', ci);
    const name = { principal: 'ci@example.org', fingerprint: print, file: `${ci}.pub` }[way] ?? '';
    const done = await box.json('signers', 'retire', name);
    expect(done.signer).toMatchObject({
      principal: 'ci@example.org',
      fingerprint: print,
      roles: [],
      revokedFrom: null,
    });
    expect(done.journal.seq).toBe(4);
    const refused = await box.failure(['record', 'planner', '--checksum', 'b', '--key', ci]);
    expect(refused).toMatchObject({ exit: 4, code: 'ROLE_REQUIRED', message: expect.stringContaining('is retired') });
    expect(await box.ok('signers')).toContain(`ci@example.org\tretired\tssh-ed25519\t${print}\n`);
    expect(await box.ok('policy')).toContain(`ci@example.org\tretired\t${print}\n`);
    // It can come back: nobody doubted it.
    await box.ok('signers', 'add', 'ci@example.org', `${ci}.pub`, '--role', 'recorder');
    await box.ok('record', 'planner', '--checksum', 'b', '--key', ci);
  });

  it('leaves the last admin, and does not guess between keys of one owner', async () => {
    const { box, ci, print } = await scene();
    const last = await box.failure(['signers', 'retire', 'ops@example.org']);
    expect(last).toMatchObject({ exit: 2, code: 'INVALID_CONFIG', hint: expect.stringContaining('admin') });
    for (const name of ['nobody@example.org', `SHA256:${'A'.repeat(43)}`, box.key('rsa-3072').concat('.pub')]) {
      expect(await box.failure(['signers', 'retire', name])).toMatchObject({ exit: 2, code: 'NOT_FOUND' });
    }
    const second = box.key('nistp384');
    await box.ok('signers', 'add', 'ci@example.org', `${second}.pub`, '--role', 'recorder');
    const several = await box.failure(['signers', 'retire', 'ci@example.org']);
    expect(several).toMatchObject({ exit: 2, code: 'INVALID_ARGUMENT' });
    for (const key of [ci, second]) expect(several.hint).toContain(fingerprint(`${key}.pub`));
    await box.ok('signers', 'retire', print);
    // One of them is left that has roles.
    expect((await box.json('signers', 'retire', 'ci@example.org')).signer.fingerprint).toBe(
      fingerprint(`${second}.pub`),
    );
    expect((await box.json('history', '--limit', '1'))[0].seq).toBe(5);
  });
});

describe('signers revoke', () => {
  it('lists what the key signed from there on, what is active because of it, and which approvals count no more', async () => {
    const { box, ci, approver, print } = await scene();
    const by = (key: string, ...argv: string[]) => box.json(...argv, '--key', key);
    await by(ci, 'record', 'planner', '--checksum', 'a', '--tag', 'stable');
    await by(ci, 'stage', 'planner', '--checksum', 'b');
    await by(ci, 'record', 'executor', '--checksum', 'x');
    await box.ok('assess', 'planner', '1', '2', '--no-measure', '--level', 'BREAKING');
    await by(approver, 'approve', 'planner', '1', '2');
    await by(ci, 'activate', 'planner@2');
    const done = await box.json('signers', 'revoke', 'ci@example.org', '--from', '4');
    expect(done.signer).toMatchObject({ fingerprint: print, roles: [], revokedFrom: 4 });
    expect(done.tainted.map((e: { seq: number }) => e.seq)).toEqual([4, 5, 8]);
    expect(done.active).toEqual([
      { moduleId: 'planner', version: 2, entries: [4, 8] },
      { moduleId: 'executor', version: 1, entries: [5] },
    ]);
    expect(done.approvals).toEqual([]);
    expect(done.journal.seq).toBe(9);
    const boss = await box.run(['signers', 'revoke', 'boss@example.org', '--from', '1']);
    expect(boss.stdout.split('\n')).toEqual([
      `boss@example.org's key ${fingerprint(`${approver}.pub`)} is revoked from entry 1 on`,
      'not to be believed, 1 entry:',
      expect.stringMatching(/^7\t[0-9a-f]{40}\t.*\tapprove planner 1 -> 2 BREAKING$/),
      'planner@2 is active, by entry 7: look at it, or git-lineage rollback planner',
      'its approval 2 of planner 1 -> 2 counts no more; where it is right all the same: git-lineage approve planner 1 2',
      expect.stringMatching(/^journal 10 [0-9a-f]{40}$/),
      '',
    ]);
    // What it says can be done, and then there is less to say.
    await box.ok('rollback', 'planner');
    await box.ok('withdraw', 'planner', '1', '2');
    const again = await box.json('signers', 'revoke', 'boss@example.org', '--from', '1');
    expect(again).toMatchObject({ active: [], approvals: [], journal: { seq: 12 } });
    expect(await box.ok('signers')).toContain(`ci@example.org\trevoked from entry 4 on\tssh-ed25519\t${print}\n`);
    const refused = await box.failure(['record', 'executor', '--checksum', 'y', '--key', ci]);
    expect(refused).toMatchObject({ exit: 4, message: expect.stringContaining('revoked from entry 4') });
    const back = await box.failure(['signers', 'add', 'ci@example.org', `${ci}.pub`, '--role', 'recorder']);
    expect(back).toMatchObject({ exit: 2, code: 'INVALID_CONFIG', hint: expect.stringContaining('another key') });
  });

  it('asks from which entry, says how to find it, and takes one that there is', async () => {
    const { box, ci, print } = await scene();
    await box.ok('record', 'planner', '--checksum', 'a', '--key', ci);
    await box.ok('record', 'planner', '--checksum', 'b');
    const revoke = ['signers', 'revoke', 'ci@example.org'];
    const missing = await box.failure(revoke);
    expect(missing).toMatchObject({
      exit: 2,
      code: 'INVALID_ARGUMENT',
      hint: expect.stringContaining('git-lineage history --by ci@example.org'),
    });
    for (const name of ['ci@example.org', print]) {
      expect((await box.json('history', '--by', name)).map((e: { seq: number }) => e.seq)).toEqual([3]);
    }
    expect(
      (await box.json('history', '--by', 'ops@example.org', '--limit', '2')).map((e: { seq: number }) => e.seq),
    ).toEqual([4, 2]);
    expect(await box.failure(['history', '--by', 'nobody'])).toMatchObject({ exit: 2, code: 'NOT_FOUND' });
    for (const from of ['0', '6', 'three', '-1']) {
      expect(await box.failure([...revoke, `--from=${from}`])).toMatchObject({
        exit: 2,
        hint: expect.stringMatching(/./),
      });
    }
    expect((await box.failure([...revoke, '--from', '0'])).hint).toContain('first entry');
    const own = await box.failure(['signers', 'revoke', 'ops@example.org', '--from', '1']);
    expect(own).toMatchObject({ exit: 2, code: 'INVALID_CONFIG' });
    expect((await box.json('history', '--limit', '1'))[0].seq).toBe(4);
    const none = await box.run([...revoke, '--from', '5']);
    expect(none.stdout).toContain('it signed nothing from there on\n');
  });
});

describe('init --recovery-key', () => {
  it('makes its owner an admin whose private key was never here', async () => {
    const box = sandbox();
    const pub = `${box.key('ed25519')}.pub`;
    const init = (name: string, ...more: string[]) =>
      box.json('init', name, '--principal', 'ops@example.org', '--recovery-key', pub, ...more);
    const named = await init('a.git', '--recovery-principal', 'safe@example.org');
    expect(named.recovery).toEqual({ principal: 'safe@example.org', fingerprint: fingerprint(pub) });
    const line = readFileSync(pub, 'utf8').trim().split(' ').slice(0, 2).join(' ');
    box.write('ed25519.pub', `${line} vault@example.org\n`);
    expect((await init('b.git')).recovery.principal).toBe('vault@example.org');
    for (const [i, odd] of ['', 'two words', 'ops@example.org', 'auto'].entries()) {
      box.write('ed25519.pub', `${line} ${odd}\n`);
      expect((await init(`c${i}.git`)).recovery.principal).toBe('recovery@example.org');
    }
    expect(await box.json('signers', '--ledger', 'b.git')).toEqual([
      expect.objectContaining({ principal: 'ops@example.org', roles: ['admin', 'approver', 'recorder'] }),
      expect.objectContaining({ principal: 'vault@example.org', roles: ['admin'], revokedFrom: null }),
    ]);
    const text = await box.ok('init', 'd.git', '--recovery-key', pub);
    expect(text).toMatch(/recovery key SHA256:\S+ of \S+: an admin that signs nothing else\n.*offline/);
    const root = await box.ok('init', 'f.git', '--recovery-key', pub, '--ledger-format', '2');
    expect(root).toMatch(/recovery key SHA256:\S+ of \S+: the one root, which signs nothing else\n.*offline/);
    expect((await box.json('init', 'e.git')).recovery).toBeNull();
  });

  it('is refused where it is no public key, the founder’s own, or nobody’s', async () => {
    const box = sandbox();
    const key = box.key('ed25519');
    const wrong: [string[], string][] = [
      [['--recovery-key', key], 'INVALID_KEY'],
      [['--recovery-key', 'missing.pub'], 'NOT_FOUND'],
      [['--recovery-key', `${key}.pub`, '--key', key], 'INVALID_CONFIG'],
      [['--recovery-key', `${key}.pub`, '--recovery-principal', 'a b'], 'INVALID_CONFIG'],
      [['--recovery-principal', 'safe@example.org'], 'INVALID_ARGUMENT'],
    ];
    for (const [argv, code] of wrong) {
      expect(await box.failure(['init', 'x.git', ...argv])).toMatchObject({ exit: 2, code });
      expect(await box.failure(['status', '--ledger', 'x.git'])).toMatchObject({ code: 'NOT_A_LEDGER' });
    }
  });
});
