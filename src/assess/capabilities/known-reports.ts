/** Reports on versions that were looked through in this process: in a history each version is the later one first, and then the earlier. */

import type { NormalizedFiles } from '../../model/module-files.js';
import { identityOf } from '../cache.js';
import { collectLargeHeap } from '../collect-garbage.js';
import { capabilitiesOf } from './capabilities-of.js';
import type { CapabilityReport } from './capability-report.js';

/** So many versions at most are remembered, those that were asked for last. */
const MAX_KNOWN = 16;

const known = new Map<string, CapabilityReport>();

/** What a report hangs on: the content, and of the metadata the entry. */
function keyOf(files: NormalizedFiles, metadata: Readonly<Record<string, string>>): string {
  return JSON.stringify([identityOf(files), metadata['entry'] ?? null]);
}

/** A report, and nothing of what was read for it: neither the syntax trees of all code, nor the texts, which a part of one would keep. */
function made(files: NormalizedFiles, metadata: Readonly<Record<string, string>>): CapabilityReport {
  const report = structuredClone(capabilitiesOf(files, metadata));
  collectLargeHeap();
  return report;
}

/** The report of `capabilitiesOf`, which is made once for the same content while it is remembered. Not to be changed. */
export function knownCapabilities(
  files: NormalizedFiles,
  metadata: Readonly<Record<string, string>> = {},
): CapabilityReport {
  const key = keyOf(files, metadata);
  const report = known.get(key) ?? made(files, metadata);
  known.delete(key);
  known.set(key, report);
  const [oldest] = known.keys();
  if (known.size > MAX_KNOWN && oldest !== undefined) known.delete(oldest);
  return report;
}
