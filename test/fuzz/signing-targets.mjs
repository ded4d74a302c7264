/** Parsers of keys and signatures: public keys, private keys, SSHSIG, and what an ssh-agent answers. */

import { createServer } from 'node:net';
import { join } from 'node:path';
import { integer, mutated, pick } from './mutate.mjs';

/** @typedef {import('./engine.mjs').Target} Target */

const TYPES = [
  'ssh-ed25519',
  'ssh-rsa',
  'ecdsa-sha2-nistp256',
  'nistp256',
  'ssh-dss',
  'sk-ssh-ed25519@openssh.com',
].concat([
  'ssh-ed25519-cert-v01@openssh.com',
  'rsa-sha2-256',
  'rsa-sha2-512',
  'sha256',
  'sha512',
  'git',
  'file',
  'none',
  'bcrypt',
]);

/** The strings of an SSH blob (RFC 4251), as far as it consists of such. @param {Buffer} bytes */
function strings(bytes) {
  const found = [];
  for (let at = 0; at + 4 <= bytes.length; ) {
    const end = at + 4 + bytes.readUInt32BE(at);
    if (end > bytes.length) break;
    found.push(bytes.subarray(at + 4, end));
    at = end;
  }
  return found;
}

/** Changed as strings: one of them grown, emptied, made negative, exchanged, doubled or left out. @param {() => number} random @param {Buffer} bytes @param {import('./parts.mjs').Parts} parts */
function mutatedStrings(random, bytes, { wire }) {
  const list = strings(bytes);
  do {
    const at = integer(random, list.length + 1);
    const value = list[at] ?? Buffer.alloc(0);
    const kind = integer(random, 6);
    if (kind === 0) list[at] = Buffer.concat([Buffer.alloc(1), value]);
    else if (kind === 1) list[at] = Buffer.from(pick(random, TYPES));
    else if (kind === 2) list[at] = mutated(random, [value], TYPES);
    else if (kind === 3) list.splice(at, 1);
    else if (kind === 4) list.splice(at, 0, value);
    else list[at] = Buffer.alloc(integer(random, 600), integer(random, 256));
  } while (random() < 0.4);
  return Buffer.concat(list.map(wire.sshString));
}

/** @param {import('./parts.mjs').Parts} parts @param {import('./samples.mjs').Samples} samples @returns {Target[]} */
function publicKeys(parts, { publicKeys: lines }) {
  const { publicKey } = parts;
  const blobs = lines.map((line) => Buffer.from(line.toString('latin1').split(' ')[1] ?? '', 'base64'));
  return [
    {
      name: 'public key line',
      share: 40,
      samples: lines,
      words: [...TYPES, 'no-pty ', 'ada ', '\t', '='],
      codes: ['INVALID_KEY'],
      oracle: 'publicKey',
      mutate: (random, good) => {
        if (random() < 0.5) return mutated(random, good, TYPES);
        const blob =
          random() < 0.6 ? mutatedStrings(random, pick(random, blobs), parts) : mutated(random, blobs, TYPES);
        const [type = Buffer.alloc(0)] = strings(blob);
        return Buffer.from(`${type.toString('latin1')} ${blob.toString('base64')} ada\n`, 'latin1');
      },
      run: (bytes) => {
        const text = bytes.toString('latin1');
        const { key } = publicKey.parsePublicKeyLine(text);
        const words = text.split(/[ \t\r\n]+/);
        if (words[0] !== key.type || words[1] !== key.blob) return { wrong: 'a key is not the one that its line says' };
        return { detail: key.fingerprint };
      },
    },
    {
      name: 'public key blob',
      share: 30,
      samples: blobs,
      words: TYPES,
      errors: ['Malformed'],
      mutate: (random, good) =>
        random() < 0.6 ? mutatedStrings(random, pick(random, good), parts) : mutated(random, good, TYPES),
      run: (bytes) => {
        const { publicKey: key, keyObject } = publicKey.loadPublicKey(bytes);
        if (key.blob !== bytes.toString('base64')) return { wrong: 'a key has another blob than it was read from' };
        // What OpenSSL understands of the numbers says them again: one key, one blob.
        return { again: publicKey.blobOf(keyObject) };
      },
    },
  ];
}

/** @param {import('./parts.mjs').Parts} parts @param {import('./samples.mjs').Samples} samples @returns {Target[]} */
function signatures(parts, { signed }) {
  const { sshsig, wire } = parts;
  const SEPARATOR = '\0\0payload\0\0';
  const known = new Set(
    signed.map(({ payload, signature }) => `${signature}${SEPARATOR}${Buffer.from(payload).toString('latin1')}`),
  );
  const body = (/** @type {string} */ armour) => Buffer.from(armour.split('\n').slice(1, -2).join(''), 'base64');
  const samples = signed.map(({ payload, signature }) =>
    Buffer.from(`${signature}${SEPARATOR}${Buffer.from(payload).toString('latin1')}`, 'latin1'),
  );
  return [
    {
      name: 'SSHSIG',
      share: 70,
      samples,
      codes: ['BAD_SIGNATURE'],
      mutate: (random, good) => {
        const { payload, signature } = pick(random, signed);
        if (random() < 0.4) return mutated(random, good, TYPES);
        // Behind the armour: the preamble and the version stay, the strings after them are changed.
        const blob = body(signature);
        const changed =
          random() < 0.5
            ? Buffer.concat([blob.subarray(0, 10), mutatedStrings(random, blob.subarray(10), parts)])
            : mutated(random, [blob], TYPES);
        return Buffer.from(
          `${wire.sshArmour('SSH SIGNATURE', changed)}${SEPARATOR}${Buffer.from(payload).toString('latin1')}`,
          'latin1',
        );
      },
      run: (bytes) => {
        const text = bytes.toString('latin1');
        const [armour = '', payload = ''] = text.split(SEPARATOR);
        sshsig.verifySshsig(Buffer.from(payload, 'latin1'), armour, 'git', 'it');
        return known.has(text) ? null : { wrong: 'a signature was changed and still verifies' };
      },
    },
  ];
}

/** @param {import('./parts.mjs').Parts} parts @param {import('./samples.mjs').Samples} samples @returns {Target[]} */
function privateKeys({ privateKey, wire }, { privateKeys: files }) {
  const LABEL = 'OPENSSH PRIVATE KEY';
  const bodies = files.map((file) => Buffer.from(file.toString('latin1').split('\n').slice(1, -2).join(''), 'base64'));
  // Behind preamble, cipher name, derivation name, length of its options, length of the salt and the salt.
  const roundsAt = (/** @type {Buffer} */ blob) =>
    blob.indexOf(Buffer.from('\0\0\0\u0006bcrypt\0\0\0\u0018\0\0\0\u0010', 'latin1')) + 18 + 16;
  /** Rounds that are allowed and take seconds are made one. @param {Buffer} blob */
  const quick = (blob) => {
    const at = roundsAt(blob);
    if (at < 34 || at + 4 > blob.length || blob.readUInt32BE(at) > 1024) return blob;
    const copy = Buffer.from(blob);
    copy.writeUInt32BE(Math.min(1, copy.readUInt32BE(at)), at);
    return copy;
  };
  return [
    {
      name: 'private key',
      share: 6,
      samples: files,
      words: TYPES,
      codes: ['INVALID_KEY', 'INVALID_PASSPHRASE'],
      oracle: 'privateKey',
      mutate: (random, good) => {
        if (random() < 0.25) {
          const text = mutated(random, good, [
            '-----BEGIN ',
            'ENCRYPTED PRIVATE KEY',
            'RSA PRIVATE KEY',
            'Proc-Type: 4,ENCRYPTED',
          ]);
          return text.includes('YmNyeXB0') ? pick(random, good) : text;
        }
        return Buffer.from(wire.sshArmour(LABEL, quick(mutated(random, bodies, TYPES))));
      },
      run: (bytes) => {
        const key = privateKey.parsePrivateKey(bytes, 'correct horse').publicKey;
        // Text in front of a key is passed over here, as OpenSSL does with PEM, and not by ssh-keygen.
        return bytes.toString('latin1').startsWith('-----BEGIN ') ? { detail: `${key.type} ${key.blob}` } : {};
      },
    },
  ];
}

/**
 * An agent that answers what it is told to.
 *
 * @param {import('./parts.mjs').Parts} parts
 * @param {import('./samples.mjs').Samples} samples
 * @param {string} dir
 * @returns {Promise<Target[]>}
 */
async function agents({ agent, wire, publicKey }, { publicKeys: lines }, dir) {
  const socketPath = join(dir, 'agent.sock');
  /** @type {Buffer} */
  let answer = Buffer.alloc(0);
  const server = createServer({ allowHalfOpen: false }, (socket) => {
    socket.on('error', () => undefined);
    socket.once('data', () => socket.end(answer));
  });
  await new Promise((resolve) => {
    server.listen(socketPath, () => resolve(undefined));
    // Where nobody asks it anything, nothing waits for it.
    server.unref();
  });
  const keys = lines.map((line) => publicKey.parsePublicKeyLine(line.toString('latin1')).key);
  const [wanted] = keys;
  if (wanted === undefined) throw new TypeError('no keys');
  const listing = Buffer.concat([
    Buffer.of(12),
    wire.sshUint32(keys.length),
    ...keys.flatMap(({ blob }) => [wire.sshString(Buffer.from(blob, 'base64')), wire.sshString('ada')]),
  ]);
  return [
    {
      name: 'ssh-agent answer',
      share: 4,
      samples: [wire.sshString(listing), wire.sshString(Buffer.of(5)), wire.sshString(Buffer.of(12, 0, 0, 0, 0))],
      codes: ['INVALID_KEY', 'IO'],
      mutate: (random, good) =>
        random() < 0.6 ? wire.sshString(mutated(random, [listing], TYPES)) : mutated(random, good, TYPES),
      run: async (bytes) => {
        answer = bytes;
        const signer = await agent.agentSigner({ socketPath, fingerprint: wanted.fingerprint, principal: 'ada' });
        if (signer.publicKey.blob !== wanted.blob) return { wrong: 'an agent was asked for one key and gave another' };
        return { detail: '' };
      },
      close: () => new Promise((resolve) => server.close(() => resolve(undefined))),
    },
  ];
}

/** @param {import('./parts.mjs').Parts} parts @param {import('./samples.mjs').Samples} samples @param {string} dir @returns {Promise<Target[]>} */
export async function signingTargets(parts, samples, dir) {
  return [
    ...publicKeys(parts, samples),
    ...signatures(parts, samples),
    ...privateKeys(parts, samples),
    ...(await agents(parts, samples, dir)),
  ];
}
