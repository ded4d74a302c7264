/** The graph beside the versions of a module: one drawing for each row, which meet. */

import type { JSX } from 'preact';
import type { LineStyle, RailRow } from './rail-lanes.js';

const STEP = 20;
const EDGE = 14;

function x(lane: number): number {
  return EDGE + lane * STEP;
}

export function railWidth(rows: readonly RailRow[]): number {
  const lanes = rows.map(({ lane, lines }) => Math.max(lane, ...lines.map(({ from }) => from)));
  return x(Math.max(0, ...lanes)) + EDGE;
}

function lineClass({ kind, breaking }: LineStyle): string {
  return `line ${kind}${breaking ? ' breaking' : ''}`;
}

/** How the node of a version looks. */
export interface NodeLook {
  readonly active: boolean;
  readonly inLineage: boolean;
  readonly stable: boolean;
  readonly reverted: boolean;
  readonly staged: boolean;
  readonly target: boolean;
}

function nodeClass({ active, inLineage, reverted, staged }: NodeLook): string {
  if (active) return 'node active';
  if (staged) return 'node staged';
  if (reverted) return 'node reverted';
  return inLineage ? 'node' : 'node abandoned';
}

const HEIGHTS = { top: ['0%', '50%'], bottom: ['50%', '100%'], past: ['0%', '100%'] } as const;

/** Seen only: the row says the same in words. */
export function RailCell({
  row,
  look,
  width,
}: {
  readonly row: RailRow;
  readonly look: NodeLook;
  readonly width: number;
}): JSX.Element {
  const cx = x(row.lane);
  return (
    <svg class="rail" width={width} height="100%" aria-hidden="true" focusable="false">
      {row.lines.map(({ from, to, part, look: line }, i) => {
        const [y1, y2] = HEIGHTS[part];
        return <line key={i} class={lineClass(line)} x1={x(from)} y1={y1} x2={x(to)} y2={y2} />;
      })}
      {look.target ? <circle class="target" cx={cx} cy="50%" r="10" /> : null}
      <circle class={nodeClass(look)} cx={cx} cy="50%" r={look.active ? 7 : 5.5} />
      {look.stable ? <circle class="stable" cx={cx} cy="50%" r="2.5" /> : null}
      {look.reverted ? (
        <svg x={cx} y="50%" overflow="visible" aria-hidden="true">
          <path class="cross" d="M-3 -3 L3 3 M-3 3 L3 -3" />
        </svg>
      ) : null}
    </svg>
  );
}
