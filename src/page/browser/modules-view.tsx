/** All modules: what is active, since when, by whom, where it would go back to, what waits. */

import type { ComponentChildren, JSX } from 'preact';
import { useEffect, useMemo, useState } from 'preact/hooks';
import type { ModuleRow, OverviewAnswer, OverviewRow } from '../answers.js';
import { AuditWord, How } from './marks.js';
import { Heading, Wide } from './page-parts.js';
import { LINK } from './route.js';
import { Age, Badge, ModuleLink, plural, Said, VersionLink } from './text.js';

type Row = ModuleRow & Partial<OverviewRow>;

interface Column {
  readonly name: string;
  readonly sort: ((row: Row) => number | string) | null;
  readonly numeric?: boolean;
  readonly cell: (row: Row) => ComponentChildren;
}

const NONE = <span class="faint">–</span>;

const MODULE: Column = {
  name: 'Module',
  sort: ({ moduleId }) => moduleId.toLowerCase(),
  cell: ({ moduleId }) => <ModuleLink moduleId={moduleId} />,
};

const ACTIVE: readonly Column[] = [
  {
    name: 'Active',
    sort: ({ active }) => active ?? 0,
    numeric: true,
    cell: ({ moduleId, active }) => (active === null ? NONE : <VersionLink moduleId={moduleId} version={active} />),
  },
  {
    name: 'Semver',
    sort: null,
    cell: ({ semver }) => (semver === null ? NONE : <Said text={semver} />),
  },
  {
    name: 'Since',
    sort: ({ activation }) => -(activation?.timestamp ?? 0),
    cell: ({ activation }) => (activation === null ? NONE : <Age timestamp={activation.timestamp} />),
  },
  {
    name: 'By',
    sort: ({ activation }) => activation?.actor ?? '',
    cell: ({ activation }) => (activation === null ? NONE : <Said text={activation.actor} />),
  },
  {
    name: 'How',
    sort: null,
    cell: ({ activation }) => (activation === null ? NONE : <How activation={activation} />),
  },
  {
    name: 'Goes back to',
    sort: ({ stable }) => stable ?? -1,
    numeric: true,
    cell: ({ moduleId, stable, active }) =>
      stable === null ? (
        active === null ? (
          NONE
        ) : (
          <span class="faint">none</span>
        )
      ) : (
        <VersionLink moduleId={moduleId} version={stable} />
      ),
  },
];

const WAITING: readonly Column[] = [
  {
    name: 'Staged',
    sort: ({ staged = 0 }) => -staged,
    numeric: true,
    cell: ({ staged = 0 }) => (staged === 0 ? NONE : staged),
  },
  {
    name: 'Pending',
    sort: ({ pending = 0 }) => -pending,
    numeric: true,
    cell: ({ pending = 0 }) => (pending === 0 ? NONE : <Badge tone="bad">{pending}</Badge>),
  },
];

/** So many rows are drawn at first, which fill a window; then the others, of which more than so many wait to be asked for. */
const FIRST_ROWS = 60;
const MAX_ROWS = 500;

/** How many rows are drawn now. */
function useRowLimit(): readonly [limit: number, showAll: () => void] {
  const [limit, setLimit] = useState(FIRST_ROWS);
  useEffect(() => {
    const timer = window.setTimeout(() => setLimit((known) => Math.max(known, MAX_ROWS)), 50);
    return () => window.clearTimeout(timer);
  }, []);
  return [limit, () => setLimit(Number.POSITIVE_INFINITY)];
}

interface Sorting {
  readonly by: string;
  readonly down: boolean;
}

function sorted(rows: readonly Row[], columns: readonly Column[], { by, down }: Sorting): readonly Row[] {
  const key = columns.find(({ name }) => name === by)?.sort ?? null;
  if (key === null) return rows;
  const compare = (a: Row, b: Row): number => {
    const [x, y] = [key(a), key(b)];
    return x < y ? -1 : x > y ? 1 : 0;
  };
  const list = [...rows].sort(compare);
  return down ? list.reverse() : list;
}

function HeadCell({
  column,
  sorting,
  onSort,
}: {
  readonly column: Column;
  readonly sorting: Sorting;
  readonly onSort: (sorting: Sorting) => void;
}): JSX.Element {
  const { name, sort, numeric } = column;
  const isSorted = sorting.by === name;
  const order = sorting.down ? 'descending' : 'ascending';
  return (
    <th scope="col" class={numeric === true ? 'number' : undefined} aria-sort={isSorted ? order : undefined}>
      {sort === null ? (
        name
      ) : (
        <button type="button" class="sort" onClick={() => onSort({ by: name, down: isSorted && !sorting.down })}>
          {name}
          <span aria-hidden="true" class="arrow">
            {isSorted ? (sorting.down ? '↓' : '↑') : ''}
          </span>
        </button>
      )}
    </th>
  );
}

/** Modules in a table that can be filtered and sorted. `compare`: also what is active now. */
export function ModuleTable({
  rows,
  caption,
  now,
}: {
  readonly rows: readonly Row[];
  readonly caption: string;
  readonly now?: ReadonlyMap<string, number | null>;
}): JSX.Element {
  const [filter, setFilter] = useState('');
  const [sorting, setSorting] = useState<Sorting>({ by: 'Module', down: false });
  const [limit, showAll] = useRowLimit();
  const columns = useMemo(() => {
    if (now === undefined) return [MODULE, ...ACTIVE, ...WAITING];
    const later: Column = {
      name: 'Now',
      sort: null,
      numeric: true,
      cell: ({ moduleId, active }) => {
        const version = now.get(moduleId) ?? null;
        if (version === active) return <span class="faint">the same</span>;
        return version === null ? NONE : <VersionLink moduleId={moduleId} version={version} />;
      },
    };
    return [MODULE, ...ACTIVE, later];
  }, [now]);
  const found = useMemo(() => {
    const text = filter.trim().toLowerCase();
    const has = ({ moduleId, activation, semver }: Row): boolean =>
      [moduleId, activation?.actor, semver].some((field) => field?.toLowerCase().includes(text) === true);
    return sorted(text === '' ? rows : rows.filter(has), columns, sorting);
  }, [rows, columns, filter, sorting]);
  const shown = found.slice(0, limit);
  return (
    <>
      <div class="tools">
        <label>
          Filter{' '}
          <input
            type="search"
            value={filter}
            size={26}
            placeholder="module, person or semver"
            onInput={(event) => setFilter(event.currentTarget.value)}
          />
        </label>
        <output class="faint">
          {found.length === rows.length
            ? plural(rows.length, 'module')
            : `${found.length} of ${plural(rows.length, 'module')}`}
        </output>
      </div>
      <Wide label={caption}>
        <table class="modules">
          <caption>{caption}</caption>
          <thead>
            <tr>
              {columns.map((column) => (
                <HeadCell key={column.name} column={column} sorting={sorting} onSort={setSorting} />
              ))}
            </tr>
          </thead>
          <tbody>
            {shown.map((row) => (
              <tr key={row.moduleId}>
                {columns.map(({ name, cell, numeric }, i) =>
                  i === 0 ? (
                    <th key={name} scope="row">
                      {cell(row)}
                    </th>
                  ) : (
                    <td key={name} class={numeric === true ? 'number' : undefined}>
                      {cell(row)}
                    </td>
                  ),
                )}
              </tr>
            ))}
          </tbody>
        </table>
      </Wide>
      {limit >= MAX_ROWS && shown.length < found.length ? (
        <button type="button" onClick={showAll}>
          Show all {found.length}
        </button>
      ) : null}
    </>
  );
}

function Figure({
  name,
  href,
  children,
}: {
  readonly name: string;
  readonly href: string;
  readonly children: ComponentChildren;
}) {
  return (
    <li>
      <a href={href}>
        <span class="figure-name">{name}</span>
        <span class="figure">{children}</span>
      </a>
    </li>
  );
}

export function ModulesView({ overview }: { readonly overview: OverviewAnswer }): JSX.Element {
  const { modules, position, timestamp, lastAudit } = overview;
  const pending = modules.reduce((sum, row) => sum + row.pending, 0);
  return (
    <>
      <Heading title="Modules" />
      <ul class="figures" aria-label="The ledger at a glance">
        <Figure name="Modules" href={LINK.modules}>
          {modules.length.toLocaleString('en')}
        </Figure>
        <Figure name="Waiting for an operator" href={LINK.pending}>
          {pending === 0 ? 'none' : <Badge tone="bad">{pending}</Badge>}
        </Figure>
        <Figure name="Journal" href={LINK.journal}>
          {plural(position.seq + 1, 'entry', 'entries')}{' '}
          <span class="faint">
            <Age timestamp={timestamp} />
          </span>
        </Figure>
        <Figure name="Last audit" href={LINK.ledger}>
          <AuditWord lastAudit={lastAudit} />
        </Figure>
      </ul>
      {modules.length === 0 ? (
        <p class="notice">
          There is no module yet. <code>git-lineage record MODULE FOLDER</code> records the first version of one.
        </p>
      ) : (
        <ModuleTable rows={modules} caption="Modules and their active versions" />
      )}
    </>
  );
}
