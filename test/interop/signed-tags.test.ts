/** Signed tags of every key type, both ways: what git signs is read and verified here, what is signed here git accepts. */

/** Signed tags of every key type, both ways: what git signs is read and verified here, what is signed here git accepts. */

import fs, { chmodSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { openGitStore } from '../../src/git/open-repository.js';
import { sshVerifier } from '../../src/signing/verifier.js';
import { git, gitOutcome } from '../crash/real-git.mjs';
import { fixtureKey, fixtureSigner, OPERATOR, onDisk, plan } from './ledger-on-disk.js';

it.each(['ed25519', 'rsa-3072', 'nistp256', 'nistp384', 'nistp521'])('%s', async (key) => {
  await onDisk(async ({ dir, gitdir, ledger }) => {
    await ledger.recordCheckpoint({ moduleId: 'planner' }, plan('1'));
    const signer = await fixtureSigner(key);
    const file = join(dir, 'key');
    writeFileSync(file, fixtureKey(key));
    chmodSync(file, 0o600);
    const signers = join(dir, 'signers');
    writeFileSync(signers, `${OPERATOR} ${signer.publicKey.type} ${signer.publicKey.blob}\n`);
    const trusting = [
      '-c',
      'gpg.format=ssh',
      '-c',
      `user.signingKey=${file}`,
      '-c',
      `gpg.ssh.allowedSignersFile=${signers}`,
    ];

    await git(gitdir, [...trusting, 'tag', '-s', '-m', 'theirs\n\nA: b', 'trial/theirs', 'planner/v1']);
    const store = await openGitStore(fs, gitdir);
    const theirs = await store.readTag(await git(gitdir, ['rev-parse', 'trial/theirs']));
    expect(theirs).toMatchObject({
      object: await git(gitdir, ['rev-parse', 'planner/v1']),
      objectType: 'commit',
      name: 'trial/theirs',
      message: 'theirs\n\nA: b\n',
    });
    expect(sshVerifier.verify(theirs.payload, theirs.signature ?? '', 'theirs')).toEqual(signer.publicKey);

    const drafts = store.drafts();
    const identity = { name: 'ops', email: OPERATOR, seconds: 1_800_000_000 };
    const draft = { object: theirs.object, name: 'trial/ours', identity, message: 'ours\n' };
    const oid = await drafts.tag(draft, signer);
    writeFileSync(join(dir, 'tag'), drafts.reachable([oid])[0]?.data ?? '');
    expect(await git(gitdir, ['hash-object', '-w', '-t', 'tag', join(dir, 'tag')])).toBe(oid);
    await git(gitdir, ['update-ref', 'refs/tags/trial/ours', oid]);
    expect(gitOutcome(gitdir, [...trusting, 'verify-tag', 'trial/ours'])).toMatchObject({ status: 0 });
    const ours = await store.readTag(oid);
    expect(sshVerifier.verify(ours.payload, ours.signature ?? '', 'ours')).toEqual(signer.publicKey);
  });
});
