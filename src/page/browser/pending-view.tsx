/** What waits for an operator, and the command that approves it. */

import type { JSX } from 'preact';
import type { StoredReport } from '../../model/report.js';
import type { OverviewAnswer } from '../answers.js';
import { Heading, Wide } from './page-parts.js';
import { LINK } from './route.js';
import { Level, ModuleLink, Said } from './text.js';

export function PendingTable({ reports }: { readonly reports: readonly StoredReport[] }): JSX.Element {
  return (
    <Wide label="Pending reports">
      <table>
        <caption>Reports that wait for an operator</caption>
        <thead>
          <tr>
            <th scope="col">Module</th>
            <th scope="col">Change</th>
            <th scope="col">Level</th>
            <th scope="col">What was found</th>
            <th scope="col">To approve it</th>
          </tr>
        </thead>
        <tbody>
          {reports.map(({ moduleId, fromVer, toVer, level, rationale, capabilitiesAdded: gained }) => (
            <tr key={`${moduleId} ${fromVer} ${toVer}`}>
              <th scope="row">
                <ModuleLink moduleId={moduleId} />
              </th>
              <td>
                <a href={LINK.pair(moduleId, fromVer, toVer)}>
                  {fromVer === null ? 'first' : `v${fromVer}`} → v{toVer}
                </a>
              </td>
              <td>
                <Level level={level} />
                {gained === undefined ? null : <div>gaining {gained.join(', ')}</div>}
              </td>
              <td class="rationale">
                <Said text={rationale} />
              </td>
              <td>
                <code>
                  git-lineage approve {moduleId} {fromVer ?? '-'} {toVer}
                </code>
              </td>
            </tr>
          ))}
        </tbody>
      </table>
    </Wide>
  );
}

export function PendingView({ overview }: { readonly overview: OverviewAnswer }): JSX.Element {
  const { pending, modules } = overview;
  const total = modules.reduce((sum, row) => sum + row.pending, 0);
  return (
    <>
      <Heading title="Pending" />
      {pending.length === 0 ? (
        <p class="notice good">Nothing waits for an operator.</p>
      ) : (
        <PendingTable reports={pending} />
      )}
      {total > pending.length ? <p class="faint">and {total - pending.length} more</p> : null}
    </>
  );
}
