/** The lines of `log --graph`: the versions of a module as a tree, newest first, in the manner of `git log --graph`. */

interface GraphNode {
  readonly version: number;
  readonly parentVer: number | null;
}

/** What stands left of a version, or between two of them (`node` null). */
export interface GraphLine<N> {
  readonly rail: string;
  readonly node: N | null;
}

/** The line in which a branch joins another: `|/`, or `|_|/` past those between. Those right of it move one place to the left. */
function joining(width: number, to: number, from: number): string {
  let text = '';
  for (let column = 0; column < width; column++) {
    if (column === from) continue;
    if (column > from) text += ' /';
    else if (column < to || column === from - 1) text += column === from - 1 ? '|/' : '| ';
    else text += '|_';
  }
  return text;
}

/** One line a node, and one wherever branches join. The nodes come in descending order of their versions; a parent is less than its child. */
export function graphLines<N extends GraphNode>(nodes: readonly N[]): GraphLine<N>[] {
  const lines: GraphLine<N>[] = [];
  /** The version that each column leads down to. */
  const columns: number[] = [];
  for (const node of nodes) {
    if (!columns.includes(node.version)) columns.push(node.version);
    const place = columns.indexOf(node.version);
    for (let other = columns.lastIndexOf(node.version); other > place; other = columns.lastIndexOf(node.version)) {
      lines.push({ rail: joining(columns.length, place, other), node: null });
      columns.splice(other, 1);
    }
    lines.push({ rail: columns.map((_, column) => (column === place ? '*' : '|')).join(' '), node });
    if (node.parentVer !== null) {
      columns[place] = node.parentVer;
      continue;
    }
    columns.splice(place, 1);
    if (place < columns.length)
      lines.push({ rail: `${'| '.repeat(place)}${' /'.repeat(columns.length - place)}`, node: null });
  }
  return lines;
}
