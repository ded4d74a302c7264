/** What `record` and `stage` share: a new version from the command line. */

import { invalid, invalidArgument, quoted } from '../complaint.js';
import { excludePatterns, readModule } from '../content/read-module.js';
import type { CheckpointContent, Ledger, NewCheckpoint, VersionCheckpoint } from '../library.js';
import { keyValues, versionNumber, versionOrNone } from '../options/arguments.js';
import { checkpointJson } from '../terminal/json-answers.js';
import { versionLine } from '../terminal/show-version.js';
import type { Answer, ArgumentSpec, Context, OptionSpec } from '../verb.js';
import { type Opened, withLedger, writtenWithWarnings } from '../with-ledger.js';

export const NEW_VERSION_ARGUMENTS: readonly ArgumentSpec[] = [
  { name: '<MODULE>', description: 'the module, e.g. planner or @acme/planner' },
  { name: '[PATH...]', description: 'its folder, or its files; several are taken relative to their common folder' },
];

export const NEW_VERSION_OPTIONS: readonly OptionSpec[] = [
  { flags: '--as <N>', description: 'the version number (default: the next)' },
  { flags: '--parent <N>', description: 'the version it was made from, - for none (default: the active one)' },
  { flags: '--tag <TAG>', description: 'a tag for it, such as stable', repeat: true },
  { flags: '--meta <KEY=VALUE>', description: 'a line of metadata', repeat: true },
  { flags: '--timestamp <SECONDS>', description: 'its time in seconds since the Unix epoch (default: now)' },
  { flags: '--checksum <TEXT>', description: 'its checksum: instead of paths, or to be compared with theirs' },
  { flags: '--exclude <PATTERN>', description: 'leave out what matches, as in .gitignore', repeat: true },
  { flags: '--exclude-from <FILE>', description: 'a file of such patterns' },
  {
    flags: '--include <PATTERN>',
    description: 'take what matches, although it is left out or looks secret',
    repeat: true,
  },
];

function timestampOf(text: string | undefined): number | undefined {
  if (text === undefined) return undefined;
  if (/^[0-9]+(\.[0-9]+)?$/.test(text)) return Number(text);
  throw invalidArgument('--timestamp', 'seconds since the Unix epoch', quoted(text), 'as `date +%s.%3N` prints them');
}

function checkpointFrom({ given }: Context): NewCheckpoint {
  const as = given.text('as');
  const parent = given.text('parent');
  const meta = given.list('meta');
  return {
    moduleId: given.required('MODULE'),
    version: as === undefined ? undefined : versionNumber(as, '--as'),
    parentVer: parent === undefined ? undefined : versionOrNone(parent, '--parent'),
    checksum: given.text('checksum'),
    timestamp: timestampOf(given.text('timestamp')),
    tags: given.list('tag'),
    metadata: meta.length === 0 ? undefined : Object.fromEntries(keyValues(meta, '--meta')),
  };
}

/** A skill that no client loads is refused, unless its `SKILL.md` is named. @throws `INVALID_FILES` */
async function assertSkill({ given, library }: Context, files: CheckpointContent['files']): Promise<void> {
  if (files === undefined || given.list('include').includes('SKILL.md')) return;
  const issues = await library.skillIssues(given.required('MODULE'), library.normalizeFiles(files));
  if (issues.length > 0)
    throw invalid('INVALID_FILES', issues, 'correct the head of SKILL.md, or take it as it is with --include SKILL.md');
}

async function contentFrom(
  { io, given, library }: Context,
  { ledger, key, progress }: Opened,
): Promise<CheckpointContent> {
  const paths = given.list('PATH');
  if (paths.length === 0) return {};
  const exclude = await excludePatterns(io.cwd, given.list('exclude'), given.text('exclude-from'));
  const options = {
    cwd: io.cwd,
    exclude,
    include: given.list('include'),
    ledger: ledger.gitdir,
    key: key?.path ?? null,
    onProgress: (files: number) => progress.show('reading files', files),
  };
  const files = await readModule(paths, options);
  await assertSkill({ io, given, library }, files);
  return { files };
}

/** Makes a new version from the command line, and answers with it. */
export async function makeVersion(
  context: Context,
  did: string,
  make: (ledger: Ledger, checkpoint: NewCheckpoint, content: CheckpointContent) => Promise<VersionCheckpoint>,
): Promise<Answer> {
  const wanted = checkpointFrom(context);
  // Before a passphrase is asked for and a folder is read, however large it is.
  context.library.checkCheckpoint(wanted);
  if (wanted.checksum === undefined && context.given.list('PATH').length === 0) {
    const hint = 'name the module’s folder, or give --checksum to record without files';
    throw invalidArgument('PATH', 'a folder, some files, or --checksum', 'none of them', hint);
  }
  return withLedger(context, 'write', async (opened) => {
    const content = await contentFrom(context, opened);
    opened.progress.show(`writing ${wanted.moduleId}`);
    const checkpoint = await make(opened.ledger, wanted, content);
    const line = versionLine(did, checkpoint);
    return writtenWithWarnings(opened, { checkpoint: checkpointJson(checkpoint) }, [line]);
  });
}
