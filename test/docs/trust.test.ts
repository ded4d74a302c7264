/** The guide to trust, as written: one ledger goes through all of it, thieves included; another one, of format 2, through what takes that. */

import { execFileSync } from 'node:child_process';
import { mkdirSync } from 'node:fs';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { MarkdownDocument } from './document.js';
import { Workplace } from './workplace.js';

const guide = new MarkdownDocument('docs/guide/trust.md');
const PASSPHRASE = 'a passphrase that is written down elsewhere';

/** The command blocks of a section, in order. */
const blocks = (section: string): string[] => guide.texts('sh', section);

let place: Workplace;
let agent: string | null = null;

beforeEach(() => {
  place = new Workplace();
  mkdirSync(place.path('keys'));
  for (const name of ['dist', 'dist-2', 'dist-3', 'evil'])
    place.write(`${name}/index.js`, `export const name = '${name}';\n`);
  for (const name of ['ops', 'ops-2', 'ci', 'ci-2', 'ci-3', 'boss', 'recovery-2'])
    execFileSync('ssh-keygen', ['-q', '-t', 'ed25519', '-N', '', '-C', name, '-f', place.path('keys', name)]);
  Object.assign(place.env, {
    GIT_LINEAGE_DIR: place.path('modules.git'),
    GIT_LINEAGE_KEY: 'keys/ops',
    GIT_LINEAGE_PASSPHRASE: PASSPHRASE,
  });
});

afterEach(() => {
  if (agent !== null) process.kill(Number(agent));
  agent = null;
  place.remove();
});

function run(commands: string): string {
  return place.run(commands);
}

function refused(commands: string): string {
  const { status, stdout, stderr } = place.attempt(commands);
  expect(status, `${commands}\n${stdout}`).toBe(4);
  return stderr;
}

interface Signer {
  principal: string;
  fingerprint: string;
  roles: string[];
  revokedFrom: number | null;
}

function signer(key: string): Signer | undefined {
  const print = execFileSync('ssh-keygen', ['-lf', place.path('keys', `${key}.pub`)], { encoding: 'utf8' }).split(
    ' ',
  )[1];
  return (JSON.parse(run('git-lineage signers --json')) as Signer[]).find((s) => s.fingerprint === print);
}

function position(): number {
  return JSON.parse(run('git-lineage history --limit 1 --json'))[0].seq;
}

function active(): string {
  return run('git -C modules.git show planner:index.js');
}

test('every command of the guide runs, on one ledger, and does what the guide says', () => {
  // A recovery key; then roles.
  const [founding = '', ...others] = blocks('A recovery key');
  expect(others).toEqual([]);
  expect(founding).toContain(PASSPHRASE);
  expect(run(founding)).toContain('an admin that signs nothing else');
  expect(signer('recovery')).toMatchObject({ principal: 'recovery@example.org', roles: ['admin'] });
  expect(position()).toBe(0);
  run(blocks('Roles').join(''));
  expect(signer('boss')?.roles).toEqual(['approver']);

  // An agent.
  const [, socket = '', pid = ''] = /SSH_AUTH_SOCK=([^;]+);[\s\S]*SSH_AGENT_PID=(\d+);/.exec(
    execFileSync('ssh-agent', ['-s', '-a', place.path('agent')], { encoding: 'utf8' }),
  ) as RegExpExecArray;
  agent = pid;
  place.env['SSH_AUTH_SOCK'] = socket;
  run(blocks('Keys in an ssh-agent').join(''));
  expect(active()).toContain("'dist'");
  expect(run('ssh-add -l')).toContain('ED25519');
  run('ssh-add -q -D');

  // Rotation.
  run(blocks('Rotation').join(''));
  expect(active()).toContain("'dist-2'");
  expect(refused('git-lineage record planner ./evil --key keys/ci')).toContain('is retired');
  run('git-lineage tag planner@2 stable');
  run('git-lineage assess planner 1 2 --level breaking');
  run('git-lineage approve planner 1 2 --key keys/boss');

  // A recorder's key is stolen: its thief records, stages, tags.
  run('git-lineage record planner ./evil --key keys/ci-2');
  const first = position();
  run('git-lineage tag planner@1 trusted --key keys/ci-2');
  expect(active()).toContain("'evil'");
  const [stop = '', look = '', revoke = '', back = '', renew = '', check = '', ...more] =
    blocks('Runbook: a key was stolen');
  expect(more).toEqual([]);
  run(stop);
  expect(refused('git-lineage tag planner@3 stable --key keys/ci-2')).toContain('is retired');
  expect(run(look)).toContain('planner@3');
  expect(revoke).toContain('42');
  const told = run(revoke.replace('42', String(first)));
  expect(told).toContain('not to be believed, 2 entries:\n');
  expect(told).toContain(`planner@3 is active, by entry ${first}: `);
  expect(signer('ci-2')).toMatchObject({ roles: [], revokedFrom: first });
  run(back);
  expect(active()).toContain("'dist-2'");
  run(renew);
  expect(active()).toContain("'dist-3'");
  run(check);

  // The founder's key is stolen: its thief makes the evil version active past the gate and lets nobody else in.
  run('git-lineage stage planner ./evil');
  run("git-lineage break-glass planner@5 --reason 'nobody looks'");
  run('git-lineage signers retire boss@example.org');
  const theft = position() - 2;
  const [rescue = '', replace = '', ...rest] = blocks("Runbook: the founder's key was stolen, or lost");
  expect(rest).toEqual([]);
  expect(rescue).toContain('43');
  const rescued = run(rescue.replace('43', String(theft)));
  expect(rescued).toContain('not to be believed, 3 entries:\n');
  expect(rescued).toContain('planner@5 is active, by entry ');
  expect(refused('git-lineage record planner ./dist --key keys/ops')).toContain(`revoked from entry ${theft}`);
  place.env['GIT_LINEAGE_KEY'] = 'keys/ops-2';
  run('git-lineage rollback planner --to 4');
  run('git-lineage signers add boss@example.org keys/boss.pub --role approver');
  run(replace);
  expect(signer('recovery')).toMatchObject({ roles: [], revokedFrom: null });
  expect(signer('recovery-2')?.roles).toEqual(['admin']);
  expect(refused('git-lineage policy set maxCheckpoints=9 --key keys/recovery')).toContain('is retired');

  // With the keys of today, git verifies the oldest entry, the thieves' and the last; the files agree with every reader.
  run(check);
  const entries = run('git -C modules.git rev-list ledger').trim().split('\n');
  expect(entries).toHaveLength(position() + 1);
  expect(run("git -C modules.git tag -l 'compat/*'").trim().split('\n')).toHaveLength(2);
  run('git -C modules.git fsck --strict');
  run('git clone -q --mirror modules.git copy.git && git-lineage history --ledger copy.git');
}, 120_000);

/** The one block of a section. */
function only(section: string): string {
  const [block = '', ...others] = blocks(section);
  expect([section, others]).toEqual([section, []]);
  return block;
}

function settings(): Record<string, unknown> {
  return JSON.parse(run('git-lineage policy --json')).settings;
}

test('what takes format 2 runs on a ledger of it: countersignatures, a thief who revoked others, a redaction', () => {
  const founding = only('A recovery key').replace('init modules.git', 'init modules.git --ledger-format 2');
  expect(run(founding)).toContain('the one root');
  run('git-lineage signers add boss@example.org keys/boss.pub --role admin,approver');

  // Two admins are needed, and one alone is refused.
  run('git-lineage policy set adminThreshold=2 --key keys/recovery');
  expect(refused('git-lineage policy set requireApproval=true')).toContain('countersign');
  run(only('Several signatures'));
  expect(settings()).toMatchObject({ requireApproval: true });
  run('git-lineage policy set adminThreshold=1 --key keys/recovery');

  // A secret gets in.
  run('git-lineage policy set requireApproval=false');
  run('git-lineage record planner ./dist');
  place.write('dist-2/config/key.pem', 'the key of the shop\n');
  run('git-lineage record planner ./dist-2');
  run('git-lineage record planner ./dist-3');
  run(only('Redact'));
  expect(refused('git-lineage checkout planner@2 redacted')).toContain('redacted');

  // A thief of the founder's key revokes the other admin.
  run('git-lineage signers revoke keys/boss.pub --from 1');
  expect(signer('boss')?.revokedFrom).toBe(1);
  const rescue = only('Runbook: a thief revoked others');
  expect(rescue).toContain('43');
  run(rescue.replace('43', String(position())));
  expect(signer('ops')?.roles).toEqual([]);
  expect(signer('boss')).toMatchObject({ roles: ['admin', 'approver'], revokedFrom: null });
  run('git-lineage policy set maxCheckpoints=9 --key keys/boss');
}, 120_000);
