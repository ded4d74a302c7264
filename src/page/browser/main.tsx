/** The page: its frame, the view that the address names, and what keeps it up to date. */

import { type JSX, render } from 'preact';
import { useEffect, useLayoutEffect, useRef, useState } from 'preact/hooks';
import type { FrontAnswer, OverviewAnswer } from '../answers.js';
import { type Asked, type Connection, follow, IS_REPORT, useAnswer } from './data.js';
import { FrontView } from './front-view.js';
import { JournalView } from './journal-view.js';
import { LedgerView } from './ledger-view.js';
import { ModuleView } from './module-view.js';
import { ModulesView } from './modules-view.js';
import { MomentView } from './moment-view.js';
import { Heading, Shown } from './page-parts.js';
import { PendingView } from './pending-view.js';
import { LINK, type Route, routeOf } from './route.js';
import { Age, Said } from './text.js';
import { VersionView } from './version-view.js';

function useRoute(): Route {
  const [route, setRoute] = useState(() => routeOf(location.hash));
  // Not after the first paint: an address that changes until then would be lost.
  useLayoutEffect(() => {
    const change = (): void => {
      // The link to the content is no address.
      if (location.hash === '#content') return;
      setRoute(routeOf(location.hash));
      window.scrollTo(0, 0);
    };
    window.addEventListener('hashchange', change);
    return () => window.removeEventListener('hashchange', change);
  }, []);
  return route;
}

const CONNECTIONS: Readonly<Record<Connection, string>> = {
  open: 'live',
  lost: 'not connected: this may be old',
  unreadable: 'the ledger cannot be read: git-lineage doctor says more',
  report: 'a report',
};

/** Counts the moves of the journal, and says which entry is its last; null as long as it has not moved. */
function useTip(): { readonly moved: number; readonly connection: Connection | null; readonly last: number | null } {
  const [state, setState] = useState<{ moved: number; last: number | null }>({ moved: 0, last: null });
  const [connection, setConnection] = useState<Connection | null>(null);
  const known = useRef('');
  useEffect(
    () =>
      follow(({ seq, oid }) => {
        if (known.current !== '' && known.current !== oid) setState(({ moved }) => ({ moved: moved + 1, last: seq }));
        known.current = oid;
      }, setConnection),
    [],
  );
  return { ...state, connection };
}

const NAVIGATION = [
  ['Modules', LINK.modules, ['modules', 'module', 'version']],
  ['Pending', LINK.pending, ['pending']],
  ['Journal', LINK.journal, ['journal']],
  ['Time travel', LINK.now, ['moment']],
  ['Ledger', LINK.ledger, ['ledger']],
] as const satisfies readonly (readonly [string, string, readonly Route['view'][]])[];

function View({
  route,
  asked,
  moved,
}: {
  readonly route: Route;
  readonly asked: Asked<OverviewAnswer>;
  readonly moved: number;
}): JSX.Element {
  if (route.view === 'module') return <ModuleView key={route.moduleId} moduleId={route.moduleId} moved={moved} />;
  if (route.view === 'version') return <VersionView {...route} moved={moved} />;
  if (route.view === 'missing')
    return (
      <>
        <Heading title="Not here" />
        <p>
          This page has no such address. <a href={LINK.modules}>All modules</a>
        </p>
      </>
    );
  return (
    <Shown asked={asked}>
      {(overview) => {
        switch (route.view) {
          case 'modules':
            return <ModulesView overview={overview} />;
          case 'pending':
            return <PendingView overview={overview} />;
          case 'journal':
            return <JournalView page={route.page} query={route.query} overview={overview} moved={moved} />;
          case 'moment':
            return <MomentView at={route.at} overview={overview} />;
          case 'ledger':
            return <LedgerView overview={overview} moved={moved} />;
        }
      }}
    </Shown>
  );
}

/** The views of one ledger, and the way back to the others. */
function Navigation({
  route,
  overview,
}: {
  readonly route: Route;
  readonly overview: OverviewAnswer | null;
}): JSX.Element {
  const pending = overview?.modules.reduce((sum, row) => sum + row.pending, 0) ?? 0;
  return (
    <nav aria-label="Views">
      <ul>
        {overview?.front == null ? null : (
          <li>
            <a href={overview.front}>All ledgers</a>
          </li>
        )}
        {NAVIGATION.map(([name, href, views]) => (
          <li key={name}>
            <a href={href} aria-current={views.some((view) => view === route.view) ? 'page' : undefined}>
              {name}
              {name === 'Pending' && pending > 0 ? <span class="count">{pending}</span> : null}
            </a>
          </li>
        ))}
      </ul>
    </nav>
  );
}

function Page(): JSX.Element {
  const route = useRoute();
  const { moved, connection, last } = useTip();
  const asked = useAnswer<OverviewAnswer | FrontAnswer>('overview', moved);
  const front = asked.value !== null && 'ledgers' in asked.value ? asked.value : null;
  // What is no front is of one ledger, and so is what has not come yet.
  const ledger = asked as Asked<OverviewAnswer>;
  const overview = front === null ? ledger.value : null;
  const moves = front === null ? `The journal has a new entry, ${last}` : 'A ledger has a new entry';
  return (
    <>
      {/* biome-ignore lint/a11y/useValidAnchor: it leads to the content, whose address is that of the view */}
      <a
        class="skip"
        href="#content"
        onClick={(event) => {
          event.preventDefault();
          document.getElementById('content')?.focus();
        }}
      >
        Skip to the content
      </a>
      <header>
        <p class="name">git-lineage {overview === null ? null : <Said text={overview.name} />}</p>
        {front === null ? <Navigation route={route} overview={overview} /> : null}
        <p class={`connection ${connection ?? ''}`}>
          {connection === null ? null : CONNECTIONS[connection]}
          {IS_REPORT && overview !== null ? (
            <>
              {' '}
              as of entry {overview.position.seq}, <Age timestamp={overview.timestamp} />
            </>
          ) : null}
        </p>
      </header>
      <main id="content" tabIndex={-1}>
        {front === null ? <View route={route} asked={ledger} moved={moved} /> : <FrontView front={front} />}
      </main>
      <p class="unseen" role="status" aria-live="polite">
        {last === null ? '' : moves}
      </p>
    </>
  );
}

const place = document.getElementById('page');
if (place !== null) {
  place.textContent = '';
  render(<Page />, place);
}
