/** The files that differ between two versions, line by line. */

import { structuredPatch } from 'diff';
import type { JSX } from 'preact';
import { useMemo } from 'preact/hooks';
import type { ChangesAnswer } from '../answers.js';
import { Wide } from './page-parts.js';
import { Badge, Said, sizeOf, visible } from './text.js';

type Change = ChangesAnswer['files'][number];

/** Comparing ends where two files have less in common than this allows, or it takes longer. */
const LIMITS = { context: 3, maxEditLength: 5000, timeout: 1000 };
const MAX_LINES = 3000;

/** The lines of a patch, each with its sign; null where it would take too long. */
function patchLines(before: string, after: string): readonly string[] | null {
  const patch = structuredPatch('', '', before, after, undefined, undefined, LIMITS);
  if (patch === undefined) return null;
  return patch.hunks.flatMap(({ oldStart, oldLines, newStart, newLines, lines }) => [
    `@@ -${oldStart},${oldLines} +${newStart},${newLines} @@`,
    ...lines,
  ]);
}

function PatchLine({ line }: { readonly line: string }): JSX.Element {
  const text = visible(line);
  if (line.startsWith('+')) return <ins>{text}</ins>;
  if (line.startsWith('-')) return <del>{text}</del>;
  return <span class={line.startsWith('@@') ? 'hunk' : undefined}>{text}</span>;
}

export const NOT_SHOWN = {
  binary: 'It is no text.',
  large: 'It is too large to be shown here.',
  redacted: 'A file of this version was redacted: its files are not shown.',
} as const;

function Patch({ change }: { readonly change: Change }): JSX.Element {
  const { before, after } = change;
  const omitted = before?.omitted ?? after?.omitted ?? null;
  const lines = useMemo(
    () => (omitted === null ? patchLines(before?.text ?? '', after?.text ?? '') : null),
    [before, after, omitted],
  );
  if (omitted !== null) return <p class="faint">{NOT_SHOWN[omitted]}</p>;
  if (lines === null) return <p class="faint">The two have too little in common to be shown line by line.</p>;
  if (lines.length === 0) return <p class="faint">The lines are the same.</p>;
  return (
    <Wide label={`Changes of ${change.path}`}>
      <pre class="patch">
        {lines.slice(0, MAX_LINES).map((line, i) => (
          <PatchLine key={i} line={line} />
        ))}
        {lines.length > MAX_LINES ? <span class="hunk">{lines.length - MAX_LINES} more lines</span> : null}
      </pre>
    </Wide>
  );
}

const TONES = { added: 'good', removed: 'bad', changed: 'note' } as const;

export function FileChanges({ files }: Pick<ChangesAnswer, 'files'>): JSX.Element {
  if (files.length === 0) return <p class="faint">No file differs.</p>;
  return (
    <>
      {files.map((change, i) => (
        <details key={change.path} class="file" open={i < 5}>
          <summary>
            <Badge tone={TONES[change.change]}>{change.change}</Badge>{' '}
            <code>
              <Said text={change.path} />
            </code>{' '}
            <span class="faint">
              {change.from === null ? '' : `${sizeOf(change.from.bytes)} → `}
              {change.to === null ? 'gone' : sizeOf(change.to.bytes)}
              {change.from !== null && change.to !== null && change.from.mode !== change.to.mode
                ? `, mode ${change.from.mode} → ${change.to.mode}`
                : ''}
            </span>
          </summary>
          <Patch change={change} />
        </details>
      ))}
    </>
  );
}
