/** What the tests of dependencies have in common: versions that declare what they need, and a manager with seven calls. */

import type { Ledger, VersionManager } from '../../src/index.js';

export interface About {
  readonly dependencies?: Readonly<Record<string, unknown>> | string;
  readonly semver?: string;
}

export function metadataOf({ dependencies, semver }: About): Record<string, string> {
  const declared = typeof dependencies === 'string' ? dependencies : JSON.stringify(dependencies);
  return { ...(dependencies === undefined ? {} : { dependencies: declared ?? '' }), ...(semver ? { semver } : {}) };
}

/** Records a version that declares dependencies, a semver, or neither. */
export async function record(ledger: Ledger, moduleId: string, version: number, about: About = {}): Promise<void> {
  const checksum = `${moduleId}-${version}`;
  await ledger.recordCheckpoint({ moduleId, version, checksum, metadata: metadataOf(about) });
}

/** The same, for a version that is not recorded. */
export function candidate(moduleId: string, version: number, about: About = {}) {
  return { moduleId, version, metadata: metadataOf(about) };
}

/** A manager with the seven calls, and nothing else of a ledger. */
export function sevenCalls(of: Ledger): VersionManager {
  return {
    recordCheckpoint: (...given) => of.recordCheckpoint(...given),
    getLineage: (...given) => of.getLineage(...given),
    latestCheckpoint: (...given) => of.latestCheckpoint(...given),
    rollbackTarget: (...given) => of.rollbackTarget(...given),
    assessCompatibility: (...given) => of.assessCompatibility(...given),
    pendingApprovals: () => of.pendingApprovals(),
    stats: () => of.stats(),
  };
}
