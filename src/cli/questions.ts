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

/** Whether an option has a value in a word of its own. */
function takesValue(word: string | undefined, { options = [] }: Verb): boolean {
  return [...GLOBAL_OPTIONS, ...options].some(
    ({ flags }) => flags.includes('<') && flags.split(/[ ,]+/).some((flag) => flag === word),
  );
}

/**
 * The question that a command line begins with. Null where one of its values looks like an option: whether it is another verb's, so that
 * a value was forgotten, only all the verbs tell.
 */
export function questionOf([name, ...words]: readonly string[]): Verb | null {
  const verb = QUESTIONS.find((question) => question.name === name);
  if (verb === undefined) return null;
  return words.some((word, i) => word.startsWith('-') && takesValue(words[i - 1], verb)) ? null : verb;
}
