import { createPrivateKey, generateKeyPairSync } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { isLedgerError, type LedgerError } from '../../src/errors.js';
import { parsePrivateKey } from '../../src/signing/private-key.js';
import { parsePublicKeyLine } from '../../src/signing/ssh-public-key.js';
import { signSshsig, verifySshsig } from '../../src/signing/sshsig.js';
import { sshArmour, sshString, sshUint32 } from '../../src/signing/wire.js';
import { inTempDir, KEY_TYPES, type KeyFile, makeKey, run, sshSign, sshVerify } from './ssh-keygen.js';

const fixture = (name: string) => readFileSync(new URL(`../../fixtures/keys/${name}`, import.meta.url), 'utf8');
const PAYLOAD = Buffer.from('tree 4b825dc642cb6eb9a060e54bf8d69288fbee4904\n\nmessage\n');
const PASSPHRASE = 'pässphrase with blanks';
const AES = [128, 192, 256].flatMap((bits) => [`aes${bits}-ctr`, `aes${bits}-cbc`]);
const CIPHERS = [...AES, 'aes128-gcm@openssh.com', 'aes256-gcm@openssh.com'];

/** How ssh-keygen can write a key: arguments, and the passphrase that they set. */
const FORMATS: readonly [string, readonly string[], string | undefined][] = [
  ['plain', [], undefined],
  ...CIPHERS.map((cipher) => [cipher, ['-N', PASSPHRASE, '-Z', cipher], PASSPHRASE] as [string, string[], string]),
  ['PKCS8', ['-m', 'PKCS8'], undefined],
  ['PKCS8 encrypted', ['-m', 'PKCS8', '-N', PASSPHRASE], PASSPHRASE],
  ['PEM', ['-m', 'PEM'], undefined],
  ['PEM encrypted', ['-m', 'PEM', '-N', PASSPHRASE], PASSPHRASE],
];

function failure(text: string | Uint8Array, passphrase?: string): LedgerError {
  try {
    parsePrivateKey(text, passphrase);
  } catch (error) {
    if (isLedgerError(error)) {
      expect(error.hint).not.toBe('');
      return error;
    }
    throw error;
  }
  throw new Error('accepted');
}

async function expectSameKey(dir: string, file: KeyFile, passphrase: string | undefined): Promise<void> {
  const key = parsePrivateKey(file.privateKey, passphrase);
  expect(key.publicKey).toEqual(parsePublicKeyLine(file.publicKey).key);
  await sshVerify(dir, file.publicKey, PAYLOAD, signSshsig(key, PAYLOAD, 'git'));
}

describe.each(KEY_TYPES)('%s', (_, type) => {
  it.each(FORMATS)('reads %s', async (_format, options, passphrase) => {
    await inTempDir(async (dir) => {
      const file = await makeKey(dir, type, options);
      await expectSameKey(dir, file, passphrase);
      if (passphrase === undefined) return;
      expect(failure(file.privateKey).code).toBe('INVALID_PASSPHRASE');
      expect(failure(file.privateKey).message).toContain('encrypted and no passphrase was given');
      expect(failure(file.privateKey, 'wrong').code).toBe('INVALID_PASSPHRASE');
      expect(failure(file.privateKey, 'wrong').message).toContain('does not open the key');
    });
  });

  it('makes signatures that ssh-keygen would have made', async () => {
    await inTempDir(async (dir) => {
      const file = await makeKey(dir, type);
      const theirs = await sshSign(file.path, PAYLOAD);
      const key = parsePrivateKey(file.privateKey);
      expect(verifySshsig(PAYLOAD, theirs, 'git', 'it')).toEqual(key.publicKey);
      // ECDSA picks a random number for each signature, the others do not.
      if (!type.includes('ecdsa')) expect(signSshsig(key, PAYLOAD, 'git')).toBe(theirs);
    });
  });
});

describe('other forms', () => {
  it('reads Ed25519 as PKCS8, as openssl writes it', async () => {
    await inTempDir(async (dir) => {
      const { privateKey } = generateKeyPairSync('ed25519');
      const plain = privateKey.export({ type: 'pkcs8', format: 'pem' });
      const encrypted = privateKey.export({
        type: 'pkcs8',
        format: 'pem',
        cipher: 'aes-256-cbc',
        passphrase: PASSPHRASE,
      });
      const key = parsePrivateKey(plain.toString());
      expect(parsePrivateKey(encrypted.toString(), PASSPHRASE).publicKey).toEqual(key.publicKey);
      const line = `${key.publicKey.type} ${key.publicKey.blob}`;
      await sshVerify(dir, line, PAYLOAD, signSshsig(key, PAYLOAD, 'git'));
    });
  });

  it('reads bytes, CRLF, a missing last line end, and a passphrase that is not needed', () => {
    const text = fixture('ed25519');
    const expected = parsePublicKeyLine(fixture('ed25519.pub')).key;
    for (const form of [Buffer.from(text), text.replaceAll('\n', '\r\n'), text.trimEnd(), `\n${text}\n`]) {
      expect(parsePrivateKey(form, 'not needed').publicKey).toEqual(expected);
    }
  });

  it('reads a PEM block behind another block', () => {
    const { privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
    const pem = privateKey.export({ type: 'sec1', format: 'pem' });
    const parameters = '-----BEGIN EC PARAMETERS-----\nBggqhkjOPQMBBw==\n-----END EC PARAMETERS-----\n';
    expect(parsePrivateKey(`${parameters}${pem}`).publicKey.type).toBe('ecdsa-sha2-nistp256');
  });

  it('opens a key with the rounds that ssh-keygen takes by default', () => {
    const { publicKey } = parsePrivateKey(fixture('ed25519-encrypted'), 'correct horse battery staple');
    expect(publicKey).toEqual(parsePublicKeyLine(fixture('ed25519-encrypted.pub')).key);
  });

  it.each(['ed25519', 'rsa-3072', 'nistp256', 'nistp384', 'nistp521'])('reads the test key %s', (name) => {
    expect(parsePrivateKey(fixture(name)).publicKey).toEqual(parsePublicKeyLine(fixture(`${name}.pub`)).key);
  });
});

describe('refusals', () => {
  it.each([
    ['an empty text', '', 'got nothing'],
    ['a public key', fixture('ed25519.pub'), 'got a public key'],
    ['a PEM public key', '-----BEGIN PUBLIC KEY-----\nAAAA\n-----END PUBLIC KEY-----\n', 'got a public key'],
    ['a key with more behind its end', `${fixture('ed25519').trimEnd()}\u00a0\n`, 'cut short'],
    ['a path', '/home/ada/.ssh/id_ed25519', 'give the content of the file'],
    ['a file name', 'id_ed25519', 'give the content of the file'],
    ['a PuTTY key', 'PuTTY-User-Key-File-3: ssh-ed25519\n', 'PuTTY'],
    ['half a key', fixture('ed25519').slice(0, 200), 'cut short'],
    ['a DSA key', fixture('refused-dsa'), 'DSA'],
    ['a marked DSA key', '-----BEGIN DSA PRIVATE KEY-----\nAAAA\n-----END DSA PRIVATE KEY-----', 'DSA PRIVATE KEY'],
    ['noise in PEM', '-----BEGIN PRIVATE KEY-----\nAAAA\n-----END PRIVATE KEY-----', 'holds no such key'],
    ['noise in OpenSSH armour', sshArmour('OPENSSH PRIVATE KEY', Buffer.alloc(99)), 'openssh-key-v1'],
  ])('names %s', (_, text, reason) => {
    const error = failure(text);
    expect(error.code).toBe('INVALID_KEY');
    expect(error.message).toContain(reason);
  });

  it('names what is no text at all', () => {
    expect(failure(undefined as unknown as string).message).toContain('got undefined');
  });

  it.each([
    ['DSA in PEM', generateKeyPairSync('dsa', { modulusLength: 2048, divisorLength: 256 }), 'DSA'],
    ['Ed448', generateKeyPairSync('ed448'), 'ED448'],
    ['secp256k1', generateKeyPairSync('ec', { namedCurve: 'secp256k1' }), 'secp256k1'],
    ['RSA of 1024 bits', generateKeyPairSync('rsa', { modulusLength: 1024 }), '2048'],
    ['RSA-PSS', generateKeyPairSync('rsa-pss', { modulusLength: 2048 }), 'RSA-PSS'],
  ])('names %s', (_, { privateKey }, reason) => {
    const error = failure(privateKey.export({ type: 'pkcs8', format: 'pem' }).toString());
    expect(error.code).toBe('INVALID_KEY');
    expect(error.message).toContain(reason);
  });

  it.each(['3des-cbc', 'chacha20-poly1305@openssh.com'])('names the cipher %s', async (cipher) => {
    await inTempDir(async (dir) => {
      const { privateKey } = await makeKey(dir, ['-t', 'ed25519'], ['-N', PASSPHRASE, '-Z', cipher]);
      const error = failure(privateKey, PASSPHRASE);
      expect(error.code).toBe('INVALID_KEY');
      expect(error.message).toContain(`got "${cipher}"`);
      expect(error.hint).toContain('-Z aes256-ctr');
    });
  });

  it('repeats no byte of what it was given', () => {
    const secret = fixture('ed25519').split('\n').slice(1, -2).join('');
    for (const text of [secret, `-----BEGIN PRIVATE KEY-----\n${secret}\n-----END PRIVATE KEY-----\n`]) {
      const error = failure(text);
      for (let at = 0; at + 12 < secret.length; at += 1) {
        expect(`${error.message}${error.hint}${error.cause}`).not.toContain(secret.slice(at, at + 12));
      }
    }
  });
});

/** Takes an unencrypted OpenSSH key apart, lets `change` alter its parts, and puts it together again. */
function altered(
  name: string,
  change: (parts: { head: Buffer[]; count: number; publicBlob: Buffer; secret: Buffer; tail: Buffer }) => void,
): string {
  const bytes = Buffer.from(fixture(name).split('\n').slice(1, -2).join(''), 'base64');
  let at = 15;
  const next = () => {
    const length = bytes.readUInt32BE(at);
    at += 4 + length;
    return bytes.subarray(at - length, at);
  };
  const head = [next(), next(), next()];
  at += 4;
  const parts = { head, count: 1, publicBlob: next(), secret: Buffer.from(next()), tail: Buffer.alloc(0) };
  change(parts);
  const strings = [
    ...parts.head.map(sshString),
    sshUint32(parts.count),
    sshString(parts.publicBlob),
    sshString(parts.secret),
  ];
  return sshArmour('OPENSSH PRIVATE KEY', Buffer.concat([bytes.subarray(0, 15), ...strings, parts.tail]));
}

describe('damaged OpenSSH keys', () => {
  it('reads a key that is put together unchanged', () => {
    expect(altered('ed25519', () => undefined)).toBe(fixture('ed25519'));
  });

  it.each([
    ['other padding', (p) => p.secret.writeUInt8(9, p.secret.length - 1)],
    ['other check numbers', (p) => p.secret.writeUInt8((p.secret[0] ?? 0) ^ 1, 0)],
    ['two keys', (p) => Object.assign(p, { count: 2 })],
    ['no keys', (p) => Object.assign(p, { count: 0 })],
    ['bytes at the end', (p) => Object.assign(p, { tail: Buffer.alloc(1) })],
    ['half a block', (p) => Object.assign(p, { secret: p.secret.subarray(0, -1) })],
    ['nothing encrypted', (p) => Object.assign(p, { secret: Buffer.alloc(0) })],
    ['a derivation without a cipher', (p) => p.head.splice(1, 1, Buffer.from('bcrypt'))],
    ['a cipher without a derivation', (p) => p.head.splice(0, 1, Buffer.from('aes256-ctr'))],
    [
      'the public half of another key',
      (p) =>
        Object.assign(p, { publicBlob: Buffer.from(fixture('ed25519-encrypted.pub').split(' ')[1] ?? '', 'base64') }),
    ],
    ['another private half', (p) => p.secret.writeUInt8((p.secret[70] ?? 0) ^ 1, 70)],
    ['another public half inside', (p) => p.secret.writeUInt8((p.secret[30] ?? 0) ^ 1, 30)],
    // biome-ignore lint/suspicious/noExplicitAny: the table's rows differ in what their changes return.
  ] as [string, (parts: any) => unknown][])('refuses %s', (_, change) => {
    expect(failure(altered('ed25519', change)).code).toBe('INVALID_KEY');
  });

  it('names a key derivation that it does not know', () => {
    const text = altered('ed25519', (p) => p.head.splice(0, 2, Buffer.from('aes256-ctr'), Buffer.from('scrypt')));
    expect(failure(text, 'x').message).toContain('expected the key derivation bcrypt, got "scrypt"');
  });

  it('refuses a curve that is not the one of the type', () => {
    const text = altered('nistp256', (p) => p.secret.write('nistp384', p.secret.lastIndexOf('nistp256')));
    expect(failure(text).message).toContain('expected the curve nistp256');
  });

  it('refuses RSA numbers that do not belong together', () => {
    // The bytes lie in n, d, iqmp, p and q; 419 is where d starts, and each prime takes 192 bytes and a sign byte.
    for (const at of [60, 450, 850, 1050, 1250]) {
      const text = altered('rsa-3072', (p) => p.secret.writeUInt8((p.secret[at] ?? 0) ^ 0x10, at));
      expect(failure(text).code).toBe('INVALID_KEY');
    }
  });

  it('fails in an orderly way wherever a file is cut or changed', () => {
    for (const name of ['ed25519', 'nistp521', 'ed25519-encrypted', 'refused-dsa']) {
      const bytes = Buffer.from(fixture(name).split('\n').slice(1, -2).join(''), 'base64');
      for (let length = 0; length < bytes.length; length += 1) {
        expect(failure(sshArmour('OPENSSH PRIVATE KEY', bytes.subarray(0, length))).code).toBe('INVALID_KEY');
      }
      for (let at = 0; at < fixture(name).length; at += 7) failure(fixture(name).slice(0, at));
    }
  });

  it('caps the rounds of the key derivation before it starts', () => {
    const withRounds = (rounds: number) =>
      altered('ed25519', (p) => {
        p.head = ['aes256-ctr', 'bcrypt', Buffer.concat([sshString(Buffer.alloc(16, 1)), sshUint32(rounds)])].map(
          (part) => Buffer.from(part),
        );
        p.secret = Buffer.alloc(144);
      });
    for (const rounds of [0, 1025, 0xffffffff]) {
      const error = failure(withRounds(rounds), 'x');
      expect(error.code).toBe('INVALID_KEY');
      expect(error.message).toContain(`1 to 1024 key derivation rounds, got ${rounds}`);
    }
    // The cap itself is let through, and stops only for want of a passphrase.
    expect(failure(withRounds(1024)).code).toBe('INVALID_PASSPHRASE');
  });
});

it('reads keys that ssh-keygen has re-encrypted', async () => {
  await inTempDir(async (dir) => {
    const file = await makeKey(dir, ['-t', 'ed25519']);
    await run('ssh-keygen', ['-q', '-p', '-a', '4', '-P', '', '-N', PASSPHRASE, '-f', file.path]);
    const text = readFileSync(file.path, 'utf8');
    expect(parsePrivateKey(text, PASSPHRASE).publicKey).toEqual(parsePrivateKey(file.privateKey).publicKey);
    expect(() => createPrivateKey(text)).toThrow();
  });
});
