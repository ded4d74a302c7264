/** Reports on versions that were looked through in this process: in a history each version is the later one first, and then the earlier. */

import type { NormalizedFiles } from '../../model/module-files.js';
import { identityOf } from '../cache.js';
import { capabilitiesOf } from './capabilities-of.js';
import type { CapabilityReport } from './capability-report.js';

/** So many versions at most are remembered, those that were asked for last. */
const MAX_KNOWN = 16;

const known = new Map<string, CapabilityReport>();

/** What a report hangs on: the content, and of the metadata the entry. */
function keyOf(files: NormalizedFiles, metadata: Readonly<Record<string, string>>): string {
  return JSON.stringify([identityOf(files), metadata['entry'] ?? null]);
}

/** The report of `capabilitiesOf`, which is made once for the same content while it is remembered. Not to be changed. */
export function knownCapabilities(
  files: NormalizedFiles,
  metadata: Readonly<Record<string, string>> = {},
): CapabilityReport {
  const key = keyOf(files, metadata);
  const report = known.get(key) ?? capabilitiesOf(files, metadata);
  known.delete(key);
  known.set(key, report);
  const [oldest] = known.keys();
  if (known.size > MAX_KNOWN && oldest !== undefined) known.delete(oldest);
  return report;
}
