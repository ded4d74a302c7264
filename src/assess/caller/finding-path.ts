/** The path of a finding, in parts: where callers enter, the export, and the way from there. */

/** One step from an export to the place of a change. */
export interface Step {
  /** `.name`, `#name`, `(name)` or `()`, and whatever stands in other brackets. */
  readonly kind: 'member' | 'instance' | 'parameter' | 'result' | 'other';
  readonly name: string;
}

export interface FindingPath {
  /** As callers write it behind the module's name: `.` or `./sub`. */
  readonly subpath: string;
  /** True where the first call on the way is a construction. */
  readonly isNew: boolean;
  /** The export's name; `module.exports` for what `export =` hands over. */
  readonly root: string;
  readonly steps: readonly Step[];
}

const PATH = /^(?:(\S+): )?(new )?(module\.exports|[^.#(<[]*)(.*)$/s;
const STEP = /[.#]([^.#(<[]+)|\(([^()]*)\)|\[[^\]]*\]|<[^>]*>/sy;

function stepOf([text, member, parameter]: RegExpExecArray): Step {
  if (member !== undefined) return { kind: text.startsWith('#') ? 'instance' : 'member', name: member };
  if (parameter === undefined) return { kind: 'other', name: text };
  return parameter === '' ? { kind: 'result', name: '' } : { kind: 'parameter', name: parameter };
}

/** What is found in a declaration that callers cannot name stands behind the export that leads to it: `Queue > Base#limit`. */
const HIDDEN = /^(.*?) > [^.#(<[]*(#.*)?/s;

/** Reads a path; null where it is of no export. Of a base that is hidden, members are those of the class; else the way ends at the export. */
export function readFindingPath(path: string): FindingPath | null {
  const [, subpath = '.', construct, root = '', rest = ''] = PATH.exec(path.replace(HIDDEN, '$1$2')) ?? [];
  if (root === '') return null;
  const steps: Step[] = [];
  STEP.lastIndex = 0;
  while (STEP.lastIndex < rest.length) {
    const match = STEP.exec(rest);
    // What is odd about a name only makes the way shorter.
    if (match === null) break;
    steps.push(stepOf(match));
  }
  return { subpath, isNew: construct !== undefined, root, steps };
}
