/**
 * Where a release belongs in a module's lineage.
 *
 * Releases are numbered in the order of their dates. Each is made from the nearest lower one by semver that was there before it, so a
 * fix of an old major follows that major. The main line is the releases that are higher than all before them, without prereleases:
 * those become active, one after the other; the others are staged. All of this depends on what came before alone, so whoever imports
 * a package again when it has new releases comes to the same lineage as if all had been imported at once.
 */

import type { SemVer } from 'semver';
import type { VersionCheckpoint } from '../library.js';
import type { Candidate } from './release.js';

type Semver = typeof import('semver');

/** A version that the ledger has. */
interface Known {
  readonly version: number;
  readonly semver: SemVer;
  readonly parentVer: number | null;
  readonly reverted: boolean;
}

/** How a release is to be recorded. */
export interface Place {
  readonly version: number;
  readonly parentVer: number | null;
  /** True where it becomes active. */
  readonly activates: boolean;
  /** True where it belongs to the main line, whether it can become active or not. */
  readonly isMain: boolean;
}

export class ImportedLineage {
  private readonly semver: Semver;
  private readonly versions: readonly VersionCheckpoint[];
  private readonly known: Known[] = [];
  private readonly staged: Set<number>;
  private highest = 0;
  active: number | null;

  constructor(
    semver: Semver,
    versions: readonly VersionCheckpoint[],
    active: number | null,
    staged: readonly number[],
  ) {
    this.semver = semver;
    this.versions = versions;
    this.active = active;
    this.staged = new Set(staged);
    for (const { version, parentVer, metadata, tags } of versions) {
      this.highest = Math.max(this.highest, version);
      const parsed = semver.parse(metadata['semver'] ?? null);
      if (parsed !== null) this.known.push({ version, semver: parsed, parentVer, reverted: tags.has('reverted') });
    }
  }

  /** True where the active version, if there is one, has a semver to be compared with. */
  get isComparable(): boolean {
    return this.active === null || this.known.some(({ version }) => version === this.active);
  }

  /** One that can be tried out. */
  copy(): ImportedLineage {
    const copy = new ImportedLineage(this.semver, [], this.active, [...this.staged]);
    copy.known.push(...this.known);
    copy.highest = this.highest;
    return copy;
  }

  /** True where nothing was written between the two. */
  isLike({ highest, active, staged }: ImportedLineage): boolean {
    return this.highest === highest && this.active === active && this.staged.size === staged.size;
  }

  /** Orders two versions by semver. */
  compare(a: string, b: string): number {
    return this.semver.compareBuild(a, b);
  }

  /** The versions with the semver of a release. */
  withSemver({ semver }: Candidate): readonly VersionCheckpoint[] {
    return this.versions.filter(({ metadata }) => metadata['semver'] === semver);
  }

  /** True where a version was recorded as this very release. */
  has(candidate: Candidate): boolean {
    return this.withSemver(candidate).some(({ metadata }) =>
      Object.entries(candidate.metadata).every(([key, value]) => metadata[key] === value),
    );
  }

  /** Where the next release belongs. `stageOnly`: nothing is to become active. */
  place({ semver: text }: Candidate, stageOnly: boolean): Place {
    const semver = new this.semver.SemVer(text);
    const isStable = semver.prerelease.length === 0;
    const before = this.inForce().filter((known) => !isStable || known.semver.prerelease.length === 0);
    const lower = before.filter((known) => isLower(known.semver, semver));
    const parent = highestOf(lower);
    const isMain = isStable && lower.length === before.length;
    const parentVer = parent?.version ?? null;
    return {
      version: this.highest + 1,
      parentVer,
      isMain,
      activates: isMain && !stageOnly && parentVer === this.active,
    };
  }

  /** Takes over what was recorded. */
  add({ semver }: Candidate, { version, parentVer, activates }: Place): void {
    this.known.push({ version, semver: new this.semver.SemVer(semver), parentVer, reverted: false });
    this.highest = Math.max(this.highest, version);
    if (activates) this.active = version;
    else this.staged.add(version);
  }

  /** A staged version of the main line whose turn it is to become active; null where there is none. */
  nextStaged(isWanted: (semver: string) => boolean): number | null {
    const next = this.mainLine().find(
      (known) => known.parentVer === this.active && this.staged.has(known.version) && isWanted(known.semver.raw),
    );
    return next?.version ?? null;
  }

  activated(version: number): void {
    this.staged.delete(version);
    this.active = version;
  }

  /** What was reverted is nobody's parent: a rollback ended its line. */
  private inForce(): readonly Known[] {
    return this.known.filter(({ reverted }) => !reverted);
  }

  /** Each release that is higher than all before it. */
  private mainLine(): readonly Known[] {
    const line: Known[] = [];
    for (const known of [...this.inForce()].sort((a, b) => a.version - b.version)) {
      if (known.semver.prerelease.length > 0) continue;
      const last = line.at(-1);
      if (last === undefined || isLower(last.semver, known.semver)) line.push(known);
    }
    return line;
  }
}

/**
 * Stable releases whose date is after that of a higher one that must have come later: a patch after a higher patch of its minor version,
 * a minor version after a higher one of its major, a major version after a higher one. A fix of an old line comes after higher
 * releases, too, and is none of these.
 */
export function outOfOrder<R extends Candidate>(semver: Semver, byDate: readonly R[]): { late: R; higher: R }[] {
  const before: { release: R; version: SemVer }[] = [];
  const found: { late: R; higher: R }[] = [];
  for (const release of byDate) {
    const version = new semver.SemVer(release.semver);
    if (version.prerelease.length > 0) continue;
    const { major, minor, patch } = version;
    const higher = before.find(
      ({ version: other }) =>
        isLower(version, other) &&
        (minor === 0 && patch === 0 ? true : other.major === major && (patch === 0 || other.minor === minor)),
    );
    if (higher !== undefined) found.push({ late: release, higher: higher.release });
    before.push({ release, version });
  }
  return found;
}

function isLower(a: SemVer, b: SemVer): boolean {
  return (a.compare(b) || a.compareBuild(b)) < 0;
}

function highestOf(versions: readonly Known[]): Known | null {
  let highest: Known | null = null;
  for (const known of versions) if (highest === null || isLower(highest.semver, known.semver)) highest = known;
  return highest;
}
