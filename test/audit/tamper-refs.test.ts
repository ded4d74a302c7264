/** Whoever can write files, and holds no key: refs of every kind moved, made, removed, or made to be read otherwise. */

import { cpSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { attack, describeAttacks } from './attacks.js';
import { gitBytes } from './forge.js';
import { FORMS, goodLedger } from './good-ledger.js';

const place = goodLedger();
const HEX = '[0-9a-f]{40}';

describeAttacks('a ref', place, [
  attack('a branch of no module', 'refs', /refs\/heads\/evil is at .*no entry ever made it/, (forge) => {
    forge.git(['branch', 'evil', 'planner/v1']);
  }),
  attack('a branch moved back', 'refs', /refs\/heads\/planner is at .*the journal has it at/, (forge) => {
    forge.git(['update-ref', 'refs/heads/planner', 'planner/v1']);
  }),
  attack('a branch moved forward', 'refs', /refs\/heads\/planner is at/, (forge) => {
    forge.setRef('refs/heads/planner', forge.version('planner', 5));
  }),
  attack('a branch removed', 'refs', /refs\/heads\/memory is missing/, (forge) => forge.removeRef('refs/heads/memory')),
  attack('a branch on a forged commit', 'refs', /refs\/heads\/planner is at/, (forge) => {
    const tip = forge.version('planner', 4);
    const tree = forge.files({ 'index.js': 'export const plan = evil;\n' });
    const made = forge.changed(tip, 'commit', (text) => text.replace(/^tree \w+/, `tree ${tree}`));
    forge.setRef('refs/heads/planner', made);
  }),
  attack('a version tag removed', 'refs', /refs\/tags\/planner\/v3 is missing/, (forge) => {
    forge.removeRef('refs/tags/planner/v3');
  }),
  attack('a version tag renamed', 'refs', /refs\/tags\/planner\/v6 is at .*no entry ever made it/, (forge) => {
    forge.setRef('refs/tags/planner/v6', forge.version('planner', 5));
    forge.removeRef('refs/tags/planner/v5');
  }),
  attack('two version tags exchanged', 'refs', /refs\/tags\/planner\/v1 is at/, (forge) => {
    const [one, two] = [forge.version('planner', 1), forge.version('planner', 2)];
    forge.setRef('refs/tags/planner/v1', two);
    forge.setRef('refs/tags/planner/v2', one);
  }),
  attack('a version tag made annotated', 'refs', /refs\/tags\/planner\/v1 is at/, (forge) => {
    forge.git(['tag', '-f', '-a', '-m', 'mine', 'planner/v1', 'planner/v1']);
  }),
  attack('a tag of no version', 'refs', /refs\/tags\/release is no ref of a ledger/, (forge) => {
    forge.git(['tag', 'release', 'planner/v1']);
  }),
  attack('a report tag removed', 'refs', /refs\/tags\/compat\/planner\/2-3\/1 is missing/, (forge) => {
    forge.removeRef('refs/tags/compat/planner/2-3/1');
  }),
  attack('an approval replayed in another place', 'refs', /compat\/planner\/4-5\/2 is at .*no entry/, (forge) => {
    forge.setRef('refs/tags/compat/planner/4-5/2', forge.ref('refs/tags/compat/planner/2-3/4'));
  }),
  attack('a report that is replaced by an approval', 'refs', /compat\/planner\/4-5\/1 is at/, (forge) => {
    forge.setRef('refs/tags/compat/planner/4-5/1', forge.ref('refs/tags/compat/planner/2-3/4'));
  }),
  attack('a second tag object with the signed text of a report', 'refs', /compat\/planner\/4-5\/1 is at/, (forge) => {
    const ref = 'refs/tags/compat/planner/4-5/1';
    forge.setRef(
      ref,
      forge.changed(forge.ref(ref), 'tag', (text) => `${text}\n`),
    );
  }),
  attack('a note edited with git notes', 'refs', /refs\/notes\/checksum is at/, (forge) => {
    forge.git(['notes', '--ref=checksum', 'add', '-f', '-m', 'sha256:evil', 'planner/v1']);
  }),
  attack('a note removed with git notes', 'refs', /refs\/notes\/tags is at/, (forge) => {
    forge.git(['notes', '--ref=tags', 'remove', 'planner/v3']);
  }),
  attack('notes rewound', 'refs', /refs\/notes\/checksum is at/, (forge) => {
    forge.git(['update-ref', 'refs/notes/checksum', 'refs/notes/checksum~1']);
  }),
  attack('notes exchanged', 'refs', /refs\/notes\/checksum is at/, (forge) => {
    const [sums, tags] = [forge.ref('refs/notes/checksum'), forge.ref('refs/notes/tags')];
    forge.setRef('refs/notes/checksum', tags);
    forge.setRef('refs/notes/tags', sums);
  }),
  attack(
    'notes removed from a ledger',
    'refs',
    /refs\/notes\/tags is missing/,
    (forge) => forge.removeRef('refs/notes/tags'),
    { forms: ['ledger', 'packed'] },
  ),
  attack(
    'notes removed from a mirror',
    'refs',
    /no refs\/notes\/tags; git fetch origin/,
    (forge) => forge.removeRef('refs/notes/tags'),
    { forms: ['mirror'], outcome: 'incomplete' },
  ),
  attack('notes of one’s own', 'refs', /refs\/notes\/commits is no ref of a ledger/, (forge) => {
    forge.git(['notes', 'add', '-m', 'approved by everybody', 'planner/v5']);
  }),
  attack('a remote branch', 'refs', /refs\/remotes\/origin\/planner is no ref of a ledger/, (forge) => {
    forge.setRef('refs/remotes/origin/planner', forge.version('planner', 5));
  }),
  attack('an object replaced by git replace', 'refs', /refs\/replace\/\w+ is no ref of a ledger/, (forge) => {
    forge.git(['replace', 'planner/v4', 'planner/v3']);
  }),
]);

describeAttacks('a file of refs', place, [
  attack('a symbolic branch', 'refs', /refs\/heads\/planner is at no object id/, (forge) => {
    forge.git(['symbolic-ref', 'refs/heads/planner', 'refs/heads/memory']);
  }),
  attack('a symbolic branch that leads where it should', 'refs', /refs\/heads\/planner is at no object id/, (forge) => {
    forge.git(['symbolic-ref', 'refs/heads/planner', 'refs/tags/planner/v4']);
  }),
  attack('an empty branch', 'refs', /refs\/heads\/planner is at no object id/, (forge) => {
    forge.file('refs/heads/planner', '');
  }),
  attack('a branch with something behind its id', 'refs', /refs\/heads\/planner is at no object id/, (forge) => {
    forge.file('refs/heads/planner', `${forge.ref('refs/heads/planner')} x\n`);
  }),
  attack('a branch that is a folder', 'refs', /refs\/heads\/planner\/x is/, (forge) => {
    const oid = forge.ref('refs/heads/planner');
    forge.removeRef('refs/heads/planner');
    forge.setRef('refs/heads/planner/x', oid);
  }),
  attack('a line of packed-refs twice, git reading the other one', 'refs', /packed-refs/, (forge) => {
    const evil = `${forge.version('planner', 5)} refs/heads/planner`;
    forge.editPacked((lines) => lines.flatMap((l) => (l.endsWith(' refs/heads/planner') ? [evil, l] : [l])));
  }),
  attack('packed-refs out of order', 'refs', /packed-refs/, (forge) => {
    forge.editPacked(([head = '', ...lines]) => [head, ...lines.reverse().filter((l) => !l.startsWith('^'))]);
  }),
  attack('a line of packed-refs that is none', 'refs', /packed-refs/, (forge) => {
    forge.editPacked((lines) => [...lines, 'anything']);
  }),
  attack('a line of packed-refs that a shorter id began', 'refs', /packed-refs/, (forge) => {
    forge.editPacked((lines) => [...lines, `${'a'.repeat(39)} refs/tags/zz`]);
  }),
  attack('a tag peeled to another commit', 'refs', /packed-refs/, (forge) => {
    const evil = `^${forge.version('planner', 1)}`;
    forge.editPacked((lines) => lines.map((l) => (l.startsWith('^') ? evil : l)));
  }),
  attack(
    'a HEAD that shows a module in place of the journal',
    'refs',
    /HEAD: it is ref: refs\/heads\/planner/,
    (forge) => {
      forge.git(['symbolic-ref', 'HEAD', 'refs/heads/planner']);
    },
  ),
  attack('a detached HEAD', 'refs', new RegExp(`HEAD: it is ${HEX}`), (forge) => {
    forge.file('HEAD', `${forge.version('planner', 5)}\n`);
  }),
  attack('grafts, by which git shows other parents', 'refs', /info\/grafts/, (forge) => {
    forge.file('info/grafts', `${forge.tip}\n`);
  }),
  attack(
    'a planted shallow file',
    'objects',
    /shallow clone.*git fetch --unshallow/,
    (forge) => forge.file('shallow', `${forge.journal()[3]}\n`),
    { outcome: 'incomplete' },
  ),
  attack(
    'planted alternates',
    'objects',
    /borrows objects from another repository/,
    (forge, { forms }) => forge.file('objects/info/alternates', `${forms.ledger}/objects\n`),
    { outcome: 'incomplete' },
  ),
  attack(
    'objects that are only in planted alternates',
    'objects',
    /borrows objects from another repository/,
    (forge, { forms }) => {
      forge.file('objects/info/alternates', `${forms.packed}/objects\n`);
      for (const name of forge.packs().slice(0, 1)) {
        rmSync(forge.path('objects/pack', name));
        rmSync(forge.path('objects/pack', name.replace(/pack$/, 'idx')));
      }
    },
    { outcome: 'incomplete' },
  ),
]);

describeAttacks('the journal’s ref', place, [
  attack(
    'is removed',
    ['journal'],
    /refs\/heads\/ledger is not there/,
    (forge) => forge.removeRef('refs/heads/ledger'),
    { forms: ['ledger', 'packed'] },
  ),
  attack('is empty', 'journal', /refs\/heads\/ledger is not there, or no object id/, (forge) => {
    forge.file('refs/heads/ledger', '');
  }),
  attack('is symbolic', 'journal', /refs\/heads\/ledger is not there, or no object id/, (forge) => {
    forge.setRef('refs/heads/zz', forge.tip);
    forge.git(['symbolic-ref', 'refs/heads/ledger', 'refs/heads/zz']);
  }),
  attack('is at a tag of the last entry', 'journal', /is a tag, not a commit/, (forge) => {
    forge.git(['tag', '-a', '-m', 'x', 'x', 'ledger']);
    forge.setRef('refs/heads/ledger', forge.ref('refs/tags/x'));
    forge.removeRef('refs/tags/x');
  }),
  attack('is at a tree', 'journal', /is a tree, not a commit/, (forge) => {
    forge.setRef('refs/heads/ledger', forge.treeOf(forge.tip));
  }),
  attack('is at a version', 'journal', /not written as the format says/, (forge) => {
    forge.setRef('refs/heads/ledger', forge.version('planner', 1));
  }),
  attack('is at an object that is not there', ['objects', 'journal'], /aaaa is missing/, (forge) => {
    forge.setRef('refs/heads/ledger', 'a'.repeat(40));
  }),
  attack('is an entry back, every other ref being where it was', 'refs', /refs\/notes\/tags is at/, (forge) => {
    forge.git(['update-ref', 'refs/heads/ledger', 'ledger~1']);
  }),
]);

describe('a good copy planted in a bad one', () => {
  it.each(FORMS)('is not audited in its place: %s', async (form) => {
    const forge = place.copy(form);
    gitBytes(forge.gitdir, ['update-ref', 'refs/heads/planner', 'planner/v1']);
    cpSync(place.get().forms.packed, forge.path('.git'), { recursive: true });
    await expect(place.audit(forge.gitdir)).rejects.toMatchObject({ code: 'NOT_A_LEDGER' });
    expect((await place.audit(forge.path('.git'))).outcome).toBe('passed');
  });

  it('is not what a clone shows by git replace either', async () => {
    const { folder, forms } = place.get();
    const clone = join(folder, 'replaced');
    gitBytes(folder, ['clone', '--quiet', forms.ledger, clone]);
    gitBytes(clone, ['fetch', '--quiet', 'origin', 'refs/notes/*:refs/notes/*', 'refs/tags/*:refs/tags/*']);
    expect((await place.audit(clone)).outcome).toBe('passed');
    gitBytes(clone, ['replace', 'planner/v4', 'planner/v3']);
    const report = await place.audit(clone);
    expect(report.outcome).toBe('failed');
    expect(report.steps.find((s) => s.name === 'refs')?.problems[0]?.message).toMatch(/refs\/replace\/\w+ is no ref/);
  });
});
