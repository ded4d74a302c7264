import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { agentSigner, isLedgerError, parsePublicKeyLine, sshSigner } from '../../src/index.js';
import { sshVerifier } from '../../src/signing/verifier.js';
import { sshString, sshUint32 } from '../../src/signing/wire.js';
import { fakeAgent, startAgent } from './ssh-agent.js';
import { inTempDir, KEY_TYPES, makeKey, sshVerify } from './ssh-keygen.js';

const PAYLOAD = Buffer.from('tree 0\n\nwhat a commit signs\n');

async function withAgent(body: (dir: string, agent: Awaited<ReturnType<typeof startAgent>>) => Promise<void>) {
  await inTempDir(async (dir) => {
    const agent = await startAgent(dir);
    try {
      await body(dir, agent);
    } finally {
      await agent.stop();
    }
  });
}

async function refused(call: Promise<unknown>) {
  const error = await call.then(
    () => null,
    (thrown: unknown) => thrown,
  );
  if (!isLedgerError(error)) throw new Error(`expected a LedgerError, got ${String(error)}`);
  expect(error.hint).not.toBe('');
  return error;
}

test.each(KEY_TYPES)('an agent signs with a key of type %s as ssh-keygen and we want it', async (_, type) => {
  await withAgent(async (dir, agent) => {
    const key = await makeKey(dir, type);
    await agent.add('-q', key.path);
    const { key: publicKey } = parsePublicKeyLine(key.publicKey);
    const { socketPath } = agent;
    for (const which of [{ publicKey }, { fingerprint: publicKey.fingerprint }]) {
      const signer = await agentSigner({ socketPath, principal: 'ada', ...which });
      expect(signer.publicKey).toEqual(publicKey);
      const signature = await signer.sign(PAYLOAD);
      expect(sshVerifier.verify(PAYLOAD, signature, 'it')).toEqual(publicKey);
      await sshVerify(dir, key.publicKey, PAYLOAD, signature);
    }
  });
});

test('an agent’s RSA and Ed25519 signatures are byte for byte those of the key file', async () => {
  for (const type of [
    ['-t', 'rsa', '-b', '2048'],
    ['-t', 'ed25519'],
  ]) {
    await withAgent(async (dir, agent) => {
      const { path, privateKey, publicKey: line } = await makeKey(dir, type);
      await agent.add('-q', path);
      const { key: publicKey } = parsePublicKeyLine(line);
      const byAgent = await agentSigner({ socketPath: agent.socketPath, principal: 'ada', publicKey });
      const byFile = await sshSigner({ privateKey, principal: 'ada' });
      expect(await byAgent.sign(PAYLOAD)).toBe(await byFile.sign(PAYLOAD));
    });
  }
});

test('the one key that is wanted signs, among several, again and again, side by side', async () => {
  await withAgent(async (dir, agent) => {
    const { mkdir } = await import('node:fs/promises');
    const keys = [];
    for (const [name, type] of KEY_TYPES.slice(0, 3)) {
      await mkdir(join(dir, name));
      const key = await makeKey(join(dir, name), type);
      await agent.add('-q', key.path);
      keys.push(parsePublicKeyLine(key.publicKey).key);
    }
    for (const publicKey of keys) {
      const signer = await agentSigner({ socketPath: agent.socketPath, principal: 'ada', publicKey });
      const payloads = Array.from({ length: 8 }, (_, i) => Buffer.from(`payload ${i}\n`));
      const signatures = await Promise.all(payloads.map((payload) => signer.sign(payload)));
      for (const [i, payload] of payloads.entries()) {
        expect(sshVerifier.verify(payload, signatures[i] ?? '', 'it').fingerprint).toBe(publicKey.fingerprint);
      }
    }
  });
});

test('a key that the agent does not hold, no longer holds, or does not show while locked is named', async () => {
  await withAgent(async (dir, agent) => {
    const key = await makeKey(dir, ['-t', 'ed25519']);
    const { key: publicKey } = parsePublicKeyLine(key.publicKey);
    const { socketPath } = agent;
    const ask = () => agentSigner({ socketPath, principal: 'ada', publicKey });
    const missing = await refused(ask());
    expect(missing).toMatchObject({ code: 'INVALID_KEY', message: expect.stringContaining(publicKey.fingerprint) });
    expect(missing.message).toContain('no keys at all');
    expect(missing.hint).toContain('ssh-add');
    await agent.add('-q', key.path);
    const signer = await ask();
    await agent.add('-q', '-D');
    const gone = await refused(signer.sign(PAYLOAD));
    expect(gone).toMatchObject({ code: 'INVALID_KEY', message: expect.stringContaining('refused to sign') });
    await agent.stop();
    expect(await refused(signer.sign(PAYLOAD))).toMatchObject({
      code: 'IO',
      data: { operation: 'ask the ssh-agent', path: socketPath, errno: expect.stringMatching(/ENOENT|ECONNREFUSED/) },
    });
  });
});

test('a certificate, a security key or a DSA key of the agent is refused by name', async () => {
  await inTempDir(async (dir) => {
    const types = ['ssh-dss', 'sk-ssh-ed25519@openssh.com', 'ssh-ed25519-cert-v01@openssh.com', 'ssh-new'];
    for (const type of types) {
      const blob = Buffer.concat([sshString(type), sshString(Buffer.alloc(32, 7)), sshString('ssh:')]);
      const agent = await fakeAgent(dir, () => answerOf(12, sshUint32(1), sshString(blob), sshString('ada')));
      const { createHash } = await import('node:crypto');
      const fingerprint = `SHA256:${createHash('sha256').update(blob).digest('base64').replace(/=+$/, '')}`;
      const error = await refused(agentSigner({ socketPath: agent.socketPath, principal: 'ada', fingerprint }));
      expect(error).toMatchObject({ code: 'INVALID_KEY', message: expect.stringContaining(type) });
      expect(error.hint).toContain('Ed25519');
      await agent.stop();
    }
  });
});

test('what is no socket, no fingerprint, no principal or no time is refused before anybody is asked', async () => {
  const good = { socketPath: '/nowhere/agent', principal: 'ada', fingerprint: `SHA256:${'A'.repeat(43)}` };
  const wrong: [object, string][] = [
    [{ socketPath: '' }, 'INVALID_ARGUMENT'],
    [{ socketPath: 7 }, 'INVALID_ARGUMENT'],
    [{ socketPath: 'a\0b' }, 'INVALID_ARGUMENT'],
    // Node would cut it short, and ask another socket.
    [{ socketPath: `/${'x'.repeat(107)}` }, 'INVALID_ARGUMENT'],
    [{ fingerprint: undefined }, 'INVALID_ARGUMENT'],
    [{ fingerprint: 'MD5:aa' }, 'INVALID_ARGUMENT'],
    [{ principal: 'a b' }, 'INVALID_PRINCIPAL'],
    [{ timeLimitMs: 0 }, 'INVALID_ARGUMENT'],
    [{ timeLimitMs: 2 ** 31 }, 'INVALID_ARGUMENT'],
    [{}, 'IO'],
  ];
  for (const [change, code] of wrong) {
    expect(await refused(agentSigner({ ...good, ...change } as never))).toMatchObject({ code });
  }
});

/** A message of the agent: its length, its type, its parts. */
function answerOf(type: number, ...parts: Buffer[]): Buffer {
  return sshString(Buffer.concat([Buffer.of(type), ...parts]));
}

const ENDLESS = Buffer.concat([sshUint32(256 * 1024 + 1), Buffer.of(12)]);

test.each<[string, Buffer | null, RegExp]>([
  ['hangs up', null, /ended the connection/],
  ['refuses', answerOf(5), /refused to list/],
  ['answers with something else', answerOf(14, sshString('x')), /type 12, got type 14/],
  ['announces nothing', sshUint32(0), /announced 0/],
  ['announces more than anybody may', ENDLESS, /announced 262145/],
  ['says more than it announced', Buffer.concat([answerOf(12, sshUint32(0)), Buffer.of(0)]), /got more/],
  ['says less than its strings announce', answerOf(12, sshUint32(1), sshUint32(99)), /expected 99 more bytes/],
  ['counts keys that are not there', answerOf(12, sshUint32(0xffffffff)), /expected 4 more bytes/],
  ['has more behind its keys', answerOf(12, sshUint32(0), Buffer.of(1)), /expected the end/],
])('an agent that %s is no agent', async (_, bytes, message) => {
  await inTempDir(async (dir) => {
    const agent = await fakeAgent(dir, () => bytes);
    const fingerprint = `SHA256:${'A'.repeat(43)}`;
    const error = await refused(agentSigner({ socketPath: agent.socketPath, principal: 'ada', fingerprint }));
    expect(error).toMatchObject({ code: 'IO', message: expect.stringMatching(message) });
    await agent.stop();
  });
});

test('an agent that says nothing is waited for so long, and one that hangs up in the middle not at all', async () => {
  await inTempDir(async (dir) => {
    const fingerprint = `SHA256:${'A'.repeat(43)}`;
    const silent = await fakeAgent(dir, () => undefined);
    const ask = { principal: 'ada', fingerprint, timeLimitMs: 50 };
    const late = await refused(agentSigner({ ...ask, socketPath: silent.socketPath }));
    expect(late).toMatchObject({ code: 'IO', message: expect.stringContaining('no answer in 0.05 s') });
    await silent.stop();
    const cut = await fakeAgent(dir, (_, socket) => {
      socket.end(Buffer.concat([sshUint32(100), Buffer.of(12)]));
      return undefined;
    });
    const half = await refused(agentSigner({ ...ask, socketPath: cut.socketPath, timeLimitMs: 60_000 }));
    expect(half.message).toContain('ended the connection after 5 bytes');
    await cut.stop();
  });
});

test('an answer that comes byte by byte is one, and each question has a connection of its own', async () => {
  await inTempDir(async (dir) => {
    const file = await makeKey(dir, ['-t', 'ed25519']);
    const { key: publicKey } = parsePublicKeyLine(file.publicKey);
    const byFile = await sshSigner({ privateKey: file.privateKey, principal: 'ada' });
    const answer = answerOf(12, sshUint32(1), sshString(Buffer.from(publicKey.blob, 'base64')), sshString('ada'));
    const agent = await fakeAgent(dir, (_, socket) => {
      const bytes = [...answer];
      const next = (): void => {
        const byte = bytes.shift();
        if (byte !== undefined) socket.write(Buffer.of(byte), () => setImmediate(next));
      };
      next();
      return undefined;
    });
    onTestFinished(agent.stop);
    const signer = await agentSigner({ socketPath: agent.socketPath, principal: 'ada', publicKey });
    expect(signer.publicKey).toEqual(byFile.publicKey);
    // The same answer is none to the second question.
    expect(await refused(signer.sign(PAYLOAD))).toMatchObject({ code: 'IO' });
    expect(agent.connections()).toBe(2);
  });
});

test('what is no signature by the key, or by SHA-1, never leaves the signer', async () => {
  for (const [, type] of KEY_TYPES.slice(0, 3)) {
    await inTempDir(async (dir) => {
      const file = await makeKey(dir, type);
      const { key: publicKey } = parsePublicKeyLine(file.publicKey);
      const keys = answerOf(12, sshUint32(1), sshString(Buffer.from(publicKey.blob, 'base64')), sshString(''));
      const blob = (scheme: string, bytes: number) =>
        Buffer.concat([sshString(scheme), sshString(Buffer.alloc(bytes, 1))]);
      const rsa = publicKey.type === 'ssh-rsa';
      const wrong: [Buffer, RegExp][] = [
        [sshString(''), /is no signature/],
        [sshString(blob(rsa ? 'ssh-rsa' : 'ssh-other', rsa ? 256 : 64)), /expected the scheme/],
        [sshString(blob(rsa ? 'rsa-sha2-256' : 'x', rsa ? 256 : 64)), /expected the scheme/],
        [sshString(blob(rsa ? 'rsa-sha2-512' : publicKey.type, rsa ? 256 : 64)), /is no signature/],
        [Buffer.concat([sshString(blob(publicKey.type, 64)), Buffer.of(0)]), /expected the end/],
      ];
      for (const [reply, message] of wrong) {
        const flags: number[] = [];
        const agent = await fakeAgent(dir, (request) => {
          if (request[0] === 11) return keys;
          flags.push(request.readUInt32BE(request.length - 4));
          return answerOf(14, reply);
        });
        const signer = await agentSigner({ socketPath: agent.socketPath, principal: 'ada', publicKey });
        const error = await refused(signer.sign(PAYLOAD));
        expect(error).toMatchObject({ message: expect.stringMatching(message) });
        expect(['INVALID_KEY', 'IO']).toContain(error.code);
        expect(flags).toEqual([rsa ? 4 : 0]);
        await agent.stop();
      }
    });
  }
});
