/** Several ledgers: what each holds, what waits in it, what happened there last. */

import type { JSX } from 'preact';
import type { FailureAnswer, FrontAnswer, FrontRow } from '../answers.js';
import { AuditWord, How } from './marks.js';
import { Heading, Wide } from './page-parts.js';
import { Age, Badge, plural, Said } from './text.js';

function isFailure(row: FrontAnswer['ledgers'][number]): row is FailureAnswer & { readonly name: string } {
  return 'code' in row;
}

const COLUMNS = [
  'Ledger',
  'Modules',
  'Active',
  'Staged',
  'Pending',
  'Became active last',
  'How',
  'Journal',
  'Last audit',
];

function Newest({ newest }: Pick<FrontRow, 'newest'>): JSX.Element {
  if (newest === null) return <span class="faint">nothing yet</span>;
  return (
    <>
      <Said text={newest.moduleId} />{' '}
      <span class="faint">
        <Age timestamp={newest.activation.timestamp} />
      </span>
    </>
  );
}

function Cells({ row }: { readonly row: FrontRow }): JSX.Element {
  const { modules, active, staged, pending, newest, position, timestamp, lastAudit } = row;
  return (
    <>
      <td class="number">{modules.toLocaleString('en')}</td>
      <td class="number">{active.toLocaleString('en')}</td>
      <td class="number">{staged.toLocaleString('en')}</td>
      <td class="number">{pending === 0 ? <span class="faint">–</span> : <Badge tone="bad">{pending}</Badge>}</td>
      <td>
        <Newest newest={newest} />
      </td>
      <td>{newest === null ? null : <How activation={newest.activation} />}</td>
      <td>
        {plural(position.seq + 1, 'entry', 'entries')}{' '}
        <span class="faint">
          <Age timestamp={timestamp} />
        </span>
      </td>
      <td>
        <AuditWord lastAudit={lastAudit} />
      </td>
    </>
  );
}

export function FrontView({ front }: { readonly front: FrontAnswer }): JSX.Element {
  return (
    <>
      <Heading title="Ledgers" />
      <Wide label="Ledgers">
        <table class="modules">
          <caption>Ledgers and what waits in them</caption>
          <thead>
            <tr>
              {COLUMNS.map((name) => (
                <th key={name} scope="col">
                  {name}
                </th>
              ))}
            </tr>
          </thead>
          <tbody>
            {front.ledgers.map((row) => (
              <tr key={row.name}>
                <th scope="row">
                  <a href={`${row.name}/`}>{row.name}</a>
                </th>
                {isFailure(row) ? (
                  <td colSpan={COLUMNS.length - 1}>
                    <Badge tone="bad">{row.code}</Badge> {row.message}
                  </td>
                ) : (
                  <Cells row={row} />
                )}
              </tr>
            ))}
          </tbody>
        </table>
      </Wide>
    </>
  );
}
