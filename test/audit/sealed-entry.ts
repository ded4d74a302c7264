/** Entries that are sealed by a genuine key, and wrong in one thing or in none. */

import type { Forge } from './forge.js';
import type { ForgedEntry } from './forged-entry.js';
import type { GoodLedger, Name } from './good-ledger.js';

/** An entry by somebody, as far as `build` goes; sealed. */
export const by =
  (
    name: Name,
    build: (entry: ForgedEntry, forge: Forge, good: GoodLedger) => unknown,
    changes: Parameters<ForgedEntry['seal']>[0] = {},
  ) =>
  async (forge: Forge, good: GoodLedger): Promise<void> => {
    const entry = forge.entry(good.people[name]);
    await build(entry, forge, good);
    await entry.seal(changes);
  };

/** Tried on one form of the ledger alone. */
export const one = { forms: ['ledger'] as const };

/** The files of the version that is staged. */
export const FILES = { 'index.js': 'export const plan = 6;\n', 'lib/parts.js': '//\n' };

export const staged = (entry: ForgedEntry) => entry.stage('planner', 6, 4, { files: FILES });

export const tagged = (entry: ForgedEntry) => entry.tag('planner', 4, 'blue');
