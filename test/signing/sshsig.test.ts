import { createHash, sign } from 'node:crypto';
import { readFileSync } from 'node:fs';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { isLedgerError } from '../../src/errors.js';
import { type PrivateKey, parsePrivateKey } from '../../src/signing/private-key.js';
import { signData } from '../../src/signing/signature.js';
import { signSshsig, verifySshsig } from '../../src/signing/sshsig.js';
import { sshVerifier } from '../../src/signing/verifier.js';
import { SshReader, sshArmour, sshMpint, sshString, sshUint32 } from '../../src/signing/wire.js';
import { inTempDir, KEY_TYPES, makeKey, sshSign, sshVerify } from './ssh-keygen.js';

const fixture = (name: string) => readFileSync(new URL(`../../fixtures/keys/${name}`, import.meta.url), 'utf8');
const PAYLOAD = Buffer.from('object 1234\ntype commit\n\nmessage\n');
const NAMES = ['ed25519', 'rsa-3072', 'nistp256', 'nistp384', 'nistp521'];
const KEYS = new Map(NAMES.map((name) => [name, parsePrivateKey(fixture(name))]));
const dearmour = (text: string) => Buffer.from(text.split('\n').slice(1, -2).join(''), 'base64');

function keyNamed(name: string): PrivateKey {
  const key = KEYS.get(name);
  if (key === undefined) throw new Error(name);
  return key;
}

function refusal(payload: Uint8Array, signature: string): string {
  try {
    sshVerifier.verify(payload, signature, 'tag v1');
  } catch (error) {
    if (isLedgerError(error, 'BAD_SIGNATURE')) {
      expect(error.data.what).toBe('tag v1');
      expect(error.message).toBe(`tag v1: ${error.data.reason}`);
      expect(error.family).toBe('refused');
      return error.data.reason;
    }
    throw error;
  }
  throw new Error('accepted');
}

interface Parts {
  version: number;
  blob: Buffer;
  namespace: string;
  reserved: string;
  hash: string;
  signature: Buffer;
}

/** The parts of a valid signature, with some of them exchanged, as armour. */
function forged(key: PrivateKey, changes: Partial<Parts>): string {
  const reader = new SshReader(dearmour(signSshsig(key, PAYLOAD, 'git')), 'x');
  reader.take(6, 'preamble');
  const valid: Parts = {
    version: reader.uint32('version'),
    blob: reader.string('key'),
    namespace: reader.name('namespace'),
    reserved: reader.name('reserved'),
    hash: reader.name('hash'),
    signature: reader.string('signature'),
  };
  const { version, blob, namespace, reserved, hash, signature } = { ...valid, ...changes };
  const strings = [blob, namespace, reserved, hash, signature].map(sshString);
  return sshArmour('SSH SIGNATURE', Buffer.concat([Buffer.from('SSHSIG'), sshUint32(version), ...strings]));
}

function signedData(namespace: string, reserved: string, hash: string): Buffer {
  const digest = createHash(hash).update(PAYLOAD).digest();
  return Buffer.concat([Buffer.from('SSHSIG'), ...[namespace, reserved, hash, digest].map(sshString)]);
}

/** Whether the real ssh-keygen accepts it. */
async function opensshAccepts(name: string, signature: string): Promise<boolean> {
  return inTempDir((dir) =>
    sshVerify(dir, fixture(`${name}.pub`), PAYLOAD, signature).then(
      () => true,
      () => false,
    ),
  );
}

describe.each(KEY_TYPES)('ssh-keygen and %s', (_, type) => {
  it('accept each other, whatever the hash and however the last line falls', async () => {
    await inTempDir(async (dir) => {
      const { path, privateKey, publicKey } = await makeKey(dir, type);
      const key = parsePrivateKey(privateKey);
      for (const namespace of ['git', 'file', 'a'.repeat(20), 'b'.repeat(33)]) {
        await sshVerify(dir, publicKey, PAYLOAD, signSshsig(key, PAYLOAD, namespace), namespace);
        for (const hash of ['sha256', 'sha512']) {
          const theirs = await sshSign(path, PAYLOAD, namespace, ['-O', `hashalg=${hash}`]);
          expect(verifySshsig(PAYLOAD, theirs, namespace, 'it')).toEqual(key.publicKey);
        }
      }
    });
  });
});

describe.each(NAMES)('refusals with %s', (name) => {
  const key = keyNamed(name);
  const valid = signSshsig(key, PAYLOAD, 'git');

  it('accepts what it signed, again and again', () => {
    // ECDSA numbers start with a zero byte in 1 of 256 cases.
    for (let index = 0; index < (name === 'rsa-3072' ? 30 : 600); index += 1) {
      const payload = Buffer.from(`${index}\n`);
      expect(sshVerifier.verify(payload, signSshsig(key, payload, 'git'), 'it')).toEqual(key.publicKey);
    }
  });

  it('refuses another payload', () => {
    for (const payload of ['', ' ', `${PAYLOAD}\n`, PAYLOAD.toString().trimEnd(), PAYLOAD.toString().toUpperCase()]) {
      expect(refusal(Buffer.from(payload), valid)).toContain('over this content');
    }
  });

  it('refuses another namespace', () => {
    expect(refusal(PAYLOAD, signSshsig(key, PAYLOAD, 'file'))).toContain('expected the namespace "git", got "file"');
    expect(refusal(PAYLOAD, forged(key, { namespace: 'git ' }))).toContain('namespace');
    const relabelled = forged(key, {
      signature: signData(key.publicKey.type, key.keyObject, signedData('file', '', 'sha512')),
    });
    expect(refusal(PAYLOAD, relabelled)).toContain('over this content');
  });

  it('refuses every truncation and every flipped bit', () => {
    const bytes = dearmour(valid);
    for (let length = 0; length < bytes.length; length += 1) {
      refusal(PAYLOAD, sshArmour('SSH SIGNATURE', bytes.subarray(0, length)));
    }
    for (let at = 0; at < bytes.length; at += 1) {
      const changed = Buffer.from(bytes);
      changed.writeUInt8((changed[at] ?? 0) ^ (1 << (at % 8)), at);
      refusal(PAYLOAD, sshArmour('SSH SIGNATURE', changed));
    }
    for (let length = 0; length < valid.length; length += 1) refusal(PAYLOAD, valid.slice(0, length));
  });

  it('refuses every other armour', () => {
    const base64 = dearmour(valid).toString('base64');
    const armour = (body: string) => `-----BEGIN SSH SIGNATURE-----\n${body}\n-----END SSH SIGNATURE-----\n`;
    const wrapped = (columns: number) => armour((base64.match(new RegExp(`.{1,${columns}}`, 'g')) ?? []).join('\n'));
    expect(wrapped(70)).toBe(valid);
    const others = [
      wrapped(69),
      wrapped(76),
      armour(base64),
      valid.replaceAll('\n', '\r\n'),
      valid.trimEnd(),
      `${valid}\n`,
      `\n${valid}`,
      ` ${valid}`,
      valid.repeat(2),
      `${valid}-----END SSH SIGNATURE-----\n`,
      valid.replace('\n', ' \n'),
      valid.replace('\n', '\n\n'),
      valid.replace('\n-----END', ' \n-----END'),
      valid.replace('\n-----END', '\n\n-----END'),
      valid.replace('\n-----END', '=\n-----END'),
      valid.replace('\n-----END', '\nAAAA\n-----END'),
      valid.replace('SSH SIGNATURE', 'SSH SIGNATURe'),
      valid.replaceAll('SSH SIGNATURE', 'PGP SIGNATURE'),
      valid.replace('U1NI', 'U1N!I'),
      '',
    ];
    for (const other of others) expect(refusal(PAYLOAD, other)).toMatch(/armour|to start with/);
  });

  it('refuses bytes after the signature, inside and outside', () => {
    const inner = new SshReader(dearmour(valid), 'x');
    inner.take(10, 'preamble');
    const signature = ['key', 'namespace', 'reserved', 'hash', 'signature'].map((field) => inner.string(field)).at(-1);
    const longer = Buffer.concat([signature ?? Buffer.alloc(0), Buffer.alloc(1)]);
    expect(refusal(PAYLOAD, forged(key, { signature: longer }))).toContain('expected the end');
    const outside = sshArmour('SSH SIGNATURE', Buffer.concat([dearmour(valid), Buffer.alloc(1)]));
    expect(refusal(PAYLOAD, outside)).toContain('expected the end');
  });

  it('refuses another key and another scheme', () => {
    for (const other of NAMES.filter((candidate) => candidate !== name)) {
      refusal(PAYLOAD, forged(key, { blob: Buffer.from(keyNamed(other).publicKey.blob, 'base64') }));
    }
    for (const scheme of ['ssh-rsa', 'ssh-dss', 'rsa-sha2-512-cert-v01@openssh.com', '']) {
      const signature = Buffer.concat([sshString(scheme), sshString(Buffer.alloc(64, 1))]);
      expect(refusal(PAYLOAD, forged(key, { signature }))).toContain('scheme');
    }
  });
});

describe('stricter than ssh-keygen', () => {
  const key = keyNamed('ed25519');

  it('refuses base64 with bits beyond the end', () => {
    // An Ed25519 signature in this namespace ends in `=`: two bits of the last character are not used.
    const valid = signSshsig(key, PAYLOAD, 'git');
    const [, last = ''] = /([^=])=\n-----END/.exec(valid) ?? [];
    const alphabet = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/';
    const other = alphabet[alphabet.indexOf(last) + 1] ?? '';
    const changed = valid.replace(/.=\n-----END/, `${other}=\n-----END`);
    expect(changed).not.toBe(valid);
    expect(dearmour(changed)).toEqual(dearmour(valid));
    expect(refusal(PAYLOAD, changed)).toContain('armour');
  });

  it('refuses a reserved field, which ssh-keygen lets anyone fill in', async () => {
    const filled = forged(key, { reserved: 'anything' });
    expect(await opensshAccepts('ed25519', filled)).toBe(true);
    expect(refusal(PAYLOAD, filled)).toContain('expected the reserved field ""');
    const signature = signData('ssh-ed25519', key.keyObject, signedData('git', 'anything', 'sha512'));
    expect(refusal(PAYLOAD, forged(key, { reserved: 'anything', signature }))).toContain('reserved');
  });

  it('refuses another version, which ssh-keygen lets anyone lower', async () => {
    expect(await opensshAccepts('ed25519', forged(key, { version: 0 }))).toBe(true);
    for (const version of [0, 2, 0xffffffff]) {
      expect(refusal(PAYLOAD, forged(key, { version }))).toContain(`expected version 1, got ${version}`);
    }
  });

  it('refuses an RSA signature that lost its leading zero byte', async () => {
    const rsa = keyNamed('rsa-3072');
    const data = (payload: string) =>
      Buffer.concat([
        Buffer.from('SSHSIG'),
        ...['git', '', 'sha512', createHash('sha512').update(payload).digest()].map(sshString),
      ]);
    const bytesOf = (blob: Buffer) => {
      const reader = new SshReader(blob, 'x');
      reader.name('scheme');
      return reader.string('signature');
    };
    let payload = '';
    for (let index = 0; payload === ''; index += 1) {
      if (bytesOf(signData('ssh-rsa', rsa.keyObject, data(`${index}\n`)))[0] === 0) payload = `${index}\n`;
    }
    const full = signSshsig(rsa, Buffer.from(payload), 'git');
    expect(sshVerifier.verify(Buffer.from(payload), full, 'it')).toEqual(rsa.publicKey);
    const short = bytesOf(signData('ssh-rsa', rsa.keyObject, data(payload))).subarray(1);
    const cut = forged(rsa, { signature: Buffer.concat([sshString('rsa-sha2-512'), sshString(short)]) });
    await inTempDir((dir) => sshVerify(dir, fixture('rsa-3072.pub'), Buffer.from(payload), cut));
    expect(refusal(Buffer.from(payload), cut)).toContain('expected 384 bytes, got 383');
  });
});

describe('as ssh-keygen does', () => {
  it('accepts rsa-sha2-256 and refuses SHA-1', async () => {
    const rsa = keyNamed('rsa-3072');
    const withHash = (scheme: string, hash: string) =>
      forged(rsa, {
        signature: Buffer.concat([scheme, sign(hash, signedData('git', '', 'sha512'), rsa.keyObject)].map(sshString)),
      });
    const sha256 = withHash('rsa-sha2-256', 'sha256');
    expect(await opensshAccepts('rsa-3072', sha256)).toBe(true);
    expect(sshVerifier.verify(PAYLOAD, sha256, 'it')).toEqual(rsa.publicKey);
    const sha1 = withHash('ssh-rsa', 'sha1');
    expect(await opensshAccepts('rsa-3072', sha1)).toBe(false);
    expect(refusal(PAYLOAD, sha1)).toContain('got "ssh-rsa"');
  });

  it('refuses other message hashes', () => {
    const key = keyNamed('ed25519');
    for (const hash of ['sha1', 'md5', 'sha384']) {
      const signature = signData('ssh-ed25519', key.keyObject, signedData('git', '', hash));
      expect(refusal(PAYLOAD, forged(key, { hash, signature }))).toContain(`"sha512" or "sha256", got "${hash}"`);
    }
    expect(refusal(PAYLOAD, forged(key, { hash: '' }))).toContain('message hash');
  });

  it('accepts both forms of an ECDSA signature: the scheme has two', async () => {
    const key = keyNamed('nistp256');
    const order = 0xffffffff00000000ffffffffffffffffbce6faada7179e84f3b9cac2fc632551n;
    const outer = new SshReader(signData(key.publicKey.type, key.keyObject, signedData('git', '', 'sha512')), 'x');
    const scheme = outer.name('scheme');
    const inner = new SshReader(outer.string('signature'), 'x');
    const r = inner.mpint('r');
    const s = (order - BigInt(`0x${inner.mpint('s').toString('hex')}`)).toString(16).padStart(64, '0');
    const pair = Buffer.concat([sshMpint(r), sshMpint(Buffer.from(s, 'hex'))]);
    const mirrored = forged(key, { signature: Buffer.concat([sshString(scheme), sshString(pair)]) });
    expect(await opensshAccepts('nistp256', mirrored)).toBe(true);
    expect(sshVerifier.verify(PAYLOAD, mirrored, 'it')).toEqual(key.publicKey);
  });

  it('refuses bytes after the numbers of an ECDSA signature', () => {
    const key = keyNamed('nistp256');
    const outer = new SshReader(signData(key.publicKey.type, key.keyObject, signedData('git', '', 'sha512')), 'x');
    const [scheme, pair] = [outer.name('scheme'), outer.string('signature')];
    const inner = Buffer.concat([pair, Buffer.alloc(1)]);
    const signature = Buffer.concat([sshString(scheme), sshString(inner)]);
    expect(refusal(PAYLOAD, forged(key, { signature }))).toContain('expected the end, got 1 more bytes');
  });

  it('refuses ECDSA numbers that are zero, too long, or not in their shortest form', () => {
    const key = keyNamed('nistp256');
    const one = sshMpint(Buffer.of(1));
    const pairs = [
      Buffer.concat([sshMpint(Buffer.alloc(0)), one]),
      Buffer.concat([one, sshMpint(Buffer.alloc(0))]),
      Buffer.concat([sshMpint(Buffer.alloc(33, 1)), one]),
      Buffer.concat([sshString(Buffer.of(0, 1)), one]),
      Buffer.concat([one, one, Buffer.alloc(1)]),
      one,
    ];
    for (const pair of pairs) {
      refusal(PAYLOAD, forged(key, { signature: Buffer.concat([sshString(key.publicKey.type), sshString(pair)]) }));
    }
  });

  it('refuses security keys, certificates and DSA', () => {
    const key = keyNamed('ed25519');
    const point = sshString(Buffer.alloc(32, 1));
    const blobs: [Buffer, string][] = [
      [Buffer.concat([sshString('sk-ssh-ed25519@openssh.com'), point, sshString('ssh:')]), 'security-key'],
      [Buffer.concat([sshString('ssh-ed25519-cert-v01@openssh.com'), point, point]), 'certificate'],
      [Buffer.from(fixture('refused-dsa.pub').split(' ')[1] ?? '', 'base64'), 'DSA'],
    ];
    for (const [blob, kind] of blobs) expect(refusal(PAYLOAD, forged(key, { blob }))).toContain(kind);
  });
});

describe('whatever comes in', () => {
  const valid = NAMES.map((name) => signSshsig(keyNamed(name), PAYLOAD, 'git'));
  const blobs = valid.map(dearmour);
  const orderly = (payload: Uint8Array, signature: string) => {
    if (payload !== PAYLOAD || !valid.includes(signature)) refusal(payload, signature);
  };

  it('refuses random bytes and text', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 300 }), fc.string({ unit: 'binary' }), (bytes, text) => {
        orderly(PAYLOAD, sshArmour('SSH SIGNATURE', bytes));
        orderly(PAYLOAD, sshArmour('SSH SIGNATURE', Buffer.concat([Buffer.from('SSHSIG\0\0\0\x01'), bytes])));
        orderly(PAYLOAD, text);
        orderly(bytes, valid[0] ?? '');
      }),
      { numRuns: 500 },
    );
  });

  it('refuses valid signatures with bytes exchanged, inserted or removed', () => {
    const edits = fc.array(fc.record({ at: fc.nat(900), remove: fc.nat(6), insert: fc.uint8Array({ maxLength: 6 }) }), {
      minLength: 1,
      maxLength: 4,
    });
    fc.assert(
      fc.property(fc.constantFrom(...blobs), edits, (blob, changes) => {
        let bytes: Buffer = blob;
        for (const { at, remove, insert } of changes) {
          const start = at % (bytes.length + 1);
          bytes = Buffer.concat([bytes.subarray(0, start), insert, bytes.subarray(start + remove)]);
        }
        orderly(PAYLOAD, sshArmour('SSH SIGNATURE', bytes));
      }),
      { numRuns: 3000 },
    );
  });

  it('refuses valid armour with characters exchanged', () => {
    fc.assert(
      fc.property(
        fc.constantFrom(...valid),
        fc.nat(2000),
        fc.string({ maxLength: 4, unit: 'binary' }),
        (text, at, put) => {
          const start = at % text.length;
          orderly(PAYLOAD, text.slice(0, start) + put + text.slice(start + put.length));
          orderly(PAYLOAD, text.slice(0, start) + put + text.slice(start));
        },
      ),
      { numRuns: 3000 },
    );
  });

  it('refuses strange RSA keys without a crash', () => {
    const arbitrary = fc.tuple(
      fc.uint8Array({ minLength: 1, maxLength: 8 }),
      fc.uint8Array({ minLength: 256, maxLength: 260 }),
    );
    fc.assert(
      fc.property(arbitrary, fc.uint8Array({ minLength: 256, maxLength: 260 }), ([e, n], bytes) => {
        const blob = Buffer.concat([sshString('ssh-rsa'), sshMpint(e), sshMpint(n)]);
        const signature = Buffer.concat([sshString('rsa-sha2-512'), sshString(bytes)]);
        refusal(PAYLOAD, forged(keyNamed('ed25519'), { blob, signature }));
      }),
      { numRuns: 500 },
    );
  });
});
