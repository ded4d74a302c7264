/** `upgrade`, `clock` and countersigning: what an admin does with format 2 at a terminal. */

import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { expect, it } from 'vitest';
import { openLedger, sshSigner } from '../../src/index.js';
import { type Json, type Sandbox, sandbox, withLedger } from './sandbox.js';

it('upgrade takes a ledger to format 2, once, and shows what it has then', async () => {
  const box = await withLedger('--principal', 'ops@example.org');
  await box.ok('record', 'planner', '--checksum', 'one');
  expect(await box.ok('policy')).not.toContain('clockTolerance');
  const late = await box.failure(['policy', 'set', 'clockTolerance=60']);
  expect(late).toMatchObject({ exit: 2, code: 'INVALID_CONFIG', hint: expect.stringContaining('git-lineage upgrade') });
  const done = await box.json('upgrade');
  expect(done).toMatchObject({ upgraded: true, format: 2, settings: { clockTolerance: 300 }, journal: { seq: 2 } });
  expect(done.signers[0].roles).toEqual(['root', 'admin', 'approver', 'recorder']);
  expect(await box.ok('upgrade')).toMatch(/^the ledger is of format 2 already\n/);
  await box.ok('policy', 'set', 'clockTolerance=60');
  await box.ok('record', 'planner', '--checksum', 'two');
  expect(await box.ok('history', '--limit', '3')).toContain('upgrade to format 2');
  expect(await box.json('audit')).toMatchObject({ outcome: 'passed', misdated: [] });
});

it('init --ledger-format 2 begins with it, and refuses another number', async () => {
  const box = sandbox();
  await box.ok('init', box.ledger, '--ledger-format', '2');
  expect(await box.json('policy')).toMatchObject({ format: 2, settings: { forbidSelfApproval: true } });
  const wrong = await box.failure(['init', box.path('other.git'), '--ledger-format', '3']);
  expect(wrong).toMatchObject({ exit: 2, code: 'INVALID_ARGUMENT', message: expect.stringContaining('1 or 2') });
});

it('init --object-format sha256 names its objects so, and refuses another hash', async () => {
  const box = sandbox();
  await box.ok('init', box.ledger, '--object-format', 'sha256', '--ledger-format', '2');
  await box.ok('record', 'planner', '--checksum', 'one');
  const asked = ['-C', box.ledger, 'rev-parse', '--show-object-format', 'planner'];
  expect(execFileSync('git', asked, { encoding: 'utf8' })).toMatch(/^sha256\n[0-9a-f]{64}\n$/);
  expect(await box.json('audit')).toMatchObject({ outcome: 'passed' });
  const wrong = await box.failure(['init', box.path('other.git'), '--object-format', 'md5']);
  expect(wrong).toMatchObject({
    exit: 2,
    code: 'INVALID_ARGUMENT',
    message: expect.stringContaining('sha1 or sha256'),
  });
});

/** A ledger of format 2 that takes two admins, with the keys of two beside its founder, who is the root and could do all alone. */
async function withTwoAdmins(): Promise<{ box: Sandbox; boss: string; second: string }> {
  const box = await withLedger('--ledger-format', '2', '--principal', 'ops@example.org');
  const [boss, second] = [box.key('nistp256'), box.key('nistp384')];
  await box.ok('signers', 'add', 'boss@example.org', `${boss}.pub`, '--role', 'admin');
  await box.ok('signers', 'add', 'second@example.org', `${second}.pub`, '--role', 'admin');
  await box.ok('policy', 'set', 'adminThreshold=2');
  return { box, boss, second };
}

it('a change that takes two is made with what the other printed, by git-lineage or by ssh-keygen', async () => {
  const { box, boss, second } = await withTwoAdmins();
  const by = ['--key', second];
  const change = ['policy', 'set', 'requireApproval=true'];
  const alone = await box.failure([...change, ...by]);
  expect(alone).toMatchObject({ exit: 4, code: 'ROLE_REQUIRED', hint: expect.stringContaining('--countersign') });
  const armour = await box.ok(...change, '--countersign', '--key', boss);
  expect(armour).toMatch(/^-----BEGIN SSH SIGNATURE-----\n[\w+/=\n]+-----END SSH SIGNATURE-----\n$/);
  box.write('boss.sig', armour);
  await box.ok(...change, '--countersignature', 'boss.sig', ...by);
  expect((await box.json('policy')).settings.requireApproval).toBe(true);
  const late = await box.failure([...change, '--countersign', '--key', boss]);
  expect(late).toMatchObject({ exit: 2, code: 'INVALID_ARGUMENT', hint: expect.stringContaining('nothing is to be') });
  const used = await box.failure(['policy', 'set', 'requireApproval=false', '--countersignature', 'boss.sig', ...by]);
  expect(used).toMatchObject({ exit: 4, code: 'BAD_SIGNATURE' });
  const both = await box.failure([...change, '--countersign', '--countersignature', 'boss.sig']);
  expect(both).toMatchObject({ exit: 2 });
  const none = await box.failure([...change, '--countersignature', 'nothing.sig']);
  expect(none).toMatchObject({ exit: 2, code: 'NOT_FOUND' });
  box.write('text', 'no signature\n');
  expect(await box.failure([...change, '--countersignature', 'text'])).toMatchObject({ code: 'INVALID_ARGUMENT' });
  // The signature verifies by OpenSSH alone, over the text that docs/format.md gives.
  const entry = execFileSync('git', ['-C', box.ledger, 'show', 'ledger:_countersignatures'], { encoding: 'utf8' });
  expect(entry).toBe(armour);
  const log = execFileSync('git', ['-C', box.ledger, 'log', '--format=%H', 'ledger'], { encoding: 'utf8' });
  const oids = log.trim().split('\n');
  const raw = (oid: string | undefined) => execFileSync('git', ['-C', box.ledger, 'cat-file', 'commit', oid ?? '']);
  const sha256 = (data: Buffer) => execFileSync('sha256sum', { input: data, encoding: 'utf8' }).split(' ')[0] as string;
  const line = raw(oids[0])
    .toString()
    .match(/^Policy: .*$/m)?.[0];
  const text = `git-lineage countersign\nLedger: ${sha256(raw(oids.at(-1)))}\nAfter: 3 ${sha256(raw(oids[1]))}\n${line}\n`;
  const signers = box.write('signers', `boss@example.org ${readFileSync(`${boss}.pub`, 'utf8')}`);
  const verify = ['-Y', 'verify', '-f', signers, '-I', 'boss@example.org', '-s', box.path('boss.sig'), '-n'];
  const run = (namespace: string) => execFileSync('ssh-keygen', [...verify, namespace], { input: text, stdio: 'pipe' });
  expect(run('countersign@git-lineage').toString()).toContain('Good "countersign@git-lineage" signature');
  expect(() => run('git')).toThrow();
});

it('signers add, retire and revoke are countersigned in the same way', async () => {
  const { box, boss, second } = await withTwoAdmins();
  const ci = box.key('ed25519');
  for (const change of [
    ['signers', 'add', 'ci@example.org', `${ci}.pub`, '--role', 'recorder'],
    ['signers', 'retire', 'ci@example.org'],
    ['signers', 'revoke', 'ci@example.org', '--from', '1'],
  ]) {
    expect(await box.failure([...change, '--key', second])).toMatchObject({ code: 'ROLE_REQUIRED' });
    box.write('sig', await box.ok(...change, '--countersign', '--key', boss));
    await box.ok(...change, '--countersignature', 'sig', '--key', second);
  }
  expect(await box.json('audit')).toMatchObject({ outcome: 'passed' });
});

it('clock says that entries of a fast clock are misdated; doctor and audit name it before', async () => {
  const box = await withLedger('--ledger-format', '2', '--principal', 'ops@example.org');
  const nothing: Json = await box.failure(['clock']);
  expect(nothing).toMatchObject({ exit: 2, code: 'INVALID_ARGUMENT' });
  const key = box.key('ed25519');
  await box.ok('signers', 'add', 'ci@example.org', `${key}.pub`, '--role', 'recorder');
  const signer = await sshSigner({ privateKey: readFileSync(key), principal: 'ci@example.org' });
  const fast = await openLedger({ gitdir: box.ledger, signer, now: () => Date.now() / 1000 + 31_557_600 });
  await fast.recordCheckpoint({ moduleId: 'planner', checksum: 'one' });
  await fast.close();
  const refused = await box.failure(['record', 'planner', '--checksum', 'two']);
  expect(refused).toMatchObject({ exit: 3, code: 'CLOCK_AHEAD', hint: expect.stringContaining('git-lineage clock') });
  expect((await box.run(['audit'])).code).toBe(1);
  expect(await box.ok('clock')).toMatch(/^entry 2 is misdated; dates begin again\n/);
  await box.ok('record', 'planner', '--checksum', 'two');
  const audit = await box.json('audit');
  expect(audit).toMatchObject({ outcome: 'passed', misdated: [{ first: 2, last: 2 }] });
});

it('signers lift takes back what a thief revoked, once the thief is revoked', async () => {
  const box = await withLedger('--ledger-format', '2', '--principal', 'ops@example.org');
  const [boss, thief] = [box.key('nistp256'), box.key('nistp384')];
  await box.ok('signers', 'add', 'boss@example.org', `${boss}.pub`, '--role', 'admin');
  await box.ok('signers', 'add', 'thief@example.org', `${thief}.pub`, '--role', 'admin');
  await box.ok('signers', 'revoke', 'boss@example.org', '--from', '1', '--key', thief);
  const lift = ['signers', 'lift', 'boss@example.org', '--role', 'admin,recorder'];
  const early = await box.failure(lift);
  expect(early).toMatchObject({
    code: 'INVALID_CONFIG',
    hint: expect.stringContaining('signers revoke SIGNER --from'),
  });
  await box.ok('signers', 'revoke', 'thief@example.org', '--from', '3');
  expect(await box.ok(...lift)).toMatch(
    /^boss@example.org's key SHA256:\S+ is believed again; it is admin, recorder\n/,
  );
  const [signer] = (await box.json('signers')).filter((s: Json) => s.principal === 'boss@example.org');
  expect(signer).toMatchObject({ roles: ['admin', 'recorder'], revokedFrom: null });
  await box.ok('record', 'planner', '--checksum', 'one', '--key', boss);
  expect(await box.json('audit')).toMatchObject({ outcome: 'passed', tainted: [{ seq: 3 }] });
});

it('assess, approve, show and status say where going back would break callers', async () => {
  const box = await withLedger('--ledger-format', '2', '--principal', 'ops@example.org');
  box.write('one/index.mjs', 'export const plan = () => 1;\n');
  box.write('two/index.mjs', 'export const plan = () => 1;\nexport const run = () => 1;\n');
  await box.ok('record', 'planner', 'one');
  await box.ok('stage', 'planner', 'two');
  const back = 'going back to v1 would break callers';
  expect(await box.ok('assess', 'planner', '1', '2')).toContain(`\n${back}\n`);
  const again = await box.json('assess', 'planner', '1', '2');
  expect(again).toMatchObject({ level: 'MINOR_CHANGE', measured: { returnLevel: 'BREAKING' } });
  expect(await box.ok('status', 'planner')).toContain(back);
  expect((await box.json('status', 'planner')).staged).toMatchObject([{ returnLevel: 'BREAKING' }]);
  expect(await box.json('approve', 'planner', '1', '2')).toMatchObject({ returnLevel: 'BREAKING' });
  expect(await box.ok('approve', 'planner', '1', '2', '--rationale', 'looked at')).toContain(`\n${back}\n`);
  await box.ok('activate', 'planner@2');
  expect(await box.ok('show', 'planner@2')).toContain(back);
  expect((await box.json('show', 'planner@2')).reports[0]).toMatchObject({ returnLevel: 'BREAKING' });
  expect(await box.json('status', 'planner')).toMatchObject({ active: { version: 2 }, returnLevel: 'BREAKING' });
});

it('redact takes a file out, says what it would do, and what is left to do', async () => {
  const box = await withLedger('--ledger-format', '2', '--principal', 'ops@example.org');
  box.write('one/key.pem', 'the key of the shop\n');
  box.write('two/index.js', 'export {};\n');
  await box.ok('record', 'planner', box.path('one'));
  await box.ok('record', 'planner', box.path('two'));
  const line = ['redact', 'planner@1', 'key.pem', '--reason', 'the key got in'];
  const { versions, seq } = await box.json(...line, '--dry-run');
  expect([versions, seq]).toEqual([[{ moduleId: 'planner', version: 1 }], null]);
  expect((await box.ok('checkout', 'planner@1', box.path('before'))).length).toBeGreaterThan(0);
  const said = await box.ok(...line);
  expect(said).toMatch(/^redacted [0-9a-f]{40} in planner@1\n/);
  expect(said).toContain('can be guessed from its digest');
  expect(await box.json(...line)).toMatchObject({ seq: 3, journal: { seq: 3 } });
  const refused = await box.failure(['checkout', 'planner@1', box.path('after')]);
  expect(refused).toMatchObject({ exit: 4, code: 'VERSION_REDACTED', data: { path: 'key.pem' } });
  const shown = await box.json('show', 'planner@1');
  expect(shown).toMatchObject({ files: [{ path: 'key.pem', size: null }] });
  expect(await box.ok('show', 'planner@1', '--proof')).toContain('redacted');
  expect(await box.json('diff', 'planner', '1', '2')).toMatchObject({
    files: [{ change: 'added' }, { from: { bytes: null } }],
  });
  expect(await box.ok('audit')).toMatch(/gone\t3\tplanner@1/);
  expect(await box.ok('history', '--limit', '1')).toContain('redact planner@1');
  expect((await box.run(['doctor'])).code).toBe(0);
  const active = await box.failure(['redact', 'planner@2', 'index.js', '--reason', 'x']);
  expect(active).toMatchObject({ exit: 2, code: 'INVALID_VERSION' });
});

it('policy set approveCapabilities takes names with commas, or none, and names what is no capability', async () => {
  const box = await withLedger('--ledger-format', '2');
  const now = async () => (await box.json('policy')).settings.approveCapabilities;
  expect(await now()).toEqual(['process', 'network', 'code', 'native', 'install']);
  await box.ok('policy', 'set', 'approveCapabilities=worker,network,network');
  expect(await now()).toEqual(['network', 'worker']);
  const { seq } = (await box.json('history'))[0];
  for (const wrong of ['flying', 'network,', ',', 'network, code', 'Network', 'true', '1'])
    expect([wrong, await box.failure(['policy', 'set', `approveCapabilities=${wrong}`])]).toEqual([
      wrong,
      expect.objectContaining({
        exit: 2,
        code: 'INVALID_CONFIG',
        message: expect.stringContaining('a list of fs-read'),
      }),
    ]);
  expect([(await box.json('history'))[0].seq, await now()]).toEqual([seq, ['network', 'worker']]);
  await box.ok('policy', 'set', 'approveCapabilities=');
  expect(await now()).toEqual([]);
  const old = await withLedger();
  const late = await old.failure(['policy', 'set', 'approveCapabilities=network']);
  expect(late).toMatchObject({ exit: 2, code: 'INVALID_CONFIG', hint: expect.stringContaining('git-lineage upgrade') });
});

it('pending says by which capability a version waits', async () => {
  const box = await withLedger('--ledger-format', '2', '--principal', 'ops@example.org');
  box.write('one/index.js', 'export const send = () => 1;\n');
  box.write('two/index.js', "export const send = () => Number(fetch('https://example.org'));\n");
  await box.ok('record', 'planner', 'one');
  await box.ok('stage', 'planner', 'two');
  await box.ok('assess', 'planner', '1', '2');
  expect(await box.ok('pending')).toMatch(/^planner\t1\t2\tCOMPATIBLE, gaining network\tauto\t/);
  expect(await box.json('pending')).toMatchObject([{ level: 'COMPATIBLE', capabilitiesAdded: ['network'] }]);
  expect((await box.json('status', 'planner')).pending).toEqual(await box.json('pending'));
  await box.ok('approve', 'planner', '1', '2');
  expect(await box.json('pending')).toEqual([]);
});
