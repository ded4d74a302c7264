/** Releases of a module that lie elsewhere, and where they come from. */

import type { ModuleFile } from '../library.js';

/** A release as its source lists it. */
export interface Candidate {
  /** Its name there, for messages: `lru-cache@7.18.3`, or the tag. */
  readonly name: string;
  readonly semver: string;
  /** What its version is recorded with beside `semver`, and known again by. */
  readonly metadata: Readonly<Record<string, string>>;
}

/** A release whose date is known. */
export interface Release extends Candidate {
  /** When it was published, in seconds since the Unix epoch. */
  readonly date: number;
}

export interface FetchedRelease {
  readonly release: Release;
  readonly files: ReadonlyMap<string, ModuleFile>;
}

type PassedOverCode = 'UNPUBLISHED' | 'NO_SEMVER' | 'SAME_RELEASE' | 'NO_COMMIT' | 'NO_FOLDER';

/** Something that was asked for, and is no release to import. */
export interface PassedOver {
  readonly name: string;
  readonly code: PassedOverCode;
  readonly message: string;
}

export interface Source {
  readonly moduleId: string;
  readonly candidates: readonly Candidate[];
  /** What was passed over so far; `prepare` may add to it. */
  readonly passedOver: readonly PassedOver[];
  /** Things to know about what was fetched. */
  readonly warnings: readonly string[];
  /** How a release is left out, as a hint for one that cannot be taken. */
  readonly leaveOut: string;
  /** Looks the dates of candidates up. */
  prepare(candidates: readonly Candidate[]): Promise<readonly Release[]>;
  /** Fetches releases, checked, in their order. What is wrong with one is thrown in its place. */
  fetch(releases: readonly Release[]): AsyncGenerator<FetchedRelease>;
}

/** What is wrong with one release: the `cause`. */
export class ReleaseError extends Error {
  readonly release: Candidate;

  constructor(release: Candidate, cause: unknown) {
    super(release.name, { cause });
    this.release = release;
  }
}
