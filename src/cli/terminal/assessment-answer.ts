/** How what was measured of two versions reads, for people and as JSON. */

import type { Assessment } from '../library.js';
import type { Block } from './render.js';
import { levelTone } from './show-level.js';

export function assessmentJson(found: Assessment): Assessment {
  const {
    level,
    findings,
    omitted,
    notes,
    caller,
    capabilities,
    rationale,
    assessor,
    limit,
    returnLevel,
    findingsSha256,
  } = found;
  const listed = findings.map(({ code, level: of, path, before, after, message }) => ({
    code,
    level: of,
    path,
    before,
    after,
    message,
  }));
  const breaks = caller === null ? null : { lines: caller.lines, error: caller.error };
  const returning = returnLevel === undefined ? {} : { returnLevel };
  const pinned = findingsSha256 === undefined ? {} : { findingsSha256 };
  const measured = {
    level,
    findings: listed,
    omitted,
    notes,
    caller: breaks,
    capabilities,
    rationale,
    assessor,
    limit,
  };
  return { ...measured, ...returning, ...pinned };
}

/** The lines that say why. */
export function rationaleBlocks(found: Assessment): Block[] {
  return found.rationale.split('\n').map((line) => ({ line }));
}

/** The level with what it is about, and why. */
export function assessmentBlocks(found: Assessment, what: string): Block[] {
  return [{ line: `${found.level} ${what}`, tone: levelTone(found.level) }, ...rationaleBlocks(found)];
}
