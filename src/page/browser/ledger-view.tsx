/** The ledger itself: its audit, its remote, the processes that follow it. */

import type { JSX } from 'preact';
import type { AuditAnswer, OverviewAnswer, ProcessJson } from '../answers.js';
import { useAnswer } from './data.js';
import { Facts, Heading, Shown, Wide } from './page-parts.js';
import { Age, Badge, Said, Time, VersionLink } from './text.js';

const TONES = { passed: 'good', failed: 'bad', incomplete: 'warn' } as const;

function Steps({ report }: { readonly report: NonNullable<AuditAnswer['report']> }): JSX.Element {
  return (
    <Wide label="Steps of the audit">
      <table>
        <caption>Steps of the audit made for this report</caption>
        <thead>
          <tr>
            <th scope="col">Step</th>
            <th scope="col">What it makes sure of</th>
            <th scope="col">Checked</th>
            <th scope="col">Result</th>
          </tr>
        </thead>
        <tbody>
          {report.steps.map(({ name, claim, checked, unit, problems, omitted }) => (
            <tr key={name}>
              <th scope="row">{name}</th>
              <td>{claim}</td>
              <td>
                {checked.toLocaleString('en')} {unit}
              </td>
              <td>
                {problems.length > 0 ? (
                  <>
                    <Badge tone="bad">failed</Badge>
                    <ul class="plain">
                      {problems.map(({ message, seq }) => (
                        <li key={`${seq} ${message}`}>
                          {seq === null ? '' : `entry ${seq}: `}
                          <Said text={message} />
                        </li>
                      ))}
                      {omitted > 0 ? <li>and {omitted} more</li> : null}
                    </ul>
                  </>
                ) : checked === 0 ? (
                  <span class="faint">nothing to check</span>
                ) : (
                  <Badge tone="good">ok</Badge>
                )}
              </td>
            </tr>
          ))}
        </tbody>
      </table>
    </Wide>
  );
}

function Audit({ answer }: { readonly answer: AuditAnswer }): JSX.Element {
  const { lastAudit, report } = answer;
  const outcome = report?.outcome ?? lastAudit?.outcome;
  return (
    <>
      <p>
        {outcome === undefined ? (
          'No audit is remembered here.'
        ) : (
          <>
            <Badge tone={TONES[outcome]}>{outcome}</Badge>{' '}
            {report === null && lastAudit !== null ? (
              <>
                <Time timestamp={lastAudit.at} />, <Age timestamp={lastAudit.at} />
              </>
            ) : null}
          </>
        )}
      </p>
      {report === null ? (
        <p class="faint">
          <code>git-lineage audit</code> reads the whole ledger from its objects up and says, step by step, what holds.
        </p>
      ) : (
        <Steps report={report} />
      )}
    </>
  );
}

function Processes({
  processes,
  overview,
}: {
  readonly processes: readonly ProcessJson[];
  readonly overview: OverviewAnswer;
}): JSX.Element {
  const active = new Map(overview.modules.map((row) => [row.moduleId, row.active]));
  return (
    <Wide label="Processes">
      <table>
        <caption>Processes that follow this ledger</caption>
        <thead>
          <tr>
            <th scope="col">Process</th>
            <th scope="col">Said so</th>
            <th scope="col">Runs as the ledger says</th>
            <th scope="col">Runs something else</th>
          </tr>
        </thead>
        <tbody>
          {processes.map(({ name, at, running }) => {
            const others = running.filter(({ moduleId, version }) => version !== (active.get(moduleId) ?? null));
            return (
              <tr key={name}>
                <th scope="row">
                  <Said text={name} />
                </th>
                <td>{at === null ? 'never' : <Age timestamp={at} />}</td>
                <td>
                  {running.length - others.length} of {running.length}
                </td>
                <td>
                  {others.map(({ moduleId, version }) => (
                    <div key={moduleId}>
                      <Said text={moduleId} />{' '}
                      {version === null ? 'nothing' : <VersionLink moduleId={moduleId} version={version} />}
                    </div>
                  ))}
                </td>
              </tr>
            );
          })}
        </tbody>
      </table>
    </Wide>
  );
}

export function LedgerView({
  overview,
  moved,
}: {
  readonly overview: OverviewAnswer;
  readonly moved: number;
}): JSX.Element {
  const asked = useAnswer<AuditAnswer>('audit', moved);
  const { root, position, replication, processes, name } = overview;
  return (
    <>
      <Heading title="Ledger" />
      <Facts
        facts={[
          ['Name', <Said key="name" text={name} />],
          ['First entry', <code key="root">{root}</code>],
          [
            'Last entry',
            <>
              {position.seq}, <code>{position.oid}</code>
            </>,
          ],
          [
            'Remote',
            replication.remote === null ? (
              'none: writes are its own'
            ) : (
              <>
                <Said text={replication.remote} />{' '}
                {replication.failure === null ? (
                  <Badge tone="good">reached</Badge>
                ) : (
                  <>
                    <Badge tone="bad">not reached</Badge> <Said text={replication.failure.reason} />
                  </>
                )}
                {replication.lastContact === null ? null : (
                  <>
                    {' '}
                    <Age timestamp={replication.lastContact} />
                  </>
                )}
              </>
            ),
          ],
        ]}
      />
      <section>
        <h2>Audit</h2>
        <Shown asked={asked}>{(answer) => <Audit answer={answer} />}</Shown>
      </section>
      <section>
        <h2>Processes</h2>
        {processes === null || processes.length === 0 ? (
          <p class="faint">
            None report here. <code>git-lineage ui --processes URL</code> asks one for its metrics; a service that
            mounts this page tells of them by the option <code>processes</code>.
          </p>
        ) : (
          <Processes processes={processes} overview={overview} />
        )}
      </section>
    </>
  );
}
