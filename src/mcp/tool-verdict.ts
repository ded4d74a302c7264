/** May this be called? The approved list, the offered one, and the answer: one table, pure. */

import { quoted } from '../errors.js';
import type { Approved } from './approved-list.js';
import { ITEM_KINDS, type ItemKind, type ItemText } from './canonical-form.js';
import type { GuardCallCode } from './guard-types.js';
import type { Offer } from './offered-list.js';
import type { Change } from './staged-changes.js';

/** What a client sees of each list: the approved text of what is offered, by name. */
export type Shown = Readonly<Record<ItemKind, ReadonlyMap<string, ItemText>>>;

const NOTHING: Shown = { tools: new Map(), prompts: new Map(), resourceTemplates: new Map() };

/** What is both approved and offered, as it was approved. Never more than the server offers. */
export function shownOf(approved: Approved | null, offer: Offer): Shown {
  if (approved === null || 'fault' in offer) return NOTHING;
  const shown = ITEM_KINDS.map((kind) => {
    const offered = offer.items[kind];
    return [kind, new Map([...approved.description.items[kind]].filter(([name]) => offered.has(name)))] as const;
  });
  return Object.fromEntries(shown) as unknown as Shown;
}

/** Why a call is not passed on. */
export interface Refusal {
  readonly code: GuardCallCode;
  readonly message: string;
}

const WORD: Readonly<Record<ItemKind, string>> = {
  tools: 'tool',
  prompts: 'prompt',
  resourceTemplates: 'resource template',
};

/**
 * | approved list has it | server offers it | answer |
 * |---|---|---|
 * | yes | the same | passed on: null |
 * | yes | otherwise | `CHANGED` |
 * | yes | no | `NOT_OFFERED` |
 * | no | whatever | `NOT_APPROVED` |
 * | whatever | no list | `LIST_REJECTED` |
 */
export function refusalOf(kind: ItemKind, name: string, approved: Approved | null, offer: Offer): Refusal | null {
  const what = `the ${WORD[kind]} ${quoted(name)}`;
  if ('fault' in offer)
    return { code: 'LIST_REJECTED', message: `what the server offers is no list that can be approved: ${offer.fault}` };
  const mine = approved?.description.items[kind].get(name);
  const theirs = offer.items[kind].get(name);
  if (approved === null || mine === undefined)
    return { code: 'NOT_APPROVED', message: `${what} is not approved${theirs === undefined ? ', nor offered' : ''}` };
  if (theirs === undefined) return { code: 'NOT_OFFERED', message: `the server no longer offers ${what}` };
  if (mine === theirs) return null;
  return { code: 'CHANGED', message: `${what} is not what was approved in v${approved.version}` };
}

/** What an operator can do about it, as the end of a message. */
export function remedyText(moduleId: string, approved: Approved | null, change: Change | null): string {
  if (change === null) return '';
  const { version, command, problem } = change;
  if (version === null)
    return `; what is offered now is not staged: ${problem}${command === null ? '' : `; to allow it: ${command}`}`;
  const look =
    approved === null
      ? `git-lineage show ${moduleId}@${version}`
      : `git-lineage diff ${moduleId} ${approved.version} ${version}`;
  return `; to look at what is offered now: ${look}; to allow it: ${command}`;
}
