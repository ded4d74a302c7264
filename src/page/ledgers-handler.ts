/** The pages of several ledgers under one address, and a front that shows them all. */

import { invalidInput } from '../errors.js';
import { type KnownOptions, optionIssues } from '../options-check.js';
import { servedLedgersIssues } from '../served-ledgers.js';
import { frontSource } from './front-source.js';
import { ledgerSource } from './ledger-source.js';
import {
  handlerOf,
  type PageHandler,
  type PageHandlerOptions,
  type PagePlace,
  PLACE_OPTIONS,
  placeIssues,
  shownIssues,
} from './page-handler.js';

/** A ledger that is shown among others. */
export interface ShownLedger extends Pick<PageHandlerOptions, 'ledger' | 'processes'> {
  /** Its page is at this name below the path: letters, digits, and `. _ ~ -`, no leading dot, no `.git` at the end. */
  readonly name: string;
}

/** Which ledgers are shown, and where. */
export interface LedgersHandlerOptions extends PagePlace {
  /** At least one, each under a name of its own; in the order in which the front lists them. */
  readonly ledgers: readonly ShownLedger[];
}

const KNOWN_OPTIONS: KnownOptions<LedgersHandlerOptions> = { ledgers: 'value', ...PLACE_OPTIONS };

const KNOWN_MEMBERS: KnownOptions<ShownLedger> = { name: 'value', ledger: 'value', processes: 'value' };

/**
 * Answers the front at `path` and each ledger's page at its name below it, as `pageHandler` answers one. A ledger that cannot be read does
 * not keep the others from being shown.
 *
 * @throws `INVALID_ARGUMENT`
 * @example
 * const pages = ledgersHandler({ ledgers: [{ name: 'search', ledger: search }, { name: 'billing', ledger: billing }] });
 * createServer((request, response) => pages(request, response) || app(request, response)).listen(8080);
 */
export function ledgersHandler(options: LedgersHandlerOptions): PageHandler {
  const given = options ?? {};
  const issues = [
    ...optionIssues(given, KNOWN_OPTIONS),
    ...servedLedgersIssues<ShownLedger>(given.ledgers, 'ledger', KNOWN_MEMBERS, shownIssues),
    ...placeIssues(given),
  ];
  if (issues.length > 0)
    throw invalidInput('INVALID_ARGUMENT', issues, 'for example { ledgers: [{ name: "search", ledger }] }');
  const { ledgers, path = '/', ...place } = options;
  const pages = [
    handlerOf(frontSource(ledgers), { ...place, path }),
    ...ledgers.map(({ name, ...shown }) =>
      handlerOf(ledgerSource({ ...shown, front: '../' }), { ...place, path: `${path}${name}/` }),
    ),
  ];
  return Object.assign((...asked: Parameters<PageHandler>): boolean => pages.some((page) => page(...asked)), {
    close: () => pages.forEach((page) => void page.close()),
  });
}
