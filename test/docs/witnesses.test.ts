/** The guide docs/guide/witnesses.md: its commands, in the order in which an operator comes to need them, on a ledger of format 2. */

import { expect, test } from 'vitest';
import { freePort } from '../free-port.js';
import { MarkdownDocument, meant } from './document.js';
import { Program } from './program.js';
import { placeWithPlanner, type Workplace } from './workplace.js';

const guide = new MarkdownDocument('docs/guide/witnesses.md');
const LOG_KEY = 'git-lineage/…+…+…';

interface Witness {
  readonly key: string;
  readonly url: string;
  readonly program: Program;
}

/** The commands of the guide make and start a witness; `w1` in them is its name. */
async function startWitness(place: Workplace, name: string, logKey: string): Promise<Witness> {
  const [init = '', serve = '', ...others] = guide.commands('Run a witness');
  expect(others).toEqual([]);
  const key = place.run(init.replaceAll('w1', name)).split('\n')[1] ?? '';
  expect(key.split('+')[0]).toBe(`${name}.example.org`);
  const port = String(await freePort());
  const command = meant(serve.replaceAll('w1', name), { [LOG_KEY]: logKey, '8419': port });
  const program = new Program(place, command);
  expect(await program.line(/^witness at/)).toContain(`127.0.0.1:${port}`);
  return { key, url: `http://127.0.0.1:${port}`, program };
}

test('witnesses are run, a checkpoint is published with them, and whoever clones and fetches asks them', async () => {
  const place = placeWithPlanner('--ledger-format 2');
  const [makeKey = '', publish = '', nameKey = '', ...others] = guide.commands('Publish');
  expect(others).toEqual([]);
  const logKey = place.run(makeKey).match(/^git-lineage\/\S+$/m)?.[0] ?? '';
  expect(logKey).not.toBe('');
  const witnesses = [];
  for (const name of ['w1', 'w2', 'w3']) witnesses.push(await startWitness(place, name, logKey));
  const [w1, w2] = witnesses;
  place.run(meant(nameKey, { [LOG_KEY]: logKey }));
  const publishing = meant(publish, {
    'w1.example.org+…+… https://w1.example.org': `${w1?.key} ${w1?.url}`,
    'w2.example.org+…+… https://w2.example.org': `${w2?.key} ${w2?.url}`,
  });
  expect(place.run(publishing)).toContain('published a checkpoint of 3 entries');

  const [clone = '', fetch = '', ...rest] = guide.commands('Ask');
  expect(rest).toEqual([]);
  const asked = Object.fromEntries(witnesses.map(({ key }, i) => [`w${i + 1}.example.org+…+…`, key]));
  const known = { 'https://example.org/modules.git': `file://${place.path('modules.git')}`, [LOG_KEY]: logKey };
  expect(place.run(meant(clone, { ...known, ...asked }))).toMatch(/entries up to 2 were seen by w\d/);
  place.run(`git-lineage tag planner@1 seen\n${publishing}`);
  const options = [`--log-key ${logKey}`, ...witnesses.map(({ key }) => `--witness ${key}`)].join(' ');
  const fetched = place.run(meant(fetch, { '--log-key … --witness … --witness … --witness …': options }));
  expect(fetched).toMatch(/entries up to 3 were seen by w\d/);
  for (const { program } of witnesses) await program.end('SIGTERM');
}, 120_000);
