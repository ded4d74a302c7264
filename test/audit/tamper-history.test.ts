/** The past told otherwise: entries edited, dropped, exchanged, repeated; mirrors rewound and forked; another ledger in its place. */

import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { initLedger } from '../../src/index.js';
import { sha256Hex } from '../../src/model/content-digest.js';
import { attack, describeAttacks } from './attacks.js';
import { type Forge, gitBytes } from './forge.js';
import { type GoodLedger, goodLedger } from './good-ledger.js';

const place = goodLedger();

/** Links these entries into one chain again, as far as that goes without keys: parents, hashes and, if told so, numbers. */
function relink(forge: Forge, entries: readonly string[], renumber = true): void {
  let parent: string | null = null;
  for (const [i, text] of entries.entries()) {
    const hash: string = parent === null ? '' : sha256Hex(forge.read(parent));
    const linked: string = text
      .replace(/\nparent \w{40}/, '')
      .replace(/(?<=^tree \w{40})\n/, parent === null ? '\n' : `\nparent ${parent}\n`)
      .replace(/^Previous-SHA256: .*\n/m, '')
      .replace(/^(Seq: )(\d+)\n/m, (_, key, n) => `${key}${renumber ? i : n}\n${hash && `Previous-SHA256: ${hash}\n`}`);
    parent = forge.write('commit', linked);
  }
  forge.setRef('refs/heads/ledger', parent ?? '');
}

const texts = (forge: Forge) => forge.journal().map((oid) => forge.text(oid));

/** Exchanges the journal's entries; whatever they moved is left to the audit to find. */
function rewritten(change: (entries: string[]) => string[], renumber = true) {
  return (forge: Forge) => relink(forge, change(texts(forge)), renumber);
}

/** The place of the first entry of a kind, or of a later one. */
const at = (entries: readonly string[], pattern: RegExp, later = 0) =>
  entries.flatMap((text, i) => (pattern.test(text) ? [i] : []))[later] ?? -1;

/** An entry dated a second earlier, in its own words and in git's. */
function dated(text: string): string {
  return text
    .replaceAll(/^((?:author|committer) \S+ \S+) (\d+)/gm, (_, who, seconds) => `${who} ${Number(seconds) - 1}`)
    .replace(/^Timestamp: (\d+)/m, (_, seconds) => `Timestamp: ${Number(seconds) - 1}`);
}

describeAttacks('the journal rewritten without its keys', place, [
  attack(
    'an entry edited',
    'signers',
    /signature/,
    rewritten((all) => all.map((text) => text.replaceAll('the pager rings', 'just because'))),
  ),
  attack(
    'an entry dropped',
    ['signers', 'refs', 'tags'],
    /signature/,
    rewritten((all) => all.filter((text) => !/^Untag: planner 3 canary$/m.test(text))),
  ),
  attack(
    'the revocation dropped',
    ['signers', 'journal'],
    /signature/,
    rewritten((all) => all.filter((_, i) => i !== at(all, /^Policy:/m, 2))),
  ),
  attack(
    'two entries exchanged',
    ['signers', 'tags', 'refs', 'dates'],
    /signature/,
    rewritten((all) => {
      const i = at(all, /^Tag: planner 3 canary$/m);
      return [...all.slice(0, i), all[i + 1] ?? '', all[i] ?? '', ...all.slice(i + 2)];
    }),
  ),
  attack(
    'an old entry repeated at the end',
    ['signers', 'journal', 'refs', 'tags', 'dates'],
    /signature/,
    rewritten((all) => [...all, all[at(all, /^Tag: planner 3 canary$/m)] ?? '']),
  ),
  attack('the last entry repeated', ['journal', 'signers', 'refs', 'tags'], /its Seq is/, (forge) => {
    const again = forge.text(forge.tip).replace(/\nparent \w{40}/, `\nparent ${forge.tip}`);
    forge.setRef('refs/heads/ledger', forge.write('commit', again));
  }),
  attack(
    'an entry backdated',
    'signers',
    /signature/,
    rewritten((all) => all.map((text) => (/^Break-Glass/m.test(text) ? dated(text) : text))),
  ),
  attack(
    'a merge of the journal with a module',
    ['journal', 'signers'],
    /it has 2 parents: a journal has no merges/,
    (forge) => {
      const second = `\nparent ${forge.version('planner', 5)}\nauthor`;
      const merged = forge.changed(forge.tip, 'commit', (text) => text.replace('\nauthor', second));
      forge.setRef('refs/heads/ledger', merged);
    },
  ),
]);

/** A ledger with the same modules, made by somebody else, in place of this one. */
async function swapped(forge: Forge, { people, now, folder }: GoodLedger): Promise<void> {
  const path = join(folder, 'swapped.git');
  rmSync(path, { recursive: true, force: true });
  const other = await initLedger({ gitdir: path, signer: people.thief, now: () => now - 5 });
  await other.recordCheckpoint({ moduleId: 'planner', checksum: 'x' });
  await other.close();
  rmSync(forge.gitdir, { recursive: true });
  gitBytes(folder, ['clone', '--quiet', '--mirror', path, forge.gitdir]);
}

/** Takes everything back to an earlier entry, each ref to the value that it had. */
function rewound(forge: Forge, { earlier }: GoodLedger): void {
  const kept = forge.journal().slice(0, earlier.seq + 1);
  const refs = new Map<string, string>();
  for (const oid of kept)
    for (const [, ref = '', to = ''] of forge.text(oid).matchAll(/^Ref-Update: (\S+) \w+ (\w+)$/gm)) refs.set(ref, to);
  for (const ref of forge.refs().keys()) forge.removeRef(ref);
  forge.file('packed-refs', '');
  for (const [ref, to] of refs) forge.setRef(ref, to);
  forge.setRef('refs/heads/ledger', earlier.oid);
}

const asked = { question: ({ pin }: GoodLedger) => ({ pin }) };

describeAttacks('a copy that is not what was seen before', place, [
  attack('rewound, all of it', 'pin', /ends at entry \d+; entry \d+ had been seen: it was rewound/, rewound, asked),
  attack(
    'forked after the last entry that both know',
    'pin',
    /had been \w{40}: the journal was forked/,
    async (forge, good) => {
      rewound(forge, good);
      for (let n = good.earlier.seq; n < good.pin.seq; n++)
        await forge.entry(good.people.ci).tag('memory', 1, `fork-${n}`).seal();
    },
    { ...asked, forms: ['ledger'] },
  ),
  attack('another ledger, by the pin', 'pin', /it is another ledger/, swapped, {
    question: ({ pin }) => ({ pin: { ...pin, seq: 0 } }),
    forms: ['ledger'],
  }),
  attack(
    'another ledger, by the fingerprint',
    'pin',
    /the first entry is signed by SHA256:\S+, not by SHA256/,
    swapped,
    { question: ({ pin }) => ({ trust: pin.trust }), forms: ['ledger'] },
  ),
  attack(
    'edited in a part that is taken on trust',
    'pin',
    /the journal was forked/,
    rewritten((all) => all.map((text) => text.replaceAll('the pager rings', 'just because'))),
    { question: ({ pin }) => ({ pin, since: pin.seq }) },
  ),
]);
