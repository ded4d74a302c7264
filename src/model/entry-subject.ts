/** The subjects of commits in a ledger, for `git log --oneline`. They follow from the events alone: a reader refuses an entry with another one. */

import type { LedgerEvent } from './ledger-event.js';

function eventSubject(event: LedgerEvent): string {
  switch (event.type) {
    case 'init':
      return 'init';
    case 'stage':
    case 'activate':
      return `${event.type} ${event.moduleId} v${event.version}`;
    case 'tag':
    case 'untag':
      return `${event.type} ${event.moduleId} v${event.version}: ${event.tag}`;
    case 'report':
    case 'approve':
    case 'withdraw':
      return `${event.type} ${event.moduleId} ${event.fromVer === null ? '' : `v${event.fromVer} `}-> v${event.toVer}: ${event.level}`;
    case 'rollback':
      return `rollback ${event.moduleId} v${event.fromVer} -> v${event.toVer}: ${event.reason}`;
    case 'break-glass':
      return `break-glass ${event.moduleId} v${event.toVer}: ${event.reason}`;
    case 'policy':
      return 'policy';
    case 'upgrade':
      return `upgrade to format ${event.format}`;
    case 'clock':
      return `clock: the dates of entries ${event.first} to ${event.last} are wrong`;
    case 'redact':
      return `redact ${event.moduleId} v${event.version}: ${event.reason}`;
    case 'countersigned':
      return 'countersigned';
    case 'restored':
      return `restored ${event.ref}`;
  }
}

/** The subject of an entry, for `git log --oneline`: its one event, or a record, or what a batch adds up to. */
export function entrySubject(events: readonly LedgerEvent[]): string {
  if (events[0]?.type === 'init') return 'init';
  const activated = events.filter((e) => e.type === 'activate');
  const [first] = activated;
  if (first !== undefined && events.some((e) => e.type === 'stage')) {
    if (activated.length === 1) return `record ${first.moduleId} v${first.version}`;
    const modules = new Set(activated.map((e) => e.moduleId));
    return `record ${activated.length} versions of ${modules.size === 1 ? first.moduleId : `${modules.size} modules`}`;
  }
  const told = events.filter((e) => e.type !== 'countersigned');
  const upgraded = told.find((e) => e.type === 'upgrade');
  if (upgraded !== undefined) return eventSubject(upgraded);
  const main = told.find((e) => e.type !== 'restored') ?? told[0];
  const rest = told.length - 1;
  const subject = main === undefined ? 'nothing' : eventSubject(main);
  return rest === 0 ? subject : `${subject} and ${rest} more`;
}

/** The version whose notes an event may change. */
function notedVersion(event: LedgerEvent): string[] {
  if ('version' in event) return [`${event.moduleId} v${event.version}`];
  if (event.type === 'rollback') return [`${event.moduleId} v${event.fromVer}`];
  return event.type === 'break-glass' ? [`${event.moduleId} v${event.toVer}`] : [];
}

/** The message of the notes commits that belong to an entry. */
export function notesMessage(events: readonly LedgerEvent[]): string {
  if (events[0]?.type === 'init') return 'Notes of no versions yet\n';
  const unique = [...new Set(events.flatMap(notedVersion))];
  return `Notes of ${unique.length === 1 ? unique[0] : `${unique.length} versions`}\n`;
}
