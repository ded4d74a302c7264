/** `diff MODULE N M`: what changed from one version to another. */

import { runGit } from '../git/run-git.js';
import type { FileChange, VersionDiff } from '../library.js';
import { versionNumber } from '../options/arguments.js';
import { requireModule } from '../options/require-module.js';
import { checkpointJson } from '../terminal/json-answers.js';
import type { Block, Tone } from '../terminal/render.js';
import { levelCell } from '../terminal/show-level.js';
import { checksumCell, tagsText } from '../terminal/show-version.js';
import type { Context, Io, Verb } from '../verb.js';
import { withLedger } from '../with-ledger.js';

const RELATION = {
  same: 'the same version',
  ancestor: 'an ancestor',
  descendant: 'a descendant',
  apart: 'on another line',
} as const;

const CHANGE: Readonly<Record<FileChange['change'], Tone>> = { added: 'good', removed: 'bad', changed: 'warn' };

function diffJson(diff: VersionDiff): unknown {
  return { ...diff, from: checkpointJson(diff.from), to: checkpointJson(diff.to) };
}

function summary(diff: VersionDiff): Block {
  const { from, to, relation, sameContent, metadata, tags, level, approvers } = diff;
  const value = (text: string | null) => text ?? '-';
  const rows = [
    ['versions', `${from.version} -> ${to.version}`],
    [
      'relation',
      `${from.version} is ${RELATION[relation]}${relation === 'same' ? '' : ` of ${to.version}`}`.replace(
        'line of',
        'line than',
      ),
    ],
    [
      'checksum',
      sameContent
        ? { text: `${to.checksum} in both` }
        : {
            text: `${from.checksum} -> ${to.checksum}`,
            short: `${checksumCell(from.checksum).short ?? from.checksum} -> ${checksumCell(to.checksum).short ?? to.checksum}`,
          },
    ],
    ['report', level === null ? 'none on this pair' : levelCell(level)],
    ...(approvers.length === 0 ? [] : [['approved by', approvers.join(', ')]]),
    ...(tags.added.length === 0 ? [] : [['tags added', tagsText(new Set(tags.added))]]),
    ...(tags.removed.length === 0 ? [] : [['tags removed', tagsText(new Set(tags.removed))]]),
    ...metadata.map((change) => [`meta ${change.key}`, `${value(change.from)} -> ${value(change.to)}`]),
  ];
  return { columns: ['FIELD', 'VALUE'], rows };
}

function fileTable(files: readonly FileChange[]): Block {
  const size = (state: FileChange['from']) => (state === null ? '-' : String(state.bytes ?? 'redacted'));
  const mode = ({ from, to }: FileChange) =>
    from === null || to === null || from.mode === to.mode ? ((to ?? from)?.mode ?? '') : `${from.mode} -> ${to.mode}`;
  const rows = files.map((file) => [
    { text: file.change, tone: CHANGE[file.change] },
    mode(file),
    `${size(file.from)} -> ${size(file.to)}`,
    file.path,
  ]);
  return { columns: ['CHANGE', 'MODE', 'BYTES', 'PATH'], rows };
}

function lineTone(line: string): Tone {
  if (/^(diff |index |--- |\+\+\+ |new file|deleted file|old mode|new mode|similarity|rename )/.test(line))
    return 'strong';
  if (line.startsWith('@@')) return 'faint';
  return line.startsWith('+') ? 'good' : line.startsWith('-') ? 'bad' : 'plain';
}

/** Nothing that a repository or its user configured is run: no external diff, no text conversion, no pager. */
const PLAIN = [
  'diff',
  '--no-color',
  '--no-ext-diff',
  '--no-textconv',
  '--no-renames',
  '--submodule=short',
  '--end-of-options',
];

/** The change as git shows it; null where git is not installed or will not. */
async function patch(io: Io, gitdir: string, { fromOid, toOid }: VersionDiff): Promise<string | null> {
  const outcome = await runGit(io, gitdir, [`--git-dir=${gitdir}`, '--no-pager', ...PLAIN, fromOid, toOid, '--']);
  return outcome?.code === 0 ? outcome.stdout.toString('utf8') : null;
}

async function patchBlocks(context: Context, gitdir: string, diff: VersionDiff): Promise<Block[]> {
  const text = diff.files.length === 0 ? '' : await patch(context.io, gitdir, diff);
  if (text === null) return [{ line: 'the lines themselves are shown where git is installed', tone: 'faint' }];
  return text
    .split('\n')
    .slice(0, -1)
    .map((line) => ({ line, tone: lineTone(line) }));
}

export const diff: Verb = {
  name: 'diff',
  group: 'Versions:',
  summary: 'Show what changed from one version to another',
  arguments: [
    { name: '<MODULE>', description: 'the module' },
    { name: '<N>', description: 'the one version' },
    { name: '<M>', description: 'the other' },
  ],
  options: [{ flags: '--stat', description: 'only which files changed, not their lines' }],
  paged: true,
  example: 'git-lineage diff planner 2 3',
  run: (context) => {
    const { given } = context;
    const moduleId = given.required('MODULE');
    const [from, to] = [versionNumber(given.required('N'), 'N'), versionNumber(given.required('M'), 'M')];
    return withLedger(context, 'read', async ({ ledger }) => {
      await requireModule(context, ledger, moduleId);
      const found = await ledger.versions.diff(moduleId, from, to);
      const plain = given.flag('stat') || given.flag('json');
      const lines = plain ? [] : await patchBlocks(context, ledger.gitdir, found);
      return { json: diffJson(found), blocks: [summary(found), fileTable(found.files), ...lines] };
    });
  },
};
