// Makes keys in every way there is, again and again, in a process whose memory is looked through often.
import { ephemeralSigner, generateKey } from '../../build/signing/signer.js';
import { generateNoteKey } from '../../build/witness/format/note-key.js';

const made = new Set();
for (let i = 0; i < 2500; i += 1) {
  made.add((await ephemeralSigner('ada')).publicKey.fingerprint);
  made.add(generateKey().publicKey);
  made.add(generateNoteKey('example.org/log', 'log').publicKey);
}
process.stdout.write(`${made.size}\n`);
