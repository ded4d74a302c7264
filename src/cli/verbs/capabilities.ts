/** `capabilities MODULE[@N]`: what a version reaches, where, and by which imports. */

import { invalidArgument, quoted } from '../complaint.js';
import { contentOf } from '../content/content-of.js';
import type { CapabilityReport, CapabilityUse, NormalizedFiles } from '../library.js';
import { moduleReference } from '../options/arguments.js';
import { requireActive } from '../options/require-module.js';
import type { Block } from '../terminal/render.js';
import type { Answer, Context, Verb } from '../verb.js';
import { withLedger } from '../with-ledger.js';

const HINT = 'git-lineage capabilities planner@2, or git-lineage capabilities --files ./planner';

/** A version, and how it is named. */
interface Asked {
  readonly name: string;
  readonly files: NormalizedFiles;
  readonly metadata: Readonly<Record<string, string>>;
}

async function fromLedger(context: Context, reference: string): Promise<Asked> {
  const { moduleId, version } = moduleReference(reference);
  return withLedger(context, 'read', async ({ ledger }) => {
    const number = version ?? (await requireActive(context, ledger, moduleId)).version;
    const { metadata } = await ledger.versions.get(moduleId, number);
    return { name: `${moduleId}@${number}`, files: await ledger.readFiles(moduleId, number), metadata };
  });
}

async function asked(context: Context): Promise<Asked> {
  const [reference, path] = [context.given.text('MODULE[@N]'), context.given.text('files')];
  if (path !== undefined && reference === undefined)
    return { name: path, files: await contentOf(context, path), metadata: {} };
  if (reference !== undefined && path === undefined) return fromLedger(context, reference);
  const actual = reference === undefined ? 'none' : `${quoted(reference)} and --files`;
  throw invalidArgument('MODULE', 'either MODULE[@N] or --files PATH', actual, HINT);
}

function row({ capability, reach, what, file, line, chain }: CapabilityUse): string[] {
  const by = chain.map((place) => `${place.file}:${place.line}`).join(' > ');
  return [capability, reach, `${file}:${line}`, what, by === '' ? '-' : by];
}

function blocks(name: string, { reach, uses, omitted }: CapabilityReport): Block[] {
  const reached = Object.entries(reach).filter(([, how]) => how !== 'none');
  const words = reached.map(([capability, how]) => (how === 'present' ? capability : `${capability} (undetermined)`));
  return [
    { line: `${name} reaches ${words.length === 0 ? 'nothing that was found' : words.join(', ')}` },
    { columns: ['CAPABILITY', 'REACHED', 'WHERE', 'BY WHAT', 'THROUGH'], rows: uses.map(row) },
    ...(omitted === 0 ? [] : [{ line: `and ${omitted} more` }]),
  ];
}

export const capabilities: Verb = {
  name: 'capabilities',
  group: 'Compatibility:',
  summary: 'List what a version reaches: files, programs, network, code; from its files alone',
  arguments: [{ name: '[MODULE[@N]]', description: 'the version; the active one where no number is given' }],
  options: [{ flags: '--files <PATH>', description: 'instead of a version: a folder or an npm tarball' }],
  paged: true,
  example: 'git-lineage capabilities planner@2',
  run: async (context): Promise<Answer> => {
    const { name, files, metadata } = await asked(context);
    const found = await context.library.findCapabilities(files, metadata);
    return { json: found, blocks: blocks(name, found) };
  },
};
