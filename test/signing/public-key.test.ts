import { createPublicKey, generateKeyPairSync, type JsonWebKey } from 'node:crypto';
import { readFileSync } from 'node:fs';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { keyOfSeed, newSeed } from '../../src/ed25519-seed.js';
import { isLedgerError } from '../../src/errors.js';
import { blobOf, fingerprintOf, loadPublicKey, parsePublicKeyLine } from '../../src/signing/ssh-public-key.js';
import { sshMpint, sshString } from '../../src/signing/wire.js';
import { inTempDir, KEY_TYPES, makeKey, run } from './ssh-keygen.js';

const fixture = (name: string) => readFileSync(new URL(`../../fixtures/keys/${name}`, import.meta.url), 'utf8');
const line = (type: string, ...parts: Buffer[]) =>
  `${type} ${Buffer.concat([sshString(type), ...parts]).toString('base64')}`;
const rsaLine = (e: Buffer, n: Buffer) => line('ssh-rsa', sshMpint(e), sshMpint(n));

function refusal(text: string): string {
  try {
    parsePublicKeyLine(text);
  } catch (error) {
    if (isLedgerError(error, 'INVALID_KEY')) {
      expect(error.hint).not.toBe('');
      expect(error.data.reason).toBe(error.message);
      return error.message;
    }
    throw error;
  }
  throw new Error('accepted');
}

describe('parsePublicKeyLine', () => {
  it.each(KEY_TYPES)('reads %s and prints the fingerprint that ssh-keygen prints', async (_, type) => {
    await inTempDir(async (dir) => {
      const { path, publicKey } = await makeKey(dir, type);
      const { key, comment } = parsePublicKeyLine(publicKey);
      const [printedType, printedBlob] = publicKey.split(' ');
      expect(key).toEqual({ type: printedType, blob: printedBlob, fingerprint: key.fingerprint });
      expect(comment).toBe('ada');
      expect((await run('ssh-keygen', ['-l', '-f', path])).split(' ')[1]).toBe(key.fingerprint);
      expect(fingerprintOf(Buffer.from(key.blob, 'base64'))).toBe(key.fingerprint);
    });
  });

  it('takes comments with blanks, none at all, tabs, and CRLF', () => {
    const [type = '', blob = ''] = fixture('ed25519.pub').split(' ');
    expect(parsePublicKeyLine(`${type} ${blob}`).comment).toBe('');
    expect(parsePublicKeyLine(`${type}\t${blob}  a b  c \r\n`).comment).toBe('a b  c');
  });

  it('names what it refuses', async () => {
    const [type = '', blob = ''] = fixture('ed25519.pub').split(' ');
    expect(refusal(fixture('refused-dsa.pub'))).toContain('got a DSA key (ssh-dss)');
    expect(refusal('sk-ssh-ed25519@openssh.com AAAA x')).toContain('a security-key (FIDO) key');
    expect(refusal('sk-ecdsa-sha2-nistp256@openssh.com AAAA')).toContain('a security-key (FIDO) key');
    expect(refusal('ssh-rsa-cert-v01@openssh.com AAAA')).toContain('a certificate');
    expect(refusal('sk-ssh-ed25519-cert-v01@openssh.com AAAA')).toContain('a certificate');
    expect(refusal(`cert-authority,namespaces="git" ${type} ${blob}`)).toContain('got options or a principal');
    expect(refusal(`ada@example.org ${type} ${blob}`)).toContain('got options or a principal');
    expect(refusal('ssh-ed448 AAAA')).toContain('got "ssh-ed448"');
    await inTempDir(async (dir) => {
      const { path } = await makeKey(dir, ['-t', 'ed25519']);
      await run('ssh-keygen', ['-q', '-s', path, '-I', 'id', '-n', 'ada', `${path}.pub`]);
      const certificate = readFileSync(`${path}-cert.pub`, 'utf8');
      expect(refusal(certificate)).toContain('a certificate');
      expect(refusal(certificate.replace(/^\S+/, 'ssh-ed25519'))).toContain('a certificate');
    });
  });

  it.each([
    ['nothing', ''],
    ['a blank line', ' \n'],
    ['a comment line', '# ada'],
    ['a type alone', 'ssh-ed25519'],
    ['a leading blank', ` ${fixture('ed25519.pub')}`],
    ['two lines', fixture('ed25519.pub').repeat(2)],
    ['a control character in the comment', `${fixture('ed25519.pub').trimEnd()}\u001b[2J`],
    ['unpadded base64', fixture('nistp256.pub').replace('=', '')],
    ['another type inside than outside', fixture('nistp256.pub').replace('nistp256', 'nistp384')],
    ['a byte after the key', line('ssh-ed25519', sshString(Buffer.alloc(32)), Buffer.alloc(1))],
    ['a short Ed25519 key', line('ssh-ed25519', sshString(Buffer.alloc(31)))],
    ['another curve inside', line('ecdsa-sha2-nistp256', sshString('nistp384'), sshString(Buffer.alloc(97, 4)))],
    ['a short point', line('ecdsa-sha2-nistp256', sshString('nistp256'), sshString(Buffer.alloc(64, 4)))],
    ['a point off the curve', line('ecdsa-sha2-nistp256', sshString('nistp256'), sshString(Buffer.alloc(65, 4)))],
    ['a small RSA modulus', rsaLine(Buffer.of(1, 0, 1), Buffer.alloc(128, 0xff))],
    [
      'an RSA modulus of 2047 bits',
      rsaLine(Buffer.of(1, 0, 1), Buffer.concat([Buffer.of(0x7f), Buffer.alloc(255, 0xff)])),
    ],
    ['a huge RSA modulus', rsaLine(Buffer.of(1, 0, 1), Buffer.alloc(2049, 0xff))],
    ['an even RSA modulus', rsaLine(Buffer.of(1, 0, 1), Buffer.alloc(256, 0xfe))],
    ['the RSA exponent 1', rsaLine(Buffer.of(1), Buffer.alloc(256, 0xff))],
    ['the RSA exponent 0', rsaLine(Buffer.alloc(0), Buffer.alloc(256, 0xff))],
    ['an even RSA exponent', rsaLine(Buffer.of(1, 0, 0), Buffer.alloc(256, 0xff))],
    ['a long RSA exponent', rsaLine(Buffer.alloc(9, 0xff), Buffer.alloc(256, 0xff))],
  ])('refuses %s', (_, text) => {
    expect(refusal(text)).toMatch(/^public key: expected /);
  });

  it('takes RSA moduli from 2048 to 16384 bits', () => {
    for (const bytes of [256, 2048]) {
      expect(parsePublicKeyLine(rsaLine(Buffer.of(1, 0, 1), Buffer.alloc(bytes, 0xff))).key.type).toBe('ssh-rsa');
    }
  });

  it('refuses a compressed point', () => {
    const blob = Buffer.from(fixture('nistp256.pub').split(' ')[1] ?? '', 'base64');
    const compressed = Buffer.concat([Buffer.of(2), blob.subarray(-64, -32)]);
    expect(refusal(line('ecdsa-sha2-nistp256', sshString('nistp256'), sshString(compressed)))).toContain(
      'uncompressed',
    );
  });

  it('refuses a line that is cut anywhere before its comment', () => {
    for (const name of ['ed25519', 'rsa-3072', 'nistp256', 'nistp384', 'nistp521']) {
      const [type = '', blob = ''] = fixture(`${name}.pub`).split(' ');
      const text = `${type} ${blob}`;
      const bytes = Buffer.from(blob, 'base64');
      for (let length = 0; length < text.length; length += 1) refusal(text.slice(0, length));
      for (let length = 0; length < bytes.length; length += 1) {
        refusal(`${type} ${bytes.subarray(0, length).toString('base64')}`);
      }
    }
  });

  it('throws nothing but INVALID_KEY, whatever it reads', () => {
    const lines = ['ed25519', 'rsa-3072', 'nistp521'].map((name) => fixture(`${name}.pub`));
    const mutated = fc.tuple(fc.constantFrom(...lines), fc.nat(400), fc.string({ maxLength: 3 }));
    fc.assert(
      fc.property(fc.oneof(fc.string(), mutated), (input) => {
        const text =
          typeof input === 'string' ? input : input[0].slice(0, input[1]) + input[2] + input[0].slice(input[1] + 1);
        try {
          parsePublicKeyLine(text);
        } catch (error) {
          expect(isLedgerError(error, 'INVALID_KEY')).toBe(true);
        }
      }),
      { numRuns: 2000 },
    );
  });
});

describe('key blobs', () => {
  it('loads the same key once, and many keys in bounded memory', () => {
    const blob = Buffer.from(fixture('ed25519.pub').split(' ')[1] ?? '', 'base64');
    const first = loadPublicKey(blob);
    expect(loadPublicKey(new Uint8Array(blob))).toBe(first);
    for (let index = 0; index < 256; index += 1) loadPublicKey(blobOf(keyOfSeed(newSeed())));
    expect(loadPublicKey(blob)).not.toBe(first);
    expect(loadPublicKey(blob)).toEqual(first);
  });

  it('keeps a key that is in use, however many others are seen once', () => {
    const blob = Buffer.from(fixture('nistp256.pub').split(' ')[1] ?? '', 'base64');
    const first = loadPublicKey(blob);
    for (let index = 0; index < 600; index += 1) {
      loadPublicKey(blobOf(keyOfSeed(newSeed())));
      if (index % 100 === 0) expect(loadPublicKey(blob)).toBe(first);
    }
  });

  it('hands out keys that no caller can change', () => {
    expect(Object.isFrozen(parsePublicKeyLine(fixture('ed25519.pub')).key)).toBe(true);
  });

  it('refuses kinds of keys that do not sign here', () => {
    expect(() => blobOf(generateKeyPairSync('ed448').publicKey)).toThrow('got ED448');
    expect(() => blobOf(generateKeyPairSync('ec', { namedCurve: 'secp256k1' }).publicKey)).toThrow('secp256k1');
    expect(() => blobOf(generateKeyPairSync('ec', { namedCurve: 'brainpoolP256r1' }).publicKey)).toThrow(
      'brainpoolP256r1',
    );
  });

  it('is the key that other programs see', async () => {
    await inTempDir(async (dir) => {
      const { path, publicKey } = await makeKey(dir, ['-t', 'ecdsa', '-b', '384']);
      const pem = createPublicKey(await run('ssh-keygen', ['-e', '-m', 'PKCS8', '-f', `${path}.pub`]));
      const { key } = parsePublicKeyLine(publicKey);
      expect(blobOf(pem).toString('base64')).toBe(key.blob);
      const jwk: JsonWebKey = loadPublicKey(Buffer.from(key.blob, 'base64')).keyObject.export({ format: 'jwk' });
      expect(jwk).toEqual(pem.export({ format: 'jwk' }));
    });
  });
});
