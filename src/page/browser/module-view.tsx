/** One module: where it stands, where it would go back to and why, and its lineage as a graph. */

import type { JSX } from 'preact';
import { useEffect, useMemo, useState } from 'preact/hooks';
import { moduleFolder } from '../../model/module-folder.js';
import type { LogAnswer, LoggedVersionJson, SummaryAnswer } from '../answers.js';
import { answerTo, useAnswer } from './data.js';
import { type NodeLook, RailCell, railWidth } from './lineage-rail.js';
import { Facts, Heading, Shown, Wide } from './page-parts.js';
import { PendingTable } from './pending-view.js';
import { type RailVersion, railOf } from './rail-lanes.js';
import { LINK } from './route.js';
import { Age, Badge, Level, plural, Said, VersionLink } from './text.js';

const SKIPPED: Readonly<Record<string, string>> = {
  REVERTED: 'reverted',
  NOT_TAGGED: 'not tagged stable',
  SAME_CONTENT: 'with the content of the active version',
  REDACTED: 'redacted',
  BREAKING: 'assessed BREAKING',
};

function passedOver({ rollback }: SummaryAnswer): string {
  const parts = Object.entries(rollback.passedOver).flatMap(([code, count]) =>
    count === 0 ? [] : [`${count} ${SKIPPED[code] ?? code}`],
  );
  return parts.length === 0 ? 'none' : parts.join(', ');
}

function RollbackTarget({ answer }: { readonly answer: SummaryAnswer }): JSX.Element {
  const { summary, rollback } = answer;
  const { moduleId, active } = summary;
  const { target, skipped } = rollback;
  return (
    <>
      {target === null ? (
        <span>{active === null ? 'nothing is active' : 'nowhere: no earlier version counts'}</span>
      ) : (
        <>
          <VersionLink moduleId={moduleId} version={target.version} />, the nearest ancestor tagged{' '}
          <Badge tone="good">stable</Badge> of other content
        </>
      )}
      {skipped.length === 0 ? null : (
        <details>
          <summary>Passed over: {passedOver(answer)}</summary>
          <ul class="plain">
            {skipped.map(({ version, reason }) => (
              <li key={version}>
                <VersionLink moduleId={moduleId} version={version} />: {reason}
              </li>
            ))}
          </ul>
        </details>
      )}
    </>
  );
}

function lookOf(logged: LoggedVersionJson, target: number | null): NodeLook {
  const { version, status, inLineage } = logged;
  return {
    active: status === 'ACTIVE',
    inLineage,
    stable: version.tags.includes('stable'),
    reverted: version.tags.includes('reverted'),
    staged: status === 'STAGED',
    target: version.version === target,
  };
}

function railVersion({ version, status, inLineage, level }: LoggedVersionJson): RailVersion {
  const kind = inLineage ? 'lineage' : status === 'STAGED' ? 'staged' : 'abandoned';
  const { version: number, parentVer } = version;
  return { version: number, parentVer, inLineage, line: { kind, breaking: level === 'BREAKING' } };
}

function Marks({ logged, look }: { readonly logged: LoggedVersionJson; readonly look: NodeLook }): JSX.Element {
  const others = logged.version.tags.filter((tag) => tag !== 'stable' && tag !== 'reverted');
  return (
    <span class="marks">
      {look.active ? <Badge tone="note">active</Badge> : null}
      {look.staged ? <Badge tone="quiet">staged</Badge> : null}
      {look.stable ? <Badge tone="good">stable</Badge> : null}
      {look.reverted ? <Badge tone="warn">reverted</Badge> : null}
      {!look.inLineage && !look.staged && !look.reverted ? <Badge tone="quiet">abandoned</Badge> : null}
      {look.target ? <Badge tone="target">rollback target</Badge> : null}
      {others.map((tag) => (
        <Badge key={tag} tone="quiet">
          <Said text={tag} />
        </Badge>
      ))}
    </span>
  );
}

function LogRow({
  logged,
  look,
  rail,
}: {
  readonly logged: LoggedVersionJson;
  readonly look: NodeLook;
  readonly rail: JSX.Element;
}): JSX.Element {
  const { version, stagedBy, level, approvers, rolledBack } = logged;
  const { moduleId, version: number, parentVer, metadata, timestamp } = version;
  const semver = metadata['semver'];
  return (
    <tr class={look.inLineage || look.staged ? undefined : 'off'}>
      <td class="rail-cell">{rail}</td>
      <th scope="row">
        <VersionLink moduleId={moduleId} version={number} />
        {semver === undefined ? null : (
          <span class="semver">
            {' '}
            <Said text={semver.slice(0, 64)} />
          </span>
        )}
      </th>
      <td>
        <Marks logged={logged} look={look} />
      </td>
      <td>
        {parentVer === null ? (
          <span class="faint">first</span>
        ) : (
          <>
            <a class="quiet" href={LINK.pair(moduleId, parentVer, number)}>
              from v{parentVer}
            </a>{' '}
            <Level level={level} />
          </>
        )}
        {approvers.length === 0 ? null : (
          <div class="faint">
            approved by <Said text={approvers.join(', ')} />
          </div>
        )}
      </td>
      <td>
        <Age timestamp={timestamp} />
        <div class="faint">
          <Said text={stagedBy.actor} />
        </div>
      </td>
      <td>
        {rolledBack === null ? null : (
          <>
            rolled back to <VersionLink moduleId={moduleId} version={rolledBack.toVer} />{' '}
            <Badge tone="warn">{rolledBack.reason}</Badge>
            <div class="faint">
              <Age timestamp={rolledBack.timestamp} />, <Said text={rolledBack.actor} />,{' '}
              <a href={LINK.at(rolledBack.seq)}>entry {rolledBack.seq}</a>
            </div>
          </>
        )}
      </td>
    </tr>
  );
}

function Graph({
  versions,
  target,
}: {
  readonly versions: readonly LoggedVersionJson[];
  readonly target: number | null;
}): JSX.Element {
  const rows = useMemo(() => railOf(versions.map(railVersion)), [versions]);
  const width = railWidth(rows);
  return (
    <Wide label="Lineage">
      <table class="lineage">
        <caption>Versions, newest first; the line at the left leads to the active one</caption>
        <thead>
          <tr>
            <td class="rail-cell">
              <svg class="rail-space" width={width} height="1" aria-hidden="true" focusable="false" />
            </td>
            <th scope="col">Version</th>
            <th scope="col">Status</th>
            <th scope="col">Change</th>
            <th scope="col">Made</th>
            <th scope="col">Rollback</th>
          </tr>
        </thead>
        <tbody>
          {versions.map((logged, i) => {
            const look = lookOf(logged, target);
            const row = rows[i];
            if (row === undefined) return null;
            const rail = <RailCell row={row} look={look} width={width} />;
            return <LogRow key={logged.version.version} logged={logged} look={look} rail={rail} />;
          })}
        </tbody>
      </table>
    </Wide>
  );
}

/** The versions read so far, and more of them when they are asked for. */
function Lineage({
  moduleId,
  moved,
  target,
}: {
  readonly moduleId: string;
  readonly moved: number;
  readonly target: number | null;
}): JSX.Element {
  const name = `modules/${moduleFolder(moduleId)}/log`;
  const newest = useAnswer<LogAnswer>(`${name}/latest`, moved);
  const [older, setOlder] = useState<readonly LogAnswer[]>([]);
  const [missing, setMissing] = useState<string | null>(null);
  useEffect(() => {
    setOlder([]);
    setMissing(null);
  }, [moduleId, newest.value]);
  const parts = newest.value === null ? [] : [newest.value, ...older];
  const versions = useMemo(() => parts.flatMap((part) => part.versions), [newest.value, older]);
  const next = parts.at(-1)?.next ?? null;
  const more = (): void => {
    answerTo<LogAnswer>(`${name}/${next}`).then(
      (part) => setOlder((known) => [...known, part]),
      (error: Error) => setMissing(error.message),
    );
  };
  return (
    <Shown asked={newest}>
      {() => (
        <>
          <Graph versions={versions} target={target} />
          {next === null ? null : (
            <button type="button" onClick={more}>
              Show older versions
            </button>
          )}
          {missing === null ? null : <p class="notice">{missing}</p>}
        </>
      )}
    </Shown>
  );
}

function GoTo({ moduleId }: { readonly moduleId: string }): JSX.Element {
  return (
    <form
      class="tools"
      onSubmit={(event) => {
        event.preventDefault();
        const number = new FormData(event.currentTarget).get('version');
        if (typeof number === 'string' && /^[0-9]+$/.test(number))
          location.hash = LINK.version(moduleId, Number(number));
      }}
    >
      <label>
        Go to version <input name="version" type="text" inputMode="numeric" pattern="[0-9]+" size={8} required />
      </label>
      <button type="submit">Open</button>
      <a href={LINK.search({ module: moduleId })}>Journal of this module</a>
    </form>
  );
}

export function ModuleView({ moduleId, moved }: { readonly moduleId: string; readonly moved: number }): JSX.Element {
  const asked = useAnswer<SummaryAnswer>(`modules/${moduleFolder(moduleId)}/summary`, moved);
  return (
    <>
      <nav aria-label="Where this is" class="crumbs">
        <a href={LINK.modules}>Modules</a>
      </nav>
      <Heading title={moduleId}>
        <Said text={moduleId} />
      </Heading>
      <Shown asked={asked}>
        {(answer) => {
          const { active, summary, rollback, pending } = answer;
          const semver = active?.metadata['semver'];
          return (
            <>
              <Facts
                facts={[
                  [
                    'Active',
                    active === null ? (
                      'none'
                    ) : (
                      <>
                        <VersionLink moduleId={moduleId} version={active.version} />{' '}
                        {semver === undefined ? null : <Said text={semver.slice(0, 64)} />}
                      </>
                    ),
                  ],
                  ['Would go back to', <RollbackTarget key="target" answer={answer} />],
                  summary.staged.length === 0
                    ? null
                    : [
                        'Staged',
                        <>
                          {summary.staged.slice(-20).map((version) => (
                            <span key={version}>
                              <VersionLink moduleId={moduleId} version={version} />{' '}
                            </span>
                          ))}
                          {summary.staged.length > 20
                            ? `and ${plural(summary.staged.length - 20, 'more', 'more')}`
                            : null}
                        </>,
                      ],
                ]}
              />
              {pending.length === 0 ? null : (
                <section>
                  <h2>Waiting for an operator</h2>
                  <PendingTable reports={pending} />
                </section>
              )}
              <section>
                <h2>Lineage</h2>
                <GoTo moduleId={moduleId} />
                <Lineage moduleId={moduleId} moved={moved} target={rollback.target?.version ?? null} />
              </section>
            </>
          );
        }}
      </Shown>
    </>
  );
}
