/** Whoever holds a genuine key, and states moves of refs that are wrong. */

import { attack, describeForgeries } from './attacks.js';
import { goodLedger } from './good-ledger.js';
import { by, one, staged } from './sealed-entry.js';

const place = goodLedger();

describeForgeries('a Ref-Update', place, [
  attack(
    'that is missing',
    'refs',
    /it leaves refs\/heads\/planner at/,
    by('ci', (e) => {
      staged(e).activate('planner', 6).moves.delete('refs/heads/planner');
    }),
  ),
  attack(
    'that no event permits',
    'refs',
    /it moves refs\/heads\/memory, which no event of it permits/,
    by('ci', (e, forge) => staged(e).move('refs/heads/memory', forge.version('memory', 1))),
  ),
  attack(
    'from where the ref was not',
    'refs',
    /it moves refs\/heads\/planner from \w+; it was at/,
    by('ci', (e, forge) =>
      staged(e).activate('planner', 6).move('refs/heads/planner', e.version('planner', 6), forge.version('planner', 1)),
    ),
  ),
  attack(
    'that is there twice',
    'refs',
    /it moves refs\/heads\/planner twice/,
    by('ci', (e) => staged(e).activate('planner', 6), {
      text: (t) => ({ ...t, updates: [...t.updates, ...t.updates.filter((u) => u.ref === 'refs/heads/planner')] }),
    }),
  ),
  attack(
    'of a ref that is none of a ledger',
    'refs',
    /refs\/evil\/x, which is no ref that an entry can move/,
    by('ci', (e, forge) => staged(e).move('refs/evil/x', forge.tip)),
    one,
  ),
  attack(
    'of the journal',
    'refs',
    /refs\/heads\/ledger, which is no ref that an entry can move/,
    by('ci', (e, forge) => staged(e).move('refs/heads/ledger', forge.tip, null)),
    one,
  ),
  attack(
    'that removes a version',
    'refs',
    /refs\/tags\/planner\/v5, which no event of it permits/,
    by('ci', (e) => staged(e).move('refs/tags/planner/v5', null)),
  ),
  attack(
    'to another commit than the version',
    'refs',
    /it leaves refs\/heads\/planner at/,
    by('ci', (e, forge) => staged(e).activate('planner', 6, forge.version('planner', 3))),
  ),
  attack(
    'that a Restored excuses',
    'refs',
    /it leaves refs\/heads\/planner at/,
    by('ci', (e, forge) =>
      e
        .event({ type: 'restored', ref: 'refs/heads/planner', foreign: null })
        .move('refs/heads/planner', forge.version('planner', 1)),
    ),
  ),
  attack(
    'of a report that a Restored excuses',
    'refs',
    /it leaves refs\/tags\/compat\/planner\/4-5\/1 at nothing/,
    by('ci', (e) =>
      e
        .event({ type: 'restored', ref: 'refs/tags/compat/planner/4-5/1', foreign: null })
        .move('refs/tags/compat/planner/4-5/1', null),
    ),
    one,
  ),
  attack(
    'of notes that a Restored excuses',
    'refs',
    /it leaves refs\/notes\/tags at/,
    by('ci', async (e, forge) =>
      e
        .event({ type: 'restored', ref: 'refs/notes/tags', foreign: null })
        .move('refs/notes/tags', await e.note('refs/notes/tags', new Map([[forge.version('planner', 1), null]]), {})),
    ),
    one,
  ),
]);
