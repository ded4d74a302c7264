/** git itself as the oracle: it accepts what is signed here, and what it signs verifies here. */

import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { isLedgerError } from '../../src/errors.js';
import { sshSigner } from '../../src/signing/signer.js';
import { parsePublicKeyLine } from '../../src/signing/ssh-public-key.js';
import { sshVerifier } from '../../src/signing/verifier.js';
import { inTempDir, KEY_TYPES, makeKey, run } from '../signing/ssh-keygen.js';

const EMPTY_TREE = '4b825dc642cb6eb9a060e54bf8d69288fbee4904';
const BEGIN = '-----BEGIN SSH SIGNATURE-----\n';

interface Repository {
  readonly git: (args: readonly string[], input?: string) => Promise<string>;
  readonly privateKey: string;
  readonly publicKey: string;
}

/** A repository that signs with, and trusts, one new key. */
async function withRepository(type: readonly string[], body: (repository: Repository) => Promise<void>): Promise<void> {
  await inTempDir(async (dir) => {
    const { path, privateKey, publicKey } = await makeKey(dir, type);
    const signers = join(dir, 'signers');
    await writeFile(signers, `ada namespaces="git" ${publicKey}`);
    const settings = { 'gpg.format': 'ssh', 'user.signingKey': path, 'gpg.ssh.allowedSignersFile': signers };
    const options = Object.entries(settings).flatMap(([name, value]) => ['-c', `${name}=${value}`]);
    const git = async (args: readonly string[], input = '') =>
      run('git', ['-C', join(dir, 'repository'), ...options, ...args], input);
    await run('git', ['init', '-q', join(dir, 'repository')]);
    await git(['hash-object', '-w', '-t', 'tree', '--stdin']);
    await body({ git, privateKey, publicKey });
  });
}

/** The payload and the signature of a raw commit: the `gpgsig` header is taken out, its continuation lines joined. */
function splitCommit(raw: string): { payload: string; signature: string } {
  const [header = ''] = /^gpgsig .*\n(?: .*\n)*/m.exec(raw) ?? [];
  return { payload: raw.replace(header, ''), signature: header.replace(/^gpgsig /, '').replaceAll('\n ', '\n') };
}

function splitTag(raw: string): { payload: string; signature: string } {
  const at = raw.lastIndexOf(`\n${BEGIN}`) + 1;
  return { payload: raw.slice(0, at), signature: raw.slice(at) };
}

describe.each(KEY_TYPES)('git and %s', (_, type) => {
  it('accept each other on commits', async () => {
    await withRepository(type, async ({ git, privateKey, publicKey }) => {
      const signer = await sshSigner({ privateKey, principal: 'ada' });
      const who = 'Ada <ada@example.org> 1700000000 +0000';
      const payload = `tree ${EMPTY_TREE}\nauthor ${who}\ncommitter ${who}\n\nmessage\n`;
      const signature = await signer.sign(Buffer.from(payload));
      const header = `gpgsig ${signature.trimEnd().replaceAll('\n', '\n ')}\n`;
      const ours = await git(
        ['hash-object', '-t', 'commit', '-w', '--stdin'],
        payload.replace('\n\n', `\n${header}\n`),
      );
      await git(['verify-commit', ours.trim()]);
      expect(splitCommit(await git(['cat-file', 'commit', ours.trim()]))).toEqual({ payload, signature });

      await git(['commit', '-q', '-S', '--allow-empty', '-m', 'theirs']);
      const theirs = splitCommit(await git(['cat-file', 'commit', 'HEAD']));
      const { key } = parsePublicKeyLine(publicKey);
      expect(sshVerifier.verify(Buffer.from(theirs.payload), theirs.signature, 'HEAD')).toEqual(key);
    });
  });

  it('accept each other on tags', async () => {
    await withRepository(type, async ({ git, privateKey, publicKey }) => {
      await git(['commit', '-q', '--allow-empty', '-m', 'first']);
      const head = (await git(['rev-parse', 'HEAD'])).trim();
      const signer = await sshSigner({ privateKey, principal: 'ada' });
      const payload = `object ${head}\ntype commit\ntag ours\ntagger Ada <ada@example.org> 1700000000 +0000\n\nours\n`;
      const signature = await signer.sign(Buffer.from(payload));
      const ours = await git(['hash-object', '-t', 'tag', '-w', '--stdin'], payload + signature);
      await git(['update-ref', 'refs/tags/ours', ours.trim()]);
      await git(['verify-tag', 'ours']);
      expect(splitTag(await git(['cat-file', 'tag', 'ours']))).toEqual({ payload, signature });

      await git(['tag', '-s', '-m', 'theirs', 'theirs']);
      const theirs = splitTag(await git(['cat-file', 'tag', 'theirs']));
      const { key } = parsePublicKeyLine(publicKey);
      expect(sshVerifier.verify(Buffer.from(theirs.payload), theirs.signature, 'theirs')).toEqual(key);
    });
  });
});

it('refuse the same altered commit and tag', async () => {
  await withRepository(['-t', 'ed25519'], async ({ git }) => {
    await git(['commit', '-q', '-S', '--allow-empty', '-m', 'message']);
    const commit = await git(['cat-file', 'commit', 'HEAD']);
    const altered = commit.replace(/message\n$/, 'massage\n');
    const commitOid = (await git(['hash-object', '-t', 'commit', '-w', '--stdin'], altered)).trim();
    await expect(git(['verify-commit', commitOid])).rejects.toThrow();

    await git(['tag', '-s', '-m', 'message', 'v1']);
    const tag = (await git(['cat-file', 'tag', 'v1'])).replace('tag v1\n', 'tag v2\n');
    const tagOid = (await git(['hash-object', '-t', 'tag', '-w', '--stdin'], tag)).trim();
    await expect(git(['verify-tag', tagOid])).rejects.toThrow();

    for (const { payload, signature } of [splitCommit(altered), splitTag(tag)]) {
      let refused = false;
      try {
        sshVerifier.verify(Buffer.from(payload), signature, 'it');
      } catch (error) {
        refused = isLedgerError(error, 'BAD_SIGNATURE');
      }
      expect(refused).toBe(true);
    }
  });
});
