/** `gate --changed`: may what is about to be committed replace the active versions? */

import { Complaint, invalid } from '../complaint.js';
import { ChangedContent, versionsWith } from '../content/changed-content.js';
import { type DevelopmentConfig, findDevelopmentConfig } from '../content/development-config.js';
import { readModule } from '../content/read-module.js';
import { secretIssues } from '../content/secrets.js';
import { type UnstagedLevel, unstagedLevel } from '../content/unstaged-level.js';
import { EXIT } from '../exit-codes.js';
import { type IndexContent, readIndex, type WorkTreeFolder, workTreeFolder } from '../git/git-index.js';
import type {
  CompatibilityLevel,
  GateRefusal,
  InputIssue,
  Ledger,
  ModuleFile,
  StoredReport,
  VersionCheckpoint,
} from '../library.js';
import { namedLedger } from '../options/find-ledger.js';
import type { ChangeReason } from '../options/gate-answer-code.js';
import { selectedFiles } from '../options/module-selection.js';
import type { Block } from '../terminal/render.js';
import type { Answer, Context } from '../verb.js';
import { type Opened, withLedger } from '../with-ledger.js';

/**
 * How a module's content relates to the ledger: the active version's; of a module without one; that of a version made
 * from the active one; in no such version; that of a version that was reverted; none at all; nothing that a ledger takes.
 */
type ModuleState = 'unchanged' | 'new' | 'staged' | 'unstaged' | 'reverted' | 'deleted' | 'invalid';

/** The answer for one module. */
interface ModuleVerdict {
  readonly moduleId: string;
  readonly path: string;
  readonly state: ModuleState;
  readonly allow: boolean;
  /** The level of the pair; null where no pair is judged. */
  readonly level: CompatibilityLevel | null;
  readonly reasons: readonly ChangeReason[];
}

type Finding = Omit<ModuleVerdict, 'moduleId' | 'path'>;
type StagedFinding = Omit<Finding, 'state'>;

function refused(state: ModuleState, reasons: readonly ChangeReason[]): Finding {
  return { state, allow: false, level: null, reasons };
}

/** The folder on disk, for where there is no git to ask. */
async function readDisk(config: DevelopmentConfig, ledger: Ledger, path: string): Promise<IndexContent> {
  const options = { cwd: config.file.folder, exclude: [], ledger: ledger.gitdir, key: null };
  try {
    const files: ReadonlyMap<string, ModuleFile> = await readModule([path], options);
    return files.size === 0 ? { kind: 'nothing' } : { kind: 'files', files, paths: null };
  } catch (error) {
    if (error instanceof Complaint && error.code === 'NOT_FOUND') return { kind: 'nothing' };
    if (error instanceof Complaint && error.code === 'INVALID_FILES') {
      return { kind: 'unfit', reasons: [{ code: 'INVALID_FILES', message: error.message }] };
    }
    throw error;
  }
}

/** What an assessor found BREAKING on a pair, which names the exports; each text once. */
function breakingRationales(reports: readonly StoredReport[]): ChangeReason[] {
  const found = reports.filter((r) => r.level === 'BREAKING' && r.approvedBy === 'auto' && r.withdraws === null);
  const texts = new Set(found.map(({ rationale }) => rationale).filter((text) => text !== ''));
  return [...texts].map((message) => ({ code: 'RATIONALE', message }));
}

/** What the gate says of a version that has the content; where nobody assessed it, and it is BREAKING, what it will say. */
async function gateStaged(
  { library }: Context,
  ledger: Ledger,
  active: VersionCheckpoint,
  version: number,
): Promise<StagedFinding> {
  const { moduleId } = active;
  const verdict = await ledger.gate(moduleId, active.version, version);
  const reports = await ledger.reports.list(moduleId, active.version, version);
  if (verdict.level === 'BREAKING') {
    return { ...verdict, reasons: [...verdict.reasons, ...breakingRationales(reports)] };
  }
  if (reports.length > 0) return verdict;
  const { level, rationale, capabilities } = await ledger.reports.preview(moduleId, active.version, version);
  const needed = library.approvalNeeded(level, await ledger.policy.get(), capabilities.added);
  if (level !== 'BREAKING' && needed === null) return verdict;
  const allow = verdict.allow && needed === null;
  const how = `nobody assessed v${version}: git-lineage assess ${moduleId} ${active.version} ${version} puts this on record`;
  return {
    allow,
    level,
    reasons: [
      { code: 'NOT_ASSESSED', message: how },
      { code: 'RATIONALE', message: rationale },
    ],
  };
}

/**
 * The verdict on content that several versions have: a BREAKING one cannot be dodged by staging the same again, and
 * whichever is approved will do.
 */
function verdictOfAll(verdicts: readonly StagedFinding[]): StagedFinding | undefined {
  const breaking = verdicts.filter(({ level }) => level === 'BREAKING');
  const counted = breaking.length > 0 ? breaking : verdicts;
  return counted.findLast(({ allow }) => allow) ?? counted.at(-1);
}

/** Whether content that is not in the ledger may be committed: what the gate will say of it, as nobody has approved it. */
function judgeUnstaged({ level, reasons }: UnstagedLevel, needed: GateRefusal | null, path: string): Finding {
  const more: ChangeReason[] = [];
  if (needed !== null) more.push({ ...needed, message: `${needed.message}: stage ${path} to have it approved` });
  else if (level === 'BREAKING' || level === 'UNKNOWN')
    more.push({ code: 'APPROVAL_NOT_ASKED', message: `${level}, and the policy asks for no approval` });
  return { state: 'unstaged', allow: needed === null, level, reasons: [...reasons, ...more] };
}

/** The refusal of content that was reverted. */
async function judgeReverted(ledger: Ledger, version: VersionCheckpoint): Promise<Finding> {
  const { moduleId, parentVer, version: number } = version;
  const { level } = await ledger.gate(moduleId, parentVer, number);
  const message = `v${number} with this content was reverted: tag it stable again, or untag reverted, to clear that`;
  return { state: 'reverted', allow: false, level, reasons: [{ code: 'REVERTED', message }] };
}

async function judgeFiles(
  context: Context,
  ledger: Ledger,
  moduleId: string,
  path: string,
  content: ChangedContent,
): Promise<Finding> {
  const { library } = context;
  const active = await ledger.latestCheckpoint(moduleId);
  if (active !== null && (await content.isOf(active)))
    return { state: 'unchanged', allow: true, level: null, reasons: [] };
  const same = await versionsWith(content, ledger, moduleId, active);
  const reverted = same.findLast(({ tags }) => tags.has('reverted'));
  if (reverted !== undefined) return judgeReverted(ledger, reverted);
  if (active === null) {
    return {
      state: 'new',
      allow: true,
      level: null,
      reasons: [{ code: 'NOTHING_ACTIVE', message: 'no version of it is active: there is nothing to break' }],
    };
  }
  const verdicts: StagedFinding[] = [];
  for (const { parentVer, version } of same) {
    if (parentVer === active.version) verdicts.push(await gateStaged(context, ledger, active, version));
  }
  const verdict = verdictOfAll(verdicts);
  if (verdict !== undefined) return { state: 'staged', ...verdict };
  const found = await unstagedLevel(ledger, active, content.files);
  return judgeUnstaged(found, library.approvalNeeded(found.level, await ledger.policy.get(), found.gained), path);
}

const NO_PATTERNS = { exclude: [], include: [] };

function textOf({ data, mode }: ModuleFile): string | null {
  return mode === '120000' ? null : Buffer.from(data).toString('utf8');
}

function reasonsOf(issues: readonly InputIssue[]): ChangeReason[] {
  return issues.map((i) => ({ code: 'INVALID_FILES', message: `${i.path}: expected ${i.expected}, got ${i.actual}` }));
}

async function judgeModule(context: Context, ledger: Ledger, place: Place, moduleId: string): Promise<ModuleVerdict> {
  const { config, workTree } = place;
  const path = config.modules.get(moduleId) ?? '';
  const content =
    workTree === null ? await readDisk(config, ledger, path) : await readIndex(context.io, workTree, path);
  const verdict = (finding: Finding): ModuleVerdict => ({ moduleId, path, ...finding });
  if (content.kind === 'unfit') return verdict(refused('invalid', content.reasons));
  if (content.kind === 'nothing') {
    const where = workTree === null ? `there is nothing at ${path}` : `git's index has no file at ${path}`;
    const message = `${where}: it was deleted, or never added; a module that moved has another path in package.json`;
    return verdict(refused('deleted', [{ code: 'NO_FILES', message }]));
  }
  try {
    // Of the index what `record` would take of the work tree.
    const taken = content.paths === null ? content.files : await selectedFiles(content.files, NO_PATTERNS, textOf);
    const secrets = content.paths === null ? [] : secretIssues(taken);
    if (secrets.length > 0) return verdict(refused('invalid', reasonsOf(secrets)));
    const files = context.library.normalizeFiles(taken);
    const faults = await context.library.skillIssues(moduleId, files);
    if (faults.length > 0) return verdict(refused('invalid', reasonsOf(faults)));
    const indexed =
      workTree === null || content.paths === null
        ? null
        : { io: context.io, folder: workTree, path, paths: content.paths, files };
    const given = new ChangedContent(context, ledger, files, indexed);
    return verdict(await judgeFiles(context, ledger, moduleId, path, given));
  } catch (error) {
    if (!context.library.isLedgerError(error, 'INVALID_FILES')) throw error;
    return verdict(refused('invalid', reasonsOf(error.data.issues)));
  }
}

/** Where the content is. */
interface Place {
  readonly config: DevelopmentConfig;
  /** Null where it is no git work tree: then the disk is read. */
  readonly workTree: WorkTreeFolder | null;
}

function headline({ state, allow, level, moduleId, path }: ModuleVerdict): string {
  const plain = state === 'unchanged' || state === 'new';
  const words = plain ? [state] : [allow ? 'allow' : 'refuse', ...(level === null ? [] : [level])];
  return [...words, moduleId, `(${path})`].join(' ');
}

function moduleBlocks(verdict: ModuleVerdict): Block[] {
  const lines = verdict.reasons.flatMap(({ message }) => message.split('\n').map((line) => ({ line: `  ${line}` })));
  return [{ line: headline(verdict), tone: verdict.allow ? 'good' : 'bad' }, ...lines];
}

/** The ledger that the modules are compared with: the one that is named outside, else the one in package.json. */
function ledgerOf(context: Context, config: DevelopmentConfig): string {
  const gitdir = namedLedger(context) ?? config.ledger;
  if (gitdir !== null) return gitdir;
  const issue = {
    path: `${config.file.path}: "git-lineage".ledger`,
    expected: 'the path of the ledger',
    actual: 'nothing',
  };
  throw invalid('INVALID_CONFIG', [issue], 'add "ledger": "../modules.git", or set GIT_LINEAGE_DIR');
}

/** Compares each mapped module with its active version; exit code 1 where one is refused. */
export async function gateChanged(context: Context): Promise<Answer> {
  const { io } = context;
  const config = await findDevelopmentConfig(io.cwd);
  const place: Place = { config, workTree: await workTreeFolder(io, config.file.folder) };
  const judge = async ({ ledger, progress }: Opened): Promise<Answer> => {
    const verdicts: ModuleVerdict[] = [];
    for (const moduleId of config.modules.keys()) {
      progress.show('comparing modules', verdicts.length, config.modules.size);
      verdicts.push(await judgeModule(context, ledger, place, moduleId));
    }
    return {
      json: verdicts.map(({ moduleId, path, state, allow, level, reasons }) => ({
        moduleId,
        path,
        state,
        allow,
        level,
        reasons,
      })),
      blocks: verdicts.flatMap(moduleBlocks),
      exitCode: verdicts.every(({ allow }) => allow) ? EXIT.done : EXIT.no,
    };
  };
  return withLedger(context, 'read', judge, ledgerOf(context, config));
}
