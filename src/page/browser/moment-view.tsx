/** Time travel: what was active at an entry of the journal. */

import type { JSX } from 'preact';
import { useMemo } from 'preact/hooks';
import type { MomentAnswer, MomentsAnswer, OverviewAnswer } from '../answers.js';
import { IS_REPORT, useAnswer } from './data.js';
import { ModuleTable } from './modules-view.js';
import { Heading, Shown } from './page-parts.js';
import { LINK } from './route.js';
import { Age, Hash, Time } from './text.js';

/** Chooses a moment by its entry. `seqs`: those that a report has. */
function Chooser({
  seq,
  last,
  seqs,
}: {
  readonly seq: number;
  readonly last: number;
  readonly seqs: readonly number[] | null;
}) {
  const before = seqs === null ? seq - 1 : (seqs.findLast((other) => other < seq) ?? -1);
  const after = seqs === null ? seq + 1 : (seqs.find((other) => other > seq) ?? last + 1);
  const nearest = (wanted: number): number => seqs?.findLast((other) => other <= wanted) ?? wanted;
  return (
    <form
      class="tools"
      onSubmit={(event) => {
        event.preventDefault();
        const time = Date.parse(String(new FormData(event.currentTarget).get('time') ?? ''));
        if (Number.isFinite(time)) location.hash = `#/at/t${Math.floor(time / 1000)}`;
      }}
    >
      {before >= 0 ? <a href={LINK.at(before)}>Earlier</a> : null}
      <label class="grow">
        Entry{' '}
        <input
          type="range"
          min={0}
          max={last}
          value={seq}
          onChange={(event) => {
            location.hash = LINK.at(nearest(Number(event.currentTarget.value)));
          }}
        />
      </label>
      {after <= last ? <a href={LINK.at(after)}>Later</a> : null}
      {seqs === null ? (
        <>
          <label>
            or time <input type="datetime-local" name="time" step="1" />
          </label>
          <button type="submit">Go</button>
        </>
      ) : null}
    </form>
  );
}

function AtMoment({
  at,
  overview,
  seqs,
}: {
  readonly at: string;
  readonly overview: OverviewAnswer;
  readonly seqs: readonly number[] | null;
}): JSX.Element {
  const asked = useAnswer<MomentAnswer>(`at/${at}`, 0);
  const now = useMemo(
    () => new Map(overview.modules.map(({ moduleId, active }) => [moduleId, active])),
    [overview.modules],
  );
  return (
    <Shown asked={asked}>
      {({ seq, oid, timestamp, modules }) => (
        <>
          <Chooser key={seq} seq={seq} last={overview.position.seq} seqs={seqs} />
          <p>
            As the ledger was after entry {seq} <Hash of={oid} /> of <Time timestamp={timestamp} />,{' '}
            <Age timestamp={timestamp} /> · <a href={LINK.page(Math.floor(seq / 100))}>that part of the journal</a>
          </p>
          <ModuleTable rows={modules} now={now} caption={`Modules after entry ${seq}`} />
        </>
      )}
    </Shown>
  );
}

function OfReport({ at, overview }: { readonly at: string | null; readonly overview: OverviewAnswer }): JSX.Element {
  const asked = useAnswer<MomentsAnswer>('moments', 0);
  return (
    <Shown asked={asked}>
      {({ seqs }) => {
        const wanted = at === null || at.startsWith('t') ? overview.position.seq : Number(at);
        const seq = seqs.findLast((other) => other <= wanted) ?? 0;
        return (
          <>
            {seq === wanted ? null : (
              <p class="notice">This report does not have entry {wanted} by itself: the nearest one before is shown.</p>
            )}
            <AtMoment at={String(seq)} overview={overview} seqs={seqs} />
          </>
        );
      }}
    </Shown>
  );
}

export function MomentView({
  at,
  overview,
}: {
  readonly at: string | null;
  readonly overview: OverviewAnswer;
}): JSX.Element {
  return (
    <>
      <Heading title="Time travel" />
      {IS_REPORT ? (
        <OfReport at={at} overview={overview} />
      ) : (
        <AtMoment at={at ?? String(overview.position.seq)} overview={overview} seqs={null} />
      )}
    </>
  );
}
