/** Whoever holds a recorder's key, and makes active, tags or goes back to what may not be. */

import { attack, describeForgeries } from './attacks.js';
import { goodLedger } from './good-ledger.js';
import { by, FILES, one, staged } from './sealed-entry.js';

const place = goodLedger();

const made = 'it was active already';

describeForgeries('an activation', place, [
  attack(
    'of a breaking version that nobody approved',
    'activations',
    /planner v5 became active, and was not allowed to: BREAKING needs the approval of an operator/,
    by('ci', (e) => e.activate('planner', 5)),
  ),
  attack(
    'of one whose approval was withdrawn',
    'activations',
    /needs the approval/,
    async (forge, { people: { ops, ci } }) => {
      await (await forge.entry(ops).report('approve', ['planner', 4, 5], { level: 'BREAKING' })).seal();
      await (await forge.entry(ops).report('withdraw', ['planner', 4, 5], { level: 'BREAKING', withdraws: 2 })).seal();
      await forge.entry(ci).activate('planner', 5).seal();
    },
  ),
  attack(
    'that comes before its approval',
    'activations',
    /needs the approval/,
    async (forge, { people: { ops, ci } }) => {
      await forge.entry(ci).activate('planner', 5).seal();
      await (await forge.entry(ops).report('approve', ['planner', 4, 5], { level: 'BREAKING' })).seal();
    },
  ),
  attack(
    'by the policy that its own entry brings',
    'activations',
    /needs the approval/,
    by('founder', (e) => e.policy({ ...e.policyNow(), requireApproval: false }).activate('planner', 5)),
    one,
  ),
  attack(
    'that skips its parent',
    'activations',
    /the active version is v2, not v3|was made from|the active version is/,
    by('ci', (e) => staged(e).stage('planner', 7, 6, { files: FILES }).activate('planner', 7)),
  ),
  attack(
    'of a sibling',
    'activations',
    /the active version is v4, not v2/,
    by('ci', (e) => e.stage('planner', 6, 2, { files: FILES }).activate('planner', 6)),
  ),
  attack(
    'of a version that was reverted',
    'activations',
    /was reverted/,
    by('ci', (e) => staged(e).tag('planner', 6, 'reverted').activate('planner', 6)),
  ),
  attack(
    'of what is active',
    'activations',
    new RegExp(made),
    by('ci', (e) => e.activate('planner', 4)),
  ),
  attack(
    'of a version that is not there',
    ['activations', 'refs'],
    /planner v9 becomes active and is not in the ledger/,
    by('ci', (e, forge) => e.activate('planner', 9, forge.version('planner', 5))),
    one,
  ),
  attack(
    'past the gate, from another version than it says',
    'activations',
    /made from v4, became active in place of v4; the entry says of v2/,
    by('ops', (e) => e.breakGlass('planner', 2, 5)),
    one,
  ),
  attack(
    'past the gate, of what is active',
    'activations',
    /became active in place of v4/,
    by('ops', (e) => e.breakGlass('planner', 2, 4)),
    one,
  ),
]);

describeForgeries('a tag or rollback', place, [
  attack(
    'that reverts the active version',
    'tags',
    /the active version is rolled back, not tagged/,
    by('ci', (e) => e.tag('planner', 4, 'reverted')),
  ),
  attack(
    'that leaves a version stable and reverted',
    'tags',
    /both stable and reverted/,
    by('ci', (e) => e.tag('planner', 5, 'reverted').tag('planner', 5, 'stable')),
  ),
  attack(
    'that is there already',
    'tags',
    /it carried that tag already/,
    by('ci', (e) => e.tag('planner', 2, 'blue')),
  ),
  attack(
    'that was not there',
    'tags',
    /it did not carry it/,
    by('ci', (e) => e.untag('planner', 4, 'blue').tag('planner', 4, 'x')),
    one,
  ),
  attack(
    'of a version that is not there',
    'tags',
    /that version is not in the ledger/,
    by('ci', (e) => e.event({ type: 'tag', moduleId: 'planner', version: 99, tag: 'x' })),
    one,
  ),
  attack('to no ancestor', 'tags', /v3 is no ancestor of v4/, async (forge, { people: { ci } }) => {
    await forge.entry(ci).untag('planner', 3, 'reverted').seal();
    await forge.entry(ci).rollback('planner', 4, 3).seal();
  }),
  attack(
    'to a version that comes after',
    'tags',
    /v5 is no ancestor of v4/,
    by('ci', (e) => e.rollback('planner', 4, 5)),
    one,
  ),
  attack(
    'from a version that is not active',
    'tags',
    /rollback planner v5 -> v2: the active version was v4/,
    by('ci', (e) => e.rollback('planner', 5, 2)),
  ),
  attack('to a version that was reverted', 'tags', /v1 had been reverted itself/, async (forge, { people: { ci } }) => {
    await forge.entry(ci).untag('planner', 1, 'stable').tag('planner', 1, 'reverted').seal();
    await forge.entry(ci).rollback('planner', 4, 1).seal();
  }),
  attack(
    'that does not say reverted',
    ['tags', 'refs'],
    /lacks the note|does not move refs\/notes\/tags/,
    by('ci', (e) => {
      e.rollback('planner', 4, 2).tags.clear();
    }),
    one,
  ),
]);
