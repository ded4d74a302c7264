/** `witness`: cosigns the checkpoints of logs, each only if it continues the one before, until it is interrupted. */

import { resolve } from 'node:path';
import type { WitnessedRequest } from '../../api/server.js';
import { invalidArgument } from '../complaint.js';
import { wholeNumber } from '../options/arguments.js';
import { interrupted } from '../terminal/interrupted.js';
import { jsonLine, printable, styleFor } from '../terminal/render.js';
import type { Answer, Context, Verb } from '../verb.js';
import { ALLOW_HOST, allowedHosts } from './ui.js';

const INIT_HINT = 'git-lineage witness --init --state DIR --key FILE --name example.org/witness makes a witness';

function needed({ given }: Context, option: string, what: string): string {
  const value = given.text(option);
  if (value === undefined) throw invalidArgument(`--${option}`, what, 'none', INIT_HINT);
  return value;
}

async function makeWitness(context: Context, place: { stateDir: string; keyFile: string }): Promise<Answer> {
  const name = needed(context, 'name', 'the name of the witness, such as example.org/witness');
  const { initWitness } = await import('../../api/server.js');
  const key = await initWitness({ ...place, name });
  return {
    json: { ...place, key },
    blocks: [
      { line: `made the witness ${name}: give this key to whoever relies on it`, tone: 'good' },
      { line: key },
      { line: `keep ${place.stateDir} out of backups: a state that is put back has forgotten what was cosigned since` },
    ],
  };
}

/** Written as it happens: a log that forks is what a witness is there to notice. */
function tell({ io, given }: Context, request: WitnessedRequest): void {
  const { status, origin, said } = request;
  if (given.flag('json')) {
    io.stderr.write(jsonLine({ request }));
    return;
  }
  if (origin !== null && status !== 200)
    io.stderr.write(`${status} ${printable(origin)}: not cosigned; another size is known, or the log forks\n`);
  else if (said !== '') io.stderr.write(`${status} ${printable(said)}\n`);
}

function announce({ io, given }: Context, url: string, key: string): void {
  if (given.flag('json')) {
    io.stdout.write(jsonLine({ url, key }));
    return;
  }
  const style = styleFor(io.stdout, io.env);
  io.stdout.write(`${style.paint(`witness at ${url}`, 'good')}\n${printable(key)}\n`);
}

export const witness: Verb = {
  name: 'witness',
  group: 'Proof:',
  summary: 'Cosign the checkpoints of ledgers, never two that fork, until interrupted',
  options: [
    { flags: '--init', description: 'make a new witness, with a new key and an empty state, and end' },
    { flags: '--name <NAME>', description: 'with --init: what it is called, such as example.org/witness' },
    { flags: '--state <DIR>', description: 'the folder of its state, in no backup', mandatory: true },
    {
      flags: '--log <VKEY>',
      description: 'the public key of a log that it cosigns; may be given several times',
      repeat: true,
    },
    { flags: '--host <ADDRESS>', description: 'where to listen (default: 127.0.0.1, this machine alone)' },
    { flags: '--port <PORT>', description: 'the port (default: any free one)' },
    ALLOW_HOST,
  ],
  example: 'git-lineage witness --state w1 --key w1.key --log git-lineage/5e1f…+0a1b2c3d+AQ… --port 8419',
  run: async (context) => {
    const { io, given } = context;
    const place = {
      stateDir: resolve(io.cwd, given.required('state')),
      keyFile: resolve(io.cwd, needed(context, 'key', 'the file of its private key')),
    };
    if (given.flag('init')) return makeWitness(context, place);
    const port = given.text('port');
    const { serveWitness } = await import('../../api/server.js');
    const server = await serveWitness({
      ...place,
      logs: given.list('log'),
      host: given.text('host'),
      port: port === undefined ? 0 : wholeNumber(port, '--port'),
      hosts: allowedHosts(context),
      onRequest: (request) => tell(context, request),
    });
    const ending = interrupted();
    announce(context, server.url, server.key);
    const signal = await ending;
    await server.close();
    return { json: { ended: signal }, blocks: [] };
  },
};
