/** What commander finds wrong with a command line, as the error that every other wrong input is. */

import type { CommanderError } from 'commander';
import { type Complaint, invalidArgument, quoted } from './complaint.js';

const EXPECTED: Readonly<Record<string, string>> = {
  'commander.unknownCommand': 'a verb of git-lineage',
  'commander.unknownOption': 'an option of this verb',
  'commander.missingArgument': 'a value for this argument',
  'commander.optionMissingArgument': 'a value for this option',
  'commander.missingMandatoryOptionValue': 'this option',
  'commander.excessArguments': 'no further argument',
  'commander.conflictingOption': 'only one of these options',
};

const ABSENT = new Set([
  'commander.missingArgument',
  'commander.optionMissingArgument',
  'commander.missingMandatoryOptionValue',
]);

/** The verb that was called, as far as it got, for the hint. */
function helpHint(verb: string | undefined): string {
  return `git-lineage ${verb === undefined ? '' : `${verb} `}--help shows what there is`;
}

/**
 * An `INVALID_ARGUMENT` with commander's own words, and its suggestion as the hint. What is wrong is read from commander's
 * code; which argument it is, and what it suggests, stand in its message alone.
 */
export function usageError(error: CommanderError, verb: string | undefined): Complaint {
  const [first = '', ...more] = error.message.replace(/^error: /, '').split('\n');
  const suggestion = /^\(Did you mean (.*)\?\)$/.exec(more.join(' '))?.[1];
  const subject = /'([^']*)'/.exec(first)?.[1] ?? verb ?? 'VERB';
  const actual = ABSENT.has(error.code) ? 'none' : quoted(subject);
  const hint = suggestion === undefined ? helpHint(verb) : `did you mean ${suggestion}?`;
  const complaint = invalidArgument(subject, EXPECTED[error.code] ?? 'a valid command line', actual, hint);
  complaint.message = first;
  return complaint;
}
