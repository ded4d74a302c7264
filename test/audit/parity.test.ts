/** git and the audit's verifier: what the one accepts the other accepts, with the ledger's own allowed_signers; and never does it accept more. */

import { spawnSync } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { isLedgerError } from '../../src/errors.js';
import { decodeCommit, decodeTag } from '../../src/git/object-codec.js';
import { sshVerifier } from '../../src/signing/verifier.js';
import { SshReader, sshArmour, sshMpint, sshString, sshUint32 } from '../../src/signing/wire.js';
import { GIT_ENVIRONMENT } from '../crash/real-git.mjs';
import { runs } from '../property/seed.js';
import type { Forge } from './forge.js';
import { goodLedger } from './good-ledger.js';

const place = goodLedger();

/** The file by which git verifies: what `git show ledger:allowed_signers` prints. */
function trust(forge: Forge): string {
  const path = join(forge.gitdir, 'signers-of-the-last-entry');
  writeFileSync(path, forge.git(['show', 'ledger:allowed_signers']).concat('\n'));
  return path;
}

interface Verdict {
  readonly good: boolean;
  readonly principal: string | null;
}

function gitVerdict(forge: Forge, signers: string, type: 'commit' | 'tag', oid: string): Verdict {
  const options = ['-c', 'gpg.format=ssh', '-c', `gpg.ssh.allowedSignersFile=${signers}`];
  const { status, stderr } = spawnSync('git', ['-C', forge.gitdir, ...options, `verify-${type}`, oid], {
    env: GIT_ENVIRONMENT,
    encoding: 'utf8',
  });
  return { good: status === 0, principal: /^Good "git" signature for (\S+) with/m.exec(stderr)?.[1] ?? null };
}

/** The fingerprint of who signed an object, by the audit's own reading; null where it does not accept it. */
function ownVerdict(type: 'commit' | 'tag', oid: string, data: Uint8Array): string | null {
  try {
    const { payload, signature } = type === 'commit' ? decodeCommit(oid, data) : decodeTag(oid, data);
    return signature === null ? null : sshVerifier.verify(payload, signature, 'it').fingerprint;
  } catch (error) {
    if (isLedgerError(error)) return null;
    throw error;
  }
}

describe('every signature that the audit accepts', () => {
  it('git accepts with the allowed_signers of the last entry, of each kind of key, retired and revoked ones included', async () => {
    const { forms, people } = place.get();
    expect((await place.audit(forms.ledger)).outcome).toBe('passed');
    const forge = place.copy('packed');
    const signers = trust(forge);
    const owners = new Map(Object.values(people).map((s) => [s.publicKey.fingerprint, s.principal]));
    const objects = [
      ...forge.journal().map((oid) => ['commit', oid] as const),
      ...[...forge.refs()]
        .filter(([ref]) => ref.startsWith('refs/tags/compat/'))
        .map(([, oid]) => ['tag', oid] as const),
    ];
    const seen = new Set<string>();
    for (const [type, oid] of objects) {
      const fingerprint = ownVerdict(type, oid, forge.read(oid));
      const principal = owners.get(fingerprint ?? '') ?? null;
      expect(gitVerdict(forge, signers, type, oid), `${type} ${oid}`).toEqual({ good: true, principal });
      seen.add(`${type} ${principal?.split('@')[0]}`);
    }
    const commits = ['ci', 'founder', 'lead', 'old', 'ops', 'thief'].map((name) => `commit ${name}`);
    expect([...seen].sort()).toEqual([...commits, 'tag ci', 'tag lead', 'tag ops', 'tag thief']);
  });
});

/** One small change of a text. */
const change = fc.oneof(
  fc.record({ at: fc.nat(), flip: fc.integer({ min: 1, max: 255 }) }).map(({ at, flip }) => (bytes: Buffer) => {
    const copy = Buffer.from(bytes);
    copy[at % copy.length] = (copy[at % copy.length] ?? 0) ^ flip;
    return copy;
  }),
  fc.record({ at: fc.nat(), count: fc.integer({ min: 1, max: 4 }) }).map(({ at, count }) => (bytes: Buffer) => {
    const start = at % bytes.length;
    return Buffer.concat([bytes.subarray(0, start), bytes.subarray(start + count)]);
  }),
  fc
    .record({
      line: fc.nat(),
      text: fc.constantFrom(
        '',
        ' ',
        'encoding latin1',
        'mergetag x',
        'gpgsig x',
        'gpgsig-sha256 x',
        '\r',
        '-----BEGIN SSH SIGNATURE-----',
        ' -----END SSH SIGNATURE-----',
      ),
    })
    .map(({ line, text }) => (bytes: Buffer) => {
      const lines = bytes.toString('latin1').split('\n');
      lines.splice(line % lines.length, 0, text);
      return Buffer.from(lines.join('\n'), 'latin1');
    }),
  fc
    .record({ line: fc.nat(), end: fc.constantFrom(' ', '\t', '\r', '=', '\0') })
    .map(({ line, end }) => (bytes: Buffer) => {
      const lines = bytes.toString('latin1').split('\n');
      lines[line % lines.length] += end;
      return Buffer.from(lines.join('\n'), 'latin1');
    }),
);

describe.each(['commit', 'tag'] as const)('a signed %s with a change in it', (type) => {
  it('is never accepted by the audit where git rejects it', () => {
    const forge = place.copy('packed');
    const signers = trust(forge);
    const oid = type === 'commit' ? forge.tip : forge.ref('refs/tags/compat/planner/2-3/4');
    const good = forge.read(oid);
    let accepted = 0;
    fc.assert(
      fc.property(fc.array(change, { minLength: 1, maxLength: 2 }), (changes) => {
        const bytes = changes.reduce((before, next) => next(before), Buffer.from(good));
        if (bytes.equals(good) || bytes.length === 0) return;
        const changed = forge.write(type, bytes);
        if (ownVerdict(type, changed, bytes) === null) return;
        accepted += 1;
        expect(gitVerdict(forge, signers, type, changed).good).toBe(true);
      }),
      runs(2000),
    );
    // What passes at all must be as good as the original: the same signed text, the same signature.
    expect(accepted).toBe(0);
  });
});

/** The order of the group of nistp256 (FIPS 186-4, D.1.2.3). */
const P256_ORDER = 0xffffffff00000000ffffffffffffffffbce6faada7179e84f3b9cac2fc632551n;

/** The other signature that an ECDSA signature gives away: (r, n - s) in place of (r, s). */
function twin(armoured: string): string {
  const [, body = ''] = /-----\n([\s\S]*)-----END/.exec(armoured) ?? [];
  const reader = new SshReader(Buffer.from(body, 'base64'), 'signature');
  const magic = reader.take(6, 'preamble');
  const version = sshUint32(reader.uint32('version'));
  const fields = ['key', 'namespace', 'reserved', 'hash'].map((name) => reader.string(name));
  const signature = new SshReader(reader.string('signature'), 'signature');
  const scheme = signature.string('scheme');
  const numbers = new SshReader(signature.string('numbers'), 'numbers');
  const [r, s] = [numbers.mpint('r'), BigInt(`0x${numbers.mpint('s').toString('hex')}`)];
  const other = Buffer.from((P256_ORDER - s).toString(16).padStart(64, '0'), 'hex');
  const blob = [scheme, Buffer.concat([sshMpint(r), sshMpint(other)])].map(sshString);
  return sshArmour(
    'SSH SIGNATURE',
    Buffer.concat([magic, version, ...[...fields, Buffer.concat(blob)].map(sshString)]),
  );
}

it('both accept the other signature that ECDSA has; as the last entry it is another one than the pin’s', async () => {
  const { pin } = place.get();
  const forge = place.copy('ledger');
  const signers = trust(forge);
  const armour = decodeCommit(forge.tip, forge.read(forge.tip)).signature ?? '';
  const header = (text: string) => text.trimEnd().replaceAll('\n', '\n ');
  const other = forge.changed(forge.tip, 'commit', (text) => text.replace(header(armour), () => header(twin(armour))));
  expect(other).not.toBe(forge.tip);
  expect(gitVerdict(forge, signers, 'commit', other).good).toBe(true);
  expect(ownVerdict('commit', other, forge.read(other))).not.toBeNull();
  forge.setRef('refs/heads/ledger', other);
  expect((await place.audit(forge.gitdir)).outcome).toBe('passed');
  const pinned = await place.audit(forge.gitdir, { pin });
  expect(pinned.outcome).toBe('failed');
  expect(pinned.steps.find((s) => s.name === 'pin')?.problems[0]?.message).toMatch(/the journal was forked/);
});
