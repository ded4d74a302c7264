/**
 * The verbs that read the ledger and answer one question, which scripts ask at every turn. They are loaded with the command line itself,
 * and all other verbs, a quarter of a megabyte, only for a call that may be theirs.
 */

import { GLOBAL_OPTIONS } from './program.js';
import type { Verb } from './verb.js';
import { history } from './verbs/history.js';
import { log } from './verbs/log.js';
import { pending } from './verbs/pending.js';
import { rollbackTarget } from './verbs/rollback-target.js';
import { show } from './verbs/show.js';
import { stats } from './verbs/stats.js';
import { status } from './verbs/status.js';

export const QUESTIONS: readonly Verb[] = [status, history, stats, log, show, pending, rollbackTarget];

/** True where `word` is an option that has its value in the next word. */
function takesValue(word: string, { options = [] }: Verb): boolean {
  return [...GLOBAL_OPTIONS, ...options].some(
    ({ flags }) => flags.includes('<') && flags.split(/[ ,]+/).includes(word),
  );
}

/**
 * The question that a command line begins with; null where it begins with none. Null also where a value looks like an option: if some verb
 * has that option, the value was forgotten (`assertValues` in `program.ts`), and only who has all the verbs knows.
 */
export function questionOf([name, ...words]: readonly string[]): Verb | null {
  const verb = QUESTIONS.find((question) => question.name === name);
  if (verb === undefined) return null;
  return words.some((word, i) => word.startsWith('-') && takesValue(words[i - 1] ?? '', verb)) ? null : verb;
}
