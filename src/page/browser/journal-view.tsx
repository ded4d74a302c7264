/** The journal as a timeline, by pages or searched. */

import type { JSX } from 'preact';
import { useEffect, useState } from 'preact/hooks';
import {
  type EntryJson,
  JOURNAL_PAGE,
  type JournalAnswer,
  type OverviewAnswer,
  type SearchAnswer,
} from '../answers.js';
import { answerTo, IS_REPORT, useAnswer } from './data.js';
import { EventList, gravityOf } from './events.js';
import { Heading, Shown } from './page-parts.js';
import { LINK } from './route.js';
import { dayOf, Hash, Said, Time } from './text.js';

function byDay(entries: readonly EntryJson[]): ReadonlyMap<string, readonly EntryJson[]> {
  const days = new Map<string, EntryJson[]>();
  for (const entry of entries) {
    const day = dayOf(entry.timestamp);
    const list = days.get(day);
    if (list === undefined) days.set(day, [entry]);
    else list.push(entry);
  }
  return days;
}

function Timeline({ entries }: { readonly entries: readonly EntryJson[] }): JSX.Element {
  const days = byDay(entries);
  return (
    <>
      {[...days].map(([day, list]) => (
        <section key={day} class="day">
          <h2>{day}</h2>
          <ol class="timeline" reversed>
            {list.map((entry) => (
              <li key={entry.seq} class={gravityOf(entry)}>
                <div class="when">
                  <Time timestamp={entry.timestamp} day={false} />
                </div>
                <div class="what">
                  <EventList entry={entry} />
                  <p class="faint">
                    entry {entry.seq} <Hash of={entry.oid} />, signed by <Said text={entry.actor} /> ·{' '}
                    <a href={LINK.at(entry.seq)} aria-label={`the ledger then, at entry ${entry.seq}`}>
                      the ledger then
                    </a>
                  </p>
                </div>
              </li>
            ))}
          </ol>
        </section>
      ))}
    </>
  );
}

const TYPES = [
  'activate',
  'rollback',
  'break-glass',
  'stage',
  'report',
  'approve',
  'withdraw',
  'tag',
  'untag',
  'policy',
  'restored',
  'upgrade',
  'clock',
  'redact',
  'countersigned',
];
const FIELDS = ['text', 'module', 'actor', 'type'] as const;

function SearchForm({ query }: { readonly query: URLSearchParams }): JSX.Element {
  const value = (name: string): string => query.get(name) ?? '';
  return (
    <form
      key={query.toString()}
      class="tools"
      onSubmit={(event) => {
        event.preventDefault();
        const given = new FormData(event.currentTarget);
        location.hash = LINK.search(
          Object.fromEntries(FIELDS.map((name) => [name, String(given.get(name) ?? '').trim()])),
        );
      }}
    >
      <label>
        Text <input type="search" name="text" defaultValue={value('text')} />
      </label>
      <label>
        Module <input type="text" name="module" defaultValue={value('module')} size={14} />
      </label>
      <label>
        Signed by <input type="text" name="actor" defaultValue={value('actor')} size={14} />
      </label>
      <label>
        Event{' '}
        <select name="type">
          <option value="">any</option>
          {TYPES.map((type) => (
            <option key={type} value={type} selected={type === value('type')}>
              {type}
            </option>
          ))}
        </select>
      </label>
      <button type="submit">Search</button>
      {query.size === 0 ? null : <a href={LINK.journal}>Clear</a>}
    </form>
  );
}

function matches({ actor, fingerprint, oid, events }: EntryJson, query: URLSearchParams): boolean {
  const [text, module, signer, type] = FIELDS.map((name) => query.get(name) ?? '');
  if (signer !== '' && actor !== signer && fingerprint !== signer) return false;
  const found = events.filter(
    (event) =>
      (type === '' || event.type === type) && (module === '' || ('moduleId' in event && event.moduleId === module)),
  );
  if (found.length === 0) return false;
  const wanted = (text ?? '').toLowerCase();
  const where = [actor, oid, ...found.map((event) => Object.values(event).join(' '))];
  return where.some((field) => field.toLowerCase().includes(wanted));
}

/** In a report: page after page, until there is something to show. */
async function searchFiles(query: URLSearchParams, before: number): Promise<SearchAnswer> {
  const entries: EntryJson[] = [];
  let page = Math.floor((before - 1) / JOURNAL_PAGE);
  for (; page >= 0 && entries.length < 50; page--) {
    const answer = await answerTo<JournalAnswer>(`journal/${page}`);
    entries.push(...answer.entries.filter((entry) => entry.seq < before && matches(entry, query)));
  }
  return { entries, next: page < 0 ? null : (page + 1) * JOURNAL_PAGE };
}

function searchOnce(query: URLSearchParams, before: number): Promise<SearchAnswer> {
  if (IS_REPORT) return searchFiles(query, before);
  const asked = new URLSearchParams(query);
  asked.set('before', String(before));
  return answerTo<SearchAnswer>('search', `?${asked}`);
}

function Found({ query, end }: { readonly query: URLSearchParams; readonly end: number }): JSX.Element {
  const [entries, setEntries] = useState<readonly EntryJson[]>([]);
  const [next, setNext] = useState<number | null>(end);
  const [state, setState] = useState<'asking' | 'done' | Error>('asking');
  const more = (before: number): void => {
    setState('asking');
    searchOnce(query, before).then(
      (answer) => {
        setEntries((known) => [...known, ...answer.entries]);
        setNext(answer.next);
        setState('done');
      },
      (error: Error) => setState(error),
    );
  };
  useEffect(() => more(end), []);
  return (
    <>
      <p class="faint" role="status">
        {state instanceof Error
          ? state.message
          : state === 'asking'
            ? 'Searching…'
            : entries.length === 0
              ? next === null
                ? 'No entry matches.'
                : `None so far; searched down to entry ${next}.`
              : `${entries.length} found${next === null ? '' : `, searched down to entry ${next}`}.`}
      </p>
      <Timeline entries={entries} />
      {next === null || state === 'asking' ? null : (
        <button type="button" onClick={() => more(next)}>
          Search older entries
        </button>
      )}
    </>
  );
}

function Pages({ page, last }: { readonly page: number; readonly last: number }): JSX.Element {
  return (
    <nav class="tools" aria-label="Pages of the journal">
      {page < last ? <a href={page + 1 === last ? LINK.journal : LINK.page(page + 1)}>Newer</a> : null}
      <span>
        entries {page * JOURNAL_PAGE} to {(page + 1) * JOURNAL_PAGE - 1}
      </span>
      {page > 0 ? <a href={LINK.page(page - 1)}>Older</a> : null}
      {page > 0 ? <a href={LINK.page(0)}>First</a> : null}
    </nav>
  );
}

function JournalPage({ page, last, moved }: { readonly page: number; readonly last: number; readonly moved: number }) {
  // A page that is full does not change.
  const asked = useAnswer<JournalAnswer>(`journal/${page}`, page === last ? moved : 0);
  return (
    <Shown asked={asked}>
      {({ entries }) => (
        <>
          <Timeline entries={entries} />
          <Pages page={page} last={last} />
        </>
      )}
    </Shown>
  );
}

export function JournalView({
  page,
  query,
  overview,
  moved,
}: {
  readonly page: number | null;
  readonly query: URLSearchParams;
  readonly overview: OverviewAnswer;
  readonly moved: number;
}): JSX.Element {
  const { seq } = overview.position;
  const last = Math.floor(seq / JOURNAL_PAGE);
  return (
    <>
      <Heading title="Journal" />
      <SearchForm query={query} />
      {query.size > 0 ? (
        <Found key={query.toString()} query={query} end={seq + 1} />
      ) : (
        <JournalPage page={page ?? last} last={last} moved={moved} />
      )}
    </>
  );
}
