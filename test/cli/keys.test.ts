import { execFileSync } from 'node:child_process';
import { cpSync, existsSync, mkdirSync, readdirSync, readFileSync, statSync, symlinkSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { type Sandbox, sandbox, withLedger } from './sandbox.js';

const PASSPHRASE = 'correct horse battery staple';

const NOTE = 'note: nothing waits for an approval\n';

function fingerprint(publicFile: string): string {
  return execFileSync('ssh-keygen', ['-lf', publicFile], { encoding: 'utf8' }).split(' ')[1] ?? '';
}

/** The fingerprint of the key that signed the last entry. */
async function lastSigner(box: Sandbox): Promise<string> {
  return (await box.json('history', '--limit', '1'))[0].fingerprint;
}

function allFiles(folder: string): string[] {
  return readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name));
}

describe('the key that init makes', () => {
  it('is private, outside the ledger, and one that ssh-keygen reads', async () => {
    const box = await withLedger();
    const folder = `${box.home}/config/git-lineage`;
    const key = `${folder}/id_ed25519`;
    expect(statSync(folder).mode & 0o777).toBe(0o700);
    expect(statSync(key).mode & 0o777).toBe(0o600);
    expect(readdirSync(folder).sort()).toEqual(['id_ed25519', 'id_ed25519.pub']);
    const derived = execFileSync('ssh-keygen', ['-y', '-f', key], { encoding: 'utf8' });
    const blob = (line: string) => line.trim().split(' ').slice(0, 2);
    expect(blob(derived)).toEqual(blob(readFileSync(`${key}.pub`, 'utf8')));
    expect(await lastSigner(box)).toBe(fingerprint(`${key}.pub`));
    for (const file of allFiles(box.ledger)) expect(readFileSync(file, 'latin1')).not.toContain('PRIVATE KEY');
  });

  it('is used again for the next ledger, and by every verb that writes', async () => {
    const box = await withLedger();
    const first = await lastSigner(box);
    const made = await box.json('init', 'second.git');
    expect(made.key).toMatchObject({ fingerprint: first, made: false });
    await box.ok('record', 'planner', '--checksum', 'c');
    expect(await lastSigner(box)).toBe(first);
  });

  it('is in ~/.config where XDG_CONFIG_HOME is not set, or not absolute', async () => {
    const box = sandbox();
    await box.run(['init'], { env: { XDG_CONFIG_HOME: '' } });
    expect(existsSync(`${box.home}/.config/git-lineage/id_ed25519`)).toBe(true);
    await box.run(['init', 'b.git'], { env: { XDG_CONFIG_HOME: 'relative' } });
    expect(existsSync(box.path('relative'))).toBe(false);
  });

  it('is not made inside the ledger', async () => {
    const box = sandbox();
    const inside = { env: { XDG_CONFIG_HOME: `${box.ledger}/config` } };
    expect(await box.failure(['init'], inside)).toMatchObject({ exit: 2, code: 'INVALID_KEY' });
    expect(existsSync(box.ledger)).toBe(false);
  });
});

describe('which key signs', () => {
  it('is that of --key, before GIT_LINEAGE_KEY, before git, before the one that init made', async () => {
    const box = await withLedger();
    const keys = ['ed25519', 'nistp256', 'nistp384'].map((name) => box.key(name));
    const prints = keys.map((key) => fingerprint(`${key}.pub`));
    const [option = '', variable = '', configured = ''] = keys;
    for (const key of keys)
      await box.ok('signers', 'add', `${key.split('/').at(-1)}@x`, `${key}.pub`, '--role', 'recorder');
    const own = await lastSigner(box);
    const signedBy = async (argv: string[], env = {}) => {
      const { code, stderr } = await box.run(['record', 'planner', '--checksum', `${Math.random()}`, ...argv], { env });
      expect(stderr).not.toContain('error');
      expect(code).toBe(0);
      return lastSigner(box);
    };
    expect(await signedBy([])).toBe(own);
    box.write('gitconfig', `[gpg]\n\tformat = ssh\n[user]\n\tsigningKey = ${configured}\n`);
    expect(await signedBy([])).toBe(prints[2]);
    expect(await signedBy([], { GIT_LINEAGE_KEY: variable })).toBe(prints[1]);
    expect(await signedBy([], { GIT_LINEAGE_KEY: '' })).toBe(prints[2]);
    expect(await signedBy(['--key', option], { GIT_LINEAGE_KEY: variable })).toBe(prints[0]);
    expect(await signedBy(['--key', `${option}.pub`])).toBe(prints[0]);
    expect((await box.json('history', '--limit', '1'))[0].actor).toBe('ed25519@x');
  });

  it("is git's user.signingKey as git writes it: ~/, a .pub beside its key, and only with gpg.format ssh", async () => {
    const box = sandbox();
    const print = fingerprint(`${box.key('ed25519')}.pub`);
    mkdirSync(`${box.home}/.ssh`);
    for (const name of ['ed25519', 'ed25519.pub']) cpSync(box.path(name), `${box.home}/.ssh/${name}`);
    const initWith = async (config: string, name: string) => {
      box.write('gitconfig', config);
      return (await box.json('init', name)).key.fingerprint;
    };
    const signing = (value: string, format = 'ssh') => `[gpg]\nformat = ${format}\n[user]\nsigningKey = "${value}"\n`;
    expect(await initWith(signing('~/.ssh/ed25519'), 'a.git')).toBe(print);
    expect(await initWith(signing('~/.ssh/ed25519.pub'), 'b.git')).toBe(print);
    expect(await initWith(signing('~/.ssh/ed25519', 'openpgp'), 'c.git')).not.toBe(print);
    expect(await initWith('[user]\nsigningKey = 0xDEADBEEF\n', 'd.git')).not.toBe(print);
  });

  it('may not be one that only an agent holds where there is no agent', async () => {
    const box = await withLedger();
    const line = readFileSync(`${box.key('ed25519')}.pub`, 'utf8').trim();
    box.write('lonely.pub', line);
    const values = [`key::${line}`, line, box.path('lonely.pub')];
    for (const value of values) {
      box.write('gitconfig', `[gpg]\nformat = ssh\n[user]\nsigningKey = ${value}\n`);
      expect(await box.failure(['record', 'planner', '--checksum', 'c'])).toMatchObject({
        exit: 2,
        code: 'INVALID_KEY',
        message: expect.stringContaining('ssh-agent'),
        hint: expect.stringContaining('--key FILE'),
      });
    }
    // Without git on the PATH, git has no say.
    const noGit = await box.run(['record', 'planner', '--checksum', 'c'], { env: { PATH: box.path('empty') } });
    expect(noGit.code).toBe(0);
  });

  it('is said to be missing where there is none', async () => {
    const box = await withLedger();
    const none = { env: { XDG_CONFIG_HOME: box.path('none') } };
    expect(await box.failure(['tag', 'planner@1', 'stable'], none)).toMatchObject({
      exit: 4,
      code: 'ROLE_REQUIRED',
      hint: expect.stringContaining('--key FILE'),
    });
  });

  it('may not lie inside the ledger, nor lead there', async () => {
    const box = await withLedger();
    const key = box.key('ed25519');
    const inside = box.write('modules.git/lineage/key', readFileSync(key));
    const link = box.path('link');
    symlinkSync(inside, link);
    for (const path of [inside, link]) {
      const error = await box.failure(['record', 'planner', '--checksum', 'c', '--key', path]);
      expect(error).toMatchObject({ exit: 2, code: 'INVALID_KEY', message: expect.stringContaining('inside') });
    }
    // A folder whose name only begins like the ledger's is outside.
    const beside = box.write('modules.git-keys/key', readFileSync(key));
    const error = await box.failure(['record', 'planner', '--checksum', 'c', '--key', beside]);
    expect(error.code).toBe('UNTRUSTED_SIGNER');
  });

  it('is named in what is wrong with it, and never shown', async () => {
    const box = await withLedger();
    const record = (path: string) => box.failure(['record', 'planner', '--checksum', 'c', '--key', path]);
    const missing = await record('missing');
    expect(missing).toMatchObject({ exit: 2, code: 'NOT_FOUND', message: expect.stringMatching(/missing.*--key/) });
    const cut = readFileSync(box.key('ed25519'), 'utf8').slice(0, 200);
    const broken = await record(box.write('broken', cut));
    expect(broken).toMatchObject({ exit: 2, code: 'INVALID_KEY', message: expect.stringContaining('broken') });
    expect(JSON.stringify(broken)).not.toContain(cut.split('\n')[1]);
    const folder = await record('home');
    expect(folder).toMatchObject({ code: 'IO', message: expect.stringContaining('EISDIR') });
  });

  it('does not matter to verbs that read', async () => {
    const box = await withLedger();
    await box.ok('record', 'planner', '--checksum', 'c');
    box.write('gitconfig', 'this is no configuration');
    const env = { GIT_LINEAGE_KEY: box.path('missing'), GIT_LINEAGE_PRINCIPAL: '***' };
    for (const argv of [
      ['status'],
      ['log', 'planner'],
      ['show', 'planner'],
      ['pending'],
      ['gate', 'planner', '-', '1'],
      ['history'],
      ['stats'],
      ['policy'],
      ['signers'],
      ['doctor'],
    ]) {
      expect(await box.run(argv, { env })).toMatchObject({ code: 0, stderr: argv[0] === 'pending' ? NOTE : '' });
    }
    const broken = await box.failure(['tag', 'planner@1', 'x']);
    expect(broken).toMatchObject({ exit: 2, code: 'INVALID_KEY', message: expect.stringContaining('git config') });
  });
});

describe('principals', () => {
  it("of a new ledger: the option, the variable, git's address, or who is logged in", async () => {
    const box = sandbox();
    box.write('gitconfig', '[user]\nemail = dev@example.org\n');
    const principal = async (name: string, argv: string[] = [], env = {}) =>
      JSON.parse((await box.run(['init', name, '--json', ...argv], { env })).stdout).principal;
    expect(await principal('a.git')).toBe('dev@example.org');
    expect(await principal('b.git', [], { GIT_LINEAGE_PRINCIPAL: 'ci' })).toBe('ci');
    expect(await principal('c.git', ['--principal', 'ops'], { GIT_LINEAGE_PRINCIPAL: 'ci' })).toBe('ops');
    box.write('gitconfig', '[user]\nemail = "Dev Eloper <dev@example.org>"\n');
    expect(await principal('d.git')).toMatch(/^[A-Za-z0-9][A-Za-z0-9._+-]*@[A-Za-z0-9._+-]+$/);
    expect(await box.failure(['init', 'e.git', '--principal', 'a b'])).toMatchObject({ code: 'INVALID_PRINCIPAL' });
  });

  it('of a key are for the ledger to say', async () => {
    const box = await withLedger('--principal', 'ops@example.org');
    await box.ok('record', 'planner', '--checksum', 'c');
    expect((await box.json('history', '--limit', '1'))[0].actor).toBe('ops@example.org');
    const other = await box.failure(['record', 'planner', '--checksum', 'd', '--principal', 'mallory']);
    expect(other).toMatchObject({ exit: 4, code: 'UNTRUSTED_SIGNER' });
    const stranger = await box.failure(['record', 'planner', '--checksum', 'd', '--key', box.key('ed25519')]);
    expect(stranger).toMatchObject({ exit: 4, code: 'UNTRUSTED_SIGNER', hint: expect.stringContaining('signers add') });
    expect(stranger.hint).toMatch(
      /^the key is \S+ \(from --key\), another is given with --key FILE or GIT_LINEAGE_KEY; /,
    );
  });
});

describe('signers add', () => {
  it('lets a second person approve, and nobody approve who may not', async () => {
    const box = await withLedger('--require-approval', '--principal', 'dev@example.org');
    const key = box.key('ed25519');
    await box.ok('record', 'planner', '--checksum', 'a');
    await box.ok('stage', 'planner', '--checksum', 'b');
    await box.ok('assess', 'planner', '1', '2', '--no-measure', '--level', 'BREAKING');
    const added = await box.json('signers', 'add', 'ops@example.org', `${key}.pub`, '--role', 'recorder');
    expect(added).toEqual({
      signer: {
        principal: 'ops@example.org',
        fingerprint: fingerprint(`${key}.pub`),
        type: 'ssh-ed25519',
        roles: ['recorder'],
        revokedFrom: null,
      },
      journal: { seq: 4, oid: expect.any(String) },
    });
    const approve = ['approve', 'planner', '1', '2', '--key', key];
    expect(await box.failure(approve)).toMatchObject({ exit: 4, code: 'ROLE_REQUIRED' });
    const again = ['signers', 'add', 'ops@example.org', `${key}.pub`, '--role', 'approver,recorder', '--role', 'admin'];
    expect(await box.ok(...again)).toMatch(/^ops@example.org signs as admin, approver, recorder with SHA256:/);
    expect((await box.json(...approve)).report.approvedBy).toBe('ops@example.org');
    await box.ok('activate', 'planner@2');
    expect((await box.json('signers', 'list')).map((s: { principal: string }) => s.principal)).toEqual([
      'dev@example.org',
      'ops@example.org',
    ]);
    expect(await box.ok('signers')).toContain(
      `ops@example.org\tadmin, approver, recorder\tssh-ed25519\t${fingerprint(`${key}.pub`)}\n`,
    );
  });

  it('refuses what is no public key, no role, or somebody else’s key', async () => {
    const box = await withLedger();
    const key = box.key('ed25519');
    const add = (file: string, role: string) => box.failure(['signers', 'add', 'ops', file, '--role', role]);
    const secret = await add(key, 'approver');
    expect(secret).toMatchObject({ exit: 2, code: 'INVALID_KEY' });
    expect(JSON.stringify(secret)).not.toContain(readFileSync(key, 'utf8').split('\n')[1]);
    expect(await add('missing.pub', 'approver')).toMatchObject({ exit: 2, code: 'NOT_FOUND' });
    expect(await add(`${key}.pub`, 'king')).toMatchObject({
      exit: 2,
      code: 'INVALID_ARGUMENT',
      message: '--role: expected root, admin, approver, recorder, assessor, got "king"',
    });
    const roleless = ['signers', 'add', 'ops', `${key}.pub`];
    expect(await box.failure(roleless)).toMatchObject({ exit: 2, code: 'INVALID_ARGUMENT' });
    await box.ok('signers', 'add', 'ops', `${key}.pub`, '--role', 'approver');
    const taken = ['signers', 'add', 'mallory', `${key}.pub`, '--role', 'admin'];
    expect(await box.failure(taken)).toMatchObject({ exit: 2, code: 'INVALID_CONFIG' });
  });
});

describe('an encrypted key', () => {
  async function locked(): Promise<{ box: Sandbox; argv: string[] }> {
    const box = await withLedger();
    const key = box.key('ed25519-encrypted');
    await box.ok('signers', 'add', 'ops', `${key}.pub`, '--role', 'recorder');
    return { box, argv: ['record', 'planner', '--checksum', 'c', '--key', key] };
  }

  it('opens with the variable, and with a file before it', async () => {
    const { box, argv } = await locked();
    expect((await box.run(argv, { env: { GIT_LINEAGE_PASSPHRASE: PASSPHRASE } })).code).toBe(0);
    expect((await box.json('history', '--limit', '1'))[0].actor).toBe('ops');
    const file = box.write('passphrase', `${PASSPHRASE}\n`);
    const both = { env: { GIT_LINEAGE_PASSPHRASE: 'wrong' } };
    expect((await box.run([...argv, '--passphrase-file', file], both)).code).toBe(0);
  });

  it('says what is missing, what is wrong, and where to put it', async () => {
    const { box, argv } = await locked();
    const hint = expect.stringMatching(/GIT_LINEAGE_PASSPHRASE.*--passphrase-file/);
    const expected = { exit: 2, code: 'INVALID_PASSPHRASE', hint };
    expect(await box.failure(argv)).toMatchObject({
      ...expected,
      message: expect.stringContaining('ed25519-encrypted'),
    });
    expect(await box.failure(argv, { env: { GIT_LINEAGE_PASSPHRASE: 'wrong' } })).toMatchObject(expected);
    const missing = [...argv, '--passphrase-file', 'missing'];
    expect(await box.failure(missing)).toMatchObject({ exit: 2, code: 'NOT_FOUND', hint });
    expect(await box.json('status')).toEqual([]);
  });

  it('asks on a terminal, without echo', async () => {
    const { box, argv } = await locked();
    const asked = await box.run(argv, { typed: `${PASSPHRASE}\r` });
    expect(asked.code).toBe(0);
    expect(asked.stderr).toMatch(/^Passphrase for .*ed25519-encrypted: \n/);
    expect(asked.stderr + asked.stdout).not.toContain(PASSPHRASE);
  });

  it('takes no for an answer', async () => {
    const { box, argv } = await locked();
    for (const typed of ['\u0003', '\u0004', 'wrong\r']) {
      const refused = await box.run(argv, { typed });
      expect(refused.code).toBe(2);
      expect(refused.stderr).toContain('INVALID_PASSPHRASE: ');
    }
  });
});
