/**
 * TypeScript, loaded as what it is. Imported from an ES module, Node reads its nine megabytes a second time to find the
 * names that they export; and it would here as well, if the call below were one that it recognises.
 */

'use strict';

const load = require;
module.exports = load('typescript');
