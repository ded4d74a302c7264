/**
 * The releases that a git repository has as tags.
 *
 * Only git's own transport reads the repository: what is fetched lies in a bare one of our own, so that no hook, filter or setting of
 * somebody else's counts, and no work tree is made.
 */

import { readdir, rm } from 'node:fs/promises';
import { join, posix } from 'node:path';
import { gitEnvironment, QUIET_SETTINGS } from '../../git-environment.js';
import { credentialEnvironment, secretsOf, splitCredentials, type UrlCredentials } from '../../url-credentials.js';
import { Complaint, invalid, invalidArgument, quoted } from '../complaint.js';
import { isObject } from '../content/package-json.js';
import { nulEnded, readBlobs } from '../git/git-index.js';
import { type GitOutcome, gitComplaint, runGit } from '../git/run-git.js';
import type { FileMode, ModuleFile } from '../library.js';
import { IGNORE_FILES, type SelectionOptions, selectedFiles } from '../options/module-selection.js';
import type { Io, Library } from '../verb.js';
import {
  type Candidate,
  type FetchedRelease,
  type PassedOver,
  type Release,
  ReleaseError,
  type Source,
} from './release.js';
import { semverOfTag } from './tag-semver.js';

type Semver = typeof import('semver');

interface GitOptions {
  readonly io: Io;
  readonly semver: Semver;
  readonly library: Pick<Library, 'formatOf' | 'SHA1'>;
  /** As git takes it. */
  readonly address: string;
  readonly tags: string;
  /** The module's folder in the tree; empty for its top. */
  readonly path: string;
  /** Undefined: what its package.json says, or the name of its folder. */
  readonly moduleId: string | undefined;
  readonly prereleases: boolean;
  readonly selection: SelectionOptions;
  readonly folder: string;
}

/** The folder that `--path` names, as git writes it. */
export function folderInTree(text: string | undefined): string {
  const path = posix.normalize(text ?? '.').replace(/\/+$/, '');
  if (path === '.' || path === '') return '';
  if (!path.startsWith('/') && path !== '..' && !path.startsWith('../')) return path;
  const expected = 'a folder of the repository, relative to its top';
  throw invalidArgument('--path', expected, quoted(text ?? ''), 'for example --path packages/planner');
}

interface Tag extends Candidate {
  readonly tag: string;
  readonly commit: string;
}

interface TreeEntry {
  readonly mode: string;
  readonly oid: string;
}

const STRICT_UTF8 = new TextDecoder('utf-8', { fatal: true });

/** git in a repository of our own. */
class Scratch {
  readonly io: Io;
  readonly folder: string;
  private readonly credentials: UrlCredentials | null;
  private readonly address: string;

  constructor({ io, folder, address }: GitOptions, credentials: UrlCredentials | null) {
    const terminal = io.stdin.isTTY === true && io.stderr.isTTY === true;
    const env = {
      ...gitEnvironment(io.env),
      GIT_TERMINAL_PROMPT: terminal ? '1' : '0',
      GIT_ALLOW_PROTOCOL: 'http:https:ssh:git:file',
      GIT_NO_LAZY_FETCH: '1',
    };
    this.io = { ...io, env };
    this.folder = folder;
    this.address = address;
    this.credentials = credentials;
  }

  async run(args: readonly string[], input?: string): Promise<Buffer> {
    const outcome = await this.outcomeOf(args, input);
    if (outcome?.code === 0) return outcome.stdout;
    throw gitComplaint(args, this.folder, outcome);
  }

  /** Has git ask the repository that is imported. @throws `IO`, which names it */
  async ask(args: readonly string[], input?: string): Promise<Buffer> {
    const outcome = await this.outcomeOf(args, input);
    if (outcome?.code === 0) return outcome.stdout;
    if (outcome === null) throw gitComplaint(args, this.folder, outcome);
    const operation = 'read the repository';
    const why = outcome.stderr.trim().replace(/\s*\n\s*/g, '; ') || `exit code ${outcome.code}`;
    const message = `cannot ${operation} ${quoted(this.address)}: ${why}`;
    const data = { operation, path: this.address, errno: null };
    throw new Complaint('IO', message, data, 'check the address, and that git can read it: git ls-remote --tags REPO');
  }

  private outcomeOf(args: readonly string[], input = ''): Promise<GitOutcome | null> {
    const settings = QUIET_SETTINGS.flatMap((setting) => ['-c', setting]);
    const { address, credentials } = this;
    const ours =
      credentials === null ? {} : { env: credentialEnvironment(address, credentials), secrets: secretsOf(credentials) };
    return runGit(this.io, this.folder, [...settings, ...args], { input, ...ours });
  }

  /** git fetches into a repository of the same object format alone. */
  async make(format?: string): Promise<void> {
    for (const entry of await readdir(this.folder)) await rm(join(this.folder, entry), { recursive: true });
    const formats = format === undefined ? [] : [`--object-format=${format}`];
    await this.run(['init', '--quiet', '--bare', '--template=', ...formats, '.']);
  }
}

function* refLines(listing: string): Generator<{ oid: string; tag: string; isPeeled: boolean }> {
  for (const line of listing.split('\n')) {
    const [, oid, tag, peeled] = /^([0-9a-f]+)\trefs\/tags\/(.*?)(\^\{\})?$/.exec(line) ?? [];
    if (oid !== undefined && tag !== undefined) yield { oid, tag, isPeeled: peeled !== undefined };
  }
}

export class GitSource implements Source {
  readonly moduleId: string;
  readonly candidates: readonly Tag[];
  readonly passedOver: PassedOver[];
  readonly warnings: readonly string[] = [];
  readonly leaveOut = 'leave the tag out with a pattern that does not match it: --tags PATTERN';
  private readonly options: GitOptions;
  private readonly scratch: Scratch;
  /** The tag of each release. */
  private readonly prepared = new Map<Release, Tag>();

  private constructor(options: GitOptions, scratch: Scratch, moduleId: string, candidates: Tag[], over: PassedOver[]) {
    this.options = options;
    this.scratch = scratch;
    this.moduleId = moduleId;
    this.candidates = candidates;
    this.passedOver = over;
  }

  /** Asks the repository for its tags. @throws `IO`, `NOT_FOUND`, `INVALID_ARGUMENT` */
  static async open(given: GitOptions): Promise<GitSource> {
    const { address, credentials } = splitCredentials(given.address);
    const options = { ...given, address };
    const scratch = new Scratch(options, credentials);
    await scratch.make();
    const { candidates, passedOver } = await listTags(options, scratch);
    const { formatOf, SHA1 } = options.library;
    const format = formatOf(candidates[0]?.commit ?? '');
    if (format !== SHA1) await scratch.make(format.name);
    const moduleId = options.moduleId ?? (await nameOf(options, scratch, candidates));
    return new GitSource(options, scratch, moduleId, candidates, passedOver);
  }

  async prepare(candidates: readonly Candidate[]): Promise<readonly Release[]> {
    const tags = this.candidates.filter((tag) => candidates.includes(tag));
    if (tags.length === 0) return [];
    await fetchTags(this.scratch, this.options.address, tags);
    const dates = await this.dates();
    const kinds = await this.kinds(tags);
    const releases = tags.flatMap((tag, i) => {
      const [commit, folder] = [kinds[2 * i], kinds[2 * i + 1]];
      if (commit !== 'commit') {
        this.passedOver.push({
          name: tag.name,
          code: 'NO_COMMIT',
          message: 'is a tag of something else than a commit',
        });
        return [];
      }
      if (folder !== 'tree') {
        const message = `has no folder ${quoted(this.options.path)}`;
        this.passedOver.push({ name: tag.name, code: 'NO_FOLDER', message });
        return [];
      }
      const release = { ...tag, date: dates.get(tag.tag) ?? 0 };
      this.prepared.set(release, tag);
      return [release];
    });
    if (releases.length > 0 || tags.length < this.candidates.length) return releases;
    const what = this.options.path === '' ? 'a tag of a commit' : `a folder ${quoted(this.options.path)} at any tag`;
    const hint = 'check --path, which is relative to the top of the repository, and --tags';
    throw new Complaint('NOT_FOUND', `the repository does not have ${what}`, { kind: 'REMOTE', what }, hint);
  }

  async *fetch(releases: readonly Release[]): AsyncGenerator<FetchedRelease> {
    for (const release of releases) {
      const tag = this.prepared.get(release);
      if (tag === undefined) throw new TypeError(`${release.name} is of another source`);
      try {
        yield { release, files: await this.filesOf(tag) };
      } catch (error) {
        throw new ReleaseError(release, error);
      }
    }
  }

  /** When each tag was made; of one that is a mere ref, its commit. */
  private async dates(): Promise<ReadonlyMap<string, number>> {
    const format = '%(refname:lstrip=2)%00%(creatordate:unix)%00%(*committerdate:unix)%00';
    const listing = await this.scratch.run(['for-each-ref', `--format=${format}`, 'refs/tags/']);
    const fields = [...nulEnded(listing)].map((field) => field.toString('utf8').replace(/^\n/, ''));
    const dates = new Map<string, number>();
    for (let at = 0; at + 2 < fields.length; at += 3)
      dates.set(fields[at] ?? '', Math.max(0, Number(fields[at + 1] || fields[at + 2] || 0)));
    return dates;
  }

  /** Of each tag the type of what it is a tag of, and of the module's folder there. */
  private async kinds(tags: readonly Tag[]): Promise<readonly string[]> {
    const input = tags.map(({ commit }) => `${commit}\n${commit}:${this.options.path}\n`).join('');
    const output = await this.scratch.run(['cat-file', '--batch-check=%(objecttype)'], input);
    return output.toString('utf8').split('\n');
  }

  private async filesOf({ commit }: Tag): Promise<ReadonlyMap<string, ModuleFile>> {
    const entries = await treeEntries(this.scratch, `${commit}:${this.options.path}`);
    const { io, folder } = this.scratch;
    const isRule = (path: string): boolean =>
      path === 'package.json' || IGNORE_FILES.some((name) => posix.basename(path) === name);
    const isFile = ({ mode }: TreeEntry): boolean => mode === '100644' || mode === '100755';
    const oids = [...entries].filter(([path, entry]) => isRule(path) && isFile(entry)).map(([, { oid }]) => oid);
    const rules = await readBlobs(io, folder, new Set(oids));
    const textOf = (entry: TreeEntry): string | null => {
      const bytes = isFile(entry) ? rules.get(entry.oid) : undefined;
      return bytes === undefined ? null : Buffer.from(bytes).toString('utf8');
    };
    const taken = await selectedFiles(entries, this.options.selection, textOf);
    const issues = [...taken].flatMap(([path, { mode }]) => {
      const actual = 'a submodule: its files are not in this repository';
      return mode === '160000' ? [{ path: quoted(path), expected: 'a file', actual }] : [];
    });
    if (issues.length > 0) throw invalid('INVALID_FILES', issues, 'leave it out with --exclude PATTERN');
    const blobs = await readBlobs(io, folder, new Set([...taken.values()].map(({ oid }) => oid)));
    const file = ({ mode, oid }: TreeEntry): ModuleFile => ({
      data: blobs.get(oid) ?? new Uint8Array(),
      mode: modeOf(mode),
    });
    return new Map([...taken].map(([path, entry]) => [path, file(entry)]));
  }
}

/** Old repositories have files of mode 100664. */
function modeOf(mode: string): FileMode {
  if (mode === '120000' || mode === '100755') return mode;
  return '100644';
}

/** The files below a tree, by their paths in it. @throws `INVALID_FILES` */
async function treeEntries(scratch: Scratch, tree: string): Promise<ReadonlyMap<string, TreeEntry>> {
  const entries = new Map<string, TreeEntry>();
  for (const line of nulEnded(await scratch.run(['ls-tree', '-r', '-z', '--full-tree', tree]))) {
    const tab = line.indexOf(0x09);
    const [mode = '', , oid = ''] = line.toString('latin1', 0, tab).split(' ');
    try {
      entries.set(STRICT_UTF8.decode(line.subarray(tab + 1)), { mode, oid });
    } catch {
      const issue = { path: quoted(line.toString('latin1', tab + 1)), expected: 'a name in UTF-8', actual: 'another' };
      throw invalid('INVALID_FILES', [issue], 'a ledger holds no such names');
    }
  }
  return entries;
}

async function fetchTags(scratch: Scratch, address: string, tags: readonly Tag[]): Promise<void> {
  // The commits between the tags are not needed.
  const flags = ['--quiet', '--depth=1', '--no-tags', '--no-write-fetch-head', '--recurse-submodules=no', '--stdin'];
  const refspecs = tags.map(({ tag }) => `+refs/tags/${tag}:refs/tags/${tag}\n`).join('');
  await scratch.ask(['fetch', ...flags, '--', address], refspecs);
}

/** The tags that match the pattern, as `git tag --list` would have it. */
async function listTags(
  { semver, address, tags: pattern, path, prereleases }: GitOptions,
  scratch: Scratch,
): Promise<{ candidates: Tag[]; passedOver: PassedOver[] }> {
  const patterns = [`refs/tags/${pattern}`, `refs/tags/${pattern}^{}`];
  const listing = (await scratch.ask(['ls-remote', '--quiet', '--', address, ...patterns])).toString('utf8');
  const commits = new Map<string, string>();
  for (const { oid, tag, isPeeled } of refLines(listing)) if (isPeeled || !commits.has(tag)) commits.set(tag, oid);
  const bySemver = new Map<string, Tag>();
  const passedOver: PassedOver[] = [];
  for (const [tag, commit] of commits) {
    const text = semverOfTag(semver, tag);
    if (text === null) {
      passedOver.push({ name: tag, code: 'NO_SEMVER', message: 'does not end in a version by semver' });
      continue;
    }
    if (!prereleases && semver.prerelease(text) !== null) continue;
    const twin = bySemver.get(text);
    if (twin !== undefined && twin.commit !== commit) {
      const actual = `${quoted(twin.tag)} and ${quoted(tag)}, which are different commits`;
      throw invalidArgument('--tags', `one tag of ${text}`, actual, 'give a pattern that matches one of them');
    }
    if (twin !== undefined) passedOver.push({ name: tag, code: 'SAME_RELEASE', message: `is the same as ${twin.tag}` });
    else {
      const metadata = { tag, commit, ...(path === '' ? {} : { path }) };
      bySemver.set(text, { name: tag, tag, commit, semver: text, metadata });
    }
  }
  if (bySemver.size === 0) {
    const what = `a tag of a release that matches ${quoted(pattern)}`;
    const hint = `a tag is to end in a version, such as v1.2.3 or planner@1.2.3; see: git ls-remote --tags ${quoted(address)}`;
    throw new Complaint('NOT_FOUND', `the repository does not have ${what}`, { kind: 'REMOTE', what }, hint);
  }
  return { candidates: [...bySemver.values()], passedOver };
}

/** What package.json says at the highest tag; without it, what the folder or the repository is called. */
async function nameOf({ semver, address, path }: GitOptions, scratch: Scratch, tags: readonly Tag[]): Promise<string> {
  const [highest] = [...tags].sort((a, b) => semver.compareBuild(b.semver, a.semver));
  const fallback = posix.basename(path === '' ? address.replace(/[/\\]+$/, '').replace(/\/?\.git$/, '') : path);
  if (highest === undefined) return fallback;
  await fetchTags(scratch, address, [highest]);
  const input = `${highest.commit}:${join(path, 'package.json')}\n`;
  const output = (await scratch.run(['cat-file', '--batch'], input)).toString('utf8');
  try {
    const content: unknown = JSON.parse(output.slice(output.indexOf('\n') + 1));
    if (isObject(content) && typeof content['name'] === 'string' && content['name'] !== '') return content['name'];
  } catch {
    // There is none, or none that npm could read either.
  }
  return fallback.replace(/^.*:/, '');
}
