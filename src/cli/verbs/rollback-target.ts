/** `rollback-target MODULE`: the version to go back to; a question that changes nothing. */

import { EXIT } from '../exit-codes.js';
import type { RollbackExplanation, RollbackReason, TagFilter, VersionCheckpoint } from '../library.js';
import { oneOf } from '../options/arguments.js';
import { requireModule } from '../options/require-module.js';
import { checkpointJson } from '../terminal/json-answers.js';
import type { Block } from '../terminal/render.js';
import { nameOf } from '../terminal/show-version.js';
import type { Context, OptionSpec, Verb } from '../verb.js';
import { withLedger } from '../with-ledger.js';

export const TARGET_OPTIONS: readonly OptionSpec[] = [
  {
    flags: '--reason <REASON>',
    description: 'MANUAL (default), HEALTH_FAILURE, DEPENDENCY or TIMEOUT',
    values: ['MANUAL', 'HEALTH_FAILURE', 'DEPENDENCY', 'TIMEOUT'] satisfies RollbackReason[],
  },
  { flags: '--tag <TAG>', description: 'the tag to look for (default: stable)' },
  { flags: '--any', description: 'the nearest version not assessed BREAKING, whatever its tags', conflicts: ['tag'] },
];

/** The reason given, or MANUAL. */
export function reasonFrom({ given, library }: Context): RollbackReason {
  const text = given.text('reason');
  return text === undefined ? 'MANUAL' : oneOf(Object.values(library.RollbackReason), text, '--reason');
}

/** The filter given; undefined leaves it to the library. */
export function filterFrom({ given }: Context): TagFilter | undefined {
  return given.flag('any') ? null : given.text('tag');
}

/** What makes a version the target, or that there is nothing before the active one. */
function ruleFor(
  target: VersionCheckpoint | null,
  active: VersionCheckpoint | null,
  filter: TagFilter | undefined,
): string | null {
  if (active === null) return 'no version is active';
  const wanted = filter === null ? 'that is not assessed BREAKING' : `tagged ${filter ?? 'stable'}`;
  if (target !== null) return `the nearest ancestor of v${active.version} ${wanted}, with other content`;
  return active.parentVer === null ? `v${active.version} is the first of its lineage: there is none before it` : null;
}

function explained(
  { target, skipped, passedOver }: RollbackExplanation,
  rule: string | null,
  explains: boolean,
): Block[] {
  const blocks: Block[] = target === null ? [] : [{ line: nameOf(target), tone: 'strong' }];
  if (!explains) return blocks;
  if (rule !== null) blocks.push({ line: rule });
  const rows = skipped.map(({ version, reason }) => [String(version), reason]);
  const counts = Object.entries(passedOver).filter(([, count]) => count > 0);
  const all = counts.reduce((sum, [, count]) => sum + count, 0);
  const left = all - skipped.length;
  const summary = `and ${left} more: of ${all} in all, ${counts.map(([code, count]) => `${count} ${code}`).join(', ')}`;
  return [...blocks, { columns: ['PASSED OVER', 'WHY'], rows }, ...(left > 0 ? [{ line: summary }] : [])];
}

export const rollbackTarget: Verb = {
  name: 'rollback-target',
  group: 'Going back:',
  summary: 'Show the version to go back to; exit code 1 where there is none',
  arguments: [{ name: '<MODULE>', description: 'the module' }],
  options: [...TARGET_OPTIONS, { flags: '--explain', description: 'say why other versions were passed over' }],
  example: 'git-lineage rollback-target planner --explain',
  run: async (context) => {
    const moduleId = context.given.required('MODULE');
    reasonFrom(context);
    const tagFilter = filterFrom(context);
    return withLedger(context, 'read', async ({ ledger }) => {
      await requireModule(context, ledger, moduleId);
      const found = await ledger.live.explainRollback(moduleId, { tagFilter });
      const { target, skipped, passedOver } = found;
      const explains = context.given.flag('explain');
      const rule = explains ? ruleFor(target, await ledger.latestCheckpoint(moduleId), tagFilter) : null;
      return {
        json: {
          target: target === null ? null : checkpointJson(target),
          skipped: skipped.map(({ version, code, reason }) => ({ version, code, reason })),
          passedOver,
        },
        blocks: explained(found, rule, explains),
        warnings: target === null ? [`${moduleId} has no rollback target`] : [],
        exitCode: target === null ? EXIT.no : EXIT.done,
      };
    });
  },
};
