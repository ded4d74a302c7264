/** What a version says of its dependencies: the metadata `dependencies`, a JSON object of module ids and ranges. */

import { type InputIssue, invalidInput, quoted } from '../../errors.js';
import { moduleIdIssues } from '../../model/module-id.js';
import { compareBytes } from '../../model/printable.js';
import { type DependencyRange, parseRange, RANGE_EXPECTED, type RangedVersion } from './dependency-range.js';

/** The key of a version's metadata that declares its dependencies. */
const DEPENDENCIES_KEY = 'dependencies';

/** A version of a module, as far as dependencies go. */
export interface DependencyVersion extends RangedVersion {
  readonly moduleId: string;
}

const HINT = `write the metadata "${DEPENDENCIES_KEY}" as, for example, {"planner":">=3","core.clock":"semver:^2.1.0"}`;

function parseObject(text: string): Readonly<Record<string, unknown>> | null {
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === 'object' && value !== null && !Array.isArray(value)
      ? (value as Record<string, unknown>)
      : null;
  } catch {
    return null;
  }
}

/**
 * The modules that a version declares to depend on, in bytewise order, each with its range; none without the key.
 * @throws `INVALID_ARGUMENT` with every malformed entry, each by module, version and key
 */
export function declaredDependencies(version: DependencyVersion): ReadonlyMap<string, DependencyRange> {
  const { moduleId, metadata } = version;
  const text = Object.hasOwn(metadata, DEPENDENCIES_KEY) ? metadata[DEPENDENCIES_KEY] : undefined;
  const found = new Map<string, DependencyRange>();
  if (text === undefined) return found;
  const place = `${moduleId} v${version.version} metadata.${DEPENDENCIES_KEY}`;
  const declared = parseObject(text);
  if (declared === null) {
    const issue = { path: place, expected: 'a JSON object of module ids and ranges', actual: quoted(text) };
    throw invalidInput('INVALID_ARGUMENT', [issue], HINT);
  }
  const issues: InputIssue[] = [];
  for (const dependsOn of Object.keys(declared).sort(compareBytes)) {
    const path = `${place}[${quoted(dependsOn)}]`;
    const range = parseRange(declared[dependsOn]);
    issues.push(...moduleIdIssues(dependsOn, path));
    if (range === null) issues.push({ path, expected: RANGE_EXPECTED, actual: quoted(declared[dependsOn]) });
    else found.set(dependsOn, range);
  }
  if (issues.length > 0) throw invalidInput('INVALID_ARGUMENT', issues, HINT);
  return found;
}
