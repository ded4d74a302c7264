import { readFileSync } from 'node:fs';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { inspect } from 'node:util';
import { describe, expect, it } from 'vitest';
import { isLedgerError } from '../../src/errors.js';
import { assertPrincipal } from '../../src/model/principal.js';
import { ephemeralSigner, generateKey, sshSigner } from '../../src/signing/signer.js';
import { parsePublicKeyLine } from '../../src/signing/ssh-public-key.js';
import { sshVerifier } from '../../src/signing/verifier.js';
import { inTempDir, run, sshSign, sshVerify } from './ssh-keygen.js';

const fixture = (name: string) => readFileSync(new URL(`../../fixtures/keys/${name}`, import.meta.url), 'utf8');
const PAYLOAD = Buffer.from('payload\n');

describe('generateKey', () => {
  it.each([undefined, 'ada', 'ada@example.org, äöü', 'x'.repeat(7)])(
    'makes a key that ssh-keygen uses, comment %j',
    async (comment) => {
      await inTempDir(async (dir) => {
        const { privateKey, publicKey } = comment === undefined ? generateKey() : generateKey({ comment });
        const path = join(dir, 'key');
        await writeFile(path, privateKey, { mode: 0o600 });
        expect((await run('ssh-keygen', ['-y', '-f', path])).trimEnd()).toBe(publicKey);
        const { key, comment: read } = parsePublicKeyLine(publicKey);
        expect(read).toBe(comment ?? '');
        expect(sshVerifier.verify(PAYLOAD, await sshSign(path, PAYLOAD), 'it')).toEqual(key);
        const signer = await sshSigner({ privateKey, principal: 'ada' });
        expect(signer.publicKey).toEqual(key);
        await sshVerify(dir, publicKey, PAYLOAD, await signer.sign(PAYLOAD));
        // ssh-keygen rewrites what it has read, so both write the same but for the random check numbers.
        await run('ssh-keygen', ['-q', '-p', '-P', '', '-N', '', '-f', path]);
        const unkeyed = (text: string) => {
          const bytes = Buffer.from(text.split('\n').slice(1, -2).join(''), 'base64');
          return bytes.fill(0, 98, 106);
        };
        expect(unkeyed(readFileSync(path, 'utf8'))).toEqual(unkeyed(privateKey));
        expect(readFileSync(path, 'utf8').length).toBe(privateKey.length);
      });
    },
  );

  it('makes another key each time', () => {
    expect(generateKey().publicKey).not.toBe(generateKey().publicKey);
  });

  it.each(['a\nb', 'a\0', '\u007f', '\r'])('refuses the comment %j', (comment) => {
    expect(() => generateKey({ comment })).toThrow(/comment: expected text without control characters/);
  });
});

describe('principals', () => {
  it.each(['a', 'ada', 'ada@example.org', 'A-1_b+c.d', '0', 'a'.repeat(128)])('accepts %j', (principal) => {
    assertPrincipal(principal);
  });

  it.each(['', 'a'.repeat(129), '-a', '.a', '@a', 'a b', 'a,b', 'a*', '!a', 'a"', 'ä', 'a\n', 'a\tb', '#a'])(
    'refuses %j',
    async (principal) => {
      const { privateKey } = generateKey();
      for (const attempt of [sshSigner({ privateKey, principal }), ephemeralSigner(principal)]) {
        const error: unknown = await attempt.catch((reason: unknown) => reason);
        if (!isLedgerError(error, 'INVALID_PRINCIPAL')) throw new Error('accepted');
        expect(error.data.issues).toHaveLength(1);
        expect(error.hint).toContain('ops@example.org');
      }
    },
  );

  it('refuses what is no text', () => {
    expect(() => assertPrincipal(undefined as unknown as string)).toThrow('got undefined');
  });
});

describe('signers', () => {
  it('sign as their principal with their key', async () => {
    const signer = await sshSigner({ privateKey: Buffer.from(fixture('ed25519')), principal: 'ada' });
    expect(signer.principal).toBe('ada');
    const signature = await signer.sign(PAYLOAD);
    expect(signature).toMatch(/^-----BEGIN SSH SIGNATURE-----\n[A-Za-z0-9+/=\n]*[^\n]\n-----END SSH SIGNATURE-----\n$/);
    expect(sshVerifier.verify(PAYLOAD, signature, 'it')).toEqual(signer.publicKey);
  });

  it('reject a key or passphrase that does not serve', async () => {
    const code = async (options: { privateKey: string; passphrase?: string }) =>
      sshSigner({ principal: 'ada', ...options }).then(
        () => 'accepted',
        (error: unknown) => (isLedgerError(error) ? error.code : error),
      );
    const privateKey = fixture('ed25519-encrypted');
    expect(await code({ privateKey, passphrase: 'correct horse battery staple' })).toBe('accepted');
    expect(await code({ privateKey, passphrase: 'wrong' })).toBe('INVALID_PASSPHRASE');
    expect(await code({ privateKey, passphrase: '' })).toBe('INVALID_PASSPHRASE');
    expect(await code({ privateKey })).toBe('INVALID_PASSPHRASE');
    expect(await code({ privateKey: 'x' })).toBe('INVALID_KEY');
  });

  it('never show their private half', async () => {
    const signer = await ephemeralSigner('trial');
    expect(Object.keys(signer)).toEqual(['principal', 'publicKey', 'sign']);
    expect(inspect(signer, { depth: 9, showHidden: true })).not.toMatch(/private/i);
    expect(Object.isFrozen(signer)).toBe(true);
  });

  it('that are ephemeral have a key of their own, which ssh-keygen accepts', async () => {
    await inTempDir(async (dir) => {
      const [one, two] = [await ephemeralSigner('one'), await ephemeralSigner('two')];
      expect(one.publicKey.fingerprint).not.toBe(two.publicKey.fingerprint);
      await sshVerify(dir, `${one.publicKey.type} ${one.publicKey.blob}`, PAYLOAD, await one.sign(PAYLOAD));
    });
  });
});
