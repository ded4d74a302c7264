/** Whoever can write files, and holds no key: objects damaged, removed, exchanged; the last entry changed where no signature looks. */

import { readFileSync, rmSync, truncateSync } from 'node:fs';
import { type Attack, attack, describeAttacks } from './attacks.js';
import type { Forge } from './forge.js';
import { goodLedger } from './good-ledger.js';

const place = goodLedger();

const flipped = (bytes: Buffer, at: number): Buffer => {
  const copy = Buffer.from(bytes);
  copy[at] = (copy[at] ?? 0) ^ 0x10;
  return copy;
};
const middle = (bytes: Buffer) => flipped(bytes, bytes.length >> 1);

/** Single objects are damaged where each is a file. */
const loose = (attacks: readonly Attack[]) => attacks.map((one): Attack => ({ ...one, forms: ['loose'] }));

const CHECKSUMS = 'refs/notes/checksum';

/** Makes a loose object something else. */
function damage(forge: Forge, oid: string, change: (bytes: Buffer) => Buffer): void {
  forge.edit(forge.loosePath(oid), change);
}

/** One pack that holds all, and its path without an ending. */
function onePack(forge: Forge): string {
  forge.git(['-c', 'gc.bigPackThreshold=0', 'repack', '-a', '-d', '-q', '--keep-pack=none']);
  for (const name of forge.packs()) rmSync(forge.path('objects/pack', name.replace(/pack$/, 'keep')), { force: true });
  forge.git(['repack', '-a', '-d', '-q']);
  const [name = ''] = forge.packs();
  return `objects/pack/${name.replace(/\.pack$/, '')}`;
}

describeAttacks(
  'an object',
  place,
  loose([
    attack('a loose object with a flipped bit', ['objects', 'reports'], /objects\/../, (forge) => {
      damage(forge, forge.ref('refs/tags/compat/planner/2-3/4'), middle);
    }),
    attack('a loose object that is cut short', ['objects', 'versions'], /objects\/../, (forge) => {
      damage(forge, forge.treeOf(forge.version('planner', 2)), (bytes) => bytes.subarray(0, bytes.length - 5));
    }),
    attack('a loose object that is empty', ['objects', 'journal'], /its file is empty/, (forge) => {
      damage(forge, forge.journal()[4] ?? '', () => Buffer.alloc(0));
    }),
    attack('a loose object with bytes behind it', ['objects', 'journal'], /3 bytes follow it/, (forge) => {
      damage(forge, forge.tip, (bytes) => Buffer.concat([bytes, Buffer.from('xyz')]));
    }),
    attack(
      'the content of a version under the name of another',
      ['objects', 'versions'],
      /its name says another/,
      (forge) => {
        const blob = (version: number) => forge.readTree(forge.treeOf(forge.version('planner', version)))[0]?.oid ?? '';
        forge.edit(forge.loosePath(blob(2)), () => readFileSync(forge.path(forge.loosePath(blob(3)))));
      },
    ),
    attack('an entry under the name of another', ['objects', 'journal'], /its name says another/, (forge) => {
      const [, , third = '', fourth = ''] = forge.journal();
      forge.writeAs(third, 'commit', forge.read(fourth));
    }),
    attack(
      'a checksum collision claimed: other bytes under a blob’s name',
      ['objects', 'versions'],
      /its name says/,
      (forge) => {
        const tree = forge.readTree(forge.treeOf(forge.version('planner', 5)));
        forge.writeAs(
          tree.find((e) => e.name === 'index.js')?.oid ?? '',
          'blob',
          Buffer.from('export const plan = 666;\n'),
        );
      },
    ),
    ...(
      [
        ['a version', ['objects', 'versions', 'activations', 'reports'], (forge) => forge.version('planner', 2)],
        ['the tree of a version', ['objects', 'versions'], (forge) => forge.treeOf(forge.version('memory', 2))],
        [
          'a file of a version',
          ['objects', 'versions'],
          (forge) => forge.readTree(forge.treeOf(forge.version('planner', 3)))[0]?.oid ?? '',
        ],
        ['a journal entry', ['objects', 'journal'], (forge) => forge.journal()[5] ?? ''],
        ['the first entry', ['objects', 'journal'], (forge) => forge.journal()[0] ?? ''],
        [
          'the policy',
          ['objects', 'journal', 'signers'],
          (forge) => forge.readTree(forge.treeOf(forge.tip))[2]?.oid ?? '',
        ],
        ['a report', ['objects', 'reports'], (forge) => forge.ref('refs/tags/compat/memory/2-3/1')],
        ['the notes', ['objects', 'versions'], (forge) => forge.ref(CHECKSUMS)],
        ['a notes tree', ['objects', 'versions'], (forge) => forge.treeOf(forge.ref(CHECKSUMS))],
        [
          'a note',
          ['objects', 'versions'],
          (forge) => forge.git(['notes', '--ref=checksum', 'list', forge.version('planner', 4)]),
        ],
      ] as readonly [string, Parameters<typeof attack>[1], (forge: Forge) => string][]
    ).map(([what, steps, oid]) =>
      attack(`${what} removed`, steps, /is missing; .* names it/, (forge) => forge.removeObject(oid(forge))),
    ),
  ]),
);

describeAttacks('a pack', place, [
  attack('with a flipped bit', 'objects', /\.pack/, (forge) =>
    forge.edit(`${onePack(forge)}.pack`, (b) => flipped(b, b.length - 3)),
  ),
  attack('with a flipped bit in its header', 'objects', /\.pack/, (forge) => {
    forge.edit(`${onePack(forge)}.pack`, (b) => flipped(b, 11));
  }),
  attack('with something behind it', 'objects', /\.pack/, (forge) => {
    forge.edit(`${onePack(forge)}.pack`, (b) => Buffer.concat([b, Buffer.from('xyz')]));
  }),
  attack('whose index has a flipped bit', 'objects', /\.idx/, (forge) => {
    forge.edit(`${onePack(forge)}.idx`, (b) => flipped(b, b.length - 3));
  }),
  attack('whose index is cut short', 'objects', /\.idx/, (forge) => {
    const path = `${onePack(forge)}.idx`;
    forge.edit(path, (b) => b);
    truncateSync(forge.path(path), 2000);
  }),
]);

/** Puts another commit in the place of the last entry. */
function lastEntry(forge: Forge, change: (text: string) => string): void {
  forge.setRef('refs/heads/ledger', forge.changed(forge.tip, 'commit', change));
}

describeAttacks('the last entry, its signature not touched', place, [
  attack('says something else', ['signers', 'tags'], /signature/, (forge) => {
    lastEntry(forge, (text) => text.replaceAll(/memory (v?)3(:?) golden/g, 'memory $12$2 golden'));
  }),
  attack('has a second signature header', 'journal', /its headers are: .*gpgsig gpgsig/, (forge) => {
    lastEntry(forge, (text) => text.replace(/\ngpgsig [\s\S]*?END SSH SIGNATURE-----/, (header) => header + header));
  }),
  attack('has a signature for another hash as well', 'journal', /its headers are: .*gpgsig-sha256/, (forge) => {
    lastEntry(forge, (text) => text.replace('\n\n', '\ngpgsig-sha256 x\n\n'));
  }),
  attack('has a header behind its signature', 'journal', /its headers are: .*mergetag/, (forge) => {
    lastEntry(forge, (text) => text.replace('\n\n', '\nmergetag x\n\n'));
  }),
  attack('has its signature wrapped anew', 'signers', /OpenSSH armour/, (forge) => {
    lastEntry(forge, (text) => text.replace(/(\n [A-Za-z0-9+/]{60})([A-Za-z0-9+/]+)\n /, '$1\n $2'));
  }),
  attack('has white space in its signature', ['signers', 'journal'], /OpenSSH armour|starts? with/, (forge) => {
    lastEntry(forge, (text) => text.replace('-----END SSH SIGNATURE-----', '-----END SSH SIGNATURE----- '));
  }),
  attack('has CRLF in its signature', 'signers', /to start with BEGIN|armour/, (forge) => {
    lastEntry(forge, (text) => text.replace(/\n (?=[A-Za-z0-9+/=]+\n)/g, '\r\n '));
  }),
  attack('has a line more in its signature', ['signers', 'journal'], /OpenSSH armour/, (forge) => {
    lastEntry(forge, (text) => text.replace('\n -----END SSH SIGNATURE-----', '\n -----END SSH SIGNATURE-----\n '));
  }),
  attack('is not signed', 'journal', /it is not signed/, (forge) => {
    lastEntry(forge, (text) => text.replace(/\ngpgsig [\s\S]*?END SSH SIGNATURE-----/, ''));
  }),
  attack('ends in CRLF', 'journal', /not written as the format says/, (forge) => {
    lastEntry(forge, (text) => text.replaceAll(/\n(?=Seq|Actor)/g, '\r\n'));
  }),
]);
