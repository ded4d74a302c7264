/** One ledger as what a page shows. */

import { type Asked, ask, type PageSource } from './ask.js';

export function ledgerSource({ ledger, processes, front }: Asked): PageSource {
  return {
    changing: ['overview', 'audit'],
    position: () => ledger.journal.position(),
    ask: (question, query) => ask({ ledger, processes, front }, question, query),
  };
}
