/** The order in which releases are numbered. */

import { type ImportedLineage, outOfOrder } from './lineage.js';
import type { Release } from './release.js';

export const ORDERS = ['date', 'semver'] as const;

export type Order = (typeof ORDERS)[number];

/** By date, and of the same moment the lower one first; or by semver alone. */
export function inOrder(releases: readonly Release[], order: Order, lineage: ImportedLineage): readonly Release[] {
  const bySemver = (a: Release, b: Release) => lineage.compare(a.semver, b.semver);
  if (order === 'semver') return [...releases].sort(bySemver);
  return [...releases].sort((a, b) => a.date - b.date || bySemver(a, b));
}

/** A warning where a lower version is dated after a higher one; none elsewhere. */
export async function dateWarnings(releases: readonly Release[]): Promise<readonly string[]> {
  const { default: semver } = await import('semver');
  const [first, ...others] = outOfOrder(semver, releases);
  if (first === undefined) return [];
  const more = others.length === 0 ? '' : `, and ${others.length} more like it`;
  return [
    `${first.late.name} is dated after ${first.higher.name}, which is higher${more}: where dates are those of a mirror, import into a new module with --order semver`,
  ];
}
