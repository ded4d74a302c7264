/** The capabilities of one version for whoever asks: TypeScript is loaded with the first question. */

import { invalidInput, quoted } from '../errors.js';
import type { NormalizedFiles } from '../model/module-files.js';
import type { CapabilityReport } from './capabilities/capability-report.js';

/**
 * What a version reaches beyond its own values, from its files alone. Nothing of them is run. That a capability is `none` says that nothing was
 * found, never that the version cannot.
 *
 * It takes a few seconds at most, in this process: what would take longer is `undetermined`.
 * @param metadata the ledger's; `entry` is read
 * @throws `INVALID_ARGUMENT`
 * @example
 * const { reach, uses } = await findCapabilities(normalizeFiles({ 'index.js': text }));
 * if (reach.network !== 'none') console.log(uses.find((use) => use.capability === 'network'));
 */
export async function findCapabilities(
  files: NormalizedFiles,
  metadata: Readonly<Record<string, string>> = {},
): Promise<CapabilityReport> {
  if (!(files instanceof Map)) {
    const issue = { path: 'files', expected: 'files as normalizeFiles returns them', actual: quoted(files) };
    throw invalidInput('INVALID_ARGUMENT', [issue], 'see findCapabilities');
  }
  const { capabilitiesOf } = await import('./capabilities/capabilities-of.js');
  return capabilitiesOf(files, metadata);
}
