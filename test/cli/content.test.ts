import { execFileSync } from 'node:child_process';
import { createPrivateKey, createPublicKey, generateKeyPairSync, type KeyObject, sign } from 'node:crypto';
import {
  lstatSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { createServer } from 'node:net';
import { describe, expect, it } from 'vitest';
import { type Sandbox, withLedger } from './sandbox.js';

/** The files that a version has, as `mode path`. */
async function recorded(box: Sandbox, ...argv: string[]): Promise<string[]> {
  const { checkpoint } = await box.json('record', 'planner', ...argv);
  const { files } = await box.json('show', `planner@${checkpoint.version}`);
  return files.map((file: { mode: string; path: string }) => `${file.mode} ${file.path}`);
}

async function refusal(box: Sandbox, ...argv: string[]) {
  return box.failure(['record', 'planner', ...argv]);
}

const PEM = '-----BEGIN PRIVATE KEY-----\nMIIEvgIBADANBgkqhkiG\n-----END PRIVATE KEY-----\n';

type KeyType = 'rsa' | 'ec' | 'ed25519';

/** A pair of keys that is nobody's. */
function generated(type: KeyType) {
  if (type === 'rsa') return generateKeyPairSync('rsa', { modulusLength: 1024 });
  return type === 'ec' ? generateKeyPairSync('ec', { namedCurve: 'P-256' }) : generateKeyPairSync('ed25519');
}

function derOf(type: KeyType, form: 'pkcs8' | 'pkcs1' | 'sec1', passphrase?: string): Buffer {
  const sealed = passphrase === undefined ? {} : { cipher: 'aes-256-cbc', passphrase };
  return generated(type).privateKey.export({ format: 'der', type: form, ...sealed } as {
    format: 'der';
    type: 'pkcs8';
  });
}

/** As read from its bytes: the export of a key that was made here could wait for itself (`src/ed25519-seed.ts`). */
const readAgain = (type: KeyType): KeyObject =>
  createPrivateKey({ key: derOf(type, 'pkcs8'), format: 'der', type: 'pkcs8' });
const jwkOf = (type: KeyType) => readAgain(type).export({ format: 'jwk' });

describe('record of a folder', () => {
  it('keeps the executable bit and links that stay inside, and leaves out .git', async () => {
    const box = await withLedger();
    box.write('mod/index.js', 'x');
    box.write('mod/bin/run', '#!/bin/sh\n', 0o755);
    box.write('mod/.git/config', 'secret');
    box.write('mod/sub/.git', 'gitdir: elsewhere');
    mkdirSync(box.path('mod/empty'));
    symlinkSync('../index.js', box.path('mod/bin/main'));
    symlinkSync('bin', box.path('mod/tools'));
    expect(await recorded(box, 'mod')).toEqual([
      '120000 bin/main',
      '100755 bin/run',
      '100644 index.js',
      '120000 tools',
    ]);
  });

  it.each([
    ['an absolute path', '/etc/passwd'],
    ['a path above', '../outside'],
    ['a path above, by way of a folder', 'sub/../../outside'],
  ])('refuses a link to %s, whatever is there', async (_what, target) => {
    const box = await withLedger();
    box.write('outside', 'secret');
    box.write('mod/sub/index.js', 'x');
    symlinkSync(target, box.path('mod/link'));
    expect(await refusal(box, 'mod')).toMatchObject({
      exit: 2,
      code: 'INVALID_FILES',
      data: { issues: [expect.objectContaining({ path: '"link"' })] },
    });
    expect(await box.json('history')).toHaveLength(1);
    await box.ok('record', 'planner', 'mod', '--exclude', 'link');
  });

  it('leaves out what --exclude and --exclude-from say, by the rules of .gitignore', async () => {
    const box = await withLedger();
    for (const path of [
      'a.js',
      'a.map',
      'sub/b.js',
      'sub/b.map',
      'node_modules/c/c.js',
      'keep.map',
      'top/x',
      'sub/top/x',
    ])
      box.write(`mod/${path}`, path);
    box.write('patterns', '# comment\r\n*.map\n!keep.map\n\n');
    const without = await recorded(
      box,
      'mod',
      '--exclude-from',
      'patterns',
      '--exclude',
      'node_modules/',
      '--exclude',
      '/top',
    );
    expect(without).toEqual(['100644 a.js', '100644 keep.map', '100644 sub/b.js', '100644 sub/top/x']);
    expect(await recorded(box, 'mod', '--exclude', '*', '--exclude', '!a.js')).toEqual(['100644 a.js']);
    expect(
      await recorded(
        box,
        'mod',
        '--exclude',
        'A.JS',
        '--exclude',
        'sub',
        '--exclude',
        'top',
        '--exclude',
        '*.map',
        '--exclude',
        'node_modules',
      ),
    ).toEqual(['100644 a.js']);
  });

  it('does not read what is excluded', async () => {
    const box = await withLedger();
    box.write('mod/a.js', 'x');
    execFileSync('mkfifo', [box.path('mod/pipe')]);
    expect(await recorded(box, 'mod', '--exclude', 'pipe')).toEqual(['100644 a.js']);
  });

  it('leaves out node_modules, and what the ignore file of each folder matches', async () => {
    const box = await withLedger();
    const write = (...paths: string[]) => paths.map((path) => box.write(`mod/${path}`, path));
    write(
      'index.js',
      'a.log',
      'dist/a.js',
      'node_modules/c/c.js',
      'sub/node_modules/d.js',
      'sub/b.log',
      'sub/keep.log',
      'sub/x.tmp',
    );
    write('deep/out/y.js', 'deep/.gitignored');
    box.write('mod/.gitignore', '*.log\n/dist/\ndeep/out\n');
    box.write('mod/sub/.gitignore', '!keep.log\n*.tmp\n');
    expect(await recorded(box, 'mod')).toEqual(
      ['.gitignore', 'deep/.gitignored', 'index.js', 'sub/.gitignore', 'sub/keep.log'].map((path) => `100644 ${path}`),
    );
    box.write('mod/.npmignore', 'a.log\n.*ignore\n/deep\n');
    expect(await recorded(box, 'mod')).toEqual(
      ['deep/.gitignored', 'dist/a.js', 'index.js', 'sub/b.log', 'sub/keep.log']
        .slice(1)
        .map((path) => `100644 ${path}`),
    );
    // Where several are, the first alone counts in that folder.
    box.write('mod/.gitlineageignore', 'deep\n.git*\n.npmignore\n');
    expect(await recorded(box, 'mod')).toEqual(
      ['a.log', 'dist/a.js', 'index.js', 'sub/b.log', 'sub/keep.log'].map((path) => `100644 ${path}`),
    );
  });

  it.each([
    [
      ['lib', '!lib/test', './bin/'],
      ['LICENSE', 'README.md', 'bin/run', 'lib/a.js', 'main.js', 'package.json'],
    ],
    [['*.js'], ['LICENSE', 'README.md', 'main.js', 'other.js', 'package.json']],
    [
      ['.'],
      [
        '.gitignore',
        'LICENSE',
        'README.md',
        'bin/run',
        'lib/a.js',
        'lib/test/t.js',
        'main.js',
        'other.js',
        'package.json',
      ],
    ],
    [[], ['LICENSE', 'README.md', 'main.js', 'package.json']],
    [undefined, ['.gitignore', 'LICENSE', 'README.md', 'bin/run', 'main.js', 'other.js', 'package.json']],
  ])('takes the files that package.json says: %j', async (files, expected) => {
    const box = await withLedger();
    for (const path of [
      'LICENSE',
      'README.md',
      'bin/run',
      'lib/a.js',
      'lib/test/t.js',
      'main.js',
      'other.js',
      'lib/b.log',
    ])
      box.write(`mod/${path}`, path);
    box.write('mod/.gitignore', 'main.js\nlib\n');
    box.write('mod/lib/.gitignore', '*.log\n.gitignore\n');
    box.write('mod/package.json', JSON.stringify({ files, main: './main.js' }));
    expect(await recorded(box, 'mod')).toEqual(expected.map((path) => `100644 ${path}`));
  });

  it.each([
    ['key.pem', PEM, 'a private key'],
    [
      'id',
      'x\r\n-----BEGIN OPENSSH PRIVATE KEY-----\r\nb3BlbnNzaC1rZXktdjE\r\n-----END OPENSSH PRIVATE KEY-----',
      'a private key',
    ],
    [
      'deploy.asc',
      '-----BEGIN PGP PRIVATE KEY BLOCK-----\nVersion: 1\n\nlQOYBGQxAAAAAAAAAAAA\n-----END PGP PRIVATE KEY BLOCK-----\n',
      'a private key',
    ],
    ['account.json', '{"private_key":"-----BEGIN PRIVATE KEY-----\\nMIIEvgIBADANBgkq\\n-----END"}', 'a private key'],
    [
      'secret.yaml',
      'key: |\n  -----BEGIN RSA PRIVATE KEY-----\n  Proc-Type: 4,ENCRYPTED\n\n  MIIEvgIBADANBgkqhk\n',
      'a private key',
    ],
    ['key.ppk', 'PuTTY-User-Key-File-3: ssh-ed25519\n', 'a private key'],
    ['ed25519.der', derOf('ed25519', 'pkcs8'), 'a private key'],
    ['ec.der', derOf('ec', 'pkcs8'), 'a private key'],
    ['sec1.der', derOf('ec', 'sec1'), 'a private key'],
    ['rsa.key', derOf('rsa', 'pkcs8'), 'a private key'],
    ['pkcs1.key', derOf('rsa', 'pkcs1'), 'a private key'],
    ['sealed.der', derOf('ec', 'pkcs8', 'secret'), 'a private key'],
    ['keys.json', JSON.stringify({ keys: [jwkOf('ec')] }, null, 2), 'a private key'],
    ['jwk.js', `export default ${JSON.stringify(jwkOf('ed25519'))};`, 'a private key'],
    ['key.mjs', "const key = { kty: 'oct', k: 'c2VjcmV0LXNlY3JldC1zZWNyZXQ' };", 'a private key'],
    ['utf16.pem', Buffer.from(`\ufeff${PEM}`, 'utf16le'), 'a private key'],
    ['utf16be.pem', Buffer.from(`\ufeff${PEM}`, 'utf16le').swap16(), 'a private key'],
    ['store.p12', 'x', 'a key store'],
    ['.env', 'A=1', 'the values of an environment'],
    ['conf/.env.production', 'A=1', 'the values of an environment'],
    ['.npmrc', '//registry.example.org/:_authToken=npm_1234\n', 'a token of npm'],
    ['.npmrc', '_auth = aGk6eW91\n', 'a token of npm'],
  ])('refuses a secret: %s', async (path, content, actual) => {
    const box = await withLedger();
    box.write('mod/index.js', 'x');
    box.write(`mod/${path}`, content);
    expect(await refusal(box, 'mod')).toMatchObject({
      exit: 2,
      code: 'INVALID_FILES',
      data: { issues: [{ path: `"${path}"`, expected: 'no secret', actual }] },
    });
    expect(await box.json('history')).toHaveLength(1);
    expect(await recorded(box, 'mod', '--exclude', path)).toEqual(['100644 index.js']);
    expect(await recorded(box, 'mod', '--include', path)).toContain(`100644 ${path}`);
    // Who names the file has said so.
    expect(await recorded(box, `mod/${path}`)).toEqual([`100644 ${path.replace('conf/', '')}`]);
  });

  it('takes what only looks like a secret', async () => {
    const box = await withLedger();
    box.write('mod/.env.example', 'A=');
    box.write(
      'mod/.npmrc',
      '//registry.example.org/:_authToken=$' + '{NPM_TOKEN}\nregistry=https://registry.example.org\n',
    );
    box.write('mod/index.js', "const begin = '-----BEGIN PRIVATE KEY-----';\n");
    box.write('mod/cert.pem', '-----BEGIN CERTIFICATE-----\nMIIB\n-----END CERTIFICATE-----\n');
    box.write('mod/key.pub', 'ssh-ed25519 AAAA me\n');
    box.write('mod/public.der', generated('rsa').publicKey.export({ format: 'der', type: 'spki' }));
    box.write('mod/public.json', JSON.stringify(createPublicKey(readAgain('ec')).export({ format: 'jwk' })));
    // Other sequences of ASN.1 that begin with a number: a signature of ECDSA, and an RSA key without its private half.
    box.write('mod/signature.der', sign('sha256', Buffer.from('x'), generated('ec').privateKey));
    box.write('mod/pkcs1.der', generated('rsa').publicKey.export({ format: 'der', type: 'pkcs1' }));
    expect(await recorded(box, 'mod')).toHaveLength(9);
  });

  it('takes what --include names out of folders that are left out', async () => {
    const box = await withLedger();
    for (const path of [
      'index.js',
      'node_modules/a/a.js',
      'node_modules/a/.gitignore',
      'node_modules/b/b.js',
      'dist/x.js',
    ])
      box.write(`mod/${path}`, path);
    box.write('mod/.gitignore', 'dist\n');
    const taken = await recorded(box, 'mod', '--include', '/node_modules/a', '--include', 'dist/x.js');
    expect(taken).toEqual(
      ['.gitignore', 'dist/x.js', 'index.js', 'node_modules/a/.gitignore', 'node_modules/a/a.js'].map(
        (path) => `100644 ${path}`,
      ),
    );
    // A folder is no word for a secret in it, and no wildcard is.
    box.write('mod/dist/.env', 'A=1');
    expect(await refusal(box, 'mod', '--include', 'dist')).toMatchObject({ code: 'INVALID_FILES' });
    for (const wildcard of ['dist/*', '*', 'dist/**/.env', 'dist/.en[v]', '**'])
      expect(await refusal(box, 'mod', '--include', wildcard)).toMatchObject({ code: 'INVALID_FILES' });
    expect(await recorded(box, 'mod', '--include', 'dist/.env')).toContain('100644 dist/.env');
    rmSync(box.path('mod/dist/.env'));
    box.write('mod/.git/config', 'x');
    expect(await recorded(box, 'mod', '--include', '.git/config', '--include', '.git')).not.toContain(
      '100644 .git/config',
    );
  });

  it('is the module that is in an npm tarball, secrets refused there too', async () => {
    const box = await withLedger();
    box.write('package/package.json', '{"name":"planner","version":"1.0.0"}');
    box.write('package/index.js', 'exports.plan = 1;');
    box.write('package/bin/run', '#!/bin/sh\n', 0o755);
    const pack = () => execFileSync('tar', ['-czf', box.path('planner.tgz'), '-C', box.path(), 'package']);
    pack();
    const files = ['100755 bin/run', '100644 index.js', '100644 package.json'];
    expect(await recorded(box, 'planner.tgz')).toEqual(files);
    expect(await recorded(box, 'planner.tgz', '--exclude', 'bin')).toEqual(files.slice(1));
    // What breaks between two of them is measured.
    box.write('package/index.js', 'exports.other = 1;');
    pack();
    await box.json('stage', 'planner', 'planner.tgz');
    expect(await box.json('assess', 'planner', '2', '3')).toMatchObject({ level: 'BREAKING' });
    box.write('package/.env', 'A=1');
    pack();
    expect(await refusal(box, 'planner.tgz')).toMatchObject({
      code: 'INVALID_FILES',
      data: { issues: [{ path: '".env"' }] },
    });
  });

  it.each([
    ['compressed, of the current folder', '-czf', 'mod', '.'],
    ['not compressed, with a folder around', '-cf', '.', 'mod'],
    ['not compressed, with a folder around in the current one', '-cf', '.', './mod'],
  ])('is the module that is in a tarball that tar made: %s', async (_, flag, from, what) => {
    const box = await withLedger();
    const files = ['index.js', 'lib/a.js', 'package.json'];
    for (const path of files) box.write(`mod/${path}`, '{}');
    execFileSync('tar', [flag, box.path('mod.tar'), '-C', box.path(from), what]);
    expect(await recorded(box, 'mod.tar')).toEqual(files.map((path) => `100644 ${path}`));
  });

  it('is refused as a tarball whose files have no folder around them, instead of losing some', async () => {
    const box = await withLedger();
    for (const path of ['index.js', 'lib/a.js']) box.write(`mod/${path}`, path);
    execFileSync('tar', ['-czf', box.path('mod.tgz'), '-C', box.path('mod'), 'index.js', 'lib']);
    expect(await refusal(box, 'mod.tgz')).toMatchObject({
      code: 'INVALID_FILES',
      data: { issues: [{ expected: 'all files in one folder, such as package/', actual: '"index.js" beside it' }] },
    });
  });

  it('is refused where nothing is left', async () => {
    const box = await withLedger();
    box.write('mod/a.js', 'x');
    expect(await refusal(box, 'mod', '--exclude', '*')).toMatchObject({ exit: 2, code: 'INVALID_FILES' });
    mkdirSync(box.path('empty'));
    expect(await refusal(box, 'empty')).toMatchObject({ exit: 2, code: 'INVALID_FILES' });
  });

  it('refuses sockets, pipes and names that are not UTF-8, all of them at once', async () => {
    const box = await withLedger();
    box.write('m/a.js', 'x');
    execFileSync('mkfifo', [box.path('m/pipe')]);
    writeFileSync(Buffer.concat([Buffer.from(box.path('m/')), Buffer.from([0xff, 0xfe])]), 'x');
    const server = createServer();
    await new Promise<void>((done) => {
      server.listen(box.path('m/socket'), done);
    });
    try {
      const error = await refusal(box, 'm');
      expect(error).toMatchObject({ exit: 2, code: 'INVALID_FILES', hint: expect.stringContaining('--exclude') });
      expect(error.data.issues.map((issue: { actual: string }) => issue.actual)).toEqual([
        expect.stringContaining('ÿþ'),
        expect.stringContaining('pipe'),
        expect.stringContaining('socket'),
      ]);
    } finally {
      server.close();
    }
  });

  it('never takes the ledger itself, nor the key that signs', async () => {
    const box = await withLedger();
    box.write('a.js', 'x');
    const all = ['--exclude', 'home', '--exclude', 'gitconfig'];
    expect(await recorded(box, '.', ...all)).toEqual(['100644 a.js']);
    const key = readFileSync(`${box.home}/config/git-lineage/id_ed25519`);
    box.write('copy-of-key', key);
    const error = await refusal(box, '.', ...all);
    expect(error).toMatchObject({ exit: 2, code: 'INVALID_FILES', data: { issues: [{ path: '"copy-of-key"' }] } });
    expect(JSON.stringify(error)).not.toContain(key.toString().split('\n')[1]);
  });

  it('takes a folder that the only PATH links to', async () => {
    const box = await withLedger();
    box.write('release-7/a.js', 'x');
    symlinkSync('release-7', box.path('current'));
    expect(await recorded(box, 'current')).toEqual(['100644 a.js']);
  });

  it('names the path that it cannot read', async () => {
    const box = await withLedger();
    symlinkSync('loop', box.path('loop'));
    const error = await refusal(box, 'loop');
    expect(error).toMatchObject({ exit: 5, code: 'IO', data: { operation: 'read', errno: 'ELOOP' } });
    expect(error.message).toContain('loop');
  });

  // The file system refuses root nothing.
  it.skipIf(process.getuid?.() === 0)('names the file that it may not read', async () => {
    const box = await withLedger();
    box.write('mod/a.js', 'x', 0o000);
    expect(await refusal(box, 'mod')).toMatchObject({ exit: 5, code: 'IO', data: { path: box.path('mod/a.js') } });
  });
});

describe('record of files', () => {
  it('names one file by its base name, and several relative to their common folder', async () => {
    const box = await withLedger();
    for (const path of ['src/a.js', 'src/lib/b.js', 'src/lib/deep/c.js', 'srcx/d.js']) box.write(path, path);
    expect(await recorded(box, 'src/lib/b.js')).toEqual(['100644 b.js']);
    expect(await recorded(box, 'src/a.js', 'src/lib')).toEqual([
      '100644 a.js',
      '100644 lib/b.js',
      '100644 lib/deep/c.js',
    ]);
    expect(await recorded(box, 'src/lib/b.js', box.path('srcx/d.js'))).toEqual([
      '100644 src/lib/b.js',
      '100644 srcx/d.js',
    ]);
    expect(await recorded(box, 'src', 'src/a.js', '--exclude', 'lib')).toEqual(['100644 src/a.js']);
  });

  it('keeps a link among several paths as a link, and refuses it alone', async () => {
    const box = await withLedger();
    box.write('a.js', 'x');
    symlinkSync('a.js', box.path('link.js'));
    expect(await recorded(box, 'a.js', 'link.js')).toEqual(['100644 a.js', '120000 link.js']);
    expect(await refusal(box, 'link.js')).toMatchObject({ exit: 2, code: 'INVALID_FILES' });
    symlinkSync('/etc/passwd', box.path('escape'));
    expect(await refusal(box, 'a.js', 'escape')).toMatchObject({ exit: 2, code: 'INVALID_FILES' });
  });

  it.each([
    ['INVALID_MODULE_ID', 'record', '../x', 'none'],
    ['INVALID_MODULE_ID', 'stage', '../x', 'none'],
    ['INVALID_VERSION', 'record', 'planner', 'none', '--as', '0'],
    ['INVALID_TAG', 'stage', 'planner', 'none', '--tag', 'a\nb'],
    ['INVALID_CHECKPOINT', 'record', 'planner', 'none', '--timestamp', '99999999999999'],
    ['INVALID_MODULE_ID', 'assess', '../x', '1', '2'],
    ['INVALID_MODULE_ID', 'import', 'git', 'none', '--module', '../x'],
    ['INVALID_MODULE_ID', 'import', 'npm', 'planner', '--module', '../x'],
    ['INVALID_TAG', 'import', 'npm', 'planner', '--tag', 'a\nb'],
  ])('is not read where there is %s in: %s %s %s %s %s', async (code, ...words) => {
    const box = await withLedger();
    const argv = words.filter((word) => word !== undefined);
    // Nor is the key: what is wrong is wrong with any.
    expect(await box.failure([...argv, '--key', 'no-key'])).toMatchObject({ exit: 2, code });
  });

  it('says which path is not there', async () => {
    const box = await withLedger();
    box.write('a.js', 'x');
    const missing = { exit: 2, code: 'NOT_FOUND', data: { kind: 'FILE', what: 'missing.js' } };
    expect(await refusal(box, 'missing.js')).toMatchObject(missing);
    expect(await refusal(box, 'a.js', 'missing.js')).toMatchObject(missing);
    expect(await refusal(box, 'a.js/b.js')).toMatchObject({ exit: 2, code: 'NOT_FOUND' });
    expect(await refusal(box, 'a.js', '--exclude-from', 'none')).toMatchObject({ exit: 2, code: 'NOT_FOUND' });
    expect(await refusal(box)).toMatchObject({
      exit: 2,
      code: 'INVALID_ARGUMENT',
      hint: expect.stringContaining('--checksum'),
    });
  });

  it('takes a path that begins with a dash behind --', async () => {
    const box = await withLedger();
    box.write('-x.js', 'x');
    const { code } = await box.run(['record', 'planner', '--tag', 'a', '--', '-x.js']);
    expect(code).toBe(0);
    expect((await box.json('show', 'planner')).files[0].path).toBe('-x.js');
  });
});

describe('checkout', () => {
  async function module(): Promise<Sandbox> {
    const box = await withLedger();
    box.write('mod/index.js', Buffer.from([0, 255, 10, 13]));
    box.write('mod/bin/run', '#!/bin/sh\n', 0o755);
    symlinkSync('bin/run', box.path('mod/go'));
    await box.ok('record', 'planner', 'mod');
    return box;
  }

  it('gives back what was recorded, bytes, modes and links', async () => {
    const box = await module();
    box.write('mod/index.js', 'second');
    await box.ok('record', 'planner', 'mod');
    const answer = await box.json('checkout', 'planner@1', 'deep/out');
    expect(answer).toEqual({
      checkpoint: expect.objectContaining({ version: 1 }),
      directory: box.path('deep/out'),
      files: 3,
    });
    expect(readdirSync(box.path('deep'))).toEqual(['out']);
    expect(readdirSync(box.path('deep/out')).sort()).toEqual(['bin', 'go', 'index.js']);
    expect([...readFileSync(box.path('deep/out/index.js'))]).toEqual([0, 255, 10, 13]);
    expect(lstatSync(box.path('deep/out/index.js')).mode & 0o111).toBe(0);
    expect(lstatSync(box.path('deep/out/bin/run')).mode & 0o100).toBe(0o100);
    expect(readlinkSync(box.path('deep/out/go'))).toBe('bin/run');
    const again = await box.json('record', 'copy', 'deep/out');
    expect(again.checkpoint.checksum).toBe(answer.checkpoint.checksum);
  });

  it('takes the active version where no number is given, and a folder that is empty', async () => {
    const box = await module();
    mkdirSync(box.path('out'));
    expect(await box.ok('checkout', 'planner', 'out')).toBe(`wrote 3 files of planner@1 to ${box.path('out')}\n`);
    expect(readdirSync(box.path('out'))).toHaveLength(3);
  });

  it('refuses a folder with something in it, a file, the current folder and the ledger', async () => {
    const box = await module();
    box.write('full/mine', 'x');
    mkdirSync(box.path('here'));
    const refused = { exit: 2, code: 'INVALID_ARGUMENT' };
    expect(await box.failure(['checkout', 'planner', 'full'])).toMatchObject(refused);
    expect(await box.failure(['checkout', 'planner', 'full/mine'])).toMatchObject(refused);
    expect(await box.failure(['checkout', 'planner', '.'], { cwd: box.path('here') })).toMatchObject(refused);
    expect(await box.failure(['checkout', 'planner', 'modules.git/out'])).toMatchObject(refused);
    expect(readFileSync(box.path('full/mine'), 'utf8')).toBe('x');
    expect(readdirSync(box.path('full'))).toEqual(['mine']);
    expect(await box.failure(['checkout', 'planner', 'full/mine/out'])).toMatchObject({ exit: 5, code: 'IO' });
  });

  it('says so where only a checksum was recorded, or nothing', async () => {
    const box = await module();
    await box.ok('record', 'bare', '--checksum', 'build-7');
    const none = await box.failure(['checkout', 'bare', 'out']);
    expect(none).toMatchObject({ exit: 2, code: 'NOT_FOUND', message: expect.stringContaining('no files') });
    expect(await box.failure(['checkout', 'planner@9', 'out'])).toMatchObject({ exit: 2, code: 'NOT_FOUND' });
    expect(await box.failure(['checkout', 'nobody', 'out'])).toMatchObject({ exit: 2, code: 'NOT_FOUND' });
    expect(readdirSync(box.root)).not.toContain('out');
  });

  it('writes nothing of a version that cannot be read', async () => {
    const box = await module();
    const packs = `${box.ledger}/objects/pack`;
    for (const name of readdirSync(packs)) rmSync(`${packs}/${name}`);
    expect(await box.failure(['checkout', 'planner', 'out'])).toMatchObject({ exit: 5, code: 'CORRUPT_OBJECT' });
    expect(readdirSync(box.root).filter((name) => name.includes('out'))).toEqual([]);
  });
});
