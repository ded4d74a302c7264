/** The events of journal entries, in words with links. */

import type { JSX } from 'preact';
import type { LedgerEvent } from '../../model/ledger-event.js';
import type { EntryJson } from '../answers.js';
import { LINK } from './route.js';
import { Badge, Level, ModuleLink, plural, Said, VersionLink } from './text.js';

function Pair({ event }: { readonly event: Extract<LedgerEvent, { readonly seq: number }> }): JSX.Element {
  const { moduleId, fromVer, toVer } = event;
  return (
    <>
      <ModuleLink moduleId={moduleId} />{' '}
      <a href={LINK.pair(moduleId, fromVer, toVer)}>
        {fromVer === null ? 'first' : `v${fromVer}`} → v{toVer}
      </a>
    </>
  );
}

const DONE = {
  stage: 'Staged',
  activate: 'Activated',
  tag: 'Tagged',
  untag: 'Took a tag from',
  report: 'Reported on',
  approve: 'Approved',
  withdraw: 'Withdrew the approvals of',
} as const;

export function EventText({ event }: { readonly event: LedgerEvent }): JSX.Element {
  switch (event.type) {
    case 'init':
      return <>Ledger begun, format {event.format}</>;
    case 'policy':
      return <>Policy or signers changed</>;
    case 'upgrade':
      return <>Ledger taken to format {event.format}</>;
    case 'clock':
      return (
        <>
          The dates of entries {event.first} to {event.last} are wrong
        </>
      );
    case 'redact':
      return (
        <>
          <strong>Redacted</strong> <code>{event.oid}</code> of <ModuleLink moduleId={event.moduleId} />{' '}
          <VersionLink moduleId={event.moduleId} version={event.version} />: <Said text={event.reason} />
        </>
      );
    case 'countersigned':
      return <>Countersigned</>;
    case 'restored':
      return (
        <>
          Put back <code>{<Said text={event.ref} />}</code>, which was changed behind the ledger's back
        </>
      );
    case 'stage':
    case 'activate':
      return (
        <>
          {DONE[event.type]} <ModuleLink moduleId={event.moduleId} />{' '}
          <VersionLink moduleId={event.moduleId} version={event.version} />
        </>
      );
    case 'tag':
    case 'untag':
      return (
        <>
          {DONE[event.type]} <ModuleLink moduleId={event.moduleId} />{' '}
          <VersionLink moduleId={event.moduleId} version={event.version} />{' '}
          <Badge tone={event.tag === 'stable' ? 'good' : event.tag === 'reverted' ? 'warn' : 'quiet'}>
            <Said text={event.tag} />
          </Badge>
        </>
      );
    case 'report':
    case 'approve':
    case 'withdraw':
      return (
        <>
          {DONE[event.type]} <Pair event={event} /> <Level level={event.level} />
        </>
      );
    case 'rollback':
      return (
        <>
          <strong>Rolled back</strong> <ModuleLink moduleId={event.moduleId} />{' '}
          <VersionLink moduleId={event.moduleId} version={event.fromVer} /> →{' '}
          <VersionLink moduleId={event.moduleId} version={event.toVer} /> <Badge tone="warn">{event.reason}</Badge>
        </>
      );
    case 'break-glass':
      return (
        <>
          <strong>Past the gate</strong> <ModuleLink moduleId={event.moduleId} />{' '}
          <VersionLink moduleId={event.moduleId} version={event.toVer} />: <Said text={event.reason} />
        </>
      );
  }
}

/** How an entry looks in the timeline, by the gravest of its events. */
export function gravityOf({ events }: EntryJson): 'grave' | 'warn' | 'plain' {
  const isGrave = events.some(
    ({ type }) => type === 'rollback' || type === 'break-glass' || type === 'restored' || type === 'redact',
  );
  if (isGrave) return 'grave';
  return events.some((event) => 'level' in event && event.level === 'BREAKING') ? 'warn' : 'plain';
}

export function EventList({ entry }: { readonly entry: EntryJson }): JSX.Element {
  const { events, omitted } = entry;
  return (
    <ul class="events">
      {events.map((event, i) => (
        <li key={i}>
          <EventText event={event} />
        </li>
      ))}
      {omitted > 0 ? <li class="faint">and {plural(omitted, 'more event', 'more events')}</li> : null}
    </ul>
  );
}
