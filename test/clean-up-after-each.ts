/** Runs for each test file, also in a process that has run others before. */

import { afterEach } from 'vitest';
import { cleanUpAll } from './clean-ups.js';

afterEach(cleanUpAll);
