/** Whoever holds a recorder's key, and writes notes that no event states. */

import { attack, describeForgeries } from './attacks.js';
import type { Forge } from './forge.js';
import { type GoodLedger, goodLedger } from './good-ledger.js';
import { by, one, staged, tagged } from './sealed-entry.js';

const place = goodLedger();

/** Another notes tree in place of the one that an entry makes. */
const notesTree =
  (ref: string, change: (forge: Forge, tree: string, before: string) => string, build = tagged) =>
  async (forge: Forge, { people }: GoodLedger) => {
    const before = forge.treeOf(forge.ref(ref));
    await build(forge.entry(people.ci)).seal({
      notesTree: (tree, at) => (at === ref ? change(forge, tree, before) : tree),
    });
  };

const TAGS = 'refs/notes/tags';

const SUMS = 'refs/notes/checksum';

const add = (forge: Forge, tree: string, name: string, text: string, mode = '100644') =>
  forge.tree([...forge.readTree(tree).filter((e) => e.name !== name), { mode, name, oid: forge.write('blob', text) }]);

describeForgeries('notes', place, [
  attack(
    'of a version that no event names',
    'tags',
    /changes the note of \w{40}, which no event does/,
    by('ci', (e, forge) => tagged(e).tags.set(forge.version('planner', 1), new Set(['stable', 'golden']))),
  ),
  attack(
    'of a checksum that no event names',
    'versions',
    /changes the note of \w{40}, which no event does/,
    by('ci', (e, forge) => staged(e).checksums.set(forge.version('planner', 1), 'x\n')),
  ),
  attack(
    'on a commit that is none',
    'tags',
    /changes the note of bbbb\w+, which no event does/,
    by('ci', (e) => tagged(e).tags.set('b'.repeat(40), new Set(['x']))),
  ),
  attack(
    'that say more than the events',
    'tags',
    /notes "blue\\ngolden\\n" on/,
    by('ci', (e, forge) => tagged(e).tags.get(forge.version('planner', 4))?.add('golden')),
  ),
  attack(
    'that say less than the events',
    'tags',
    /lacks the note|notes null/,
    by('ci', (e, forge) => tagged(e).tags.get(forge.version('planner', 4))?.clear()),
    one,
  ),
  attack(
    'that do not move',
    ['tags', 'refs'],
    /it does not move refs\/notes\/tags/,
    by('ci', (e) => {
      tagged(e).tags.clear();
    }),
    one,
  ),
  attack(
    'with a file that is no note',
    'tags',
    /changes "README", which is no note/,
    notesTree(TAGS, (forge, tree) => add(forge, tree, 'README', 'x')),
  ),
  attack(
    'with a folder that is none',
    'tags',
    /"zz", which is no note/,
    notesTree(TAGS, (forge, tree) =>
      forge.tree([...forge.readTree(tree), { mode: '40000', name: 'zz', oid: forge.files({ x: '1' }) }]),
    ),
    one,
  ),
  attack(
    'twice on one commit, at two depths',
    'tags',
    /notes \w{40} twice/,
    notesTree(TAGS, (forge, tree) => add(forge, tree, forge.version('planner', 4), 'golden\n')),
  ),
  attack('twice on one commit, the old one kept', 'tags', /notes \w{40} twice/, async (forge, { people }) => {
    const target = forge.version('planner', 2);
    const before = forge.treeOf(forge.ref(TAGS));
    const fresh = forge.write('blob', 'blue\ngolden\nstable\n');
    await forge
      .entry(people.ci)
      .tag('planner', 2, 'golden')
      .seal({
        notesTree: () => forge.tree([...forge.readTree(before), { mode: '100644', name: target, oid: fresh }]),
      });
  }),
  attack(
    'twice on one commit, with the same text',
    'tags',
    /notes \w{40} twice/,
    async (forge, { people }) => {
      const target = forge.version('planner', 2);
      await forge
        .entry(people.ci)
        .tag('planner', 2, 'golden')
        .untag('planner', 2, 'golden')
        .seal({
          notesTree: (tree) => add(forge, tree, target, 'blue\nstable\n'),
        });
    },
    one,
  ),
  attack(
    'that are executable',
    'tags',
    /which is no note/,
    notesTree(TAGS, (forge, tree) => add(forge, tree, forge.version('planner', 4), 'blue\n', '100755')),
    one,
  ),
  attack(
    'all in one, none of the old ones left',
    'tags',
    /changes the note of/,
    notesTree(TAGS, (forge) => forge.files({ [forge.version('planner', 4)]: 'blue\n' })),
    one,
  ),
  attack(
    'with more folders than anybody could count',
    'tags',
    /no notes tree|more than/,
    notesTree(TAGS, (forge, tree) => {
      const hex = Array.from({ length: 256 }, (_, i) => i.toString(16).padStart(2, '0'));
      let below = forge.files({ '00': 'x' });
      for (let i = 0; i < 18; i++) {
        const oid = below;
        below = forge.tree(hex.map((name) => ({ mode: '40000', name, oid })));
      }
      return forge.tree([
        ...forge.readTree(tree).filter((e) => e.name !== '00'),
        { mode: '40000', name: '00', oid: below },
      ]);
    }),
    one,
  ),
  attack(
    'in another’s name',
    'tags',
    /expected the author ci@/,
    by('ci', tagged, { notesCommit: (t) => t.replaceAll('ci@example.org', 'ops@example.org') }),
    one,
  ),
  attack(
    'of another day',
    'tags',
    /expected the author date/,
    by('ci', tagged, { notesCommit: (t) => t.replaceAll(/> \d+ /g, '> 1700000000 ') }),
    one,
  ),
  attack(
    'that say something else of themselves',
    'tags',
    /its message is not the one/,
    by('ci', tagged, { notesCommit: (t) => t.replace('Notes of', 'Nothing of') }),
    one,
  ),
  attack(
    'that begin anew',
    'tags',
    /expected the parent \w+, found none/,
    by('ci', tagged, { notesCommit: (t) => t.replace(/parent \w+\n/, '') }),
  ),
  attack(
    'that hide what came between',
    'tags',
    /expected the parent/,
    by('ci', tagged, { notesCommit: (t) => t.replace(/parent \w+\n/, (p) => p + p) }),
    one,
  ),
  attack(
    'of checksums that begin anew',
    'versions',
    /expected the parent/,
    by('ci', staged, { notesCommit: (t) => t.replace(/parent \w+\n/, '') }),
    one,
  ),
  attack('with a checksum twice, at two depths', 'versions', /notes \w{40} twice/, async (forge, { people }) => {
    const entry = staged(forge.entry(people.ci));
    const target = entry.version('planner', 6);
    await entry.seal({ notesTree: (tree, ref) => (ref === SUMS ? add(forge, tree, target, 'sha256:x\n') : tree) });
  }),
]);
