/** What `clone`, `fetch` and `audit` ask of the witnesses of a ledger, and how they tell the answer. */

import { invalidArgument, quoted } from '../complaint.js';
import type { WitnessDemand, Witnessed } from '../library.js';
import type { Block } from '../terminal/render.js';
import { isoTime } from '../terminal/show-version.js';
import type { Given, OptionSpec } from '../verb.js';
import { wholeNumber } from './arguments.js';

export const WITNESS_OPTIONS: readonly OptionSpec[] = [
  {
    flags: '--witness <VKEY>',
    description: 'the public key of a witness that must have seen the journal; may be given several times',
    repeat: true,
  },
  {
    flags: '--log-key <VKEY>',
    description: 'the public key of the log, as its publisher gives it (default: the one that the policy names)',
  },
  { flags: '--witnesses-required <K>', description: 'how many witnesses must have seen it (default: more than half)' },
  { flags: '--witness-age <TIME>', description: 'how long ago at most, such as 90s, 30m, 1h or 7d (default: 1h)' },
  { flags: '--refuse-unwitnessed', description: 'refuse entries that are later than what the witnesses have seen' },
];

const SECONDS: Readonly<Record<string, number>> = { s: 1, m: 60, h: 3600, d: 86_400 };

function milliseconds(text: string): number {
  const [, count = '', unit = ''] = /^([1-9][0-9]{0,8})([smhd])$/.exec(text) ?? [];
  const seconds = SECONDS[unit];
  if (seconds !== undefined) return Number(count) * seconds * 1000;
  throw invalidArgument('--witness-age', 'a time such as 90s, 30m, 1h or 7d', quoted(text), 'it is counted from now');
}

/** Undefined where no witness is named. */
export function witnessDemand(given: Given): WitnessDemand | undefined {
  const witnesses = given.list('witness');
  const [logKey, required] = [given.text('log-key'), given.text('witnesses-required')];
  const hint = 'name the witnesses that are to be asked: --witness KEY, as the owner of the ledger told them';
  if (witnesses.length === 0) {
    const alone = ['log-key', 'witnesses-required', 'witness-age'].find((name) => given.text(name) !== undefined);
    const option = alone ?? (given.flag('refuse-unwitnessed') ? 'refuse-unwitnessed' : undefined);
    if (option === undefined) return undefined;
    throw invalidArgument(`--${option}`, 'a --witness with it', 'none', hint);
  }
  return {
    logKey,
    witnesses,
    required: required === undefined ? undefined : wholeNumber(required, '--witnesses-required'),
    maxAgeMs: milliseconds(given.text('witness-age') ?? '1h'),
    refuseUnwitnessed: given.flag('refuse-unwitnessed'),
  };
}

/** What the witnesses have seen, for people; nothing where nobody was asked. */
export function witnessedBlocks(witnessed: Witnessed | null): Block[] {
  if (witnessed === null) return [];
  const { size, unwitnessed, witnesses } = witnessed;
  const who = witnesses.map(({ name, time }) => `${name} at ${isoTime(time)}`).join(', ');
  const later: Block[] =
    unwitnessed === 0
      ? []
      : [{ line: `${unwitnessed} later ${unwitnessed === 1 ? 'entry is' : 'entries are'} unwitnessed`, tone: 'warn' }];
  return [{ line: `entries up to ${size - 1} were seen by ${who}`, tone: 'good' }, ...later];
}
