/** The releases of an npm package, through the user's npm. */

import { mkdir, readFile, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { Complaint, invalidArgument, quoted } from '../complaint.js';
import { isObject } from '../content/package-json.js';
import { readTarball } from '../content/read-tarball.js';
import type { ModuleSelection } from '../options/module-selection.js';
import type { Io } from '../verb.js';
import { digestOf, type Integrity, integrityOf } from './integrity.js';
import {
  type Candidate,
  type FetchedRelease,
  type PassedOver,
  type Release,
  ReleaseError,
  type Source,
} from './release.js';
import { npmComplaint, runNpm } from './run-npm.js';

type Semver = typeof import('semver');

/** So many releases one npm is asked for: starting it takes as long as some downloads. */
const PACKED = 12;
/** So many such groups are fetched before they are needed. */
const AHEAD = 2;
/** So many versions stand in one argument, which Linux limits to 128 KiB. */
const LISTED = 1500;

const PACKAGE = /^((?:@[^\s/@]+\/)?[^\s/@-][^\s/@]*)(?:@(.*))?$/s;

interface PackageSpec {
  readonly name: string;
  readonly range: string;
}

/** Splits `PACKAGE[@RANGE]`. */
export function packageSpec(semver: Semver, text: string): PackageSpec {
  const hint = "for example lru-cache, lru-cache@7 or '@acme/planner@>=2 <4'";
  const [, name, range = '*'] = PACKAGE.exec(text) ?? [];
  if (name === undefined || name.startsWith('.')) {
    throw invalidArgument('PACKAGE', 'the name of a package, perhaps with @RANGE', quoted(text), hint);
  }
  if (semver.validRange(range, { loose: true }) === null) {
    throw invalidArgument('PACKAGE', 'a semver range after the name', quoted(range), hint);
  }
  return { name, range };
}

/** What npm's packument says of a release. */
interface Published extends Candidate {
  /** As the registry writes the version. */
  readonly version: string;
  readonly date: number;
  readonly integrity: Integrity;
}

interface NpmOptions {
  readonly io: Io;
  readonly semver: Semver;
  readonly spec: PackageSpec;
  readonly moduleId: string;
  readonly prereleases: boolean;
  readonly selection: ModuleSelection;
  readonly folder: string;
}

async function view(io: Io, spec: string, fields: readonly string[]): Promise<unknown> {
  const outcome = await runNpm(io, ['view', spec, ...fields]);
  if (!outcome.ok) throw npmComplaint(spec.length > 100 ? spec.slice(0, spec.lastIndexOf('@')) : spec, outcome.failure);
  return outcome.json;
}

function listOf(value: unknown): readonly unknown[] {
  return Array.isArray(value) ? value : value === undefined || value === null ? [] : [value];
}

/** An answer of the registry that no import can be made of. */
function unfit(name: string, reason: string): Complaint<'REMOTE_REFUSED'> {
  const data = { remote: `npm's registry of ${name}`, reason };
  const hint = `see what it has: npm view ${name} time dist --json`;
  return new Complaint('REMOTE_REFUSED', `the registry's answer on ${name} cannot be used: ${reason}`, data, hint);
}

/** The integrity that the registry states of each version. */
async function integrities(io: Io, name: string, versions: readonly string[]): Promise<ReadonlyMap<string, Integrity>> {
  const found = new Map<string, Integrity>();
  for (let at = 0; at < versions.length; at += LISTED) {
    const range = versions.slice(at, at + LISTED).join(' || ');
    for (const item of listOf(await view(io, `${name}@${range}`, ['version', 'dist.integrity', 'dist.shasum']))) {
      if (!isObject(item) || typeof item['version'] !== 'string') continue;
      const integrity = integrityOf(item['dist.integrity'], item['dist.shasum']);
      if (integrity !== null) found.set(item['version'], integrity);
    }
  }
  return found;
}

export class NpmSource implements Source {
  readonly moduleId: string;
  readonly candidates: readonly Published[];
  readonly passedOver: readonly PassedOver[];
  readonly leaveOut: string;
  private readonly options: NpmOptions;
  private weak = 0;

  private constructor(options: NpmOptions, candidates: readonly Published[], passedOver: readonly PassedOver[]) {
    this.options = options;
    this.moduleId = options.moduleId;
    this.candidates = candidates;
    this.passedOver = passedOver;
    this.leaveOut = `leave it out with a range, such as '${options.spec.name}@<VERSION || >VERSION'`;
  }

  /** Asks the registry. @throws `NOT_FOUND`, `REMOTE_UNREACHABLE`, `REMOTE_REFUSED`, `IO` */
  static async open(options: NpmOptions): Promise<NpmSource> {
    const { io, semver, spec, prereleases } = options;
    const { name, range } = spec;
    const packument = await view(io, name, ['versions', 'time']);
    if (!isObject(packument) || !isObject(packument['time'])) throw unfit(name, 'it has no dates');
    const { time, versions } = packument;
    const available = listOf(versions).filter((version) => typeof version === 'string');
    const passedOver: PassedOver[] = [];
    const isWanted = (version: string): boolean =>
      semver.satisfies(version, range, { loose: true, includePrerelease: true }) &&
      (prereleases || semver.prerelease(version, { loose: true }) === null);
    const wanted = available.filter((version) => {
      if (semver.valid(version, { loose: true }) !== null) return isWanted(version);
      passedOver.push({ name: `${name}@${version}`, code: 'NO_SEMVER', message: 'is no version by semver' });
      return false;
    });
    const gone = Object.keys(time).filter((version) => semver.valid(version, { loose: true }) && isWanted(version));
    for (const version of gone) {
      if (available.includes(version)) continue;
      passedOver.push({ name: `${name}@${version}`, code: 'UNPUBLISHED', message: 'is in the registry no more' });
    }
    if (wanted.length === 0) {
      const what = `a release of ${name} in ${quoted(range)}`;
      throw new Complaint(
        'NOT_FOUND',
        `there is not ${what}`,
        { kind: 'REMOTE', what },
        `see: npm view ${name} versions`,
      );
    }
    const digests = await integrities(io, name, wanted);
    const published = wanted.map((version): Published => {
      const date = Date.parse(String(time[version])) / 1000;
      const integrity = digests.get(version);
      if (!Number.isFinite(date)) throw unfit(name, `it has no date of ${version}`);
      if (integrity === undefined) throw unfit(name, `it has neither integrity nor shasum of ${version}`);
      return {
        name: `${name}@${version}`,
        version,
        semver: semver.valid(version, { loose: true }) ?? version,
        metadata: { npm: `${name}@${version}`, integrity: integrity.digests.join(' ') },
        date,
        integrity,
      };
    });
    return new NpmSource(options, published, passedOver);
  }

  get warnings(): readonly string[] {
    if (this.weak === 0) return [];
    const count = this.weak === 1 ? '1 release' : `${this.weak} releases`;
    return [`of ${count} the registry has a SHA-1 checksum alone, which does not withstand an attacker`];
  }

  async prepare(candidates: readonly Candidate[]): Promise<readonly Release[]> {
    return this.candidates.filter((published) => candidates.includes(published));
  }

  async *fetch(releases: readonly Release[]): AsyncGenerator<FetchedRelease> {
    const groups: Published[][] = [];
    const wanted = releases.map((release) => this.published(release));
    for (let at = 0; at < wanted.length; at += PACKED) groups.push(wanted.slice(at, at + PACKED));
    const abort = new AbortController();
    const started: Promise<ReadonlyMap<Published, unknown>>[] = [];
    try {
      for (const [number, group] of groups.entries()) {
        while (started.length < groups.length && started.length <= number + AHEAD) {
          const next = this.pack(groups[started.length] ?? [], started.length, abort.signal);
          // It is awaited in its turn.
          next.catch(() => undefined);
          started.push(next);
        }
        const failures = (await started[number]) ?? new Map();
        for (const published of group) {
          if (failures.has(published)) throw new ReleaseError(published, failures.get(published));
          yield { release: published, files: await this.read(published, number) };
        }
        await rm(this.folderOf(number), { recursive: true, force: true });
      }
    } finally {
      abort.abort();
      await Promise.allSettled(started);
    }
  }

  private published(release: Release): Published {
    const found = this.candidates.find((published) => published === release);
    if (found === undefined) throw new TypeError(`${release.name} is of another source`);
    return found;
  }

  private folderOf(group: number): string {
    return join(this.options.folder, String(group));
  }

  /** Has npm put the tarballs of a group into a folder. Answers with what went wrong, by release. */
  private async pack(
    group: readonly Published[],
    number: number,
    signal: AbortSignal,
  ): Promise<ReadonlyMap<Published, unknown>> {
    const folder = this.folderOf(number);
    await mkdir(folder);
    const run = (some: readonly Published[]) => {
      const args = ['pack', '--ignore-scripts', '--no-dry-run', '--pack-destination', folder];
      return runNpm(this.options.io, [...args, ...some.map(({ name }) => name)], signal);
    };
    const failures = new Map<Published, unknown>();
    if ((await run(group)).ok) return failures;
    // npm stops at the first that fails, and does not say which that is.
    for (const published of group) {
      const outcome = await run([published]);
      if (outcome.ok) continue;
      failures.set(published, this.failureOf(published, outcome.failure));
      break;
    }
    return failures;
  }

  private failureOf({ name, integrity }: Published, failure: Parameters<typeof npmComplaint>[1]): Complaint {
    if (failure.code !== 'EINTEGRITY') return npmComplaint(name, failure);
    const data = { expected: integrity.digests.join(' '), actual: failure.summary };
    return mismatch(`npm refuses the tarball: ${failure.summary}`, data);
  }

  private async read(published: Published, group: number): Promise<FetchedRelease['files']> {
    const { name, version, integrity } = published;
    const file = `${this.options.spec.name.replace(/^@/, '').replace('/', '-')}-${version}.tgz`;
    try {
      const path = join(this.folderOf(group), file);
      const bytes = await readFile(path);
      await rm(path);
      const actual = digestOf(bytes, integrity);
      if (!integrity.digests.includes(actual)) {
        const expected = integrity.digests.join(' ');
        throw mismatch(`the registry states ${expected}, the tarball has ${actual}`, { expected, actual });
      }
      if (integrity.algorithm === 'sha1') this.weak += 1;
      const files = await readTarball(bytes, name);
      return new Map([...files].filter(([inside]) => !this.options.selection.excludes(inside)));
    } catch (error) {
      throw new ReleaseError(published, error);
    }
  }
}

function mismatch(message: string, data: { expected: string; actual: string }): Complaint<'CHECKSUM_MISMATCH'> {
  const hint =
    'it was changed on its way, or in a cache: run npm cache verify; if it stays so, tell whoever runs the registry';
  return new Complaint('CHECKSUM_MISMATCH', message, data, hint);
}
