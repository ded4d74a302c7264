/** Debian's chromium: used where it is there, demanded in CI, and skipped for all to see elsewhere. */

import { existsSync } from 'node:fs';
import { chromium } from 'playwright-core';

const PATH = '/usr/bin/chromium';
const found = existsSync(PATH);

/** True where chromium is not installed and may be missing. In CI it may not: there its tests fail. */
export const skipChromium = !found && (process.env['CI'] ?? '') === '';

/** @returns {Promise<import('playwright-core').Browser>} */
export function launchChromium() {
  if (!found) throw new Error('chromium is missing: apt-get install --no-install-recommends chromium');
  // Its own sandbox does not start as root, as CI is; what it shows is ours.
  return chromium.launch({ executablePath: PATH, args: ['--no-sandbox', '--disable-dev-shm-usage'] });
}
