/** Where the nodes and lines of a lineage stand, row by row, as `git log --graph` places them: the active lineage is lane 0. */

/** A version of the graph, newest first. */
export interface RailVersion {
  readonly version: number;
  readonly parentVer: number | null;
  readonly inLineage: boolean;
  /** How the line to its parent looks. */
  readonly line: LineStyle;
}

/** `lineage`: leads to the active version; `abandoned`: was left by a rollback; `staged`: never active. */
export interface LineStyle {
  readonly kind: 'lineage' | 'abandoned' | 'staged';
  readonly breaking: boolean;
}

/** A line within one row. From its top to the node, from the node to its bottom, or past it. */
interface RailLine {
  readonly from: number;
  readonly to: number;
  readonly part: 'top' | 'bottom' | 'past';
  readonly look: LineStyle;
}

export interface RailRow {
  readonly lane: number;
  readonly lines: readonly RailLine[];
}

/** More are drawn over one another. */
const MAX_LANES = 9;

interface Lane {
  /** The version that it leads to, further down. */
  readonly to: number;
  readonly look: LineStyle;
}

function freeLane(lanes: readonly (Lane | null)[]): number {
  for (let lane = 1; lane < MAX_LANES; lane++) if ((lanes[lane] ?? null) === null) return lane;
  return MAX_LANES;
}

function laneFor({ version, inLineage }: RailVersion, lanes: readonly (Lane | null)[]): number {
  if (inLineage) return 0;
  const waiting = lanes.findIndex((lane, i) => i > 0 && lane?.to === version);
  return waiting > 0 ? waiting : freeLane(lanes);
}

/** The rows of a graph. */
export function railOf(versions: readonly RailVersion[]): readonly RailRow[] {
  const lanes: (Lane | null)[] = [];
  return versions.map((version) => {
    const lane = laneFor(version, lanes);
    const lines: RailLine[] = [];
    for (const [i, open] of lanes.entries()) {
      if (open === null || open === undefined) continue;
      if (open.to === version.version) {
        lines.push({ from: i, to: lane, part: 'top', look: open.look });
        lanes[i] = null;
      } else lines.push({ from: i, to: i, part: 'past', look: open.look });
    }
    if (version.parentVer !== null) {
      lines.push({ from: lane, to: lane, part: 'bottom', look: version.line });
      lanes[lane] = { to: version.parentVer, look: version.line };
    }
    return { lane, lines };
  });
}
