/** The passphrase of an encrypted key: from a file, from the environment, or asked for on a terminal. */

import { createInterface } from 'node:readline';
import { Writable } from 'node:stream';
import { Complaint } from '../complaint.js';
import { readNamed } from '../content/named-file.js';
import type { Context, Io } from '../verb.js';

export const PASSPHRASE_HINT = 'set GIT_LINEAGE_PASSPHRASE, or give --passphrase-file FILE';

/** The passphrase that was given beforehand, or undefined. Of a file it is the text without the last line end. */
export async function givenPassphrase({ io, given }: Context): Promise<string | undefined> {
  const file = given.text('passphrase-file');
  if (file === undefined) return io.env['GIT_LINEAGE_PASSPHRASE'];
  return (await readNamed(io, file, PASSPHRASE_HINT)).toString().replace(/\r?\n$/, '');
}

/** True where somebody can be asked. */
export function canAsk(io: Io): boolean {
  return io.stdin.isTTY === true && io.stderr.isTTY === true;
}

/** Asks without echo. Throws `INVALID_PASSPHRASE` where the question is refused with Ctrl-C or Ctrl-D. */
export function askPassphrase(io: Io, path: string): Promise<string> {
  const muted = new Writable({ write: (_chunk, _encoding, done) => done() });
  const lines = createInterface({ input: io.stdin, output: muted, terminal: true, historySize: 0 });
  return new Promise((fulfil, reject) => {
    let answered = false;
    lines.once('line', (answer) => {
      answered = true;
      lines.close();
      fulfil(answer);
    });
    lines.once('SIGINT', () => lines.close());
    lines.once('close', () => {
      io.stderr.write('\n');
      if (answered) return;
      const reason = 'no passphrase was entered';
      reject(new Complaint('INVALID_PASSPHRASE', reason, { reason }, PASSPHRASE_HINT));
    });
    io.stderr.write(`Passphrase for ${path}: `);
  });
}
