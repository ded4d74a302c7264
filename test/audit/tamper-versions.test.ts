/** Whoever holds a recorder's key, and stages a version that is wrong. */

import { attack, describeForgeries } from './attacks.js';
import { EMPTY_TREE, type ForgedEntry } from './forged-entry.js';
import { goodLedger } from './good-ledger.js';
import { by, FILES, one, staged } from './sealed-entry.js';

const place = goodLedger();

/** A staged version that is wrong somewhere. */
const staging = (
  changes: Parameters<ForgedEntry['stage']>[3],
  version = 6,
  parent: number | null = 4,
  id = 'planner',
) => by('ci', (e) => e.stage(id, version, parent, { files: FILES, ...changes }));

describeForgeries('a version', place, [
  attack('whose number was spent', ['versions', 'refs'], /its number is not after 5/, staging({}, 5, 4)),
  attack(
    'whose number was passed by',
    ['versions', 'refs'],
    /its number is not after 70, the highest used/,
    staging({}, 69, 1, 'bulk'),
    one,
  ),
  attack(
    'of a module that differs in case alone',
    'versions',
    /a module planner is there already, which differs in case/,
    staging({}, 1, null, 'Planner'),
  ),
  attack('made from a version of another module', 'versions', /expected the parent/, async (forge, { people }) => {
    await forge
      .entry(people.ci)
      .stage('planner', 6, 4, { files: FILES, parents: [forge.version('memory', 3)] })
      .seal();
  }),
  attack(
    'made from nothing, by its commit',
    'versions',
    /expected the parent \w+, found none/,
    staging({ parents: [] }),
    one,
  ),
  attack(
    'with a second parent',
    'versions',
    /expected the parent \w+, found \w+ and \w+/,
    async (forge, { people }) => {
      const parents = [forge.version('planner', 4), forge.version('planner', 5)];
      await forge.entry(people.ci).stage('planner', 6, 4, { files: FILES, parents }).seal();
    },
    one,
  ),
  attack(
    'made from one that is not there',
    'versions',
    /is made from v3333, which is not in the ledger/,
    staging({ parents: [], event: { parentVer: 3333 }, sealed: (s) => ({ ...s, version: 6, parentVer: 4 }) }),
    one,
  ),
  attack(
    'whose trailers name another module',
    'versions',
    /the journal says Module planner, its commit memory/,
    staging({ sealed: (s) => ({ ...s, moduleId: 'memory' }) }),
    one,
  ),
  attack(
    'whose trailers name another number',
    'versions',
    /the journal says Version 6, its commit 7/,
    staging({ sealed: (s) => ({ ...s, version: 7 }) }),
    one,
  ),
  attack(
    'whose trailers name another parent',
    'versions',
    /the journal says Parent-Version 4, its commit 2/,
    staging({ sealed: (s) => ({ ...s, parentVer: 2 }) }),
    one,
  ),
  attack(
    'whose checksum is another one’s in the journal',
    'versions',
    /the journal says Checksum x/,
    staging({ event: { checksum: 'x' }, note: 'x\n' }),
    one,
  ),
  attack(
    'whose checksum is a lie that all three tell',
    'versions',
    /its files have the checksum sha256-tree:\w+, its commit says sha256:/,
    staging({ sealed: (s) => ({ ...s, checksum: `sha256:${'0'.repeat(64)}` }) }),
  ),
  attack(
    'whose note says another checksum',
    'versions',
    /refs\/notes\/checksum notes .*its events say/,
    staging({ note: 'sha256:x\n' }),
  ),
  attack(
    'whose commit is that of another version',
    'versions',
    /the journal says Version 6, its commit 5/,
    by('ci', (e, forge) => {
      staged(e).move('refs/tags/planner/v6', forge.version('planner', 5));
      e.checksums.clear();
      e.checksums.set(
        forge.version('planner', 5),
        /^Checksum: (.*\n)/m.exec(forge.text(e.version('planner', 6)))?.[1] ?? '',
      );
    }),
    one,
  ),
  attack(
    'recorded in another’s name',
    'versions',
    /expected the author ci@example.org/,
    staging({ principal: 'ops@example.org' }),
    one,
  ),
  attack(
    'whose git date is not its own',
    'versions',
    /expected the author date/,
    staging({ raw: (t) => t.replaceAll(/(> )\d+( \+0000)/g, '$11700000000$2') }),
  ),
  attack(
    'in another time zone',
    'versions',
    /its bytes are not/,
    staging({ raw: (t) => t.replaceAll(' +0000', ' +0001') }),
    one,
  ),
  attack(
    'with another encoding',
    'versions',
    /its headers are: .*encoding/,
    staging({ raw: (t) => t.replace('\n\n', '\nencoding latin1\n\n') }),
    one,
  ),
  attack(
    'whose message goes on',
    'versions',
    /not written as a version/,
    staging({ raw: (t) => `${t}Approved-By: everybody\n` }),
    one,
  ),
  attack(
    'with a subject of its own',
    'versions',
    /not written as a version/,
    staging({ raw: (t) => t.replace('planner v6', 'planner v6 (stable)') }),
    one,
  ),
  attack(
    'whose link leads out of the module',
    'versions',
    /a link whose target stays inside/,
    async (forge, { people }) => {
      const tree = forge.files({ 'index.js': '//\n', passwd: '../../etc/passwd' }, { passwd: '120000' });
      await forge.entry(people.ci).stage('planner', 6, 4, { tree }).seal();
    },
    one,
  ),
  attack(
    'with names that differ in case alone',
    'versions',
    /differs only in case/,
    staging({ files: { 'a.js': '1', 'A.js': '2' } }),
    one,
  ),
  attack('with a backslash in a name', 'versions', /no backslash/, staging({ files: { 'a\\b.js': '1' } }), one),
  attack(
    'with a file of git’s',
    ['objects', 'versions'],
    /git’s own|git's own/,
    staging({ files: { '.gitmodules': '[x]\n' } }),
    one,
  ),
  attack('with an empty folder', 'versions', /empty folder/, staging({ files: { 'index.js': '//\n', 'secret/': '' } })),
  attack('without files, with an empty folder', 'versions', /empty folder/, staging({ files: { 'secret/': '' } }), one),
  attack(
    'with folders nested without end',
    'versions',
    /nested too deeply/,
    async (forge, { people }) => {
      let tree = forge.files({ x: '1' });
      for (let i = 0; i < 2100; i++) tree = forge.tree([{ mode: '40000', name: 'a', oid: tree }]);
      await forge
        .entry(people.ci)
        .stage('planner', 6, 4, { tree: EMPTY_TREE, raw: (t) => t.replace(/^tree \w+/, `tree ${tree}`) })
        .seal();
    },
    one,
  ),
  attack(
    'with more files than anybody could count',
    'versions',
    /more than \d+ files/,
    async (forge, { people }) => {
      let tree = forge.files({ x: '1' });
      for (let i = 0; i < 12; i++)
        tree = forge.tree([...'abcdefghij'].map((name) => ({ mode: '40000', name, oid: tree })));
      await forge
        .entry(people.ci)
        .stage('planner', 6, 4, { tree: EMPTY_TREE, raw: (t) => t.replace(/^tree \w+/, `tree ${tree}`) })
        .seal();
    },
    one,
  ),
]);
