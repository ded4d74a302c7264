/** `clock`: says that the last entries were dated by a clock that was fast. */

import { COUNTERSIGN_OPTIONS, countersigned } from '../options/countersigning.js';
import type { Verb } from '../verb.js';
import { withLedger, written } from '../with-ledger.js';

export const clock: Verb = {
  name: 'clock',
  group: 'The ledger:',
  summary:
    "Say that the last entries, those ahead of this machine's clock, are misdated, so that the ledger can be written again; takes a key with the role admin",
  options: COUNTERSIGN_OPTIONS,
  example: 'git-lineage clock',
  run: (context) =>
    withLedger(context, 'write', (opened) =>
      countersigned(context, opened, { misdated: true }, async (options) => {
        const { first, last } = await opened.ledger.journal.declareMisdated(options);
        const which = first === last ? `entry ${first} is` : `entries ${first} to ${last} are`;
        return written(opened, { first, last }, [{ line: `${which} misdated; dates begin again`, tone: 'good' }]);
      }),
    ),
};
