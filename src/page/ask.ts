/** The questions of the page, each a path: the server is asked for it, a report has a file of its name. */

import type { InputIssue } from '../errors.js';
import { invalidInput, quoted } from '../errors.js';
import type { JournalPosition } from '../ledger/ledger-journal.js';
import { moduleOfFolder } from '../model/module-folder.js';
import type { AuditAnswer, ProcessJson } from './answers.js';
import { journalAnswer, searchAnswer } from './journal-answers.js';
import { logAnswer, summaryAnswer } from './module-answers.js';
import { momentAnswer, overviewAnswer, type PageLedger } from './module-rows.js';
import { changesAnswer, filesAnswer, versionAnswer } from './version-answers.js';

/** What questions are answered from. */
export interface Asked {
  readonly ledger: PageLedger;
  readonly processes?: (() => readonly ProcessJson[] | Promise<readonly ProcessJson[]>) | undefined;
  /** Where the page of all the ledgers is, from this one's. */
  readonly front?: string | undefined;
}

/** What a page shows: a ledger, or the front of several. */
export interface PageSource {
  /** Where it stands: another oid after each change of what the questions are answered from. */
  position(): Promise<JournalPosition>;
  /** The answer to a question, a JSON value; null where there is no such question. */
  ask(question: string, query: URLSearchParams): Promise<unknown>;
  /** The questions whose answers also depend on what is in no journal. */
  readonly changing: readonly string[];
}

type Answerer = (asked: Asked, parts: readonly string[], query: URLSearchParams) => Promise<unknown>;

function count(text: string, path: string): number {
  if (/^(0|[1-9][0-9]{0,15})$/.test(text)) return Number(text);
  const issue: InputIssue = { path, expected: 'an integer from 0 on', actual: quoted(text) };
  throw invalidInput('INVALID_ARGUMENT', [issue], 'follow the links of the page');
}

async function auditAnswer({ ledger }: Asked): Promise<AuditAnswer> {
  const [root, position] = [await ledger.journal.root(), await ledger.journal.position()];
  return { root, position, lastAudit: await ledger.journal.lastAudit(), report: null };
}

const ROUTES: readonly (readonly [path: RegExp, answer: Answerer])[] = [
  [
    /^overview$/,
    async ({ ledger, processes, front }) => ({
      ...(await overviewAnswer(ledger, processes === undefined ? null : await processes())),
      front: front ?? null,
    }),
  ],
  [/^at\/([0-9]+)$/, ({ ledger }, [seq = '']) => momentAnswer(ledger, { seq: count(seq, 'at') })],
  [/^at\/t([0-9]+)$/, ({ ledger }, [time = '']) => momentAnswer(ledger, { time: count(time, 'at') })],
  [/^journal\/([0-9]+)$/, ({ ledger }, [page = '']) => journalAnswer(ledger, count(page, 'journal'))],
  [
    /^search$/,
    ({ ledger }, _parts, query) => {
      const given = (name: string) => query.get(name) || undefined;
      const before = given('before');
      return searchAnswer(ledger, {
        moduleId: given('module'),
        actor: given('actor'),
        type: given('type'),
        text: given('text'),
        before: before === undefined ? undefined : count(before, 'before'),
      });
    },
  ],
  [/^audit$/, auditAnswer],
  [/^modules\/([^/]+)\/summary$/, ({ ledger }, [module = '']) => summaryAnswer(ledger, moduleOfFolder(module))],
  [
    /^modules\/([^/]+)\/log\/latest$/,
    ({ ledger }, [module = '']) => logAnswer(ledger, moduleOfFolder(module), undefined),
  ],
  [
    /^modules\/([^/]+)\/log\/([0-9]+)$/,
    ({ ledger }, [module = '', before = '']) => logAnswer(ledger, moduleOfFolder(module), count(before, 'before')),
  ],
  [
    /^modules\/([^/]+)\/versions\/([0-9]+)$/,
    ({ ledger }, [module = '', n = '']) => versionAnswer(ledger, moduleOfFolder(module), count(n, 'version')),
  ],
  [
    /^modules\/([^/]+)\/files\/([0-9]+)$/,
    ({ ledger }, [module = '', n = '']) => filesAnswer(ledger, moduleOfFolder(module), count(n, 'version')),
  ],
  [
    /^modules\/([^/]+)\/changes\/([0-9]+)-([0-9]+)$/,
    ({ ledger }, [module = '', from = '', to = '']) =>
      changesAnswer(ledger, moduleOfFolder(module), from === '0' ? null : count(from, 'from'), count(to, 'to')),
  ],
];

/**
 * The answer to a question, a JSON value; null where there is no such question.
 * @throws what the ledger throws for it
 */
export async function ask(asked: Asked, path: string, query = new URLSearchParams()): Promise<unknown> {
  for (const [pattern, answer] of ROUTES) {
    const match = pattern.exec(path);
    if (match !== null) return answer(asked, match.slice(1), query);
  }
  return null;
}
