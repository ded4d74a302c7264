/** A loader for versions that are to have what was approved for them: each runs in a process under Node's permission model. */

import { spawn } from 'node:child_process';
import { realpath } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { builtFile } from '../../built-file.js';
import { type InputIssue, invalidInput, quoted } from '../../errors.js';
import { CAPABILITIES, type Capability } from '../../model/capability.js';
import { type KnownOptions, optionIssues } from '../../options-check.js';
import { type CacheOptions, ContentCache } from '../load/content-cache.js';
import { linkedPackages } from '../load/linked-packages.js';
import type { PreparedContent } from '../load/prepare-content.js';
import type { Loader, LoadRequest } from '../swap-ports.js';
import { type ApartLimits, apartLoader, limitIssues, type VersionRunner } from '../worker/apart-loader.js';
import { ChildRunner } from './child-runner.js';
import { notHeld, permissionFlags, thisNode } from './permissions.js';
import type { HostNote } from './process-protocol.js';

/** The version that is asked about. */
export type GrantRequest = Pick<LoadRequest, 'moduleId' | 'version' | 'metadata'>;

/** What the processes may do, where the files of versions are written, and limits. */
export interface ProcessLoaderOptions extends CacheOptions, ApartLimits {
  /**
   * What a version may do: a list for all, or a function that is asked before each is loaded. None by default. It reads its own files and
   * the packages of `nodeModules`, and those that it links to, in any case. Of `process` everything follows: what it starts is under no permissions.
   */
  readonly grants?:
    | readonly Capability[]
    | ((version: GrantRequest) => readonly Capability[] | Promise<readonly Capability[]>)
    | undefined;
  /**
   * What no flag of this Node holds and is accepted: a version may do so much of it without the grant as `notHeld` says. Where something is
   * not held, not accepted and not granted to all, there is no loader. None by default.
   */
  readonly accept?: readonly Capability[] | undefined;
  /** Folders that a version may read and write though it has neither of those grants, such as its data folder; none by default. */
  readonly folders?: ((version: GrantRequest) => readonly string[] | Promise<readonly string[]>) | undefined;
  /** The environment that versions see; the host's where they are granted `environment`, else empty. */
  readonly env?: Readonly<Record<string, string>> | undefined;
  /** Megabytes of heap that a version may have; Node's own limit by default. */
  readonly memoryLimitMb?: number | undefined;
}

/** The files of this package, which the process runs before the version. */
const PACKAGE = fileURLToPath(builtFile('.'));
const SCRIPT = 'swap/process/process-main.js';

function capabilityIssues(value: unknown, path: string): InputIssue[] {
  const expected = `a list of ${CAPABILITIES.join(', ')}`;
  if (!Array.isArray(value)) return [{ path, expected, actual: quoted(value) }];
  const wrong: unknown[] = value.filter((one) => !CAPABILITIES.includes(one));
  return wrong.length === 0 ? [] : [{ path, expected, actual: `one with ${quoted(wrong[0])}` }];
}

const KNOWN_OPTIONS: KnownOptions<ProcessLoaderOptions> = {
  cacheDir: 'value',
  nodeModules: 'value',
  unresponsiveMs: 'value',
  callTimeoutMs: 'value',
  grants: 'value',
  accept: 'value',
  folders: 'value',
  env: 'value',
  memoryLimitMb: 'value',
};

function assertOptions(options: ProcessLoaderOptions): void {
  const { grants = [], accept = [], folders, memoryLimitMb } = options;
  const issues = [
    ...optionIssues(options, KNOWN_OPTIONS),
    ...limitIssues(options),
    ...capabilityIssues(accept, 'accept'),
  ];
  if (typeof grants !== 'function') issues.push(...capabilityIssues(grants, 'grants'));
  if (folders !== undefined && typeof folders !== 'function')
    issues.push({ path: 'folders', expected: 'a function', actual: quoted(folders) });
  if (memoryLimitMb !== undefined && !(Number.isInteger(memoryLimitMb) && memoryLimitMb > 0))
    issues.push({ path: 'memoryLimitMb', expected: 'a positive integer', actual: quoted(memoryLimitMb) });
  if (issues.length > 0) throw invalidInput('INVALID_ARGUMENT', issues, 'for example { grants: ["fs-read"] }');
}

/** Nobody has a version held to less than they know of. @throws `INVALID_ARGUMENT` */
function refuseUnheld({ grants = [], accept = [] }: ProcessLoaderOptions): void {
  const known = new Set([...accept, ...(typeof grants === 'function' ? [] : grants)]);
  const open = [...notHeld(thisNode())].filter(([capability]) => !known.has(capability));
  if (open.length === 0) return;
  const issues = open.map(([capability, way]) => ({
    path: 'accept',
    expected: `${capability}, which Node ${process.versions.node} does not hold`,
    actual: `nothing of it; without the grant ${way}`,
  }));
  const hint = `have the machine hold it (a user and a container of its own), and accept it: ${open.map(([capability]) => capability).join(', ')}`;
  throw invalidInput('INVALID_ARGUMENT', issues, hint);
}

async function grantsOf(
  { grants = [] }: ProcessLoaderOptions,
  version: GrantRequest,
): Promise<ReadonlySet<Capability>> {
  const given = typeof grants === 'function' ? await grants(version) : grants;
  const issues = capabilityIssues(given, 'grants');
  if (issues.length > 0) throw invalidInput('INVALID_ARGUMENT', issues, 'the function answers with capabilities');
  return new Set(given);
}

/** What the host has, less the flags that Node would take from it: they are the host's own, and some grant what this version was not. */
function hostEnvironment(): NodeJS.ProcessEnv {
  const { NODE_OPTIONS: _, ...env } = process.env;
  return env;
}

async function runnerOf(
  options: ProcessLoaderOptions,
  cache: ContentCache,
  { moduleId, version, metadata }: LoadRequest,
  content: PreparedContent,
): Promise<VersionRunner> {
  const asked = { moduleId, version, metadata };
  const granted = await grantsOf(options, asked);
  const own = await Promise.all(((await options.folders?.(asked)) ?? []).map((path) => realpath(path)));
  // The process follows links before it reads; its host does not where it was started with --preserve-symlinks.
  const library = await realpath(PACKAGE);
  // Node looks at the links, and then reads what they lead to.
  const packages =
    content.packages === null
      ? []
      : [content.packages, ...(await cache.packagesLinks()), ...(await linkedPackages(content.packages))];
  const folders = { read: [library, content.folder, ...packages, ...own], write: own };
  const { memoryLimitMb, env = granted.has('environment') ? hostEnvironment() : {} } = options;
  const flags = [
    ...permissionFlags(granted, folders, thisNode()),
    // Said by each process otherwise; whoever made the loader knows.
    '--no-warnings=ExperimentalWarning',
    ...(memoryLimitMb === undefined ? [] : [`--max-old-space-size=${memoryLimitMb}`]),
  ];
  let current = false;
  let running: ChildRunner | null = null;
  return {
    start() {
      const child = spawn(process.execPath, [...flags, join(library, SCRIPT)], {
        ...{ env, stdio: ['ignore', 'inherit', 'inherit', 'pipe'] },
        // A group of its own, so that it is ended with all that it has started.
        detached: true,
        cwd: content.folder,
      });
      running = new ChildRunner(child);
      running.postMessage({ type: 'current', is: current } satisfies HostNote);
      running.postMessage({ type: 'start', content } satisfies HostNote);
      return running;
    },
    setCurrent(is) {
      current = is;
      running?.postMessage({ type: 'current', is } satisfies HostNote);
    },
  };
}

/**
 * A loader that runs each version in a process of its own, under Node's permission model, with what it was granted and nothing else. The
 * boundary is that of `workerLoader`: stand-ins whose functions return promises, the same values cross, restarts and limits are the same;
 * but nothing is moved or shared between processes, so that transferred memory is copied and a `MessagePort` does not cross; and the arguments of
 * a call, or its result, have 256 MiB at most.
 *
 * The model is Node's own, and a seat belt: Node says of it that it protects from code that is careless, and not from code that is hostile
 * (nodejs.org/api/permissions.html). What no flag of this Node holds, such as the network before Node 25, has to be accepted by name.
 * @throws `CHECKSUM_MISMATCH`, `INVALID_FILES`, `INVALID_ARGUMENT`, `IO`; what the module throws while it is imported
 * @example
 * const loader = processLoader({ cacheDir: 'cache', grants: ['fs-read'], accept: ['network', 'process', 'code', 'environment'] });
 */
export function processLoader(options: ProcessLoaderOptions): Loader {
  const cache = new ContentCache(options);
  assertOptions(options);
  refuseUnheld(options);
  const { callTimeoutMs, unresponsiveMs } = options;
  return apartLoader({
    ...{ kind: 'process', cache, callTimeoutMs, unresponsiveMs },
    runnerOf: (request, content) => runnerOf(options, cache, request, content),
  });
}
