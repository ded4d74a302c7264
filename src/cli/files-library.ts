/** The part of the library that compares files without a ledger: it loads in a quarter of the time. */

export { createAssessor } from '../assess/assessor.js';
export { normalizeFiles } from '../model/module-files.js';
