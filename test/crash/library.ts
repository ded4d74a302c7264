/** The library as the crash tests take it: from its sources here, from what is built where the soak runs them. */

import { auditLedger } from '../../src/api/audit.js';
import * as front from '../../src/index.js';
import type { Library } from './scenarios.mjs';

export const library: Library = { ...front, auditLedger };
