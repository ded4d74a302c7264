/** `import npm` and `import git`: the releases that a module has elsewhere, as versions of a ledger. */

import { invalidArgument } from '../complaint.js';
import { excludePatterns } from '../content/read-module.js';
import { oneOf } from '../options/arguments.js';
import { ModuleSelection, type SelectionOptions } from '../options/module-selection.js';
import { withTemporaryFolder } from '../temporary-folder.js';
import type { Block } from '../terminal/render.js';
import { isoTime, nameOf } from '../terminal/show-version.js';
import type { Answer, Context, OptionSpec, Verb } from '../verb.js';
import { remoteAddress } from '../verbs/clone.js';
import { type Opened, withLedger, writtenWithWarnings } from '../with-ledger.js';
import { folderInTree, GitSource } from './git-source.js';
import { Importer } from './importer.js';
import { NpmSource, packageSpec } from './npm-source.js';
import type { Source } from './release.js';
import { ORDERS } from './release-order.js';

const OPTIONS: readonly OptionSpec[] = [
  { flags: '--module <MODULE>', description: "the module's name in the ledger (default: the package's)" },
  { flags: '--tag <TAG>', description: 'a tag for what becomes active, such as stable', repeat: true },
  { flags: '--stage', description: 'put the releases into the ledger without making any active' },
  {
    flags: '--order <ORDER>',
    values: ORDERS,
    description: 'number them by date (the default), or by semver where the dates are wrong',
  },
  { flags: '--no-prerelease', description: 'leave prereleases out' },
  { flags: '--exclude <PATTERN>', description: 'leave out what matches, as in .gitignore', repeat: true },
  { flags: '--exclude-from <FILE>', description: 'a file of such patterns' },
  {
    flags: '--include <PATTERN>',
    description: 'take what matches, although it is left out or looks secret',
    repeat: true,
  },
];

type OpenSource = (selection: ModuleSelection, options: SelectionOptions, folder: string) => Promise<Source>;

function counted(count: number, one: string): string {
  return `${count} ${one}${count === 1 ? '' : 's'}`;
}

/** Nobody reads a warning a release: those of the gate that have the same code become one. */
function gateWarnings({ notices }: Opened): readonly string[] {
  const counts = new Map<string, number>();
  for (const notice of notices)
    if (notice.type === 'warning') counts.set(notice.code, (counts.get(notice.code) ?? 0) + 1);
  return [...counts].map(([code, count]) => `${counted(count, 'release')} became active with the gate's note ${code}`);
}

function warningsOf(source: Source, importer: Importer, opened: Opened): readonly string[] {
  const { heldBack } = importer;
  const held =
    heldBack.length === 0
      ? []
      : [
          `${heldBack.join(', ')}: staged and not activated, because version ${importer.active ?? '-'} is active, which is not the release before`,
        ];
  return [...source.warnings, ...importer.warnings, ...held, ...gateWarnings(opened)];
}

async function answer(source: Source, importer: Importer, opened: Opened, isTerminal: boolean): Promise<Answer> {
  const { moduleId, passedOver } = source;
  const { imported, present, active } = importer;
  const warnings = warningsOf(source, importer, opened);
  const activated = [...importer.activated, ...imported.filter((r) => r.activated).map(({ version }) => version)];
  const rows = imported.map(({ name, version, timestamp, activated: isActive }) => [
    nameOf({ moduleId, version }),
    name,
    isoTime(timestamp),
    isActive ? 'activated' : 'staged',
  ]);
  const blocks: Block[] = [
    ...(isTerminal ? [] : [{ columns: ['VERSION', 'RELEASE', 'DATE', 'DID'], rows }]),
    ...passedOver.map(({ name, message }): Block => ({ line: `passed over: ${name} ${message}`, tone: 'warn' })),
    {
      line: `imported ${counted(imported.length, 'release')} of ${moduleId}, ${present} there already`,
      tone: 'good',
    },
    { line: active === null ? 'no version is active' : `active: ${nameOf({ moduleId, version: active })}` },
  ];
  const written = await writtenWithWarnings(
    opened,
    { moduleId, imported, present, activated, active, passedOver },
    blocks,
  );
  return { ...written, json: { ...(written.json as object), warnings }, warnings };
}

async function run(context: Context, open: OpenSource): Promise<Answer> {
  const { io, given } = context;
  for (const tag of given.list('tag')) context.library.assertTag(tag);
  const exclude = await excludePatterns(io.cwd, given.list('exclude'), given.text('exclude-from'));
  const order = oneOf(ORDERS, given.text('order') ?? 'date', '--order');
  const patterns = { exclude, include: given.list('include') };
  const selection = await ModuleSelection.of(patterns);
  return withLedger(context, 'write', (opened) =>
    withTemporaryFolder('import', async (folder) => {
      const { progress } = opened;
      const source = await open(selection, patterns, folder);
      const onProgress = (done: number, total: number) => progress.show(`importing ${source.moduleId}`, done, total);
      const options = { order, stageOnly: given.flag('stage'), tags: given.list('tag'), selection, onProgress };
      const importer = await Importer.of(context, opened, source, options);
      await importer.run();
      return answer(source, importer, opened, io.stdout.isTTY === true);
    }),
  );
}

async function importNpm(context: Context): Promise<Answer> {
  const { io, given } = context;
  const { default: semver } = await import('semver');
  const spec = packageSpec(semver, given.required('PACKAGE'));
  const moduleId = given.text('module') ?? spec.name;
  context.library.assertModuleId(moduleId);
  const prereleases = !given.flag('no-prerelease');
  return run(context, (selection, _, folder) =>
    NpmSource.open({ io, semver, spec, moduleId, prereleases, selection, folder }),
  );
}

async function importGit(context: Context): Promise<Answer> {
  const { io, given } = context;
  const { default: semver } = await import('semver');
  const module = given.text('module');
  if (module !== undefined) context.library.assertModuleId(module);
  const options = {
    io,
    semver,
    library: context.library,
    address: await remoteAddress(io, given.required('REPO')),
    tags: given.text('tags') ?? 'v*',
    path: folderInTree(given.text('path')),
    moduleId: module,
    prereleases: !given.flag('no-prerelease'),
  };
  return run(context, (_, selection, folder) => GitSource.open({ ...options, selection, folder }));
}

export const importReleases: Verb = {
  name: 'import',
  group: 'Versions:',
  summary: 'Import the releases that a module has elsewhere, with their dates, in order',
  example: 'git-lineage import npm lru-cache@7',
  run: () => {
    const hint = 'git-lineage import npm PACKAGE[@RANGE], or git-lineage import git REPO';
    throw invalidArgument('import', 'npm or git', 'neither', hint);
  },
  verbs: [
    {
      name: 'npm',
      summary: 'Import the releases of an npm package, through your npm and its configuration',
      arguments: [
        { name: '<PACKAGE>', description: "the package, perhaps with a range: lru-cache, '@acme/planner@>=2'" },
      ],
      options: OPTIONS,
      example: 'git-lineage import npm lru-cache@7 --tag stable',
      run: importNpm,
    },
    {
      name: 'git',
      summary: 'Import the tags of a git repository whose names end in a version',
      arguments: [{ name: '<REPO>', description: 'http(s), ssh, git or file URL, user@host:path, or a path' }],
      options: [
        { flags: '--tags <PATTERN>', description: "which tags, as git tag --list takes it (default: 'v*')" },
        { flags: '--path <DIR>', description: "the module's folder in the repository (default: its top)" },
        ...OPTIONS,
      ],
      example: "git-lineage import git ../planner --tags 'v*' --path packages/planner",
      run: importGit,
    },
  ],
};
